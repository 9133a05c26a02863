/* work.c — see work.h. */
#include "work.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "trouble.h"

#define PICK(w, list) list[random_below(&(w)->random, (unsigned)(sizeof list / sizeof list[0]))]
#define JAKARTA_S (7 * 3600)

static const char *const given_names[] = {
    "AGUS", "AHMAD", "ALDI", "ALFIN", "AMELIA", "ANDI", "ANGGUN", "ANISA", "ARDI", "ARIF", "ASEP", "AYU", "BAGAS", "BAYU", "BELLA", "BUDI", "CANDRA", "CHOIRUL",
    "CICI", "DANANG", "DARA", "DEDEN", "DEWI", "DIAN", "DIMAS", "DINA", "EDO", "EKA", "ELISA", "ENDANG", "FAISAL", "FANI", "FERDI", "FITRI", "GALIH", "GILANG",
    "GITA", "HADI", "HANA", "HENDRA", "HESTI", "IDA", "IKA", "ILHAM", "INDAH", "IRFAN", "JAKA", "JULI", "KARTIKA", "KHAIRUL", "LALA", "LENI", "LILIS", "LUKMAN",
    "MAHMUD", "MELI", "MIFTAH", "MUHAMMAD", "NADIA", "NANDA", "NENI", "NIA", "NOVAL", "NURUL", "OKI", "PANJI", "PUJI", "PUTRI", "RAHMA", "RANI", "RATNA", "RENDI",
    "RIKO", "RINA", "RIZKI", "ROBI", "RUSTAM", "SALSA", "SANTI", "SARI", "SITI", "SRI", "SUCI", "TAUFIK", "TEGUH", "TIARA", "TONI", "UJANG", "ULFA", "VINA",
    "WAHYU", "WAWAN", "WIDYA", "YANI", "YOGA", "YULI", "YUNI", "ZAKI", "ZAHRA", "ZULFA",
};
static const char *const second_names[] = {
    "ADITYA", "ANGGRAINI", "ANWAR", "ARIFIN", "ASTUTI", "AZHAR", "BASRI", "CAHYADI", "DAMAYANTI", "EFENDI", "FADILLAH", "FEBRIANI", "FIRMANSYAH", "GUNAWAN",
    "HAKIM", "HANDAYANI", "HARAHAP", "HASIBUAN", "HERMAWAN", "HIDAYAT", "IRAWAN", "ISKANDAR", "JAYA", "KURNIAWAN", "KUSUMA", "LESTARI", "LUBIS", "MAULANA",
    "MULYADI", "NASUTION", "NUGRAHA", "NURHAYATI", "OKTAVIANI", "PERMANA", "PERTIWI", "PRATAMA", "PURNOMO", "PUSPITA", "RAHAYU", "RAHMAN", "RAMADHAN",
    "SAFITRI", "SAPUTRA", "SARI", "SETIAWAN", "SIREGAR", "SUHENDRA", "SUSANTI", "SYAHPUTRA", "UTAMI", "WIBOWO", "WIJAYA", "WULANDARI", "YULIANTI", "ZAINAL",
};
static const char *const streets[] = {
    "MERDEKA", "SUDIRMAN", "KENANGA", "MELATI", "ANGGREK", "PADAT KARYA", "BUKIT LEBAR", "SUMATERA", "RAMA", "NIAS", "BANGAU", "CEMARA", "PATIMURA", "ARJUNA",
    "KEBON JERUK", "TALANG JIMAR",
};
static const char *const towns[] = { "PRABUMULIH", "PRABUMULIH", "PRABUMULIH", "PALEMBANG", "MUARA ENIM", "LAHAT", "BATURAJA", "JAKARTA", "BANDUNG",
                                     "KAYUAGUNG" };
static const char *const regions[] = { "16.74.05.1003", "16.74.05.1003", "16.74.05.1003", "16.74.05.1004" };
static const char *const services[] = { "KK", "KTP-el", "AKTA_KELAHIRAN", "KIA", "PINDAH", "AKTA_KEMATIAN", "BIODATA" };
static const char *const jobs[] = { "1", "2", "3", "4", "9", "19", "65", "88" };

void work_init(struct work *w, uint64_t seed, unsigned officer, int64_t start_ms)
{
    *w = (struct work){ .now_ms = start_ms, .officer = officer, .serial = 100 };
    random_init(&w->random, seed * 4099 + officer);
}

void work_pause(struct work *w)
{
    w->now_ms += 120000 + random_below(&w->random, 600000);
}

const char *application_field(const struct application *a, enum field field)
{
    return a->at[field] ? a->text + a->at[field] : NULL;
}

struct draft {
    struct application *a;
    unsigned used; /* bytes of text */
};

__attribute__((format(printf, 3, 4))) static void field_set(struct draft *d, enum field field, const char *fmt, ...)
{
    va_list args;
    int len;

    va_start(args, fmt);
    len = vsnprintf(d->a->text + d->used, APPLICATION_TEXT_BYTES - d->used, fmt, args);
    va_end(args);
    if (len < 0 || d->used + (unsigned)len >= APPLICATION_TEXT_BYTES)
        trouble("an application is longer than %d bytes", APPLICATION_TEXT_BYTES);
    d->a->at[field] = (uint16_t)d->used;
    d->used += (unsigned)len + 1;
}

static void name_set(struct work *w, struct draft *d)
{
    unsigned kind = random_below(&w->random, 10);
    const char *first = PICK(w, given_names);

    if (kind == 0)
        field_set(d, FIELD_NAME, "%s", first);
    else if (kind < 8)
        field_set(d, FIELD_NAME, "%s %s", first, PICK(w, second_names));
    else {
        const char *second = PICK(w, given_names);

        field_set(d, FIELD_NAME, "%s %s %s", first, second, PICK(w, second_names));
    }
}

void work_address(struct work *w, char *out, unsigned size)
{
    const char *street = PICK(w, streets);

    snprintf(out, size, "JL. %s NO. %u", street, 1 + random_below(&w->random, 150));
}

static void household_set(struct work *w, struct draft *d)
{
    struct random *r = &w->random;
    unsigned day = 1 + random_below(r, 28), month = 1 + random_below(r, 12), year = 5 + random_below(r, 20);
    char address[64];

    field_set(d, FIELD_NO_KK, "167499%02u%02u%02u%04u", day, month, year, 1 + random_below(r, 9999));
    work_address(w, address, sizeof address);
    field_set(d, FIELD_ADDRESS, "%s", address);
    field_set(d, FIELD_RT, "%03u", 1 + random_below(r, 12));
    field_set(d, FIELD_RW, "%03u", 1 + random_below(r, 5));
    field_set(d, FIELD_REGION, "%s", PICK(w, regions));
    field_set(d, FIELD_POST, "31121");
}

static void person_set(struct work *w, struct draft *d)
{
    struct random *r = &w->random;
    unsigned year = 1940 + random_below(r, 75), month = 1 + random_below(r, 12), day = 1 + random_below(r, 28), woman = random_below(r, 2);

    field_set(d, FIELD_NIK, "167499%02u%02u%02u%04u", day + 40 * woman, month, year % 100, 1 + random_below(r, 9999));
    field_set(d, FIELD_SEX, "%u", 1 + woman);
    field_set(d, FIELD_TOWN, "%s", PICK(w, towns));
    field_set(d, FIELD_BORN, "%04u-%02u-%02u", year, month, day);
    field_set(d, FIELD_BLOOD, "%u", 1 + random_below(r, 13));
    field_set(d, FIELD_RELIGION, "%u", random_below(r, 8) ? 1 : 2);
    field_set(d, FIELD_MARRIED, "%u", 1 + random_below(r, 4));
    field_set(d, FIELD_PLACE, "1");
    field_set(d, FIELD_SCHOOL, "%u", 1 + random_below(r, 9));
    field_set(d, FIELD_JOB, "%s", PICK(w, jobs));
    field_set(d, FIELD_CITIZEN, "1");
    if (random_below(r, 3)) {
        unsigned operator = 12 + random_below(r, 10);

        field_set(d, FIELD_PHONE, "08%02u%08u", operator, random_below(r, 100000000));
    }
}

static void request_set(struct work *w, struct draft *d)
{
    time_t now = (time_t)(w->now_ms / 1000 + JAKARTA_S);
    struct tm tm;
    char date[16], clock[32];

    gmtime_r(&now, &tm);
    strftime(date, sizeof date, "%Y-%m-%d", &tm);
    strftime(clock, sizeof clock, "%Y-%m-%dT%H:%M:%S", &tm);
    w->serial++;
    field_set(d, FIELD_RECEIPT, "%02u-%06u-%c", w->officer, w->serial, "ABCDEFGHJKLMNPQRSTUVWXYZ"[random_below(&w->random, 24)]);
    field_set(d, FIELD_SERVICE, "%s", PICK(w, services));
    field_set(d, FIELD_CHANNEL, "JEMPUT_BOLA");
    field_set(d, FIELD_DATE, "%s", date);
    field_set(d, FIELD_STATUS, "DRAF");
    field_set(d, FIELD_OFFICER, "petugas %02u", w->officer);
    field_set(d, FIELD_CLOCK, "%s", clock);
}

void work_application(struct work *w, struct application *out)
{
    struct draft d = { .a = out, .used = 1 };

    for (unsigned i = 0; i < FIELD_COUNT; i++)
        out->at[i] = 0;
    work_pause(w);
    out->now_ms = w->now_ms;
    name_set(w, &d);
    household_set(w, &d);
    person_set(w, &d);
    request_set(w, &d);
}

struct application *work_applications(struct work *w, unsigned count)
{
    struct application *all = malloc(count * sizeof *all);

    if (!all)
        trouble("no memory for %u applications", count);
    for (unsigned i = 0; i < count; i++)
        work_application(w, &all[i]);
    return all;
}
