/* looks.h — who saw what: looks.db, a chain of entries in which each holds the hash of the one before (schema/formats/looks.md).
 *
 * An entry is durable before what it tells of is shown: no entry, no answer. Entries hold keys of rows, never what stands in them. Several
 * programs may write at once. Taking away or changing an entry breaks the chain from there on; taking the last ones away does not, so the head's
 * hash is kept elsewhere: in the signed logs (anchor.h), and in the daily book. */
#ifndef JEMPUT_CENTRAL_LOOKS_H
#define JEMPUT_CENTRAL_LOOKS_H

#include "central.h"

enum { LOOK_HASH_BYTES = 32 };

struct look { /* texts: NULL = "" */
    int64_t at_ms;
    const char *account; /* "siti.rahmah"; a command's: "cli:USER", "cli:USER (said)" */
    int64_t device;      /* number of the account's device there; 0 = none */
    const char *role;    /* roles that the account had for it */
    const char *session; /* the first 8 hexadecimal digits that name it */
    const char *act;     /* "sign-in", "search", "list", "row", "photo", "export", "decision", "device", "refused", … */
    int64_t space;       /* 0 = several */
    const char *tbl, *key;
    int64_t count;      /* rows that were shown */
    const char *detail; /* filters, kinds: no values of rows but what was searched for */
    const char *reason; /* that the person gave */
};

struct looks;
/* Open, and make if it is not there. Close by looks_close(); one thread at a time. */
int looks_open(struct looks **out, const char *path, struct trouble *why);
void looks_close(struct looks *looks);
/* Write it, on the disk when this returns 0. at_ms 0 = now. */
int looks_add(struct looks *looks, const struct look *look, struct trouble *why);

struct looks_head {
    int64_t count;
    uint8_t hash[LOOK_HASH_BYTES];
    int64_t broken; /* number of the first entry that does not hold; 0 = all do */
};
/* Compute the chain from its beginning. */
int looks_verify(struct looks *looks, struct looks_head *out, struct trouble *why);
/* Compute what has come since the last call on this connection alone: as dear as what is new. That entry itself must still stand as it stood, so that
 * what is cut off behind it is seen; a change before it, looks_verify() sees. */
int looks_follow(struct looks *looks, struct looks_head *out, struct trouble *why);
/* The newest entry's number and hash, unchecked. */
int looks_head(struct looks *looks, struct looks_head *out, struct trouble *why);
/* Of a command, `account`: who it is that calls, as the kernel knows it: who has signed in, else whose process it is. What the environment says
 * stands beside it, if that is another name: "cli:root", "cli:root (siti)". */
void looks_caller(char *out, size_t room);
/* The connection, for lists. */
struct sqlite3 *looks_db(struct looks *looks);

/* The hash of an entry: pure. */
void look_hash(uint8_t out[LOOK_HASH_BYTES], const uint8_t previous[LOOK_HASH_BYTES], int64_t n, const struct look *look);

#endif
