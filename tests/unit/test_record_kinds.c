/* unit/test_record_kinds.c — records of standing (change, revoke, rotate, succeed, resume, approve) and of the keyring (reader, epoch, grant, wrap)
 * as text: golden payloads by another implementation (tests/formats/control.py), and hashes by which an approval names a record. Their one form:
 * test_record_forms.c. The founding kinds and frames: test_record.c. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/limits.h"
#include "record_examples.h"
#include "support/fault_alloc.h"

static void records_are_written_as_in_the_vectors(void **state)
{
    struct examples e;

    (void)state;
    examples_init(&e);
    for (unsigned f = 0; f < sizeof FILES / sizeof *FILES; f++) {
        struct jemput_bytes want = vector_load(FILES[f]);
        struct jemput_buf out = JEMPUT_BUF_INIT(1 << 16);

        for (uint32_t i = 0; i < COUNTS[f]; i++)
            jemput_record_write(&out, &e.records[f][i]);
        assert_int_equal(out.failed, JEMPUT_OK);
        assert_int_equal(out.len, want.len);
        assert_memory_equal(out.data, want.data, want.len);
        jemput_buf_release(&out);
        vector_free(want);
    }
}

static void expect_heads(const struct jemput_context *got, const struct jemput_context *want)
{
    assert_int_equal(got->count, want->count);
    for (uint32_t i = 0; i < want->count; i++) {
        assert_int_equal(jemput_head_compare(&got->heads[i], &want->heads[i]), 0);
        assert_false(got->heads[i].through);
    }
}

static void records_of_standing_are_read_as_in_the_vector(void **state)
{
    struct jemput_bytes payload = vector_load(FILES[0]);
    struct jemput_arena arena = { 0 };
    struct jemput_record *r;
    struct examples e;
    uint32_t count;

    (void)state;
    examples_init(&e);
    assert_int_equal(read_payload(payload, &r, &count, &arena), JEMPUT_OK);
    assert_int_equal(count, STANDING);
    for (uint32_t i = 0; i < count; i++)
        assert_int_equal(r[i].kind, e.records[0][i].kind);
    assert_memory_equal(r[0].as.change.public_key, e.tablet.public_key, 32);
    assert_int_equal(r[0].as.change.roles, JEMPUT_ROLE_PETUGAS | JEMPUT_ROLE_KELURAHAN);
    assert_true(jemput_bytes_equal(r[0].as.change.scope, jemput_bytes_str("16.74")));
    expect_heads(&r[0].as.change.heads, &e.records[0][0].as.change.heads);
    assert_int_equal(r[1].as.change.roles, 0);
    assert_int_equal(r[1].as.change.scope.len, 0);
    assert_int_equal(r[1].as.change.heads.count, 0);
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(r[2 + i].as.revoke.reason, JEMPUT_REVOKE_LOST + i);
        assert_memory_equal(r[2 + i].as.revoke.public_key, e.tablet.public_key, 32);
        expect_heads(&r[2 + i].as.revoke.heads, &e.records[0][2 + i].as.revoke.heads);
    }
    assert_memory_equal(&r[7].as.rotate, &e.records[0][7].as.rotate, sizeof r[7].as.rotate);
    assert_memory_equal(&r[8].as.succeed, &e.records[0][8].as.succeed, sizeof r[8].as.succeed);
    assert_memory_equal(&r[9].as.resume.old, &e.heads[0].writer, 16);
    assert_int_equal(r[9].as.resume.epoch, 2);
    assert_memory_equal(&r[10].as.approve, &e.records[0][10].as.approve, 32);
    jemput_arena_release(&arena);
    vector_free(payload);
}

static void records_of_the_keyring_are_read_as_in_the_vector(void **state)
{
    struct jemput_bytes payload = vector_load(FILES[1]);
    struct jemput_arena arena = { 0 };
    struct jemput_record *r;
    struct examples e;
    uint32_t count;

    (void)state;
    examples_init(&e);
    assert_int_equal(read_payload(payload, &r, &count, &arena), JEMPUT_OK);
    assert_int_equal(count, KEYRING);
    assert_memory_equal(r[0].as.reader.reading_key, e.boxes[0].reading_key, 32);
    assert_int_equal(r[1].as.epoch.number, EPOCH_NUMBER);
    assert_memory_equal(r[1].as.epoch.check, e.records[1][1].as.epoch.check, 32);
    assert_int_equal(r[1].as.epoch.box_count, 2);
    assert_memory_equal(r[1].as.epoch.boxes, e.boxes, sizeof e.boxes);
    assert_int_equal(r[2].as.epoch.number, OWN_EPOCH);
    assert_int_equal(r[2].as.epoch.box_count, 0);
    assert_int_equal(r[3].as.grant.number, EPOCH_NUMBER);
    assert_memory_equal(&r[3].as.grant.to, &e.records[1][3].as.grant.to, sizeof r[3].as.grant.to);
    assert_memory_equal(&r[4].as.wrap, &e.records[1][4].as.wrap, sizeof r[4].as.wrap);
    jemput_arena_release(&arena);
    vector_free(payload);
}

/* --- writing what could not be read --- */

static void expect_misuse(const struct jemput_record *record)
{
    struct jemput_buf out = JEMPUT_BUF_INIT(8192);
    struct jemput_space space = { { 1 } };
    struct jemput_hash hash;
    struct jemput_error err;

    jemput_record_write(&out, record);
    assert_int_equal(out.failed, JEMPUT_MISUSE);
    assert_int_equal(out.len, 0);
    assert_int_equal(jemput_record_hash(&hash, record, &space, &err), JEMPUT_MISUSE);
    jemput_buf_release(&out);
}

static void what_could_not_be_read_is_not_written(void **state)
{
    static struct jemput_head many[JEMPUT_CONTEXT_HEADS_MAX + 1];
    struct examples e;
    struct jemput_record r;

    (void)state;
    examples_init(&e);
    for (uint32_t i = 0; i <= JEMPUT_CONTEXT_HEADS_MAX; i++)
        many[i].number = i;
#define BROKEN(file, place, change)                                                                                                                  \
    r = e.records[file][place];                                                                                                                      \
    change;                                                                                                                                          \
    expect_misuse(&r)
    BROKEN(0, 0, r.as.change.roles = 64);
    BROKEN(0, 0, r.as.change.scope = jemput_bytes_str("1\nheads 0"));
    BROKEN(0, 0, r.as.change.heads = ((struct jemput_context){ JEMPUT_CONTEXT_HEADS_MAX + 1, many }));
    BROKEN(0, 2, r.as.revoke.reason = (enum jemput_revoke_reason)0);
    BROKEN(0, 2, r.as.revoke.reason = (enum jemput_revoke_reason)6);
    BROKEN(0, 3, e.heads[4].through = true);
    e.heads[4].through = false;
    BROKEN(0, 3, e.heads[4].number = UINT64_C(1) << 63);
    e.heads[4].number = 1;
    BROKEN(0, 0, e.heads[1] = e.heads[0]);
    BROKEN(0, 7, r.as.rotate.epoch = 0);
    BROKEN(0, 7, memcpy(r.as.rotate.new_key, r.as.rotate.old_key, 32));
    BROKEN(0, 8, memcpy(r.as.succeed.new_key, r.as.succeed.old_key, 32));
    BROKEN(0, 9, r.as.resume.epoch = 1);
    BROKEN(1, 1, r.as.epoch.number = 1000000);
    BROKEN(1, 1, r.as.epoch.box_count = JEMPUT_EPOCH_BOXES_MAX + 1);
    BROKEN(1, 1, e.boxes[1].writer = e.boxes[0].writer);
    BROKEN(1, 3, r.as.grant.number = 0);
    BROKEN(1, 4, r.as.wrap.number = EPOCH_NUMBER);
    BROKEN(1, 4, r.as.wrap.under = 0);
#undef BROKEN
}

static void reasons_have_one_word_each(void **state)
{
    (void)state;
    assert_null(jemput_revoke_reason_word(0));
    assert_null(jemput_revoke_reason_word(6));
    for (unsigned i = 1; i < 6; i++)
        assert_int_equal(jemput_revoke_reason_parse(jemput_bytes_str(jemput_revoke_reason_word(i))), i);
    assert_int_equal(jemput_revoke_reason_parse(jemput_bytes_str("")), 0);
    assert_int_equal(jemput_revoke_reason_parse(jemput_bytes_str("Lost")), 0);
}

/* --- signatures and hashes --- */

static void rotation_is_signed_by_the_new_key_for_one_space_and_all_its_fields(void **state)
{
    struct examples e;
    struct jemput_rotation good, bad;
    struct jemput_space other;

    (void)state;
    examples_init(&e);
    good = e.records[0][7].as.rotate;
    assert_true(jemput_rotation_verify(&good, &e.space));
    other = e.space;
    other.id[31] ^= 1;
    assert_false(jemput_rotation_verify(&good, &other));
    for (unsigned bit = 0; bit < 8 * 64; bit++) {
        bad = good;
        bad.signature[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(jemput_rotation_verify(&bad, &e.space));
    }
    bad = good;
    bad.epoch++;
    assert_false(jemput_rotation_verify(&bad, &e.space));
    bad = good;
    bad.old_key[0] ^= 1;
    assert_false(jemput_rotation_verify(&bad, &e.space));
    bad = good;
    memcpy(bad.new_key, e.central.public_key, 32);
    assert_false(jemput_rotation_verify(&bad, &e.space));
    bad = good;
    jemput_rotation_sign(&bad, &e.space, &e.tablet); /* the old key has nothing to say about the new one */
    assert_false(jemput_rotation_verify(&bad, &e.space));
    bad.epoch = UINT32_MAX; /* the longest text */
    jemput_rotation_sign(&bad, &e.space, &e.new);
    assert_true(jemput_rotation_verify(&bad, &e.space));
}

static void approvals_name_a_record_by_the_hash_of_the_vectors(void **state)
{
    struct jemput_bytes rows = vector_load("control-approve.txt"), rest = rows;
    struct examples e;
    char row[256];
    unsigned seen = 0;

    (void)state;
    examples_init(&e);
    while (vector_line(&rest, row, sizeof row)) {
        char name[32], file[64], hex[65];
        struct jemput_arena arena = { 0 };
        struct jemput_hash got;
        struct jemput_bytes payload;
        struct jemput_record *r;
        struct jemput_error err;
        uint8_t want[32];
        uint32_t place, count;

        assert_int_equal(sscanf(row, "%31s %u %64s", name, &place, hex), 3);
        assert_int_equal(vector_hex(want, sizeof want, hex), 32);
        snprintf(file, sizeof file, "control-%s.txt", name);
        payload = vector_load(file);
        assert_int_equal(read_payload(payload, &r, &count, &arena), JEMPUT_OK);
        assert_true(place < count);
        assert_int_equal(jemput_record_hash(&got, &r[place], &e.space, &err), JEMPUT_OK);
        assert_memory_equal(got.bytes, want, 32);
        jemput_arena_release(&arena);
        vector_free(payload);
        seen++;
    }
    assert_int_equal(seen, 1 + 6 + STANDING + KEYRING + KEEPING);
    vector_free(rows);
}

static void no_memory_is_an_error_and_no_leak(void **state)
{
    struct jemput_bytes files[] = { vector_load(FILES[0]), vector_load(FILES[1]) };
    struct fault_alloc mem;
    struct examples e;

    (void)state;
    examples_init(&e);
    fault_alloc_install(&mem);
    for (unsigned f = 0; f < 3; f++) {
        for (uint64_t n = 0;; n++) {
            struct jemput_arena arena = { 0 };
            struct jemput_record *records = NULL;
            struct jemput_hash hash;
            struct jemput_error err;
            uint32_t count = 0;
            enum jemput_status st;

            fault_alloc_arm(&mem, n, false);
            st = f < 2 ? read_payload(files[f], &records, &count, &arena) : jemput_record_hash(&hash, &e.records[1][1], &e.space, &err);
            fault_alloc_disarm(&mem);
            assert_int_equal(st, mem.failures ? JEMPUT_NOMEM : JEMPUT_OK);
            jemput_arena_release(&arena);
            assert_int_equal(mem.live_blocks, 0);
            if (!mem.failures)
                break;
        }
    }
    fault_alloc_uninstall(&mem);
    vector_free(files[0]);
    vector_free(files[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_are_written_as_in_the_vectors),
        cmocka_unit_test(records_of_standing_are_read_as_in_the_vector),
        cmocka_unit_test(records_of_the_keyring_are_read_as_in_the_vector),
        cmocka_unit_test(what_could_not_be_read_is_not_written),
        cmocka_unit_test(reasons_have_one_word_each),
        cmocka_unit_test(rotation_is_signed_by_the_new_key_for_one_space_and_all_its_fields),
        cmocka_unit_test(approvals_name_a_record_by_the_hash_of_the_vectors),
        cmocka_unit_test(no_memory_is_an_error_and_no_leak),
    };

    return cmocka_run_group_tests_name("kinds of records", tests, NULL, NULL);
}
