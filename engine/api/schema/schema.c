/* api/schema/schema.c — the schema of this store, in step with the roster's migrations. See schema.h. */
#include "api/facts.h"
#include "api/schema/schema.h"

#include "store/replace/compare.h"
#include "store/schema/remake.h"

static enum jemput_status version_here(struct jemput_store *store, uint32_t *out, struct jemput_error *err)
{
    int64_t here = 1;
    enum jemput_status st = jemput_store_number_get(store, FACT_SCHEMA_VERSION, 1, &here, err);

    *out = (uint32_t)here;
    return st;
}

/* What ran here as this version; *there = false: nothing did. */
static enum jemput_status ran_here(struct jemput *j, uint32_t version, struct jemput_bytes *sql, bool *there, struct jemput_arena *arena,
                                   struct jemput_error *err)
{
    enum jemput_status st = jemput_store_migration_find(j->store, version, sql, arena, err);

    *there = !st && !jemput_bytes_equal(*sql, jemput_bytes_str(ENGINE_SCHEMA_VOID));
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

/* Above the roster's version stand migrations that are not sealed yet, or came with the invitation. */
enum jemput_status engine_schema_parted(struct jemput *j, bool *parted, uint32_t *common, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    uint32_t here = 1;
    enum jemput_status st = version_here(j->store, &here, err);

    *parted = false;
    *common = 1;
    for (uint32_t v = 2; !st && !*parted && v <= here; v++) {
        const struct jemput_roster_schema *in_force = jemput_roster_schema(&j->roster, v);
        struct jemput_bytes sql;
        bool ran;

        jemput_arena_clear(&arena);
        st = ran_here(j, v, &sql, &ran, &arena, err);
        if (!st && in_force)
            *parted = !ran || !jemput_bytes_equal(sql, in_force->sql);
        else if (!st)
            *parted = ran && v <= j->roster.schema_version;
        if (!st && !*parted)
            *common = v;
    }
    jemput_arena_release(&arena);
    return st;
}

static enum jemput_status version_run(struct jemput *j, uint32_t version, struct jemput_error *err)
{
    const struct jemput_roster_schema *schema = jemput_roster_schema(&j->roster, version);
    enum jemput_status st;

    if (!schema)
        return jemput_store_number_put(j->store, FACT_SCHEMA_VERSION, version, err);
    st = jemput_store_schema_rerun(j->store, schema->sql, version, err);
    if (!st)
        st = jemput_store_migration_keep(j->store, schema->sql, version, err);
    return st ? st : engine_regions_follow(j, j->store, err);
}

enum jemput_status engine_schema_follow(struct jemput *j, struct jemput_error *err)
{
    uint32_t here = 1, common;
    bool parted = false;
    enum jemput_status st = version_here(j->store, &here, err);

    if (st || (here == 1 && j->roster.schema_version == 1))
        return st;
    st = engine_schema_parted(j, &parted, &common, err);
    if (!st && parted)
        return engine_rebuild_note(j, err);
    for (uint32_t v = here + 1; !st && v <= j->roster.schema_version; v++)
        st = version_run(j, v, err);
    return st;
}

/* --- other stores --- */

enum jemput_status engine_schema_sql(struct jemput *j, uint32_t version, struct jemput_bytes *sql, struct jemput_arena *arena,
                                     struct jemput_error *err)
{
    const struct jemput_roster_schema *schema = jemput_roster_schema(&j->roster, version);

    *sql = schema ? schema->sql : (struct jemput_bytes){ 0 };
    return version <= j->roster.schema_version ? JEMPUT_OK : jemput_store_migration_find(j->store, version, sql, arena, err);
}

/* As it ran here, or as is in force. */
static enum jemput_status reach(struct jemput *j, struct jemput_store *store, uint32_t version, bool as_ran, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    uint32_t here = 1;
    enum jemput_status st = version_here(store, &here, err);

    for (uint32_t v = here + 1; !st && v <= version; v++) {
        struct jemput_bytes sql = { 0 };
        bool ran;

        jemput_arena_clear(&arena);
        st = as_ran ? ran_here(j, v, &sql, &ran, &arena, err) : engine_schema_sql(j, v, &sql, &arena, err);
        if (!st && as_ran && !ran)
            sql = (struct jemput_bytes){ 0 };
        if (!st)
            st = sql.len ? jemput_store_schema_rerun(store, sql, v, err) : jemput_store_number_put(store, FACT_SCHEMA_VERSION, v, err);
    }
    jemput_arena_release(&arena);
    return st;
}

enum jemput_status engine_schema_reach(struct jemput *j, struct jemput_store *store, uint32_t version, struct jemput_error *err)
{
    enum jemput_status st = reach(j, store, version, false, err);

    return st ? st : engine_regions_follow(j, store, err);
}

/* --- a store that has parted --- */

static enum jemput_status scratch_begin(struct jemput *j, struct jemput_store **out, struct jemput_error *err)
{
    struct jemput_buf payload = JEMPUT_BUF_INIT(JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX);
    struct jemput_arena arena = { 0 };
    struct jemput_record *records;
    uint32_t count;
    enum jemput_status st = jemput_store_open_scratch(out, j->store, false, err);

    if (!st)
        st = jemput_store_fact_unpack(j->store, FACT_GENESIS_PAYLOAD, &payload, err);
    if (!st)
        st = jemput_records_read(&records, &count, jemput_buf_bytes(&payload), &arena, err);
    if (!st)
        st = jemput_store_begin(*out, 0, err);
    if (!st)
        st = jemput_store_schema_rerun(*out, records[0].as.genesis.schema, 1, err);
    jemput_arena_release(&arena);
    jemput_buf_release(&payload);
    return st;
}

/* --- what a schema had --- */

enum jemput_status engine_schema_older(struct jemput *j, uint32_t version, struct jemput_store **out, struct jemput_error *err)
{
    struct jemput_store *store = NULL;
    enum jemput_status st = scratch_begin(j, &store, err);

    *out = NULL;
    if (!st)
        st = reach(j, store, version, false, err);
    if (st) {
        jemput_store_close(store);
        return jemput_wrap(err, "schema version %u", (unsigned)version);
    }
    *out = store;
    return JEMPUT_OK;
}

static enum jemput_status migrations_note(struct jemput *j, struct jemput_error *err)
{
    enum jemput_status st = jemput_store_migrations_forget(j->store, err);

    for (uint32_t v = 2; !st && v <= j->roster.schema_version; v++) {
        const struct jemput_roster_schema *schema = jemput_roster_schema(&j->roster, v);

        if (schema)
            st = jemput_store_migration_keep(j->store, schema->sql, v, err);
    }
    return st ? st : jemput_store_number_put(j->store, FACT_SCHEMA_VERSION, j->roster.schema_version, err);
}

enum jemput_status engine_schema_remake(struct jemput *j, struct jemput_error *err)
{
    struct jemput_store *was = NULL, *now = NULL;
    uint32_t here = 1;
    enum jemput_status st = version_here(j->store, &here, err);

    if (!st)
        st = scratch_begin(j, &was, err);
    if (!st)
        st = reach(j, was, here, true, err);
    if (!st)
        st = engine_schema_older(j, j->roster.schema_version, &now, err);
    if (!st)
        st = jemput_store_remake(j->store, was, now, err);
    if (!st)
        st = migrations_note(j, err);
    jemput_store_close(was);
    jemput_store_close(now);
    if (!st)
        st = engine_regions_anew(j, err);
    return st ? jemput_wrap(err, "make the tables again") : JEMPUT_OK;
}
