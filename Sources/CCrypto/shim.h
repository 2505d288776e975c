#ifndef BATON_CCrypto_SHIM_H
#define BATON_CCrypto_SHIM_H

#include <openssl/evp.h>

#endif
