/* api/act/act.c — acts: see act.h.
 *
 * The tables do not have what an act writes, unlike what the app writes: so it is merged as a segment of another device would be. */
#include "api/act/act.h"

#include <stdlib.h>
#include <string.h>

#include "api/judge/judge.h"
#include "api/look/look.h"
#include "api/roster/roster.h"
#include "api/seal/draft.h"
#include "api/seal/encode.h"
#include "api/seal/seal.h"
#include "change/fits.h"
#include "change/key.h"
#include "log/payload.h"

void act_release(struct act *act)
{
    jemput_arena_release(&act->arena);
}

/* --- composing --- */

enum jemput_status act_table(struct jemput *j, const char *name, const struct jemput_table **out, struct jemput_error *err)
{
    *out = name ? jemput_store_table_named(j->store, name) : NULL;
    return *out ? JEMPUT_OK : jemput_fail(err, JEMPUT_NOTFOUND, "there is no replicated table '%s'", name ? name : "");
}

enum jemput_status act_key(struct jemput *j, struct act *act, const struct jemput_table *table, const struct jemput_datum *key, unsigned key_count,
                           struct jemput_bytes *out, struct jemput_error *err)
{
    struct jemput_buf bytes = JEMPUT_BUF_INIT(JEMPUT_KEY_BYTES_MAX);
    struct jemput_value values[JEMPUT_KEY_COLUMNS_MAX];
    enum jemput_status st = JEMPUT_OK;

    if (key_count != table->key_count)
        return jemput_fail(err, JEMPUT_MISUSE, "table '%s' has %u key columns, %u values were given", table->name, (unsigned)table->key_count,
                           key_count);
    for (unsigned i = 0; !st && i < key_count; i++) {
        look_value(&values[i], &key[i]);
        st = jemput_store_value_held(j->store, &values[i], table->columns[table->key_columns[i]].affinity, &act->arena, err);
    }
    if (!st)
        st = jemput_key_write(&bytes, values, key_count, err);
    if (st == JEMPUT_DENIED)
        st = err->status = JEMPUT_MISUSE;
    if (!st)
        st = jemput_buf_check(&bytes, "key", err);
    if (!st) {
        *out = jemput_arena_copy(&act->arena, jemput_buf_bytes(&bytes));
        if (!out->data)
            st = jemput_fail(err, JEMPUT_NOMEM, "no memory for a key");
    }
    jemput_buf_release(&bytes);
    return st;
}

enum jemput_status act_reason(struct act *act, const char *reason, struct jemput_error *err)
{
    size_t len = reason ? strlen(reason) : 0;

    if (len == 0)
        return jemput_fail(err, JEMPUT_MISUSE, "a decision needs a reason: others will read it");
    if (len > JEMPUT_NOTE_BYTES_MAX)
        return jemput_fail(err, JEMPUT_LIMIT, "the reason has %zu bytes; at most %d", len, JEMPUT_NOTE_BYTES_MAX);
    act->txn.note = jemput_arena_copy(&act->arena, jemput_bytes_of(reason, len));
    return act->txn.note.data ? JEMPUT_OK : jemput_fail(err, JEMPUT_NOMEM, "no memory for a reason");
}

enum jemput_status act_change(struct act *act, const struct jemput_table *table, enum jemput_op op, struct jemput_bytes key,
                              struct jemput_change **out, struct jemput_error *err)
{
    struct jemput_txn *txn = &act->txn;
    struct jemput_cell *cells = jemput_arena_array(&act->arena, table->column_count, sizeof *cells);
    struct jemput_change *changes = jemput_arena_room(&act->arena, txn->changes, txn->change_count, &act->change_room, sizeof *changes);

    if (!cells || !changes)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a decision");
    txn->changes = changes;
    *out = &txn->changes[txn->change_count++];
    **out = (struct jemput_change){ .table = table->id, .op = op, .key = key, .cells = cells };
    return JEMPUT_OK;
}

void act_insert_cells(struct jemput_change *change, const struct jemput_table *table, const struct jemput_value *values)
{
    for (uint16_t i = 0; i < table->column_count; i++) {
        struct jemput_cell *cell = &change->cells[change->cell_count];

        if (table->columns[i].group == JEMPUT_GROUP_NONE)
            continue;
        *cell = (struct jemput_cell){ .column = i, .value = values[i] };
        if (table->columns[i].rule == JEMPUT_RULE_SUM) {
            cell->is_delta = true;
            cell->value = (struct jemput_value){ .type = JEMPUT_INTEGER };
        }
        change->cell_count++;
    }
}

/* --- sealing --- */

static int change_compare(const void *left, const void *right)
{
    const struct jemput_change *a = left, *b = right;

    if (a->table != b->table)
        return a->table < b->table ? -1 : 1;
    return jemput_bytes_compare(a->key, b->key);
}

/* Within the limits of a COMMIT: what is sealed can be sent. */
static enum jemput_status act_payload(const struct jemput_txn *txn, struct jemput_buf *payload, struct jemput_error *err)
{
    struct jemput_buf record = JEMPUT_BUF_INIT(JEMPUT_TXN_BYTES_MAX);
    enum jemput_status st = JEMPUT_OK;

    jemput_txn_write(&record, txn);
    if (record.failed == JEMPUT_LIMIT || jemput_txn_weight(txn) > JEMPUT_TXN_WEIGHT_MAX)
        st = jemput_fail(err, JEMPUT_LIMIT, "the decision touches too much (%u rows): do it in smaller parts", (unsigned)txn->change_count);
    if (!st)
        st = jemput_buf_check(&record, "record", err);
    jemput_buf_release(&record);
    if (!st)
        st = jemput_payload_write(payload, txn, 1, NULL, 0, err);
    return st ? st : seal_reads_back(txn, 1, jemput_buf_bytes(payload), err);
}

/* Other devices refuse a log that holds what its tables cannot (change/fits.h). */
static enum jemput_status act_fits(struct jemput *j, const struct jemput_txn *txn, struct jemput_error *err)
{
    for (uint32_t i = 0; i < txn->change_count; i++) {
        const struct jemput_change *change = &txn->changes[i];
        const struct jemput_table *table = jemput_store_table(j->store, change->table);

        for (uint16_t k = 0; k < change->cell_count; k++) {
            const struct jemput_value *v = &change->cells[k].value;

            if ((v->type == JEMPUT_TEXT || v->type == JEMPUT_BLOB) && v->bytes.len > JEMPUT_VALUE_BYTES_MAX)
                return jemput_fail(err, JEMPUT_LIMIT, "column '%s' of table '%s': %zu bytes are more than %d",
                                   table->columns[change->cells[k].column].name, table->name, v->bytes.len, JEMPUT_VALUE_BYTES_MAX);
        }
        if (!jemput_change_fits(change, table))
            return jemput_fail(err, JEMPUT_MISUSE, "table '%s': a value is not of the type that its column holds, such as the text '7' for 7",
                               table->name);
    }
    return JEMPUT_OK;
}

/* It was asked for before it was signed; now for what follows from it. */
static enum jemput_status act_merge(struct jemput *j, const struct draft *d, struct act *act, struct jemput_error *err)
{
    struct jemput_segment segment;
    struct judging judging = { .j = j, .store = j->store, .segment = &segment, .schema_version = d->header.schema_version };
    struct jemput_merge_counts counts = { 0 };
    const struct jemput_txn *txns = NULL;
    enum jemput_status st = jemput_store_own_last(j->store, &j->writer, &segment, err);

    if (!st)
        st = engine_judge(&judging, &act->txn, 1, &txns, &act->arena, err);
    if (!st)
        st = jemput_store_apply(j->store, segment.id, txns, 1, &counts, err);
    return st ? st : engine_judge_again(&judging, err);
}

static enum jemput_status act_seal(struct jemput *j, struct act *act, struct jemput_error *err)
{
    struct jemput_buf payload = JEMPUT_BUF_INIT(JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX);
    struct stamp_list stamps = { .stamps = &act->txn.stamp, .count = 1 };
    struct draft d = { 0 };
    unsigned sealed = 0;
    int64_t frontier, id;
    enum jemput_status st = act_fits(j, &act->txn, err);

    if (!st)
        st = engine_judge_act(j, &act->txn, err);

    if (!st)
        st = jemput_store_stamp_next(j->store, &act->txn.stamp, err);
    act->txn.boot_id = j->env->boot_id(j->env);
    act->txn.monotonic_ms = j->env->monotonic_ms(j->env);
    qsort(act->txn.changes, act->txn.change_count, sizeof *act->txn.changes, change_compare);
    if (!st)
        st = act_payload(&act->txn, &payload, err);
    d.payload = jemput_buf_bytes(&payload);
    if (!st)
        st = jemput_store_frontier(j->store, &frontier, err);
    if (!st)
        st = seal_news(j, frontier, &sealed, err);
    if (!st)
        st = draft_context(j, &d, frontier, &act->arena, err);
    if (!st && engine_has_role(j, JEMPUT_ROLE_PUSAT))
        st = draft_accepted(j, &d, &act->arena, err);
    if (!st)
        st = draft_fill(j, &d, JEMPUT_CLASS_DATA, 1, err);
    if (!st)
        st = draft_commit(j, &d, stamps, &act->arena, &id, err);
    if (!st)
        st = act_merge(j, &d, act, err);
    jemput_buf_release(&payload);
    return st;
}


enum jemput_status act_end(struct jemput *j, enum jemput_status st, struct jemput_error *err)
{
    if (!st)
        st = jemput_store_commit(j->store, err);
    if (st)
        engine_undo(j);
    return st;
}

/* *due = sealing, or something before it, has changed verdicts: the tables are not what they should be. */
static enum jemput_status act_open(struct jemput *j, bool *due, struct jemput_error *err)
{
    unsigned sealed = 0;
    int64_t rebuilds = 0;
    enum jemput_status st = jemput_store_begin(j->store, ENGINE_LOCK_WAIT_MS, err);

    if (st)
        return st;
    st = engine_roster_refresh(j, err);
    if (!st)
        st = engine_seal_pending(j, &sealed, err);
    if (!st)
        st = jemput_store_settle(j->store, err);
    if (!st)
        st = engine_rebuild_due(j, &rebuilds, err);
    if (st)
        engine_undo(j);
    *due = rebuilds > 0 || j->rebuild_owed;
    return st;
}

/* Nothing is composed over a row that does not count any more: one that the device wrote under rights which it has lost since. */
static enum jemput_status act_start(struct jemput *j, struct jemput_error *err)
{
    struct jemput_rebuild_report report;
    bool due;
    enum jemput_status st = act_open(j, &due, err);

    if (st || !due)
        return st;
    st = act_end(j, JEMPUT_OK, err); /* what was sealed stays sealed */
    if (!st)
        st = engine_rebuild(j, NULL, &report, err);
    return st ? st : act_open(j, &due, err);
}

void act_alone(struct jemput *j)
{
    atomic_store(&j->cancelled, false);
}

enum jemput_status act_begin(struct jemput *j, struct jemput_error *err)
{
    act_alone(j);
    return act_start(j, err);
}

static enum jemput_status step(struct jemput *j, act_compose compose, void *ctx, bool *again, struct jemput_error *err)
{
    struct act act = { 0 };
    enum jemput_status st = compose(ctx, j, &act, err);

    if (!st && act.txn.change_count)
        st = act_seal(j, &act, err);
    *again = !st && act.again;
    act_release(&act);
    return st;
}

enum jemput_status act_step(struct jemput *j, act_compose compose, void *ctx, struct jemput_error *err)
{
    bool again;

    return step(j, compose, ctx, &again, err);
}

enum jemput_status act_do(struct jemput *j, const act_compose *composes, unsigned count, void *ctx, struct jemput_error *err)
{
    enum jemput_status st = act_start(j, err);

    if (st)
        return st;
    for (unsigned i = 0; !st && i < count; i++) {
        bool again = true;

        for (unsigned n = 0; !st && again && n < ACT_AGAIN_MAX; n++)
            st = step(j, composes[i], ctx, &again, err);
    }
    return act_end(j, st, err);
}
