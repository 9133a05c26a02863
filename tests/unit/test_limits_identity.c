/* unit/test_limits_identity.c — records and invitations at their limits: what is as large as allowed is written and read, what is one larger
 * neither. (Numbers, heads, boxes as read: test_record_forms.c.) Golden vectors: see unit/vectors.h (JEMPUT_VECTORS). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "identity/invitation.h"
#include "vectors.h"

#define TEXT_MAX (JEMPUT_SCHEMA_BYTES_MAX + 4096) /* of a record that holds a schema */

/* --- records --- */

static enum jemput_status record_read(struct jemput_bytes payload)
{
    struct jemput_arena arena = { 0 };
    struct jemput_record *records;
    struct jemput_error err;
    uint32_t count;
    enum jemput_status st = jemput_records_read(&records, &count, payload, &arena, &err);

    jemput_arena_release(&arena);
    return st;
}

/* Written if it may be, and read as it is written; `text`: the same by hand. */
static void expect_record(const struct jemput_record *r, bool allowed, const char *kind, struct jemput_bytes text)
{
    struct jemput_buf out = JEMPUT_BUF_INIT(2 * TEXT_MAX), by_hand = JEMPUT_BUF_INIT(2 * TEXT_MAX);

    jemput_record_write(&out, r);
    jemput_buf_printf(&by_hand, "record %s %zu\n", kind, text.len);
    jemput_buf_append_bytes(&by_hand, text);
    assert_int_equal(by_hand.failed, JEMPUT_OK);
    assert_int_equal(out.failed, allowed ? JEMPUT_OK : JEMPUT_MISUSE);
    if (allowed)
        assert_true(jemput_bytes_equal(jemput_buf_bytes(&out), jemput_buf_bytes(&by_hand)));
    assert_int_equal(record_read(jemput_buf_bytes(&by_hand)), allowed ? JEMPUT_OK : JEMPUT_CORRUPT);
    jemput_buf_release(&out);
    jemput_buf_release(&by_hand);
}

static void a_kind_s_word_has_31_bytes_at_most(void **state)
{
    (void)state;
    for (unsigned over = 0; over < 2; over++) {
        struct jemput_record r = { .kind = JEMPUT_RECORD_UNKNOWN, .text = jemput_bytes_str("isi\n") };
        char word[JEMPUT_RECORD_WORD_BYTES_MAX + 2];

        memset(word, 'k', sizeof word);
        word[JEMPUT_RECORD_WORD_BYTES_MAX + over] = '\0';
        r.word = jemput_bytes_str(word);
        expect_record(&r, !over, word, r.text);
    }
}

/* A genesis of so many root administrators, and of a schema of so many bytes. */
static void expect_genesis(uint32_t admins, size_t schema_bytes, bool allowed)
{
    struct jemput_genesis_admin *of = calloc(admins, sizeof *of);
    char *schema = malloc(schema_bytes + 1);
    struct jemput_record r = { .kind = JEMPUT_RECORD_GENESIS };
    struct jemput_buf text = JEMPUT_BUF_INIT(TEXT_MAX + 64 * 1024);

    memset(schema, ' ', schema_bytes);
    schema[schema_bytes] = '\0';
    r.as.genesis = (struct jemput_genesis){ .threshold = 1, .admin_count = admins, .admins = of, .schema = jemput_bytes_of(schema, schema_bytes) };
    jemput_buf_printf(&text, "nonce %032x\nthreshold 1\nadmins %u\n", 0, admins);
    for (uint32_t i = 0; i < admins; i++) {
        of[i] = (struct jemput_genesis_admin){ .device_number = i + 1, .roles = JEMPUT_ROLE_ADMIN };
        of[i].public_key[31] = (uint8_t)(i + 1);
        jemput_buf_printf(&text, "key %064x\ndevice %u\nroles admin\n", i + 1, i + 1);
    }
    jemput_buf_printf(&text, "sql %zu\n", schema_bytes);
    jemput_buf_append(&text, schema, schema_bytes);
    jemput_buf_append_str(&text, "\n");
    expect_record(&r, allowed, "genesis", jemput_buf_bytes(&text));
    jemput_buf_release(&text);
    free(schema);
    free(of);
}

static void a_space_is_founded_by_so_many_root_administrators_at_most(void **state)
{
    (void)state;
    expect_genesis(JEMPUT_GENESIS_ADMINS_MAX, 1, true);
    expect_genesis(JEMPUT_GENESIS_ADMINS_MAX + 1, 1, false);
}

static void a_schema_and_a_migration_have_so_many_bytes_at_most(void **state)
{
    (void)state;
    expect_genesis(1, JEMPUT_SCHEMA_BYTES_MAX, true);
    expect_genesis(1, JEMPUT_SCHEMA_BYTES_MAX + 1, false);
    for (unsigned over = 0; over < 2; over++) {
        size_t len = JEMPUT_SCHEMA_BYTES_MAX + over;
        char *sql = malloc(len);
        struct jemput_record r = { .kind = JEMPUT_RECORD_SCHEMA };
        struct jemput_buf text = JEMPUT_BUF_INIT(TEXT_MAX);

        memset(sql, ' ', len);
        r.as.schema = (struct jemput_schema_change){ .version = 2, .sql = jemput_bytes_of(sql, len) };
        jemput_buf_printf(&text, "version 2\nsql %zu\n", len);
        jemput_buf_append(&text, sql, len);
        jemput_buf_append_str(&text, "\n");
        expect_record(&r, !over, "schema", jemput_buf_bytes(&text));
        jemput_buf_release(&text);
        free(sql);
    }
}

static void an_epoch_has_so_many_readers_at_most(void **state)
{
    static struct jemput_epoch_box boxes[JEMPUT_EPOCH_BOXES_MAX + 1];

    (void)state;
    for (uint32_t i = 0; i <= JEMPUT_EPOCH_BOXES_MAX; i++) {
        boxes[i] = (struct jemput_epoch_box){ 0 };
        boxes[i].writer.id[0] = (uint8_t)(i >> 8);
        boxes[i].writer.id[1] = (uint8_t)i;
        boxes[i].reading_key[0] = 9;
    }
    for (unsigned over = 0; over < 2; over++) {
        struct jemput_record r = { .kind = JEMPUT_RECORD_EPOCH };

        r.as.epoch = (struct jemput_key_epoch){ .number = 7, .box_count = JEMPUT_EPOCH_BOXES_MAX + over, .boxes = boxes };
        assert_int_equal(jemput_record_fault(&r) == NULL, !over);
    }
}

/* --- invitations --- */

static enum jemput_status invitation_read(struct jemput_bytes text, uint32_t *migrations)
{
    struct jemput_arena arena = { 0 };
    struct jemput_invitation v;
    struct jemput_error err;
    enum jemput_status st = jemput_invitation_read(&v, text, &arena, &err);

    *migrations = st ? 0 : v.migration_count;
    jemput_arena_release(&arena);
    return st;
}

/* One migration more than its writer allows, under a right checksum. */
static void migration_add(struct jemput_buf *out, struct jemput_bytes good)
{
    char count[32];
    size_t count_len = (size_t)snprintf(count, sizeof count, "migrations %d\n", JEMPUT_INVITATION_MIGRATIONS_MAX);
    size_t body = good.len - 74; /* the checksum's line */
    const uint8_t *at = good.data;
    uint8_t checksum[32];

    while (memcmp(at, count, count_len) != 0)
        at++;
    jemput_buf_append(out, good.data, (size_t)(at - good.data));
    jemput_buf_printf(out, "migrations %d\n", JEMPUT_INVITATION_MIGRATIONS_MAX + 1);
    jemput_buf_append(out, at + count_len, body - (size_t)(at - good.data) - count_len);
    jemput_buf_append_str(out, "migration 1\n;\n");
    jemput_hash256(checksum, jemput_buf_bytes(out), NULL);
    jemput_buf_append_str(out, "checksum ");
    jemput_buf_hex(out, jemput_bytes_of(checksum, sizeof checksum));
    jemput_buf_append_str(out, "\n");
}

static void an_invitation_brings_so_many_migrations_at_most(void **state)
{
    static struct jemput_bytes migrations[JEMPUT_INVITATION_MIGRATIONS_MAX + 1];
    struct jemput_bytes header = vector_load("control-genesis-header.txt"), payload = vector_load("control-genesis.txt");
    struct jemput_buf text = JEMPUT_BUF_INIT(JEMPUT_INVITATION_BYTES_MAX), more = JEMPUT_BUF_INIT(JEMPUT_INVITATION_BYTES_MAX);
    struct jemput_invitation v = { .genesis_header = header, .genesis_payload = payload, .roles = JEMPUT_ROLE_PETUGAS, .device_number = 7,
        .migration_count = JEMPUT_INVITATION_MIGRATIONS_MAX, .migrations = migrations };
    uint32_t count;

    (void)state;
    jemput_hash256(v.space.id, header, NULL);
    for (uint32_t i = 0; i <= JEMPUT_INVITATION_MIGRATIONS_MAX; i++)
        migrations[i] = jemput_bytes_str(";");
    jemput_invitation_write(&text, &v);
    assert_int_equal(text.failed, JEMPUT_OK);
    assert_int_equal(invitation_read(jemput_buf_bytes(&text), &count), JEMPUT_OK);
    assert_int_equal(count, JEMPUT_INVITATION_MIGRATIONS_MAX);
    migration_add(&more, jemput_buf_bytes(&text));
    assert_int_equal(more.failed, JEMPUT_OK);
    assert_int_equal(invitation_read(jemput_buf_bytes(&more), &count), JEMPUT_CORRUPT);
    v.migration_count++;
    assert_non_null(jemput_invitation_fault(&v));
    jemput_buf_release(&text);
    jemput_buf_release(&more);
    vector_free(header);
    vector_free(payload);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_kind_s_word_has_31_bytes_at_most),
        cmocka_unit_test(a_space_is_founded_by_so_many_root_administrators_at_most),
        cmocka_unit_test(a_schema_and_a_migration_have_so_many_bytes_at_most),
        cmocka_unit_test(an_epoch_has_so_many_readers_at_most),
        cmocka_unit_test(an_invitation_brings_so_many_migrations_at_most),
    };

    return cmocka_run_group_tests_name("limits of identity", tests, NULL, NULL);
}
