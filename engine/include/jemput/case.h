/* jemput/case.h — work that counts nowhere, and what a person should know of. */
#ifndef JEMPUT_CASE_H
#define JEMPUT_CASE_H

#include <jemput/base.h>

enum jemput_refused_reason { /* part of the state hash: numbers stay */
    JEMPUT_REFUSED_NO_ROLE = 1,      /* its device had no role that may write */
    JEMPUT_REFUSED_NO_INSERT = 2,    /* the policy gives its roles no right to insert, update or delete there */
    JEMPUT_REFUSED_NO_UPDATE = 3,
    JEMPUT_REFUSED_NO_DELETE = 4,
    JEMPUT_REFUSED_NO_COLUMN = 5,    /* not this column */
    JEMPUT_REFUSED_NO_STEP = 6,      /* not this step of a status */
    JEMPUT_REFUSED_STEP_UNKNOWN = 7, /* it does not say what the status was before */
    JEMPUT_REFUSED_OUTSIDE = 8,      /* the row is not, and never was, in its device's region */
    JEMPUT_REFUSED_REGION_UNKNOWN = 9, /* nothing of the row is known here yet: it is judged again when it comes */
    JEMPUT_REFUSED_VOID = 32,        /* its device was revoked, and this comes after the cut */
    JEMPUT_REFUSED_SCHEMA = 33       /* by an older schema version than its writer had seen, or by a schema that is not in force */
};
struct jemput_refused { /* a transaction that is kept in the log and counts nowhere, as a whole; borrowed for the call */
    struct jemput_origin origin;
    char commit[41];        /* hex: its segment's git commit */
    uint32_t place;         /* in that segment, from 1 */
    enum jemput_refused_reason reason;
    const char *why_id, *why_en; /* the same in words; static */
    const char *table;      /* the change that is at fault; NULL = none in particular: then there is no key */
    unsigned key_count;
    const struct jemput_datum *key;
    const char *column;     /* NULL = none in particular */
    int adopted;            /* 1 = an administrator has written the same since: `by` says who and when */
    struct jemput_origin by;
    int gone;               /* 1 = what it wrote is not here, and nobody can adopt it here: it was erased with a row of the same segment that was
                             * forgotten (jemput_forget()), or this device began with a checkpoint */
};
typedef int (*jemput_refused_cb)(void *ctx, const struct jemput_refused *refused);
/* Every refused transaction, in the order in which their segments came here. Each replica that knows the same segments has the same list.
 *   JEMPUT_BUSY JEMPUT_IO JEMPUT_CORRUPT JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_refused_each(struct jemput *jemput, jemput_refused_cb each, void *ctx, struct jemput_error *err) JEMPUT_CHECKED;

struct jemput_adopting {
    const char *segment; /* how its commit begins: 4 hexadecimal digits at least */
    uint32_t place;      /* from 1; 0 = every refused transaction of the segment that nobody has adopted */
    const char *reason;  /* for those who read it later; 1 ... 900 bytes */
};
/* Let refused work count, as an administrator or central: own signed transactions that write the same final values, one for each, judged by this
 * device's rights. All of them or none. What has been written since, and the refused work had not seen, stays beside it: jemput_conflict lists both.
 *   *adopted: how many
 *   JEMPUT_DENIED    this device is neither, or the policy does not let it write that; or a row would be kept out by a constraint: the text says
 *   which; or it adds to a counter, and may come to count by itself
 *   JEMPUT_NOTFOUND  no refused transaction is there; what it wrote is not here any more; or a row that it changes is not there: adopt first what
 *   made it
 *   JEMPUT_EXISTS    it was adopted already      JEMPUT_MISUSE   several segments begin so; no reason; a fact that is set already
 *   JEMPUT_LIMIT JEMPUT_BUSY JEMPUT_IO JEMPUT_FULL JEMPUT_NOMEM: nothing was done */
JEMPUT_API enum jemput_status jemput_adopt(struct jemput *jemput, const struct jemput_adopting *adopting, uint32_t *adopted,
                                           struct jemput_error *err) JEMPUT_CHECKED;

struct jemput_case { /* something that a person should know of, or decide; borrowed for the call */
    const char *kind;  /* "refused", "revoked", "stopped", "forked", "copied", "state", "checkpoint", "receipt",
                      * "hub", "stale", "asks", "unadmitted", "old-key", "unsigned", "schema", "forgotten" */
    const char *about; /* hex: a writer, a key that asks, an act; or a branch. With the kind it names the case */
    const char *label; /* whose it is, as people call it: "tablet 07"; "" = nobody's */
    int64_t since_ms;  /* claimed time of the first sign of it; 0 = unknown */
    uint64_t count;    /* transactions, or segments, that it is about */
    int open;          /* 0 = it is settled, and told for the record */
    int may_settle;    /* 1 = jemput_case_settle() takes it */
    const char *settled_by, *settled_why; /* who has said that nothing is to be decided ("admin 01"), and why; "" = nobody has */
    const char *what_id, *what_en; /* what happened */
    const char *safe_id, *safe_en; /* is the data safe? */
    const char *todo_id, *todo_en; /* what to do */
};
typedef int (*jemput_case_cb)(void *ctx, const struct jemput_case *told);
/* Every case, kind by kind.   JEMPUT_BUSY JEMPUT_IO JEMPUT_CORRUPT JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_cases(struct jemput *jemput, jemput_case_cb each, void *ctx, struct jemput_error *err) JEMPUT_CHECKED;

struct jemput_case_settling {
    const char *kind, *about; /* as jemput_case has them; about: how it begins, 4 digits at least */
    int open;                 /* 1 = it is to be open again */
    const char *reason;       /* for those who read it later: one line of 1 ... 1024 bytes, without personal data: a hub sees it */
};
/* Say, as an administrator or central, that nothing is to be decided on a case, or that it is after all: signed, and told on every device. A case
 * that comes to be about more than it was is open again: more refused or void work of that writer, another request by that key. Other kinds than
 * "refused", "revoked", "asks" and "unsigned" close by themselves, or by another act, and are not settled.
 *   JEMPUT_DENIED    this device is neither        JEMPUT_NOTFOUND   there is no such case
 *   JEMPUT_EXISTS    it is settled already, or nobody has settled it
 *   JEMPUT_MISUSE    several begin so; its kind closes by itself; no reason, or not one line
 *   JEMPUT_LIMIT JEMPUT_BUSY JEMPUT_IO JEMPUT_FULL JEMPUT_NOMEM: nothing was done */
JEMPUT_API enum jemput_status jemput_case_settle(struct jemput *jemput, const struct jemput_case_settling *settling,
                                                 struct jemput_error *err) JEMPUT_CHECKED;
#endif
