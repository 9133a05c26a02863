/* person.c — persons and households, read from their tables and from what is held. */
#include "person.h"

#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "failure.h"
#include "text.h"
#include "value.h"

struct source { /* the table, and its columns that are read */
    const char *table;
    const char *const *columns;
};

static const char *const orang_columns[] = { "id", "nama", "nik", "nik_tertulis", "tanggal_lahir", "tanggal_lahir_tertulis", "jenis_kelamin",
                                             "keluarga_id", "tempat_lahir", "nama_ibu", NULL };
static const char *const keluarga_columns[] = { "id", "nama_kepala", "no_kk", "no_kk_tertulis", "alamat", "rt", "rw", "kode_kel", NULL };
static const struct source sources[] = { { "orang", orang_columns }, { "keluarga", keluarga_columns } };

enum { COLUMNS_MAX = 10 };

/* --- one row --- */

/* A value of the row by its column; the text is "" for NULL. */
static char *text_of(const struct source *source, const struct jemput_datum *values, const char *column)
{
    struct buffer b = { 0 };

    for (unsigned i = 0; source->columns[i]; i++)
        if (strcmp(source->columns[i], column) == 0)
            value_write(&b, &values[i]);
    if (!b.data)
        buffer_text(&b, "");
    return b.data;
}

static void name_of(struct name *out, const struct source *source, const struct jemput_datum *values, const char *column)
{
    char *text = text_of(source, values, column);

    name_read(out, text, strlen(text));
    free(text);
}

/* Digits, and '?' where one could not be read; "" unless there are 16. Numbers that strangers share say nothing. */
static bool number_of(char out[CELL_DIGITS + 1], const char *text)
{
    unsigned count = 0, unread = 0;

    for (; *text; text++) {
        bool digit = *text >= '0' && *text <= '9';

        if (!digit && *text != '?')
            continue;
        if (count == CELL_DIGITS)
            break;
        unread += !digit;
        out[count++] = *text;
    }
    out[count] = '\0';
    if (*text || count != CELL_DIGITS || unread > 1 || (!unread && !cell_number_plausible(out)) || out[0] == '0')
        out[0] = '\0';
    return out[0] != '\0';
}

static void number_read(struct party *p, const struct source *source, const struct jemput_datum *values, const char *clean, const char *written)
{
    char *own = text_of(source, values, clean), *paper = text_of(source, values, written);

    if (!number_of(p->number, own))
        number_of(p->number, paper);
    free(own);
    free(paper);
}

static char *born_of(const struct source *source, const struct jemput_datum *values)
{
    char *born = text_of(source, values, "tanggal_lahir");

    if (born[0])
        return born;
    free(born);
    return text_of(source, values, "tanggal_lahir_tertulis");
}

static void orang_read(struct party *p, const struct source *source, const struct jemput_datum *values)
{
    p->title = text_of(source, values, "nama");
    number_read(p, source, values, "nik", "nik_tertulis");
    name_read(&p->name, p->title, strlen(p->title));
    p->born = born_of(source, values);
    p->sex = text_of(source, values, "jenis_kelamin");
    p->household = text_of(source, values, "keluarga_id");
    name_of(&p->birthplace, source, values, "tempat_lahir");
    name_of(&p->mother, source, values, "nama_ibu");
}

static void keluarga_read(struct party *p, const struct source *source, const struct jemput_datum *values)
{
    char *address = text_of(source, values, "alamat"), *rt = text_of(source, values, "rt"), *rw = text_of(source, values, "rw"),
         *region = text_of(source, values, "kode_kel");
    struct buffer quarter = { 0 };

    p->title = text_of(source, values, "nama_kepala");
    number_read(p, source, values, "no_kk", "no_kk_tertulis");
    name_read(&p->name, p->title, strlen(p->title));
    p->address = address_read(address, strlen(address));
    buffer_format(&quarter, "%s/%s %s", rt, rw, region);
    p->quarter = quarter.data;
    free(address);
    free(rt);
    free(rw);
    free(region);
}

static void party_add(struct parties *out, enum party_kind kind, const struct jemput_datum *values, bool held)
{
    struct party *p;

    if (out->count == out->capacity) {
        out->capacity = out->capacity ? out->capacity * 2 : 256;
        out->of = memory_resize(out->of, out->capacity, sizeof *out->of);
    }
    p = &out->of[out->count++];
    *p = (struct party){ .id = values[0], .held = held };
    if (values[0].type == JEMPUT_TYPE_TEXT || values[0].type == JEMPUT_TYPE_BLOB)
        p->id.data = memory_copy(values[0].data, values[0].len);
    else
        p->id.data = NULL;
    if (kind == PARTY_ORANG)
        orang_read(p, &sources[kind], values);
    else
        keluarga_read(p, &sources[kind], values);
}

static void party_release(struct party *p)
{
    free((void *)p->id.data);
    free(p->title);
    free(p->born);
    free(p->sex);
    free(p->household);
    free(p->address);
    free(p->quarter);
    name_release(&p->name);
    name_release(&p->birthplace);
    name_release(&p->mother);
}

void parties_release(struct parties *parties)
{
    for (size_t i = 0; i < parties->count; i++)
        party_release(&parties->of[i]);
    free(parties->of);
    *parties = (struct parties){ 0 };
}

/* --- all rows --- */

static int shown_read(struct parties *out, sqlite3 *db, enum party_kind kind)
{
    const struct source *source = &sources[kind];
    struct buffer sql = { 0 };
    sqlite3_stmt *stmt;
    int rc;

    buffer_text(&sql, "SELECT ");
    for (unsigned i = 0; source->columns[i]; i++)
        buffer_format(&sql, "%s%s", i ? ", " : "", source->columns[i]);
    buffer_format(&sql, " FROM %s", source->table);
    rc = sqlite3_prepare_v2(db, buffer_string(&sql), -1, &stmt, NULL);
    buffer_release(&sql);
    if (rc != SQLITE_OK)
        return failure_problem(T("ruang data ini tidak memakai tabel %s dari skema adminduk; tidak ada yang dibandingkan",
                                 "this space has no table %s of the adminduk schema; nothing was compared"),
                               source->table);
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        struct jemput_datum values[COLUMNS_MAX];

        for (unsigned i = 0; source->columns[i]; i++)
            values[i] = value_column(stmt, (int)i);
        party_add(out, kind, values, false);
    }
    sqlite3_finalize(stmt);
    return rc == SQLITE_DONE ? -1 : failure_sql(db, source->table);
}

struct held_read {
    struct parties *out;
    enum party_kind kind;
};

static int held_add(void *ctx, const struct jemput_held_row *row)
{
    struct held_read *read = ctx;
    const struct source *source = &sources[read->kind];
    struct jemput_datum values[COLUMNS_MAX] = { { .type = JEMPUT_TYPE_NULL } };

    if (strcmp(row->table, source->table) != 0)
        return 0;
    for (unsigned i = 0; source->columns[i]; i++)
        for (unsigned k = 0; k < row->column_count; k++)
            if (strcmp(row->columns[k], source->columns[i]) == 0)
                values[i] = row->values[k];
    party_add(read->out, read->kind, values, true);
    return 0;
}

int parties_read(struct parties *out, struct jemput *jemput, enum party_kind kind)
{
    struct held_read read = { out, kind };
    struct jemput_error err;
    int code = shown_read(out, jemput_app(jemput), kind);

    if (code >= 0)
        return code;
    return jemput_held_rows(jemput, held_add, &read, &err) ? failure_status(&err) : -1;
}
