/* support/git_link.h — an HTTP exchange with a git server (git_answer.h) over a link that can fail in each way that links and hubs do. No process is
 * started and no socket opened, so a test can cut a sync at each of its bytes. */
#ifndef TESTS_SUPPORT_GIT_LINK_H
#define TESTS_SUPPORT_GIT_LINK_H

#include <stdbool.h>

#include <jemput/http.h>

#include "git_answer.h"

enum git_link_fault {
    GIT_LINK_WELL,
    GIT_LINK_CUT_UP,     /* `fault_byte` bytes of the request arrive; the server sees none of it */
    GIT_LINK_CUT_DOWN,   /* it is carried out, and `fault_byte` bytes of the answer arrive */
    GIT_LINK_STATUS,     /* the server answers with status `fault_byte` */
    GIT_LINK_PORTAL,     /* 200 and a page: a network that wants people to sign in */
    GIT_LINK_UNPROVEN,   /* its certificate does not stand up */
    GIT_LINK_NO_NAME,    /* there is no such name */
    GIT_LINK_STALLED,    /* nothing moves until stall_ms have passed */
    GIT_LINK_DIES,       /* the link ends before the server has begun */
    GIT_LINK_SILENT,     /* carried out, and no answer */
    /* At the first push from that exchange on: */
    GIT_LINK_READ_ONLY,  /* "ng … pre-receive hook declined" */
    GIT_LINK_UNPACK_FAILS /* "unpack …": no space is left there */
};

struct git_link {
    struct jemput_http http; /* first: given to what is tested */
    struct git_storage *storage;
    void (*serve)(struct git_link *l, bool begins); /* called around what the server does itself; NULL = nobody is called */

    enum git_link_fault fault; /* of exchange number `fault_at`, counted from 0; then none */
    unsigned fault_at;
    size_t fault_byte;
    bool fault_byte_wraps; /* counted on from the first byte again, where a body is shorter */
    bool fault_lasts; /* of all later ones, too */
    size_t body_max; /* more in one request is answered with 413; 0 = no limit */

    /* What was seen, until git_link_count(). */
    unsigned exchanges, failed; /* how many, and to how many the fault came */
    size_t up[32], down[32]; /* bodies of the first exchanges, whole */
    size_t pack_bytes;       /* that arrived in pushes that were carried out or cut */
};

void git_link_open(struct git_link *l, struct git_storage *storage); /* both borrowed; nothing to release */
void git_link_count(struct git_link *l); /* from here on */

#endif
