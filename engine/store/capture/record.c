/* store/capture/record.c — what a transaction did, as one record of jemput_pending, written inside its COMMIT. */
#include <stdlib.h>
#include <string.h>

#include "store/capture/capture.h"
#include "store/causes/causes.h"
#include "store/file/layout.h"
#include "store/trigger/merge.h"

/* --- differences --- */

static enum jemput_status value_check(const struct jemput_capture_table *t, uint16_t column, const struct jemput_value *v, struct jemput_error *err)
{
    if ((v->type != JEMPUT_TEXT && v->type != JEMPUT_BLOB) || v->bytes.len <= JEMPUT_VALUE_BYTES_MAX)
        return JEMPUT_OK;
    return jemput_fail(err, JEMPUT_LIMIT, "column '%s' of table '%s': %zu bytes are more than %d; keep larger things as attachments",
                       t->shape.columns[column].name, t->shape.name, v->bytes.len, JEMPUT_VALUE_BYTES_MAX);
}

static struct jemput_cell *cell_add(struct jemput_change *change, uint16_t column, const struct jemput_value *value)
{
    struct jemput_cell *cell = &change->cells[change->cell_count++];

    *cell = (struct jemput_cell){ .column = column, .value = *value };
    return cell;
}

/* What counters and facts ask of a value, and how a cell carries it. `before` NULL: the row is new. */
static enum jemput_status cell_rule(const struct jemput_capture_table *t, struct jemput_cell *cell, const struct jemput_value *before,
                                    struct jemput_error *err)
{
    const struct jemput_column *column = &t->shape.columns[cell->column];

    if (column->rule == JEMPUT_RULE_SUM) {
        if (cell->value.type != JEMPUT_INTEGER)
            return jemput_fail(err, JEMPUT_DENIED, "table '%s': counter column '%s' must hold an integer", t->shape.name, column->name);
        cell->is_delta = true;
        if (before && before->type == JEMPUT_INTEGER)
            cell->value.integer = (int64_t)((uint64_t)cell->value.integer - (uint64_t)before->integer);
    } else if (column->rule == JEMPUT_RULE_ONCE && before && before->type != JEMPUT_NULL) {
        return jemput_fail(err, JEMPUT_DENIED, "table '%s': column '%s' is set once and holds a value already", t->shape.name, column->name);
    }
    return JEMPUT_OK;
}

static enum jemput_status change_insert(struct jemput_change *out, const struct jemput_capture_table *t, const struct jemput_value *after,
                                        struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    out->op = JEMPUT_OP_INSERT;
    for (uint16_t i = 0; !st && i < t->carried_count; i++) {
        struct jemput_cell *cell = cell_add(out, t->carried[i], &after[i]);

        st = value_check(t, t->carried[i], &after[i], err);
        if (!st && t->shape.merges_values)
            st = cell_rule(t, cell, NULL, err);
    }
    return st;
}

/* A column that the row did not have when it was first touched counts as NULL: only a savepoint around a migration can make one. */
static const struct jemput_value *before_value(const struct jemput_touch *touch, uint16_t i)
{
    static const struct jemput_value null = { .type = JEMPUT_NULL };

    return i < touch->value_count ? &touch->before[i] : &null;
}

/* All columns of each group in which a value differs; no cells = nothing was changed. */
static enum jemput_status change_update(const struct jemput_capture *c, struct jemput_change *out, struct jemput_capture_table *t,
                                        const struct jemput_touch *touch, const struct jemput_value *after, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    out->op = JEMPUT_OP_UPDATE;
    memset(t->group_changed, 0, t->shape.group_count * sizeof *t->group_changed);
    for (uint16_t i = 0; i < t->carried_count; i++)
        if (!jemput_value_equal(before_value(touch, i), &after[i]))
            t->group_changed[t->shape.columns[t->carried[i]].group] = true;
    for (uint16_t i = 0; !st && i < t->carried_count; i++) {
        const struct jemput_column *column = &t->shape.columns[t->carried[i]];
        struct jemput_cell *cell;

        if (!t->group_changed[column->group])
            continue;
        cell = cell_add(out, t->carried[i], &after[i]);
        cell->has_before = column->carries_before || jemput_policy_calls_step(&c->policy, t->shape.id, t->carried[i]);
        if (cell->has_before)
            cell->before = *before_value(touch, i);
        st = value_check(t, t->carried[i], &after[i], err);
        if (!st && t->shape.merges_values)
            st = cell_rule(t, cell, before_value(touch, i), err);
    }
    return st;
}

/* The row of a key as it is now; *present says whether there is one. What AFTER INSERT handed over needs no reading. */
static enum jemput_status after_read(struct jemput_capture *c, struct jemput_capture_table *t, const struct jemput_touch *touch,
                                     struct jemput_value **after, bool *present, struct jemput_error *err)
{
    struct jemput_value key[JEMPUT_KEY_COLUMNS_MAX];
    enum jemput_status st;
    int rc;

    if (touch->after && touch->undo == c->undo_count) {
        *after = touch->after;
        *present = true;
        return JEMPUT_OK;
    }
    st = jemput_key_read(key, t->shape.key_count, touch->key, err);
    if (st)
        return st;
    jemput_capture_bind_key(t->read, t, key);
    rc = sqlite3_step(t->read);
    *present = rc == SQLITE_ROW;
    if (rc == SQLITE_ROW) {
        *after = jemput_capture_row(c, t, t->read);
        if (!*after)
            st = jemput_fail(err, JEMPUT_NOMEM, "no memory for a row");
    } else if (rc != SQLITE_DONE) {
        st = jemput_sqlite_fail(c->db, rc, err, "read a changed row");
    }
    sqlite3_reset(t->read);
    return st;
}

/* The difference of one row; op 0 = none. */
static enum jemput_status change_make(struct jemput_capture *c, struct jemput_change *out, const struct jemput_touch *touch, struct jemput_error *err)
{
    struct jemput_capture_table *t = c->tables[touch->table - 1];
    struct jemput_value *after = NULL;
    bool present;
    enum jemput_status st = after_read(c, t, touch, &after, &present, err);

    *out = (struct jemput_change){ .table = touch->table, .key = touch->key };
    if (st || (!present && !touch->present))
        return st;
    if (!present) {
        out->op = JEMPUT_OP_DELETE;
        return JEMPUT_OK;
    }
    out->cells = jemput_arena_array(&c->arena, t->carried_count, sizeof *out->cells);
    if (!out->cells)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a change");
    if (!touch->present)
        return change_insert(out, t, after, err);
    st = change_update(c, out, t, touch, after, err);
    if (!out->cell_count)
        out->op = 0;
    return st;
}

/* A schema change that a savepoint took back leaves tables as they were loaded inside of it; *gone: there is no such table (any more). */
static enum jemput_status table_current(struct jemput_capture *c, uint32_t id, bool *gone, struct jemput_error *err)
{
    enum jemput_status st = jemput_capture_load(c, id, err);

    *gone = st == JEMPUT_NOTFOUND;
    return *gone ? JEMPUT_OK : st;
}

/* The differences of one table's rows. */
static enum jemput_status table_changes_make(struct jemput_capture *c, struct jemput_txn *txn, const struct jemput_touch **touches, uint32_t count,
                                             struct jemput_error *err)
{
    uint32_t id = touches[0]->table;
    bool current = c->tables[id - 1]->new_here, gone = false;
    enum jemput_status st = current ? table_current(c, id, &gone, err) : JEMPUT_OK;

    for (uint32_t i = 0; !st && !gone && i < count; i++) {
        struct jemput_change *change = &txn->changes[txn->change_count];

        st = change_make(c, change, touches[i], err);
        if (st == JEMPUT_CORRUPT && !current) {
            current = true;
            st = table_current(c, id, &gone, err);
            if (!st && !gone)
                st = change_make(c, change, touches[i], err);
        }
        if (!st && !gone && change->op)
            c->changed[txn->change_count++] = touches[i];
    }
    return st;
}

static int touch_compare(const void *a, const void *b)
{
    const struct jemput_touch *x = *(const struct jemput_touch *const *)a, *y = *(const struct jemput_touch *const *)b;

    if (x->table != y->table)
        return x->table < y->table ? -1 : 1;
    return jemput_bytes_compare(x->key, y->key);
}

static enum jemput_status changes_make(struct jemput_capture *c, struct jemput_txn *txn, struct jemput_error *err)
{
    const struct jemput_touch **sorted = jemput_arena_array(&c->arena, c->touch_count, sizeof *sorted);
    enum jemput_status st = JEMPUT_OK;
    uint32_t count = 0, end;

    txn->changes = jemput_arena_array(&c->arena, c->touch_count, sizeof *txn->changes);
    c->changed = jemput_arena_array(&c->arena, c->touch_count, sizeof *c->changed);
    if (!sorted || !txn->changes || !c->changed)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for %u changes", (unsigned)c->touch_count);
    for (uint32_t i = 0; i < c->touch_count; i++)
        if (c->touches[i].table)
            sorted[count++] = &c->touches[i];
    qsort(sorted, count, sizeof *sorted, touch_compare);
    for (uint32_t i = 0; !st && i < count; i = end) {
        for (end = i + 1; end < count && sorted[end]->table == sorted[i]->table;)
            end++;
        st = table_changes_make(c, txn, sorted + i, end - i, err);
    }
    return st;
}

/* --- rules --- */

static enum jemput_status null_keys_check(struct jemput_capture *c, struct jemput_error *err)
{
    struct jemput_buf sql = JEMPUT_BUF_INIT(JEMPUT_SCHEMA_BYTES_MAX);
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t id = 1; !st && id <= c->table_count; id++) {
        const struct jemput_capture_table *t = c->tables[id - 1];
        int64_t found = 0;

        if (!t || !t->null_key)
            continue;
        jemput_buf_clear(&sql);
        jemput_buf_append_str(&sql, "SELECT 1 FROM main.");
        jemput_buf_identifier(&sql, t->shape.name);
        for (uint8_t i = 0; i < t->shape.key_count; i++) {
            jemput_buf_append_str(&sql, i ? " OR " : " WHERE ");
            jemput_buf_identifier(&sql, t->shape.columns[t->shape.key_columns[i]].name);
            jemput_buf_append_str(&sql, " IS NULL");
        }
        jemput_buf_append(&sql, " LIMIT 1", sizeof " LIMIT 1");
        st = jemput_buf_check(&sql, "SQL", err);
        if (!st)
            st = jemput_sqlite_number(c->db, (const char *)sql.data, &found, err);
        if (!st && found)
            st = jemput_fail(err, JEMPUT_DENIED,
                             "table '%s': a row has a NULL in its primary key, so no other device could tell it from the next: give the key",
                             t->shape.name);
    }
    jemput_buf_release(&sql);
    return st;
}

/* What the row held when the transaction began, by column. */
static enum jemput_status before_columns(struct jemput_capture *c, const struct jemput_touch *touch, const struct jemput_value **out,
                                         struct jemput_error *err)
{
    const struct jemput_capture_table *t = c->tables[touch->table - 1];
    struct jemput_value *row;

    *out = NULL;
    if (!touch->present)
        return JEMPUT_OK;
    row = jemput_arena_array(&c->arena, t->shape.column_count, sizeof *row);
    if (!row)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory to ask the policy");
    for (uint16_t i = 0; i < t->carried_count; i++)
        row[t->carried[i]] = *before_value(touch, i);
    *out = row;
    return JEMPUT_OK;
}

static enum jemput_status policy_check(struct jemput_capture *c, const struct jemput_txn *txn, struct jemput_error *err)
{
    struct jemput_ask ask = { .calls = &c->policy, .roles = c->roles, .scope = jemput_buf_bytes(&c->scope) };
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; c->hooks->may_write && c->policy.count && !st && i < txn->change_count; i++) {
        ask.change = &txn->changes[i];
        ask.table = &c->tables[ask.change->table - 1]->shape;
        st = before_columns(c, c->changed[i], &ask.before, err);
        if (!st)
            st = c->hooks->may_write(c->hooks->ctx, &ask, err);
    }
    return st;
}

/* SQLite's authorizer is told that a trigger is made, and not what it does. */
static enum jemput_status triggers_check(struct jemput_capture *c, struct jemput_error *err)
{
    enum jemput_status st = c->trigger_new ? jemput_merge_triggers_check(c->db, err) : JEMPUT_OK;

    c->trigger_new = c->trigger_new && st;
    return st;
}

/* --- clock and context --- */

/* Rarely anything: the schema's policy, and what this device is. */
static enum jemput_status policy_look(struct jemput_capture *c, int64_t serial, unsigned roles, sqlite3_stmt *stmt, int scope_column,
                                      struct jemput_error *err)
{
    c->roles = roles;
    c->scope.max = JEMPUT_NAME_BYTES_MAX;
    jemput_buf_clear(&c->scope);
    jemput_buf_append(&c->scope, sqlite3_column_blob(stmt, scope_column), (size_t)sqlite3_column_bytes(stmt, scope_column));
    if (serial == c->policy.serial)
        return jemput_buf_check(&c->scope, "scope", err);
    if (jemput_policy_calls_read(&c->policy, c->db, err))
        return err->status;
    c->policy.serial = serial;
    return JEMPUT_OK;
}

/* What other connections may have moved is read again if any of them has written since our last COMMIT. */
static enum jemput_status file_look(struct jemput_capture *c, struct jemput_error *err)
{
    uint32_t version = 0;
    sqlite3_stmt *stmt;
    enum jemput_status st;
    int rc = sqlite3_file_control(c->db, "main", SQLITE_FCNTL_DATA_VERSION, &version);

    if (rc == SQLITE_OK && c->known && version == c->version)
        return JEMPUT_OK;
    c->known = false;
    st = jemput_capture_statement(c, CAPTURE_LOOK,
                                  "SELECT max(coalesce((SELECT max(stamp) FROM main.jemput_pending), 0), "
                                  "coalesce((SELECT value FROM main.jemput_fact WHERE name = '" JEMPUT_FACT_STAMP "'), 0)), "
                                  "(SELECT value FROM main.jemput_fact WHERE name = '" JEMPUT_FACT_FRONTIER "'), "
                                  "(SELECT count(*) FROM main.jemput_id_run WHERE id = ?1 AND seed = ?2), "
                                  JEMPUT_POLICY_SERIAL_SQL ", "
                                  "(SELECT value FROM main.jemput_fact WHERE name = '" JEMPUT_FACT_ROLES "'), "
                                  "(SELECT value FROM main.jemput_fact WHERE name = '" JEMPUT_FACT_SCOPE "')",
                                  &stmt, err);
    if (st)
        return st;
    sqlite3_bind_int64(stmt, 1, c->run);
    sqlite3_bind_blob(stmt, 2, c->seed, sizeof c->seed, SQLITE_STATIC);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW) {
        c->last_stamp = (jemput_stamp)sqlite3_column_int64(stmt, 0);
        c->frontier = sqlite3_column_type(stmt, 1) == SQLITE_INTEGER ? sqlite3_column_int64(stmt, 1) : JEMPUT_CONTEXT_EMPTY;
        if (!sqlite3_column_int(stmt, 2))
            c->run = 0; /* sealing forgets runs that nothing pending uses */
        st = policy_look(c, sqlite3_column_int64(stmt, 3), (unsigned)sqlite3_column_int64(stmt, 4), stmt, 5, err);
        c->known = !st;
    } else {
        st = jemput_sqlite_fail(c->db, rc, err, "read the clock");
    }
    sqlite3_reset(stmt);
    return st;
}

static enum jemput_status stamp_make(struct jemput_capture *c, struct jemput_error *err)
{
    struct jemput_hlc clock = { .last = c->last_stamp };

    if (!c->stamp)
        c->stamp = jemput_hlc_tick(&clock, c->env->now_ms(c->env));
    return c->stamp ? JEMPUT_OK : jemput_fail(err, JEMPUT_LIMIT, "the clock has come to its end");
}

/* --- writing --- */

static enum jemput_status step_done(struct jemput_capture *c, sqlite3_stmt *stmt, const char *what, struct jemput_error *err)
{
    int rc = sqlite3_step(stmt);

    sqlite3_reset(stmt);
    return rc == SQLITE_DONE ? JEMPUT_OK : jemput_sqlite_fail(c->db, rc, err, what);
}

/* The run of ids of this connection, once ids have been made. */
static enum jemput_status run_write(struct jemput_capture *c, struct jemput_error *err)
{
    sqlite3_stmt *stmt;
    enum jemput_status st;

    if (!c->id_next || c->run)
        return JEMPUT_OK;
    st = jemput_capture_statement(c, CAPTURE_RUN_NEW, "INSERT OR REPLACE INTO main.jemput_id_run(id, seed) VALUES(nullif(?1, 0), ?2)", &stmt, err);
    if (st)
        return st;
    sqlite3_bind_int64(stmt, 1, c->run_new); /* tried before in this transaction */
    sqlite3_bind_blob(stmt, 2, c->seed, sizeof c->seed, SQLITE_STATIC);
    st = step_done(c, stmt, "write a run of ids", err);
    if (!st)
        c->run_new = sqlite3_last_insert_rowid(c->db);
    return st;
}

static enum jemput_status pending_drop(struct jemput_capture *c, struct jemput_error *err)
{
    sqlite3_stmt *stmt;
    enum jemput_status st = jemput_capture_statement(c, CAPTURE_PENDING_DROP, "DELETE FROM main.jemput_pending WHERE stamp = ?", &stmt, err);

    if (st)
        return st;
    sqlite3_bind_int64(stmt, 1, (sqlite3_int64)c->stamp);
    st = step_done(c, stmt, "take back a record", err);
    if (!st)
        st = jemput_capture_statement(c, CAPTURE_BEFORE_DROP, "DELETE FROM main.jemput_before WHERE stamp = ?", &stmt, err);
    if (st)
        return st;
    sqlite3_bind_int64(stmt, 1, (sqlite3_int64)c->stamp);
    return step_done(c, stmt, "take back values", err);
}

/* Does merging hold several values of the row, or will it once a transaction is sealed that edited the row under a token, or inserted it over one
 * that is held or is not there yet? */
static enum jemput_status row_in_conflict(struct jemput_capture *c, const struct jemput_touch *touch, bool *out, struct jemput_error *err)
{
    sqlite3_stmt *stmt;
    enum jemput_status st =
        jemput_capture_statement(c, CAPTURE_CONFLICT,
                                 "SELECT 1 FROM main.jemput_row WHERE tbl = ?1 AND key = ?2 AND state & 23 "
                                 "UNION ALL SELECT 1 FROM main.jemput_before WHERE tbl = ?1 AND key = ?2 LIMIT 1",
                                 &stmt, err);
    int rc;

    if (st)
        return st;
    sqlite3_bind_int64(stmt, 1, touch->table);
    sqlite3_bind_blob64(stmt, 2, touch->key.data, touch->key.len, SQLITE_STATIC);
    rc = sqlite3_step(stmt);
    *out = rc == SQLITE_ROW;
    sqlite3_reset(stmt);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? JEMPUT_OK : jemput_sqlite_fail(c->db, rc, err, "look for a conflict");
}

/* The app may load rows in any order with them off; then nobody else looks for rows whose parent was given other values. */
static bool foreign_keys_off(const struct jemput_capture *c)
{
    int on = 1;

    return sqlite3_db_config(c->db, SQLITE_DBCONFIG_ENABLE_FKEY, -1, &on) == SQLITE_OK && !on;
}

static enum jemput_status before_wanted(struct jemput_capture *c, const struct jemput_touch *touch, const struct jemput_change *change, bool *out,
                                        struct jemput_error *err)
{
    const struct jemput_table *table = &c->tables[touch->table - 1]->shape;

    *out = touch->present && (change->op == JEMPUT_OP_DELETE || c->under || table->merges_values || foreign_keys_off(c));
    return touch->present && !*out && table->has_identity ? row_in_conflict(c, touch, out, err) : JEMPUT_OK;
}

/* What merging may need again of values that this transaction takes out of the tables: of deleted rows, whose change carries none; of rows edited
 * under a token, whose values stay siblings (own.c); of rows with counters or facts, which go on from the values that were there; of rows
 * whose table has identity columns and that are, or will be, in conflict, of which only the shown value is replaced (prepare.c); and of all rows
 * while foreign keys are off (constraint/own_orphan.c). An ordinary edit of other rows had seen what it replaces. */
static enum jemput_status before_write(struct jemput_capture *c, const struct jemput_txn *txn, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    c->record.max = JEMPUT_ROW_BYTES_MAX; /* a row may have grown beyond what one transaction can write */
    for (uint32_t i = 0; !st && i < txn->change_count; i++) {
        const struct jemput_touch *touch = c->changed[i];
        sqlite3_stmt *stmt;
        bool wanted;

        st = before_wanted(c, touch, &txn->changes[i], &wanted, err);
        if (st || !wanted)
            continue;
        jemput_buf_clear(&c->record);
        for (uint16_t k = 0; k < touch->value_count; k++)
            jemput_value_write(&c->record, &touch->before[k]);
        st = jemput_buf_check(&c->record, "values before", err);
        if (!st)
            st = jemput_capture_statement(c, CAPTURE_BEFORE_NEW, "INSERT INTO main.jemput_before(stamp, tbl, key, row) VALUES(?1, ?2, ?3, ?4)", &stmt,
                                          err);
        if (st)
            return st;
        sqlite3_bind_int64(stmt, 1, (sqlite3_int64)c->stamp);
        sqlite3_bind_int64(stmt, 2, touch->table);
        sqlite3_bind_blob64(stmt, 3, touch->key.data, touch->key.len, SQLITE_STATIC);
        sqlite3_bind_blob64(stmt, 4, c->record.len ? (const void *)c->record.data : "", c->record.len, SQLITE_STATIC);
        st = step_done(c, stmt, "keep values", err);
    }
    return st;
}

static enum jemput_status pending_write(struct jemput_capture *c, uint32_t change_count, struct jemput_error *err)
{
    int64_t run = c->run_new ? c->run_new : c->run;
    sqlite3_stmt *stmt;
    enum jemput_status st = jemput_capture_statement(c, CAPTURE_PENDING_NEW,
                                                     "INSERT INTO main.jemput_pending(stamp, context, changes, run, run_next, record) "
                                                     "VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
                                                     &stmt, err);

    if (st)
        return st;
    sqlite3_bind_int64(stmt, 1, (sqlite3_int64)c->stamp);
    sqlite3_bind_int64(stmt, 2, c->under ? c->under : c->frontier);
    sqlite3_bind_int64(stmt, 3, change_count);
    if (run) {
        sqlite3_bind_int64(stmt, 4, run);
        sqlite3_bind_int64(stmt, 5, (sqlite3_int64)c->id_next);
    }
    sqlite3_bind_blob64(stmt, 6, c->record.data, c->record.len, SQLITE_STATIC);
    return step_done(c, stmt, "write the record", err);
}

static enum jemput_status txn_encode(struct jemput_capture *c, struct jemput_txn *txn, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    txn->stamp = c->stamp;
    txn->boot_id = c->boot_id;
    txn->monotonic_ms = c->env->monotonic_ms(c->env);
    txn->note = jemput_bytes_of(c->note, c->note_len);
    jemput_buf_clear(&c->record);
    c->record.max = JEMPUT_TXN_BYTES_MAX;
    jemput_txn_write(&c->record, txn);
    if (c->record.failed == JEMPUT_LIMIT || jemput_txn_weight(txn) > JEMPUT_TXN_WEIGHT_MAX)
        st = jemput_fail(err, JEMPUT_LIMIT,
                         "the transaction is too large (%u changes; at most %d bytes, and %d cells): commit in smaller parts, "
                         "and keep photos and other files as attachments",
                         (unsigned)txn->change_count, JEMPUT_TXN_BYTES_MAX, JEMPUT_TXN_WEIGHT_MAX);
    return st ? st : jemput_buf_check(&c->record, "record", err);
}

enum jemput_status jemput_capture_record_write(struct jemput_capture *c, struct jemput_error *err)
{
    struct jemput_txn txn = { 0 };
    enum jemput_status st = null_keys_check(c, err);

    if (!st && c->stamp)
        st = pending_drop(c, err); /* a COMMIT was tried before; savepoints may have taken its record back already */
    if (!st && c->touch_count)
        st = file_look(c, err);
    if (!st && c->touch_count)
        st = changes_make(c, &txn, err);
    if (st || !txn.change_count)
        return st;
    st = triggers_check(c, err);
    if (!st)
        st = policy_check(c, &txn, err);
    if (!st)
        st = stamp_make(c, err);
    if (!st)
        st = txn_encode(c, &txn, err);
    if (!st)
        st = run_write(c, err);
    if (!st)
        st = pending_write(c, txn.change_count, err);
    return st ? st : before_write(c, &txn, err);
}
