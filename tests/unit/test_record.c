/* unit/test_record.c — control records as text: golden payloads (made by another implementation), one form only, every cut and flipped bit.
 * Golden vectors: see unit/vectors.h (JEMPUT_VECTORS). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/limits.h"
#include "identity/roster.h"
#include "support/fault_alloc.h"
#include "vectors.h"

static const char SCHEMA[] = "CREATE TABLE warga(id BLOB PRIMARY KEY, nik TEXT);\nSELECT jemput_replicate('warga');\n";

/* The records of the golden payloads, from the seeds that schema/formats/control.md names. */
struct examples {
    struct jemput_keypair admin, central, tablet, once;
    struct jemput_space space;
    struct jemput_genesis_admin admins[2];
    struct jemput_record genesis;
    struct jemput_record acts[6]; /* invite, join, enrol, enrol without invite, schema, unknown */
};
#define ACT_COUNT 6

static void key_of(struct jemput_keypair *key, uint8_t first, uint8_t step)
{
    uint8_t seed[32];

    for (unsigned i = 0; i < sizeof seed; i++)
        seed[i] = (uint8_t)(first + i * step);
    jemput_keypair_from_seed(key, seed);
}

static void copy_key(uint8_t out[32], const struct jemput_keypair *key)
{
    memcpy(out, key->public_key, 32);
}

static void examples_keys(struct examples *e)
{
    struct jemput_bytes header = vector_load("control-genesis-header.txt");

    key_of(&e->admin, 0, 1);
    key_of(&e->central, 0x11, 0);
    key_of(&e->tablet, 0x22, 0);
    key_of(&e->once, 0x33, 0);
    jemput_hash256(e->space.id, header, NULL);
    vector_free(header);
}

static void examples_genesis(struct examples *e)
{
    e->genesis.kind = JEMPUT_RECORD_GENESIS;
    e->genesis.as.genesis = (struct jemput_genesis){ .threshold = 1, .admin_count = 2, .admins = e->admins, .schema = jemput_bytes_str(SCHEMA) };
    for (unsigned i = 0; i < 16; i++)
        e->genesis.as.genesis.nonce[i] = (uint8_t)(0xa0 + i);
    copy_key(e->admins[0].public_key, &e->admin); /* 03a1… is before d04a… */
    copy_key(e->admins[1].public_key, &e->central);
    e->admins[0].device_number = 1;
    e->admins[0].roles = JEMPUT_ROLE_ADMIN;
    e->admins[1].device_number = 2;
    e->admins[1].roles = JEMPUT_ROLE_PUSAT;
}

static void examples_init(struct examples *e)
{
    struct jemput_invite *invite = &e->acts[0].as.invite;
    struct jemput_join *join = &e->acts[1].as.join;
    struct jemput_enrol *enrol = &e->acts[2].as.enrol, *direct = &e->acts[3].as.enrol;

    memset(e, 0, sizeof *e);
    examples_keys(e);
    examples_genesis(e);
    e->acts[0].kind = JEMPUT_RECORD_INVITE;
    *invite = (struct jemput_invite){ .roles = JEMPUT_ROLE_PETUGAS, .device_number = 7, .expires_ms = 1767225600000 };
    invite->scope = jemput_bytes_str("16.74.05.1003");
    copy_key(invite->public_key, &e->once);
    e->acts[1].kind = JEMPUT_RECORD_JOIN;
    *join = (struct jemput_join){ .epoch = 1, .device_number = 7 };
    copy_key(join->invite_key, &e->once);
    copy_key(join->public_key, &e->tablet);
    jemput_join_sign(join, &e->space, &e->once);
    e->acts[2].kind = JEMPUT_RECORD_ENROL;
    *enrol = (struct jemput_enrol){ .epoch = 1, .device_number = 7, .roles = JEMPUT_ROLE_PETUGAS, .scope = jemput_bytes_str("16.74.05.1003") };
    copy_key(enrol->invite_key, &e->once);
    copy_key(enrol->public_key, &e->tablet);
    e->acts[3].kind = JEMPUT_RECORD_ENROL;
    *direct = (struct jemput_enrol){ .epoch = 3, .device_number = 8, .roles = JEMPUT_ROLE_PETUGAS | JEMPUT_ROLE_KELURAHAN };
    memset(direct->public_key, 0x44, 32);
    e->acts[4].kind = JEMPUT_RECORD_SCHEMA;
    e->acts[4].as.schema = (struct jemput_schema_change){ 2, jemput_bytes_str("ALTER TABLE warga ADD COLUMN rt TEXT") };
    e->acts[5].kind = JEMPUT_RECORD_UNKNOWN;
    e->acts[5].word = jemput_bytes_str("future");
    e->acts[5].text = jemput_bytes_str("key a09aa5f47a6759802ff955f8dc2d2a14a5c99d23be97f864127ff9383455a4f0\nheads 0\n");
}

static enum jemput_status read_payload(struct jemput_bytes payload, struct jemput_record **records, uint32_t *count, struct jemput_arena *arena)
{
    struct jemput_error err = { JEMPUT_OK, "" };
    enum jemput_status st = jemput_records_read(records, count, payload, arena, &err);

    if (st) {
        assert_int_equal(err.status, st);
        assert_true(err.text[0] != '\0');
    }
    return st;
}

/* Read; if that is allowed, write again: it must be the same bytes. */
static enum jemput_status read_and_write(struct jemput_bytes payload)
{
    struct jemput_arena arena = { 0 };
    struct jemput_buf again = JEMPUT_BUF_INIT(JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX);
    struct jemput_record *records = NULL;
    uint32_t count = 0;
    enum jemput_status st = read_payload(payload, &records, &count, &arena);

    for (uint32_t i = 0; !st && i < count; i++)
        jemput_record_write(&again, &records[i]);
    if (!st) {
        assert_int_equal(again.failed, JEMPUT_OK);
        assert_true(jemput_bytes_equal(jemput_buf_bytes(&again), payload));
    } else {
        assert_null(records);
        assert_int_equal(count, 0);
    }
    jemput_buf_release(&again);
    jemput_arena_release(&arena);
    return st;
}

static void records_are_written_as_in_the_vectors(void **state)
{
    struct jemput_bytes genesis = vector_load("control-genesis.txt"), acts = vector_load("control-acts.txt");
    struct jemput_buf out = JEMPUT_BUF_INIT(8192);
    struct examples e;

    (void)state;
    examples_init(&e);
    jemput_record_write(&out, &e.genesis);
    assert_true(jemput_bytes_equal(jemput_buf_bytes(&out), genesis));
    jemput_buf_clear(&out);
    for (unsigned i = 0; i < ACT_COUNT; i++)
        jemput_record_write(&out, &e.acts[i]);
    assert_int_equal(out.len, acts.len);
    assert_memory_equal(out.data, acts.data, acts.len);
    jemput_buf_release(&out);
    vector_free(genesis);
    vector_free(acts);
}

static void records_are_read_as_in_the_vectors(void **state)
{
    struct jemput_bytes genesis = vector_load("control-genesis.txt"), acts = vector_load("control-acts.txt");
    struct jemput_arena arena = { 0 };
    struct jemput_record *r;
    struct examples e;
    uint32_t count;

    (void)state;
    examples_init(&e);
    assert_int_equal(read_payload(genesis, &r, &count, &arena), JEMPUT_OK);
    assert_int_equal(count, 1);
    assert_int_equal(r[0].kind, JEMPUT_RECORD_GENESIS);
    assert_memory_equal(r[0].as.genesis.nonce, e.genesis.as.genesis.nonce, 16);
    assert_int_equal(r[0].as.genesis.threshold, 1);
    assert_int_equal(r[0].as.genesis.admin_count, 2);
    for (unsigned i = 0; i < 2; i++) {
        assert_memory_equal(r[0].as.genesis.admins[i].public_key, e.admins[i].public_key, 32);
        assert_int_equal(r[0].as.genesis.admins[i].roles, e.admins[i].roles);
        assert_int_equal(r[0].as.genesis.admins[i].device_number, e.admins[i].device_number);
    }
    assert_true(jemput_bytes_equal(r[0].as.genesis.schema, jemput_bytes_str(SCHEMA)));

    assert_int_equal(read_payload(acts, &r, &count, &arena), JEMPUT_OK);
    assert_int_equal(count, ACT_COUNT);
    for (unsigned i = 0; i < ACT_COUNT; i++)
        assert_int_equal(r[i].kind, e.acts[i].kind);
    assert_memory_equal(r[0].as.invite.public_key, e.once.public_key, 32);
    assert_int_equal(r[0].as.invite.roles, JEMPUT_ROLE_PETUGAS);
    assert_true(jemput_bytes_equal(r[0].as.invite.scope, jemput_bytes_str("16.74.05.1003")));
    assert_int_equal(r[0].as.invite.device_number, 7);
    assert_true(r[0].as.invite.expires_ms == 1767225600000);
    assert_memory_equal(&r[1].as.join, &e.acts[1].as.join, sizeof r[1].as.join);
    assert_memory_equal(r[2].as.enrol.invite_key, e.once.public_key, 32);
    assert_memory_equal(r[2].as.enrol.public_key, e.tablet.public_key, 32);
    assert_int_equal(r[3].as.enrol.epoch, 3);
    assert_int_equal(r[3].as.enrol.scope.len, 0);
    assert_int_equal(r[3].as.enrol.invite_key[0], 0);
    assert_int_equal(r[4].as.schema.version, 2);
    assert_true(jemput_bytes_equal(r[4].as.schema.sql, e.acts[4].as.schema.sql));
    assert_true(jemput_bytes_equal(r[5].word, e.acts[5].word));
    assert_true(jemput_bytes_equal(r[5].text, e.acts[5].text));
    jemput_arena_release(&arena);
    vector_free(genesis);
    vector_free(acts);
}

static void cut_payloads_are_refused_between_records_alone_they_may_end(void **state)
{
    struct jemput_bytes acts = vector_load("control-acts.txt");
    struct examples e;
    struct jemput_buf out = JEMPUT_BUF_INIT(8192);
    size_t end_of[ACT_COUNT];

    (void)state;
    examples_init(&e);
    for (unsigned i = 0; i < ACT_COUNT; i++) {
        jemput_record_write(&out, &e.acts[i]);
        end_of[i] = out.len;
    }
    for (size_t len = 0; len <= acts.len; len++) {
        uint8_t *cut = malloc(len ? len : 1); /* exact, so that a read past the end is seen */
        bool whole = len == 0; /* no records: a segment that only says what was merged */

        assert_non_null(cut);
        memcpy(cut, acts.data, len);
        for (unsigned i = 0; i < ACT_COUNT; i++)
            whole |= len == end_of[i];
        assert_int_equal(read_and_write(jemput_bytes_of(cut, len)), whole ? JEMPUT_OK : JEMPUT_CORRUPT);
        free(cut);
    }
    jemput_buf_release(&out);
    vector_free(acts);
}

/* A flipped bit may give another good record (a digit of a key); whatever is read must be written back as it was, and nothing else happen. */
static void flipped_bits_are_refused_or_read_exactly(void **state)
{
    static const char *const files[] = { "control-genesis.txt", "control-acts.txt" };

    (void)state;
    for (size_t f = 0; f < 2; f++) {
        struct jemput_bytes good = vector_load(files[f]);
        uint8_t *bad = malloc(good.len);
        unsigned refused = 0;

        assert_non_null(bad);
        for (size_t bit = 0; bit < 8 * good.len; bit++) {
            enum jemput_status st;

            memcpy(bad, good.data, good.len);
            bad[bit / 8] ^= (uint8_t)(1u << bit % 8);
            st = read_and_write(jemput_bytes_of(bad, good.len));
            assert_true(st == JEMPUT_OK || st == JEMPUT_CORRUPT);
            refused += st != JEMPUT_OK;
        }
        assert_true(refused > 3 * good.len); /* no control byte, no upper case, nothing that is not ASCII outside SQL text */
        free(bad);
        vector_free(good);
    }
}

#define K1 "1111111111111111111111111111111111111111111111111111111111111111"
#define UPPER "A111111111111111111111111111111111111111111111111111111111111111"
#define SHORT "111111111111111111111111111111111111111111111111111111111111111"
#define K2 "2222222222222222222222222222222222222222222222222222222222222222"
#define K0 "0000000000000000000000000000000000000000000000000000000000000000"
#define GENESIS_TOP "nonce 000102030405060708090a0b0c0d0e0f\nthreshold 1\n"
#define ADMIN1 "key " K1 "\ndevice 1\nroles admin\n"
#define INVITE "key " K1 "\ndevice 7\nroles petugas\nscope *\nexpires 0\n"

static const struct {
    const char *kind, *text;
    enum jemput_status want;
} TEXTS[] = {
    /* good, at the edges */
    { "invite", INVITE, JEMPUT_OK },
    { "invite", "key " K1 "\ndevice 999999\nroles petugas,kelurahan,verifikator,admin,pusat,kominfo\nscope a-B_9.z\nexpires 9223372036854775807\n",
      JEMPUT_OK },
    { "genesis", GENESIS_TOP "admins 1\n" ADMIN1 "sql 0\n\n", JEMPUT_OK },
    { "genesis", GENESIS_TOP "admins 1\n" ADMIN1 "sql 4\n\n\nx\n\n", JEMPUT_OK },
    { "genesis", "nonce 000102030405060708090a0b0c0d0e0f\nthreshold 2\nadmins 2\n" ADMIN1 "key " K2 "\ndevice 2\nroles admin\nsql 0\n\n", JEMPUT_OK },
    { "enrol", "invite none\nkey " K1 "\nepoch 4294967295\ndevice 1\nroles petugas\nscope *\n", JEMPUT_OK },
    { "schema", "version 4294967295\nsql 1\nx\n", JEMPUT_OK },
    { "future", "\n", JEMPUT_OK },
    { "a", "anything \1\2 at all\n\n", JEMPUT_OK },
    { "x-1-this-is-exactly-31-bytes-ok", "\n", JEMPUT_OK },
    /* numbers */
    { "invite", "key " K1 "\ndevice 07\nroles petugas\nscope *\nexpires 0\n", JEMPUT_CORRUPT },
    { "invite", "key " K1 "\ndevice 0\nroles petugas\nscope *\nexpires 0\n", JEMPUT_CORRUPT },
    { "invite", "key " K1 "\ndevice 1000000\nroles petugas\nscope *\nexpires 0\n", JEMPUT_CORRUPT },
    { "invite", "key " K1 "\ndevice +7\nroles petugas\nscope *\nexpires 0\n", JEMPUT_CORRUPT },
    { "invite", "key " K1 "\ndevice \nroles petugas\nscope *\nexpires 0\n", JEMPUT_CORRUPT },
    { "invite", "key " K1 "\ndevice\nroles petugas\nscope *\nexpires 0\n", JEMPUT_CORRUPT },
    { "invite", "key " K1 "\ndevice 7 \nroles petugas\nscope *\nexpires 0\n", JEMPUT_CORRUPT },
    { "invite", "key " K1 "\ndevice  7\nroles petugas\nscope *\nexpires 0\n", JEMPUT_CORRUPT },
    { "invite", "key " K1 "\ndevice\t7\nroles petugas\nscope *\nexpires 0\n", JEMPUT_CORRUPT },
    { "invite", "key " K1 "\ndevice 7\nroles petugas\nscope *\nexpires -1\n", JEMPUT_CORRUPT },
    { "invite", "key " K1 "\ndevice 7\nroles petugas\nscope *\nexpires 9223372036854775808\n", JEMPUT_CORRUPT },
    { "invite", "key " K1 "\ndevice 7\nroles petugas\nscope *\nexpires 18446744073709551617\n", JEMPUT_CORRUPT },
    { "enrol", "invite none\nkey " K1 "\nepoch 0\ndevice 1\nroles petugas\nscope *\n", JEMPUT_CORRUPT },
    { "enrol", "invite none\nkey " K1 "\nepoch 4294967296\ndevice 1\nroles petugas\nscope *\n", JEMPUT_CORRUPT },
    { "schema", "version 1\nsql 1\nx\n", JEMPUT_CORRUPT },
    /* keys */
    { "invite", "key " UPPER "\ndevice 7\nroles petugas\nscope *\nexpires 0\n", JEMPUT_CORRUPT },
    { "invite", "key " SHORT "\ndevice 7\nroles petugas\nscope *\nexpires 0\n", JEMPUT_CORRUPT },
    { "invite", "key 11" K1 "\ndevice 7\nroles petugas\nscope *\nexpires 0\n", JEMPUT_CORRUPT },
    { "enrol", "invite " K0 "\nkey " K1 "\nepoch 1\ndevice 1\nroles petugas\nscope *\n", JEMPUT_CORRUPT },
    { "enrol", "invite\nkey " K1 "\nepoch 1\ndevice 1\nroles petugas\nscope *\n", JEMPUT_CORRUPT },
    /* roles and scope */
    { "invite", "key " K1 "\ndevice 7\nroles admin,petugas\nscope *\nexpires 0\n", JEMPUT_CORRUPT },
    { "invite", "key " K1 "\ndevice 7\nroles petugas,petugas\nscope *\nexpires 0\n", JEMPUT_CORRUPT },
    { "invite", "key " K1 "\ndevice 7\nroles petugas,\nscope *\nexpires 0\n", JEMPUT_CORRUPT },
    { "invite", "key " K1 "\ndevice 7\nroles raja\nscope *\nexpires 0\n", JEMPUT_CORRUPT },
    { "invite", "key " K1 "\ndevice 7\nroles\nscope *\nexpires 0\n", JEMPUT_CORRUPT },
    { "invite", "key " K1 "\ndevice 7\nroles petugas\nscope\nexpires 0\n", JEMPUT_CORRUPT },
    { "invite", "key " K1 "\ndevice 7\nroles petugas\nscope a b\nexpires 0\n", JEMPUT_CORRUPT },
    { "invite", "key " K1 "\ndevice 7\nroles petugas\nscope a*\nexpires 0\n", JEMPUT_CORRUPT },
    { "invite", "key " K1 "\ndevice 7\nroles petugas\nscope " K1 "\nexpires 0\n", JEMPUT_CORRUPT },
    /* lines */
    { "invite", INVITE "note x\n", JEMPUT_CORRUPT },
    { "invite", INVITE "\n", JEMPUT_CORRUPT },
    { "invite", "\n" INVITE, JEMPUT_CORRUPT },
    { "invite", "device 7\nkey " K1 "\nroles petugas\nscope *\nexpires 0\n", JEMPUT_CORRUPT },
    { "invite", "keys " K1 "\ndevice 7\nroles petugas\nscope *\nexpires 0\n", JEMPUT_CORRUPT },
    { "invite", "key " K1 "\r\ndevice 7\r\nroles petugas\r\nscope *\r\nexpires 0\r\n", JEMPUT_CORRUPT },
    { "invite", "key " K1 "\ndevice 7\nroles petugas\nscope *\nexpires 0", JEMPUT_CORRUPT },
    { "join", "invite " K1 "\nkey " K2 "\nepoch 1\ndevice 7\n", JEMPUT_CORRUPT },
    /* genesis */
    { "genesis", GENESIS_TOP "admins 0\nsql 0\n\n", JEMPUT_CORRUPT },
    { "genesis", GENESIS_TOP "admins 65\n" ADMIN1 "sql 0\n\n", JEMPUT_CORRUPT },
    { "genesis", GENESIS_TOP "admins 2\n" ADMIN1 "sql 0\n\n", JEMPUT_CORRUPT },
    { "genesis", GENESIS_TOP "admins 1\n" ADMIN1 ADMIN1 "sql 0\n\n", JEMPUT_CORRUPT },
    { "genesis", GENESIS_TOP "admins 2\n" ADMIN1 "key " K1 "\ndevice 2\nroles admin\nsql 0\n\n", JEMPUT_CORRUPT },
    { "genesis", GENESIS_TOP "admins 2\nkey " K2 "\ndevice 2\nroles admin\n" ADMIN1 "sql 0\n\n", JEMPUT_CORRUPT },
    { "genesis", GENESIS_TOP "admins 2\n" ADMIN1 "key " K2 "\ndevice 1\nroles admin\nsql 0\n\n", JEMPUT_CORRUPT },
    { "genesis", GENESIS_TOP "admins 1\nkey " K1 "\ndevice 1\nroles pusat\nsql 0\n\n", JEMPUT_CORRUPT },
    { "genesis", "nonce 000102030405060708090a0b0c0d0e0f\nthreshold 2\nadmins 1\n" ADMIN1 "sql 0\n\n", JEMPUT_CORRUPT },
    { "genesis", "nonce 000102030405060708090a0b0c0d0e0f\nthreshold 0\nadmins 1\n" ADMIN1 "sql 0\n\n", JEMPUT_CORRUPT },
    { "genesis", GENESIS_TOP "admins 1\n" ADMIN1 "sql 0\n", JEMPUT_CORRUPT },
    { "genesis", GENESIS_TOP "admins 1\n" ADMIN1 "sql 2\nx\n", JEMPUT_CORRUPT },
    { "genesis", GENESIS_TOP "admins 1\n" ADMIN1 "sql 1\nxx\n", JEMPUT_CORRUPT },
    { "genesis", GENESIS_TOP "admins 1\n" ADMIN1 "sql 99999999\nx\n", JEMPUT_CORRUPT },
    { "schema", "version 2\nsql 0\n\n", JEMPUT_CORRUPT },
    /* kinds */
    { "Revoke", "\n", JEMPUT_CORRUPT },
    { "1a", "\n", JEMPUT_CORRUPT },
    { "-a", "\n", JEMPUT_CORRUPT },
    { "a.b", "\n", JEMPUT_CORRUPT },
    { "", "\n", JEMPUT_CORRUPT },
    { "x-1-this-is-one-more-than-31-bye", "\n", JEMPUT_CORRUPT },
    { "future", "no newline", JEMPUT_CORRUPT },
    { "future", "", JEMPUT_CORRUPT },
};

static void one_form_only_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++) {
        struct jemput_buf payload = JEMPUT_BUF_INIT(8192);

        jemput_buf_printf(&payload, "record %s %zu\n%s", TEXTS[i].kind, strlen(TEXTS[i].text), TEXTS[i].text);
        if (read_and_write(jemput_buf_bytes(&payload)) != TEXTS[i].want)
            fail_msg("%s:\n%s", TEXTS[i].kind, TEXTS[i].text);
        jemput_buf_release(&payload);
    }
}

static void frames_have_one_form(void **state)
{
    static const char *const frames[] = { "\n",
                                          "record future 01\n\n",
                                          "record future 2\n\n",
                                          "record future 1\n\n\n",
                                          "record future  1\n\n",
                                          "record  future 1\n\n",
                                          "record future 1 \n\n",
                                          "record future\n\n",
                                          "record future \n\n",
                                          "record\n\n",
                                          "record future 1\r\n\n",
                                          "records future 1\n\n",
                                          "Record future 1\n\n",
                                          "record future -1\n\n",
                                          "record future 18446744073709551617\n\n",
                                          "record future 1\n\nrecord" };

    (void)state;
    assert_int_equal(read_and_write(jemput_bytes_str("record future 1\n\n")), JEMPUT_OK);
    assert_int_equal(read_and_write(jemput_bytes_str("")), JEMPUT_OK);
    assert_int_equal(read_and_write((struct jemput_bytes){ 0 }), JEMPUT_OK);
    for (size_t i = 0; i < sizeof frames / sizeof frames[0]; i++)
        if (read_and_write(jemput_bytes_str(frames[i])) != JEMPUT_CORRUPT)
            fail_msg("%s", frames[i]);
}

static void nul_in_sql_is_refused_and_no_other_byte(void **state)
{
    (void)state;
    for (unsigned byte = 0; byte < 256; byte++) {
        char payload[] = "record schema 18\nversion 2\nsql 1\n?\n";

        payload[sizeof payload - 3] = (char)byte;
        assert_int_equal(read_and_write(jemput_bytes_of(payload, sizeof payload - 1)), byte ? JEMPUT_OK : JEMPUT_CORRUPT);
    }
}

static void record_count_is_limited(void **state)
{
    struct jemput_buf payload = JEMPUT_BUF_INIT(1 << 20);

    (void)state;
    for (unsigned i = 0; i < JEMPUT_RECORDS_MAX; i++)
        jemput_buf_append_str(&payload, "record a 1\n\n");
    assert_int_equal(read_and_write(jemput_buf_bytes(&payload)), JEMPUT_OK);
    jemput_buf_append_str(&payload, "record a 1\n\n");
    assert_int_equal(read_and_write(jemput_buf_bytes(&payload)), JEMPUT_LIMIT);
    jemput_buf_release(&payload);
}

/* --- writing what could not be read --- */

static void expect_misuse(const struct jemput_record *record)
{
    struct jemput_buf out = JEMPUT_BUF_INIT(8192);
    struct jemput_error err;

    jemput_buf_append_str(&out, "before");
    jemput_record_write(&out, record);
    assert_int_equal(out.failed, JEMPUT_MISUSE);
    assert_int_equal(out.len, 6);
    assert_int_equal(jemput_buf_check(&out, "record", &err), JEMPUT_MISUSE);
    jemput_buf_release(&out);
}

static void what_could_not_be_read_is_not_written(void **state)
{
    static uint8_t long_sql[JEMPUT_SCHEMA_BYTES_MAX + 1];
    struct examples good, e;

    (void)state;
    memset(long_sql, 'x', sizeof long_sql);
    examples_init(&good);
#define BROKEN(record, change)                                                                                                                       \
    e = good;                                                                                                                                        \
    e.genesis.as.genesis.admins = e.admins;                                                                                                          \
    change;                                                                                                                                          \
    expect_misuse(&(record))
    BROKEN(e.acts[0], e.acts[0].kind = (enum jemput_record_kind)0);
    BROKEN(e.acts[0], e.acts[0].as.invite.scope = jemput_bytes_str("1\ndevice 3"));
    BROKEN(e.acts[0], e.acts[0].as.invite.roles = 0);
    BROKEN(e.acts[0], e.acts[0].as.invite.roles = 64);
    BROKEN(e.acts[0], e.acts[0].as.invite.device_number = 0);
    BROKEN(e.acts[0], e.acts[0].as.invite.device_number = JEMPUT_DEVICE_NUMBER_MAX + 1);
    BROKEN(e.acts[0], e.acts[0].as.invite.expires_ms = -1);
    BROKEN(e.acts[1], e.acts[1].as.join.epoch = 0);
    BROKEN(e.acts[1], e.acts[1].as.join.device_number = 0);
    BROKEN(e.acts[2], e.acts[2].as.enrol.epoch = 0);
    BROKEN(e.acts[2], e.acts[2].as.enrol.scope = jemput_bytes_str("*"));
    BROKEN(e.acts[4], e.acts[4].as.schema.version = 1);
    BROKEN(e.acts[4], e.acts[4].as.schema.sql.len = 0);
    BROKEN(e.acts[4], e.acts[4].as.schema.sql = jemput_bytes_of("a\0b", 3));
    BROKEN(e.acts[4], e.acts[4].as.schema.sql = jemput_bytes_of(long_sql, sizeof long_sql));
    BROKEN(e.acts[5], e.acts[5].word = jemput_bytes_str("enrol"));
    BROKEN(e.acts[5], e.acts[5].word = jemput_bytes_str("a b"));
    BROKEN(e.acts[5], e.acts[5].text.len--);
    BROKEN(e.genesis, e.genesis.as.genesis.threshold = 2);
    BROKEN(e.genesis, e.genesis.as.genesis.admin_count = 0);
    BROKEN(e.genesis, e.admins[1].device_number = 1);
    BROKEN(e.genesis, copy_key(e.admins[1].public_key, &e.admin));
    BROKEN(e.genesis, e.admins[0].roles = JEMPUT_ROLE_PETUGAS);
#undef BROKEN
}

static void join_is_signed_for_one_space_and_all_its_fields(void **state)
{
    struct examples e;
    struct jemput_join good, bad;
    struct jemput_space other;

    (void)state;
    examples_init(&e);
    good = e.acts[1].as.join;
    assert_true(jemput_join_verify(&good, &e.space));
    other = e.space;
    other.id[31] ^= 1;
    assert_false(jemput_join_verify(&good, &other));
    for (unsigned bit = 0; bit < 8 * 64; bit++) {
        bad = good;
        bad.signature[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(jemput_join_verify(&bad, &e.space));
    }
    bad = good;
    bad.epoch++;
    assert_false(jemput_join_verify(&bad, &e.space));
    bad = good;
    bad.device_number++;
    assert_false(jemput_join_verify(&bad, &e.space));
    bad = good;
    bad.public_key[0] ^= 1;
    assert_false(jemput_join_verify(&bad, &e.space));
    bad = good;
    copy_key(bad.invite_key, &e.tablet);
    assert_false(jemput_join_verify(&bad, &e.space));
    bad = good;
    bad.epoch = UINT32_MAX; /* the longest text */
    bad.device_number = JEMPUT_DEVICE_NUMBER_MAX;
    jemput_join_sign(&bad, &e.space, &e.once);
    assert_true(jemput_join_verify(&bad, &e.space));
}

static void no_memory_is_an_error_and_no_leak(void **state)
{
    struct jemput_bytes files[] = { vector_load("control-genesis.txt"), vector_load("control-acts.txt") };
    struct fault_alloc mem;
    struct examples e;

    (void)state;
    examples_init(&e);
    fault_alloc_install(&mem);
    for (unsigned f = 0; f < 2; f++) {
        for (uint64_t n = 0;; n++) {
            struct jemput_arena arena = { 0 };
            struct jemput_record *records = NULL;
            uint32_t count = 0;
            enum jemput_status st;

            fault_alloc_arm(&mem, n, false);
            st = read_payload(files[f], &records, &count, &arena);
            fault_alloc_disarm(&mem);
            assert_int_equal(st, mem.failures ? JEMPUT_NOMEM : JEMPUT_OK);
            assert_true(st ? !records && !count : records && count);
            jemput_arena_release(&arena);
            assert_int_equal(mem.live_blocks, 0);
            if (!mem.failures)
                break;
        }
    }
    for (uint64_t n = 0;; n++) {
        struct jemput_buf out = JEMPUT_BUF_INIT(8192);

        fault_alloc_arm(&mem, n, false);
        jemput_record_write(&out, &e.genesis);
        fault_alloc_disarm(&mem);
        assert_int_equal(out.failed, mem.failures ? JEMPUT_NOMEM : JEMPUT_OK);
        assert_int_equal(out.len, mem.failures ? 0 : files[0].len);
        jemput_buf_release(&out);
        assert_int_equal(mem.live_blocks, 0);
        if (!mem.failures)
            break;
    }
    fault_alloc_uninstall(&mem);
    vector_free(files[0]);
    vector_free(files[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_are_written_as_in_the_vectors),
        cmocka_unit_test(records_are_read_as_in_the_vectors),
        cmocka_unit_test(cut_payloads_are_refused_between_records_alone_they_may_end),
        cmocka_unit_test(flipped_bits_are_refused_or_read_exactly),
        cmocka_unit_test(one_form_only_is_read),
        cmocka_unit_test(frames_have_one_form),
        cmocka_unit_test(nul_in_sql_is_refused_and_no_other_byte),
        cmocka_unit_test(record_count_is_limited),
        cmocka_unit_test(what_could_not_be_read_is_not_written),
        cmocka_unit_test(join_is_signed_for_one_space_and_all_its_fields),
        cmocka_unit_test(no_memory_is_an_error_and_no_leak),
    };

    return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
