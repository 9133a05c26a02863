/* Segments that are good for git and properly signed, and say what they must not: by a key that is not the writer's, out of their place, above limits, with rows
 * that no schema has.
 *
 * Each is refused with its exact status, central's tables stay as they are, the log of the other tablet goes on, and once the hub shows the true log again, all is
 * received. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bad.h"
#include "folder.h"
#include "forge.h"

#include "api/ingest/ingest.h"
#include "base/limits.h"
#include "base/zip.h"
#include "change/key.h"
#include "log/payload.h"

#define CENTRAL 0
#define TABLET 1
#define OTHER 2

struct scene {
    struct fleet f;
    char hub[300], ref[128];
    struct jemput_oid tip, before; /* of the tablet's log: true, and what central has read */
    struct folder_state *good;
};

static struct jemput *tablet(struct scene *s)
{
    return s->f.devices[TABLET].jemput;
}

/* Both tablets have sent a row that central has not read. */
static void begin(struct scene *s, uint64_t seed)
{
    memset(s, 0, sizeof *s);
    bad_begin(&s->f, seed);
    snprintf(s->hub, sizeof s->hub, "%s", fleet_hub(&s->f, 0));
    snprintf(s->ref, sizeof s->ref, "%s", bad_ref(&s->f, TABLET));
    s->before = forge_tip(s->hub, s->ref);
    bad_write(&s->f, TABLET, "d");
    fleet_sync(&s->f, TABLET, 0);
    s->tip = forge_tip(s->hub, s->ref);
    bad_write(&s->f, OTHER, "e");
    fleet_sync(&s->f, OTHER, 0);
    s->good = folder_remember(s->hub);
}

static void end(struct scene *s)
{
    folder_restore(s->good);
    folder_forget(s->good);
    bad_expect_all_received(&s->f, "abcde");
    bad_end(&s->f);
}

static struct jemput_keypair stranger_key(void)
{
    struct jemput_keypair key;
    uint8_t seed[32] = { 7 };

    jemput_keypair_from_seed(&key, seed);
    return key;
}

static const uint8_t noise[64] = { 0xde, 0xad, 0xbe, 0xef };

/* What goes out as the tablet's next segment; `key` is the tablet's. Bytes live until the next call. */
typedef void (*forger)(struct scene *s, struct forge_segment *out, struct jemput_keypair *key);

static void by_a_stranger(struct scene *s, struct forge_segment *out, struct jemput_keypair *key)
{
    (void)s, (void)out;
    *key = stranger_key();
}

static void by_a_stranger_as_another_epoch(struct scene *s, struct forge_segment *out, struct jemput_keypair *key)
{
    (void)s;
    *key = stranger_key();
    out->header.epoch = 2;
}

static void by_the_other_tablet(struct scene *s, struct forge_segment *out, struct jemput_keypair *key)
{
    (void)out;
    *key = s->f.devices[OTHER].jemput->key;
}

static void of_another_epoch(struct scene *s, struct forge_segment *out, struct jemput_keypair *key)
{
    (void)s, (void)key;
    out->header.epoch = 2;
}

static void of_another_space(struct scene *s, struct forge_segment *out, struct jemput_keypair *key)
{
    (void)s;
    out->header.space.id[0] ^= 1;
    jemput_writer_derive(&out->header.writer, &out->header.space, key->public_key, 1);
}

static void with_a_number_skipped(struct scene *s, struct forge_segment *out, struct jemput_keypair *key)
{
    (void)s, (void)key;
    out->header.number++;
}

static void with_an_old_number(struct scene *s, struct forge_segment *out, struct jemput_keypair *key)
{
    (void)s, (void)key;
    out->header.number--;
}

static void with_the_largest_number(struct scene *s, struct forge_segment *out, struct jemput_keypair *key)
{
    (void)s, (void)key;
    out->header.number = UINT64_MAX;
}

static void after_another_segment(struct scene *s, struct forge_segment *out, struct jemput_keypair *key)
{
    (void)s, (void)key;
    out->header.previous.bytes[31] ^= 1;
}

static void without_its_predecessor(struct scene *s, struct forge_segment *out, struct jemput_keypair *key)
{
    (void)s, (void)key;
    out->parent_count = 0;
}

static void on_the_last_but_one(struct scene *s, struct forge_segment *out, struct jemput_keypair *key)
{
    (void)key;
    out->parent = s->before;
}

static void goes_on_from(struct forge_segment *out, const struct jemput_segment *last)
{
    out->header.number = last->number + 1;
    out->header.previous = last->hash;
    memcpy(out->parent.id, last->commit, sizeof out->parent.id);
}

/* A log that somebody signs as his own, and that goes on from another device's: from what central has read of that, and from what it has not. */
static void on_the_other_tablets_log(struct scene *s, struct forge_segment *out, struct jemput_keypair *key)
{
    struct jemput *other = s->f.devices[OTHER].jemput;
    struct jemput_segment last;
    struct jemput_error err;

    (void)key;
    assert_int_equal(jemput_store_segment_last(other->store, &other->writer, &last, &err), JEMPUT_OK);
    goes_on_from(out, &last);
}

static void on_the_other_tablets_log_as_central_knows_it(struct scene *s, struct forge_segment *out, struct jemput_keypair *key)
{
    struct jemput_segment last;
    struct jemput_error err;

    (void)key;
    assert_int_equal(jemput_store_segment_last(s->f.devices[CENTRAL].jemput->store, &s->f.devices[OTHER].jemput->writer, &last, &err), JEMPUT_OK);
    goes_on_from(out, &last);
}

static void as_a_second_beginning(struct scene *s, struct forge_segment *out, struct jemput_keypair *key)
{
    forge_first(out, tablet(s), key);
    out->header.previous.bytes[0] ^= 1;
}

static void with_another_payload(struct scene *s, struct forge_segment *out, struct jemput_keypair *key)
{
    (void)s, (void)key;
    out->payload = jemput_bytes_of(noise, sizeof noise);
    out->payload_as_said = true;
    out->header.payload_bytes = sizeof noise;
}

static void with_another_length(struct scene *s, struct forge_segment *out, struct jemput_keypair *key)
{
    with_another_payload(s, out, key);
    jemput_hash256(out->header.payload_hash.bytes, out->payload, NULL);
    out->header.payload_bytes = sizeof noise - 1;
}

static void with_noise_for_records(struct scene *s, struct forge_segment *out, struct jemput_keypair *key)
{
    (void)s, (void)key;
    out->payload = jemput_bytes_of(noise, sizeof noise);
}

static void with_noise_for_rows(struct scene *s, struct forge_segment *out, struct jemput_keypair *key)
{
    with_noise_for_records(s, out, key);
    out->header.klass = JEMPUT_CLASS_DATA;
    out->header.codec = 1;
}

static void in_an_unknown_codec(struct scene *s, struct forge_segment *out, struct jemput_keypair *key)
{
    with_noise_for_rows(s, out, key);
    out->header.codec = 9;
}

/* The key that everybody has, of other bytes. */
static void sealed_otherwise(struct scene *s, struct forge_segment *out, struct jemput_keypair *key)
{
    with_noise_for_rows(s, out, key);
    forge_seal(out, tablet(s));
    out->payload = jemput_bytes_of(noise, sizeof noise);
}

static void sealed_for_another_place(struct scene *s, struct forge_segment *out, struct jemput_keypair *key)
{
    with_noise_for_rows(s, out, key);
    forge_seal(out, tablet(s));
    out->header.stamp++;
}

static void with_sealed_records(struct scene *s, struct forge_segment *out, struct jemput_keypair *key)
{
    with_noise_for_records(s, out, key);
    forge_seal(out, tablet(s));
}

static void too_large(struct scene *s, struct forge_segment *out, struct jemput_keypair *key)
{
    static uint8_t zeros[JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX + 1];

    with_noise_for_rows(s, out, key);
    out->payload = jemput_bytes_of(zeros, sizeof zeros);
}

/* 80 MB of zeros, in a frame as a payload has it: no padding, length, zlib stream. */
static void that_is_a_bomb(struct scene *s, struct forge_segment *out, struct jemput_keypair *key)
{
    static struct jemput_buf bomb;
    struct jemput_buf stream = JEMPUT_BUF_INIT(1024 * 1024);
    struct jemput_error err;
    void *zeros = calloc(1, 80 << 20);

    jemput_buf_release(&bomb);
    bomb = (struct jemput_buf)JEMPUT_BUF_INIT(1024 * 1024);
    assert_int_equal(jemput_zip_deflate(&stream, jemput_bytes_of(zeros, 80 << 20), 9, (struct jemput_bytes){ 0 }, &err), JEMPUT_OK);
    jemput_buf_varint(&bomb, 0);
    jemput_buf_varint(&bomb, stream.len);
    jemput_buf_append(&bomb, stream.data, stream.len);
    jemput_buf_release(&stream);
    free(zeros);
    with_noise_for_rows(s, out, key);
    out->payload = jemput_buf_bytes(&bomb);
}

static void with_too_many_parents(struct scene *s, struct forge_segment *out, struct jemput_keypair *key)
{
    static struct jemput_oid many[JEMPUT_PARENTS_MAX + 1];

    (void)s, (void)key;
    for (unsigned i = 0; i <= JEMPUT_PARENTS_MAX; i++)
        many[i] = out->parent;
    out->parents = many;
    out->parent_count = JEMPUT_PARENTS_MAX + 1;
}

static void with_too_many_heads(struct scene *s, struct forge_segment *out, struct jemput_keypair *key)
{
    static struct jemput_head heads[JEMPUT_CONTEXT_HEADS_MAX + 1];

    (void)s, (void)key;
    for (unsigned i = 0; i <= JEMPUT_CONTEXT_HEADS_MAX; i++) {
        heads[i] = (struct jemput_head){ .number = i + 1 };
        heads[i].writer.id[0] = (uint8_t)(i >> 8);
        heads[i].writer.id[1] = (uint8_t)i;
    }
    out->header.merged.heads = heads;
    out->header.merged.count = JEMPUT_CONTEXT_HEADS_MAX + 1;
}

/* --- rows that no schema of ours has --- */

struct rows {
    struct jemput_txn txn;
    struct jemput_change change;
    struct jemput_cell cells[2];
    struct jemput_buf key, payload;
};

static void text_value(struct jemput_value *out, const char *text)
{
    *out = (struct jemput_value){ .type = JEMPUT_TEXT, .bytes = jemput_bytes_str(text) };
}

/* One transaction with one insert: into warga, 'z', rt '001'. */
static struct rows *rows_make(unsigned key_values)
{
    static struct rows r;
    struct jemput_value key[2];
    struct jemput_error err;

    jemput_buf_release(&r.key);
    r = (struct rows){ .key = JEMPUT_BUF_INIT(1000), .payload = r.payload };
    text_value(&key[0], "z");
    text_value(&key[1], "y");
    assert_int_equal(jemput_key_write(&r.key, key, key_values, &err), JEMPUT_OK);
    r.cells[0].column = 1;
    text_value(&r.cells[0].value, "001");
    r.cells[1] = r.cells[0];
    r.cells[1].column = 2;
    r.change = (struct jemput_change){ .table = 1, .op = JEMPUT_OP_INSERT, .key = jemput_buf_bytes(&r.key), .cell_count = 1, .cells = r.cells };
    r.txn = (struct jemput_txn){ .stamp = (jemput_stamp)1750000000000 << 16, .boot_id = 1, .monotonic_ms = 1, .change_count = 1, .changes = &r.change };
    return &r;
}

static void rows_send(struct rows *r, struct forge_segment *out)
{
    struct jemput_error err;

    jemput_buf_release(&r->payload);
    r->payload = (struct jemput_buf)JEMPUT_BUF_INIT(100000);
    if (jemput_payload_write(&r->payload, &r->txn, 1, NULL, 0, &err))
        fail_msg("%s", err.text);
    out->payload = jemput_buf_bytes(&r->payload);
    out->header.klass = JEMPUT_CLASS_DATA;
    out->header.codec = 1;
}

static void with_rows_in_the_clear(struct scene *s, struct forge_segment *out, struct jemput_keypair *key)
{
    (void)s, (void)key;
    rows_send(rows_make(1), out);
}

static void of_a_newer_schema(struct scene *s, struct forge_segment *out, struct jemput_keypair *key)
{
    (void)s, (void)key;
    rows_send(rows_make(1), out);
    out->header.schema_version = 2;
}

static void into_a_table_that_is_not(struct scene *s, struct forge_segment *out, struct jemput_keypair *key)
{
    struct rows *r = rows_make(1);

    (void)s, (void)key;
    r->change.table = 2;
    rows_send(r, out);
}

static void into_a_column_that_is_not(struct scene *s, struct forge_segment *out, struct jemput_keypair *key)
{
    struct rows *r = rows_make(1);

    (void)s, (void)key;
    r->change.cell_count = 2;
    rows_send(r, out);
}

static void into_a_key_column(struct scene *s, struct forge_segment *out, struct jemput_keypair *key)
{
    struct rows *r = rows_make(1);

    (void)s, (void)key;
    r->cells[0].column = 0;
    rows_send(r, out);
}

static void with_a_key_of_two(struct scene *s, struct forge_segment *out, struct jemput_keypair *key)
{
    (void)s, (void)key;
    rows_send(rows_make(2), out);
}

static const struct {
    const char *name;
    forger make;
    enum jemput_status status;
    const char *word;
} forgeries[] = {
    { "by a stranger", by_a_stranger, JEMPUT_CORRUPT, "key" },
    { "by a stranger, another epoch", by_a_stranger_as_another_epoch, JEMPUT_CORRUPT, "key" },
    { "by the other tablet", by_the_other_tablet, JEMPUT_CORRUPT, "key" },
    { "of another epoch", of_another_epoch, JEMPUT_CORRUPT, "key" },
    { "of another space", of_another_space, JEMPUT_DENIED, "another space" },
    { "a number skipped", with_a_number_skipped, JEMPUT_CORRUPT, "successor" },
    { "an old number", with_an_old_number, JEMPUT_CORRUPT, "successor" },
    { "the largest number", with_the_largest_number, JEMPUT_CORRUPT, "header" },
    { "after another segment", after_another_segment, JEMPUT_CORRUPT, "successor" },
    { "without its predecessor", without_its_predecessor, JEMPUT_CORRUPT, "begins at" },
    { "on the last but one", on_the_last_but_one, JEMPUT_CORRUPT, "successor" },
    { "on the other tablet's log", on_the_other_tablets_log, JEMPUT_CORRUPT, "than its successor" },
    { "on the other tablet's log as known", on_the_other_tablets_log_as_central_knows_it, JEMPUT_CORRUPT, "than its successor" },
    { "a second beginning", as_a_second_beginning, JEMPUT_CORRUPT, "does not follow" },
    { "another payload", with_another_payload, JEMPUT_CORRUPT, "payload" },
    { "another length", with_another_length, JEMPUT_CORRUPT, "payload" },
    { "noise for records", with_noise_for_records, JEMPUT_CORRUPT, "record" },
    { "noise for rows", with_noise_for_rows, JEMPUT_CORRUPT, "" },
    { "an unknown codec", in_an_unknown_codec, JEMPUT_UPGRADE, "codec" },
    { "sealed otherwise", sealed_otherwise, JEMPUT_DENIED, "does not open it" },
    { "sealed for another place", sealed_for_another_place, JEMPUT_DENIED, "does not open it" },
    { "sealed records", with_sealed_records, JEMPUT_UPGRADE, "key epoch" },
    { "rows in the clear", with_rows_in_the_clear, JEMPUT_DENIED, "not sealed" },
    { "too large", too_large, JEMPUT_LIMIT, "more than" },
    { "a bomb", that_is_a_bomb, JEMPUT_LIMIT, "" },
    { "too many parents", with_too_many_parents, JEMPUT_LIMIT, "parents" },
    { "too many heads", with_too_many_heads, JEMPUT_CORRUPT, "one too many" },
    { "a newer schema", of_a_newer_schema, JEMPUT_UPGRADE, "schema" },
    { "a table that is not", into_a_table_that_is_not, JEMPUT_CORRUPT, "table" },
    { "a column that is not", into_a_column_that_is_not, JEMPUT_CORRUPT, "column" },
    { "a key column", into_a_key_column, JEMPUT_CORRUPT, "column" },
    { "a key of two", with_a_key_of_two, JEMPUT_CORRUPT, "key" },
};

/* What a forgery says of rows must be found wrong behind the seal. */
static bool is_data_to_seal(const struct forge_segment *s)
{
    return s->header.klass == JEMPUT_CLASS_DATA && s->header.key_epoch == 0 && !s->payload_as_said &&
           s->payload.len <= JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX - JEMPUT_SEAL_OVERHEAD_BYTES;
}

static void every_forged_segment_is_refused_with_its_reason(void **state)
{
    struct crash_snapshot *before;
    struct scene s;

    (void)state;
    begin(&s, 23);
    bad_close(&s.f, CENTRAL);
    before = crash_vfs_snapshot(s.f.devices[CENTRAL].vfs);
    for (size_t i = 0; i < sizeof forgeries / sizeof forgeries[0]; i++) {
        struct jemput_keypair key = tablet(&s)->key;
        struct forge_segment segment;
        struct jemput_oid forged;

        crash_vfs_restore(s.f.devices[CENTRAL].vfs, before); /* what is sealed rightly and says nonsense stays registered: here each is the first */
        bad_open(&s.f, CENTRAL);
        forge_next(&segment, tablet(&s));
        forgeries[i].make(&s, &segment, &key);
        if (is_data_to_seal(&segment) && forgeries[i].make != with_rows_in_the_clear)
            forge_seal(&segment, tablet(&s));
        forged = forge_sign(s.hub, &segment, &key, NULL);
        forge_ref(s.hub, s.ref, &forged);
        if (bad_sync(&s.f, CENTRAL, s.hub, NULL, NULL))
            fail_msg("%s: the sync failed", forgeries[i].name);
        bad_expect_aside(&s.f, CENTRAL, forgeries[i].status, forgeries[i].word);
        fleet_verify(&s.f, CENTRAL);
        fleet_expect(&s.f, CENTRAL, "SELECT count(*) FROM warga WHERE nama NOT IN ('a', 'b', 'c', 'd', 'e')", "0\n");
        fleet_expect(&s.f, CENTRAL, "SELECT count(*) FROM warga WHERE nama = 'e'", "1\n");
        bad_close(&s.f, CENTRAL);
    }
    crash_vfs_restore(s.f.devices[CENTRAL].vfs, before);
    crash_snapshot_free(before);
    bad_open(&s.f, CENTRAL);
    end(&s);
}

/* --- heads that name heads --- */

/* Whoever has central's key signs one segment after the other with one number, each of which has accepted the one before: a chain of so many logs within each
 * other. Central's branch shows the last. */
static void chain_forge(struct scene *s, unsigned deep)
{
    struct jemput *central = s->f.devices[CENTRAL].jemput;
    struct jemput_keypair key = central->key;
    struct jemput_head head = { .writer = central->writer };
    struct jemput_oid parents[2];
    struct forge_segment segment;

    forge_next(&segment, central);
    head.number = segment.header.number;
    parents[0] = segment.parent;
    parents[1] = forge_sign(s->hub, &segment, &key, &head.hash);
    for (unsigned i = 0; i < deep; i++) {
        forge_next(&segment, central);
        segment.header.merged = (struct jemput_context){ .count = 1, .heads = &head };
        segment.parents = parents;
        segment.parent_count = 2;
        parents[1] = forge_sign(s->hub, &segment, &key, &head.hash);
    }
    forge_ref(s->hub, bad_ref(&s->f, CENTRAL), &parents[1]);
}

static void heads_that_name_heads_are_followed_as_deep_as_the_limit_and_no_deeper(void **state)
{
    (void)state;
    for (unsigned beyond = 0; beyond < 2; beyond++) {
        struct scene s;
        char *asides;

        begin(&s, 24 + beyond);
        fleet_settle(&s.f, 0);
        chain_forge(&s, INGEST_DEPTH_MAX + beyond);
        assert_int_equal(bad_sync(&s.f, OTHER, s.hub, NULL, NULL), JEMPUT_OK);
        asides = bad_asides(&s.f, OTHER);
        if (beyond)
            bad_expect_aside(&s.f, OTHER, JEMPUT_LIMIT, "deep");
        else
            assert_string_equal(asides, "");
        free(asides);
        fleet_verify(&s.f, OTHER);
        folder_forget(s.good);
        fleet_release(&s.f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_forged_segment_is_refused_with_its_reason),
        cmocka_unit_test(heads_that_name_heads_are_followed_as_deep_as_the_limit_and_no_deeper),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
