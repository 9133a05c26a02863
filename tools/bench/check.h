/* check.h — segments checked as a sync checks them before it merges, and nothing more; beside it the signature alone. */
#ifndef JEMPUT_BENCH_CHECK_H
#define JEMPUT_BENCH_CHECK_H

#include "side.h"

struct check { /* of the data segments of one transaction that a store has of one other device; zeroed = empty */
    struct jemput *jemput;
    struct check_segment *segments; /* in the order of their log, without the first */
    unsigned count, room;
};

/* Of the device that has most of them. */
void check_open(struct check *c, struct side *s);
void check_close(struct check *c);

/* Each from its three git objects to decoded transactions: form, signature, writer, chain, payload, enrolment, unsealing, decoding, schema. */
void check_segments(const struct check *c);
/* As many Ed25519 signatures of messages of 100 bytes: the floor. */
void check_signatures(unsigned count);

/* As many segments signed: an SSH signature of a commit's text; and the Ed25519 signature in it alone. */
void check_sign(unsigned count);
void check_sign_alone(unsigned count);

#endif
