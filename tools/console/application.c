/* application.c — see application.h. */
#include "application.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define HOUR_MS INT64_C(3600000)

static const char *text(struct sqlite3_stmt *stmt, int column)
{
    const char *t = (const char *)sqlite3_column_text(stmt, column);

    return t ? t : "";
}

/* Whole hours since the beginning of that day, here; -1: no day. */
static int64_t hours_since_day(const char *day)
{
    struct tm when = { .tm_isdst = -1 };
    int year, month, date;
    time_t at;

    if (strlen(day) < 10 || strspn(day, "0123456789-") < 10)
        return -1;
    year = atoi(day);
    month = atoi(day + 5);
    date = atoi(day + 8);
    when.tm_year = year - 1900;
    when.tm_mon = month - 1;
    when.tm_mday = date;
    at = mktime(&when);
    return at == (time_t)-1 || time(NULL) < at ? 0 : (int64_t)(time(NULL) - at) / 3600;
}

static bool is_past(const char *day)
{
    time_t now = time(NULL);
    struct tm today;
    char text_today[16];

    localtime_r(&now, &today);
    strftime(text_today, sizeof text_today, "%Y-%m-%d", &today);
    return day[0] && strcmp(day, text_today) < 0;
}

void clocks_read(struct clocks *out, struct sqlite3_stmt *stmt)
{
    bool final = sqlite3_column_int(stmt, 17);

    out->status_ms = sqlite3_column_int64(stmt, 18);
    out->step_age_h = !final && out->status_ms && now_ms() > out->status_ms ? (now_ms() - out->status_ms) / HOUR_MS : -1;
    out->since_visit_h = final ? -1 : hours_since_day(text(stmt, 16)[0] ? text(stmt, 16) : text(stmt, 3));
    out->since_complete_h = final ? -1 : hours_since_day(text(stmt, 15));
    out->late = !final && is_past(text(stmt, 14));
}

void application_members(struct request *q, struct json *j, struct sqlite3_stmt *stmt)
{
    struct clocks c;

    (void)q;
    clocks_read(&c, stmt);
    json_integer(j, "space", sqlite3_column_int64(stmt, 0));
    json_column(j, "id", stmt, 1);
    json_column(j, "code", stmt, 2);
    json_column(j, "date", stmt, 3);
    json_column(j, "service", stmt, 4);
    json_column(j, "variant", stmt, 5);
    json_column(j, "applicant", stmt, 6);
    json_column(j, "nik_masked", stmt, 7);
    json_column(j, "kel", stmt, 8);
    json_column(j, "rt", stmt, 9);
    json_column(j, "rw", stmt, 10);
    json_column(j, "status", stmt, 11);
    json_text(j, "status_label", text(stmt, 12)[0] ? text(stmt, 12) : text(stmt, 11));
    json_column_or_null(j, "holder", stmt, 13);
    json_column_or_null(j, "due", stmt, 14);
    json_number_or_null(j, "step_age_h", c.step_age_h >= 0, c.step_age_h);
    json_number_or_null(j, "since_visit_h", c.since_visit_h >= 0, c.since_visit_h);
    json_number_or_null(j, "since_complete_h", c.since_complete_h >= 0, c.since_complete_h);
    json_bool(j, "late", c.late);
    json_bool(j, "conflict", sqlite3_column_int(stmt, 19));
}
