/* store/feed/moved.c — which tables the transaction under way has moved, and telling it. See moved.h. */
#include "store/feed/moved.h"

#include <string.h>

#include "store/capture/capture.h"
#include "store/file/app_fail.h"

#define CHECKPOINT_PAGES 1000 /* what SQLite does by itself when nobody has taken its hook */

/* --- tables by name --- */

static bool is_ours(const char *name)
{
    return sqlite3_strnicmp(name, "jemput_", 7) == 0 || sqlite3_strnicmp(name, "sqlite_", 7) == 0;
}

static bool room_make(struct jemput_moved *m)
{
    unsigned room = m->room ? m->room * 2 : 16;
    struct jemput_moved_table *tables;
    const char **names;

    if (m->count < m->room)
        return true;
    tables = jemput_realloc(m->tables, room * sizeof *tables);
    if (!tables)
        return false;
    m->tables = tables;
    names = jemput_realloc(m->names, room * sizeof *names);
    if (!names)
        return false;
    m->names = names;
    m->room = room;
    return true;
}

/* NULL = no memory: then all may have moved. */
static struct jemput_moved_table *table_of(struct jemput_moved *m, const char *name)
{
    struct jemput_moved_table *t = m->last < m->count ? &m->tables[m->last] : NULL;

    if (t && strcmp(t->name, name) == 0) /* one statement moves many rows of a table */
        return t;
    for (unsigned i = 0; i < m->count; i++) {
        if (sqlite3_stricmp(m->tables[i].name, name) == 0) {
            m->last = i;
            return &m->tables[i];
        }
    }
    if (room_make(m)) {
        t = &m->tables[m->count];
        *t = (struct jemput_moved_table){ .name = jemput_strdup(name) };
        m->last = m->count;
        if (t->name)
            return &m->tables[m->count++];
    }
    m->all = true;
    return NULL;
}

void jemput_moved_note(struct jemput_moved *m, const char *table)
{
    struct jemput_moved_table *t = m->each && !is_ours(table) ? table_of(m, table) : NULL;

    if (t)
        t->moved = true;
}

void jemput_moved_all(struct jemput_moved *m)
{
    m->all = true;
}

void jemput_moved_written(struct jemput_moved *m, const char *table)
{
    struct jemput_moved_table *t;

    if (!m->each || is_ours(table))
        return;
    t = table_of(m, table);
    if (t)
        t->written = JEMPUT_WRITTEN_UNASKED;
    else
        m->blind = true;
}

void jemput_moved_read(struct jemput_moved *m, const char *table)
{
    table_of(m, table);
}

void jemput_moved_forget(struct jemput_moved *m)
{
    for (unsigned i = 0; i < m->count; i++)
        m->tables[i].moved = false;
    m->all = m->local = false;
}

void jemput_moved_release(struct jemput_moved *m)
{
    for (unsigned i = 0; i < m->count; i++)
        jemput_free(m->tables[i].name);
    jemput_free(m->tables);
    jemput_free(m->names);
    *m = (struct jemput_moved){ 0 };
}

/* --- telling --- */

/* What merged rows' triggers may have written: they are the app's, and write what is not replicated. */
static void local_note(struct jemput_moved *m, sqlite3 *db)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(db,
                                "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'virtual') AND "
                                "name NOT IN (SELECT name FROM main.jemput_table)",
                                -1, &stmt, NULL);

    while (rc == SQLITE_OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(stmt, 0);

        if (name)
            jemput_moved_note(m, name);
        else
            m->all = true;
        rc = SQLITE_OK;
    }
    if (rc != SQLITE_DONE)
        m->all = true;
    sqlite3_finalize(stmt);
}

void jemput_moved_tell(struct jemput_moved *m, sqlite3 *db, int merged)
{
    struct jemput_changed changed = { .merged = merged };

    if (!m->each)
        return;
    if (m->local)
        local_note(m, db);
    for (unsigned i = 0; i < m->count; i++) {
        const struct jemput_moved_table *t = &m->tables[i];

        if (t->moved || t->written == JEMPUT_WRITTEN_SILENTLY)
            m->names[changed.table_count++] = t->name;
    }
    changed.all = m->all || m->blind;
    changed.tables = m->names;
    if (changed.all)
        changed.table_count = 0;
    jemput_moved_forget(m);
    m->each(m->ctx, &changed);
}

/* --- the app's connection: its hooks --- */

static void app_row(void *ctx, int op, const char *database, const char *table, sqlite3_int64 rowid)
{
    struct jemput_capture *c = ctx;

    (void)op, (void)rowid;
    if (strcmp(database, "main") == 0)
        jemput_moved_note(&c->moved, table);
}

static void app_rolled_back(void *ctx)
{
    jemput_moved_forget(&((struct jemput_capture *)ctx)->moved);
}

/* Of the tables for which statements were prepared meanwhile: would the update hook tell? */
static void written_ask(struct jemput_capture *c)
{
    struct jemput_moved *m = &c->moved;
    struct jemput_error ignored;
    sqlite3_stmt *stmt;

    for (unsigned i = 0; i < m->count; i++) {
        struct jemput_moved_table *t = &m->tables[i];
        int rc;

        if (t->written != JEMPUT_WRITTEN_UNASKED)
            continue;
        if (jemput_capture_statement(c, CAPTURE_SILENT,
                                     "SELECT (wr AND name NOT IN (SELECT name FROM main.jemput_table)) OR type = 'virtual' "
                                     "FROM pragma_table_list(?1) WHERE schema = 'main'",
                                     &stmt, &ignored)) {
            m->all = true;
            return;
        }
        sqlite3_bind_text(stmt, 1, t->name, -1, SQLITE_STATIC);
        rc = sqlite3_step(stmt);
        if (rc == SQLITE_ROW)
            t->written = sqlite3_column_int(stmt, 0) ? JEMPUT_WRITTEN_SILENTLY : JEMPUT_WRITTEN_TOLD;
        else if (rc == SQLITE_DONE)
            t->written = JEMPUT_WRITTEN_NOT; /* it is gone */
        else
            m->all = true;
        sqlite3_reset(stmt);
    }
}

static int app_committed(void *ctx, sqlite3 *db, const char *name, int pages)
{
    struct jemput_capture *c = ctx;

    if (strcmp(name, "main") == 0) {
        c->internal++;
        written_ask(c);
        c->internal--;
        jemput_moved_tell(&c->moved, db, 0);
    }
    if (pages >= CHECKPOINT_PAGES)
        sqlite3_wal_checkpoint_v2(db, name, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL); /* if it fails, the next one does it */
    return SQLITE_OK;
}

void jemput_store_observe(struct jemput_store *store, jemput_changed_cb each, void *ctx)
{
    struct jemput_capture *c = store->app_capture;

    jemput_moved_release(&c->moved);
    jemput_moved_release(&store->moved);
    store->moved.each = c->moved.each = each;
    store->moved.ctx = c->moved.ctx = ctx;
    sqlite3_update_hook(store->app, each ? app_row : NULL, c);
    sqlite3_rollback_hook(store->app, each ? app_rolled_back : NULL, c);
    if (each)
        sqlite3_wal_hook(store->app, app_committed, c);
    else
        sqlite3_wal_autocheckpoint(store->app, CHECKPOINT_PAGES);
    sqlite3_set_authorizer(store->app, jemput_guard, c); /* statements that are there are prepared anew, so that it sees what they write */
}

/* --- what a statement reads --- */

static enum jemput_status one_statement(struct jemput_store *store, const char *sql, struct jemput_error *err)
{
    sqlite3 *db = store->app;
    sqlite3_stmt *stmt = NULL, *more = NULL;
    int rc = sqlite3_prepare_v2(db, sql, -1, &stmt, &sql), rest = SQLITE_OK;
    enum jemput_status st = JEMPUT_OK;

    if (rc != SQLITE_OK)
        st = jemput_store_app_fail(store, rc, err);
    else if (!stmt)
        st = jemput_fail(err, JEMPUT_MISUSE, "there is no SQL statement");
    else
        rest = sqlite3_prepare_v2(db, sql, -1, &more, NULL);
    if (!st && (rest & 0xff) == SQLITE_NOMEM)
        st = jemput_store_app_fail(store, rest, err);
    else if (!st && (more || rest != SQLITE_OK))
        st = jemput_fail(err, JEMPUT_MISUSE, "it is more than one SQL statement");
    sqlite3_finalize(more);
    sqlite3_finalize(stmt);
    return st;
}

/* Where no column is read, SQLite names a table as the statement does. */
static enum jemput_status names_spell(struct jemput_capture *c, struct jemput_moved *reads, struct jemput_error *err)
{
    sqlite3_stmt *stmt = NULL;
    enum jemput_status st;

    c->internal++;
    st = jemput_sqlite_prepare(&stmt, c->db, "SELECT name FROM pragma_table_list(?1) WHERE schema = 'main'", 0, err);
    for (unsigned i = 0; !st && i < reads->count; i++) {
        char *name = reads->tables[i].name;
        int rc;

        sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
        rc = sqlite3_step(stmt);
        if (rc == SQLITE_ROW) /* as long as before: the same but for small and capital letters */
            memcpy(name, sqlite3_column_text(stmt, 0), strlen(name));
        else if (rc != SQLITE_DONE)
            st = jemput_sqlite_fail(c->db, rc, err, "read the list of tables");
        sqlite3_reset(stmt);
    }
    sqlite3_finalize(stmt);
    c->internal--;
    return st;
}

enum jemput_status jemput_store_tables_read(struct jemput_store *store, const char *sql, int (*each)(void *ctx, const char *table), void *ctx,
                                            struct jemput_error *err)
{
    struct jemput_capture *c = store->app_capture;
    struct jemput_moved reads = { 0 };
    enum jemput_status st;

    c->reads = &reads;
    st = one_statement(store, sql, err);
    c->reads = NULL;
    if (!st && reads.all)
        st = jemput_fail(err, JEMPUT_NOMEM, "no memory for a table's name");
    if (!st)
        st = names_spell(c, &reads, err);
    for (unsigned i = 0; !st && i < reads.count; i++)
        if (each(ctx, reads.tables[i].name))
            break;
    jemput_moved_release(&reads);
    return st;
}
