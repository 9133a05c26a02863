/* api/checkpoint/generation.c — generations of the own log: it goes on with a commit that has no parent where a checkpoint covers all that it has
 * written, so that a hub can let the older ones go. Numbers and previous hashes run on. */
#include "api/checkpoint/checkpoint.h"
#include "api/checkpoint/generation.h"
#include "api/facts.h"

#include <string.h>

enum jemput_status engine_generation(struct jemput *j, uint32_t *generation, uint64_t *first, struct jemput_error *err)
{
    int64_t g, number;
    enum jemput_status st = jemput_store_number_get(j->store, FACT_GENERATION, 0, &g, err);

    if (!st)
        st = jemput_store_number_get(j->store, FACT_GENERATION_FIRST, 1, &number, err);
    if (!st && (g < 0 || g > UINT32_MAX || number < 1))
        st = jemput_fail(err, JEMPUT_CORRUPT, "own log has generation %lld from segment %lld on, which is out of range", (long long)g,
                         (long long)number);
    if (st)
        return st;
    *generation = (uint32_t)g;
    *first = (uint64_t)number;
    return JEMPUT_OK;
}

/* Is the own log, all of it, covered by a checkpoint, and something of it in this generation? */
static enum jemput_status generation_ends(struct jemput *j, uint64_t number, uint64_t first, bool *out, struct jemput_error *err)
{
    struct engine_checkpoint c;
    struct jemput_segment last;
    int64_t due;
    enum jemput_status st = jemput_store_number_get(j->store, FACT_GENERATION_DUE, 0, &due, err);

    *out = !st && due != 0;
    if (st || *out || number <= first)
        return st;
    st = engine_checkpoint_newest(j, &c, err);
    if (!st)
        st = jemput_store_own_last(j->store, &j->writer, &last, err);
    if (!st)
        st = engine_checkpoint_covers(j, &c, last.id, out, err);
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

enum jemput_status engine_generation_next(struct jemput *j, uint64_t number, uint32_t *generation, bool *root, struct jemput_error *err)
{
    uint64_t first;
    enum jemput_status st;

    *root = false;
    if (number == 1) { /* a new writer's log begins anew */
        *generation = 0;
        st = jemput_store_number_put(j->store, FACT_GENERATION, 0, err);
        if (!st)
            st = jemput_store_number_put(j->store, FACT_GENERATION_FIRST, 1, err);
        return st ? st : jemput_store_number_put(j->store, FACT_GENERATION_DUE, 0, err);
    }
    st = engine_generation(j, generation, &first, err);
    if (!st)
        st = generation_ends(j, number, first, root, err);
    if (st || !*root)
        return st;
    ++*generation;
    st = jemput_store_number_put(j->store, FACT_GENERATION, *generation, err);
    if (!st)
        st = jemput_store_number_put(j->store, FACT_GENERATION_FIRST, (int64_t)number, err);
    return st ? st : jemput_store_number_put(j->store, FACT_GENERATION_DUE, 0, err);
}

bool engine_generation_ended(struct jemput *j, const struct jemput_segment *segment)
{
    struct jemput_error err;
    uint32_t generation;
    uint64_t first;

    return engine_generation(j, &generation, &first, &err) == JEMPUT_OK && generation > 0 && segment->number == first - 1;
}

enum jemput_status engine_own_covered(struct jemput *j, uint64_t *number, struct jemput_error *err)
{
    struct engine_checkpoint c;
    enum jemput_status st = engine_checkpoint_base(j, &c, err);

    *number = 0;
    if (!st)
        st = jemput_store_frontier_covers(j->store, c.at.id, &j->writer, number, err);
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}
