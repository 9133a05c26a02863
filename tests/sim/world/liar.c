/* sim/world/liar.c — see liar.h. */
#include "liar.h"

#include <stdlib.h>
#include <string.h>

#include "failure.h"
#include "sometimes.h"
#include "state.h"

/* --- views --- */

static bool is_log(const struct hub_entry *e)
{
    return !e->is_folder && strncmp(e->name, "refs/heads/log/", 15) == 0;
}

static bool is_object(const struct hub_entry *e)
{
    return !e->is_folder && e->len > 0 && strncmp(e->name, "objects/", 8) == 0;
}

static struct hub_entry *entry_pick(struct hub_copy *c, struct rng *rng, bool (*fits)(const struct hub_entry *), const struct hub_entry *but)
{
    struct hub_entry *pick = NULL;
    unsigned found = 0;

    for (struct hub_entry *e = c->first; e; e = e->next)
        if (e != but && fits(e) && rng_below(rng, ++found) == 0)
            pick = e;
    return pick;
}

static void view_omit(struct hub_copy *c, struct rng *rng)
{
    struct hub_entry **at = &c->first, *gone;

    while (*at) {
        if (!is_log(*at) || rng_one_in(rng, 2)) {
            at = &(*at)->next;
            continue;
        }
        gone = *at;
        *at = gone->next;
        hub_entry_free(gone);
    }
}

static bool view_swap(struct hub_copy *c, struct rng *rng)
{
    struct hub_entry *one = entry_pick(c, rng, is_log, NULL), *other = entry_pick(c, rng, is_log, one);

    if (!one || !other || one->len != other->len)
        return false;
    memcpy(one->data, other->data, one->len);
    return true;
}

static bool view_damage(struct hub_copy *c, struct rng *rng)
{
    struct hub_entry *e = entry_pick(c, rng, is_object, NULL);

    if (!e)
        return false;
    e->data[rng_below(rng, (unsigned)e->len)] ^= (char)(1u << rng_below(rng, 8));
    return true;
}

static bool view_make(struct lie *lie, struct rng *rng)
{
    switch (lie->kind) {
    case LIE_OMITS:
        view_omit(lie->view, rng);
        return true;
    case LIE_SWAPS:
        return view_swap(lie->view, rng);
    case LIE_DAMAGED:
        return view_damage(lie->view, rng);
    default:
        return true;
    }
}

/* --- beginning and ending --- */

void liar_end(struct world *w, unsigned hub)
{
    struct lie *lie = &w->lies[hub];

    if (lie->kind != LIE_NONE && lie->view != w->base->hub)
        hub_forget(lie->view);
    *lie = (struct lie){ .kind = LIE_NONE };
}

void step_lie(struct world *w, struct rng *rng)
{
    unsigned hub = rng_below(rng, w->hub_count);
    struct lie *lie = &w->lies[hub];

    if (lie->kind != LIE_NONE) {
        failure_note("    hub %u is honest again", hub);
        liar_end(w, hub);
        return;
    }
    if (w->device_was_lost || w->checkpointed)
        return;
    lie->kind = (enum lie_kind)(1 + rng_below(rng, 6));
    lie->victims = 1u << rng_below(rng, w->base->count) | (unsigned)crash_rng_next(&rng->state);
    lie->view = lie->kind == LIE_BACK && hub == 0 ? w->base->hub : hub_remember(hub);
    if (!view_make(lie, rng)) {
        liar_end(w, hub);
        return;
    }
    failure_note("    hub %u: %d, to devices %x", hub, (int)lie->kind, lie->victims);
    w->hub_has_lost = true;
}

/* --- around a sync --- */

enum lie_kind liar_show(struct world *w, unsigned device, unsigned hub)
{
    static const enum sometimes states[] = { 0, SOMETIMES_LIE_FROZEN, SOMETIMES_LIE_SPLIT, SOMETIMES_LIE_BACK, SOMETIMES_LIE_OMITS,
        SOMETIMES_LIE_SWAPS, SOMETIMES_LIE_DAMAGED };
    struct lie *lie = &w->lies[hub];

    if (lie->kind == LIE_NONE || !(lie->victims & 1u << device))
        return LIE_NONE;
    lie->truth = hub_remember(hub);
    hub_put(lie->view, hub);
    failure_note("    hub %u lies (%d)", hub, (int)lie->kind);
    sometimes(states[lie->kind]);
    return lie->kind;
}

void liar_hide(struct world *w, unsigned device, unsigned hub)
{
    struct lie *lie = &w->lies[hub];

    if (lie->kind == LIE_NONE || !(lie->victims & 1u << device))
        return;
    if (lie->kind == LIE_SPLIT) {
        hub_forget(lie->view);
        lie->view = hub_remember(hub);
    }
    hub_put(lie->truth, hub);
    hub_forget(lie->truth);
    lie->truth = NULL;
}
