/* unit/record_examples.h — the records of vectors/control-standing.txt, control-keyring.txt and control-keeping.txt, made here from the seeds that
 * tests/formats/control.py makes them from. */
#ifndef TESTS_UNIT_RECORD_EXAMPLES_H
#define TESTS_UNIT_RECORD_EXAMPLES_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/limits.h"
#include "identity/roster.h"
#include "vectors.h"

#define STANDING 11
#define KEYRING 5
#define KEEPING 7
#define OWN_EPOCH 7
#define EPOCH_NUMBER (UINT32_C(1) << JEMPUT_EPOCH_DEVICE_BITS | 2)

static const char *const FILES[] = { "control-standing.txt", "control-keyring.txt", "control-keeping.txt" };

struct examples {
    struct jemput_space space;
    struct jemput_keypair tablet, central, new;
    struct jemput_head heads[16];
    struct jemput_epoch_box boxes[2];
    struct jemput_record records[3][STANDING];
};
static const uint32_t COUNTS[] = { STANDING, KEYRING, KEEPING };

static inline void seed_of(uint8_t out[32], uint8_t byte)
{
    memset(out, byte, 32);
}

static inline void key_of(struct jemput_keypair *key, uint8_t byte)
{
    uint8_t seed[32];

    seed_of(seed, byte);
    jemput_keypair_from_seed(key, seed);
}

static inline struct jemput_head head_of(const struct examples *e, uint32_t epoch, uint64_t number, const void *marked, size_t len)
{
    struct jemput_head head = { .number = number };

    jemput_writer_derive(&head.writer, &e->space, e->tablet.public_key, epoch);
    jemput_hash256(head.hash.bytes, jemput_bytes_of(marked, len), NULL);
    return head;
}

static inline void examples_cuts(struct examples *e)
{
    struct jemput_record *r = e->records[0];

    e->heads[0] = head_of(e, 1, 12, "segment", 7);
    e->heads[1] = head_of(e, 2, 9, "segment", 7);
    e->heads[2] = head_of(e, 2, INT64_MAX, "segment", 7);
    r[0].kind = r[1].kind = JEMPUT_RECORD_CHANGE;
    r[0].as.change = (struct jemput_change_of_rights){ .roles = JEMPUT_ROLE_PETUGAS | JEMPUT_ROLE_KELURAHAN, .scope = jemput_bytes_str("16.74"),
        .heads = { 3, e->heads } };
    memcpy(r[0].as.change.public_key, e->tablet.public_key, 32);
    memcpy(r[1].as.change.public_key, e->central.public_key, 32);
    for (uint8_t i = 0; i < 5; i++) {
        struct jemput_revocation *revoke = &r[2 + i].as.revoke;

        e->heads[3 + i] = head_of(e, 1, i, &i, 1);
        r[2 + i].kind = JEMPUT_RECORD_REVOKE;
        *revoke = (struct jemput_revocation){ .reason = (enum jemput_revoke_reason)(JEMPUT_REVOKE_LOST + i), .heads = { i > 0, &e->heads[3 + i] } };
        memcpy(revoke->public_key, e->tablet.public_key, 32);
    }
}

static inline void examples_standing(struct examples *e)
{
    struct jemput_record *r = e->records[0];
    struct jemput_error err;

    examples_cuts(e);
    r[7] = (struct jemput_record){ .kind = JEMPUT_RECORD_ROTATE, .as.rotate.epoch = 1 };
    memcpy(r[7].as.rotate.old_key, e->tablet.public_key, 32);
    memcpy(r[7].as.rotate.new_key, e->new.public_key, 32);
    jemput_rotation_sign(&r[7].as.rotate, &e->space, &e->new);
    r[8].kind = JEMPUT_RECORD_SUCCEED;
    memcpy(r[8].as.succeed.old_key, e->tablet.public_key, 32);
    memcpy(r[8].as.succeed.new_key, e->new.public_key, 32);
    r[9] = (struct jemput_record){ .kind = JEMPUT_RECORD_RESUME, .as.resume = { e->heads[0].writer, 2 } };
    r[10].kind = JEMPUT_RECORD_APPROVE;
    assert_int_equal(jemput_record_hash(&r[10].as.approve.act, &r[0], &e->space, &err), JEMPUT_OK);
}

static inline void box_make(struct examples *e, struct jemput_epoch_box *box, const struct jemput_keypair *device, uint8_t reading_seed,
                            uint8_t once_byte)
{
    struct jemput_reading_pair pair;
    uint8_t seed[32], once[32], key[32];

    seed_of(seed, reading_seed);
    seed_of(once, once_byte);
    seed_of(key, 0x77);
    jemput_reading_pair_from_seed(&pair, seed);
    jemput_writer_derive(&box->writer, &e->space, device->public_key, 1);
    memcpy(box->reading_key, pair.public_key, 32);
    assert_true(jemput_box(box->box, key, box->reading_key, once));
}

/* What both numbers of a record of the keyring go into: lowest byte first. */
static inline void number_put(struct jemput_buf *out, uint32_t number)
{
    for (unsigned i = 0; i < 4; i++)
        jemput_buf_u8(out, (uint8_t)(number >> (8 * i)));
}

static inline void check_make(const struct examples *e, struct jemput_key_epoch *epoch, uint32_t number, uint8_t key_byte)
{
    struct jemput_buf in = JEMPUT_BUF_INIT(256);
    uint8_t key[32];

    seed_of(key, key_byte);
    epoch->number = number;
    jemput_buf_append_str(&in, "jemput epoch");
    jemput_buf_append(&in, e->space.id, 32);
    number_put(&in, number);
    jemput_hash256(epoch->check, jemput_buf_bytes(&in), key);
    jemput_buf_release(&in);
}

static inline void wrap_make(const struct examples *e, struct jemput_wrap *wrap)
{
    struct jemput_buf beside = JEMPUT_BUF_INIT(256), sealed = JEMPUT_BUF_INIT(256);
    uint8_t key[32], own[32];

    seed_of(key, 0x77);
    seed_of(own, 0x88);
    *wrap = (struct jemput_wrap){ .number = OWN_EPOCH, .under = EPOCH_NUMBER, .maker = e->heads[0].writer };
    jemput_buf_append_str(&beside, "jemput wrap");
    jemput_buf_append(&beside, e->space.id, 32);
    jemput_buf_append(&beside, wrap->maker.id, 16);
    number_put(&beside, wrap->number);
    number_put(&beside, wrap->under);
    jemput_seal_make(&sealed, jemput_bytes_of(own, 32), jemput_buf_bytes(&beside), key);
    assert_int_equal(sealed.len, JEMPUT_WRAP_BYTES);
    memcpy(wrap->sealed, sealed.data, JEMPUT_WRAP_BYTES);
    jemput_buf_release(&beside);
    jemput_buf_release(&sealed);
}

static inline void examples_keyring(struct examples *e)
{
    struct jemput_record *r = e->records[1];

    box_make(e, &e->boxes[0], &e->tablet, 0xdd, 0); /* 1ebb… is before f068… */
    box_make(e, &e->boxes[1], &e->central, 0xee, 1);
    r[0].kind = JEMPUT_RECORD_READER;
    memcpy(r[0].as.reader.reading_key, e->boxes[0].reading_key, 32);
    r[1] = (struct jemput_record){ .kind = JEMPUT_RECORD_EPOCH, .as.epoch = { .box_count = 2, .boxes = e->boxes } };
    check_make(e, &r[1].as.epoch, EPOCH_NUMBER, 0x77);
    r[2].kind = JEMPUT_RECORD_EPOCH;
    check_make(e, &r[2].as.epoch, OWN_EPOCH, 0x88);
    r[3] = (struct jemput_record){ .kind = JEMPUT_RECORD_GRANT, .as.grant.number = EPOCH_NUMBER };
    box_make(e, &r[3].as.grant.to, &e->central, 0xee, 0);
    r[4].kind = JEMPUT_RECORD_WRAP;
    wrap_make(e, &r[4].as.wrap);
}

/* The key of a segment whose payload's nonce is 00, 01, … 17, sealed. */
static inline void single_make(const struct examples *e, struct jemput_single *single)
{
    struct jemput_buf beside = JEMPUT_BUF_INIT(256), sealed = JEMPUT_BUF_INIT(256);
    uint8_t key[32], of_segment[32], payload[JEMPUT_SEAL_OVERHEAD_BYTES] = { 0 };
    struct jemput_error err;

    seed_of(key, 0x77);
    for (uint8_t i = 0; i < JEMPUT_SEAL_NONCE_BYTES; i++)
        payload[i] = i;
    assert_int_equal(jemput_seal_single(of_segment, jemput_bytes_of(payload, sizeof payload), key, &err), JEMPUT_OK);
    single->segment = e->heads[0].hash;
    single->under = EPOCH_NUMBER;
    jemput_buf_append_str(&beside, "jemput single");
    jemput_buf_append(&beside, e->space.id, 32);
    jemput_buf_append(&beside, single->segment.bytes, 32);
    number_put(&beside, single->under);
    jemput_seal_make(&sealed, jemput_bytes_of(of_segment, 32), jemput_buf_bytes(&beside), key);
    memcpy(single->sealed, sealed.data, JEMPUT_WRAP_BYTES);
    jemput_buf_release(&beside);
    jemput_buf_release(&sealed);
}

static inline void mark_make(const struct examples *e, uint8_t mark[32])
{
    struct jemput_buf in = JEMPUT_BUF_INIT(256);
    uint8_t key[32];

    seed_of(key, 0x77);
    jemput_buf_append_str(&in, "jemput forget");
    jemput_buf_append(&in, e->space.id, 32);
    number_put(&in, 2);
    jemput_buf_append(&in, "\x03\x03p\n1", 5);
    jemput_hash256(mark, jemput_buf_bytes(&in), key);
    jemput_buf_release(&in);
}

static inline void case_make(const struct examples *e, uint8_t of[32])
{
    struct jemput_buf in = JEMPUT_BUF_INIT(256);

    jemput_buf_append_str(&in, "jemput case");
    jemput_buf_append(&in, e->space.id, 32);
    jemput_buf_append(&in, "refused\0" "000102030405060708090a0b0c0d0e0f", 8 + 32);
    jemput_hash256(of, jemput_buf_bytes(&in), NULL);
    jemput_buf_release(&in);
}

static inline void examples_keeping(struct examples *e)
{
    struct jemput_record *r = e->records[2];
    struct jemput_checkpoint *c = &r[1].as.checkpoint;

    r[0].kind = JEMPUT_RECORD_SINGLE;
    single_make(e, &r[0].as.single);
    r[1].kind = JEMPUT_RECORD_CHECKPOINT;
    *c = (struct jemput_checkpoint){ .at_number = 41, .at = e->heads[0].hash, .schema_version = 3, .chunks = 2, .bytes = 262150 };
    jemput_hash256(c->state, jemput_bytes_str("state"), NULL);
    jemput_hash256(c->stream, jemput_bytes_str("stream"), NULL);
    r[2] = (struct jemput_record){ .kind = JEMPUT_RECORD_BACKED_UP, .as.backed_up.checkpoint = e->heads[0].hash };
    r[3] = (struct jemput_record){ .kind = JEMPUT_RECORD_FORGET, .as.forget = { .marks = EPOCH_NUMBER, .basis = jemput_bytes_str("UU 27/2022 ps 8, surat 12") } };
    mark_make(e, r[3].as.forget.mark);
    r[4] = (struct jemput_record){ .kind = JEMPUT_RECORD_ERASED, .as.erased.checkpoint = e->heads[0].hash };
    r[5] = (struct jemput_record){ .kind = JEMPUT_RECORD_REPORT, .as.report = { jemput_bytes_str("0.1.0"), 93, 4711 } };
    r[6] = (struct jemput_record){ .kind = JEMPUT_RECORD_SETTLE, .as.settle = { .count = 3, .reason = jemput_bytes_str("undangan disalin") } };
    case_make(e, r[6].as.settle.of);
}

static inline void examples_init(struct examples *e)
{
    struct jemput_bytes header = vector_load("control-genesis-header.txt");

    memset(e, 0, sizeof *e);
    jemput_hash256(e->space.id, header, NULL);
    vector_free(header);
    key_of(&e->tablet, 0x22);
    key_of(&e->central, 0x11);
    key_of(&e->new, 0x55);
    examples_standing(e);
    examples_keyring(e);
    examples_keeping(e);
}

/* --- reading and writing --- */

static inline enum jemput_status read_payload(struct jemput_bytes payload, struct jemput_record **records, uint32_t *count,
                                             struct jemput_arena *arena)
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
static inline enum jemput_status read_and_write(struct jemput_bytes payload)
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
    }
    jemput_buf_release(&again);
    jemput_arena_release(&arena);
    return st;
}

static inline enum jemput_status read_text(const char *kind, struct jemput_bytes text)
{
    struct jemput_buf payload = JEMPUT_BUF_INIT(1 << 21);
    enum jemput_status st;

    jemput_buf_printf(&payload, "record %s %zu\n", kind, text.len);
    jemput_buf_append_bytes(&payload, text);
    st = read_and_write(jemput_buf_bytes(&payload));
    jemput_buf_release(&payload);
    return st;
}

#endif
