/* ask_region.c — GET /api/regions: how far the teams have come, by kelurahan and by RT; ages and disability. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "row.h"

enum { GAP_DAYS = 90, SMALL = 5 };
#define OFFICE (ROLE_KELURAHAN | ROLE_VERIFIKATOR | ROLE_ADMIN)

/* Household rows of a kelurahan, by RT: with who lives there, what was asked for, and when somebody came. ?1: the kelurahan, NULL = all of them. */
static const char rt_sql[] =
    "SELECT kel, rw, rt, sum(households), sum(persons), sum(applications), sum(visits), max(last_visit), max(last_outreach) FROM ("
    " SELECT k.kode_kel AS kel, coalesce(k.rw, '') AS rw, coalesce(k.rt, '') AS rt, count(*) AS households,"
    "  sum((SELECT count(*) FROM orang o WHERE o.keluarga_id = k.id AND o.space = k.space)) AS persons,"
    "  sum((SELECT count(*) FROM permohonan p WHERE p.keluarga_id = k.id AND p.space = k.space)) AS applications, 0 AS visits, NULL AS last_visit, "
    "NULL AS last_outreach"
    "  FROM keluarga k WHERE k.kode_kel <> '' AND (?1 IS NULL OR k.kode_kel = ?1) AND reach(k.space, k.kode_kel) GROUP BY 1, 2, 3"
    " UNION ALL SELECT v.kode_kel, coalesce(v.rw, ''), coalesce(v.rt, ''), 0, 0, 0, count(*), max(v.tanggal), NULL FROM kunjungan v"
    "  WHERE v.kode_kel <> '' AND (?1 IS NULL OR v.kode_kel = ?1) AND reach(v.space, v.kode_kel) GROUP BY 1, 2, 3"
    " UNION ALL SELECT g.kode_kel, coalesce(g.rw, ''), coalesce(g.rt, ''), 0, 0, 0, 0, NULL, max(g.tanggal) FROM kegiatan_sosialisasi g"
    "  WHERE g.kode_kel <> '' AND (?1 IS NULL OR g.kode_kel = ?1) AND reach(g.space, g.kode_kel) GROUP BY 1, 2, 3) GROUP BY kel, rw, rt ORDER BY "
    "kel, rw, rt";
static const char whole_sql[] = /* events for the whole kelurahan, or a whole RW: what an RT of it has had as well */
    "SELECT max(tanggal), coalesce(max(putaran), 0), coalesce(sum(jumlah_hadir), 0) FROM kegiatan_sosialisasi g WHERE g.kode_kel = ?1 AND "
    "reach(g.space, g.kode_kel)";
static const char ages_sql[] =
    "SELECT CASE WHEN b IS NULL THEN '?' WHEN b < 5 THEN '0-4' WHEN b < 17 THEN '5-16' WHEN b < 25 THEN '17-24' WHEN b < 45 THEN '25-44' WHEN b < 60 "
    "THEN '45-59' ELSE '60+' END"
    " AS band, count(*), min(coalesce(b, 999)) FROM (SELECT CASE WHEN o.tanggal_lahir GLOB '[12][0-9][0-9][0-9]-*' THEN CAST(strftime('%Y', 'now') "
    "AS INTEGER) -"
    " CAST(substr(o.tanggal_lahir, 1, 4) AS INTEGER) - (strftime('%m-%d', 'now') < substr(o.tanggal_lahir, 6)) END AS b FROM keluarga k JOIN orang o "
    "ON"
    " o.space = k.space AND o.keluarga_id = k.id WHERE k.kode_kel = ?1 AND reach(k.space, k.kode_kel)) GROUP BY band ORDER BY 3";
static const char disability_sql[] =
    "SELECT o.penyandang_cacat, coalesce((SELECT d.label FROM daftar_kode d WHERE d.space = o.space AND d.nama_daftar = 'penyandang_cacat' AND "
    "d.kode = o.penyandang_cacat"
    " ORDER BY d.versi DESC LIMIT 1), o.penyandang_cacat), count(*) FROM keluarga k JOIN orang o ON o.space = k.space AND o.keluarga_id = k.id"
    " WHERE k.kode_kel = ?1 AND o.penyandang_cacat <> '' AND o.penyandang_cacat <> '7' AND reach(k.space, k.kode_kel) GROUP BY o.penyandang_cacat "
    "ORDER BY 1";

struct region_rt {
    char kel[32], rw[24], rt[24], last_visit[12], last_outreach[12];
    int64_t households, persons, applications, visits;
};
struct region_rts {
    struct region_rt *of;
    size_t count;
};

static void text_take(char *out, size_t room, struct sqlite3_stmt *stmt, int column)
{
    const char *text = (const char *)sqlite3_column_text(stmt, column);

    snprintf(out, room, "%s", text ? text : "");
}

static bool rts_read(struct request *q, const char *kel, struct region_rts *out, struct trouble *why)
{
    struct sqlite3_stmt *stmt;

    *out = (struct region_rts){ 0 };
    if (!reader_has(q->reader, "kegiatan_sosialisasi"))
        return true;
    if (base_prepare(q->reader->office.db, &stmt, rt_sql, why))
        return false;
    base_bind(stmt, "t", kel);
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        struct region_rt rt = { .households = sqlite3_column_int64(stmt, 3),
                                .persons = sqlite3_column_int64(stmt, 4),
                                .applications = sqlite3_column_int64(stmt, 5),
                                .visits = sqlite3_column_int64(stmt, 6) };

        text_take(rt.kel, sizeof rt.kel, stmt, 0);
        text_take(rt.rw, sizeof rt.rw, stmt, 1);
        text_take(rt.rt, sizeof rt.rt, stmt, 2);
        text_take(rt.last_visit, sizeof rt.last_visit, stmt, 7);
        text_take(rt.last_outreach, sizeof rt.last_outreach, stmt, 8);
        out->of = memory_resize(out->of, out->count + 1, sizeof *out->of);
        out->of[out->count++] = rt;
    }
    sqlite3_finalize(stmt);
    return true;
}

/* Whole days since that date; -1: there is none. */
static int64_t days_since(const char *date)
{
    struct tm day = { .tm_isdst = -1 };
    time_t at;

    if (sscanf(date, "%4d-%2d-%2d", &day.tm_year, &day.tm_mon, &day.tm_mday) != 3)
        return -1;
    day.tm_year -= 1900;
    day.tm_mon -= 1;
    at = mktime(&day);
    return time(NULL) > at ? (int64_t)(time(NULL) - at) / 86400 : 0;
}

static bool is_gap(const struct region_rt *rt, int64_t gap)
{
    int64_t days = days_since(rt->last_visit);

    return rt->households > 0 && (days < 0 || days > gap);
}

static void ages_json(struct request *q, struct json *j, const char *kel)
{
    struct sqlite3_stmt *stmt;
    struct trouble why;

    json_array(j, "ages");
    if (base_prepare(q->reader->office.db, &stmt, ages_sql, &why) == 0) {
        base_bind(stmt, "t", kel);
        while (sqlite3_step(stmt) == SQLITE_ROW) {
            json_object(j, NULL);
            json_column(j, "band", stmt, 0);
            json_integer(j, "n", sqlite3_column_int64(stmt, 1));
            json_end_object(j);
        }
        sqlite3_finalize(stmt);
    }
    json_end_array(j);
}

/* Few people with one disability are people that one knows: kominfo is not told how many. */
static void disability_json(struct request *q, struct json *j, const char *kel)
{
    bool persons = q->roles & OFFICE;
    struct sqlite3_stmt *stmt;
    struct trouble why;

    json_array(j, "disability");
    if (base_prepare(q->reader->office.db, &stmt, disability_sql, &why) == 0) {
        base_bind(stmt, "t", kel);
        while (sqlite3_step(stmt) == SQLITE_ROW) {
            int64_t n = sqlite3_column_int64(stmt, 2);

            json_object(j, NULL);
            json_column(j, "kode", stmt, 0);
            json_column(j, "label", stmt, 1);
            json_number_or_null(j, "n", persons || n >= SMALL, n);
            json_end_object(j);
        }
        sqlite3_finalize(stmt);
    }
    json_end_array(j);
}

/* --- by kelurahan --- */

struct sums {
    int64_t households, persons, applications, visits, gaps;
    unsigned rts, rws;
    char last_visit[12];
};

static void sums_add(struct sums *s, const struct region_rt *rt, const struct region_rt *before, int64_t gap)
{
    s->households += rt->households;
    s->persons += rt->persons;
    s->applications += rt->applications;
    s->visits += rt->visits;
    s->gaps += is_gap(rt, gap);
    s->rts += rt->households > 0 && rt->rt[0];
    s->rws += rt->households > 0 && rt->rw[0] && (!before || strcmp(before->rw, rt->rw) != 0);
    if (strcmp(rt->last_visit, s->last_visit) > 0)
        memcpy(s->last_visit, rt->last_visit, sizeof s->last_visit);
}

static void outreach_json(struct request *q, struct json *j, const char *kel)
{
    struct sqlite3_stmt *stmt;
    struct trouble why;

    if (base_prepare(q->reader->office.db, &stmt, whole_sql, &why))
        return;
    base_bind(stmt, "t", kel);
    if (sqlite3_step(stmt) == SQLITE_ROW) {
        json_column_or_null(j, "last_outreach", stmt, 0);
        json_integer(j, "rounds", sqlite3_column_int64(stmt, 1));
        json_integer(j, "attended", sqlite3_column_int64(stmt, 2));
    }
    sqlite3_finalize(stmt);
}

static void rts_json(struct json *j, const struct region_rt *of, size_t count, int64_t gap)
{
    json_array(j, "rts");
    for (size_t i = 0; i < count; i++) {
        if (!of[i].households)
            continue;
        json_object(j, NULL);
        json_text(j, "rw", of[i].rw);
        json_text(j, "rt", of[i].rt);
        json_integer(j, "households", of[i].households);
        json_bool(j, "gap", is_gap(&of[i], gap));
        json_end_object(j);
    }
    json_end_array(j);
}

static void kelurahan_json(struct request *q, struct json *j, struct sqlite3_stmt *stmt, const struct region_rts *rts, int64_t gap)
{
    const char *kel = (const char *)sqlite3_column_text(stmt, 0);
    struct sums s = { 0 };
    size_t first = 0, count = 0;

    while (first < rts->count && strcmp(rts->of[first].kel, kel) != 0)
        first++;
    for (; first + count < rts->count && strcmp(rts->of[first + count].kel, kel) == 0; count++)
        sums_add(&s, &rts->of[first + count], count ? &rts->of[first + count - 1] : NULL, gap);
    json_object(j, NULL);
    json_text(j, "kode", kel);
    json_column(j, "nama", stmt, 1);
    json_column(j, "kecamatan", stmt, 2);
    json_column(j, "kecamatan_nama", stmt, 3);
    json_integer(j, "rw", s.rws);
    json_integer(j, "rt", s.rts);
    json_integer(j, "households", s.households);
    json_integer(j, "persons", s.persons);
    json_integer(j, "applications", s.applications);
    json_integer(j, "visits", s.visits);
    json_text_or_null(j, "last_visit", s.last_visit[0] ? s.last_visit : NULL);
    outreach_json(q, j, kel);
    json_integer(j, "rt_gap", s.gaps);
    ages_json(q, j, kel);
    disability_json(q, j, kel);
    rts_json(j, rts->of + first, count, gap);
    json_end_object(j);
}

/* Those that are in force; once, whichever space has published them. */
static const char kelurahan_sql[] =
    "SELECT w.kode, w.nama, coalesce(w.induk, ''), coalesce(i.nama, '') FROM wilayah w LEFT JOIN wilayah i ON i.space = w.space AND i.kode = w.induk"
    " WHERE w.tingkat IN ('kelurahan', 'desa') AND w.berlaku_sampai IS NULL AND may(w.space) GROUP BY w.kode ORDER BY w.kode";

/* Is any of the account's spaces about it? */
static bool in_scope(const struct request *q, const char *kel)
{
    for (unsigned i = 0; i < q->reach.count; i++)
        if (scope_covers(q->reach.of[i].standing.scope, kel))
            return true;
    return false;
}

bool ask_regions(struct request *q)
{
    struct json *j = &q->answer.json;
    struct region_rts rts;
    struct sqlite3_stmt *stmt;
    struct trouble why;
    int64_t gap;

    if (!parameter_number(q, "gap", 1, 3650, GAP_DAYS, &gap))
        return false;
    if (!rts_read(q, NULL, &rts, &why) || !answer_open(&q->answer))
        return answer_trouble(&q->answer, &why);
    json_object(j, NULL);
    json_null(j, "month");
    json_integer(j, "gap_days", gap);
    json_array(j, "kelurahan");
    if (reader_has(q->reader, "wilayah") && base_prepare(q->reader->office.db, &stmt, kelurahan_sql, &why) == 0) {
        while (sqlite3_step(stmt) == SQLITE_ROW)
            if (in_scope(q, (const char *)sqlite3_column_text(stmt, 0)))
                kelurahan_json(q, j, stmt, &rts, gap);
        sqlite3_finalize(stmt);
    }
    json_end_array(j);
    json_end_object(j);
    free(rts.of);
    return true;
}

/* --- one kelurahan --- */

static void rt_lines_json(struct json *j, const struct region_rts *rts, int64_t gap)
{
    json_array(j, "rt");
    for (size_t i = 0; i < rts->count; i++) {
        const struct region_rt *rt = &rts->of[i];
        int64_t days = days_since(rt->last_visit);

        if (!rt->households && !rt->visits)
            continue;
        json_object(j, NULL);
        json_text(j, "rw", rt->rw);
        json_text(j, "rt", rt->rt);
        json_integer(j, "households", rt->households);
        json_integer(j, "persons", rt->persons);
        json_integer(j, "applications", rt->applications);
        json_integer(j, "visits", rt->visits);
        json_text_or_null(j, "last_visit", rt->last_visit[0] ? rt->last_visit : NULL);
        json_text_or_null(j, "last_outreach", rt->last_outreach[0] ? rt->last_outreach : NULL);
        json_number_or_null(j, "days_since_visit", days >= 0, days);
        json_bool(j, "gap", is_gap(rt, gap));
        json_end_object(j);
    }
    json_end_array(j);
}

static void lines_json(struct request *q, struct json *j, const char *name, const char *sql, const char *kel)
{
    struct sqlite3_stmt *stmt;
    struct trouble why;

    json_array(j, name);
    if (base_prepare(q->reader->office.db, &stmt, sql, &why) == 0) {
        base_bind(stmt, "ti", kel, (int64_t)((q->roles & OFFICE) != 0));
        while (sqlite3_step(stmt) == SQLITE_ROW)
            row_json_whole(j, NULL, stmt);
        sqlite3_finalize(stmt);
    }
    json_end_array(j);
}

bool ask_region(struct request *q)
{
    const char *kel = q->parts[0];
    struct json *j = &q->answer.json;
    struct region_rts rts;
    struct trouble why;
    char name[128] = "";
    int64_t gap;

    if (!parameter_number(q, "gap", 1, 3650, GAP_DAYS, &gap))
        return false;
    if (!in_scope(q, kel) || !gloss_label(q->reader, q->reach.of[0].standing.space, "wilayah", kel, name, sizeof name))
        return answer_not_found(&q->answer);
    if (!rts_read(q, kel, &rts, &why) || !answer_open(&q->answer))
        return answer_trouble(&q->answer, &why);
    json_object(j, NULL);
    json_text(j, "kode", kel);
    json_text(j, "nama", name);
    json_integer(j, "gap_days", gap);
    rt_lines_json(j, &rts, gap);
    lines_json(
        q, j, "outreach",
        "SELECT tanggal, tempat, rt, rw, putaran, topik, sasaran, jumlah_hadir, CASE WHEN ?2 THEN petugas END AS petugas FROM kegiatan_sosialisasi g"
        " WHERE g.kode_kel = ?1 AND reach(g.space, g.kode_kel) ORDER BY tanggal DESC, id LIMIT 100",
        kel);
    ages_json(q, j, kel);
    disability_json(q, j, kel);
    lines_json(q, j, "results",
               "SELECT v.hasil AS kode, coalesce((SELECT d.label FROM daftar_kode d WHERE d.space = v.space AND d.nama_daftar = 'hasil_kunjungan' "
               "AND d.kode = v.hasil"
               " ORDER BY d.versi DESC LIMIT 1), v.hasil, '') AS label, count(*) AS n FROM kunjungan v WHERE v.kode_kel = ?1 AND ?2 IS NOT NULL AND "
               "reach(v.space, v.kode_kel)"
               " GROUP BY v.hasil ORDER BY 3 DESC",
               kel);
    json_end_object(j);
    free(rts.of);
    return true;
}
