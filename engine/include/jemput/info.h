/* jemput/info.h — what the store knows of itself and its work. */
#ifndef JEMPUT_INFO_H
#define JEMPUT_INFO_H

#include <jemput/base.h>

/* The three states that an officer sees, in transactions. */
struct jemput_counts {
    uint64_t on_device; /* di tablet ini: saved, not sealed yet */
    uint64_t waiting;   /* menunggu sinyal: sealed, perhaps sent, without central's receipt */
    uint64_t received;  /* diterima pusat: covered by a signed receipt */
};

struct jemput_info {
    char space[65];  /* hex */
    char writer[33]; /* hex: this device in its present epoch */
    char key[65];    /* hex: its public key. Who lets a device in compares it: an invitation may have been copied */
    char roles[64];  /* "petugas"; "" = not admitted yet, suspended, or revoked */
    char scope[64];
    char hub[1024]; /* remembered; "" = none */
    uint32_t device_number;
    int admitted; /* 1 = in the roster as known here */
    int revoked;  /* 1 = its key was revoked or given up, as known here: what it writes from there on counts nowhere */
    int sealed;   /* 1 = the store is sealed at rest */
    uint32_t roster_version, schema_version;
    struct jemput_counts own;
    uint64_t unsent;             /* own segments, acts among them, that the hub had not at the last complete sync, or that were sealed since */
    uint64_t pending_changes;    /* of rows, not sealed yet */
    uint64_t rows;               /* that the replicated tables show */
    uint64_t conflicts;          /* rows in conflict: jemput_conflicts() tells more where a row has several */
    uint64_t held;               /* rows that are held */
    uint64_t logs, logs_stopped; /* logs known here, and those that are stopped: jemput_aside_each() */
    uint64_t segments_unread;    /* "butuh kunci": known here and not merged, for want of a key; while there are any, the state hash is of the rest */
    int64_t last_sync_ms;        /* wall time of the last complete sync; 0 = never; never goes back */
    int64_t last_receipt_ms;     /* claimed time in central's newest segment here; 0 = none */
    uint64_t hub_behind;         /* of how many logs a hub had less than this device had seen, the last time; 0 = never */
    int64_t hub_behind_ms;       /* and when, by this clock */
    int64_t clock_error_ms;      /* what signed times say of this clock: > 0 it is, or was, ahead; < 0 behind; 0 = nothing. Nothing is lost by it */
    uint64_t logs_ahead; /* other devices' logs whose newest segment claims a time more than a day ahead of this clock: one of the two is wrong */
};
/* What the store knows of itself and its work. Cheap; reads only. `out` is the caller's.
 *   JEMPUT_BUSY JEMPUT_IO JEMPUT_CORRUPT JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_info_get(struct jemput *jemput, struct jemput_info *out, struct jemput_error *err) JEMPUT_CHECKED;
#endif
