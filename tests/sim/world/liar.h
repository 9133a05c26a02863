/* sim/world/liar.h — hubs that lie: some devices are shown something else than what lies there. What they send is lost with it, or kept from the
 * others, until the lie ends; then all must come to the same as ever. */
#ifndef TESTS_SIM_WORLD_LIAR_H
#define TESTS_SIM_WORLD_LIAR_H

#include <stdbool.h>

#include "hub.h"
#include "rng.h"

enum lie_kind {
    LIE_NONE,
    LIE_FROZEN, /* always what it was when the lie began; what is sent there vanishes */
    LIE_SPLIT,  /* from then on two hubs, each with its own devices */
    LIE_BACK,   /* what it was when the fleet was founded */
    LIE_OMITS,  /* without some logs */
    LIE_SWAPS,  /* a log's branch shows another's */
    LIE_DAMAGED /* a bit of a file is another */
};

struct lie {
    enum lie_kind kind;
    unsigned victims; /* devices, as bits */
    struct hub_copy *view;
    struct hub_copy *truth; /* while a victim looks */
};

struct world;
void liar_end(struct world *w, unsigned hub);
/* Around a sync of a device: what it is shown. Returns how it is lied to. */
enum lie_kind liar_show(struct world *w, unsigned device, unsigned hub);
void liar_hide(struct world *w, unsigned device, unsigned hub);

#endif
