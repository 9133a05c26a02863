/* codes.c — code lists, read once an import. */
#include "codes.h"

#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "cell.h"

struct code {
    char *squeezed, *squeezed_label, *value, *mapped; /* owned; mapped may be NULL */
};

struct codes {
    size_t count;
    struct code *of;
};

static char *squeezed(const char *text)
{
    struct buffer b = { 0 };

    cell_squeeze(&b, text);
    return b.data;
}

static void code_add(struct codes *codes, sqlite3_stmt *stmt)
{
    const char *value = (const char *)sqlite3_column_text(stmt, 0), *label = (const char *)sqlite3_column_text(stmt, 1);
    const char *mapped = (const char *)sqlite3_column_text(stmt, 2);

    codes->of = memory_resize(codes->of, codes->count + 1, sizeof *codes->of);
    codes->of[codes->count++] = (struct code){ .squeezed = squeezed(value ? value : ""),
                                               .squeezed_label = squeezed(label ? label : ""),
                                               .value = memory_copy(value ? value : "", strlen(value ? value : "")),
                                               .mapped = mapped ? memory_copy(mapped, strlen(mapped)) : NULL };
}

struct codes *codes_new(sqlite3 *db, const char *name)
{
    struct codes *codes = memory_resize(NULL, 1, sizeof *codes);
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(db, "SELECT kode, label, peta FROM v_kode WHERE nama_daftar=? ORDER BY versi, kode", -1, &stmt, NULL);

    *codes = (struct codes){ 0 };
    if (rc == SQLITE_OK) {
        sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
        while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
            code_add(codes, stmt);
    }
    sqlite3_finalize(stmt);
    if (rc == SQLITE_DONE)
        return codes;
    codes_free(codes);
    return NULL;
}

void codes_free(struct codes *codes)
{
    if (!codes)
        return;
    for (size_t i = 0; i < codes->count; i++) {
        free(codes->of[i].squeezed);
        free(codes->of[i].squeezed_label);
        free(codes->of[i].value);
        free(codes->of[i].mapped);
    }
    free(codes->of);
    free(codes);
}

const char *codes_find(const struct codes *codes, const char *cell, bool mapped)
{
    char *wanted = squeezed(cell);
    const char *found = NULL;

    for (size_t i = 0; i < codes->count && !found; i++)
        if (strcmp(codes->of[i].squeezed, wanted) == 0 || strcmp(codes->of[i].squeezed_label, wanted) == 0)
            found = mapped ? codes->of[i].mapped : codes->of[i].value;
    free(wanted);
    return found;
}
