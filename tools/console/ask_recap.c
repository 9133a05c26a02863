/* ask_recap.c — GET /api/recap: the monthly recap, and what of it may be published. */
#include <stdlib.h>
#include <string.h>

#include "recap.h"
#include "route.h"

enum { SERVICES_MAX = 64, MONTHS_MAX = 36 };

static bool may_count(void *ctx, int64_t space, const char *kel)
{
    const struct request *q = ctx;

    return reach_has(&q->reach, space, kel);
}

bool recap_one_table(const struct request *q)
{
    const char *month = parameter(q, "month");
    bool whole = month && recap_month_over(month) && !parameter(q, "kel") && !parameter(q, "space") && !parameter(q, "from") && !parameter(q, "to");

    for (unsigned i = 0; i < q->reach.count; i++)
        whole &= q->reach.of[i].standing.scope[0] == '\0';
    return whole;
}

/* Who is of the office in every space that is counted; others (kominfo) see what is published, and nothing that could be compared with it. */
static bool sees_all(const struct request *q)
{
    bool all = true;

    for (unsigned i = 0; i < q->reach.count; i++)
        all &= (q->reach.of[i].roles & ROLES_OFFICE) != 0;
    return all;
}

static void shares_json(struct json *j, const struct recap *r)
{
    struct recap_share shares[SERVICES_MAX];
    int64_t total;
    unsigned count = recap_shares(r, shares, SERVICES_MAX, &total);
    char percent[32];

    json_integer(j, "total", total);
    json_array(j, "services");
    for (unsigned i = 0; i < count; i++) {
        snprintf(percent, sizeof percent, "%lld.%02lld", (long long)shares[i].hundredths / 100, (long long)shares[i].hundredths % 100);
        json_object(j, NULL);
        json_text(j, "service", shares[i].service);
        json_integer(j, "n", shares[i].count);
        json_text(j, "percent", percent);
        json_end_object(j);
    }
    json_end_array(j);
}

/* A line a kelurahan, whatever the month. */
static void kelurahan_json(struct json *j, const struct recap_public *p)
{
    json_array(j, "kelurahan");
    for (unsigned row = 0; row < p->table.rows; row++) {
        json_object(j, NULL);
        json_text(j, "kode", p->kels[row]);
        json_text(j, "nama", p->names[row]);
        json_integer(j, "total", *aggregate_at(&p->table, row, p->table.columns));
        json_array(j, "services");
        for (unsigned c = 0; c < p->table.columns; c++)
            if (*aggregate_at(&p->table, row, c)) {
                json_object(j, NULL);
                json_text(j, "service", p->services[c]);
                json_integer(j, "n", *aggregate_at(&p->table, row, c));
                json_end_object(j);
            }
        json_end_array(j);
        json_end_object(j);
    }
    json_end_array(j);
}

static void cell_json(struct json *j, const char *key, const struct aggregate *a, unsigned row, unsigned column)
{
    if (aggregate_hidden(a, row, column))
        json_null(j, key);
    else
        json_integer(j, key, *aggregate_at(a, row, column));
}

static void public_json(struct json *j, struct recap_public *p)
{
    int hidden = aggregate_suppress(&p->table);

    json_object(j, "public");
    json_array(j, "columns");
    for (unsigned c = 0; c < p->table.columns; c++)
        json_text(j, NULL, p->services[c]);
    json_end_array(j);
    json_array(j, "rows");
    for (unsigned row = 0; row < p->table.rows; row++) {
        json_object(j, NULL);
        json_text(j, "kode", p->kels[row]);
        json_text(j, "nama", p->names[row]);
        json_array(j, "cells");
        for (unsigned c = 0; c < p->table.columns; c++)
            cell_json(j, NULL, &p->table, row, c);
        json_end_array(j);
        cell_json(j, "total", &p->table, row, p->table.columns);
        json_end_object(j);
    }
    json_end_array(j);
    json_array(j, "totals");
    for (unsigned c = 0; c < p->table.columns; c++)
        cell_json(j, NULL, &p->table, p->table.rows, c);
    json_end_array(j);
    cell_json(j, "total", &p->table, p->table.rows, p->table.columns);
    json_integer(j, "suppressed", hidden);
    json_integer(j, "least", AGGREGATE_LEAST);
    json_end_object(j);
}

/* Months that there are, for the same kelurahan, the newest first; and how many each. */
static void months_json(struct json *j, const struct recap *all, bool counts)
{
    struct {
        char month[8];
        int64_t count;
    } months[MONTHS_MAX];
    unsigned count = 0;

    for (size_t i = all->count; i > 0; i--) {
        const struct recap_line *line = &all->of[i - 1];

        if (count && strcmp(months[count - 1].month, line->month) == 0) {
            months[count - 1].count += line->count;
        } else if (count < MONTHS_MAX) {
            memcpy(months[count].month, line->month, sizeof line->month);
            months[count++].count = line->count;
        }
    }
    json_array(j, "months");
    for (unsigned i = 0; i < count; i++)
        json_text(j, NULL, months[i].month);
    json_end_array(j);
    json_array(j, "by_month");
    for (unsigned i = counts ? count : 0; i > 0; i--) {
        json_object(j, NULL);
        json_text(j, "month", months[i - 1].month);
        json_integer(j, "total", months[i - 1].count);
        json_end_object(j);
    }
    json_end_array(j);
}

static bool month_good(const char *month)
{
    return !month || (strlen(month) == 7 && strspn(month, "0123456789") == 4 && month[4] == '-' && strspn(month + 5, "0123456789") == 2);
}

static bool recap_told(struct request *q, const struct recap *r, const struct recap *all)
{
    struct json *j = &q->answer.json;
    struct recap_public p;

    if (!recap_publish(&p, r, false) || !answer_open(&q->answer))
        return answer_status(&q->answer, JEMPUT_NOMEM);
    json_object(j, NULL);
    json_text(j, "month", parameter(q, "month") ? parameter(q, "month") : "");
    json_text(j, "kel", parameter(q, "kel") ? parameter(q, "kel") : "");
    months_json(j, all, sees_all(q));
    if (sees_all(q)) {
        shares_json(j, r);
        kelurahan_json(j, &p);
    } else {
        json_null(j, "total");
        json_array(j, "services");
        json_end_array(j);
        json_array(j, "kelurahan");
        json_end_array(j);
    }
    if (recap_one_table(q))
        public_json(j, &p);
    else
        json_null(j, "public");
    json_end_object(j);
    recap_public_release(&p);
    return true;
}

bool ask_recap(struct request *q)
{
    const struct reach_space *space;
    struct recap_asked asked = { .month = parameter(q, "month"), .kel = parameter(q, "kel"), .may = may_count, .ctx = q };
    struct recap r = { 0 }, all = { 0 };
    struct trouble why;
    bool good;

    if (!parameter_space(q, &space))
        return false;
    if (!month_good(asked.month))
        return answer_misuse(&q->answer, "month: YYYY-MM");
    asked.space = space ? space->standing.space : 0;
    if (!reader_has(q->reader, "permohonan"))
        good = recap_told(q, &r, &all);
    else if (recap_read(&r, q->reader->office.db, &asked, &why) || (asked.month = NULL, recap_read(&all, q->reader->office.db, &asked, &why)))
        good = answer_trouble(&q->answer, &why);
    else
        good = recap_told(q, &r, &all);
    recap_release(&r);
    recap_release(&all);
    return good;
}
