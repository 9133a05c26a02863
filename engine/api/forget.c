/* api/forget.c — erasing a row: see forget.h. The record goes out with a new key epoch, so that what is written from then on is not read by who has
 * old keys alone. Old data goes when a checkpoint without the row has been made, and what it covers is cut off. */
#include "api/forget.h"

#include <stdlib.h>
#include <string.h>

#include "api/checkpoint.h"
#include "api/judge.h"
#include "api/look.h"
#include "base/limits.h"
#include "change/key.h"

static int forget_order(const void *a, const void *b)
{
    const struct jemput_forgetting *x = *(const struct jemput_forgetting *const *)a, *y = *(const struct jemput_forgetting *const *)b;

    return x->table != y->table ? (x->table < y->table ? -1 : 1) : jemput_bytes_compare(x->key, y->key);
}

static bool counts(const struct jemput_roster *roster, const struct jemput_act *act)
{
    for (uint32_t i = 0; i < roster->refused_count; i++)
        if (roster->refused[i].place == act->place && jemput_hash_equal(&roster->refused[i].segment, &act->segment))
            return false;
    return true;
}

enum jemput_status engine_forgets_fold(struct engine_forgets *out, const struct engine_acts *acts, const struct jemput_roster *roster,
                                       struct jemput_arena *arena, struct jemput_error *err)
{
    uint32_t count = 0;

    *out = (struct engine_forgets){ 0 };
    for (uint32_t i = 0; i < acts->count; i++)
        count += acts->of[i].act.record.kind == JEMPUT_RECORD_FORGET;
    if (!count)
        return JEMPUT_OK;
    out->of = jemput_arena_array(arena, count, sizeof *out->of);
    if (!out->of)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for rows that are forgotten");
    for (uint32_t i = 0; i < acts->count; i++)
        if (acts->of[i].act.record.kind == JEMPUT_RECORD_FORGET && counts(roster, &acts->of[i].act)) {
            struct jemput_forgetting *copy = jemput_arena_alloc(arena, sizeof *copy); /* the list of acts moves when it grows */

            if (!copy)
                return jemput_fail(err, JEMPUT_NOMEM, "no memory for rows that are forgotten");
            *copy = acts->of[i].act.record.as.forget;
            out->of[out->count++] = copy;
        }
    if (out->count)
        qsort(out->of, out->count, sizeof *out->of, forget_order);
    return JEMPUT_OK;
}

bool engine_is_forgotten(const struct jemput *j, uint32_t table, struct jemput_bytes key)
{
    const struct jemput_forgetting wanted = { .table = table, .key = key }, *at = &wanted;

    return j->forgets.count && bsearch(&at, j->forgets.of, j->forgets.count, sizeof *j->forgets.of, forget_order) != NULL;
}

static bool txn_touches(const struct jemput *j, const struct jemput_txn *txn)
{
    for (uint32_t i = 0; i < txn->change_count; i++)
        if (engine_is_forgotten(j, txn->changes[i].table, txn->changes[i].key))
            return true;
    return false;
}

static enum jemput_status txn_drop(const struct jemput *j, struct jemput_txn *txn, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_change *kept = jemput_arena_array(arena, txn->change_count, sizeof *kept);
    uint32_t count = 0;

    if (!kept)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for changes");
    for (uint32_t i = 0; i < txn->change_count; i++)
        if (!engine_is_forgotten(j, txn->changes[i].table, txn->changes[i].key))
            kept[count++] = txn->changes[i];
    txn->changes = kept;
    txn->change_count = count;
    return JEMPUT_OK;
}

enum jemput_status engine_forgotten_drop(const struct jemput *j, const struct jemput_txn *txns, uint32_t count, const struct jemput_txn **out,
                                         bool *any, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_txn *copy = NULL;
    enum jemput_status st = JEMPUT_OK;

    *out = txns;
    for (uint32_t i = 0; !st && j->forgets.count && i < count; i++) {
        if (!txn_touches(j, &txns[i]))
            continue;
        if (!copy) {
            copy = jemput_arena_array(arena, count, sizeof *copy);
            if (!copy)
                return jemput_fail(err, JEMPUT_NOMEM, "no memory for transactions");
            memcpy(copy, txns, count * sizeof *copy);
            *out = copy;
            *any = true;
        }
        st = txn_drop(j, &copy[i], arena, err);
    }
    return st;
}

/* --- the record --- */

static enum jemput_status key_make(const struct jemput_table *table, const struct jemput_datum *key, unsigned key_count, struct jemput_buf *out,
                                   struct jemput_error *err)
{
    struct jemput_value values[JEMPUT_KEY_COLUMNS_MAX];
    enum jemput_status st;

    if (key_count != table->key_count)
        return jemput_fail(err, JEMPUT_MISUSE, "table %s has %u key columns, %u values were given", table->name, (unsigned)table->key_count,
                           key_count);
    for (unsigned i = 0; i < key_count; i++)
        look_value(&values[i], &key[i]);
    st = jemput_key_write(out, values, key_count, err);
    return st ? st : jemput_buf_check(out, "key", err);
}

static enum jemput_status forget_seal(struct jemput *j, const struct jemput_forgetting *forgetting, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct engine_records records = { .arena = &arena };
    struct jemput_record record = { .kind = JEMPUT_RECORD_FORGET, .as.forget = *forgetting };
    const char *fault = jemput_record_fault(&record);
    unsigned sealed = 0;
    enum jemput_status st = fault ? jemput_fail(err, JEMPUT_MISUSE, "%s", fault) : engine_seal_pending(j, &sealed, err);

    if (!st)
        st = engine_records_add(&records, &record, err);
    if (!st && j->keyring.epoch_count)
        st = engine_epoch_renew(j, NULL, &records, err);
    if (!st)
        st = engine_seal_control(j, records.of, records.count, err);
    if (!st)
        st = engine_roster_load(j, err);
    jemput_arena_release(&arena);
    return st;
}

static enum jemput_status forget(struct jemput *j, const char *table_name, const struct jemput_datum *key, unsigned key_count, const char *basis,
                                 struct jemput_error *err)
{
    struct jemput_buf bytes = JEMPUT_BUF_INIT(JEMPUT_KEY_BYTES_MAX);
    const struct jemput_table *table;
    enum jemput_status st = engine_roster_refresh(j, err);

    if (!st && !engine_has_role(j, JEMPUT_ROLE_ADMIN) && !engine_has_role(j, JEMPUT_ROLE_PUSAT))
        return jemput_fail(err, JEMPUT_DENIED, "only an administrator or central has a row forgotten");
    table = st ? NULL : jemput_store_table_named(j->store, table_name);
    if (!st && !table)
        st = jemput_fail(err, JEMPUT_NOTFOUND, "there is no replicated table '%s'", table_name);
    if (!st)
        st = key_make(table, key, key_count, &bytes, err);
    if (!st && !engine_is_forgotten(j, table->id, jemput_buf_bytes(&bytes)))
        st = forget_seal(j, &(struct jemput_forgetting){ table->id, jemput_buf_bytes(&bytes), jemput_bytes_str(basis) }, err);
    jemput_buf_release(&bytes);
    return st;
}

enum jemput_status jemput_forget(struct jemput *j, const char *table, const struct jemput_datum *key, unsigned key_count, const char *basis,
                                 struct jemput_error *err)
{
    struct jemput_rebuild_report report;
    int64_t due = 0;
    enum jemput_status st = engine_awake(j, err);

    if (!st)
        st = jemput_store_begin(j->store, ENGINE_LOCK_WAIT_MS, err);
    if (st)
        return jemput_wrap(err, "forget");
    st = forget(j, table, key, key_count, basis, err);
    if (!st)
        st = jemput_store_commit(j->store, err);
    if (st)
        engine_undo(j);
    if (!st)
        st = engine_rebuild_due(j, &due, err);
    if (!st && due)
        st = engine_rebuild(j, NULL, &report, err);
    return st ? jemput_wrap(err, "forget") : JEMPUT_OK;
}

/* --- who has erased --- */

/* Does some checkpoint that this writer has erased up to cover all that was forgotten? */
static enum jemput_status place_look(struct jemput *j, const struct jemput_writer *writer, bool *out, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    *out = false;
    for (uint32_t i = 0; !st && !*out && i < j->acts.count; i++) {
        const struct jemput_act *act = &j->acts.of[i].act;
        struct engine_checkpoint c;

        if (act->record.kind != JEMPUT_RECORD_CHECKPOINT || !engine_checkpoint_erased(j, writer, &act->segment))
            continue;
        st = engine_checkpoint_find(j, &act->segment, &c, err);
        *out = !st;
        for (uint32_t k = 0; !st && *out && k < j->acts.count; k++)
            if (j->acts.of[k].act.record.kind == JEMPUT_RECORD_FORGET && counts(&j->roster, &j->acts.of[k].act))
                st = engine_checkpoint_covers(j, &c, j->acts.of[k].segment, out, err);
        st = st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
    }
    return st;
}

enum jemput_status jemput_forget_places(struct jemput *j, int (*each)(void *ctx, const struct jemput_forget_place *place), void *ctx,
                                        struct jemput_error *err)
{
    enum jemput_status st = engine_awake(j, err);

    if (!st)
        st = engine_roster_refresh(j, err);
    for (uint32_t i = 0; !st && i < j->roster.member_count; i++) {
        const struct jemput_member *m = &j->roster.members[i];
        struct jemput_forget_place place = { .device_number = m->device_number };
        bool erased;

        if (m->standing != JEMPUT_STANDING_ACTIVE && m->standing != JEMPUT_STANDING_SUSPENDED)
            continue;
        st = place_look(j, &m->writer, &erased, err);
        jemput_hex_encode(place.writer, m->writer.id, sizeof m->writer.id);
        place.erased = erased;
        if (!st && each(ctx, &place))
            break;
    }
    return st ? jemput_wrap(err, "forget") : JEMPUT_OK;
}
