/* ask_today.c — GET /api/today: what came in, and what waits. */
#include <string.h>
#include <time.h>

#include "waits.h"
#include "route.h"

enum { UNSENT_MAX = 200 };

/* yyyy-mm-dd, as this machine has it. */
static void today_write(char out[11])
{
    time_t now = time(NULL);
    struct tm day;

    localtime_r(&now, &day);
    strftime(out, 11, "%Y-%m-%d", &day);
}

static bool date_good(const char *text)
{
    return strlen(text) == 10 && strspn(text, "0123456789-") == 10 && text[4] == '-' && text[7] == '-';
}

static bool spaces_json(struct request *q, struct json *j, struct trouble *why)
{
    struct sqlite3_stmt *stmt;

    if (base_prepare(q->reader->office.db, &stmt, "SELECT id, name, synced_ms, projected_ms, coalesce(error, '') FROM space ORDER BY id", why))
        return false;
    json_array(j, "spaces");
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        if (!reach_find(&q->reach, sqlite3_column_int64(stmt, 0)))
            continue;
        json_object(j, NULL);
        json_integer(j, "id", sqlite3_column_int64(stmt, 0));
        json_column(j, "name", stmt, 1);
        json_number_or_null(j, "synced_ms", sqlite3_column_type(stmt, 2) != SQLITE_NULL, sqlite3_column_int64(stmt, 2));
        json_number_or_null(j, "projected_ms", sqlite3_column_type(stmt, 3) != SQLITE_NULL, sqlite3_column_int64(stmt, 3));
        json_space_error(j, stmt, 4);
        json_end_object(j);
    }
    json_end_array(j);
    sqlite3_finalize(stmt);
    return true;
}

/* The day's applications, by kelurahan and officer, of spaces where the account is of the office: the days of a month add up to what its published
 * table hides. */
static const char today_sql[] =
    "SELECT coalesce(kel, ''), coalesce((SELECT nama FROM wilayah w WHERE w.kode = kel LIMIT 1), ''), petugas, count(*) FROM"
    " (SELECT space, coalesce(kode_kel, row_kel(space, 'permohonan', id)) AS kel, coalesce(petugas, '') AS petugas FROM permohonan WHERE tanggal = "
    "?1)"
    " WHERE reach(space, kel) AND office(space) GROUP BY 1, petugas ORDER BY 1, count(*) DESC, petugas";

struct today {
    char kel[SCOPE_BYTES], nama[128];
    int64_t count;
    unsigned by_count;
    bool open;
    struct {
        char petugas[64];
        int64_t count;
    } by[64];
};

static void kelurahan_end(struct json *j, struct today *t)
{
    if (!t->open)
        return;
    json_object(j, NULL);
    json_text(j, "kode", t->kel);
    json_text(j, "nama", t->nama);
    json_integer(j, "new", t->count);
    json_array(j, "by");
    for (unsigned i = 0; i < t->by_count; i++) {
        json_object(j, NULL);
        json_text(j, "petugas", t->by[i].petugas);
        json_integer(j, "n", t->by[i].count);
        json_end_object(j);
    }
    json_end_array(j);
    json_end_object(j);
    *t = (struct today){ .open = false };
}

static void officer_add(struct today *t, struct sqlite3_stmt *stmt)
{
    t->open = true;
    snprintf(t->kel, sizeof t->kel, "%s", (const char *)sqlite3_column_text(stmt, 0));
    snprintf(t->nama, sizeof t->nama, "%s", (const char *)sqlite3_column_text(stmt, 1));
    t->count += sqlite3_column_int64(stmt, 3);
    if (t->by_count == sizeof t->by / sizeof t->by[0])
        return;
    snprintf(t->by[t->by_count].petugas, sizeof t->by[0].petugas, "%s", (const char *)sqlite3_column_text(stmt, 2));
    t->by[t->by_count++].count = sqlite3_column_int64(stmt, 3);
}

static bool kelurahan_json(struct request *q, struct json *j, const char *date, struct trouble *why)
{
    struct sqlite3_stmt *stmt;
    struct today t = { .open = false };

    json_array(j, "kelurahan");
    if (reader_has(q->reader, "permohonan")) {
        if (base_prepare(q->reader->office.db, &stmt, today_sql, why))
            return false;
        base_bind(stmt, "t", date);
        while (sqlite3_step(stmt) == SQLITE_ROW) {
            if (t.open && strcmp(t.kel, (const char *)sqlite3_column_text(stmt, 0)) != 0)
                kelurahan_end(j, &t);
            officer_add(&t, stmt);
        }
        kelurahan_end(j, &t);
        sqlite3_finalize(stmt);
    }
    json_end_array(j);
    return true;
}

static bool hides(const struct request *q)
{
    for (unsigned i = 0; i < q->reach.count; i++)
        if (!(q->reach.of[i].roles & ROLES_OFFICE))
            return true;
    return false;
}

static bool unsent_json(struct request *q, struct json *j, struct trouble *why)
{
    struct sqlite3_stmt *stmt;
    unsigned count = 0;

    if (base_prepare(q->reader->office.db, &stmt,
                     "SELECT space, number, label, unsent, last_seen_ms FROM device_ WHERE unsent > 0 ORDER BY unsent DESC, space, number", why))
        return false;
    json_array(j, "unsent");
    while (sqlite3_step(stmt) == SQLITE_ROW && count < UNSENT_MAX) {
        if (!reach_find(&q->reach, sqlite3_column_int64(stmt, 0)))
            continue;
        count++;
        json_object(j, NULL);
        json_integer(j, "space", sqlite3_column_int64(stmt, 0));
        json_integer(j, "device", sqlite3_column_int64(stmt, 1));
        json_column(j, "label", stmt, 2);
        json_integer(j, "n", sqlite3_column_int64(stmt, 3));
        json_number_or_null(j, "last_seen_ms", sqlite3_column_int64(stmt, 4) != 0, sqlite3_column_int64(stmt, 4));
        json_end_object(j);
    }
    json_end_array(j);
    sqlite3_finalize(stmt);
    return true;
}

bool ask_today(struct request *q)
{
    const char *date = parameter(q, "date");
    struct json *j = &q->answer.json;
    struct waits waits;
    struct trouble why;
    char today[11];

    if (date && !date_good(date))
        return answer_misuse(&q->answer, "date: YYYY-MM-DD");
    today_write(today);
    if (waits_read(&waits, q->reader, &why) || !answer_open(&q->answer))
        return answer_trouble(&q->answer, &why);
    json_object(j, NULL);
    json_text(j, "date", date ? date : today);
    json_integer(j, "as_of_ms", now_ms());
    if (!spaces_json(q, j, &why) || !kelurahan_json(q, j, date ? date : today, &why))
        return answer_trouble(&q->answer, &why);
    json_bool(j, "hidden", hides(q));
    waits_json(j, "waits", &waits);
    if (!unsent_json(q, j, &why))
        return answer_trouble(&q->answer, &why);
    json_end_object(j);
    return true;
}
