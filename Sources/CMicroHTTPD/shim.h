#ifndef BATON_CMicroHTTPD_SHIM_H
#define BATON_CMicroHTTPD_SHIM_H

#include <microhttpd.h>

#endif
