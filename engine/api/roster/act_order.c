/* api/roster/act_order.c — acts in the order of their causes.
 *
 * Acts fold in the order of their stamps, and a stamp may lie behind one that its author had seen: a clock that is far off is not followed. So that
 * an act never comes before what it rests on, its stamp is raised above all that it had seen. Most segments come behind what they had seen; but logs
 * are fetched one after the other, so the log of who was enrolled by a clock that is far ahead may come before the act that enrolled him. */
#include "api/engine.h"
#include "api/roster/roster.h"

#include <stdlib.h>

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

/* The acts that others' may rest on, one log's after the other's, each in the order in which they came: where a segment of a log is not seen, none
 * that lies behind it is. */
struct rested {
    uint32_t count;
    struct rested_act {
        const struct jemput_writer *author;
        uint32_t act;
    } *of;
    uint32_t author_count;
    struct rested_author {
        uint32_t next, end; /* in `of`: the first that came after the act that is looked at */
    } *authors;
};

static int rested_compare(const void *left, const void *right)
{
    const struct rested_act *a = left, *b = right;
    int order = jemput_writer_compare(a->author, b->author);

    return order ? order : (a->act > b->act) - (a->act < b->act);
}

static bool rested_read(struct rested *r, const struct engine_acts *acts, struct jemput_arena *arena)
{
    r->of = jemput_arena_array(arena, acts->count, sizeof *r->of);
    r->authors = jemput_arena_array(arena, acts->count, sizeof *r->authors);
    if (!r->of || !r->authors)
        return false;
    for (uint32_t i = 0; i < acts->count; i++)
        if (is_rested_on(&acts->of[i]))
            r->of[r->count++] = (struct rested_act){ &acts->of[i].act.author, i };
    if (r->count)
        qsort(r->of, r->count, sizeof *r->of, rested_compare);
    for (uint32_t i = 0; i < r->count; i++) {
        if (i == 0 || jemput_writer_compare(r->of[i - 1].author, r->of[i].author) != 0)
            r->authors[r->author_count++].next = i;
        r->authors[r->author_count - 1].end = i + 1;
    }
    return true;
}

/* Had it seen one that came after it, and has a higher stamp? Asked until all that it had seen is here: then none can come any more. */
static enum jemput_status late_look(struct jemput *j, struct engine_acts *acts, uint32_t at, const struct jemput_act *stamped, struct rested *r,
                                    struct jemput_error *err)
{
    bool whole = false;
    enum jemput_status st = jemput_store_segment_whole(j->store, acts->of[at].segment, &whole, err);

    for (uint32_t i = 0; !st && !acts->late && i < r->author_count; i++) {
        struct rested_author *author = &r->authors[i];
        uint32_t next;

        while (author->next < author->end && r->of[author->next].act <= at)
            author->next++;
        for (next = author->next; next < author->end; next++)
            if (acts->of[r->of[next].act].segment != acts->of[at].segment && stamped[r->of[next].act].stamp >= stamped[at].stamp)
                break;
        if (next < author->end)
            st = is_behind(j, acts->of, stamped, at, r->of[next].act, &acts->late, err);
    }
    acts->of[at].seen_whole = !st && whole;
    return st;
}

/* Each segment once: its acts have one stamp, and had seen the same. */
static enum jemput_status late_find(struct jemput *j, struct engine_acts *from, const struct jemput_act *acts, bool raised,
                                    struct jemput_arena *arena, struct jemput_error *err)
{
    struct rested rested = { .count = 0 };
    uint32_t looked = 0;
    enum jemput_status st = JEMPUT_OK;

    if (!rested_read(&rested, from, arena))
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for the roster");
    for (uint32_t i = 0; !st && !from->late && i < from->count; i++) {
        if (!is_rested_on(&from->of[i]) || !from->of[i].segment || (!raised && from->of[i].seen_whole))
            continue;
        if (looked && from->of[looked].segment == from->of[i].segment)
            from->of[i].seen_whole = from->of[looked].seen_whole;
        else
            st = late_look(j, from, i, acts, &rested, err);
        looked = i;
    }
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
    struct jemput_act *acts = jemput_arena_array(arena, from->count, sizeof *acts);
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
    if (!st && !from->late)
        st = late_find(j, from, acts, raised, arena, err);
    if (!st && from->late)
        st = all_raise(j, from, acts, err);
    *out = acts;
    return st;
}
