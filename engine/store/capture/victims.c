/* store/capture/victims.c — rows that a REPLACE removes: with recursive_triggers off (SQLite's default), no trigger sees them go.
 *
 * REPLACE removes the rows that stand in the way in the primary key (touched anyway) or in another UNIQUE index. So the triggers hand over the terms
 * of each UNIQUE index as they are for the incoming row, and the row that has them now is touched. A term is a column or an expression; for an
 * expression, and for the WHERE of a partial index, the text of CREATE INDEX is taken and its columns are written as NEW.column. */
#include "store/capture/capture.h"

#include <string.h>

#include "store/sql/text.h"

#define TERMS_MAX 512 /* of one index; SQLite allows 2000 columns, a key of so many is no key */

/* --- text --- */

static const struct jemput_column *column_of(const struct jemput_table *t, const struct sql_token *token)
{
    for (uint16_t i = 0; i < t->column_count; i++)
        if ((token->kind == SQL_WORD || token->kind == SQL_QUOTED) && sql_names(token, t->columns[i].name))
            return &t->columns[i];
    return NULL;
}

/* An expression over the table's columns as one over NEW.*: each name that is a column, but not one that is called, that names a
 * collation or a type, or that was qualified by the table (the qualifier goes). All else stays as it is written. */
static void incoming_text(struct jemput_buf *out, const struct jemput_table *t, struct sql_scan text)
{
    const char *from = text.at;
    struct sql_token token = sql_next(&text), previous = { .kind = SQL_END };

    for (; token.kind != SQL_END; token = sql_next(&text)) {
        struct sql_token next = sql_peek(&text);
        const struct jemput_column *column = column_of(t, &token);
        bool qualifier = sql_is_sign(&next, '.') && (token.kind == SQL_WORD || token.kind == SQL_QUOTED) && sql_names(&token, t->name);

        if (qualifier || (column && !sql_is_sign(&next, '(') && !sql_is_word(&previous, "COLLATE") && !sql_is_word(&previous, "AS"))) {
            jemput_buf_append(out, from, (size_t)(token.text - from));
            if (qualifier) {
                sql_next(&text); /* the dot */
            } else {
                jemput_buf_append_str(out, "NEW.");
                jemput_buf_identifier(out, column->name);
            }
            from = text.at;
        }
        previous = token;
    }
    jemput_buf_append(out, from, (size_t)(text.end - from));
    jemput_buf_u8(out, '\n'); /* a comment may end it */
}

static const char *text_keep(struct jemput_buf *text, struct jemput_arena *arena, struct jemput_error *err)
{
    char *copy = NULL;

    if (!jemput_buf_check(text, "index", err)) {
        copy = jemput_arena_str(arena, jemput_buf_bytes(text));
        if (!copy)
            jemput_fail(err, JEMPUT_NOMEM, "no memory for an index");
    }
    jemput_buf_clear(text);
    return copy;
}

/* ASC or DESC at the end of a term is not of its expression. */
static struct sql_scan term_expression(struct sql_scan term)
{
    struct sql_scan s = term;
    struct sql_token token = sql_next(&s), last = token;

    for (; token.kind != SQL_END; token = sql_next(&s))
        last = token;
    if (sql_is_word(&last, "ASC") || sql_is_word(&last, "DESC"))
        term.end = last.text;
    return term;
}

/* --- one index --- */

/* CASE WHEN row is in the index THEN term END */
static const char *incoming_make(const struct jemput_table *t, const struct sql_index *text, struct sql_scan term, const char *column,
                                 const char *otherwise, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_buf sql = JEMPUT_BUF_INIT(JEMPUT_SCHEMA_BYTES_MAX);
    const char *kept;

    if (text->where.at) {
        jemput_buf_append_str(&sql, "CASE WHEN (");
        incoming_text(&sql, t, text->where);
        jemput_buf_append_str(&sql, ") THEN ");
    }
    if (!column) {
        jemput_buf_u8(&sql, '(');
        incoming_text(&sql, t, term);
        jemput_buf_u8(&sql, ')');
    } else if (otherwise) { /* REPLACE puts the default in place of a NULL, after the trigger */
        jemput_buf_append_str(&sql, "ifnull(NEW.");
        jemput_buf_identifier(&sql, column);
        jemput_buf_printf(&sql, ", (%s))", otherwise);
    } else {
        jemput_buf_append_str(&sql, "NEW.");
        jemput_buf_identifier(&sql, column);
    }
    if (text->where.at)
        jemput_buf_append_str(&sql, " END");
    kept = text_keep(&sql, arena, err);
    jemput_buf_release(&sql);
    return kept;
}

static const char *stored_make(struct sql_scan term, const char *column, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_buf sql = JEMPUT_BUF_INIT(JEMPUT_SCHEMA_BYTES_MAX);
    const char *kept;

    if (column) {
        jemput_buf_identifier(&sql, column);
    } else {
        jemput_buf_u8(&sql, '(');
        jemput_buf_append(&sql, term.at, (size_t)(term.end - term.at));
        jemput_buf_append_str(&sql, "\n)"); /* a comment may end the term */
    }
    kept = text_keep(&sql, arena, err);
    jemput_buf_release(&sql);
    return kept;
}

/* A bare word as DEFAULT is a text for SQLite, but a column in an expression. */
static const char *default_text(const char *text, struct jemput_arena *arena, struct jemput_error *err)
{
    static const char *const words[] = { "NULL", "TRUE", "FALSE", "CURRENT_TIME", "CURRENT_DATE", "CURRENT_TIMESTAMP" };
    struct jemput_buf sql = JEMPUT_BUF_INIT(JEMPUT_SCHEMA_BYTES_MAX);
    struct sql_scan s = sql_scan_of(text);
    struct sql_token t = sql_next(&s), end = sql_next(&s);
    bool bare = t.kind == SQL_WORD && end.kind == SQL_END;
    const char *kept;

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        bare = bare && !sql_is_word(&t, words[i]);
    if (bare)
        jemput_buf_u8(&sql, '\'');
    jemput_buf_append_str(&sql, text);
    if (bare)
        jemput_buf_u8(&sql, '\'');
    kept = text_keep(&sql, arena, err);
    jemput_buf_release(&sql);
    return kept;
}

/* Term number i; `term` is its text in CREATE INDEX. */
static enum jemput_status term_read(struct jemput_capture_table *t, struct jemput_unique *u, const struct sql_index *text, uint16_t i,
                                    struct sql_scan term, struct jemput_arena *arena, struct jemput_error *err)
{
    const struct jemput_declared_column *c = u->columns[i] < 0 ? NULL : &t->declared.columns[u->columns[i]];
    const char *column = c ? c->name : NULL, *otherwise = c && c->not_null ? c->otherwise : NULL;

    if (otherwise) {
        otherwise = default_text(otherwise, arena, err);
        if (!otherwise)
            return err->status;
    }
    term = term_expression(term);
    u->stored[i] = stored_make(term, column, arena, err);
    u->incoming[i] = u->stored[i] ? incoming_make(&t->shape, text, term, column, otherwise, arena, err) : NULL;
    if (!u->incoming[i])
        return err->status;
    t->computes_terms = t->computes_terms || !column || text->where.at;
    return JEMPUT_OK;
}

static enum jemput_status unique_read(struct jemput_capture_table *t, const struct jemput_declared_index *index, struct jemput_arena *arena,
                                      struct jemput_error *err)
{
    struct jemput_unique *u = &t->uniques[t->unique_count];
    struct sql_index text = sql_index_of(index->create ? index->create : "");
    struct sql_scan terms = text.terms;
    enum jemput_status st = JEMPUT_OK;

    if (index->term_count > TERMS_MAX)
        return jemput_fail(err, JEMPUT_DENIED, "a UNIQUE index has more than %d columns", TERMS_MAX);
    *u = (struct jemput_unique){ .name = index->name, .term_count = index->term_count, .columns = index->columns, .collations = index->collations };
    u->stored = jemput_arena_array(arena, u->term_count, sizeof *u->stored);
    u->incoming = jemput_arena_array(arena, u->term_count, sizeof *u->incoming);
    if (text.where.at)
        u->where = jemput_arena_str(arena, jemput_bytes_of(text.where.at, (size_t)(text.where.end - text.where.at)));
    if (!u->stored || !u->incoming || (text.where.at && !u->where))
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for an index");
    for (uint16_t i = 0; !st && i < u->term_count; i++) {
        struct sql_scan term = { "", "" };

        sql_next_part(&terms, ',', &term);
        st = term_read(t, u, &text, i, term, arena, err);
    }
    t->term_count = (uint16_t)(t->term_count + u->term_count);
    t->unique_count++;
    return st;
}

/* --- all of a table --- */

/* ON CONFLICT REPLACE anywhere in CREATE TABLE; NOT NULL … REPLACE counts too, which costs a look-up and nothing else. */
static bool says_replace(const char *create)
{
    struct sql_scan s = sql_scan_of(create);
    struct sql_token t = sql_next(&s), previous = t;

    for (; t.kind != SQL_END; t = sql_next(&s)) {
        if (sql_is_word(&t, "REPLACE") && sql_is_word(&previous, "CONFLICT"))
            return true;
        previous = t;
    }
    return false;
}

enum jemput_status jemput_uniques_read(struct jemput_capture_table *t, struct jemput_arena *arena, struct jemput_error *err)
{
    const struct jemput_declared *d = &t->declared;
    enum jemput_status st = JEMPUT_OK;

    t->replaces = says_replace(d->create);
    t->key_is_rowid = !jemput_declared_key(d);
    for (uint32_t i = 0; i < d->column_count; i++)
        t->key_has_default = t->key_has_default || (d->columns[i].key_place && d->columns[i].not_null && d->columns[i].otherwise);
    t->uniques = jemput_arena_array(arena, d->index_count, sizeof *t->uniques);
    if (!t->uniques)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for indexes");
    for (uint32_t i = 0; !st && i < d->index_count; i++)
        if (!d->indexes[i].of_key)
            st = unique_read(t, &d->indexes[i], arena, err);
    return st;
}

/* --- at a write --- */

/* SELECT key FROM table WHERE term = ? … AND (where of a partial index, so that the index can be used) */
static enum jemput_status find_prepare(struct jemput_capture *c, const struct jemput_capture_table *t, struct jemput_unique *u,
                                       struct jemput_error *err)
{
    struct jemput_buf sql = JEMPUT_BUF_INIT(JEMPUT_SCHEMA_BYTES_MAX);
    enum jemput_status st;

    for (uint8_t i = 0; i < t->shape.key_count; i++) {
        jemput_buf_append_str(&sql, i ? ", " : "SELECT ");
        jemput_buf_identifier(&sql, t->shape.columns[t->shape.key_columns[i]].name);
    }
    jemput_buf_append_str(&sql, " FROM main.");
    jemput_buf_identifier(&sql, t->shape.name);
    for (uint16_t i = 0; i < u->term_count; i++) {
        jemput_buf_append_str(&sql, i ? " AND " : " WHERE ");
        jemput_buf_append_str(&sql, u->stored[i]);
        jemput_buf_append_str(&sql, " COLLATE ");
        jemput_buf_identifier(&sql, u->collations[i]);
        jemput_buf_append_str(&sql, " = ?");
    }
    if (u->where) {
        jemput_buf_append_str(&sql, " AND (");
        jemput_buf_append_str(&sql, u->where);
        jemput_buf_append_str(&sql, "\n)");
    }
    st = jemput_sqlite_prepare_buf(&u->find, c->db, &sql, SQLITE_PREPARE_PERSISTENT, err);
    jemput_buf_release(&sql);
    return st;
}

static enum jemput_status unique_touch(struct jemput_capture *c, struct jemput_capture_table *t, struct jemput_unique *u, sqlite3_value **terms,
                                       struct jemput_error *err)
{
    struct jemput_value key[JEMPUT_KEY_COLUMNS_MAX];
    enum jemput_status st = u->find ? JEMPUT_OK : find_prepare(c, t, u, err);
    bool null = false;
    int rc;

    for (uint16_t i = 0; !st && i < u->term_count; i++) {
        if (sqlite3_value_type(terms[i]) == SQLITE_NULL)
            return JEMPUT_OK; /* NULLs are never equal */
        if (sqlite3_bind_value(u->find, i + 1, terms[i]) != SQLITE_OK)
            st = jemput_fail(err, JEMPUT_NOMEM, "no memory for an index");
    }
    while (!st && (rc = sqlite3_step(u->find)) != SQLITE_DONE) {
        if (rc != SQLITE_ROW) {
            st = jemput_sqlite_fail(c->db, rc, err, "look for a row about to be replaced");
            break;
        }
        null = false;
        for (uint8_t i = 0; i < t->shape.key_count; i++) {
            jemput_value_from_column(&key[i], u->find, i);
            null = null || key[i].type == JEMPUT_NULL;
        }
        if (!null)
            st = jemput_capture_touch(c, t, key, CAPTURE_DELETE, err);
    }
    if (u->find)
        sqlite3_reset(u->find);
    return st;
}

enum jemput_status jemput_victims_touch(struct jemput_capture *c, struct jemput_capture_table *t, sqlite3_value **terms, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    for (uint16_t i = 0; !st && i < t->unique_count; i++) {
        st = unique_touch(c, t, &t->uniques[i], terms, err);
        terms += t->uniques[i].term_count;
    }
    return st;
}
