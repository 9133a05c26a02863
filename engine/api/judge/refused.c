/* api/judge/refused.c — refused transactions, told. See refused.h. */
#include "api/judge/refused.h"

#include <string.h>

#include "api/handle/moment.h"
#include "api/judge/judge.h"
#include "api/roster/roster.h"

#define SAME(reason, fault) _Static_assert((int)(reason) == (int)(fault), "one numbering")
SAME(JEMPUT_REFUSED_NO_ROLE, JEMPUT_POLICY_NO_ROLE);
SAME(JEMPUT_REFUSED_NO_INSERT, JEMPUT_POLICY_NO_INSERT);
SAME(JEMPUT_REFUSED_NO_UPDATE, JEMPUT_POLICY_NO_UPDATE);
SAME(JEMPUT_REFUSED_NO_DELETE, JEMPUT_POLICY_NO_DELETE);
SAME(JEMPUT_REFUSED_NO_COLUMN, JEMPUT_POLICY_NO_COLUMN);
SAME(JEMPUT_REFUSED_NO_STEP, JEMPUT_POLICY_NO_STEP);
SAME(JEMPUT_REFUSED_STEP_UNKNOWN, JEMPUT_POLICY_STEP_UNKNOWN);
SAME(JEMPUT_REFUSED_OUTSIDE, JEMPUT_POLICY_OUTSIDE);
SAME(JEMPUT_REFUSED_REGION_UNKNOWN, JEMPUT_POLICY_REGION_UNKNOWN);
SAME(JEMPUT_REFUSED_VOID, JUDGED_VOID);
SAME(JEMPUT_REFUSED_SCHEMA, JUDGED_SCHEMA);

static void reason_words(struct refused_told *told)
{
    static const struct {
        enum jemput_refused_reason reason;
        const char *id, *en;
    } words[] = {
        { JEMPUT_REFUSED_NO_ROLE, "perangkatnya tidak punya peran yang boleh menulis", "its device had no role that may write" },
        { JEMPUT_REFUSED_NO_INSERT, "perannya tidak boleh menambah baris di tabel ini", "its role may not insert into this table" },
        { JEMPUT_REFUSED_NO_UPDATE, "perannya tidak boleh mengubah tabel ini", "its role may not update this table" },
        { JEMPUT_REFUSED_NO_DELETE, "perannya tidak boleh menghapus dari tabel ini", "its role may not delete from this table" },
        { JEMPUT_REFUSED_NO_COLUMN, "perannya tidak boleh mengisi kolom ini", "its role may not write this column" },
        { JEMPUT_REFUSED_NO_STEP, "langkah status ini bukan wewenang perannya", "this step of the status is not for its role" },
        { JEMPUT_REFUSED_STEP_UNKNOWN, "tidak disebut status sebelumnya", "it does not say what the status was before" },
        { JEMPUT_REFUSED_OUTSIDE, "barisnya di luar wilayah perangkat itu", "the row is outside of its device's region" },
        { JEMPUT_REFUSED_REGION_UNKNOWN, "wilayah baris itu belum diketahui di sini", "the row's region is not known here yet" },
        { JEMPUT_REFUSED_VOID, "dicabut", "revoked" },
        { JEMPUT_REFUSED_SCHEMA, "memakai skema versi lama, atau skema yang tidak berlaku",
          "it goes by an older version of the schema, or by one that is not in force" },
    };

    told->why_id = "tidak dikenal";
    told->why_en = "unknown";
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if ((unsigned)words[i].reason == told->entry.reason) {
            told->why_id = words[i].id;
            told->why_en = words[i].en;
        }
}

/* The segment that `told` is in; it may be that of the one before. */
static enum jemput_status segment_look(struct jemput *j, struct refused_told *told, struct jemput_error *err)
{
    int64_t before = told->segment.id;
    struct jemput_oid oid;
    bool has = false;
    enum jemput_status st = jemput_store_version_find(j->store, told->entry.version, &told->segment, &told->stamp, err);

    if (st || told->segment.id == before)
        return st;
    memcpy(oid.id, told->segment.commit, sizeof oid.id);
    st = jemput_repo_payload_has(j->repo, &oid, &has, err);
    told->gone = !has;
    return st;
}

enum jemput_status refused_each(struct jemput *j, refused_fn each, void *ctx, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct refused_told told = { .adopted = 0 };
    enum jemput_status st = JEMPUT_OK;

    while (!st) {
        jemput_arena_clear(&arena);
        st = jemput_store_refusal_next(j->store, told.entry.version, &told.entry, &arena, err);
        if (st == JEMPUT_NOTFOUND) {
            st = JEMPUT_OK;
            break;
        }
        if (!st)
            st = segment_look(j, &told, err);
        if (!st)
            st = jemput_store_adoption_find(j->store, &told.segment.hash, (uint32_t)(told.entry.version % JEMPUT_SEGMENT_TXNS_MAX),
                                            &told.adopted, err);
        if (!st && told.adopted)
            st = jemput_store_version_find(j->store, told.adopted, &told.by, &told.by_stamp, err);
        reason_words(&told);
        if (!st)
            st = each(ctx, &told, err);
    }
    jemput_arena_release(&arena);
    return st;
}

/* --- the call --- */

struct telling {
    struct jemput *j;
    jemput_refused_cb each;
    void *ctx;
    struct jemput_arena arena; /* of one */
};

static enum jemput_status origin_tell(struct telling *t, const struct jemput_segment *segment, jemput_stamp stamp, struct look_origin *out,
                                      struct jemput_error *err)
{
    bool received = false;
    enum jemput_status st = look_received(t->j, &segment->writer, segment->number, segment->id, &received, err);

    look_origin(t->j, &segment->writer, stamp, segment->number, received, out);
    return st;
}

static enum jemput_status tell(void *ctx, const struct refused_told *told, struct jemput_error *err)
{
    struct telling *t = ctx;
    const struct jemput_table *table = told->entry.table ? jemput_store_table(t->j->store, told->entry.table) : NULL;
    struct jemput_refused out = { .place = (uint32_t)(told->entry.version % JEMPUT_SEGMENT_TXNS_MAX) + 1, .why_id = told->why_id,
        .why_en = told->why_en, .reason = (enum jemput_refused_reason)told->entry.reason };
    struct look_origin origin, by = { .roles = "" };
    enum jemput_status st = origin_tell(t, &told->segment, told->stamp, &origin, err);

    jemput_arena_clear(&t->arena);
    if (!st && told->adopted)
        st = origin_tell(t, &told->by, told->by_stamp, &by, err);
    if (!st && table)
        st = look_key(table, told->entry.key, &out.key, &t->arena, err);
    if (st)
        return st;
    out.origin = origin.origin;
    out.origin.roles = origin.roles;
    out.by = by.origin;
    out.by.roles = by.roles;
    out.adopted = told->adopted != 0;
    out.gone = told->gone;
    jemput_hex_encode(out.commit, told->segment.commit, sizeof told->segment.commit);
    if (table) {
        out.table = table->name;
        out.key_count = table->key_count;
        if (told->entry.column < table->column_count)
            out.column = table->columns[told->entry.column].name;
    }
    return t->each(t->ctx, &out) ? jemput_fail(err, JEMPUT_CANCELLED, "the callback stops") : JEMPUT_OK;
}

enum jemput_status jemput_refused_each(struct jemput *j, jemput_refused_cb each, void *ctx, struct jemput_error *err)
{
    struct telling t = { .j = j, .each = each, .ctx = ctx };
    bool mine = false;
    enum jemput_status st = engine_look_begin(j, &mine, err);

    if (!st)
        st = refused_each(j, tell, &t, err);
    engine_moment_end(j, mine);
    jemput_arena_release(&t.arena);
    return look_stopped(st);
}
