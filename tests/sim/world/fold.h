/* sim/world/fold.h — what all acts that a device knows come to, by the second telling of the roster's rules (unit/roster_oracle.h), which the
 * engine does not use. */
#ifndef TESTS_SIM_WORLD_FOLD_H
#define TESTS_SIM_WORLD_FOLD_H

#include "history.h"

struct fold_rights {
    bool member, is_void;
    bool former; /* no member, for what would have made it one counts nowhere */
    bool given_up;  /* a rotation of its key counts: what it signs may, but it is handed no key any more */
    unsigned roles; /* bits as in a record */
    char scope[64];
    uint8_t key[32]; /* of a member */
    uint32_t epoch, number;
};

/* Fold the acts in these segments, and genesis. */
void fold_run(const struct history *h, const struct segmentset *known);
/* Of a writer's segment; NONE = of the one that it would seal next. */
void fold_rights_of(const uint8_t writer[16], uint32_t segment, struct fold_rights *out);
#endif
