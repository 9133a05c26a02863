/* sim/world/base.h — a founded fleet: schema chosen, devices enrolled and in sync, closed. Made once for many seeds, because keys and enrolment
 * cost more than all else; each run starts from its disks. */
#ifndef TESTS_SIM_WORLD_BASE_H
#define TESTS_SIM_WORLD_BASE_H

#include "device.h"
#include "hub.h"

enum { DEVICES_MAX = 12 };

struct base {
    uint64_t fleet;          /* its seed */
    struct schema schema;
    unsigned count;
    int central;             /* device 0 or 1; -1 = there is none */
    bool trusts;             /* who may do what moves, and there are adversaries: trust.c */
    unsigned second;         /* a second administrator, who is no root administrator; 0 = there is none */
    unsigned sticks;         /* root administrators' keys that are in no store: two of these and the founder sign. 0 = the founder alone does */
    struct crash_snapshot *disks[DEVICES_MAX];
    struct hub_copy *hub;
    int64_t wall_ms[DEVICES_MAX];
};

struct crash_vfs *base_disk(unsigned device); /* made on first use */
/* Of half of the devices, whose stores are sealed at rest; NULL = plain. */
const struct jemput_secret *base_secret(const struct base *b, unsigned device);
enum { STICKS_MAX = 2 };
const unsigned char *base_stick(unsigned stick); /* the seed of its key */
const char *base_scope(const struct base *b, unsigned device);                /* an officer's region; "" = everywhere */
void base_found(struct base *b, uint64_t fleet, unsigned features);
void base_release(struct base *b); /* accepts a zeroed one */

#endif
