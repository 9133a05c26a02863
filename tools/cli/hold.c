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

#define HOLDS "SELECT tbl, key, reason, against_tbl, against_key, label FROM jemput_held"

/* What SQLite says at the end: SQLITE_DONE, or an error, which is in the connection. */
static int holds_add(struct holds *out, sqlite3_stmt *stmt)
{
    int rc;

    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        out->of = memory_resize(out->of, out->count + 1, sizeof *out->of);
        out->of[out->count++] = (struct hold){ .table = text_keep(stmt, 0),
                                               .key = sqlite3_value_dup(sqlite3_column_value(stmt, 1)),
                                               .reason = text_keep(stmt, 2),
                                               .against_table = text_keep(stmt, 3),
                                               .against_key = sqlite3_value_dup(sqlite3_column_value(stmt, 4)),
                                               .label = text_keep(stmt, 5) };
    }
    return rc;
}

int holds_read(struct holds *out, sqlite3 *db)
{
    sqlite3_stmt *stmt;
    int rc = sqlite3_prepare_v2(db, HOLDS, -1, &stmt, NULL), code = -1;

    if (rc == SQLITE_OK)
        rc = holds_add(out, stmt);
    if (rc == SQLITE_TOOBIG) { /* more than a view shows at once: each is asked for when it is looked for */
        holds_release(out);
        out->one_by_one = true;
    } else if (rc != SQLITE_DONE) {
        code = failure_sql(db, "held");
    }
    sqlite3_finalize(stmt);
    return code;
}

bool holds_read_row(struct holds *out, sqlite3 *db, const char *table, const struct jemput_datum *key, unsigned key_count)
{
    sqlite3_value *wanted = row_key_value(db, key, key_count);
    sqlite3_stmt *stmt = NULL;
    int rc = wanted ? sqlite3_prepare_v2(db, HOLDS " WHERE tbl = ?1 COLLATE NOCASE AND key = ?2", -1, &stmt, NULL) : SQLITE_NOMEM;

    holds_release(out);
    if (rc == SQLITE_OK) {
        sqlite3_bind_text(stmt, 1, table, -1, SQLITE_STATIC);
        sqlite3_bind_value(stmt, 2, wanted);
        rc = holds_add(out, stmt);
    }
    sqlite3_finalize(stmt);
    sqlite3_value_free(wanted);
    return rc == SQLITE_DONE;
}

const struct hold *holds_find(struct holds *holds, sqlite3 *db, const char *table, const struct jemput_datum *key, unsigned key_count)
{
    sqlite3_value *wanted;
    struct jemput_datum value;
    const struct hold *found = NULL;

    if (holds->one_by_one) {
        (void)holds_read_row(holds, db, table, key, key_count);
        holds->one_by_one = true;
        return holds->count ? holds->of : NULL;
    }
    wanted = row_key_value(db, key, key_count);
    value = value_datum(wanted);
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
