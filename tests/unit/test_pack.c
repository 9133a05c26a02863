/* unit/test_pack.c — packs without deltas: what git's format documents say, byte by byte, and stock git agrees. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/zip.h"
#include "repo/pack.h"
#include "repo/sha1.h"
#include "repo_world.h"
#include "support/fault_alloc.h"

#define LOG_LENGTH 12

/* FIPS 180-4's own examples, and lengths around a block's end. */
static void sha1_gives_the_published_values(void **state)
{
    static const struct {
        const char *text;
        unsigned times;
        const char *hash;
    } known[] = {
        { "", 1, "da39a3ee5e6b4b0d3255bfef95601890afd80709" },
        { "abc", 1, "a9993e364706816aba3e25717850c26c9cd0d89d" },
        { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1, "84983e441c3bd26ebaae4aa1f95129e5e54670f1" },
        { "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu", 1,
          "a49b2446a02c645bf419f995b67091253a04a259" },
        { "a", 1000000, "34aa973cd4c4daa4f61eeb2bdbad27316534016f" },
        { "0123456701234567012345670123456701234567012345670123456701234567", 10, "dea356a2cddd90c7a7ecedc5ebb563934f460452" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        struct jemput_buf in = JEMPUT_BUF_INIT(1 << 20);
        uint8_t hash[20];
        char hex[41];

        for (unsigned n = 0; n < known[i].times; n++)
            jemput_buf_append_str(&in, known[i].text);
        jemput_sha1(hash, jemput_buf_bytes(&in));
        jemput_hex_encode(hex, hash, sizeof hash);
        assert_string_equal(hex, known[i].hash);
        jemput_buf_release(&in);
    }
}

/* libgit2's SHA-1 of the same bytes, for every length over three blocks: an object's id is the hash of "blob <size>\0" and the contents. */
static void sha1_agrees_with_object_ids_at_every_length(void **state)
{
    uint8_t framed[256];
    struct jemput_error err;

    (void)state;
    assert_int_equal(jemput_git_ready(&err), JEMPUT_OK);
    for (size_t len = 0; len < 192; len++) {
        size_t head = (size_t)snprintf((char *)framed, sizeof framed, "blob %zu", len) + 1;
        struct jemput_oid oid;
        uint8_t hash[20];

        for (size_t i = 0; i < len; i++)
            framed[head + i] = (uint8_t)(i * 7 + len);
        jemput_sha1(hash, jemput_bytes_of(framed, head + len));
        assert_int_equal(jemput_oid_of(&oid, GIT_OBJECT_BLOB, jemput_bytes_of(framed + head, len), &err), JEMPUT_OK);
        assert_memory_equal(oid.id, hash, sizeof hash);
    }
}

/* Where the processor has none, both are the same code. */
static void sha1_is_the_same_with_and_without_the_instructions_of_the_processor(void **state)
{
    uint8_t blocks[5 * 64];
    uint32_t h[5] = { 1, 0x80000000u, 3, 0xffffffffu, 5 }, plain[5];

    (void)state;
    memcpy(plain, h, sizeof h);
    for (unsigned round = 0; round < 200; round++) {
        for (size_t i = 0; i < sizeof blocks; i++)
            blocks[i] = (uint8_t)(h[i % 5] >> (i % 32) ^ i * round);
        jemput_sha1_blocks(h, blocks, round % 6);
        jemput_sha1_plain(plain, blocks, round % 6);
        assert_memory_equal(h, plain, sizeof h);
    }
}

static uint32_t be32_at(struct jemput_bytes bytes, size_t at)
{
    assert_true(at + 4 <= bytes.len);
    return (uint32_t)bytes.data[at] << 24 | (uint32_t)bytes.data[at + 1] << 16 | (uint32_t)bytes.data[at + 2] << 8 | bytes.data[at + 3];
}

/* Read object `i` of the pack back by the index alone, and check that it hashes to its name. */
static void assert_object(struct jemput_bytes pack, struct jemput_bytes index, uint32_t i, uint32_t count, size_t *end)
{
    static const size_t names = 8 + 1024;
    size_t at = be32_at(index, names + 20 * count + 4 * count + 4 * i);
    struct jemput_buf out = JEMPUT_BUF_INIT(JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX);
    struct jemput_error err;
    struct jemput_oid oid;
    size_t next = pack.len - 20, size;
    unsigned shift = 4;
    uint8_t byte;
    int kind;

    for (uint32_t other = 0; other < count; other++) { /* the next object's start is this one's end */
        size_t start = be32_at(index, names + 24 * count + 4 * other);

        if (start > at && start < next)
            next = start;
    }
    *end = next;
    byte = pack.data[at++];
    kind = byte >> 4 & 7;
    size = byte & 15;
    while (byte & 0x80) {
        byte = pack.data[at++];
        size |= (size_t)(byte & 0x7f) << shift;
        shift += 7;
    }
    assert_true(kind == GIT_OBJECT_COMMIT || kind == GIT_OBJECT_TREE || kind == GIT_OBJECT_BLOB);
    assert_int_equal(jemput_zip_inflate(&out, jemput_bytes_of(pack.data + at, next - at), out.max, 0, (struct jemput_bytes){ 0 }, &err), JEMPUT_OK);
    assert_int_equal(out.len, size);
    assert_int_equal(jemput_oid_of(&oid, (git_object_t)kind, jemput_bytes_of(out.data ? out.data : (const uint8_t *)"", out.len), &err), JEMPUT_OK);
    assert_memory_equal(oid.id, index.data + names + 20 * i, 20);
    jemput_buf_release(&out);
}

static void assert_pack(struct jemput_bytes pack, struct jemput_bytes index, uint32_t count)
{
    uint8_t hash[20];
    size_t end, farthest = 12;

    assert_memory_equal(pack.data, "PACK\0\0\0\2", 8);
    assert_int_equal(be32_at(pack, 8), count);
    jemput_sha1(hash, jemput_bytes_of(pack.data, pack.len - 20));
    assert_memory_equal(hash, pack.data + pack.len - 20, 20);
    assert_memory_equal(index.data, "\377tOc\0\0\0\2", 8);
    assert_int_equal(index.len, 8 + 1024 + 28 * count + 40);
    assert_int_equal(be32_at(index, 8 + 4 * 255), count);
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *name = index.data + 8 + 1024 + 20 * i;

        assert_true(be32_at(index, 8 + 4 * name[0]) > i);
        assert_true(name[0] == 0 || be32_at(index, 8 + 4 * (name[0] - 1u)) <= i);
        assert_true(i == 0 || memcmp(name - 20, name, 20) < 0);
        assert_object(pack, index, i, count, &end);
        farthest = end > farthest ? end : farthest;
    }
    assert_int_equal(farthest, pack.len - 20); /* no bytes between the last object and the trailer */
    assert_memory_equal(index.data + index.len - 40, hash, 20);
    jemput_sha1(hash, jemput_bytes_of(index.data, index.len - 20));
    assert_memory_equal(hash, index.data + index.len - 20, 20);
}

static void pack_and_index_are_as_git_describes_them(void **state)
{
    struct world w;
    struct jemput_oid log[LOG_LENGTH];
    struct jemput_pack pack;

    (void)state;
    world_open(&w);
    world_log(&w, log, LOG_LENGTH, world_sign, NULL);
    assert_int_equal(jemput_pack_write(&pack, jemput_repo_source(w.repo), log, LOG_LENGTH, &w.err), JEMPUT_OK);
    assert_pack(jemput_buf_bytes(&pack.bytes), jemput_buf_bytes(&pack.index), 3 * LOG_LENGTH);
    jemput_pack_release(&pack);
    world_close(&w);
}

static void equal_payloads_are_packed_once(void **state)
{
    struct world w;
    struct jemput_oid log[3];
    struct jemput_pack pack;

    (void)state;
    world_open(&w);
    log[0] = world_commit(&w, NULL, "a\n", "same");
    log[1] = world_commit(&w, &log[0], "b\n", "same");
    log[2] = world_commit(&w, &log[1], "c\n", "same");
    assert_int_equal(jemput_pack_write(&pack, jemput_repo_source(w.repo), log, 3, &w.err), JEMPUT_OK);
    assert_pack(jemput_buf_bytes(&pack.bytes), jemput_buf_bytes(&pack.index), 5);
    jemput_pack_release(&pack);
    world_close(&w);
}

static void large_payloads_pass_whole(void **state)
{
    static uint8_t noise[3 * 1024 * 1024 + 17];
    struct world w;
    struct jemput_oid oid;
    struct jemput_pack pack;
    uint32_t x = 1;

    (void)state;
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (uint8_t)((x = x * 1664525 + 1013904223) >> 24);
    world_open(&w);
    oid = world_commit_by(&w, NULL, 0, "large\n", jemput_bytes_of(noise, sizeof noise), world_sign, NULL);
    assert_int_equal(jemput_pack_write(&pack, jemput_repo_source(w.repo), &oid, 1, &w.err), JEMPUT_OK);
    assert_pack(jemput_buf_bytes(&pack.bytes), jemput_buf_bytes(&pack.index), 3);
    assert_true(pack.bytes.len < sizeof noise + sizeof noise / 1000 + 2048); /* noise does not grow */
    jemput_pack_release(&pack);
    world_close(&w);
}

static void the_same_commits_give_the_same_bytes(void **state)
{
    struct world w;
    struct jemput_oid log[LOG_LENGTH];
    struct jemput_pack first, again;

    (void)state;
    world_open(&w);
    world_log(&w, log, LOG_LENGTH, world_sign, NULL);
    assert_int_equal(jemput_pack_write(&first, jemput_repo_source(w.repo), log, LOG_LENGTH, &w.err), JEMPUT_OK);
    assert_int_equal(jemput_pack_write(&again, jemput_repo_source(w.repo), log, LOG_LENGTH, &w.err), JEMPUT_OK);
    assert_true(jemput_bytes_equal(jemput_buf_bytes(&first.bytes), jemput_buf_bytes(&again.bytes)));
    assert_true(jemput_bytes_equal(jemput_buf_bytes(&first.index), jemput_buf_bytes(&again.index)));
    assert_string_equal(first.name, again.name);
    jemput_pack_release(&first);
    jemput_pack_release(&again);
    world_close(&w);
}

/* What central pushes: its own segment, and the segments of other logs that it has accepted. */
static void commits_of_several_logs_share_a_pack(void **state)
{
    struct world w;
    struct jemput_oid commits[4], nowhere = { { 9 } };
    struct jemput_pack pack;

    (void)state;
    world_open(&w);
    commits[0] = world_commit(&w, NULL, "writer 1\n", "a");
    commits[1] = world_commit(&w, NULL, "writer 2\n", "b");
    commits[2] = world_commit_by(&w, commits, 2, "central\n", jemput_bytes_str("c"), world_sign, NULL);
    assert_int_equal(jemput_pack_write(&pack, jemput_repo_source(w.repo), commits, 3, &w.err), JEMPUT_OK);
    assert_pack(jemput_buf_bytes(&pack.bytes), jemput_buf_bytes(&pack.index), 9);
    jemput_pack_release(&pack);
    commits[3] = nowhere;
    assert_int_equal(jemput_pack_write(&pack, jemput_repo_source(w.repo), commits, 4, &w.err), JEMPUT_NOTFOUND);
    jemput_pack_release(&pack);
    world_close(&w);
}

static void stock_git_makes_the_same_index(void **state)
{
    struct world w;
    struct jemput_oid log[LOG_LENGTH];
    struct jemput_pack pack;

    (void)state;
    world_open(&w);
    if (world_run(&w, "git --version") != 0) {
        world_close(&w);
        print_message("no git here\n");
        skip();
    }
    world_log(&w, log, LOG_LENGTH, world_sign, NULL);
    assert_int_equal(jemput_pack_write(&pack, jemput_repo_source(w.repo), log, LOG_LENGTH, &w.err), JEMPUT_OK);
    world_file(&w, "p.pack", pack.bytes.data, pack.bytes.len);
    world_file(&w, "ours.idx", pack.index.data, pack.index.len);
    world_must(&w, "git index-pack --strict --index-version=2 -o git.idx p.pack && cmp git.idx ours.idx");
    world_must(&w, "cp ours.idx p.idx && git verify-pack -v p.pack && ! grep -q 'chain length' log");
    assert_string_equal(world_ask(&w, "git index-pack p.pack"), pack.name);
    jemput_pack_release(&pack);
    world_close(&w);
}

static void no_memory_while_packing_is_survived(void **state)
{
    struct fault_alloc *mem = *state;
    struct world w;
    struct jemput_oid log[3];
    struct jemput_pack pack;
    enum jemput_status st;

    world_open(&w);
    world_log(&w, log, 3, world_sign, NULL);
    assert_int_equal(jemput_pack_write(&pack, jemput_repo_source(w.repo), log, 3, &w.err), JEMPUT_OK);
    jemput_pack_release(&pack);
    for (uint64_t n = 0, failures = 1; failures; n++) {
        size_t live = mem->live_blocks;

        fault_alloc_arm(mem, n, n % 2);
        st = jemput_pack_write(&pack, jemput_repo_source(w.repo), log, 3, &w.err);
        fault_alloc_disarm(mem);
        failures = mem->failures;
        if (st && st != JEMPUT_NOMEM)
            printf("%s\n", w.err.text);
        assert_true(st == JEMPUT_OK || st == JEMPUT_NOMEM);
        jemput_pack_release(&pack);
        assert_int_equal(mem->live_blocks, live);
    }
    world_close(&w);
}

static int faults_start(void **state)
{
    static struct fault_alloc mem;
    struct jemput_error err;

    fault_alloc_install(&mem);
    assert_int_equal(jemput_git_ready(&err), JEMPUT_OK);
    *state = &mem;
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha1_gives_the_published_values),
        cmocka_unit_test(sha1_agrees_with_object_ids_at_every_length),
        cmocka_unit_test(sha1_is_the_same_with_and_without_the_instructions_of_the_processor),
        cmocka_unit_test(pack_and_index_are_as_git_describes_them),
        cmocka_unit_test(equal_payloads_are_packed_once),
        cmocka_unit_test(large_payloads_pass_whole),
        cmocka_unit_test(the_same_commits_give_the_same_bytes),
        cmocka_unit_test(commits_of_several_logs_share_a_pack),
        cmocka_unit_test(stock_git_makes_the_same_index),
        cmocka_unit_test(no_memory_while_packing_is_survived),
    };

    return cmocka_run_group_tests_name("pack", tests, faults_start, NULL);
}
