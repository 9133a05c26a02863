/* sim/world/device.h — one device: its disk, clock and store, and what the oracle knows of it: the tables as last seen, what it has merged. */
#ifndef TESTS_SIM_WORLD_DEVICE_H
#define TESTS_SIM_WORLD_DEVICE_H

#include <jemput/jemput.h>

#include "history.h"
#include "hub.h"
#include "support/crash_vfs.h"
#include "support/sim_env.h"

/* A transaction that the engine makes for a person, and seals at once: what it does, told from the definition of what was asked for. */
struct deed_effect {
    uint32_t row;
    enum effect_op op;
    uint32_t groups; /* of an update */
    const val *before, *after;
};
struct deed {
    uint32_t txn; /* once it was seen in a segment; NONE */
    unsigned count;
    const struct deed_effect *of;
};

enum { TOKENS_MAX = 4, UNSEALED_MAX = 512 };

struct token {
    int64_t number; /* jemput_token() */
    struct txnset merged;
};

/* What the oracle knows of a device; goes back with the disk when an old copy is put in its place. */
struct knowledge {
    const val *image[ROWS_MAX]; /* each row as the tables show it; NULL = not there */
    struct txnset merged;       /* own transactions, and those of merged segments */
    struct txnset own;
    struct txnset refused;      /* of those merged, what counts nowhere (verdict.h) */
    struct txnset judged;       /* those merged when that was last asked */
    struct txnset pending;      /* own ones that were not sealed then */
    struct txnset awaited;      /* own ones that counted nowhere then, and were not sealed: sealing takes them out of the tables */
    struct txnset unshown;      /* of those, what counted nowhere as far as its tables show: when it was merged, or the state was last computed anew */
    struct segmentset segments; /* that it has, read or not */
    struct segmentset weighed;  /* those whose rights were added up last */
    uint64_t rights;            /* their sum: it moves when any of them does */
    uint32_t forgotten;         /* rows: so many */
    uint64_t place_last;        /* of acts that it has (acts.h) */
    uint32_t unsealed_count;
    uint32_t unsealed[UNSEALED_MAX]; /* own, in order */
    uint8_t columns[TABLES_MAX];/* of each table, as last seen */
    int64_t segment_last;       /* local number of the newest segment seen */
    int64_t unread_first;       /* and of the first that could not be read for want of a key; 0 = none */
    bool refused_shows;         /* the tables show own work that counts nowhere, until the state is computed anew */
    bool rights_moved;          /* of work that it has, or may have: the state is due to be computed anew, whether or not the tables will differ */
    bool loose;                 /* rows may name what is not there: refused_shows, or the app wrote without FOREIGN KEYs, and has not sealed since */
    bool doubtful;              /* a COMMIT failed at the disk, and nothing was written since: it may be there when the file is opened again */
    bool doubtful_form;
    struct txnset doubtful_under;
};

struct device {
    unsigned number;
    struct crash_vfs *vfs;
    struct sim_env sim;
    const struct jemput_secret *secret; /* of a store that is sealed at rest; NULL = plain */
    struct hub_files *hubs;
    struct history *history;
    struct jemput *jemput;   /* NULL = closed */
    sqlite3 *sql;            /* the app's connection */
    sqlite3_stmt *select[TABLES_MAX], *pending, *segments;
    struct knowledge knows;
    unsigned token_count;
    struct token tokens[TOKENS_MAX];
    bool restored;           /* an old copy of its disk was put in its place */
    bool copied;             /* another device began with a copy of its disk */
    struct crash_snapshot *copy;
    bool stolen;
    char theft[41];            /* commit of the last segment that it sealed before */
    bool forging;              /* its store takes it for an administrator's */
    struct deed *deed;         /* under way; NULL = none */
    bool composes;             /* the engine may be writing transactions of its own */
    bool settled;   /* the sync under way has ended well: the state is computed anew */
    struct knowledge *copy_knows;
};

enum jemput_status device_open(struct device *d, struct jemput_error *err);
void device_use(struct device *d); /* its store has just been opened or made: the app writes by d->sql */
void device_close(struct device *d); /* accepts a closed one */

/* The difference of one row since it was last looked at. */
struct difference {
    uint32_t row;
    const val *before, *after; /* NULL = no row */
};

/* What an app transaction did, as the tables and jemput_pending tell. `under`: what it was written under (NULL = what is merged); `acked`:
 * COMMIT said
 * that it is there; `maybe`: COMMIT failed in a way that leaves it open. Ends the run if the two disagree. Returns the transaction, NONE = none. */
uint32_t device_observe_commit(struct device *d, const struct txnset *under, bool acked, bool maybe);
/* The same after sealing or syncing: new segments, and the tables as they are now. Returns how many rows differ. */
uint32_t device_observe_sync(struct device *d);

/* Keep a copy of the disk; put it back (the device is closed and opened again). */
void device_copy(struct device *d);
void device_restore(struct device *d);
void device_copy_forget(struct device *d);

#endif
