/* gateway.h — a hub behind an address without a network: each HTTP exchange runs stock `git http-backend` on a folder, and is counted. */
#ifndef JEMPUT_BENCH_GATEWAY_H
#define JEMPUT_BENCH_GATEWAY_H

#include <jemput/http.h>

#include "folder.h"

#define GATEWAY_URL "http://hub.invalid/" /* a hub's name comes behind it */

struct gateway {
    struct jemput_http http; /* first: give it to jemput_sync() */
    char folder[FOLDER_PATH_BYTES]; /* in which the hubs are */
    unsigned exchanges;
    uint64_t bytes_sent, bytes_received; /* heads and bodies */
    struct {
        unsigned exchanges;
        uint64_t bytes; /* both ways */
    } up; /* of these, whatever had gone by when the last push was answered; 0 = nothing was pushed */
};

/* false = git has no http-backend here. */
bool gateway_open(struct gateway *g, const char *folder);
void gateway_reset(struct gateway *g); /* count from 0 */

#endif
