/* unit/payload_world.h — what tests of payloads share: writing, reading and comparing them, random work, damage, golden files. */
#ifndef TESTS_UNIT_PAYLOAD_WORLD_H
#define TESTS_UNIT_PAYLOAD_WORLD_H

#include "base/limits.h"
#include "base/zip.h"
#include "field_work.h"
#include "log/codec.h"
#include "log/times.h"
#include "txn_random.h"
#include "vectors.h"

#define TXNS_MAX 24

struct work { /* what one segment holds */
    struct jemput_txn txns[TXNS_MAX];
    uint32_t count;
    struct jemput_id_run runs[3];
    uint32_t run_count;
};

/* --- comparing: by pending records, which test_change.c has shown to be exact --- */

static inline struct jemput_buf records_of(const struct jemput_txn *txns, uint32_t count)
{
    struct jemput_buf bytes = JEMPUT_BUF_INIT(JEMPUT_TXN_BYTES_MAX);

    for (uint32_t i = 0; i < count; i++)
        jemput_txn_write(&bytes, &txns[i]);
    assert_int_equal(bytes.failed, JEMPUT_OK);
    return bytes;
}

static inline void assert_same_work(const struct jemput_txn *a, uint32_t a_count, const struct jemput_txn *b, uint32_t b_count)
{
    struct jemput_buf x = records_of(a, a_count), y = records_of(b, b_count);

    assert_int_equal(a_count, b_count);
    assert_true(jemput_bytes_equal(jemput_buf_bytes(&x), jemput_buf_bytes(&y)));
    jemput_buf_release(&x);
    jemput_buf_release(&y);
}

static inline struct jemput_buf payload_of(const struct jemput_txn *txns, uint32_t count, const struct jemput_id_run *runs, uint32_t run_count)
{
    struct jemput_buf payload = JEMPUT_BUF_INIT(JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX);
    struct jemput_error err;

    if (jemput_payload_write(&payload, txns, count, runs, run_count, &err))
        fail_msg("write: %s", err.text);
    return payload;
}

/* Write, read from memory that is exactly as large, compare; returns the size. */
static inline size_t assert_comes_back(const struct jemput_txn *txns, uint32_t count, const struct jemput_id_run *runs, uint32_t run_count)
{
    struct jemput_buf payload = payload_of(txns, count, runs, run_count);
    uint8_t *exact = malloc(payload.len);
    struct jemput_arena arena = { 0 };
    struct jemput_txn *back;
    uint32_t back_count;
    struct jemput_error err;
    size_t len = payload.len;

    memcpy(exact, payload.data, len);
    if (jemput_payload_read(&back, &back_count, jemput_bytes_of(exact, len), &arena, &err))
        fail_msg("read: %s", err.text);
    free(exact); /* nothing may borrow from it */
    assert_same_work(txns, count, back, back_count);
    jemput_arena_release(&arena);
    jemput_buf_release(&payload);
    return len;
}

/* --- random work --- */

static inline void ids_sprinkle(struct work *w, struct jemput_arena *arena)
{
    w->run_count = random_under(4);
    for (uint32_t i = 0; i < w->run_count; i++) {
        for (unsigned k = 0; k < 32; k++)
            w->runs[i].seed[k] = (uint8_t)random_next();
        w->runs[i].first = random_under(2) ? random_under(100) : random_next();
        w->runs[i].count = 1 + random_under(60);
        if (w->runs[i].first + w->runs[i].count < w->runs[i].first)
            w->runs[i].first = 0;
    }
    for (uint32_t i = 0; w->run_count && i < w->count; i++) {
        for (uint32_t k = 0; k < w->txns[i].change_count; k++) {
            struct jemput_change *c = &w->txns[i].changes[k];
            uint32_t run = random_under(w->run_count);
            uint8_t id[16];

            jemput_hash_id(id, w->runs[run].seed, w->runs[run].first + random_under((uint32_t)w->runs[run].count));
            if (c->cell_count && random_under(2))
                c->cells[random_under(c->cell_count)].value =
                    (struct jemput_value){ .type = JEMPUT_BLOB, .bytes = jemput_arena_copy(arena, jemput_bytes_of(id, 16)) };
        }
    }
}

static inline void random_work(struct work *w, struct jemput_arena *arena)
{
    *w = (struct work){ .count = random_under(TXNS_MAX + 1) };
    for (uint32_t i = 0; i < w->count; i++) {
        w->txns[i] = random_txn(arena, 5);
        w->txns[i].stamp = (i ? w->txns[i - 1].stamp : random_next() >> 2) + 1 + (random_under(2) ? random_under(5) : random_next() >> 8);
        if (i && random_under(2)) {
            w->txns[i].boot_id = w->txns[i - 1].boot_id;
            w->txns[i].monotonic_ms = w->txns[i - 1].monotonic_ms + random_under(5000);
        }
    }
    ids_sprinkle(w, arena);
}

/* --- damage --- */

struct streams {
    struct jemput_buf body, codes;
};

static inline struct streams streams_of(struct jemput_bytes payload)
{
    struct streams s = { JEMPUT_BUF_INIT(1 << 26), JEMPUT_BUF_INIT(1 << 26) };
    struct jemput_reader r = { .rest = payload };
    struct jemput_error err;

    jemput_read_sized(&r);
    assert_int_equal(jemput_zip_inflate(&s.body, jemput_read_sized(&r), 1 << 26, 0, jemput_dictionary(), &err), JEMPUT_OK);
    jemput_buf_append_bytes(&s.codes, r.rest);
    return s;
}

static inline void streams_release(struct streams *s)
{
    jemput_buf_release(&s->body);
    jemput_buf_release(&s->codes);
}

/* Whatever is read must be well enough to be written and read again. */
static inline enum jemput_status read_damaged(struct jemput_bytes body, struct jemput_bytes codes, struct jemput_error *err)
{
    uint8_t *exact_body = malloc(body.len ? body.len : 1), *exact_codes = malloc(codes.len ? codes.len : 1);
    struct jemput_arena arena = { 0 };
    struct jemput_txn *back;
    uint32_t count;
    enum jemput_status st;

    memcpy(exact_body, body.data, body.len);
    if (codes.len)
        memcpy(exact_codes, codes.data, codes.len);
    st = jemput_streams_read(&back, &count, NULL, jemput_bytes_of(exact_body, body.len), jemput_bytes_of(exact_codes, codes.len), 70000, &arena, err);
    if (!st)
        assert_comes_back(back, count, NULL, 0);
    else
        assert_true(st == JEMPUT_CORRUPT || st == JEMPUT_LIMIT || st == JEMPUT_UPGRADE);
    jemput_arena_release(&arena);
    free(exact_body);
    free(exact_codes);
    return st;
}

static inline void assert_damage_is_harmless(struct jemput_bytes payload)
{
    struct streams s = streams_of(payload);
    struct jemput_buf *halves[2] = { &s.body, &s.codes };
    struct jemput_error err;

    assert_int_equal(read_damaged(jemput_buf_bytes(&s.body), jemput_buf_bytes(&s.codes), &err), JEMPUT_OK);
    for (unsigned h = 0; h < 2; h++) {
        for (size_t bit = 0; bit < halves[h]->len * 8; bit++) {
            halves[h]->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
            read_damaged(jemput_buf_bytes(&s.body), jemput_buf_bytes(&s.codes), &err);
            halves[h]->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
    for (size_t len = 0; len < s.body.len; len++)
        assert_true(read_damaged(jemput_bytes_of(s.body.data, len), jemput_buf_bytes(&s.codes), &err) != JEMPUT_OK);
    for (size_t len = 0; len < s.codes.len; len++)
        read_damaged(jemput_buf_bytes(&s.body), jemput_bytes_of(s.codes.data, len), &err);
    streams_release(&s);
}

/* --- golden --- */

/* payload-*.txt: "payload <hex>", then "record <hex>" for each transaction, then perhaps another payload. Only reading is pinned: another zlib may pack
 * the body otherwise. */
typedef void (*golden_fn)(struct jemput_bytes payload, const struct jemput_txn *txns, uint32_t count);

static inline void golden_file_is_read(const char *name, golden_fn each)
{
    struct jemput_bytes file = vector_load(name), rest = file;
    char *line = malloc(VECTOR_BYTES_MAX);
    uint8_t *bytes = malloc(VECTOR_BYTES_MAX / 2);
    struct jemput_arena arena = { 0 };
    struct jemput_txn *txns;
    uint32_t count = 0, records = 0;
    struct jemput_error err;

    while (vector_line(&rest, line, VECTOR_BYTES_MAX)) {
        struct jemput_buf record;

        if (memcmp(line, "payload ", 8) == 0) {
            struct jemput_bytes payload = jemput_bytes_of(bytes, vector_hex(bytes, VECTOR_BYTES_MAX / 2, line + 8));

            assert_int_equal(records, count);
            if (jemput_payload_read(&txns, &count, payload, &arena, &err))
                fail_msg("%s: %s", name, err.text);
            if (each)
                each(payload, txns, count);
            records = 0;
            continue;
        }
        assert_memory_equal(line, "record ", 7);
        assert_true(records < count);
        record = records_of(&txns[records++], 1);
        assert_true(jemput_bytes_equal(jemput_buf_bytes(&record), jemput_bytes_of(bytes, vector_hex(bytes, VECTOR_BYTES_MAX / 2, line + 7))));
        jemput_buf_release(&record);
    }
    assert_int_equal(records, count);
    assert_true(count > 0);
    jemput_arena_release(&arena);
    free(line);
    free(bytes);
    vector_free(file);
}

#endif
