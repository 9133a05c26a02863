/* region_people.c — see region_people.h. */
#include "region_people.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

const char *const region_bands[REGION_BANDS] = { "0-4", "5-16", "17-24", "25-44", "45-59", "60+", "?" };

/* ?1: the kelurahan, NULL = all; a BLOB comes after every text. */
static const char people_sql[] =
    "SELECT k.kode_kel, coalesce(k.rw, ''), coalesce(k.rt, ''), office(k.space), o.tanggal_lahir FROM keluarga k"
    " CROSS JOIN orang o ON o.keluarga_id = k.id AND o.space = k.space"
    " WHERE k.kode_kel > '' AND k.kode_kel BETWEEN coalesce(?1, '') AND coalesce(?1, x'') AND reach(k.space, k.kode_kel)"
    " ORDER BY k.kode_kel, k.rw, k.rt";

struct counting {
    struct region_rts *rts;
    struct region_people *out;
    char born_after[REGION_BANDS - 2][24]; /* who is in that band, or a younger one */
    struct region_rt *rt;                  /* of the line before; NULL = it is none that is listed */
    struct region_ages *ages;
    char kel[32], rw[128], rt_name[128];
};

/* On that day of so many years ago, and before, those were born who are as old as that in whole years. */
static void cutoffs_take(struct counting *c)
{
    static const int ages[REGION_BANDS - 2] = { 5, 17, 25, 45, 60 };
    time_t now = time(NULL);
    struct tm here;

    localtime_r(&now, &here);
    for (unsigned i = 0; i < REGION_BANDS - 2; i++)
        snprintf(c->born_after[i], sizeof c->born_after[i], "%04d-%02d-%02d", here.tm_year + 1900 - ages[i], here.tm_mon + 1, here.tm_mday);
}

static bool is_dated(const char *born)
{
    return born && (born[0] == '1' || born[0] == '2') && strspn(born, "0123456789") == 4 && born[4] == '-';
}

static unsigned band_of(const struct counting *c, const char *born)
{
    unsigned band = 0;

    if (!is_dated(born))
        return REGION_BANDS - 1;
    while (band < REGION_BANDS - 2 && strcmp(born, c->born_after[band]) <= 0)
        band++;
    return band;
}

static int rt_compare(const void *key, const void *member)
{
    const struct counting *c = key;
    const struct region_rt *rt = member;
    int order = strcmp(c->kel, rt->kel);

    if (order == 0)
        order = strcmp(c->rw, rt->rw);
    return order ? order : strcmp(c->rt_name, rt->rt);
}

static void ages_begin(struct counting *c)
{
    struct region_people *p = c->out;

    if (p->count && strcmp(p->of[p->count - 1].kel, c->kel) == 0)
        return;
    p->of = memory_resize(p->of, p->count + 1, sizeof *p->of);
    c->ages = &p->of[p->count++];
    *c->ages = (struct region_ages){ .counts = { 0 } };
    memcpy(c->ages->kel, c->kel, sizeof c->kel);
    for (unsigned i = 0; i < REGION_BANDS; i++)
        c->ages->office[i] = true;
}

/* Lines of one RT come one after the other. */
static void place_take(struct counting *c, struct sqlite3_stmt *stmt)
{
    const char *kel = (const char *)sqlite3_column_text(stmt, 0), *rw = (const char *)sqlite3_column_text(stmt, 1);
    const char *rt = (const char *)sqlite3_column_text(stmt, 2);

    if (c->ages && strcmp(kel, c->kel) == 0 && strcmp(rw, c->rw) == 0 && strcmp(rt, c->rt_name) == 0)
        return;
    snprintf(c->kel, sizeof c->kel, "%s", kel);
    snprintf(c->rw, sizeof c->rw, "%s", rw);
    snprintf(c->rt_name, sizeof c->rt_name, "%s", rt);
    c->rt = c->rts->count ? bsearch(c, c->rts->of, c->rts->count, sizeof *c->rts->of, rt_compare) : NULL;
    ages_begin(c);
}

static void person_count(struct counting *c, struct sqlite3_stmt *stmt)
{
    unsigned band = band_of(c, (const char *)sqlite3_column_text(stmt, 4));

    place_take(c, stmt);
    if (c->rt)
        c->rt->persons++;
    c->ages->counts[band]++;
    c->ages->office[band] &= sqlite3_column_int(stmt, 3) != 0;
}

bool region_people_read(struct request *q, const char *kel, struct region_rts *rts, struct region_people *out, struct trouble *why)
{
    struct counting c = { .rts = rts, .out = out };
    struct sqlite3_stmt *stmt;

    *out = (struct region_people){ .count = 0 };
    if (base_prepare(q->reader->office.db, &stmt, people_sql, why))
        return false;
    base_bind(stmt, "t", kel);
    cutoffs_take(&c);
    while (sqlite3_step(stmt) == SQLITE_ROW)
        person_count(&c, stmt);
    sqlite3_finalize(stmt);
    return true;
}

static int kel_compare(const void *key, const void *member)
{
    return strcmp(key, ((const struct region_ages *)member)->kel);
}

const struct region_ages *region_people_of(const struct region_people *p, const char *kel)
{
    return p->count ? bsearch(kel, p->of, p->count, sizeof *p->of, kel_compare) : NULL;
}
