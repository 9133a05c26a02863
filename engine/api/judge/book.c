/* api/judge/book.c — the policy as merging reads it, table by table; and the regions of rows that came with the schema. See judge.h. */
#include "api/judge/judge.h"
#include "api/judge/policy.h"
#include "store/schema/policy.h"

#define FACT_REGIONS_CALLS "regions"         /* calls of jemput_policy() that were regarded when regions were last noted */
#define FACT_REGIONS_TABLES "regions tables" /* and tables */

struct engine_book {
    struct jemput_policy_calls calls;
    struct engine_policies policies;
    struct jemput_arena arena; /* of `of` and what it points to */
    uint32_t room;
    struct kept_table {
        bool read;
        struct book_table of;
    } *of; /* by table's id - 1 */
};

static void book_empty(struct engine_book *book)
{
    jemput_arena_release(&book->arena);
    book->room = 0;
    book->of = NULL;
}

void engine_book_free(struct engine_book *book)
{
    if (!book)
        return;
    book_empty(book);
    jemput_arena_release(&book->calls.arena);
    jemput_arena_release(&book->policies.arena);
    jemput_free(book);
}

void engine_book_stale(struct jemput *j)
{
    if (j->book)
        j->book->calls.serial = j->book->policies.serial = -1;
}

enum jemput_status book_refresh(struct jemput *j, struct jemput_error *err)
{
    int64_t serial;
    enum jemput_status st;

    if (!j->book) {
        j->book = jemput_alloc_zero(1, sizeof *j->book);
        if (!j->book)
            return jemput_fail(err, JEMPUT_NOMEM, "no memory for a policy");
        engine_book_stale(j);
    }
    serial = j->book->calls.serial;
    st = jemput_store_policy_calls(j->store, &j->book->calls, err);
    if (st || serial != j->book->calls.serial || jemput_store_table_count(j->store) > j->book->room)
        book_empty(j->book);
    return st;
}

/* Each column once, for all versions: a rule that comes later needs what was written before. */
static enum jemput_status scopes_find(struct engine_book *book, struct book_table *out, struct jemput_error *err)
{
    const struct jemput_policy *policy = out->policy;
    uint16_t *scopes = jemput_arena_array(&book->arena, policy->count, sizeof *scopes);

    if (!scopes)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a policy");
    for (uint32_t i = 0; i < policy->count; i++) {
        bool there = !policy->rules[i].has_scope;

        for (uint16_t k = 0; k < out->scope_count; k++)
            there |= scopes[k] == policy->rules[i].scope;
        if (!there)
            scopes[out->scope_count++] = policy->rules[i].scope;
    }
    out->scopes = scopes;
    return JEMPUT_OK;
}

static enum jemput_status book_room(struct jemput *j, uint32_t id, struct jemput_error *err)
{
    struct engine_book *book = j->book;
    uint32_t room = (id > jemput_store_table_count(j->store) ? id : jemput_store_table_count(j->store)) + 16;

    if (id <= book->room)
        return JEMPUT_OK;
    book_empty(book);
    book->of = jemput_arena_array(&book->arena, room, sizeof *book->of);
    if (!book->of)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a policy");
    book->room = room;
    return JEMPUT_OK;
}

enum jemput_status book_table(struct jemput *j, uint32_t id, struct book_table *out, struct jemput_error *err)
{
    const struct jemput_table *table = jemput_store_table(j->store, id);
    struct engine_book *book = j->book;
    struct kept_table *kept;
    enum jemput_status st = table ? book_room(j, id, err) : jemput_fail(err, JEMPUT_CORRUPT, "there is no table %u", (unsigned)id);

    if (st)
        return st;
    kept = &book->of[id - 1];
    if (!kept->read && book->calls.count) {
        kept->of = (struct book_table){ 0 };
        st = engine_policy_of(&book->policies, &book->calls, table, &kept->of.policy, err);
        if (!st)
            st = scopes_find(book, &kept->of, err);
    }
    kept->read = !st;
    kept->of.table = table;
    *out = kept->of;
    return st;
}

/* --- regions of rows that came with the schema --- */

static enum jemput_status table_fill(struct jemput *j, struct jemput_store *store, uint32_t id, struct jemput_error *err)
{
    struct book_table of;
    enum jemput_status st = book_table(j, id, &of, err);

    for (uint16_t i = 0; !st && i < of.scope_count; i++)
        st = jemput_store_regions_fill(store, id, of.scopes[i], err);
    return st;
}

/* A call that came now may name a column of an older table, which nobody has watched so far: if there is anything in the logs, they have to be gone
 * through again. */
static enum jemput_status calls_follow(struct jemput *j, int64_t known_calls, int64_t known_tables, bool *anew, struct jemput_error *err)
{
    const struct jemput_policy_calls *calls = &j->book->calls;
    int64_t newest = 0;
    bool records;
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = (uint32_t)known_calls; i < calls->count; i++)
        *anew |= calls->of[i].table && calls->of[i].table <= known_tables;
    if (*anew)
        st = jemput_store_segments_since(j->store, 0, &newest, &records, err);
    if (!st && *anew && newest)
        st = engine_rebuild_note(j, err);
    return st || known_calls == calls->count ? st : jemput_store_number_put(j->store, FACT_REGIONS_CALLS, calls->count, err);
}

enum jemput_status engine_regions_follow(struct jemput *j, struct jemput_store *store, struct jemput_error *err)
{
    int64_t calls, tables;
    uint32_t count = jemput_store_table_count(store);
    bool anew = false;
    enum jemput_status st = book_refresh(j, err);

    if (!st)
        st = jemput_store_number_get(store, FACT_REGIONS_CALLS, 0, &calls, err);
    if (!st)
        st = jemput_store_number_get(store, FACT_REGIONS_TABLES, 0, &tables, err);
    if (!st && store == j->store)
        st = calls_follow(j, calls, tables, &anew, err);
    for (uint32_t id = anew ? 1 : (uint32_t)tables + 1; !st && id <= count; id++)
        st = table_fill(j, store, id, err);
    return st || tables == count ? st : jemput_store_number_put(store, FACT_REGIONS_TABLES, count, err);
}

enum jemput_status engine_regions_anew(struct jemput *j, struct jemput_error *err)
{
    enum jemput_status st;

    engine_book_stale(j);
    st = book_refresh(j, err);
    if (!st)
        st = jemput_store_number_put(j->store, FACT_REGIONS_CALLS, j->book->calls.count, err);
    return st ? st : jemput_store_number_put(j->store, FACT_REGIONS_TABLES, jemput_store_table_count(j->store), err);
}
