/* key.c — the columns of a table's primary key, as SQLite tells them. */
#include "key.h"

#include <stdlib.h>
#include <string.h>

#include "buffer.h"

static char *column_copy(sqlite3_stmt *stmt, int column)
{
    const char *text = (const char *)sqlite3_column_text(stmt, column);

    return memory_copy(text ? text : "", text ? strlen(text) : 0);
}

void key_read(struct key *out, sqlite3 *db, const char *table)
{
    sqlite3_stmt *stmt;

    *out = (struct key){ 0 };
    if (sqlite3_prepare_v2(db, "SELECT name, type FROM pragma_table_info(?) WHERE pk>0 ORDER BY pk", -1, &stmt, NULL) != SQLITE_OK)
        return;
    sqlite3_bind_text(stmt, 1, table, -1, SQLITE_STATIC);
    while (out->count < KEY_COLUMNS_MAX && sqlite3_step(stmt) == SQLITE_ROW)
        out->columns[out->count++] = (struct key_column){ .name = column_copy(stmt, 0), .type = column_copy(stmt, 1) };
    sqlite3_finalize(stmt);
}

void key_release(struct key *key)
{
    for (unsigned i = 0; i < key->count; i++) {
        free(key->columns[i].name);
        free(key->columns[i].type);
    }
    *key = (struct key){ 0 };
}
