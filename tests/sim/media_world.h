/* sim/media_world.h — what the tests of attachments share: a schema with a table for them, files of random bytes, and what is expected of them. */
#ifndef TESTS_SIM_MEDIA_WORLD_H
#define TESTS_SIM_MEDIA_WORLD_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fleet.h"

enum { CENTRAL = 1, OFFICER = 2, OTHER = 3 };

struct media_file {
    uint8_t *bytes;
    size_t len, at, step; /* step: of one reading; 0 = as much as is asked for */
};

static inline struct media_file media_file_make(size_t len, uint32_t seed)
{
    struct media_file f = { .bytes = malloc(len ? len : 1), .len = len };

    assert_non_null(f.bytes);
    for (size_t i = 0; i < len; i++) {
        seed = seed * 1664525u + 1013904223u;
        f.bytes[i] = (uint8_t)(seed >> 24);
    }
    if (len)
        f.bytes[0] = 'x'; /* no JPEG by chance */
    return f;
}

static inline long media_file_read(void *ctx, void *out, size_t size)
{
    struct media_file *f = ctx;
    size_t len = f->len - f->at;

    len = len < size ? len : size;
    len = f->step && f->step < len ? f->step : len;
    memcpy(out, f->bytes + f->at, len);
    f->at += len;
    return (long)len;
}

/* The same file with other bytes. */
static inline struct media_file *media_file_again(struct media_file *f, uint32_t seed)
{
    struct media_file other = media_file_make(f->len, seed);

    free(f->bytes);
    *f = other;
    return f;
}

/* Device 0 founded the space, 1 is central, the others are officers; each officer has the row "w-N" in orang. `day`: what may be added in a day. */
static inline void media_fleet(struct fleet *f, unsigned devices, const char *day)
{
    char schema[1024];

    snprintf(schema, sizeof schema,
             "CREATE TABLE orang(id TEXT PRIMARY KEY, nama TEXT) WITHOUT ROWID; SELECT jemput_replicate('orang');"
             "CREATE TABLE berkas(id BLOB PRIMARY KEY NOT NULL, owner_table TEXT NOT NULL, owner_key BLOB NOT NULL, kind TEXT NOT NULL, mime TEXT NOT NULL,"
             " size INTEGER NOT NULL, content BLOB NOT NULL, urgent INTEGER, received BLOB); SELECT jemput_replicate('berkas', 'attachments=%s');",
             day);
    fleet_init(f, devices, CENTRAL, schema, 11);
    for (unsigned i = OFFICER; i < devices; i++)
        fleet_sql(f, i, "INSERT INTO orang VALUES('w-%u', 'Warga')", i);
    fleet_settle(f, 0);
}

static inline enum jemput_status media_try(struct fleet *f, unsigned device, struct media_file *file, int urgent, uint8_t id[16],
                                           struct jemput_error *err)
{
    char text[16];
    struct jemput_datum key;
    struct jemput_attaching a = { .table = "orang", .key = &key, .key_count = 1, .kind = "kk-lama", .mime = "image/jpeg", .read = media_file_read,
                                  .ctx = file, .urgent = urgent };

    snprintf(text, sizeof text, "w-%u", device < OFFICER ? OFFICER : device);
    key = fleet_text(text);
    file->at = 0;
    return jemput_attach(f->devices[device].jemput, &a, id, NULL, err);
}

static inline void media_attach(struct fleet *f, unsigned device, struct media_file *file, uint8_t id[16])
{
    struct jemput_error err;

    if (media_try(f, device, file, 0, id, &err))
        fail_msg("device %u: %s (%s)", device, err.text, jemput_status_name(err.status));
}

struct media_expecting {
    const struct media_file *file;
    size_t at;
};

static inline int media_piece_expect(void *ctx, const void *bytes, size_t len)
{
    struct media_expecting *e = ctx;

    assert_true(len <= e->file->len - e->at);
    assert_memory_equal(bytes, e->file->bytes + e->at, len);
    e->at += len;
    return 0;
}

static inline void media_expect_bytes(struct fleet *f, unsigned device, const uint8_t id[16], const struct media_file *file)
{
    struct media_expecting e = { .file = file };
    struct jemput_error err;

    if (jemput_attachment_read(f->devices[device].jemput, id, media_piece_expect, &e, &err))
        fail_msg("device %u: %s (%s)", device, err.text, jemput_status_name(err.status));
    assert_int_equal(e.at, file->len);
}

static inline void media_expect_absent(struct fleet *f, unsigned device, const uint8_t id[16])
{
    struct media_expecting e = { .file = NULL };
    struct jemput_error err;

    assert_int_equal(jemput_attachment_read(f->devices[device].jemput, id, media_piece_expect, &e, &err), JEMPUT_NOTFOUND);
}

struct media_seen {
    uint8_t id[16];
    struct jemput_attachment a;
    char kind[64], table[64];
    unsigned count;
};

static inline int media_see(void *ctx, const struct jemput_attachment *a)
{
    struct media_seen *seen = ctx;

    if (memcmp(a->id, seen->id, 16) == 0) {
        seen->a = *a;
        snprintf(seen->kind, sizeof seen->kind, "%s", a->kind);
        snprintf(seen->table, sizeof seen->table, "%s", a->table);
        seen->count++;
    }
    return 0;
}

static inline struct jemput_attachment media_look(struct fleet *f, unsigned device, const uint8_t id[16])
{
    struct media_seen seen = { .count = 0 };
    struct jemput_error err;

    memcpy(seen.id, id, 16);
    if (jemput_attachments(f->devices[device].jemput, NULL, NULL, 0, media_see, &seen, &err))
        fail_msg("device %u: %s (%s)", device, err.text, jemput_status_name(err.status));
    assert_int_equal(seen.count, 1);
    assert_string_equal(seen.kind, "kk-lama");
    assert_string_equal(seen.table, "orang");
    return seen.a;
}

static inline void media_expect_state(struct fleet *f, unsigned device, const uint8_t id[16], enum jemput_attachment_state state, unsigned done,
                                      unsigned parts)
{
    struct jemput_attachment a = media_look(f, device, id);

    assert_int_equal(a.parts, parts);
    assert_int_equal(a.parts_done, done);
    assert_int_equal(a.state, state);
}

#endif
