/* store/capture/capture.c — the virtual table module: what triggers say, and the transaction's life. Touched keys: touch.c; the record: record.c. */
#include "store/capture/capture.h"

#include <stdlib.h>
#include <string.h>

#define KEY_SCRATCH_BYTES_MAX (2 * JEMPUT_KEY_BYTES_MAX)

#define EXTRA_MAX 1900 /* above any number that vtab_declare is told otherwise, and within what SQLite allows */

struct capture_vtab {
    sqlite3_vtab base; /* SQLite's part; first */
    struct jemput_capture *capture;
    uint32_t table;    /* 0 = the enlisting one */
    uint64_t synced;   /* round of the last xSync */
};

/* --- tables --- */

static void table_free(struct jemput_capture_table *t)
{
    if (!t)
        return;
    for (uint16_t i = 0; i < t->unique_count; i++)
        sqlite3_finalize(t->uniques[i].find);
    sqlite3_finalize(t->read);
    jemput_arena_release(&t->arena);
    jemput_free(t);
}

/* SELECT carried columns FROM table WHERE key = ? */
static enum jemput_status table_prepare_read(struct jemput_capture *c, struct jemput_capture_table *t, struct jemput_error *err)
{
    struct jemput_buf sql = JEMPUT_BUF_INIT(JEMPUT_SCHEMA_BYTES_MAX);
    enum jemput_status st;

    jemput_buf_append_str(&sql, t->carried_count ? "SELECT " : "SELECT 1");
    for (uint16_t i = 0; i < t->carried_count; i++) {
        if (i)
            jemput_buf_append_str(&sql, ", ");
        jemput_buf_identifier(&sql, t->shape.columns[t->carried[i]].name);
    }
    jemput_buf_append_str(&sql, " FROM main.");
    jemput_buf_identifier(&sql, t->shape.name);
    for (uint8_t i = 0; i < t->shape.key_count; i++) {
        jemput_buf_append_str(&sql, i ? " AND " : " WHERE ");
        jemput_buf_identifier(&sql, t->shape.columns[t->shape.key_columns[i]].name);
        jemput_buf_append_str(&sql, " = ?");
    }
    st = jemput_sqlite_prepare_buf(&t->read, c->db, &sql, SQLITE_PREPARE_PERSISTENT, err);
    jemput_buf_release(&sql);
    return st;
}

static enum jemput_status table_carried(struct jemput_capture_table *t, struct jemput_error *err)
{
    t->carried = jemput_arena_array(&t->arena, t->shape.column_count, sizeof *t->carried);
    t->group_changed = jemput_arena_array(&t->arena, t->shape.group_count, sizeof *t->group_changed);
    if (!t->carried || !t->group_changed)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a table");
    for (uint16_t i = 0; i < t->shape.column_count; i++)
        if (t->shape.columns[i].group != JEMPUT_GROUP_NONE)
            t->carried[t->carried_count++] = i;
    return JEMPUT_OK;
}

static enum jemput_status tables_room(struct jemput_capture *c, uint32_t id, struct jemput_error *err)
{
    struct jemput_capture_table **tables;

    if (id <= c->table_count)
        return JEMPUT_OK;
    tables = jemput_realloc(c->tables, (size_t)id * sizeof *tables);
    if (!tables)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for tables");
    memset(tables + c->table_count, 0, (id - c->table_count) * sizeof *tables);
    c->tables = tables;
    c->table_count = id;
    return JEMPUT_OK;
}

enum jemput_status jemput_capture_load(struct jemput_capture *c, uint32_t id, struct jemput_error *err)
{
    struct jemput_capture_table *t = jemput_alloc_zero(1, sizeof *t);
    enum jemput_status st = t ? JEMPUT_OK : jemput_fail(err, JEMPUT_NOMEM, "no memory for a table");

    c->internal++;
    if (!st)
        st = jemput_table_find(&t->shape, &t->declared, c->db, id, &t->arena, err);
    if (!st)
        st = table_carried(t, err);
    if (!st)
        st = jemput_uniques_read(t, &t->arena, err);
    if (!st) {
        unsigned update = t->shape.key_count + t->term_count;

        t->extra_count = update > t->carried_count ? update : t->carried_count;
        st = table_prepare_read(c, t, err);
    }
    if (!st)
        st = tables_room(c, id, err);
    if (!st) {
        if (c->tables[id - 1]) {
            t->null_key = c->tables[id - 1]->null_key;
            t->new_here = c->tables[id - 1]->new_here;
        }
        table_free(c->tables[id - 1]);
        c->tables[id - 1] = t;
        t = NULL;
    }
    table_free(t);
    c->internal--;
    return st;
}

void jemput_capture_unload(struct jemput_capture *c, uint32_t id)
{
    for (uint32_t i = 0; i < c->touch_count; i++)
        if (c->touches[i].table == id)
            c->touches[i].table = 0;
    if (id > c->table_count)
        return;
    table_free(c->tables[id - 1]);
    c->tables[id - 1] = NULL;
}

static struct jemput_capture_table *capture_table(struct jemput_capture *c, uint32_t id)
{
    return id >= 1 && id <= c->table_count ? c->tables[id - 1] : NULL;
}

static void transaction_end(struct jemput_capture *c, bool committed)
{
    bool looked = c->stamp != 0; /* a record was written, under what the file said then */

    if (committed && c->run_new)
        c->run = c->run_new;
    c->run_new = 0;
    if (committed && c->stamp)
        c->last_stamp = c->stamp;
    c->stamp = 0;
    /* Without a look the version must stay the old one: other connections may have moved what is known since. */
    if (!committed || (looked && sqlite3_file_control(c->db, "main", SQLITE_FCNTL_DATA_VERSION, &c->version) != SQLITE_OK))
        c->known = false;
    c->note_len = 0;
    c->under = 0;
    jemput_touches_clear(c);
}

/* --- the virtual table module --- */

static void vtab_error(sqlite3_vtab *v, const struct jemput_error *err)
{
    sqlite3_free(v->zErrMsg);
    v->zErrMsg = sqlite3_mprintf("jemput: %s", err->text); /* NULL when out of memory: then the code alone speaks */
}

/* op, a1…: the key; x1…: what op brings (see trigger_says) */
static enum jemput_status vtab_declare(struct jemput_capture *c, unsigned key_count, unsigned extra_count, struct jemput_error *err)
{
    struct jemput_buf sql = JEMPUT_BUF_INIT(JEMPUT_SCHEMA_BYTES_MAX);
    enum jemput_status st;
    int rc = SQLITE_OK;

    jemput_buf_append_str(&sql, "CREATE TABLE x(op");
    for (unsigned i = 0; i < key_count; i++)
        jemput_buf_printf(&sql, ", a%u", i + 1);
    for (unsigned i = 0; i < extra_count; i++)
        jemput_buf_printf(&sql, ", x%u", i + 1);
    jemput_buf_append(&sql, ")", 2);
    st = jemput_buf_check(&sql, "virtual table", err);
    if (!st)
        rc = sqlite3_declare_vtab(c->db, (const char *)sql.data);
    jemput_buf_release(&sql);
    return rc == SQLITE_OK ? st : jemput_sqlite_fail(c->db, rc, err, "declare a virtual table");
}

/* Another connection may have changed the schema since this one read it. SQLite learns that when it begins to run a statement, and prepares that
 * anew; but what is asked here, while it prepares one, is told so first and cannot be answered. Then any columns will do: they are never written. */
static enum jemput_status vtab_load(struct jemput_capture *c, uint32_t table, struct jemput_error *err)
{
    enum jemput_status st = jemput_capture_load(c, table, err);
    const struct jemput_capture_table *t = st ? NULL : capture_table(c, table);

    if (t)
        return vtab_declare(c, t->shape.key_count, t->extra_count, err);
    return st && sqlite3_errcode(c->db) == SQLITE_SCHEMA ? vtab_declare(c, JEMPUT_KEY_COLUMNS_MAX, EXTRA_MAX, err) : st;
}

/* argv[1]: the database; argv[3]: the table's number, or 0 for the one that only takes part in transactions. Numbers are those of the main database:
 * what is written into a second store that is only attached would be captured nowhere. */
static int vtab_connect(sqlite3 *db, void *aux, int argc, const char *const *argv, sqlite3_vtab **out, char **message)
{
    struct jemput_capture *c = aux;
    struct capture_vtab *v = NULL;
    struct jemput_error err;
    long table = argc == 4 ? strtol(argv[3], NULL, 10) : -1;
    enum jemput_status st = JEMPUT_OK;

    if (table < 0 || table > INT32_MAX)
        st = jemput_fail(&err, JEMPUT_CORRUPT, "a capturing table without a number");
    if (!st && sqlite3_stricmp(argv[1], table ? "main" : "temp") != 0)
        st = jemput_fail(&err, JEMPUT_DENIED, "this store is attached: open it by itself to write into it");
    if (!st)
        st = table ? vtab_load(c, (uint32_t)table, &err) : vtab_declare(c, 0, 0, &err);
    if (!st) {
        sqlite3_vtab_config(db, SQLITE_VTAB_INNOCUOUS);
        v = jemput_alloc_zero(1, sizeof *v);
        if (!v)
            st = jemput_fail(&err, JEMPUT_NOMEM, "no memory for a virtual table");
    }
    if (st) {
        *message = sqlite3_mprintf("jemput: %s", err.text);
        return jemput_sqlite_code(st);
    }
    v->capture = c;
    v->table = (uint32_t)table;
    *out = &v->base;
    return SQLITE_OK;
}

static int vtab_disconnect(sqlite3_vtab *v)
{
    jemput_free(v);
    return SQLITE_OK;
}

/* Read as an empty table. */
static int vtab_best_index(sqlite3_vtab *v, sqlite3_index_info *info)
{
    (void)v;
    info->estimatedCost = 1;
    info->estimatedRows = 0;
    return SQLITE_OK;
}

static int vtab_open(sqlite3_vtab *v, sqlite3_vtab_cursor **out)
{
    (void)v;
    *out = jemput_alloc_zero(1, sizeof **out);
    return *out ? SQLITE_OK : SQLITE_NOMEM;
}

static int vtab_close(sqlite3_vtab_cursor *cursor)
{
    jemput_free(cursor);
    return SQLITE_OK;
}

static int vtab_filter(sqlite3_vtab_cursor *cursor, int number, const char *text, int argc, sqlite3_value **argv)
{
    (void)cursor, (void)number, (void)text, (void)argc, (void)argv;
    return SQLITE_OK;
}

static int vtab_next(sqlite3_vtab_cursor *cursor)
{
    (void)cursor;
    return SQLITE_OK;
}

static int vtab_eof(sqlite3_vtab_cursor *cursor)
{
    (void)cursor;
    return 1;
}

static int vtab_column(sqlite3_vtab_cursor *cursor, sqlite3_context *context, int column)
{
    (void)cursor, (void)context, (void)column;
    return SQLITE_OK;
}

static int vtab_rowid(sqlite3_vtab_cursor *cursor, sqlite3_int64 *out)
{
    (void)cursor;
    *out = 0;
    return SQLITE_OK;
}

/* --- what the triggers say --- */

/* The key in `argv`; *null = it holds a NULL. */
static enum jemput_status key_values(const struct jemput_capture_table *t, sqlite3_value **argv, struct jemput_value *out, bool *null,
                                     struct jemput_error *err)
{
    *null = false;
    for (uint8_t i = 0; i < t->shape.key_count; i++) {
        if (!jemput_value_from_sql(&out[i], argv[i]))
            return jemput_fail(err, JEMPUT_NOMEM, "no memory for a key");
        *null = *null || out[i].type == JEMPUT_NULL;
    }
    return JEMPUT_OK;
}

/* SQLite either refuses a NULL in a key by itself, or stores it (COMMIT refuses it then), or puts in a value that no trigger gets to see. */
static enum jemput_status null_key_note(struct jemput_capture_table *t, bool replace, struct jemput_error *err)
{
    if (replace && t->key_has_default)
        return jemput_fail(err, JEMPUT_DENIED, "table '%s': REPLACE with a NULL in the primary key: leave the column out, or give the key",
                           t->shape.name);
    t->null_key = true;
    return JEMPUT_OK;
}

static enum jemput_status key_touch(struct jemput_capture *c, struct jemput_capture_table *t, sqlite3_value **argv, enum jemput_capture_op op,
                                    bool incoming, bool replace, struct jemput_error *err)
{
    struct jemput_value key[JEMPUT_KEY_COLUMNS_MAX];
    bool null;
    enum jemput_status st = key_values(t, argv, key, &null, err);

    if (st)
        return st;
    if (null)
        return incoming ? null_key_note(t, replace, err) : JEMPUT_OK; /* an old row with a NULL: never replicated */
    st = incoming ? jemput_capture_key_check(t, key, err) : JEMPUT_OK;
    if (st)
        return st;
    if (incoming && t->key_is_rowid && key[0].type == JEMPUT_INTEGER && key[0].integer == -1) /* what BEFORE INSERT shows for "no rowid yet" */
        return jemput_fail(err, JEMPUT_DENIED, "table '%s' has key=app: the app must give the key (other than -1)", t->shape.name);
    return jemput_capture_touch(c, t, key, op, err);
}

static enum jemput_status key_inserted(struct jemput_capture *c, struct jemput_capture_table *t, sqlite3_value **argv, struct jemput_error *err)
{
    struct jemput_value key[JEMPUT_KEY_COLUMNS_MAX];
    bool null;
    enum jemput_status st = key_values(t, argv, key, &null, err);

    return st || null ? st : jemput_capture_inserted(c, t, key, argv + t->shape.key_count, err);
}

static bool same_key(const struct jemput_capture_table *t, sqlite3_value **a, sqlite3_value **b)
{
    for (uint8_t i = 0; i < t->shape.key_count; i++) {
        struct jemput_value va, vb;

        if (!jemput_value_from_sql(&va, a[i]) || !jemput_value_from_sql(&vb, b[i]) || !jemput_value_equal(&va, &vb))
            return false;
    }
    return true;
}

/* BEFORE INSERT: key, terms of UNIQUE indexes; BEFORE UPDATE: old key, new key, terms; BEFORE DELETE: key; AFTER INSERT: key, carried columns. Terms
 * that are computed: by a CAPTURE_REPLACE of their own behind the first two. */
static enum jemput_status trigger_says(struct jemput_capture *c, struct jemput_capture_table *t, sqlite3_value **argv, struct jemput_error *err)
{
    enum jemput_capture_op op = (enum jemput_capture_op)sqlite3_value_int(argv[0]);
    sqlite3_value **key = argv + 1, **extra = key + t->shape.key_count;
    bool replace = t->replaces || sqlite3_vtab_on_conflict(c->db) == SQLITE_REPLACE;
    enum jemput_status st;

    if (op == CAPTURE_INSERTED)
        return key_inserted(c, t, key, err);
    if (op == CAPTURE_REPLACE)
        return jemput_victims_touch(c, t, extra, err);
    st = key_touch(c, t, key, op, op == CAPTURE_INSERT, replace, err);
    if (!st && op == CAPTURE_UPDATE && !same_key(t, key, extra))
        st = key_touch(c, t, extra, op, true, replace, err);
    c->replacing = op != CAPTURE_DELETE && replace && t->unique_count;
    if (!st && c->replacing && !t->computes_terms)
        st = jemput_victims_touch(c, t, op == CAPTURE_UPDATE ? extra + t->shape.key_count : extra, err);
    return st;
}

static int vtab_update(sqlite3_vtab *base, int argc, sqlite3_value **argv, sqlite3_int64 *rowid)
{
    struct capture_vtab *v = (struct capture_vtab *)base;
    struct jemput_capture *c = v->capture;
    struct jemput_capture_table *t = capture_table(c, v->table);
    struct jemput_error err;
    enum jemput_status st = JEMPUT_OK;

    *rowid = 0;
    if (argc < 2 || sqlite3_value_type(argv[0]) != SQLITE_NULL)
        return SQLITE_READONLY;
    if (!v->table)
        return SQLITE_OK;
    if (!c->captures || !t || (unsigned)argc != 3 + t->shape.key_count + t->extra_count)
        st = jemput_fail(&err, JEMPUT_MISUSE, "this connection does not capture: write through the app's connection");
    c->internal++;
    if (!st)
        st = trigger_says(c, t, argv + 2, &err);
    if (!st && t->shape.without_rowid)
        jemput_moved_note(&c->moved, t->shape.name);
    c->internal--;
    if (st)
        vtab_error(base, &err);
    return jemput_sqlite_code(st);
}

/* --- transactions --- */

static int vtab_begin(sqlite3_vtab *v)
{
    (void)v; /* only so that SQLite tells the end */
    return SQLITE_OK;
}

/* Before COMMIT is durable; it may still fail afterwards, and be tried again without a rollback (BUSY): then this table, which is the first in
 * SQLite's list as before, comes a second time, and that begins a new round. */
static int vtab_sync(sqlite3_vtab *base)
{
    struct capture_vtab *v = (struct capture_vtab *)base;
    struct jemput_capture *c = v->capture;
    struct jemput_traces traces;
    struct jemput_error err;
    enum jemput_status st;

    if (!c->captures)
        return SQLITE_OK;
    if (v->synced == c->round)
        c->round++;
    v->synced = c->round;
    if (c->written_round == c->round)
        return SQLITE_OK;
    traces = jemput_traces_take(c->db);
    c->internal++;
    st = jemput_capture_record_write(c, &err);
    c->internal--;
    jemput_traces_restore(c, traces);
    if (st) {
        vtab_error(base, &err);
        return jemput_sqlite_code(st);
    }
    c->written_round = c->round;
    return SQLITE_OK;
}

static int vtab_commit(sqlite3_vtab *base)
{
    struct jemput_capture *c = ((struct capture_vtab *)base)->capture;

    if (c->captures && c->written_round == c->round) { /* the first of the tables */
        transaction_end(c, true);
        c->round++;
    }
    return SQLITE_OK;
}

static int vtab_rollback(sqlite3_vtab *base)
{
    struct jemput_capture *c = ((struct capture_vtab *)base)->capture;

    if (c->captures) {
        transaction_end(c, false);
        c->round++;
    }
    return SQLITE_OK;
}

static int vtab_savepoint(sqlite3_vtab *v, int savepoint)
{
    (void)v, (void)savepoint;
    return SQLITE_OK;
}

static int vtab_rollback_to(sqlite3_vtab *base, int savepoint)
{
    (void)savepoint;
    ((struct capture_vtab *)base)->capture->undo_count++;
    return SQLITE_OK;
}

static const sqlite3_module capture_module = {
    .iVersion = 2,
    .xCreate = vtab_connect,
    .xConnect = vtab_connect,
    .xBestIndex = vtab_best_index,
    .xDisconnect = vtab_disconnect,
    .xDestroy = vtab_disconnect,
    .xOpen = vtab_open,
    .xClose = vtab_close,
    .xFilter = vtab_filter,
    .xNext = vtab_next,
    .xEof = vtab_eof,
    .xColumn = vtab_column,
    .xRowid = vtab_rowid,
    .xUpdate = vtab_update,
    .xBegin = vtab_begin,
    .xSync = vtab_sync,
    .xCommit = vtab_commit,
    .xRollback = vtab_rollback,
    .xSavepoint = vtab_savepoint,
    .xRelease = vtab_savepoint,
    .xRollbackTo = vtab_rollback_to,
};

/* --- life --- */

void jemput_capture_end_statements(struct jemput_capture *c)
{
    for (uint32_t i = 0; i < c->table_count; i++) {
        table_free(c->tables[i]);
        c->tables[i] = NULL;
    }
    for (unsigned i = 0; i < CAPTURE_STATEMENTS; i++) {
        sqlite3_finalize(c->statements[i]);
        c->statements[i] = NULL;
    }
}

static void capture_free(void *capture)
{
    struct jemput_capture *c = capture;

    jemput_capture_end_statements(c);
    jemput_free(c->tables);
    jemput_free(c->touches);
    jemput_free(c->slots);
    jemput_arena_release(&c->arena);
    jemput_buf_release(&c->key);
    jemput_buf_release(&c->scope);
    jemput_arena_release(&c->policy.arena);
    jemput_buf_release(&c->record);
    jemput_moved_release(&c->moved);
    jemput_free(c);
}

enum jemput_status jemput_capture_register(struct jemput_capture **out, sqlite3 *db, struct jemput_error *err)
{
    struct jemput_capture *c = jemput_alloc_zero(1, sizeof *c);
    int rc;

    if (!c)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for capturing");
    c->db = db;
    c->round = 1;
    c->key.max = KEY_SCRATCH_BYTES_MAX;
    c->record.max = JEMPUT_TXN_BYTES_MAX;
    rc = sqlite3_create_module_v2(db, JEMPUT_CAPTURE_MODULE, &capture_module, c, capture_free); /* frees it also when it fails */
    if (rc != SQLITE_OK)
        return jemput_sqlite_fail(db, rc, err, "register capturing");
    *out = c;
    return JEMPUT_OK;
}
