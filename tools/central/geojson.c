/* geojson.c — visits on a map (RFC 7946): where households said where they are, to about a hundred metres; neither names nor numbers. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "export.h"
#include "json.h"

static const char visits_sql[] = "SELECT v.tanggal, v.hasil, v.rt, v.rw, v.kode_kel, k.lintang, k.bujur FROM kunjungan v LEFT JOIN keluarga k ON "
                                 "k.space = v.space AND k.id = v.keluarga_id"
                                 " WHERE (?1 = 0 OR v.space = ?1) AND (?2 IS NULL OR v.kode_kel = ?2) AND (?3 IS NULL OR substr(v.tanggal, 1, 7) = "
                                 "?3) AND (?4 IS NULL OR v.tanggal >= ?4)"
                                 " AND (?5 IS NULL OR v.tanggal <= ?5) AND reach(v.space, v.kode_kel) ORDER BY v.tanggal, v.space, v.id";

/* In thousandths of a degree. false: no such place on earth. A comma is how decimals are written here. */
static bool degrees_read(const char *text, double most, long *out)
{
    char number[40], *end;
    double value;

    if (!text || strlen(text) >= sizeof number)
        return false;
    snprintf(number, sizeof number, "%s", text);
    if (strchr(number, ','))
        *strchr(number, ',') = '.';
    value = strtod(number, &end);
    if (end == number || *end || !(fabs(value) <= most))
        return false;
    *out = lround(value * 1000);
    return true;
}

static void degrees_write(FILE *out, long thousandths)
{
    fprintf(out, "%s%ld.%03ld", thousandths < 0 ? "-" : "", labs(thousandths) / 1000, labs(thousandths) % 1000);
}

static void property(struct json *j, const char *name, struct sqlite3_stmt *stmt, int column)
{
    const char *text = (const char *)sqlite3_column_text(stmt, column);

    if (text)
        json_text(j, name, text);
    else
        json_null(j, name);
}

static void feature(FILE *out, struct sqlite3_stmt *stmt, long lat, long lon, bool first)
{
    static const char *const names[] = { "tanggal", "hasil", "rt", "rw", "kode_kel" };
    struct json j = { .out = out };

    fprintf(out, "%s{\"type\":\"Feature\",\"geometry\":{\"type\":\"Point\",\"coordinates\":[", first ? "" : ",");
    degrees_write(out, lon);
    fputc(',', out);
    degrees_write(out, lat);
    fputs("]},\"properties\":", out);
    json_object(&j, NULL);
    for (int i = 0; i < 5; i++)
        property(&j, names[i], stmt, i);
    json_end_object(&j);
    fputs("}\n", out);
}

int export_geojson(const struct export_kind *self, const struct export_asked *asked, const char *path, int64_t *rows, struct trouble *why)
{
    FILE *out = fopen(path, "we");
    struct sqlite3_stmt *stmt;
    int64_t without = 0;
    int rc;

    if (!out)
        return trouble_set(why, TROUBLE_LATER, "%s: %s", self->name, strerror(errno));
    if (base_prepare(asked->db, &stmt, visits_sql, why))
        return fclose(out), -1;
    base_bind(stmt, "itttt", asked->space, asked->kel, asked->month, asked->from, asked->to);
    fputs("{\"type\":\"FeatureCollection\",\"features\":[\n", out);
    for (*rows = 0; (rc = sqlite3_step(stmt)) == SQLITE_ROW;) {
        long lat, lon;

        if (degrees_read((const char *)sqlite3_column_text(stmt, 5), 90, &lat) && degrees_read((const char *)sqlite3_column_text(stmt, 6), 180, &lon))
            feature(out, stmt, lat, lon, (*rows)++ == 0);
        else
            without++;
    }
    fprintf(out, "],\"jemput\":{\"visits\":%lld,\"without_place\":%lld}}\n", (long long)(*rows + without), (long long)without);
    if (rc != SQLITE_DONE)
        trouble_sqlite(why, self->name, asked->db);
    sqlite3_finalize(stmt);
    if (fclose(out))
        return trouble_set(why, TROUBLE_LATER, "%s: %s", self->name, strerror(errno));
    return rc == SQLITE_DONE ? 0 : -1;
}
