/* unit/test_segment_flip.c — golden segments with any one bit turned, in commit or payload: refused, whatever layer sees it first. The whole way through a hub,
 * with every git hash made right again: sim/test_bad_bit.c.
 * Golden vectors: see unit/vectors.h (JEMPUT_VECTORS). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/limits.h"
#include "crypto/crypto.h"
#include "log/header.h"
#include "log/sealed.h"
#include "repo/commit.h"
#include "vectors.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])
#define SAMPLED 100 /* segments of which a sample of the bits is turned */

static struct jemput_keypair author;
static const uint8_t epoch_key[JEMPUT_SEAL_KEY_BYTES] = { 2, 7 };

struct segment {
    struct jemput_buf commit, payload;
    struct jemput_hash payload_hash; /* as the header says */
};

static void key_make(void)
{
    uint8_t seed[JEMPUT_SEED_BYTES];

    for (size_t i = 0; i < sizeof seed; i++)
        seed[i] = (uint8_t)i; /* of the vectors */
    jemput_keypair_from_seed(&author, seed);
}

static void segment_release(struct segment *s)
{
    jemput_buf_release(&s->commit);
    jemput_buf_release(&s->payload);
}

/* A commit as the vector has it. */
static struct segment segment_of_commit(const char *name)
{
    struct segment s = { .commit = JEMPUT_BUF_INIT(JEMPUT_COMMIT_BYTES_MAX) };
    struct jemput_bytes text = vector_load(name);

    jemput_buf_append_bytes(&s.commit, text);
    vector_free(text);
    return s;
}

/* A segment of this header with a payload of `payload_bytes`, sealed if it is data, signed. */
static struct segment segment_of_header(const char *name, size_t payload_bytes)
{
    struct segment s = { .commit = JEMPUT_BUF_INIT(JEMPUT_COMMIT_BYTES_MAX), .payload = JEMPUT_BUF_INIT(JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX) };
    struct jemput_buf plain = JEMPUT_BUF_INIT(JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX), message = JEMPUT_BUF_INIT(JEMPUT_HEADER_BYTES_MAX);
    struct jemput_buf armor = JEMPUT_BUF_INIT(JEMPUT_ARMOR_BYTES_MAX);
    struct jemput_bytes text = vector_load(name);
    struct jemput_oid tree = { { 5 } };
    struct jemput_commit commit = { .time_s = 1750000000 };
    struct jemput_arena arena = { 0 };
    struct jemput_header h;
    struct jemput_error err;

    assert_int_equal(jemput_header_read(&h, text, &arena, &err), JEMPUT_OK);
    for (size_t i = 0; i < payload_bytes; i++)
        jemput_buf_u8(&plain, (uint8_t)(i * 31));
    if (h.klass == JEMPUT_CLASS_DATA) {
        h.key_epoch = 1048577;
        assert_int_equal(jemput_payload_seal(&s.payload, &h, jemput_buf_bytes(&plain), epoch_key, &err), JEMPUT_OK);
    } else {
        jemput_buf_append_bytes(&s.payload, jemput_buf_bytes(&plain));
        h.payload_bytes = (uint32_t)plain.len;
        jemput_hash256(h.payload_hash.bytes, jemput_buf_bytes(&plain), NULL);
    }
    s.payload_hash = h.payload_hash;
    jemput_header_write(&message, &h);
    commit.message = jemput_buf_bytes(&message);
    jemput_commit_text_write(&s.commit, &tree, &commit);
    jemput_sshsig_sign(&armor, jemput_buf_bytes(&s.commit), &author);
    commit.signature = jemput_buf_bytes(&armor);
    jemput_buf_clear(&s.commit);
    jemput_commit_text_write(&s.commit, &tree, &commit);
    jemput_buf_release(&plain);
    jemput_buf_release(&message);
    jemput_buf_release(&armor);
    jemput_arena_release(&arena);
    vector_free(text);
    return s;
}

/* Is it a commit that the author signed? */
static bool commit_holds(const struct segment *s, struct jemput_arena *arena)
{
    struct jemput_commit commit;
    struct jemput_error err;
    struct jemput_oid tree;
    uint8_t key[32];
    enum jemput_status st = jemput_commit_text_read(&commit, &tree, jemput_buf_bytes(&s->commit), arena, &err);

    if (!st)
        st = jemput_sshsig_verify(key, commit.signature, commit.signed_text, &err);
    assert_true(st == JEMPUT_OK || st == JEMPUT_CORRUPT || st == JEMPUT_LIMIT);
    return !st && memcmp(key, author.public_key, sizeof key) == 0;
}

static bool payload_holds(const struct segment *s)
{
    uint8_t hash[32];

    jemput_hash256(hash, jemput_buf_bytes(&s->payload), NULL);
    return memcmp(hash, s->payload_hash.bytes, sizeof hash) == 0;
}

static void every_flip_is_refused(struct segment *s, const char *name, size_t step)
{
    struct jemput_arena arena = { 0 };

    if (!commit_holds(s, &arena) || (s->payload.len && !payload_holds(s)))
        fail_msg("%s is none as it is", name);
    for (size_t bit = 0; bit < 8 * (s->commit.len + s->payload.len); bit += step) {
        bool of_commit = bit < 8 * s->commit.len;
        uint8_t *byte = of_commit ? &s->commit.data[bit / 8] : &s->payload.data[bit / 8 - s->commit.len];

        *byte ^= (uint8_t)(1u << bit % 8);
        if (of_commit ? commit_holds(s, &arena) : payload_holds(s))
            fail_msg("%s: bit %zu makes no difference", name, bit);
        *byte ^= (uint8_t)(1u << bit % 8);
        jemput_arena_clear(&arena);
    }
    jemput_arena_release(&arena);
}

static const char *const commits[] = { "commit-root.txt", "commit-child.txt", "commit-office.txt" };
static const char *const headers[] = { "header-genesis.txt", "header-control.txt", "header-data.txt", "header-state.txt" };

static void every_bit_of_every_golden_segment_counts(void **state)
{
    (void)state;
    key_make();
    for (size_t i = 0; i < COUNT(commits) + COUNT(headers); i++) {
        const char *name = i < COUNT(commits) ? commits[i] : headers[i - COUNT(commits)];
        struct segment s = i < COUNT(commits) ? segment_of_commit(name) : segment_of_header(name, 300);

        every_flip_is_refused(&s, name, 1);
        segment_release(&s);
    }
}

static void bits_of_a_hundred_segments_count(void **state)
{
    (void)state;
    key_make();
    for (size_t i = 0; i < SAMPLED; i++) {
        struct segment s = segment_of_header(headers[i % COUNT(headers)], i * 41);

        every_flip_is_refused(&s, headers[i % COUNT(headers)], 397 + i);
        segment_release(&s);
    }
}

/* Of a sealed payload the key sees it as well, for whom the header's hash says nothing. */
static void every_bit_of_a_sealed_payload_counts_for_who_has_the_key(void **state)
{
    struct segment s;
    struct jemput_buf out = JEMPUT_BUF_INIT(4096);
    struct jemput_arena arena = { 0 };
    struct jemput_commit commit;
    struct jemput_error err;
    struct jemput_oid tree;

    (void)state;
    key_make();
    s = segment_of_header("header-data.txt", 200);
    assert_int_equal(jemput_commit_text_read(&commit, &tree, jemput_buf_bytes(&s.commit), &arena, &err), JEMPUT_OK);
    assert_int_equal(jemput_payload_open(&out, commit.message, jemput_buf_bytes(&s.payload), epoch_key, &err), JEMPUT_OK);
    for (size_t bit = 0; bit < 8 * s.payload.len; bit++) {
        s.payload.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(jemput_payload_open(&out, commit.message, jemput_buf_bytes(&s.payload), epoch_key, &err), JEMPUT_DENIED);
        s.payload.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    jemput_buf_release(&out);
    jemput_arena_release(&arena);
    segment_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_bit_of_every_golden_segment_counts),
        cmocka_unit_test(bits_of_a_hundred_segments_count),
        cmocka_unit_test(every_bit_of_a_sealed_payload_counts_for_who_has_the_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
