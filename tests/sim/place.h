/* sim/place.h — a fleet whose hub is behind an address: smart HTTP with stock git as the server, and a link that can be cut at any byte. One at a
 * time. */
#ifndef TESTS_SIM_PLACE_H
#define TESTS_SIM_PLACE_H

#include "fleet.h"
#include "mem_git.h"
#include "support/git_http.h"

#define ADDRESS "http://hub/hub0.git"
#define CENTRAL 1
#define OFFICER 2

struct place {
    struct fleet f;
    struct mem_git mem;  /* the hub, if `in_memory` */
    bool in_memory;
    struct git_http git; /* else; faults of the next exchange, and what was seen */
    struct jemput_http lent; /* given out, and closed, any number of times */
    unsigned opened;
};

/* A fleet of so many devices, in sync at its hub in the folder; device 1 is central. They reach HTTP hubs through place->git. */
void place_open(struct place *p, unsigned devices);
void place_open_under(struct place *p, unsigned devices, int central); /* 0: who founded the space */
/* The same; the hub behind ADDRESS is p->mem, and all have met there. */
void place_open_in_memory(struct place *p, unsigned devices);
void place_close(struct place *p);
enum jemput_status place_try(struct place *p, unsigned device, struct jemput_sync_report *report, struct jemput_error *err); /* a sync over ADDRESS */
struct jemput_sync_report place_sync(struct place *p, unsigned device); /* that must go well */
void place_settle(struct place *p);
/* Rows of `orang` number `from` on, each in a transaction of its own. */
void place_people(struct place *p, unsigned device, unsigned from, unsigned count);
void place_expect_equal(struct place *p); /* all devices have the same rows, and verify */

#endif
