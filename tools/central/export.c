/* export.c — see export.h: tables. */
#include "export.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "base.h"
#include "json.h"
#include "recap.h"
#include "region.h"
#include "sheet.h"
#include "siak.h"

/* A number of somebody who is registered where the asker does not reach, masked as on the page. */
#define NUMBER(n, kel)                                                                                                                               \
    "CASE WHEN " n " IS NULL OR reach(p.space, " kel ") THEN " n " WHEN length(" n ") = 16 THEN substr(" n ", 1, 6) || '******' || substr(" n        \
    ", 13) ELSE '****************' END"
static const char applications_sql[] =
    "SELECT p.kode_tanda_terima AS tanda_terima, p.tanggal, p.layanan, p.varian, o.nama AS pemohon, " NUMBER("o.nik", REGION_OF_PERSON) " AS nik, "
    NUMBER("k.no_kk", "coalesce(k.kode_kel, p.kode_kel)") " AS no_kk, coalesce(p.kode_kel, k.kode_kel) "
    "AS kode_kel, k.rt, k.rw,"
    " p.status, p.alasan_status, p.pemegang, p.batas_waktu, p.tanggal_lengkap, p.petugas, p.keterangan FROM permohonan p"
    " LEFT JOIN orang o ON o.space = p.space AND o.id = p.pemohon_id LEFT JOIN keluarga k ON k.space = p.space AND k.id = p.keluarga_id"
    " WHERE (?1 = 0 OR p.space = ?1) AND (?2 IS NULL OR coalesce(p.kode_kel, k.kode_kel) = ?2) AND (?3 IS NULL OR substr(p.tanggal, 1, 7) = ?3)"
    " AND (?4 IS NULL OR p.tanggal >= ?4) AND (?5 IS NULL OR p.tanggal <= ?5) AND reach(p.space, coalesce(p.kode_kel, k.kode_kel)) ORDER BY "
    "p.tanggal, p.space, p.id";
static const char visits_sql[] = "SELECT v.tanggal, v.kode_kel, v.rw, v.rt, v.hasil, v.alasan_belum_urus, v.tindak_lanjut, v.petugas FROM kunjungan "
                                 "v WHERE (?1 = 0 OR v.space = ?1)"
                                 " AND (?2 IS NULL OR v.kode_kel = ?2) AND (?3 IS NULL OR substr(v.tanggal, 1, 7) = ?3) AND (?4 IS NULL OR v.tanggal "
                                 ">= ?4) AND (?5 IS NULL OR v.tanggal <= ?5)"
                                 " AND reach(v.space, v.kode_kel) ORDER BY v.tanggal, v.space, v.id";
static const char looks_sql[] = "SELECT n, strftime('%Y-%m-%dT%H:%M:%SZ', at_ms / 1000, 'unixepoch') AS waktu, account AS akun, device AS perangkat, "
                                "role AS peran, session AS sesi, act AS tindakan,"
                                " space AS ruang, tbl AS tabel, key AS kunci, count AS jumlah, detail AS rincian, reason AS alasan, lower(hex(hash)) "
                                "AS hash FROM look WHERE (?4 IS NULL OR at_ms >= strftime('%s', ?4, 'utc') * 1000)"
                                " AND (?5 IS NULL OR at_ms < strftime('%s', ?5, '+1 day', 'utc') * 1000) ORDER BY n"; /* midnights here */

static struct sheet *sheet_open(const struct export_kind *self, const struct export_asked *asked, const char *path, const char *title, FILE **out)
{
    *out = NULL;
    if (strstr(self->name, ".xlsx"))
        return sheet_xlsx(path, asked->folder, title);
    *out = fopen(path, "we");
    return *out ? sheet_csv(*out) : NULL;
}

static int sheet_finish(struct sheet *s, FILE *out, int rc, struct trouble *why)
{
    struct trouble ended;
    int end = s->end(s, &ended);

    if (out && fclose(out) && !end)
        end = trouble_set(&ended, TROUBLE_LATER, "the file cannot be written");
    if (!rc && end)
        *why = ended;
    return rc || end ? -1 : 0;
}

static void heading(struct sheet *s, struct sqlite3_stmt *stmt)
{
    for (int i = 0; i < sqlite3_column_count(stmt); i++)
        sheet_text(s, sqlite3_column_name(stmt, i));
    s->row_end(s);
}

/* Parameters of all statements here: space, kelurahan, month, from, to; as many of them as it has. */
static void narrow(struct sqlite3_stmt *stmt, const struct export_asked *asked)
{
    base_bind(stmt, sqlite3_bind_parameter_count(stmt) > 2 ? "itttt" : "it", asked->space, asked->kel, asked->month, asked->from, asked->to);
}

/* All rows of a statement. */
static int statement_write(const struct export_kind *self, const struct export_asked *asked, struct sqlite3 *db, const char *sql, const char *title,
                           const char *path, int64_t *rows, struct trouble *why)
{
    struct sqlite3_stmt *stmt;
    struct sheet *s;
    FILE *out;
    int rc;

    if (base_prepare(db, &stmt, sql, why))
        return -1;
    s = sheet_open(self, asked, path, title, &out);
    if (!s) {
        sqlite3_finalize(stmt);
        return trouble_set(why, TROUBLE_LATER, "%s: %s", self->name, strerror(errno));
    }
    narrow(stmt, asked);
    heading(s, stmt);
    for (*rows = 0; (rc = sqlite3_step(stmt)) == SQLITE_ROW; ++*rows)
        sheet_row(s, stmt);
    if (rc != SQLITE_DONE)
        trouble_sqlite(why, self->name, db);
    else if (sql == siak_sql && out == NULL) { /* OpenSID stops reading there */
        sheet_text(s, NULL);
        sheet_text(s, "###");
        s->row_end(s);
    }
    sqlite3_finalize(stmt);
    return sheet_finish(s, out, rc == SQLITE_DONE ? 0 : -1, why);
}

static int applications_write(const struct export_kind *self, const struct export_asked *asked, const char *path, int64_t *rows, struct trouble *why)
{
    return statement_write(self, asked, asked->db, applications_sql, "Permohonan", path, rows, why);
}

static int visits_write(const struct export_kind *self, const struct export_asked *asked, const char *path, int64_t *rows, struct trouble *why)
{
    return statement_write(self, asked, asked->db, visits_sql, "Kunjungan", path, rows, why);
}

static int persons_write(const struct export_kind *self, const struct export_asked *asked, const char *path, int64_t *rows, struct trouble *why)
{
    return statement_write(self, asked, asked->db, siak_sql, "Data Penduduk", path, rows, why);
}

static int looks_write(const struct export_kind *self, const struct export_asked *asked, const char *path, int64_t *rows, struct trouble *why)
{
    return statement_write(self, asked, looks_db(asked->looks), looks_sql, "Jejak", path, rows, why);
}

static int looks_json(const struct export_kind *self, const struct export_asked *asked, const char *path, int64_t *rows, struct trouble *why)
{
    FILE *out = fopen(path, "we");
    struct json j = { .out = out };
    struct sqlite3_stmt *stmt;

    if (!out)
        return trouble_set(why, TROUBLE_LATER, "%s: %s", self->name, strerror(errno));
    if (base_prepare(looks_db(asked->looks), &stmt, looks_sql, why))
        return fclose(out), -1;
    narrow(stmt, asked);
    json_array(&j, NULL);
    for (*rows = 0; sqlite3_step(stmt) == SQLITE_ROW; ++*rows) {
        json_object(&j, NULL);
        for (int i = 0; i < sqlite3_column_count(stmt); i++)
            json_text(&j, sqlite3_column_name(stmt, i), (const char *)sqlite3_column_text(stmt, i));
        json_end_object(&j);
    }
    json_end_array(&j);
    sqlite3_finalize(stmt);
    return fclose(out) ? trouble_set(why, TROUBLE_LATER, "%s: %s", self->name, strerror(errno)) : 0;
}

/* --- the recap --- */

static bool reaches(void *ctx, int64_t space, const char *kel)
{
    struct sqlite3_stmt *stmt = ctx;
    bool may;

    base_bind(stmt, "it", space, kel);
    may = sqlite3_step(stmt) == SQLITE_ROW && sqlite3_column_int(stmt, 0);
    sqlite3_reset(stmt);
    return may;
}

static void recap_rows(struct sheet *s, const struct recap *r, int64_t *rows)
{
    static const char *const names[] = { "bulan", "kode_kel", "kelurahan", "layanan", "jumlah" };
    char number[24];

    for (unsigned i = 0; i < 5; i++)
        sheet_text(s, names[i]);
    s->row_end(s);
    for (size_t i = 0; i < r->count; i++) {
        snprintf(number, sizeof number, "%lld", (long long)r->of[i].count);
        sheet_text(s, r->of[i].month);
        sheet_text(s, r->of[i].kel);
        sheet_text(s, r->of[i].name);
        sheet_text(s, r->of[i].service);
        sheet_text(s, number);
        s->row_end(s);
    }
    *rows = (int64_t)r->count;
}

static void public_cell(struct sheet *s, const struct aggregate *a, unsigned row, unsigned column)
{
    char number[24];

    snprintf(number, sizeof number, "%lld", (long long)*aggregate_at(a, row, column));
    sheet_text(s, aggregate_hidden(a, row, column) ? "*" : number);
}

static bool public_rows(struct sheet *s, const struct recap *r, bool suppress, int64_t *rows)
{
    struct recap_public p;

    if (!recap_publish(&p, r, suppress))
        return false;
    sheet_text(s, "kode_kel");
    sheet_text(s, "kelurahan");
    for (unsigned c = 0; c < p.table.columns; c++)
        sheet_text(s, p.services[c]);
    sheet_text(s, "jumlah");
    s->row_end(s);
    for (unsigned row = 0; row <= p.table.rows; row++) {
        sheet_text(s, row < p.table.rows ? p.kels[row] : "");
        sheet_text(s, row < p.table.rows ? p.names[row] : "Jumlah");
        for (unsigned c = 0; c <= p.table.columns; c++)
            public_cell(s, &p.table, row, c);
        s->row_end(s);
    }
    *rows = p.table.rows;
    recap_public_release(&p);
    return true;
}

static int recap_write(const struct export_kind *self, const struct export_asked *asked, const char *path, int64_t *rows, struct trouble *why)
{
    struct recap_asked of = {
        .month = asked->month, .kel = asked->kel, .from = asked->from, .to = asked->to, .space = asked->space, .may = reaches
    };
    struct sqlite3_stmt *stmt;
    struct recap r;
    struct sheet *s;
    FILE *out;
    int rc;

    if (base_prepare(asked->db, &stmt, "SELECT reach(?1, ?2)", why))
        return -1;
    of.ctx = stmt;
    rc = recap_read(&r, asked->db, &of, why);
    sqlite3_finalize(stmt);
    if (rc)
        return -1;
    s = sheet_open(self, asked, path, "Rekap", &out);
    if (!s)
        rc = trouble_set(why, TROUBLE_LATER, "%s: %s", self->name, strerror(errno));
    else if (strncmp(self->name, "public", 6) != 0)
        recap_rows(s, &r, rows);
    else if (!public_rows(s, &r, !asked->small_cells, rows))
        rc = trouble_set(why, TROUBLE_LATER, "no memory");
    if (s)
        rc = sheet_finish(s, out, rc, why);
    recap_release(&r);
    return rc;
}

/* --- all of them --- */

#define CSV "text/csv; charset=utf-8"
#define XLSX "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#define ALL (EXPORT_SPACE | EXPORT_KEL | EXPORT_MONTH | EXPORT_DAYS)
const struct export_kind export_kinds[] = {
    { "recap.csv", CSV, false, ALL, recap_write },
    { "recap.xlsx", XLSX, false, ALL, recap_write },
    { "public.csv", CSV, false, ALL, recap_write },
    { "applications.csv", CSV, true, ALL, applications_write },
    { "applications.xlsx", XLSX, true, ALL, applications_write },
    { "persons.csv", CSV, true, EXPORT_SPACE | EXPORT_KEL, persons_write },
    { "persons.xlsx", XLSX, true, EXPORT_SPACE | EXPORT_KEL, persons_write },
    { "visits.csv", CSV, false, ALL, visits_write },
    { "visits.geojson", "application/geo+json", false, ALL, export_geojson },
    { "register.html", "text/html; charset=utf-8", true, ALL, export_register },
    { "looks.csv", CSV, true, EXPORT_DAYS, looks_write },
    { "looks.json", "application/json", true, EXPORT_DAYS, looks_json },
};
const unsigned export_kind_count = sizeof export_kinds / sizeof export_kinds[0];

const struct export_kind *export_find(const char *name)
{
    for (unsigned i = 0; i < export_kind_count; i++)
        if (strcmp(export_kinds[i].name, name) == 0)
            return &export_kinds[i];
    return NULL;
}

/* Digits and dashes as in "0000-00-00"? */
static bool is_written_as(const char *text, const char *form)
{
    size_t i;

    for (i = 0; form[i] && text[i]; i++)
        if (form[i] == '-' ? text[i] != '-' : text[i] < '0' || text[i] > '9')
            return false;
    return form[i] == text[i];
}

bool export_narrows(const struct export_kind *kind, const struct export_asked *asked, const char **why_id, const char **why_en)
{
    const struct {
        unsigned take;
        bool asked;
        const char *id, *en;
    } parts[] = { { EXPORT_SPACE, asked->space != 0, "Berkas ini tidak dapat dibatasi pada satu ruang.", "This file cannot be narrowed to a space." },
                  { EXPORT_KEL, asked->kel, "Berkas ini tidak dapat dibatasi pada satu kelurahan.", "This file cannot be narrowed to a kelurahan." },
                  { EXPORT_MONTH, asked->month, "Berkas ini tidak dapat dibatasi pada satu bulan.", "This file cannot be narrowed to a month." },
                  { EXPORT_DAYS, asked->from || asked->to, "Berkas ini tidak dapat dibatasi pada tanggal.",
                    "This file cannot be narrowed to dates." } };

    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (parts[i].asked && !(kind->takes & parts[i].take)) {
            *why_id = parts[i].id;
            *why_en = parts[i].en;
            return false;
        }
    *why_id = "Bulan ditulis YYYY-MM, tanggal YYYY-MM-DD.";
    *why_en = "A month is written YYYY-MM, a date YYYY-MM-DD.";
    return (!asked->month || is_written_as(asked->month, "0000-00")) && (!asked->from || is_written_as(asked->from, "0000-00-00")) &&
           (!asked->to || is_written_as(asked->to, "0000-00-00"));
}

static void reach_all_fn(sqlite3_context *ctx, int count, sqlite3_value **v)
{
    (void)count;
    (void)v;
    sqlite3_result_int(ctx, 1);
}

int export_reach_all(struct sqlite3 *db, struct trouble *why)
{
    if (sqlite3_create_function(db, "reach", 2, SQLITE_UTF8 | SQLITE_DIRECTONLY, NULL, reach_all_fn, NULL, NULL) ||
        sqlite3_create_function(db, "may", 1, SQLITE_UTF8 | SQLITE_DIRECTONLY, NULL, reach_all_fn, NULL, NULL))
        return trouble_sqlite(why, "central.db", db);
    return 0;
}
