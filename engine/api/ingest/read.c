/* api/ingest/read.c — a segment of a log from elsewhere, read and checked before it is merged. */
#include "api/ingest/ingest.h"

#include <string.h>

#include "api/fork/resume.h"
#include "api/ingest/segment.h"
#include "api/schema/schema.h"
#include "change/fits.h"
#include "checkpoint/chunk.h"

static enum jemput_status ready_decode(struct jemput *j, struct ready *r, struct jemput_arena *arena, struct jemput_error *err)
{
    const struct jemput_header *h = &r->segment.header;

    if (h->klass == JEMPUT_CLASS_CONTROL && h->key_epoch != 0)
        return jemput_fail(err, JEMPUT_UPGRADE, "the records are sealed under key epoch %u", (unsigned)h->key_epoch);
    if (h->klass == JEMPUT_CLASS_CONTROL && h->codec == 0)
        return jemput_records_read(&r->records, &r->record_count, r->segment.commit.payload, arena, err);
    if (h->klass != JEMPUT_CLASS_DATA || (h->codec != 1 && h->codec != JEMPUT_CHUNK_CODEC))
        return jemput_fail(err, JEMPUT_UPGRADE, "codec %u is not known here", (unsigned)h->codec);
    if (h->key_epoch == 0) /* a space has a key from its founding on, and a newcomer one of its own */
        return jemput_fail(err, JEMPUT_DENIED, "its data is not sealed");
    return engine_txns_read(j, h, &r->segment.commit, &r->txns, &r->txn_count, &r->unread, arena, err);
}

/* A segment of this schema version that holds what its table cannot was never written by jemput_replicate's rules. */
static bool change_fits(struct jemput *j, const struct jemput_change *c)
{
    const struct jemput_table *table =
        c->table >= 1 && c->table <= jemput_store_table_count(j->store) ? jemput_store_table(j->store, c->table) : NULL;

    return table && jemput_change_fits(c, table);
}

enum jemput_status engine_txns_check(struct jemput *j, const struct jemput_header *header, const struct jemput_txn *txns, uint32_t count,
                                     struct jemput_error *err)
{
    if (header->schema_version > j->roster.schema_version)
        return jemput_fail(err, JEMPUT_UPGRADE, "written under schema version %u, here is %u", (unsigned)header->schema_version,
                           (unsigned)j->roster.schema_version);
    for (uint32_t t = 0; t < count; t++) {
        if (t > 0 && txns[t].stamp <= txns[t - 1].stamp)
            return jemput_fail(err, JEMPUT_CORRUPT, "transaction %u does not come after the one before it", (unsigned)t);
        for (uint32_t c = 0; c < txns[t].change_count; c++)
            if (!change_fits(j, &txns[t].changes[c]) && !engine_schema_lost(j)) /* else judging tells what was written under another schema */
                return jemput_fail(err, JEMPUT_CORRUPT,
                                   "transaction %u: the schema has no such table %u, or not this key, such a column, or such a value in it",
                                   (unsigned)t, (unsigned)txns[t].changes[c].table);
    }
    return JEMPUT_OK;
}

/* What its key does not open, or holds what no device of ours writes, is registered unread, as where the key to it comes late: whether its log's
 * further segments and records are there must not depend on when a key came. unread.c says what is wrong with it. */
static enum jemput_status ready_open(struct jemput *j, struct ready *r, struct jemput_arena *arena, struct jemput_error *err)
{
    const struct jemput_header *h = &r->segment.header;
    enum jemput_status st = ready_decode(j, r, arena, err);

    if (!st)
        st = engine_txns_check(j, h, r->txns, r->txn_count, err);
    if ((st != JEMPUT_CORRUPT && st != JEMPUT_DENIED && st != JEMPUT_LIMIT) || h->klass != JEMPUT_CLASS_DATA || !h->key_epoch)
        return st;
    r->unread = true;
    r->txns = NULL;
    r->txn_count = 0;
    return JEMPUT_OK;
}

/* Known here by its hash; its objects will be kept, so that this device can hand that log on. */
static enum jemput_status ready_genesis(struct jemput *j, struct jemput_source *source, struct ready *r, struct jemput_arena *arena,
                                        struct jemput_error *err)
{
    const struct jemput_commit *first = &r->segment.commit;

    if (r->segment.header.number != 1 || first->parent_count == 0 || jemput_repo_has(j->repo, &first->parents[0]))
        return JEMPUT_OK;
    r->has_genesis = true;
    return engine_segment_read(j, source, &first->parents[0], true, &r->genesis, arena, err);
}

/* Also a writer that was, if a cut has made void what let it in: others have merged its log before they knew, and all are to have the same. */
static bool was_let_in(const struct jemput *j, const struct jemput_writer *writer)
{
    return jemput_roster_member(&j->roster, writer) || jemput_roster_former(&j->roster, writer);
}

enum jemput_status ingest_read(struct jemput *j, struct jemput_source *source, const struct jemput_oid *oid, const struct jemput_hash *previous,
                               struct ready *r, bool accepted, bool *enrolled, struct jemput_arena *arena, struct jemput_error *err)
{
    enum jemput_status st;

    memset(r, 0, sizeof *r);
    *enrolled = true;
    st = engine_segment_read(j, source, oid, true, &r->segment, arena, err);
    if (!st)
        st = jemput_chain_follows(&r->segment.header, previous, err);
    if (!st && !accepted && !was_let_in(j, &r->segment.header.writer) && !engine_resumes(j, &r->segment, arena)) {
        *enrolled = false;
        return jemput_fail(err, JEMPUT_DENIED, "the writer is not enrolled");
    }
    if (!st)
        st = ready_open(j, r, arena, err);
    if (!st)
        st = ready_genesis(j, source, r, arena, err);
    if (st && r->segment.header.number == 0) /* it could not even be read */
        return jemput_wrap(err, "commit %02x%02x%02x%02x", oid->id[0], oid->id[1], oid->id[2], oid->id[3]);
    return st ? jemput_wrap(err, "segment %llu", (unsigned long long)r->segment.header.number) : JEMPUT_OK;
}
