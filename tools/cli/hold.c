/* hold.c — held rows by the view. */
#include "hold.h"

#include <stdlib.h>
#include <string.h>

#include "failure.h"
#include "rowkey.h"
#include "text.h"
#include "value.h"

static char *text_keep(sqlite3_stmt *stmt, int column)
{
    const char *text = (const char *)sqlite3_column_text(stmt, column);

    return text ? memory_copy(text, (size_t)sqlite3_column_bytes(stmt, column)) : NULL;
}

int holds_read(struct holds *out, sqlite3 *db)
{
    sqlite3_stmt *stmt;
    int rc = sqlite3_prepare_v2(db, "SELECT tbl, key, reason, against_tbl, against_key, label FROM jemput_held", -1, &stmt, NULL);

    while (rc == SQLITE_OK || rc == SQLITE_ROW) {
        rc = sqlite3_step(stmt);
        if (rc != SQLITE_ROW)
            break;
        out->of = memory_resize(out->of, out->count + 1, sizeof *out->of);
        out->of[out->count++] = (struct hold){ .table = text_keep(stmt, 0),
                                               .key = sqlite3_value_dup(sqlite3_column_value(stmt, 1)),
                                               .reason = text_keep(stmt, 2),
                                               .against_table = text_keep(stmt, 3),
                                               .against_key = sqlite3_value_dup(sqlite3_column_value(stmt, 4)),
                                               .label = text_keep(stmt, 5) };
    }
    sqlite3_finalize(stmt);
    return rc == SQLITE_DONE ? -1 : failure_sql(db, "held");
}

const struct hold *holds_find(struct holds *holds, sqlite3 *db, const char *table, const struct jemput_datum *key, unsigned key_count)
{
    sqlite3_value *wanted = row_key_value(db, key, key_count);
    const struct jemput_datum value = value_datum(wanted);
    const struct hold *found = NULL;

    for (size_t i = 0; !found && i < holds->count; i++) {
        const struct hold *h = &holds->of[(holds->next + i) % holds->count];
        struct jemput_datum its = value_datum(h->key);

        if (sqlite3_stricmp(h->table, table) == 0 && value_equal(&its, &value)) {
            found = h;
            holds->next = (size_t)(h - holds->of) + 1;
        }
    }
    sqlite3_value_free(wanted);
    return found;
}

void holds_release(struct holds *holds)
{
    for (size_t i = 0; i < holds->count; i++) {
        struct hold *h = &holds->of[i];

        free(h->table);
        free(h->reason);
        free(h->against_table);
        free(h->label);
        sqlite3_value_free(h->key);
        sqlite3_value_free(h->against_key);
    }
    free(holds->of);
    *holds = (struct holds){ 0 };
}

const char *hold_words(const char *reason)
{
    static const struct {
        const char *begin, *id, *en;
    } words[] = {
        { "UNIQUE ", "sudah ada baris lain dengan isian yang sama", "another row has the same values already" },
        { "NOT NULL ", "isian yang wajib masih kosong", "a value that must be there is empty" },
        { "CHECK ", "isiannya tidak memenuhi syarat tabel", "its values do not meet the table's conditions" },
        { "FOREIGN KEY ", "baris yang dirujuknya tidak ada, atau masih tertahan", "the row that it names is not there, or is held itself" },
        { "INSERT", "pembuatan barisnya ditolak (jemput refused), atau belum sampai", "the row's insert was refused (jemput refused), or has not come" },
    };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strncmp(reason, words[i].begin, strlen(words[i].begin)) == 0)
            return T(words[i].id, words[i].en);
    return T("melanggar aturan tabel", "it breaks a rule of the table");
}

void hold_against_write(struct buffer *out, const struct hold *hold)
{
    struct jemput_datum key = value_datum(hold->against_key);

    if (!hold->against_table)
        return;
    buffer_format(out, "%s ", hold->against_table);
    value_write(out, &key);
}
