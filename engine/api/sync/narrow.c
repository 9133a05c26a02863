/* api/sync/narrow.c — which of the hub's branches a sync asks for: of ten thousand, those that it would read.
 *
 * A device that knows a central and is no authority itself reads the own log, those of the writers that it was, and the authorities' (sync.h). So it
 * asks for these, by the first digits of their writers; should another writer's begin alike, that is listed, too, and not read. What a short list
 * does not show are authorities that this device has not heard of: their first word stands in a log that it does read, but for a central that was
 * copied or put back to an older copy, which goes on under a name that nobody can guess. So when central has been silent for longer than it ever is,
 * all branches are looked at, at most once a day; and now and then in any case, whatever the clock says. A look at all counts once what it
 * showed was read. */
#include "api/facts.h"
#include "api/seal/seal.h"
#include "api/sync/run.h"

#include <stdio.h>
#include <string.h>

#define DAY_MS (INT64_C(24) * 60 * 60 * 1000)
#define SILENT_MS (ENGINE_RECEIPT_MS_MAX + DAY_MS / 2) /* a central that is there says so in time */
#define SILENT_OWED_MS (3 * DAY_MS)                    /* one that owes a receipt: a weekend, and a day */
#define NARROW_MAX 500                                 /* short lists in a row: of a device that syncs all day, a week */

static int64_t apart(int64_t a, int64_t b)
{
    return a > b ? a - b : b - a;
}

static bool authority(const struct jemput_member *m)
{
    return (m->roles & (JEMPUT_ROLE_ADMIN | JEMPUT_ROLE_PUSAT)) != 0;
}

static void prefix_of(char out[RUN_PREFIX_BYTES], const struct jemput_writer *writer)
{
    char digits[9];

    jemput_hex_encode(digits, writer->id, 4);
    snprintf(out, RUN_PREFIX_BYTES, "%s%s", LOG_REF_PREFIX, digits);
}

static bool prefix_there(const struct run *r, const struct jemput_writer *writer)
{
    char wanted[RUN_PREFIX_BYTES];

    prefix_of(wanted, writer);
    for (unsigned i = 0; i < r->prefix_count; i++)
        if (strcmp(r->prefixes[i], wanted) == 0)
            return true;
    return false;
}

/* false: they are too many to be named. */
static bool prefix_add(struct run *r, const struct jemput_writer *writer)
{
    if (prefix_there(r, writer))
        return true;
    if (r->prefix_count == RUN_PREFIXES_MAX)
        return false;
    prefix_of(r->prefixes[r->prefix_count++], writer);
    return true;
}

/* Is it time to look at all branches? */
static enum jemput_status whole_due(struct run *r, bool *due, struct jemput_error *err)
{
    struct jemput_store *store = r->j->store;
    int64_t said = 0, received = 0, listed = 0, narrow = 0, limit, now = r->j->env->now_ms(r->j->env);
    enum jemput_status st = jemput_store_number_get(store, FACT_RECEIPT_MS, 0, &said, err);

    if (!st)
        st = jemput_store_number_get(store, FACT_RECEIPT, 0, &received, err);
    if (!st)
        st = jemput_store_number_get(store, FACT_LISTED_MS, 0, &listed, err);
    if (!st)
        st = jemput_store_number_get(store, FACT_NARROW, 0, &narrow, err);
    limit = r->world.own_number > (uint64_t)received ? SILENT_OWED_MS : SILENT_MS;
    *due = !st && (!listed || narrow >= NARROW_MAX || (apart(now, said) > limit && apart(now, listed) > DAY_MS));
    return st;
}

static bool prefixes_gather(struct run *r)
{
    const struct jemput_roster *roster = &r->j->roster;
    bool fits = prefix_add(r, &r->j->writer);

    for (uint32_t i = 0; fits && i < r->former_count; i++)
        fits = prefix_add(r, &r->formers[i]);
    for (uint32_t i = 0; fits && i < roster->member_count; i++)
        fits = !authority(&roster->members[i]) || prefix_add(r, &roster->members[i].writer);
    for (uint32_t i = 0; fits && i < r->j->awaited.count; i++)
        fits = prefix_add(r, &r->j->awaited.of[i]);
    return fits;
}

static enum jemput_status prefixes_set(struct run *r, struct jemput_error *err)
{
    bool whole = false;
    enum jemput_status st;

    r->prefix_count = 0;
    if (!jemput_hub_is_remote(r->hub) || !r->remembered || r->whole || r->world.central || r->world.admin || !r->world.central_known)
        return JEMPUT_OK;
    st = whole_due(r, &whole, err);
    if (!st && !whole && !prefixes_gather(r))
        r->prefix_count = 0;
    return st;
}

enum jemput_status run_list_ask(struct run *r, jemput_ref_fn each, struct jemput_error *err)
{
    const char *prefixes[RUN_PREFIXES_MAX];
    unsigned skipped = 0;
    enum jemput_status st = prefixes_set(r, err);

    for (unsigned i = 0; i < r->prefix_count; i++)
        prefixes[i] = r->prefixes[i];
    if (!st && r->prefix_count) {
        st = run_named_ask(r, each, err);
        if (!st)
            return JEMPUT_OK;
        st = st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
    }
    if (st)
        return st;
    if (r->prefix_count)
        return jemput_hub_refs_of(r->hub, prefixes, r->prefix_count, each, r, &skipped, err);
    return jemput_hub_refs(r->hub, LOG_REF_PREFIX, each, r, &skipped, err);
}

bool run_list_outgrown(const struct run *r)
{
    const struct jemput_roster *roster = &r->j->roster;

    for (uint32_t i = 0; r->prefix_count && i < roster->member_count; i++)
        if (authority(&roster->members[i]) && !prefix_there(r, &roster->members[i].writer))
            return true;
    for (uint32_t i = 0; r->prefix_count && i < r->j->awaited.count; i++)
        if (!prefix_there(r, &r->j->awaited.of[i]))
            return true;
    return false;
}

/* Something that it showed is still to be read. */
static bool list_open(const struct run *r)
{
    for (uint32_t i = 0; i < r->world.log_count; i++)
        if (r->states[i].state == JEMPUT_LOG_OPEN && jemput_sync_follows(&r->world, &r->states[i]))
            return true;
    return false;
}

enum jemput_status run_list_note(struct run *r, struct jemput_error *err)
{
    struct jemput_store *store = r->j->store;
    int64_t narrow = 0, now = r->j->env->now_ms(r->j->env);
    bool open = list_open(r);
    enum jemput_status st;

    if (!jemput_hub_is_remote(r->hub))
        return JEMPUT_OK;
    st = run_named_note(r, err);
    if (!st)
        st = jemput_store_number_get(store, FACT_NARROW, 0, &narrow, err);
    if (!st && r->prefix_count)
        return jemput_store_number_put(store, FACT_NARROW, narrow + 1, err);
    if (!st && open && r->remembered) /* it was not seen to its end: as before */
        return JEMPUT_OK;
    if (!st)
        st = jemput_store_number_put(store, FACT_LISTED_MS, open ? 0 : now ? now : 1, err);
    return st ? st : jemput_store_number_put(store, FACT_NARROW, 0, err);
}
