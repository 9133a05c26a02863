/* recap.c — see recap.h. */
#include "recap.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base.h"
#include "buffer.h"

/* Counted first by what the index permohonan_bulan holds, then put into words; those few whose kelurahan is the household's alone by themselves. */
#define OF_MONTH(month)                                                                                                                              \
    "WITH raw AS (SELECT p.space, substr(p.tanggal, 1, 7) AS month, p.kode_kel AS kel, p.layanan, p.status, count(*) AS n FROM permohonan p"         \
    " WHERE p.kode_kel IS NOT NULL" month                                                                                                            \
    " GROUP BY 2, 3, 4, 5, 1 UNION ALL SELECT p.space, substr(p.tanggal, 1, 7), coalesce(k.kode_kel, ''), p.layanan,"                                \
    " p.status, count(*) FROM permohonan p LEFT JOIN keluarga k ON k.space = p.space AND k.id = p.keluarga_id WHERE p.kode_kel IS NULL" month        \
    " GROUP BY 2, 3, 4, 5, 1)"
#define IN_WORDS                                                                                                                                     \
    ", counted AS (SELECT r.space, r.month, r.kel, r.layanan, sum(r.n) AS n FROM raw r LEFT JOIN alur_status s ON s.space = r.space"                 \
    " AND s.kode = r.status WHERE coalesce(s.dihitung, 1) = 1 AND (?2 IS NULL OR r.kel = ?2) AND (?3 = 0 OR r.space = ?3) GROUP BY 1, 2, 3, 4) "     \
    "SELECT c.space, c.month, c.kel, coalesce((SELECT w.nama FROM wilayah w WHERE w.space = c.space AND w.kode = c.kel), ''),"                       \
    " coalesce((SELECT d.kelompok FROM daftar_kode d WHERE d.space = c.space AND d.nama_daftar = 'layanan' AND d.kode = c.layanan"                   \
    " ORDER BY d.versi DESC LIMIT 1), c.layanan) AS service, sum(c.n) FROM counted c GROUP BY c.space, c.month, c.kel, service"                      \
    " ORDER BY c.month, c.kel, service"
static const char month_sql[] = OF_MONTH(" AND substr(p.tanggal, 1, 7) = ?1") IN_WORDS;
static const char all_sql[] = OF_MONTH(" AND ?1 IS NULL") IN_WORDS;
static const char days_sql[] = OF_MONTH(" AND (?1 IS NULL OR substr(p.tanggal, 1, 7) = ?1) AND (?4 IS NULL OR p.tanggal >= ?4)"
                                        " AND (?5 IS NULL OR p.tanggal <= ?5)") IN_WORDS;

static void text_take(char *out, size_t room, struct sqlite3_stmt *stmt, int column)
{
    const char *text = (const char *)sqlite3_column_text(stmt, column);

    snprintf(out, room, "%s", text ? text : "");
}

/* Several spaces may count into one line. */
static void line_take(struct recap *out, struct sqlite3_stmt *stmt)
{
    struct recap_line line = { .count = sqlite3_column_int64(stmt, 5) }, *last = out->count ? &out->of[out->count - 1] : NULL;

    text_take(line.month, sizeof line.month, stmt, 1);
    text_take(line.kel, sizeof line.kel, stmt, 2);
    text_take(line.name, sizeof line.name, stmt, 3);
    text_take(line.service, sizeof line.service, stmt, 4);
    if (last && strcmp(last->month, line.month) == 0 && strcmp(last->kel, line.kel) == 0 && strcmp(last->service, line.service) == 0) {
        last->count += line.count;
        return;
    }
    out->of = memory_resize(out->of, out->count + 1, sizeof *out->of);
    out->of[out->count++] = line;
}

int recap_read(struct recap *out, struct sqlite3 *db, const struct recap_asked *asked, struct trouble *why)
{
    bool days = asked->from || asked->to;
    struct sqlite3_stmt *stmt;
    int rc;

    *out = (struct recap){ 0 };
    if (base_prepare(db, &stmt, days ? days_sql : asked->month ? month_sql : all_sql, why))
        return -1;
    base_bind(stmt, days ? "ttitt" : "tti", asked->month, asked->kel, asked->space, asked->from, asked->to);
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
        if (!asked->may || asked->may(asked->ctx, sqlite3_column_int64(stmt, 0), (const char *)sqlite3_column_text(stmt, 2)))
            line_take(out, stmt);
    if (rc != SQLITE_DONE)
        trouble_sqlite(why, "recap", db);
    sqlite3_finalize(stmt);
    return rc == SQLITE_DONE ? 0 : -1;
}

void recap_release(struct recap *r)
{
    free(r->of);
    *r = (struct recap){ 0 };
}

static int most_first(const void *a, const void *b)
{
    const struct recap_share *x = a, *y = b;

    return x->count != y->count ? (x->count < y->count ? 1 : -1) : strcmp(x->service, y->service);
}

unsigned recap_shares(const struct recap *r, struct recap_share *out, unsigned max, int64_t *total)
{
    unsigned count = 0;

    *total = 0;
    for (size_t i = 0; i < r->count; i++) {
        unsigned at = 0;

        while (at < count && strcmp(out[at].service, r->of[i].service) != 0)
            at++;
        if (at == count) {
            if (count == max)
                continue;
            out[count++] = (struct recap_share){ .count = 0 };
            memcpy(out[at].service, r->of[i].service, sizeof out[at].service);
        }
        out[at].count += r->of[i].count;
        *total += r->of[i].count;
    }
    for (unsigned i = 0; i < count; i++)
        out[i].hundredths = *total ? (20000 * out[i].count + *total) / (2 * *total) : 0;
    qsort(out, count, sizeof *out, most_first);
    return count;
}

/* --- what may be published --- */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The place of a text in a sorted list without doubles. */
static unsigned place_of(const char *const *list, unsigned count, const char *text)
{
    unsigned at = 0;

    while (at < count && strcmp(list[at], text) != 0)
        at++;
    return at;
}

static unsigned without_doubles(const char **list, unsigned count)
{
    unsigned kept = 0;

    qsort(list, count, sizeof *list, by_text);
    for (unsigned i = 0; i < count; i++)
        if (i == 0 || strcmp(list[i], list[kept - 1]) != 0)
            list[kept++] = list[i];
    return kept;
}

bool recap_publish(struct recap_public *out, const struct recap *r, bool suppress)
{
    unsigned rows, columns, n = (unsigned)r->count;

    *out = (struct recap_public){ .services = memory_resize(NULL, n + 1, sizeof(char *)),
                                  .kels = memory_resize(NULL, n + 1, sizeof(char *)),
                                  .names = memory_resize(NULL, n + 1, sizeof(char *)) };
    for (unsigned i = 0; i < n; i++) {
        out->services[i] = r->of[i].service;
        out->kels[i] = r->of[i].kel;
    }
    columns = without_doubles(out->services, n);
    rows = without_doubles(out->kels, n);
    if (!aggregate_init(&out->table, rows, columns)) {
        recap_public_release(out);
        return false;
    }
    for (unsigned i = 0; i < n; i++) {
        unsigned row = place_of(out->kels, rows, r->of[i].kel);

        out->names[row] = r->of[i].name;
        *aggregate_at(&out->table, row, place_of(out->services, columns, r->of[i].service)) += r->of[i].count;
    }
    aggregate_total(&out->table);
    if (suppress)
        aggregate_suppress(&out->table);
    return true;
}

void recap_public_release(struct recap_public *p)
{
    aggregate_release(&p->table);
    free(p->services);
    free(p->kels);
    free(p->names);
    *p = (struct recap_public){ 0 };
}

bool recap_month_over(const char *month)
{
    time_t now = time(NULL);
    char running[8];
    struct tm local;

    return localtime_r(&now, &local) && strftime(running, sizeof running, "%Y-%m", &local) && strcmp(month, running) < 0;
}
