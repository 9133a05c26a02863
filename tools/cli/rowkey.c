/* rowkey.c — a row named on the command line. */
#include "rowkey.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "failure.h"
#include "space.h"
#include "text.h"
#include "value.h"

static const char *key_form(const char *type)
{
    if (strcasecmp(type, "BLOB") == 0)
        return T("angka heksadesimal, seperti yang dicetak sql", "hexadecimal digits, as sql prints them");
    return T("bilangan bulat", "a whole number");
}

/* --- the beginning of a key --- */

static size_t without_dots(const char *word)
{
    size_t len = strlen(word);

    if (len > 3 && strcmp(word + len - 3, "...") == 0)
        return len - 3;
    return len > 3 && strcmp(word + len - 3, "…") == 0 ? len - 3 : 0;
}

struct beginning {
    char *text;
    sqlite3_value *found;
    unsigned count;
};

/* Each key of the query's that begins so; two are enough to know that it is not one alone. */
static void beginning_look(struct beginning *b, sqlite3 *db, const char *sql, const char *table)
{
    sqlite3_stmt *stmt;

    if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK)
        return;
    sqlite3_bind_text(stmt, 1, b->text, -1, SQLITE_STATIC);
    if (table)
        sqlite3_bind_text(stmt, 2, table, -1, SQLITE_STATIC);
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        sqlite3_value_free(b->found);
        b->found = sqlite3_value_dup(sqlite3_column_value(stmt, 0));
        b->count++;
    }
    sqlite3_finalize(stmt);
}

/* Among the rows that the table shows, and those that are held. */
static void beginning_find(struct beginning *b, sqlite3 *db, const char *table, const char *column)
{
    static const char form[] = "CASE typeof(k) WHEN 'blob' THEN lower(hex(k)) ELSE k END";
    char *sql = sqlite3_mprintf("SELECT k FROM (SELECT \"%w\" AS k FROM \"%w\") WHERE substr(%s, 1, length(?1))=?1 LIMIT 2", column, table, form);

    if (sql)
        beginning_look(b, db, sql, NULL);
    sqlite3_free(sql);
    sql = sqlite3_mprintf("SELECT k FROM (SELECT key AS k FROM jemput_held WHERE tbl=?2 COLLATE NOCASE) WHERE substr(%s, 1, length(?1))=?1 LIMIT 2",
                          form);
    if (sql)
        beginning_look(b, db, sql, table);
    sqlite3_free(sql);
}

/* -1 = done; else the exit code. */
static int beginning_take(struct row_key *key, struct jemput *jemput, const char *table, const struct key_column *column, const char *word)
{
    struct beginning b = { .text = memory_copy(word, without_dots(word)) };
    int code = -1;

    for (char *at = b.text; strcasecmp(column->type, "BLOB") == 0 && *at; at++)
        if (*at >= 'A' && *at <= 'F')
            *at = (char)(*at - 'A' + 'a');
    beginning_find(&b, jemput_app(jemput), table, column->name);
    if (b.count == 1) {
        key->values[0] = value_datum(b.found);
        key->found = b.found;
        b.found = NULL;
        key->count = 1;
    } else {
        code = failure_told(
            JEMPUT_NOTFOUND,
            b.count ? T("lebih dari satu kunci di tabel %s diawali '%s': tulis lebih panjang. Tidak ada yang diubah.",
                        "more than one key of table %s begins with '%s': write more of it. Nothing was changed.")
                    : T("tidak ada baris %s yang kuncinya diawali '%s' (kunci baris yang dihapus harus ditulis lengkap). Tidak ada yang diubah.",
                        "no row of %s has a key that begins with '%s' (that of a deleted row must be written in full). Nothing was changed."),
            table, b.text);
    }
    sqlite3_value_free(b.found);
    free(b.text);
    return code;
}

/* --- a whole key --- */

/* The key's values in the types that its columns declare. -1 = done; else the exit code. */
static int values_parse(struct row_key *key, const struct key *columns, const char *command, const char *table, char **words, unsigned count)
{
    if (columns->count != count)
        return failure_usage(command, T("kunci tabel %s terdiri dari %u nilai, bukan %u", "the key of table %s has %u values, not %u"), table,
                             columns->count, count);
    for (unsigned i = 0; i < count; i++)
        if (!value_parse(&key->values[i], &key->bytes[i], words[i], columns->columns[i].type))
            return failure_usage(command, T("KEY '%s' tidak cocok untuk kolom %s: tulis %s", "KEY '%s' does not fit the column %s: write %s"),
                                 words[i], columns->columns[i].name, key_form(columns->columns[i].type));
    key->count = count;
    return -1;
}

static int table_missing(struct jemput *jemput, const char *name)
{
    if (space_has(jemput, name) == 'v')
        return failure_told(JEMPUT_NOTFOUND,
                            T("'%s' adalah view, gabungan dari beberapa tabel; riwayat ada pada tabelnya. Sebutkan tabel, misalnya permohonan.",
                              "'%s' is a view, made from tables; history belongs to a table. Name the table, such as permohonan."),
                            name);
    return failure_told(
        JEMPUT_NOTFOUND,
        T("tabel '%s' tidak ada. Tidak ada data yang diubah. Periksa namanya.", "there is no table '%s'. No data was changed. Check the name."),
        name);
}

int row_key_read(struct row_key *out, struct jemput *jemput, const char *command, const char *table, char **words, unsigned count)
{
    struct key columns;
    int code;

    key_read(&columns, jemput_app(jemput), table);
    if (columns.count == 1 && count == 1 && without_dots(words[0]))
        code = beginning_take(out, jemput, table, &columns.columns[0], words[0]);
    else
        code = columns.count == 0 ? table_missing(jemput, table) : values_parse(out, &columns, command, table, words, count);
    key_release(&columns);
    return code;
}

void row_key_release(struct row_key *key)
{
    for (unsigned i = 0; i < KEY_COLUMNS_MAX; i++)
        buffer_release(&key->bytes[i]);
    sqlite3_value_free(key->found);
    key->found = NULL;
}

/* --- as the views take it --- */

static void datum_bind(sqlite3_stmt *stmt, int place, const struct jemput_datum *d)
{
    if (d->type == JEMPUT_TYPE_INTEGER)
        sqlite3_bind_int64(stmt, place, d->integer);
    else if (d->type == JEMPUT_TYPE_REAL)
        sqlite3_bind_double(stmt, place, d->real);
    else if (d->type == JEMPUT_TYPE_TEXT)
        sqlite3_bind_text(stmt, place, d->data ? d->data : "", (int)d->len, SQLITE_STATIC);
    else if (d->type == JEMPUT_TYPE_BLOB)
        sqlite3_bind_blob(stmt, place, d->data ? d->data : "", (int)d->len, SQLITE_STATIC);
}

/* JSON has no BLOB: it is the text x'0f…', and a text that would look like that has t' in front. */
static void key_sql(struct buffer *sql, unsigned count)
{
    buffer_text(sql, count == 1 ? "SELECT ?1" : "SELECT json_array(");
    for (unsigned i = 1; count > 1 && i <= count; i++)
        buffer_format(sql,
                      "%s CASE typeof(?%u) WHEN 'blob' THEN 'x''' || lower(hex(?%u)) || '''' "
                      "WHEN 'text' THEN iif(substr(?%u, 1, 2) IN ('x''', 't'''), 't''', '') || ?%u ELSE ?%u END%s",
                      i == 1 ? "" : ",", i, i, i, i, i, i == count ? ")" : "");
}

sqlite3_value *row_key_value(sqlite3 *db, const struct jemput_datum *values, unsigned count)
{
    struct buffer sql = { 0 };
    sqlite3_value *key = NULL;
    sqlite3_stmt *stmt;

    key_sql(&sql, count);
    if (sqlite3_prepare_v2(db, buffer_string(&sql), -1, &stmt, NULL) == SQLITE_OK) {
        for (unsigned i = 0; i < count; i++)
            datum_bind(stmt, (int)i + 1, &values[i]);
        if (sqlite3_step(stmt) == SQLITE_ROW)
            key = sqlite3_value_dup(sqlite3_column_value(stmt, 0));
    }
    sqlite3_finalize(stmt);
    buffer_release(&sql);
    return key;
}
