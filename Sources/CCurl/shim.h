#ifndef BATON_CCurl_SHIM_H
#define BATON_CCurl_SHIM_H

#include <curl/curl.h>

#endif
