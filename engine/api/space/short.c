/* api/space/short.c — short invitations: made from a whole one by a store that knows where its parts are; made whole again from a hub. */
#include "api/facts.h"
#include "api/ingest/segment.h"
#include "api/space/short.h"

#include <string.h>

#include "api/schema/schema.h"
#include "api/sync/http.h"
#include "api/sync/token.h"

#define SHORT_STALL_MS 60000

/* --- making --- */

struct search { /* for the commits of migrations */
    struct jemput *j;
    const struct jemput_invitation *whole;
    struct jemput_short *s;
    uint64_t found; /* bit by migration */
};

static enum jemput_status migration_look(void *ctx, const struct jemput_segment *segment, struct jemput_error *err)
{
    struct search *search = ctx;
    struct jemput_arena arena = { 0 };
    struct engine_segment read;
    struct jemput_record *records;
    struct jemput_oid oid;
    uint32_t count = 0;
    enum jemput_status st;

    memcpy(oid.id, segment->commit, sizeof oid.id);
    st = engine_segment_read(search->j, jemput_repo_source(search->j->repo), &oid, true, &read, &arena, err);
    if (!st)
        st = jemput_records_read(&records, &count, read.commit.payload, &arena, err);
    for (uint32_t i = 0; !st && i < count; i++) {
        uint32_t at = records[i].as.schema.version - 2;

        if (records[i].kind != JEMPUT_RECORD_SCHEMA || at >= search->whole->migration_count ||
            !jemput_bytes_equal(records[i].as.schema.sql, search->whole->migrations[at]))
            continue;
        memcpy(search->s->migrations[at], oid.id, sizeof search->s->migrations[at]);
        search->found |= UINT64_C(1) << at;
    }
    jemput_arena_release(&arena);
    return st;
}

static enum jemput_status migrations_find(struct jemput *j, const struct jemput_invitation *whole, struct jemput_short *s, struct jemput_error *err)
{
    struct search search = { .j = j, .whole = whole, .s = s };
    enum jemput_status st = JEMPUT_OK;

    if (whole->migration_count > JEMPUT_SHORT_MIGRATIONS_MAX)
        return jemput_fail(err, JEMPUT_LIMIT, "the schema has had more changes than a short invitation can name: use the file");
    if (whole->migration_count)
        st = jemput_store_records_after(j->store, 0, migration_look, &search, err);
    for (uint32_t i = 0; !st && i < whole->migration_count; i++)
        if (!(search.found >> i & 1) && !jemput_bytes_equal(whole->migrations[i], jemput_bytes_str(ENGINE_SCHEMA_VOID)))
            st = jemput_fail(err, JEMPUT_CORRUPT, "schema version %u is in no log here", (unsigned)i + 2);
    jemput_short_schema(s->schema_hash, whole->migrations, whole->migration_count);
    return st;
}

static enum jemput_status first_parent(void *ctx, const struct jemput_segment *segment, struct jemput_error *err)
{
    memcpy(((struct jemput_oid *)ctx)->id, segment->commit, JEMPUT_OID_BYTES);
    return jemput_fail(err, JEMPUT_CANCELLED, "the first is enough");
}

/* Is it the commit of the genesis segment? */
static bool genesis_is(struct jemput *j, const struct jemput_oid *oid, struct jemput_arena *arena)
{
    struct jemput_commit commit;
    struct jemput_error ignored;
    struct jemput_hash hash;

    if (jemput_source_commit(jemput_repo_source(j->repo), oid, false, &commit, arena, &ignored))
        return false;
    jemput_header_hash(&hash, commit.message);
    return memcmp(hash.bytes, j->space.id, sizeof hash.bytes) == 0;
}

/* The founder has noted it; elsewhere it is what the founder's first segment goes on from. */
static enum jemput_status genesis_find(struct jemput *j, struct jemput_short *s, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    enum jemput_status st = engine_fact_exact(j, FACT_GENESIS_COMMIT, s->genesis, sizeof s->genesis, err);

    for (uint32_t i = 0; st == JEMPUT_NOTFOUND && i < j->roster.member_count; i++) {
        struct jemput_commit commit;
        struct jemput_oid first;

        if (jemput_store_segments_each(j->store, &j->roster.members[i].writer, 0, first_parent, &first, err) != JEMPUT_CANCELLED)
            continue;
        if (jemput_source_commit(jemput_repo_source(j->repo), &first, false, &commit, &arena, err) || commit.parent_count == 0 ||
            !genesis_is(j, &commit.parents[0], &arena))
            continue;
        memcpy(s->genesis, commit.parents[0].id, sizeof s->genesis);
        st = JEMPUT_OK;
    }
    jemput_arena_release(&arena);
    return st == JEMPUT_NOTFOUND ? jemput_fail(err, JEMPUT_NOTFOUND, "the founder's log is not known here: sync first") : st;
}

static enum jemput_status short_fill(struct jemput *j, const struct jemput_invitation *whole, struct jemput_short *s, struct jemput_error *err)
{
    enum jemput_status st;

    if (memcmp(whole->space.id, j->space.id, sizeof whole->space.id) != 0)
        return jemput_fail(err, JEMPUT_DENIED, "the invitation is to another space");
    if (whole->hub.len == 0)
        return jemput_fail(err, JEMPUT_MISUSE, "a short invitation must name a hub: the device asks it for the schema");
    s->invitation = *whole;
    st = genesis_find(j, s, err);
    return st ? st : migrations_find(j, whole, s, err);
}

enum jemput_status jemput_invite_short(struct jemput *j, const char *invitation, size_t invitation_len, char **out, size_t *out_len,
                                       struct jemput_error *err)
{
    struct jemput_buf text = JEMPUT_BUF_INIT(JEMPUT_SHORT_BYTES_MAX + 1);
    struct jemput_invitation whole = { .hub = { NULL, 0 } };
    struct jemput_short s = { .genesis = { 0 } };
    struct jemput_arena arena = { 0 };
    enum jemput_status st = engine_awake(j, err);

    if (!st)
        st = jemput_invitation_read(&whole, jemput_bytes_of(invitation, invitation_len), &arena, err);
    if (!st)
        st = short_fill(j, &whole, &s, err);
    if (!st) {
        jemput_short_write(&text, &s);
        jemput_buf_u8(&text, 0); /* the caller may read it as a string */
        st = jemput_buf_check(&text, "short invitation", err);
    }
    if (!st) {
        *out = (char *)text.data;
        *out_len = text.len - 1;
        text = (struct jemput_buf){ 0 };
    }
    jemput_wipe(&whole.one_time_seed, sizeof whole.one_time_seed);
    jemput_wipe(&s, sizeof s);
    if (text.data)
        jemput_wipe(text.data, text.cap);
    jemput_buf_release(&text);
    jemput_arena_release(&arena);
    return st ? jemput_wrap(err, "shorten an invitation") : JEMPUT_OK;
}

/* --- making whole --- */

static enum jemput_status genesis_fetch(struct jemput_source *hub, const struct jemput_short *s, struct jemput_invitation *out,
                                        struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_commit commit;
    struct jemput_header header;
    struct jemput_hash hash;
    struct jemput_oid oid;
    enum jemput_status st;

    memcpy(oid.id, s->genesis, sizeof oid.id);
    st = jemput_source_commit(hub, &oid, false, &commit, arena, err);
    if (!st) {
        jemput_header_hash(&hash, commit.message);
        if (memcmp(hash.bytes, s->invitation.space.id, sizeof hash.bytes) != 0)
            return jemput_fail(err, JEMPUT_DENIED, "the hub has another segment in the place of the genesis");
        st = jemput_header_read(&header, commit.message, arena, err);
    }
    if (!st)
        st = jemput_source_payload(hub, &commit, header.payload_bytes, arena, err);
    out->genesis_header = commit.message;
    out->genesis_payload = commit.payload; /* that it is the header's is checked as for a whole invitation */
    return st;
}

static enum jemput_status migration_fetch(struct jemput_source *hub, const uint8_t commit_id[JEMPUT_SHORT_COMMIT_BYTES], uint32_t version,
                                          struct jemput_bytes *sql, struct jemput_arena *arena, struct jemput_error *err)
{
    static const uint8_t none[JEMPUT_SHORT_COMMIT_BYTES];
    struct jemput_commit commit;
    struct jemput_header header;
    struct jemput_record *records;
    struct jemput_oid oid;
    uint32_t count = 0;
    enum jemput_status st;

    if (memcmp(commit_id, none, sizeof none) == 0) {
        *sql = jemput_bytes_str(ENGINE_SCHEMA_VOID);
        return JEMPUT_OK;
    }
    memcpy(oid.id, commit_id, sizeof oid.id);
    st = jemput_source_commit(hub, &oid, false, &commit, arena, err);
    if (!st)
        st = jemput_header_read(&header, commit.message, arena, err);
    if (!st)
        st = jemput_source_payload(hub, &commit, header.payload_bytes, arena, err);
    if (!st)
        st = jemput_records_read(&records, &count, commit.payload, arena, err);
    for (uint32_t i = 0; !st && i < count; i++)
        if (records[i].kind == JEMPUT_RECORD_SCHEMA && records[i].as.schema.version == version)
            *sql = records[i].as.schema.sql;
    return st;
}

static enum jemput_status whole_fetch(struct jemput_source *hub, const struct jemput_short *s, struct jemput_invitation *out,
                                      struct jemput_arena *arena, struct jemput_error *err)
{
    uint8_t hash[JEMPUT_HASH256_BYTES];
    enum jemput_status st;

    *out = s->invitation;
    out->migrations = jemput_arena_array(arena, out->migration_count, sizeof *out->migrations);
    if (!out->migrations)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for migrations");
    st = genesis_fetch(hub, s, out, arena, err);
    for (uint32_t i = 0; !st && i < out->migration_count; i++)
        st = migration_fetch(hub, s->migrations[i], i + 2, &out->migrations[i], arena, err);
    if (st)
        return st;
    jemput_short_schema(hash, out->migrations, out->migration_count);
    if (memcmp(hash, s->schema_hash, sizeof hash) != 0)
        return jemput_fail(err, JEMPUT_DENIED, "the hub has another schema than the invitation names");
    return JEMPUT_OK;
}

/* The hub is one that was never heard of here: what is missing there may come yet. */
static enum jemput_status hub_status(enum jemput_status st, struct jemput_error *err)
{
    if (st != JEMPUT_NOTFOUND)
        return st;
    return jemput_fail(err, JEMPUT_OFFLINE, "a short invitation needs its hub, and the office's sync before: what it names is not there now");
}

/* There is no store yet: what an address sends stays in memory. */
static enum jemput_status short_hub_open(struct jemput_hub **hub, const struct engine_short_hub *of, struct engine_lent *lent,
                                         struct engine_signer *signer, const char *name, struct jemput_error *err)
{
    struct jemput_hub_address address = { .url = name, .stall_ms = SHORT_STALL_MS, .signer = &signer->smart };
    enum jemput_status st;

    if (!jemput_hub_is_address(name))
        return jemput_hub_open_folder(hub, of->env, name, err);
    st = engine_http_open(of->env, of->http, lent, &address.http, err);
    return st ? st : jemput_hub_open_address(hub, &address, err);
}

enum jemput_status engine_short_whole(struct jemput_invitation *out, struct jemput_bytes text, const struct engine_short_hub *of,
                                      struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_buf path = JEMPUT_BUF_INIT(JEMPUT_INVITATION_HUB_BYTES_MAX + 1);
    struct jemput_short s = { .genesis = { 0 } };
    struct jemput_hub *hub = NULL;
    struct engine_signer signer;
    struct engine_lent lent;
    enum jemput_status st = jemput_short_read(&s, text, arena, err);

    engine_signer_of_invitation(&signer, of->env, s.invitation.one_time_seed);
    if (!st) {
        if (of->path)
            s.invitation.hub = jemput_bytes_str(of->path);
        jemput_buf_append_bytes(&path, s.invitation.hub);
        jemput_buf_u8(&path, 0);
        st = jemput_buf_check(&path, "name of the hub", err);
    }
    if (!st)
        st = hub_status(short_hub_open(&hub, of, &lent, &signer, (const char *)path.data, err), err);
    if (!st)
        st = hub_status(whole_fetch(jemput_hub_source(hub), &s, out, arena, err), err);
    jemput_hub_close(hub);
    engine_signer_wipe(&signer);
    jemput_wipe(&s, sizeof s);
    jemput_buf_release(&path);
    return st;
}
