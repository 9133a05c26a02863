/* unit/field_work.h — synthetic field work: applications of three rows each (household, person, application) as an officer's day makes them, for
 * the payload's tests and its measuring program. All is drawn from one seed; NIKs use kecamatan 99, names are put together at random. */
#ifndef TESTS_UNIT_FIELD_WORK_H
#define TESTS_UNIT_FIELD_WORK_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "change/change.h"
#include "change/key.h"
#include "crypto/crypto.h"
#include "log/payload.h"

struct field_work {
    uint64_t rng;
    struct jemput_arena arena;
    struct jemput_id_run run;
    int64_t now_ms;
    uint64_t started_ms;
    uint32_t serial;
};

#define PICK(w, list) list[field_below(w, sizeof list / sizeof list[0])]

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
static const char *const towns[] = { "PRABUMULIH", "PRABUMULIH", "PRABUMULIH", "PALEMBANG", "MUARA ENIM", "LAHAT", "BATURAJA", "JAKARTA", "BANDUNG", "KAYUAGUNG" };
static const char *const regions[] = { "16.74.05.1003", "16.74.05.1003", "16.74.05.1003", "16.74.05.1004" };
static const char *const services[] = { "KK", "KTP-el", "AKTA_KELAHIRAN", "KIA", "PINDAH", "AKTA_KEMATIAN", "BIODATA" };
static const char *const jobs[] = { "1", "2", "3", "4", "9", "19", "65", "88" };

static inline uint64_t field_next(struct field_work *w)
{
    w->rng ^= w->rng << 13;
    w->rng ^= w->rng >> 7;
    w->rng ^= w->rng << 17;
    return w->rng * UINT64_C(0x2545f4914f6cdd1d);
}

static inline uint32_t field_below(struct field_work *w, size_t bound)
{
    return (uint32_t)((field_next(w) >> 33) % bound);
}

static inline void field_work_init(struct field_work *w, uint64_t seed)
{
    *w = (struct field_work){ .rng = seed * 2 + 1, .now_ms = INT64_C(1772500000000), .started_ms = 5000, .serial = 100 };
    for (unsigned i = 0; i < 8; i++)
        field_next(w);
    for (unsigned i = 0; i < sizeof w->run.seed; i++)
        w->run.seed[i] = (uint8_t)(field_next(w) >> 40);
}

static inline struct jemput_value field_text(struct field_work *w, const char *fmt, ...)
{
    char text[256];
    va_list args;
    int len;

    va_start(args, fmt);
    len = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return (struct jemput_value){ .type = JEMPUT_TEXT, .bytes = jemput_arena_copy(&w->arena, jemput_bytes_of(text, (size_t)len)) };
}

static inline struct jemput_value field_id(struct field_work *w)
{
    uint8_t id[16];

    jemput_hash_id(id, w->run.seed, w->run.first + w->run.count++);
    return (struct jemput_value){ .type = JEMPUT_BLOB, .bytes = jemput_arena_copy(&w->arena, jemput_bytes_of(id, sizeof id)) };
}

static inline struct jemput_change field_insert(struct field_work *w, uint32_t table, struct jemput_value key, uint16_t column_count)
{
    struct jemput_change c = { .table = table, .op = JEMPUT_OP_INSERT, .cell_count = (uint16_t)(column_count - 1) };
    struct jemput_buf bytes = JEMPUT_BUF_INIT(4096);
    struct jemput_error err;

    if (jemput_key_write(&bytes, &key, 1, &err))
        abort();
    c.key = jemput_arena_copy(&w->arena, jemput_buf_bytes(&bytes));
    jemput_buf_release(&bytes);
    c.cells = jemput_arena_array(&w->arena, c.cell_count, sizeof *c.cells);
    for (uint16_t i = 0; i < c.cell_count; i++)
        c.cells[i].column = (uint16_t)(i + 1); /* column 0 is the key */
    return c;
}

static inline void field_set(struct jemput_change *c, uint16_t column, struct jemput_value v)
{
    c->cells[column - 1].value = v;
}

static inline struct jemput_value field_person_name(struct field_work *w)
{
    uint32_t kind = field_below(w, 10);

    if (kind == 0)
        return field_text(w, "%s", PICK(w, given_names));
    if (kind < 8)
        return field_text(w, "%s %s", PICK(w, given_names), PICK(w, second_names));
    return field_text(w, "%s %s %s", PICK(w, given_names), PICK(w, given_names), PICK(w, second_names));
}

/* Columns as in schema/adminduk/schema.sql: keluarga 14, orang 38, permohonan 25. */
static inline struct jemput_txn field_application(struct field_work *w)
{
    struct jemput_txn t = { .boot_id = 0x1234567890abcdefULL, .change_count = 3 };
    struct jemput_value household = field_id(w), person = field_id(w), application = field_id(w), name = field_person_name(w);
    const char *region = PICK(w, regions), *service = PICK(w, services);
    unsigned year = 1940 + field_below(w, 75), month = 1 + field_below(w, 12), day = 1 + field_below(w, 28), woman = field_below(w, 2);
    time_t now;
    struct tm tm;
    char date[16], clock[32];
    struct jemput_change *c = t.changes = jemput_arena_array(&w->arena, 3, sizeof *c);

    w->now_ms += 120000 + field_below(w, 600000);
    t.stamp = (uint64_t)w->now_ms << 16;
    t.monotonic_ms = w->started_ms + (uint64_t)(w->now_ms - INT64_C(1772500000000)) + field_below(w, 3);
    now = (time_t)(w->now_ms / 1000 + 7 * 3600);
    gmtime_r(&now, &tm);
    strftime(date, sizeof date, "%Y-%m-%d", &tm);
    strftime(clock, sizeof clock, "%Y-%m-%dT%H:%M:%S", &tm);

    c[0] = field_insert(w, 6, household, 14);
    field_set(&c[0], 1, field_text(w, "167499%02u%02u%02u%04u", 1 + field_below(w, 28), 1 + field_below(w, 12), 5 + field_below(w, 20), 1 + field_below(w, 9999)));
    field_set(&c[0], 3, name);
    field_set(&c[0], 4, field_text(w, "JL. %s NO. %u", PICK(w, streets), 1 + field_below(w, 150)));
    field_set(&c[0], 5, field_text(w, "%03u", 1 + field_below(w, 12)));
    field_set(&c[0], 6, field_text(w, "%03u", 1 + field_below(w, 5)));
    field_set(&c[0], 8, field_text(w, "%s", region));
    field_set(&c[0], 9, field_text(w, "31121"));

    c[1] = field_insert(w, 7, person, 38);
    field_set(&c[1], 1, household);
    field_set(&c[1], 2, field_text(w, "167499%02u%02u%02u%04u", day + 40 * woman, month, year % 100, 1 + field_below(w, 9999)));
    field_set(&c[1], 4, name);
    field_set(&c[1], 7, field_text(w, "%u", 1 + woman));
    field_set(&c[1], 8, field_text(w, "%s", PICK(w, towns)));
    field_set(&c[1], 9, field_text(w, "%04u-%02u-%02u", year, month, day));
    field_set(&c[1], 11, field_text(w, "%u", 1 + field_below(w, 13)));
    field_set(&c[1], 12, field_text(w, "%u", field_below(w, 8) ? 1 : 2));
    field_set(&c[1], 14, field_text(w, "%u", 1 + field_below(w, 4)));
    field_set(&c[1], 15, field_text(w, "1"));
    field_set(&c[1], 17, field_text(w, "%u", 1 + field_below(w, 9)));
    field_set(&c[1], 19, field_text(w, "%s", PICK(w, jobs)));
    field_set(&c[1], 20, field_text(w, "1"));
    field_set(&c[1], 32, field_text(w, "1"));
    if (field_below(w, 3))
        field_set(&c[1], 35, field_text(w, "08%02u%08u", 12 + field_below(w, 10), field_below(w, 100000000)));

    c[2] = field_insert(w, 11, application, 25);
    w->serial++;
    field_set(&c[2], 1, field_text(w, "07-%06u-%c", w->serial, "ABCDEFGHJKLMNPQRSTUVWXYZ"[field_below(w, 24)]));
    field_set(&c[2], 2, field_text(w, "%s", service));
    field_set(&c[2], 4, field_text(w, "JEMPUT_BOLA"));
    field_set(&c[2], 5, field_text(w, "%s", date));
    field_set(&c[2], 8, person);
    field_set(&c[2], 9, household);
    field_set(&c[2], 10, field_text(w, "%s", region));
    field_set(&c[2], 11, field_text(w, "%s", field_below(w, 5) ? "LENGKAP" : "DRAF"));
    field_set(&c[2], 13, field_text(w, "petugas 07"));
    field_set(&c[2], 16, field_text(w, "petugas 07"));
    field_set(&c[2], 17, field_text(w, "%s", clock));
    field_set(&c[2], 19, (struct jemput_value){ .type = JEMPUT_INTEGER, .integer = 1 });
    return t;
}

static inline void field_csv(FILE *out, const struct jemput_txn *t)
{
    for (uint32_t i = 0; i < t->change_count; i++) {
        const struct jemput_change *c = &t->changes[i];

        for (size_t k = 0; k < c->key.len; k++)
            fprintf(out, "%02x", c->key.data[k]);
        for (uint16_t k = 0; k < c->cell_count; k++) {
            const struct jemput_value *v = &c->cells[k].value;

            fputc(',', out);
            if (v->type == JEMPUT_INTEGER)
                fprintf(out, "%lld", (long long)v->integer);
            else if (v->type == JEMPUT_BLOB)
                for (size_t b = 0; b < v->bytes.len; b++)
                    fprintf(out, "%02x", v->bytes.data[b]);
            else if (v->type == JEMPUT_TEXT)
                fwrite(v->bytes.data, 1, v->bytes.len, out);
        }
        fputc('\n', out);
    }
}

#endif
