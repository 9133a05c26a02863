/* sim/mem_git.h — a git server in memory behind an HTTP exchange: smart HTTP, protocol version 2, as far as jemput speaks it. No process is
 * started and no file is written, so a test can cut a sync at each of its bytes. What stock git does is judged elsewhere (support/git_http.h).
 *
 * It is as exact as a server is about what it is asked, and fails the test's process where a request is not well formed. */
#ifndef TESTS_SIM_MEM_GIT_H
#define TESTS_SIM_MEM_GIT_H

#include <stdbool.h>

#include <jemput/http.h>

#include "base/bytes.h"

#define MEM_GIT_OBJECTS 4096
#define MEM_GIT_REFS 64

enum mem_git_fault { /* of exchange number `fault_at`, counted from 0; then none */
    MEM_GIT_WELL,
    MEM_GIT_CUT_UP,     /* `fault_byte` bytes of the request arrive; the server sees none of it */
    MEM_GIT_CUT_DOWN,   /* it is carried out, and `fault_byte` bytes of the answer arrive */
    MEM_GIT_STATUS,     /* the server answers with status `fault_byte` */
    MEM_GIT_PORTAL,     /* 200 and a page: a network that wants people to sign in */
    MEM_GIT_UNPROVEN,   /* its certificate does not stand up */
    MEM_GIT_NO_NAME,    /* there is no such name */
    MEM_GIT_STALLED,    /* nothing moves until stall_ms have passed */
    MEM_GIT_DIES,       /* the link ends before the server has begun */
    MEM_GIT_SILENT,     /* carried out, and no answer */
    MEM_GIT_READ_ONLY,  /* "ng … read-only" */
    MEM_GIT_UNPACK_FAILS /* "unpack …": no space is left there */
};

struct mem_git {
    struct jemput_http http; /* first */
    struct mem_git_object *objects; /* object_count of MEM_GIT_OBJECTS */
    struct mem_git_ref *refs;       /* ref_count of MEM_GIT_REFS */
    unsigned object_count, ref_count;

    enum mem_git_fault fault;
    unsigned fault_at;
    size_t fault_byte;
    size_t body_max; /* more in one request is answered with 413; 0 = no limit */

    /* What was seen, until mem_git_count(). */
    unsigned exchanges;
    size_t up[32], down[32]; /* bodies of the first exchanges, whole */
    size_t pack_bytes;       /* that arrived in pushes that were carried out or cut */
};

void mem_git_open(struct mem_git *g);
void mem_git_release(struct mem_git *g);
void mem_git_count(struct mem_git *g); /* from here on */
void mem_git_lose(struct mem_git *g, const char *part); /* branches with that in their names */
/* As it is now, and back to that; `kept` zeroed at first, and released by mem_git_release, too. */
void mem_git_keep(const struct mem_git *g, struct mem_git *kept);
void mem_git_restore(struct mem_git *g, const struct mem_git *kept);

#endif
