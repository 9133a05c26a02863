/* query.c — statements and their rows. */
#include "query.h"

#include <string.h>

#include "buffer.h"
#include "csv_writer.h"
#include "failure.h"
#include "json.h"
#include "table.h"
#include "text.h"
#include "value.h"

static int table_rows_print(sqlite3_stmt *stmt, FILE *out, size_t *rows)
{
    int columns = sqlite3_column_count(stmt), rc;
    struct buffer text = { 0 };
    struct table t;

    table_columns(&t, (unsigned)columns);
    for (int i = 0; i < columns; i++)
        table_text(&t, sqlite3_column_name(stmt, i));
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
        for (int i = 0; i < columns; i++) {
            struct jemput_datum value = value_column(stmt, i);

            text.len = 0;
            value_write(&text, &value);
            table_add(&t, buffer_string(&text), text.len, value.type == JEMPUT_TYPE_INTEGER || value.type == JEMPUT_TYPE_REAL);
        }
    *rows = table_rows(&t);
    table_print(&t, out);
    buffer_release(&text);
    return rc;
}

static int json_rows_print(sqlite3_stmt *stmt, FILE *out, size_t *rows)
{
    struct json j = { .out = out };
    int columns = sqlite3_column_count(stmt), rc;

    json_array(&j, NULL);
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        ++*rows;
        json_object(&j, NULL);
        for (int i = 0; i < columns; i++) {
            struct jemput_datum value = value_column(stmt, i);

            json_datum(&j, sqlite3_column_name(stmt, i), &value);
        }
        json_end_object(&j);
    }
    json_end_array(&j);
    return rc;
}

static int csv_rows_print(sqlite3_stmt *stmt, bool guard, FILE *out, size_t *rows)
{
    int columns = sqlite3_column_count(stmt), rc;
    struct buffer text = { 0 };

    for (int i = 0; i < columns; i++)
        csv_cell(out, i == 0, sqlite3_column_name(stmt, i), strlen(sqlite3_column_name(stmt, i)), guard);
    if (columns > 0)
        csv_row_end(out, guard);
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        ++*rows;
        for (int i = 0; i < columns; i++) {
            struct jemput_datum value = value_column(stmt, i);

            text.len = 0;
            value_write(&text, &value);
            csv_cell(out, i == 0, buffer_string(&text), text.len, guard && value.type == JEMPUT_TYPE_TEXT);
        }
        csv_row_end(out, guard);
    }
    buffer_release(&text);
    return rc;
}

int query_print(sqlite3_stmt *stmt, enum query_format format, FILE *out, size_t *rows)
{
    *rows = 0;
    if (format == QUERY_JSON)
        return json_rows_print(stmt, out, rows);
    if (sqlite3_column_count(stmt) == 0)
        return sqlite3_step(stmt);
    if (format == QUERY_TABLE)
        return table_rows_print(stmt, out, rows);
    return csv_rows_print(stmt, format == QUERY_CSV_GUARDED, out, rows);
}

int query_run(sqlite3 *db, const char *sql, enum query_format format, FILE *out)
{
    const char *rest = sql;
    size_t rows;

    while (*rest) {
        sqlite3_stmt *stmt;
        int rc;

        if (sqlite3_prepare_v2(db, rest, -1, &stmt, &rest) != SQLITE_OK)
            return failure_sql(db, "SQL");
        if (!stmt)
            continue; /* a comment, or white space */
        rc = query_print(stmt, format, out, &rows);
        sqlite3_finalize(stmt);
        if (rc != SQLITE_DONE)
            return failure_sql(db, "SQL");
    }
    return EXIT_OK;
}
