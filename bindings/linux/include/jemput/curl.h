/* jemput/curl.h — HTTP for programs on Linux, by libcurl: a library of its own (libjemput-curl), so that the engine needs none. */
#ifndef JEMPUT_CURL_H
#define JEMPUT_CURL_H

#include <jemput/http.h>

struct jemput_curl_options { /* zeroed = the system's authorities */
    const char *ca_file; /* PEM: these authorities instead of the system's; NULL = the system's */
    const char *pin;     /* "sha256//<base64>": the server must show this public key besides; NULL = any that is certified */
};

/* From now on, addresses are reached through libcurl (jemput_http_use()). For the whole process, before the first store is opened; options are
 * copied, NULL = the system's authorities. A proxy is taken from the environment, as curl does it. What libcurl refuses of the options is JEMPUT_MISUSE at the first sync.
 * JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_curl_use(const struct jemput_curl_options *options, struct jemput_error *err) JEMPUT_CHECKED;
/* One client by itself, for one thread at a time; close it by its `close`. */
JEMPUT_API enum jemput_status jemput_curl_open(struct jemput_http **out, const struct jemput_curl_options *options,
                                             struct jemput_error *err) JEMPUT_CHECKED;

#endif
