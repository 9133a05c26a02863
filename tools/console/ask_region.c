/* ask_region.c — GET /api/regions: how far the teams have come, by kelurahan and by RT; ages and disability. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "region_people.h"

enum { GAP_DAYS = 90, SMALL = 5 };

#define IN_KEL(column) column " > '' AND " column " BETWEEN coalesce(?1, '') AND coalesce(?1, x'')" /* NULL = all: a BLOB comes after any text */

/* By RT: households, what was asked for, when somebody came. ?1: the kelurahan, NULL = all. By space first, then by who asks. */
static const char rt_sql[] =
    "SELECT kel, rw, rt, sum(households), sum(applications), sum(visits), max(last_visit), max(last_outreach), min(office(space)) FROM ("
    " SELECT k.space, k.kode_kel AS kel, coalesce(k.rw, '') AS rw, coalesce(k.rt, '') AS rt, count(*) AS households,"
    "  sum((SELECT count(*) FROM permohonan p WHERE p.keluarga_id = k.id AND p.space = k.space)) AS applications, 0 AS visits, NULL AS last_visit,"
    "  NULL AS last_outreach FROM keluarga k WHERE " IN_KEL("k.kode_kel") " GROUP BY k.kode_kel, k.rw, k.rt, k.space"
    " UNION ALL SELECT v.space, v.kode_kel, coalesce(v.rw, ''), coalesce(v.rt, ''), 0, 0, count(*), max(v.tanggal), NULL FROM kunjungan v"
    "  WHERE " IN_KEL("v.kode_kel") " GROUP BY v.kode_kel, v.rw, v.rt, v.space"
    " UNION ALL SELECT g.space, g.kode_kel, coalesce(g.rw, ''), coalesce(g.rt, ''), 0, 0, 0, NULL, max(g.tanggal) FROM kegiatan_sosialisasi g"
    "  WHERE " IN_KEL("g.kode_kel") " GROUP BY g.kode_kel, g.rw, g.rt, g.space)"
    " WHERE reach(space, kel) GROUP BY kel, rw, rt ORDER BY kel, rw, rt";
static const char whole_sql[] = /* events for the whole kelurahan, or a whole RW: what an RT of it has had as well */
    "SELECT max(tanggal), coalesce(max(putaran), 0), coalesce(sum(jumlah_hadir), 0) FROM kegiatan_sosialisasi g WHERE g.kode_kel = ?1 AND "
    "reach(g.space, g.kode_kel)";
/* Few people are disabled: it begins with these. */
static const char disability_sql[] =
    "SELECT kel, kode, coalesce((SELECT d.label FROM daftar_kode d WHERE d.space = x.space AND d.nama_daftar = 'penyandang_cacat' AND d.kode = x.kode"
    " ORDER BY d.versi DESC LIMIT 1), kode), sum(n), min(office(space)) FROM ("
    "SELECT k.space, k.kode_kel AS kel, o.penyandang_cacat AS kode, count(*) AS n FROM orang o"
    " CROSS JOIN keluarga k ON k.id = o.keluarga_id AND k.space = o.space"
    " WHERE o.penyandang_cacat <> '' AND o.penyandang_cacat <> '7' AND " IN_KEL("k.kode_kel") " GROUP BY 1, 2, 3) x"
    " WHERE reach(space, kel) GROUP BY kel, kode ORDER BY kel, kode";

static void text_take(char *out, size_t room, struct sqlite3_stmt *stmt, int column)
{
    const char *text = (const char *)sqlite3_column_text(stmt, column);

    snprintf(out, room, "%s", text ? text : "");
}

static bool rts_read(struct request *q, const char *kel, struct region_rts *out, struct trouble *why)
{
    struct sqlite3_stmt *stmt;

    *out = (struct region_rts){ 0 };
    if (base_prepare(q->reader->office.db, &stmt, rt_sql, why))
        return false;
    base_bind(stmt, "t", kel);
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        struct region_rt rt = { .households = sqlite3_column_int64(stmt, 3),
                                .applications = sqlite3_column_int64(stmt, 4),
                                .visits = sqlite3_column_int64(stmt, 5),
                                .office = sqlite3_column_int(stmt, 8) };

        text_take(rt.kel, sizeof rt.kel, stmt, 0);
        text_take(rt.rw, sizeof rt.rw, stmt, 1);
        text_take(rt.rt, sizeof rt.rt, stmt, 2);
        text_take(rt.last_visit, sizeof rt.last_visit, stmt, 6);
        text_take(rt.last_outreach, sizeof rt.last_outreach, stmt, 7);
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

/* What is counted over everything, read once; nothing where the schema has no such tables. */
struct counted {
    struct region_rts rts;
    struct region_people people;
    struct sqlite3_stmt *disability; /* at the first line of the next kelurahan */
    bool disabled;                   /* it is at a line */
};

static bool counted_read(struct request *q, struct counted *c, const char *kel, struct trouble *why)
{
    *c = (struct counted){ .disability = NULL };
    if (!reader_has(q->reader, "kegiatan_sosialisasi"))
        return true;
    if (!rts_read(q, kel, &c->rts, why) || !region_people_read(q, kel, &c->rts, &c->people, why) ||
        base_prepare(q->reader->office.db, &c->disability, disability_sql, why))
        return false;
    base_bind(c->disability, "t", kel);
    c->disabled = sqlite3_step(c->disability) == SQLITE_ROW;
    return true;
}

static void counted_release(struct counted *c)
{
    free(c->rts.of);
    free(c->people.of);
    sqlite3_finalize(c->disability);
}

/* How the line's kelurahan stands to this one: both lists are in its order. */
static int line_compare(struct sqlite3_stmt *stmt, const char *kel)
{
    return strcmp((const char *)sqlite3_column_text(stmt, 0), kel);
}

/* Few people are people that one knows: who is not of the office is not told how many. */
static bool told(int64_t n, bool office)
{
    return office || n == 0 || n >= SMALL;
}

static void count_json(struct json *j, const char *name, int64_t n, bool office)
{
    json_number_or_null(j, name, told(n, office), n);
}

/* All of them, or null: beside the number of all people, the others would tell a band that is left out. */
static void ages_json(struct json *j, const struct region_people *people, const char *kel)
{
    const struct region_ages *ages = region_people_of(people, kel);

    for (unsigned i = 0; ages && i < REGION_BANDS; i++)
        if (!told(ages->counts[i], ages->office[i])) {
            json_null(j, "ages");
            return;
        }
    json_array(j, "ages");
    for (unsigned i = 0; ages && i < REGION_BANDS; i++)
        if (ages->counts[i]) {
            json_object(j, NULL);
            json_text(j, "band", region_bands[i]);
            json_integer(j, "n", ages->counts[i]);
            json_end_object(j);
        }
    json_end_array(j);
}

static void disability_json(struct json *j, struct counted *c, const char *kel)
{
    json_array(j, "disability");
    for (; c->disabled && line_compare(c->disability, kel) <= 0; c->disabled = sqlite3_step(c->disability) == SQLITE_ROW) {
        if (line_compare(c->disability, kel) < 0)
            continue;
        json_object(j, NULL);
        json_column(j, "kode", c->disability, 1);
        json_column(j, "label", c->disability, 2);
        count_json(j, "n", sqlite3_column_int64(c->disability, 3), sqlite3_column_int(c->disability, 4));
        json_end_object(j);
    }
    json_end_array(j);
}

/* --- by kelurahan --- */

struct sums {
    int64_t households, persons, applications, visits, gaps;
    unsigned rts, rws;
    char last_visit[12];
    bool office;
};

static void sums_add(struct sums *s, const struct region_rt *rt, const struct region_rt *before, int64_t gap)
{
    s->office &= rt->office;
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
        json_number_or_null(j, "households", of[i].office, of[i].households);
        json_bool(j, "gap", is_gap(&of[i], gap));
        json_end_object(j);
    }
    json_end_array(j);
}

static void kelurahan_json(struct request *q, struct json *j, struct sqlite3_stmt *stmt, struct counted *c, int64_t gap)
{
    const char *kel = (const char *)sqlite3_column_text(stmt, 0);
    const struct region_rts *rts = &c->rts;
    struct sums s = { .office = true };
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
    count_json(j, "households", s.households, s.office);
    count_json(j, "persons", s.persons, s.office);
    json_number_or_null(j, "applications", s.office, s.applications); /* what a month adds to them is in the month's table, or hidden there */
    json_integer(j, "visits", s.visits);
    json_text_or_null(j, "last_visit", s.last_visit[0] ? s.last_visit : NULL);
    outreach_json(q, j, kel);
    json_integer(j, "rt_gap", s.gaps);
    ages_json(j, &c->people, kel);
    disability_json(j, c, kel);
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

static void kelurahans_json(struct request *q, struct json *j, struct counted *c, int64_t gap)
{
    struct sqlite3_stmt *stmt;
    struct trouble why;

    json_array(j, "kelurahan");
    if (c->disability && base_prepare(q->reader->office.db, &stmt, kelurahan_sql, &why) == 0) {
        while (sqlite3_step(stmt) == SQLITE_ROW)
            if (in_scope(q, (const char *)sqlite3_column_text(stmt, 0)))
                kelurahan_json(q, j, stmt, c, gap);
        sqlite3_finalize(stmt);
    }
    json_end_array(j);
}

static bool regions_tell(struct request *q, struct counted *c, int64_t gap)
{
    struct json *j = &q->answer.json;
    struct trouble why;

    if (!counted_read(q, c, reach_only_kel(&q->reach), &why) || !answer_open(&q->answer))
        return answer_trouble(&q->answer, &why);
    json_object(j, NULL);
    json_null(j, "month");
    json_integer(j, "gap_days", gap);
    kelurahans_json(q, j, c, gap);
    json_end_object(j);
    return true;
}

bool ask_regions(struct request *q)
{
    struct counted counted;
    int64_t gap;
    bool good;

    if (!parameter_number(q, "gap", 1, 3650, GAP_DAYS, &gap))
        return false;
    good = regions_tell(q, &counted, gap);
    counted_release(&counted);
    return good;
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
        json_number_or_null(j, "households", rt->office, rt->households);
        json_number_or_null(j, "persons", rt->office, rt->persons);
        json_number_or_null(j, "applications", rt->office, rt->applications);
        json_integer(j, "visits", rt->visits);
        json_text_or_null(j, "last_visit", rt->last_visit[0] ? rt->last_visit : NULL);
        json_text_or_null(j, "last_outreach", rt->last_outreach[0] ? rt->last_outreach : NULL);
        json_number_or_null(j, "days_since_visit", days >= 0, days);
        json_bool(j, "gap", is_gap(rt, gap));
        json_end_object(j);
    }
    json_end_array(j);
}

/* What visits came to; none of it where a small count would have to be left out. */
static const char results_sql[] =
    "WITH r AS (SELECT v.hasil AS kode, coalesce((SELECT d.label FROM daftar_kode d WHERE d.space = v.space AND d.nama_daftar = 'hasil_kunjungan'"
    " AND d.kode = v.hasil ORDER BY d.versi DESC LIMIT 1), v.hasil, '') AS label, count(*) AS n, min(office(v.space)) AS office FROM kunjungan v"
    " WHERE v.kode_kel = ?1 AND reach(v.space, v.kode_kel) GROUP BY v.hasil)"
    " SELECT kode, label, n FROM r WHERE NOT EXISTS(SELECT 1 FROM r WHERE n < 5 AND NOT office) ORDER BY n DESC"; /* 5: SMALL */

static void lines_json(struct request *q, struct json *j, const char *name, const char *sql, const char *kel)
{
    struct sqlite3_stmt *stmt;
    struct trouble why;

    json_array(j, name);
    if (base_prepare(q->reader->office.db, &stmt, sql, &why) == 0) {
        base_bind(stmt, "t", kel);
        while (sqlite3_step(stmt) == SQLITE_ROW)
            row_json_whole(j, NULL, stmt);
        sqlite3_finalize(stmt);
    }
    json_end_array(j);
}

static bool region_tell(struct request *q, struct counted *c, const char *kel, const char *name, int64_t gap)
{
    struct json *j = &q->answer.json;
    struct trouble why;

    if (!counted_read(q, c, kel, &why) || !answer_open(&q->answer))
        return answer_trouble(&q->answer, &why);
    json_object(j, NULL);
    json_text(j, "kode", kel);
    json_text(j, "nama", name);
    json_integer(j, "gap_days", gap);
    rt_lines_json(j, &c->rts, gap);
    lines_json(
        q, j, "outreach",
        "SELECT tanggal, tempat, rt, rw, putaran, topik, sasaran, jumlah_hadir, CASE WHEN office(g.space) THEN petugas END AS petugas"
        " FROM kegiatan_sosialisasi g"
        " WHERE g.kode_kel = ?1 AND reach(g.space, g.kode_kel) ORDER BY tanggal DESC, id LIMIT 100",
        kel);
    ages_json(j, &c->people, kel);
    disability_json(j, c, kel);
    lines_json(q, j, "results", results_sql, kel);
    json_end_object(j);
    return true;
}

bool ask_region(struct request *q)
{
    const char *kel = q->parts[0];
    struct counted counted;
    char name[128] = "";
    int64_t gap;
    bool good;

    if (!parameter_number(q, "gap", 1, 3650, GAP_DAYS, &gap))
        return false;
    if (!in_scope(q, kel) || !gloss_label(q->reader, q->reach.of[0].standing.space, "wilayah", kel, name, sizeof name))
        return answer_not_found(&q->answer);
    good = region_tell(q, &counted, kel, name, gap);
    counted_release(&counted);
    return good;
}
