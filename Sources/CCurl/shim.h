#ifndef BATON_CCurl_SHIM_H
#define BATON_CCurl_SHIM_H

#include <curl/curl.h>

// curl_easy_setopt is variadic, which Swift does not import: one function per type of argument.

// For the options that take a long.
static inline CURLcode baton_curl_set_number(CURL *easy, CURLoption option, long value) {
    return curl_easy_setopt(easy, option, value);
}

// For the options that take a curl_off_t.
static inline CURLcode baton_curl_set_offset(CURL *easy, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(easy, option, value);
}

// For the options that take text, which curl copies.
static inline CURLcode baton_curl_set_text(CURL *easy, CURLoption option, const char *value) {
    return curl_easy_setopt(easy, option, value);
}

// For the options that take a header list, which must outlive the transfer.
static inline CURLcode baton_curl_set_list(CURL *easy, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(easy, option, value);
}

// For the options that take a pointer of ours, which must outlive the transfer.
static inline CURLcode baton_curl_set_pointer(CURL *easy, CURLoption option, void *value) {
    return curl_easy_setopt(easy, option, value);
}

// For the read, write and header callbacks, which all have this type.
static inline CURLcode baton_curl_set_callback(CURL *easy, CURLoption option, curl_write_callback value) {
    return curl_easy_setopt(easy, option, value);
}

// curl_easy_getinfo is variadic, which Swift does not import: the form for a long.
static inline CURLcode baton_curl_get_number(CURL *easy, CURLINFO info, long *value) {
    return curl_easy_getinfo(easy, info, value);
}

#endif
