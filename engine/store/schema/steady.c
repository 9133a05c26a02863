/* store/schema/steady.c — CHECKs that would come to something else elsewhere: see steady.h. */
#include "store/schema/steady.h"

#include "store/sql/text.h"

#define TOLD 64 /* bytes of an expression */

static bool is_clock(const struct sql_token *t)
{
    return sql_is_word(t, "CURRENT_TIME") || sql_is_word(t, "CURRENT_DATE") || sql_is_word(t, "CURRENT_TIMESTAMP");
}

/* A function of this name of which SQLite knows that equal arguments may come to something else; what is no function is none of those. */
static enum jemput_status is_fickle(sqlite3_stmt *functions, const struct sql_token *name, bool *out, struct jemput_error *err)
{
    struct jemput_bytes plain = sql_unquoted(name);
    int rc;

    sqlite3_bind_text64(functions, 1, (const char *)plain.data, plain.len, SQLITE_STATIC, SQLITE_UTF8);
    rc = sqlite3_step(functions);
    *out = rc == SQLITE_ROW && sqlite3_column_int(functions, 0);
    sqlite3_reset(functions);
    return rc == SQLITE_ROW ? JEMPUT_OK : jemput_sqlite_fail(sqlite3_db_handle(functions), rc, err, "look a function up");
}

/* name.kind SQL_END: the CHECK has no name. */
static enum jemput_status check_look(sqlite3_stmt *functions, const char *table, struct sql_scan expression, const struct sql_token *name,
                                     struct jemput_error *err)
{
    struct jemput_bytes told = name->kind == SQL_END ? sql_trimmed(expression) : sql_unquoted(name);
    struct sql_scan rest = expression;
    enum jemput_status st = JEMPUT_OK;

    for (struct sql_token t = sql_next(&rest); !st && t.kind != SQL_END; t = sql_next(&rest)) {
        struct sql_token next = sql_peek(&rest);
        bool fickle = is_clock(&t);

        if ((t.kind == SQL_WORD || t.kind == SQL_QUOTED) && sql_is_sign(&next, '('))
            st = is_fickle(functions, &t, &fickle, err);
        if (!st && fickle)
            st = jemput_fail(err, JEMPUT_DENIED,
                             "table '%s': CHECK %.*s asks %.*s, which is not the same on each device and each time, and so would be the rows that it "
                             "holds back: let it ask the row alone",
                             table, (int)(told.len < TOLD ? told.len : TOLD), (const char *)told.data, (int)(t.len < TOLD ? t.len : TOLD), t.text);
    }
    return st;
}

/* Of CREATE TABLE: no other parenthesis than a CHECK's own holds one. */
static enum jemput_status checks_look(sqlite3_stmt *functions, const struct jemput_declared *table, struct jemput_error *err)
{
    struct sql_scan text = sql_scan_of(table->create), body, inside;
    struct sql_token previous = { .kind = SQL_END }, name = previous;
    enum jemput_status st = JEMPUT_OK;

    if (!sql_find_group(&text) || !sql_skip_group(&text, &body))
        return JEMPUT_OK;
    for (struct sql_token t = sql_next(&body); !st && t.kind != SQL_END; previous = t, t = sql_next(&body)) {
        if (sql_is_word(&previous, "CONSTRAINT"))
            name = t;
        if (sql_is_sign(&t, ','))
            name.kind = SQL_END;
        if (!sql_is_sign(&t, '('))
            continue;
        if (!sql_skip_group(&body, &inside))
            break;
        if (sql_is_word(&previous, "CHECK"))
            st = check_look(functions, table->name, inside, &name, err);
        name.kind = SQL_END;
    }
    return st;
}

enum jemput_status jemput_checks_steady(sqlite3 *db, const struct jemput_declared *table, struct jemput_error *err)
{
    sqlite3_stmt *functions;
    enum jemput_status st = jemput_sqlite_prepare(&functions, db,
                                                  "SELECT coalesce(max(flags & 2048) = 0, 0) FROM pragma_function_list " /* SQLITE_DETERMINISTIC */
                                                  "WHERE name = ?1 COLLATE NOCASE",
                                                  0, err);

    if (st)
        return st;
    st = checks_look(functions, table, err);
    sqlite3_finalize(functions);
    return st;
}
