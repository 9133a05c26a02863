/* api/raise.c — acts in the order of their causes.
 *
 * Acts fold in the order of their stamps, and a stamp may lie behind one that its author had seen: a clock that is far off is not followed. So that
 * an act never comes before what it rests on, its stamp is raised above all that it had seen. Most segments come behind what they had seen; but logs
 * are fetched one after the other, so the log of who was enrolled by a clock that is far ahead may come before the act that enrolled him. */
#include "api/engine.h"

/* Stamps that are in the order of causes need no look at who saw what; of the others, is acts[earlier] among those that acts[at] had seen? */
static enum jemput_status is_behind(struct jemput *j, const struct engine_act *of, const struct jemput_act *acts, uint32_t at, uint32_t earlier,
                                    bool *out, struct jemput_error *err)
{
    *out = false;
    if (acts[earlier].stamp < acts[at].stamp || of[earlier].segment == of[at].segment || !of[at].segment)
        return JEMPUT_OK;
    *out = !of[earlier].segment; /* genesis */
    return *out ? JEMPUT_OK : jemput_store_segment_saw(j->store, of[at].segment, of[earlier].segment, out, err);
}

/* Above those that came before it. */
static enum jemput_status act_raise(struct jemput *j, const struct engine_act *of, struct jemput_act *acts, uint32_t at, bool *raised,
                                    struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; !st && i < at; i++) {
        bool behind = false;

        if (i && of[i].segment == of[i - 1].segment)
            continue;
        st = is_behind(j, of, acts, at, i, &behind, err);
        if (!st && behind) {
            acts[at].stamp = acts[i].stamp + 1;
            *raised = true;
        }
    }
    return st;
}

/* What others' acts rest on: no device's requests, and no keys. */
static bool is_rested_on(const struct engine_act *a)
{
    enum jemput_record_kind kind = a->act.record.kind;

    return kind != JEMPUT_RECORD_JOIN && kind <= JEMPUT_RECORD_APPROVE;
}

struct unseen { /* logs of which a segment is known not to be seen, so what lies behind it is not either */
    struct jemput_writer of[64];
    unsigned count;
};

static bool unseen_has(const struct unseen *u, const struct jemput_writer *writer)
{
    for (unsigned i = 0; i < u->count; i++)
        if (jemput_writer_compare(&u->of[i], writer) == 0)
            return true;
    return false;
}

/* Had it seen one that came after it, and has a higher stamp? Asked until all that it had seen is here: then none can come any more. */
static enum jemput_status late_look(struct jemput *j, struct engine_acts *acts, uint32_t at, const struct jemput_act *stamped,
                                    struct jemput_error *err)
{
    struct unseen unseen = { .count = 0 };
    bool whole = false;
    enum jemput_status st = jemput_store_segment_whole(j->store, acts->of[at].segment, &whole, err);

    for (uint32_t i = at + 1; !st && !acts->late && i < acts->count; i++) {
        if (!is_rested_on(&acts->of[i]) || stamped[i].stamp < stamped[at].stamp || unseen_has(&unseen, &acts->of[i].act.author))
            continue;
        st = is_behind(j, acts->of, stamped, at, i, &acts->late, err);
        if (!acts->late && unseen.count < sizeof unseen.of / sizeof unseen.of[0] && acts->of[i].segment != acts->of[at].segment)
            unseen.of[unseen.count++] = acts->of[i].act.author;
    }
    acts->of[at].seen_whole = !st && whole;
    return st;
}

/* Above all that it had seen, in whatever order they came: until nothing moves. Stamps only grow, and no higher than by one for each act. */
static enum jemput_status all_raise(struct jemput *j, const struct engine_acts *from, struct jemput_act *acts, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;
    bool moved = true;

    while (!st && moved) {
        moved = false;
        for (uint32_t at = 0; !st && at < from->count; at++) {
            if (at && from->of[at].segment == from->of[at - 1].segment) {
                acts[at].stamp = acts[at - 1].stamp;
                continue;
            }
            for (uint32_t i = 0; !st && i < from->count; i++) {
                bool behind = false;

                if (i && from->of[i].segment == from->of[i - 1].segment)
                    continue; /* it has the same stamp */
                st = is_behind(j, from->of, acts, at, i, &behind, err);
                if (!st && behind) {
                    acts[at].stamp = acts[i].stamp + 1;
                    moved = true;
                }
            }
        }
    }
    return st;
}

enum jemput_status engine_acts_raised(struct jemput *j, struct engine_acts *from, struct jemput_act **out, struct jemput_arena *arena,
                                      struct jemput_error *err)
{
    struct jemput_act *acts = jemput_arena_array(arena, (size_t)from->count + 1, sizeof *acts);
    jemput_stamp highest = 0;
    bool raised = false;
    enum jemput_status st = JEMPUT_OK;

    if (!acts)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for the roster");
    for (uint32_t i = 0; i < from->count; i++)
        acts[i] = from->of[i].act;
    for (uint32_t i = 0; !st && i < from->count; i++) {
        if (i && from->of[i].segment == from->of[i - 1].segment)
            acts[i].stamp = acts[i - 1].stamp;
        else if (acts[i].stamp <= highest)
            st = act_raise(j, from->of, acts, i, &raised, err);
        highest = acts[i].stamp > highest ? acts[i].stamp : highest;
    }
    for (uint32_t i = 0; !st && !from->late && i < from->count; i++)
        if (is_rested_on(&from->of[i]) && from->of[i].segment && (raised || !from->of[i].seen_whole))
            st = late_look(j, from, i, acts, err);
    if (!st && from->late)
        st = all_raise(j, from, acts, err);
    *out = acts;
    return st;
}
