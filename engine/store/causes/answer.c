/* store/causes/answer.c — what merge/ asks about versions, answered from the cache: see answer.h.
 *
 * A version is a segment's number and a place in it; segment 0 has the rows that came with the schema: all have seen them, and they had seen
 * nothing. */
#include "store/causes/answer.h"

#include <string.h>

static enum jemput_status version_saw(struct jemput_store *store, uint64_t later, uint64_t earlier, bool *out, struct jemput_error *err)
{
    const struct jemput_cause *a, *b;
    enum jemput_status st;

    if (later / JEMPUT_VERSION_PLACES == earlier / JEMPUT_VERSION_PLACES) {
        *out = later > earlier;
        return JEMPUT_OK;
    }
    if (earlier < JEMPUT_VERSION_PLACES || later < JEMPUT_VERSION_PLACES) { /* segment 0: rows that came with the schema, which all have seen */
        *out = earlier < JEMPUT_VERSION_PLACES;
        return JEMPUT_OK;
    }
    st = jemput_causes_segment(store, (int64_t)(earlier / JEMPUT_VERSION_PLACES), &b, err);
    if (!st)
        st = jemput_causes_segment(store, (int64_t)(later / JEMPUT_VERSION_PLACES), &a, err);
    return st ? st : jemput_causes_covers(store, a, b->line, b->number, out, err);
}

/* Does r's past hold all of the context of u? */
static enum jemput_status context_within(struct jemput_answers *a, const struct jemput_cause *u, const struct jemput_cause *r, bool *out,
                                         struct jemput_error *err)
{
    struct jemput_within *memo = &a->within[((uint64_t)u->context * 31 + (uint64_t)r->context) % JEMPUT_WITHIN_SLOTS];
    const struct jemput_map *part, *whole;
    bool own_needed = false;
    enum jemput_status st;

    *out = u->context == r->context || (memo->part == u->context && memo->whole == r->context);
    if (*out)
        return JEMPUT_OK;
    st = jemput_causes_context(a->store, u->context, &part, err);
    if (!st)
        st = jemput_causes_context(a->store, r->context, &whole, err);
    for (uint32_t i = 0, k = 0; !st && i < part->count; i++) {
        const struct jemput_seen *need = &part->seen[i];
        uint64_t own;

        while (k < whole->count && whole->seen[k].line < need->line)
            k++;
        if (k < whole->count && whole->seen[k].line == need->line && whole->seen[k].number >= need->number)
            continue;
        own_needed = true;
        st = jemput_causes_chain(a->store, r->line, r->number - 1, need->line, &own, err);
        if (!st && own < need->number)
            return JEMPUT_OK;
    }
    *out = !st;
    if (!st && !own_needed)
        *memo = (struct jemput_within){ u->context, r->context };
    return st;
}

static enum jemput_status version_within(struct jemput_answers *a, uint64_t earlier, uint64_t later, bool *out, struct jemput_error *err)
{
    const struct jemput_cause *u, *r;
    enum jemput_status st = version_saw(a->store, later, earlier, out, err);

    /* Within a segment all have one context; the schema's rows had seen nothing. */
    if (st || !*out || later / JEMPUT_VERSION_PLACES == earlier / JEMPUT_VERSION_PLACES || earlier < JEMPUT_VERSION_PLACES)
        return st;
    st = jemput_causes_segment(a->store, (int64_t)(earlier / JEMPUT_VERSION_PLACES), &u, err);
    if (!st)
        st = jemput_causes_segment(a->store, (int64_t)(later / JEMPUT_VERSION_PLACES), &r, err);
    if (st)
        return st;
    *out = false;
    return u->context_whole ? context_within(a, u, r, out, err) : JEMPUT_OK;
}

static enum jemput_status version_order(struct jemput_store *store, uint64_t a, uint64_t b, int *out, struct jemput_error *err)
{
    const struct jemput_cause *sa, *sb;
    uint32_t pa = (uint32_t)(a % JEMPUT_VERSION_PLACES), pb = (uint32_t)(b % JEMPUT_VERSION_PLACES);
    jemput_stamp ta, tb;
    enum jemput_status st;

    *out = a < b ? -1 : a > b;
    if (a / JEMPUT_VERSION_PLACES == b / JEMPUT_VERSION_PLACES || a < JEMPUT_VERSION_PLACES || b < JEMPUT_VERSION_PLACES)
        return JEMPUT_OK; /* stamps grow within a log; the schema's rows come first */
    st = jemput_causes_segment(store, (int64_t)(a / JEMPUT_VERSION_PLACES), &sa, err);
    if (!st)
        st = jemput_causes_segment(store, (int64_t)(b / JEMPUT_VERSION_PLACES), &sb, err);
    if (st)
        return st;
    if (pa >= sa->txn_count || pb >= sb->txn_count)
        return jemput_fail(err, JEMPUT_CORRUPT, "a version lies past its segment's end");
    ta = sa->stamps[pa];
    tb = sb->stamps[pb];
    *out = ta != tb ? (ta < tb ? -1 : 1) : memcmp(sa->hash.bytes, sb->hash.bytes, JEMPUT_HASH_BYTES);
    return JEMPUT_OK;
}

static void answer_note(struct jemput_answers *a, enum jemput_status st, const struct jemput_error *err)
{
    if (st && !a->failure.status)
        a->failure = *err;
}

static bool answer_saw(void *ctx, uint64_t later, uint64_t earlier)
{
    struct jemput_answers *a = ctx;
    struct jemput_error err;
    bool saw = false;

    answer_note(a, version_saw(a->store, later, earlier, &saw, &err), &err);
    return saw;
}

static bool answer_within(void *ctx, uint64_t earlier, uint64_t later)
{
    struct jemput_answers *a = ctx;
    struct jemput_error err;
    bool within = false;

    answer_note(a, version_within(a, earlier, later, &within, &err), &err);
    return within;
}

static int answer_order(void *ctx, uint64_t one, uint64_t other)
{
    struct jemput_answers *a = ctx;
    struct jemput_error err;
    int order = one < other ? -1 : one > other;

    answer_note(a, version_order(a->store, one, other, &order, &err), &err);
    return order;
}

static enum jemput_status version_name(struct jemput_store *store, uint64_t version, struct jemput_txn_name *out, struct jemput_error *err)
{
    uint32_t place = (uint32_t)(version % JEMPUT_VERSION_PLACES);
    const struct jemput_cause *s;
    const struct jemput_line *line;
    enum jemput_status st;

    if (version < JEMPUT_VERSION_PLACES)
        return JEMPUT_OK;
    st = jemput_causes_segment(store, (int64_t)(version / JEMPUT_VERSION_PLACES), &s, err);
    if (!st && place >= s->txn_count)
        st = jemput_fail(err, JEMPUT_CORRUPT, "a version lies past its segment's end");
    if (!st)
        st = jemput_causes_line(store, s->line, &line, err);
    if (!st)
        *out = (struct jemput_txn_name){ .stamp = s->stamps[place], .writer = line->writer };
    return st;
}

static void answer_name(void *ctx, uint64_t version, struct jemput_txn_name *out)
{
    struct jemput_answers *a = ctx;
    struct jemput_error err;

    *out = (struct jemput_txn_name){ 0 };
    answer_note(a, version_name(a->store, version, out, &err), &err);
}

static uint64_t answer_line(void *ctx, uint64_t version)
{
    struct jemput_answers *a = ctx;
    const struct jemput_cause *s;
    struct jemput_error err;
    enum jemput_status st;

    if (version < JEMPUT_VERSION_PLACES)
        return 0; /* came with the schema */
    st = jemput_causes_segment(a->store, (int64_t)(version / JEMPUT_VERSION_PLACES), &s, &err);
    answer_note(a, st, &err);
    return st ? 0 : (uint64_t)s->line;
}

enum jemput_status jemput_causes_table(struct jemput_store *store, struct jemput_causality *out, struct jemput_error *err)
{
    struct jemput_answers *a = NULL;
    enum jemput_status st = jemput_causes_answers(store, &a, err);

    if (st)
        return st;
    a->failure.status = JEMPUT_OK;
    *out = (struct jemput_causality){
        .ctx = a, .saw = answer_saw, .within = answer_within, .order = answer_order, .name = answer_name, .line = answer_line
    };
    return JEMPUT_OK;
}

static enum jemput_status causes_check(struct jemput_store *store, struct jemput_error *err)
{
    struct jemput_answers *a = NULL;
    enum jemput_status st = jemput_causes_answers(store, &a, err);

    if (st || !a->failure.status)
        return st;
    *err = a->failure;
    a->failure.status = JEMPUT_OK;
    return err->status;
}

enum jemput_status jemput_causes_outcome(struct jemput_store *store, enum jemput_status st, struct jemput_error *err)
{
    struct jemput_error why;
    enum jemput_status asked = causes_check(store, &why);

    if (asked)
        *err = why;
    return asked ? asked : st;
}
