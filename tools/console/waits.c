/* waits.c — see waits.h. */
#include "waits.h"

#include <time.h>

#define DAY_MS INT64_C(86400000)

#define FINAL_SQL "('DUGAAN_GANDA', 'TOLAK', 'DISERAHKAN', 'DIBATALKAN', 'DIGABUNG')" /* as the partial index has it */

/* One number by a query; 0 where a table of the schema is not there (yet). */
static int count(struct reader *r, int64_t *out, const char *table, const char *sql, struct trouble *why)
{
    *out = 0;
    return reader_has(r, table) ? base_do(r->office.db, sql, why, NULL, out, "") : 0;
}

/* What says nothing of a row is reached without a region: by who may see the space at all. */
static bool reaches(const struct reach *reach, int64_t space)
{
    return reach_find(reach, space) != NULL;
}

static int devices_count(struct waits *out, struct reader *r, struct trouble *why)
{
    struct sqlite3_stmt *stmt;

    if (base_prepare(r->office.db, &stmt, "SELECT space, clock_doubtful, last_seen_ms < ?1 FROM device_ WHERE state = 'aktif'", why))
        return -1;
    base_bind(stmt, "i", now_ms() - STALE_DAYS * DAY_MS);
    while (sqlite3_step(stmt) == SQLITE_ROW)
        if (reaches(r->reach, sqlite3_column_int64(stmt, 0))) {
            out->clocks += sqlite3_column_int(stmt, 1);
            out->stale += sqlite3_column_int(stmt, 2);
        }
    sqlite3_finalize(stmt);
    return 0;
}

static int cases_count(struct waits *out, struct reader *r, struct trouble *why)
{
    struct sqlite3_stmt *stmt;

    if (base_prepare(r->office.db, &stmt, "SELECT kind = 'forked', kind = 'outbox' FROM case_ c WHERE open AND " CASE_REACHED, why))
        return -1;
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        out->cases++;
        out->forks += sqlite3_column_int(stmt, 0);
        out->outbox_refused += sqlite3_column_int(stmt, 1);
    }
    sqlite3_finalize(stmt);
    return base_do(r->office.db, "SELECT count(*) FROM refused_ r WHERE NOT adopted AND NOT gone AND " REFUSED_REACHED, why, NULL, &out->refused, "");
}

int waits_read(struct waits *out, struct reader *reader, struct trouble *why)
{
    char today[16];
    time_t now = time(NULL);
    struct tm day;

    *out = (struct waits){ 0 };
    localtime_r(&now, &day);
    strftime(today, sizeof today, "%Y-%m-%d", &day);
    if (count(reader, &out->conflicts, "conflict_",
              "SELECT count(*) FROM (SELECT DISTINCT space, tbl, key, grp FROM conflict_) c WHERE reach(space, row_kel(space, tbl, key))", why) ||
        count(reader, &out->hard, "conflict_",
              "SELECT count(*) FROM (SELECT DISTINCT space, tbl, key, grp FROM conflict_ WHERE hard) c WHERE reach(space, row_kel(space, tbl, key))",
              why) ||
        count(reader, &out->held, "held_", "SELECT count(*) FROM held_ WHERE reach(space, row_kel(space, tbl, key))", why) ||
        count(reader, &out->twins, "putusan_ganda",
              "SELECT count(*) FROM twin_ t WHERE tbl = 'orang'"
              " AND reach(space, row_kel(space, tbl, a)) AND reach(space, row_kel(space, tbl, b)) AND NOT "
              "EXISTS(SELECT 1 FROM putusan_ganda g"
              " WHERE g.space = t.space AND ((g.orang_a = t.a AND g.orang_b = t.b) OR (g.orang_a = t.b AND g.orang_b = t.a)))",
              why))
        return -1;
    if (reader_has(reader, "permohonan") && base_do(reader->office.db,
                                                    "SELECT count(*) FROM permohonan WHERE batas_waktu < ?1 AND status NOT IN " FINAL_SQL
                                                    " AND reach(space, coalesce(kode_kel, row_kel(space, 'permohonan', id)))",
                                                    why, NULL, &out->overdue, "t", today))
        return -1;
    return devices_count(out, reader, why) || cases_count(out, reader, why) ? -1 : 0;
}

void waits_json(struct json *j, const char *key, const struct waits *w)
{
    json_object(j, key);
    json_integer(j, "conflicts", w->conflicts);
    json_integer(j, "hard", w->hard);
    json_integer(j, "held", w->held);
    json_integer(j, "twins", w->twins);
    json_integer(j, "refused", w->refused);
    json_integer(j, "cases", w->cases);
    json_integer(j, "overdue", w->overdue);
    json_integer(j, "outbox_refused", w->outbox_refused);
    json_integer(j, "clocks", w->clocks);
    json_integer(j, "stale", w->stale);
    json_integer(j, "forks", w->forks);
    json_end_object(j);
}
