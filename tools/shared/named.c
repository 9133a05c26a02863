/* named.c — COLUMN=VALUE. */
#include "named.h"

#include <stdlib.h>
#include <string.h>

#include "failure.h"
#include "text.h"
#include "value.h"

void named_add(void *ctx, const char *word)
{
    struct named_list *list = ctx;
    const char *equals = strchr(word, '=');

    if (list->count == NAMED_MAX) {
        list->too_many = true;
        return;
    }
    list->of[list->count++] =
        (struct named){ .column = memory_copy(word, equals ? (size_t)(equals - word) : strlen(word)), .text = equals ? equals + 1 : NULL };
}

void named_put(struct named_list *list, const char *column, const struct jemput_datum *value)
{
    struct named *n = &list->of[list->count];

    if (list->count == NAMED_MAX) {
        list->too_many = true;
        return;
    }
    list->count++;
    *n = (struct named){ .column = memory_copy(column, strlen(column)), .value = *value };
    if (value->type != JEMPUT_TYPE_TEXT && value->type != JEMPUT_TYPE_BLOB)
        return;
    buffer_add(&n->bytes, value->data, value->len);
    n->value.data = buffer_string(&n->bytes);
}

void named_clear(struct named *n)
{
    free(n->column);
    buffer_release(&n->bytes);
}

void named_release(struct named_list *list)
{
    for (unsigned i = 0; i < list->count; i++)
        named_clear(&list->of[i]);
    list->count = 0;
}

/* The declared type of a column; NULL: the table has none of that name. Release it with free(). */
static char *column_type(sqlite3 *db, const char *table, const char *column)
{
    sqlite3_stmt *stmt;
    char *type = NULL;

    if (sqlite3_prepare_v2(db, "SELECT type FROM pragma_table_xinfo(?) WHERE name=?", -1, &stmt, NULL) != SQLITE_OK)
        return NULL;
    sqlite3_bind_text(stmt, 1, table, -1, SQLITE_STATIC);
    sqlite3_bind_text(stmt, 2, column, -1, SQLITE_STATIC);
    if (sqlite3_step(stmt) == SQLITE_ROW) {
        const char *text = (const char *)sqlite3_column_text(stmt, 0);

        type = memory_copy(text ? text : "", text ? strlen(text) : 0);
    }
    sqlite3_finalize(stmt);
    return type;
}

int named_parse(struct named_list *list, struct jemput *jemput, const char *command, const char *table)
{
    for (unsigned i = 0; i < list->count; i++) {
        struct named *n = &list->of[i];
        char *type = column_type(jemput_app(jemput), table, n->column);
        bool good = type && (!n->text || value_parse(&n->value, &n->bytes, n->text, type));

        if (!type)
            return failure_told(JEMPUT_NOTFOUND,
                                T("tabel %s tidak punya kolom '%s'. Tidak ada data yang diubah. Periksa namanya.",
                                  "table %s has no column '%s'. No data was changed. Check the name."),
                                table, n->column);
        free(type);
        if (!good)
            return failure_usage(command, T("nilai untuk kolom %s tidak cocok", "the value for column %s does not fit"), n->column);
    }
    return -1;
}

const struct named *named_find(const struct named_list *list, const char *column)
{
    for (unsigned i = 0; i < list->count; i++)
        if (strcmp(list->of[i].column, column) == 0)
            return &list->of[i];
    return NULL;
}

bool named_has(const struct named_list *list, const char *column, const struct jemput_datum *value)
{
    for (unsigned i = 0; i < list->count; i++)
        if (strcmp(list->of[i].column, column) == 0 && value_equal(&list->of[i].value, value))
            return true;
    return false;
}
