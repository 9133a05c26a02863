/* env/curl.h — HTTP exchanges through libcurl. A library of its own: the engine does without it where a platform brings its own client. */
#ifndef JEMPUT_ENV_CURL_H
#define JEMPUT_ENV_CURL_H

#include <jemput/http.h>

struct jemput_curl_options { /* zeroed = the system's authorities */
    const char *ca_file; /* PEM: these authorities instead of the system's; NULL = the system's */
    const char *pin;     /* "sha256//<base64>": the server must show this public key besides; NULL = any that is certified */
};

/* One client, for one thread at a time. Options are copied. JEMPUT_NOMEM    JEMPUT_MISUSE an option that libcurl refuses */
enum jemput_status jemput_curl_open(struct jemput_http **out, const struct jemput_curl_options *options, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
