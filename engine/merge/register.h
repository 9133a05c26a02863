/* merge/register.h — one register: how its writes stand to each other, and which of them it keeps. Terms: merge/row.h. Of this room only. */
#ifndef JEMPUT_MERGE_REGISTER_H
#define JEMPUT_MERGE_REGISTER_H

#include "merge/row.h"

/* How a kept write (or delete) stands to the one that arrives. No two hold at once: neither saw nor within holds both ways. */
enum jemput_relation {
    JEMPUT_RELATION_SAME,     /* the change is in already */
    JEMPUT_RELATION_COVERED,  /* the arriving one covers the kept one: nothing is lost without it */
    JEMPUT_RELATION_COVERS,   /* the other way round */
    JEMPUT_RELATION_REPLACED, /* the arriving one replaces the kept one, but not all that the kept one replaces: it becomes a shadow */
    JEMPUT_RELATION_REPLACES, /* the other way round: the arriving one is late, and a shadow from the start */
    JEMPUT_RELATION_APART     /* siblings */
};

struct jemput_arrival {
    const struct jemput_causality *causality;
    const struct jemput_row *row; /* its deletes */
    uint64_t version;
    uint64_t asked; /* the groups of a row mostly hold one version: its relation is asked for once, not once a group */
    enum jemput_relation answer;
};

/* As it is without spares, and so between deletes. */
enum jemput_relation jemput_arrival_relation(struct jemput_arrival *a, uint64_t kept);

bool jemput_write_replaces(const struct jemput_row *row, const struct jemput_causality *c, const struct jemput_write *r,
                           const struct jemput_write *u);

/* Lay out in `next` what `kept` becomes with the arriving write, which is the caller's own and is used up. next->writes has room for one more than
 * `kept` has. Returns false if `kept` stays as it is. */
bool jemput_register_add(struct jemput_register *next, const struct jemput_register *kept, struct jemput_arrival *arrival,
                         struct jemput_write *arriving, enum jemput_rule rule);

/* Forget, in place, what the register of the row need not keep. */
void jemput_register_prune(struct jemput_register *r, const struct jemput_row *row, enum jemput_rule rule, const struct jemput_causality *c);

#endif
