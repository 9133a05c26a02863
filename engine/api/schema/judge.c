/* api/schema/judge.c — what was written under a schema that is not in force. See schema.h.
 *
 * A segment names a schema version. Under that number its writer may have run another migration than the one in force: it shows in what the segment
 * had seen, which is that one and nothing that put it out of force. Then what stood before it is common ground, and only that counts. */
#include "api/roster/roster.h"
#include "api/schema/schema.h"

#include <string.h>

#include "change/fits.h"

bool engine_schema_lost(const struct jemput *j)
{
    for (uint32_t i = 0; i < j->roster.schema_count; i++)
        if (!j->roster.schemas[i].in_force)
            return true;
    return false;
}

/* --- what the writer had run --- */

static enum jemput_status saw(const struct judging *q, const struct jemput_hash *hash, bool *out, struct jemput_error *err)
{
    struct jemput_segment found;
    enum jemput_status st = jemput_store_segment_find(q->j->store, hash, &found, err);

    *out = false;
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st ? st : jemput_store_segment_saw(q->j->store, q->segment->id, found.id, out, err);
}

enum jemput_status engine_schema_outdated(const struct judging *q, bool *out, struct jemput_error *err)
{
    const struct jemput_roster *r = &q->j->roster;
    enum jemput_status st = JEMPUT_OK;

    *out = false;
    for (uint32_t i = 0; !st && !*out && q->schema_version < r->schema_version && i < r->schema_count; i++)
        if (r->schemas[i].in_force && r->schemas[i].version > q->schema_version)
            st = saw(q, &r->schemas[i].segment, out, err);
    return st;
}

/* The cut that makes it void; NULL = none. */
static enum jemput_status cut_of(const struct judging *q, const struct jemput_roster_schema *lost, const struct jemput_cut **out,
                                 struct jemput_error *err)
{
    struct jemput_segment segment;
    struct jemput_arena arena = { 0 };
    struct jemput_rights rights = { .cut = NULL };
    enum jemput_status st = jemput_store_segment_find(q->j->store, &lost->segment, &segment, err);

    if (!st)
        st = engine_rights_at(q->j, &q->j->roster, &segment, &rights, &arena, err);
    *out = !st && rights.is_void ? rights.cut : NULL;
    jemput_arena_release(&arena);
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

/* Had the segment seen what puts the migration out of force? */
static enum jemput_status knew_better(const struct judging *q, const struct jemput_roster_schema *lost, bool *out, struct jemput_error *err)
{
    const struct jemput_roster *r = &q->j->roster;
    const struct jemput_cut *cut;
    enum jemput_status st = cut_of(q, lost, &cut, err);

    *out = false;
    if (!st && cut)
        st = saw(q, &cut->segment, out, err);
    for (uint32_t i = 0; !st && !*out && i < r->schema_count; i++)
        if (r->schemas[i].in_force && r->schemas[i].version >= lost->version)
            st = saw(q, &r->schemas[i].segment, out, err);
    return st;
}

/* Had the segment with the invite of this one-time key seen it? */
static enum jemput_status invite_saw(const struct judging *q, const uint8_t one_time_key[JEMPUT_PUBLIC_KEY_BYTES],
                                     const struct jemput_roster_schema *lost, bool *out, struct jemput_error *err)
{
    const struct engine_acts *acts = &q->j->acts;
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; !st && !*out && i < acts->count; i++) {
        const struct jemput_act *act = &acts->of[i].act;
        struct jemput_segment of;

        if (act->record.kind != JEMPUT_RECORD_INVITE || memcmp(act->record.as.invite.public_key, one_time_key, JEMPUT_PUBLIC_KEY_BYTES) != 0)
            continue;
        st = jemput_store_segment_find(q->j->store, &lost->segment, &of, err);
        if (!st)
            st = jemput_store_segment_saw(q->j->store, acts->of[i].segment, of.id, out, err);
    }
    return st;
}

/* A device that joined had what its invitation had, before it had met any log. It asks in its own. */
static enum jemput_status saw_or_brought(const struct judging *q, const struct jemput_roster_schema *lost, bool *out, struct jemput_error *err)
{
    const struct engine_acts *acts = &q->j->acts;
    enum jemput_status st = saw(q, &lost->segment, out, err);

    for (uint32_t i = 0; !st && !*out && i < acts->count; i++)
        if (acts->of[i].act.record.kind == JEMPUT_RECORD_JOIN && jemput_writer_compare(&acts->of[i].act.author, &q->segment->writer) == 0)
            st = invite_saw(q, acts->of[i].act.record.as.join.invite_key, lost, out, err);
    return st;
}

/* Up to this version the writer had what is in force. */
static enum jemput_status common_of(const struct judging *q, uint32_t *common, struct jemput_error *err)
{
    const struct jemput_roster *r = &q->j->roster;
    enum jemput_status st = JEMPUT_OK;

    *common = q->schema_version;
    for (uint32_t i = 0; !st && i < r->schema_count; i++) {
        const struct jemput_roster_schema *lost = &r->schemas[i];
        bool had = false, better = false;

        if (lost->in_force || lost->version > *common)
            continue;
        st = saw_or_brought(q, lost, &had, err);
        if (!st && had)
            st = knew_better(q, lost, &better, err);
        if (!st && had && !better)
            *common = lost->version - 1;
    }
    return st;
}

/* --- what that had --- */

static enum jemput_status older_reach(struct jemput *j, uint32_t version, struct jemput_error *err)
{
    struct jemput_store *store;
    enum jemput_status st;

    if (j->older && j->older_version == version)
        return JEMPUT_OK;
    st = engine_schema_older(j, version, &store, err);
    if (st)
        return st;
    jemput_store_close(j->older);
    j->older = store;
    j->older_version = version;
    return JEMPUT_OK;
}

/* Which cells of an insert are to be left out: the row holds nothing in columns that only the other schema has. */
static bool cell_is_left(const struct jemput_change *change, const struct jemput_cell *cell, const struct jemput_table *table)
{
    return change->op == JEMPUT_OP_INSERT && cell->column >= table->column_count && cell->value.type == JEMPUT_NULL;
}

static bool change_trim(struct jemput_change *change, const struct jemput_table *table, struct jemput_arena *arena)
{
    struct jemput_cell *cells;
    uint16_t kept = 0;

    for (uint16_t i = 0; i < change->cell_count; i++)
        kept += !cell_is_left(change, &change->cells[i], table);
    if (kept == change->cell_count)
        return true;
    cells = jemput_arena_array(arena, kept, sizeof *cells);
    if (!cells)
        return false;
    kept = 0;
    for (uint16_t i = 0; i < change->cell_count; i++)
        if (!cell_is_left(change, &change->cells[i], table))
            cells[kept++] = change->cells[i];
    change->cells = cells;
    change->cell_count = kept;
    return true;
}

static enum jemput_status txn_fit(struct jemput_store *store, struct jemput_txn *txn, bool *fits, struct jemput_arena *arena,
                                  struct jemput_error *err)
{
    struct jemput_change *changes = jemput_arena_array(arena, txn->change_count, sizeof *changes);

    if (!changes)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a transaction");
    if (txn->change_count)
        memcpy(changes, txn->changes, txn->change_count * sizeof *changes);
    txn->changes = changes;
    for (uint32_t i = 0; *fits && i < txn->change_count; i++) {
        const struct jemput_table *table = jemput_store_table(store, changes[i].table);

        if (table && !change_trim(&changes[i], table, arena))
            return jemput_fail(err, JEMPUT_NOMEM, "no memory for a transaction");
        *fits = table && jemput_change_fits(&changes[i], table);
    }
    return JEMPUT_OK;
}

enum jemput_status engine_schema_fits(struct judging *q, const struct jemput_txn *txn, struct jemput_txn *out, bool *fits,
                                      struct jemput_arena *arena, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    *fits = true;
    *out = *txn;
    if (!engine_schema_lost(q->j))
        return JEMPUT_OK;
    if (!q->common)
        st = common_of(q, &q->common, err);
    if (!st)
        st = older_reach(q->j, q->common, err);
    return st ? st : txn_fit(q->j->older, out, fits, arena, err);
}
