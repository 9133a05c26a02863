/* sim/world/fault.h — one thing that goes wrong during one act of one device. */
#ifndef TESTS_SIM_WORLD_FAULT_H
#define TESTS_SIM_WORLD_FAULT_H

#include "device.h"
#include "support/git_link.h"

enum fault_kind {
    FAULT_NONE,
    FAULT_POWER,    /* the power goes; what was not safe is lost, kept or torn */
    FAULT_KILL,     /* the process ends; all that was written stays */
    FAULT_IO,       /* a call of the disk fails, or all from then on */
    FAULT_FULL,     /* the disk is full at a write, or from then on */
    FAULT_ALLOC,    /* an allocation fails, or all from then on */
    FAULT_HUB_CALL, /* a file call at the hub fails, or all from then on; of one behind an address, a request does, or something else answers */
    FAULT_HUB_CUT,  /* the hub goes away in the middle of a call: what was written is lost, kept or torn; or the link to it in one of an exchange */
    FAULT_CANCEL,   /* the sync is cancelled, or its deadline passes */
    FAULT_ACTS,     /* so many of them happen during an act; the others between acts */
    FAULT_CLOCK = FAULT_ACTS, /* a clock jumps */
    FAULT_HUB_OLD,  /* a hub goes back to what it was, or becomes a copy of another */
    FAULT_RESTORE,  /* an old copy of a device comes back */
    /* adversaries: trust.c */
    FAULT_CLONE,    /* somebody copies a store, and both copies are used */
    FAULT_THEFT,    /* a device is stolen, and used by the thief */
    FAULT_ROSTER,   /* administrators revoke, suspend and change devices, also at once */
    FAULT_LIE,      /* hubs show each device something else */
    FAULT_FORGE,    /* officers sign acts of administrators, and by old rules */
    FAULT_KEEP,     /* checkpoints are made and cut off at, rows are forgotten */
    FAULT_ROTATE,   /* devices take another key */
    FAULT_KINDS
};
#define FAULT_NAMES { "none", "power", "kill", "io", "full", "alloc", "hub-call", "hub-cut", "cancel", "clock", "hub-old", "restore", \
        "clone", "theft", "roster", "lie", "forge", "keep", "rotate" }

enum act { ACT_WRITE, ACT_SEAL, ACT_SYNC };

struct fault {
    enum fault_kind kind;
    enum act act;
    uint64_t at; /* the how manieth operation */
    bool sticky;
    uint64_t seed;
    enum jemput_status status;
    uint64_t torn_before, lost_before; /* of the device's disk */
    uint64_t calls;  /* of progress */
    struct sim_env *sim;
    struct git_link *link; /* of a sync with a hub behind an address; else NULL */
};

void fault_memory_install(void); /* before anything allocates: so that allocations can fail */
void fault_memory_pause(bool pauses); /* what is done now is not the device's */
void fault_choose(struct fault *f, struct rng *rng, enum act act, unsigned armed);
void fault_begin(struct fault *f, struct device *d);
/* Nothing goes wrong any more; the device is open, if need be again. Returns whether anything had gone wrong; *reopened: it was opened again. */
bool fault_end(struct fault *f, struct device *d, bool *reopened);
/* May the engine answer so? */
bool fault_allows(const struct fault *f, enum jemput_status st);
int fault_progress(void *fault, const struct jemput_progress *progress); /* for struct jemput_sync_options */

#endif
