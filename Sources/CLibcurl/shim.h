#pragma once
#include <curl/curl.h>
// Variadic functions and libcurl's type-checking macros are not imported by Swift.
static inline CURLcode clibcurl_set_long(CURL *h, CURLoption o, long v) { return (curl_easy_setopt)(h, o, v); }
static inline CURLcode clibcurl_set_pointer(CURL *h, CURLoption o, const void *v) { return (curl_easy_setopt)(h, o, v); }
static inline CURLcode clibcurl_set_callback(CURL *h, CURLoption o, size_t (*f)(char *, size_t, size_t, void *)) { return (curl_easy_setopt)(h, o, f); }
static inline CURLcode clibcurl_get_long(CURL *h, CURLINFO i, long *v) { return (curl_easy_getinfo)(h, i, v); }
static inline CURLcode clibcurl_get_pointer(CURL *h, CURLINFO i, void **v) { return (curl_easy_getinfo)(h, i, v); }
static inline CURLMcode clibcurl_multi_set_long(CURLM *m, CURLMoption o, long v) { return (curl_multi_setopt)(m, o, v); }
static inline CURLcode clibcurl_message_result(CURLMsg *m) { return m->data.result; }
static inline CURLcode clibcurl_global_init(void) { return curl_global_init(CURL_GLOBAL_ALL); }
static inline CURLcode clibcurl_set_opensocket(CURL *h, curl_socket_t (*f)(void *, curlsocktype, struct curl_sockaddr *)) { return (curl_easy_setopt)(h, CURLOPT_OPENSOCKETFUNCTION, f); }
