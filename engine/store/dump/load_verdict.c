/* store/dump/load_verdict.c — what judging left behind, from its items: see load.h. */
#include "store/dump/dump.h"
#include "store/dump/loading.h"
#include "store/verdict/refusal.h"

static enum jemput_status damaged(struct jemput_error *err)
{
    return jemput_fail(err, JEMPUT_CORRUPT, "what judging left is damaged");
}

/* The schema's rows have brought regions with them already; a checkpoint has those, too. */
static enum jemput_status table_check(struct jemput_loading *l, uint64_t table, struct jemput_error *err)
{
    struct jemput_applier *a;

    if (table > UINT32_MAX)
        return damaged(err);
    return table ? jemput_applier_of(l->store, (uint32_t)table, &a, err) : JEMPUT_OK;
}

static enum jemput_status refusal_load(struct jemput_loading *l, struct jemput_reader *r, struct jemput_error *err)
{
    struct jemput_refused_txn refusal = { .version = jemput_load_version(l, jemput_read_varint(r)) };
    uint64_t reason = jemput_read_varint(r), table = jemput_read_varint(r), column;
    enum jemput_status st;

    refusal.key = jemput_read_sized(r);
    column = jemput_read_varint(r);
    if (r->overrun || r->rest.len || !refusal.version || reason > INT32_MAX || column > UINT16_MAX)
        return damaged(err);
    refusal.reason = (unsigned)reason;
    refusal.column = column ? (uint16_t)(column - 1) : JEMPUT_REFUSAL_NO_COLUMN;
    st = table_check(l, table, err);
    refusal.table = (uint32_t)table;
    if (!st && table)
        st = jemput_load_tell(l, refusal.table, refusal.key, err);
    return st ? st : jemput_store_refusal_put(l->store, &refusal, err);
}

static enum jemput_status waiting_load(struct jemput_loading *l, struct jemput_reader *r, struct jemput_error *err)
{
    uint64_t version = jemput_load_version(l, jemput_read_varint(r)), table = jemput_read_varint(r);
    struct jemput_bytes key = jemput_read_sized(r);
    enum jemput_status st = r->overrun || r->rest.len || !version ? damaged(err) : table_check(l, table, err);

    if (!st)
        st = jemput_load_tell(l, (uint32_t)table, key, err);
    return st ? st : jemput_store_refusal_wait(l->store, version, (uint32_t)table, key, err);
}

static enum jemput_status region_load(struct jemput_loading *l, struct jemput_reader *r, struct jemput_error *err)
{
    uint64_t table = jemput_read_varint(r), column;
    struct jemput_bytes key = jemput_read_sized(r), region;
    bool news;
    enum jemput_status st;

    column = jemput_read_varint(r);
    region = jemput_read_sized(r);
    st = r->overrun || r->rest.len || column > UINT16_MAX ? damaged(err) : table_check(l, table, err);
    if (!st)
        st = jemput_load_tell(l, (uint32_t)table, key, err);
    return st ? st : jemput_store_region_add(l->store, (uint32_t)table, key, (uint16_t)column, region, &news, err);
}

static enum jemput_status adoption_load(struct jemput_loading *l, struct jemput_reader *r, struct jemput_error *err)
{
    struct jemput_hash hash;
    uint64_t place, version;

    jemput_read_raw(r, hash.bytes, sizeof hash.bytes);
    place = jemput_read_varint(r);
    version = jemput_load_version(l, jemput_read_varint(r));
    if (r->overrun || r->rest.len || !version || place > UINT32_MAX)
        return damaged(err);
    return jemput_store_adoption_put(l->store, &hash, (uint32_t)place, version, err);
}

enum jemput_status jemput_load_verdict_item(struct jemput_loading *l, uint8_t kind, struct jemput_reader *r, struct jemput_error *err)
{
    if (kind == JEMPUT_DUMP_REFUSAL)
        return refusal_load(l, r, err);
    if (kind == JEMPUT_DUMP_WAITING)
        return waiting_load(l, r, err);
    return kind == JEMPUT_DUMP_REGION ? region_load(l, r, err) : adoption_load(l, r, err);
}
