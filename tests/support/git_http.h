/* support/git_http.h — an HTTP exchange whose server is stock git's own `http-backend`, started for each request: no sockets, and the link can be cut at
 * any byte. */
#ifndef TESTS_SUPPORT_GIT_HTTP_H
#define TESTS_SUPPORT_GIT_HTTP_H

#include <stdbool.h>

#include <jemput/http.h>

#include "base/bytes.h"

struct git_http {
    struct jemput_http http; /* first: given to what is tested */
    char root[256];          /* folder of bare repositories; their URL is http://hub/<name> */
    bool old;                /* the server does not hear of protocol version 2 */

    /* Faults of the next exchange, or of a later one; cleared by it. */
    unsigned cut_after; /* so many exchanges go well first */
    long cut_up;   /* so many bytes of the request's body arrive, then the link goes: the server sees a shorter request, or nothing; -1 = all */
    bool starts_early; /* a cut request reaches git nevertheless, as with a server that does not collect it first */
    long cut_down; /* so many bytes of the answer arrive; -1 = all */
    size_t cut_end; /* so many bytes of the answer's end do not arrive */
    long flip_down; /* this bit of the answer is wrong; -1 = none */
    unsigned status; /* the server answers this without asking git; 0 = as git says */
    const char *type, *page, *location, *authenticate; /* with it */

    /* What was seen. */
    unsigned exchanges, pushes;
    char last_url[512], last_authorization[320];
    size_t body_bytes, answer_bytes; /* of the last exchange, whole */
};

void git_http_open(struct git_http *g, const char *root);

#endif
