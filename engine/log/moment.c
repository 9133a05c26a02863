/* log/moment.c — dates and times as text: an instant near the transaction's own time, or near the one before (schema/formats/payload.md,
 * "Moments"). */
#include "log/codec.h"

#include <string.h>

/* Forms of text. D stands for the ten bytes of a date, T for the eight of a time of day; a form is the separator between and what follows. */
static const struct form {
    unsigned len;
    unsigned unit_ms; /* of the last digit */
    char between, end;
} forms[] = {
    { 10, 86400000, 0, 0 },  /* 2026-03-14 */
    { 19, 1000, 'T', 0 },    /* 2026-03-14T08:15:22 */
    { 19, 1000, ' ', 0 },    /* 2026-03-14 08:15:22 */
    { 20, 1000, 'T', 'Z' },  /* 2026-03-14T08:15:22Z */
    { 23, 1, 'T', 0 },       /* 2026-03-14T08:15:22.123 */
    { 23, 1, ' ', 0 },       /* 2026-03-14 08:15:22.123 */
    { 24, 1, 'T', 'Z' },     /* 2026-03-14T08:15:22.123Z */
    { 16, 60000, 'T', 0 },   /* 2026-03-14T08:15 */
    { 16, 60000, ' ', 0 },   /* 2026-03-14 08:15 */
};

#define FORM_COUNT (sizeof forms / sizeof forms[0])
#define MOMENT_BYTES_MAX 24
#define DAYS_MIN (-719528) /* 0000-01-01 */
#define DAYS_MAX 2932896   /* 9999-12-31 */

/* Days since 1970 of a day in the proleptic Gregorian calendar, counted from March so that the leap day is a year's last. */
static int64_t days_of(int64_t year, unsigned month, unsigned day)
{
    int64_t y = year - (month <= 2), era = (y >= 0 ? y : y - 399) / 400;
    int64_t of_era = y - era * 400, of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void put_digits(uint8_t *out, unsigned digits, uint64_t v)
{
    while (digits--) {
        out[digits] = (uint8_t)('0' + v % 10);
        v /= 10;
    }
}

static void put_date(uint8_t out[JEMPUT_DATE_BYTES], int64_t days)
{
    int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097, of_era = z - era * 146097;
    int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100), month = (5 * of_year + 2) / 153;
    int64_t day = of_year - (153 * month + 2) / 5 + 1;

    month += month < 10 ? 3 : -9;
    put_digits(out, 4, (uint64_t)(year_of_era + era * 400 + (month <= 2)));
    put_digits(out + 5, 2, (uint64_t)month);
    put_digits(out + 8, 2, (uint64_t)day);
    out[4] = out[7] = '-';
}

static bool take_digits(const uint8_t *text, unsigned digits, unsigned *out)
{
    *out = 0;
    for (unsigned i = 0; i < digits; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        *out = *out * 10 + (text[i] - '0');
    }
    return true;
}

static bool moment_put(uint8_t out[MOMENT_BYTES_MAX], const struct form *form, int64_t units)
{
    int64_t per_day = 86400000 / form->unit_ms, days;
    uint64_t ms;

    if (units < DAYS_MIN * per_day || units >= (DAYS_MAX + 1) * per_day)
        return false;
    days = (units >= 0 ? units : units - per_day + 1) / per_day;
    ms = (uint64_t)(units - days * per_day) * form->unit_ms;
    put_date(out, days);
    if (form->len == JEMPUT_DATE_BYTES)
        return true;
    out[10] = (uint8_t)form->between;
    put_digits(out + 11, 2, ms / 3600000);
    put_digits(out + 14, 2, ms / 60000 % 60);
    out[13] = ':';
    if (form->len >= 19) {
        out[16] = ':';
        put_digits(out + 17, 2, ms / 1000 % 60);
    }
    if (form->len >= 23) {
        out[19] = '.';
        put_digits(out + 20, 3, ms % 1000);
    }
    if (form->end)
        out[form->len - 1] = (uint8_t)form->end;
    return true;
}

/* Lenient: that it is exact is checked by writing it again. */
static bool moment_take(int64_t *units, const struct form *form, struct jemput_bytes text)
{
    unsigned year, month, day, hour = 0, minute = 0, second = 0, ms = 0;
    uint8_t again[MOMENT_BYTES_MAX];
    const uint8_t *t = text.data;

    if (text.len != form->len || !take_digits(t, 4, &year) || !take_digits(t + 5, 2, &month) || !take_digits(t + 8, 2, &day) || month < 1 ||
        month > 12)
        return false;
    if (form->len >= 16 && (!take_digits(t + 11, 2, &hour) || !take_digits(t + 14, 2, &minute)))
        return false;
    if ((form->len >= 19 && !take_digits(t + 17, 2, &second)) || (form->len >= 23 && !take_digits(t + 20, 3, &ms)))
        return false;
    *units = days_of(year, month, day) * (86400000 / form->unit_ms) +
             (hour * INT64_C(3600000) + minute * INT64_C(60000) + second * INT64_C(1000) + ms) / form->unit_ms;
    return moment_put(again, form, *units) && memcmp(again, t, form->len) == 0;
}

static int64_t *moment_base(const struct jemput_cells *c, const struct form *form, int64_t *base)
{
    for (uint32_t i = 0; base && i < c->count; i++)
        base[i] = jemput_stamp_ms(c->txns[c->txn[i]].stamp) / form->unit_ms;
    return base;
}

enum jemput_fit jemput_moment_write(struct jemput_sink *s, const struct jemput_cells *c, unsigned variant)
{
    int64_t *x, *base, ignored;
    unsigned form = 0;

    (void)variant;
    if (c->at[0]->type != JEMPUT_TEXT)
        return JEMPUT_FIT_NO;
    while (form < FORM_COUNT && !moment_take(&ignored, &forms[form], c->at[0]->bytes))
        form++;
    if (form == FORM_COUNT)
        return JEMPUT_FIT_NO;
    x = jemput_arena_array(c->scratch, c->count, sizeof *x);
    base = moment_base(c, &forms[form], jemput_arena_array(c->scratch, c->count, sizeof *base));
    if (!x || !base)
        return JEMPUT_FIT_NOMEM;
    for (uint32_t i = 0; i < c->count; i++)
        if (c->at[i]->type != JEMPUT_TEXT || !moment_take(&x[i], &forms[form], c->at[i]->bytes))
            return JEMPUT_FIT_NO;
    jemput_buf_u8(s->body, (uint8_t)form);
    return jemput_numbers_write(s, x, c->count, base, c->scratch);
}

void jemput_moment_read(struct jemput_source *s, const struct jemput_cells *c)
{
    unsigned form = jemput_read_u8(&s->body);
    int64_t *x = jemput_source_scratch(s, c->count, sizeof *x), *base;

    if (form >= FORM_COUNT) {
        jemput_source_fail(s, JEMPUT_UPGRADE, "moments: no such form");
        return;
    }
    base = moment_base(c, &forms[form], jemput_source_scratch(s, c->count, sizeof *base));
    if (!x || !base)
        return;
    jemput_numbers_read(s, x, c->count, base);
    for (uint32_t i = 0; i < c->count && !s->failed; i++) {
        uint8_t *made;

        if (i && x[i] == x[i - 1]) { /* days come in runs */
            *c->at[i] = *c->at[i - 1];
            continue;
        }
        made = jemput_source_make(s, forms[form].len);
        if (!made)
            return;
        if (!moment_put(made, &forms[form], x[i])) {
            jemput_source_fail(s, JEMPUT_CORRUPT, "moments: outside years 0 to 9999");
            return;
        }
        *c->at[i] = (struct jemput_value){ .type = JEMPUT_TEXT, .bytes = { made, forms[form].len } };
    }
}

bool jemput_nik_birth(uint8_t out[JEMPUT_DATE_BYTES], struct jemput_bytes nik, unsigned pivot)
{
    unsigned day, month, year;

    if (nik.len != 16 || !take_digits(nik.data + 6, 2, &day) || !take_digits(nik.data + 8, 2, &month) || !take_digits(nik.data + 10, 2, &year))
        return false;
    day -= day > 40 ? 40 : 0;
    if (day < 1 || day > 31 || month < 1 || month > 12)
        return false;
    put_digits(out, 4, year + (year <= pivot ? 2000u : 1900u));
    put_digits(out + 5, 2, month);
    put_digits(out + 8, 2, day);
    out[4] = out[7] = '-';
    return true;
}
