/* A central that signs what is not so: a checkpoint's state is compared with what the own logs give before anything is cut off, and what differs is kept
 * as a case, with both hashes. And what people see of what was cut off. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/checkpoint/checkpoint.h"
#include "api/roster/roster.h"
#include "api/seal/draft.h"
#include "api/seal/seal.h"
#include "bad.h"
#include "checkpoint/pack.h"
#include "cutting.h"
#include "store/dump/dump.h"

#define CENTRAL 0
#define TABLET 1
#define OTHER 2

/* A record signed by this device. */
static void sign(struct fleet *f, unsigned device, const struct jemput_record *record)
{
    struct jemput *j = f->devices[device].jemput;
    struct jemput_error err;

    assert_int_equal(jemput_store_begin(j->store, 1000, &err), JEMPUT_OK);
    assert_int_equal(engine_seal_control(j, record, 1, &err), JEMPUT_OK);
    assert_int_equal(engine_roster_load(j, &err), JEMPUT_OK);
    assert_int_equal(jemput_store_commit(j->store, &err), JEMPUT_OK);
}

/* Like central's newest checkpoint, but for its state. */
static void forge(struct fleet *f, unsigned device)
{
    struct jemput_record record = { .kind = JEMPUT_RECORD_CHECKPOINT };
    struct engine_checkpoint c;
    struct jemput_error err;

    assert_int_equal(engine_checkpoint_newest(f->devices[device].jemput, &c, &err), JEMPUT_OK);
    record.as.checkpoint = c.record;
    record.as.checkpoint.state[5] ^= 1;
    sign(f, device, &record);
}

enum lie { ROW_OTHER, ROW_GONE };

struct retelling { /* of a checkpoint's items, not quite as they were */
    struct jemput *j;
    enum lie lie;
    bool lied;
    struct jemput_packer packer;
    struct jemput_chunker chunker;
};

static enum jemput_status chunk_sign(void *ctx, struct jemput_bytes payload, struct jemput_error *err)
{
    struct retelling *r = ctx;
    struct draft d = { .payload = payload };
    struct jemput_arena arena = { 0 };
    int64_t id;

    assert_int_equal(draft_fill(r->j, &d, JEMPUT_CLASS_DATA, JEMPUT_CHUNK_CODEC, err), JEMPUT_OK);
    assert_int_equal(draft_commit(r->j, &d, (struct stamp_list){ 0 }, &arena, &id, err), JEMPUT_OK);
    assert_int_equal(jemput_store_apply_control(r->j->store, id, err), JEMPUT_OK);
    jemput_arena_release(&arena);
    return JEMPUT_OK;
}

static enum jemput_status item_chunk(void *ctx, struct jemput_bytes item, struct jemput_error *err)
{
    struct retelling *r = ctx;

    return jemput_chunker_item(&r->chunker, item, err);
}

static enum jemput_status item_retell(void *ctx, struct jemput_bytes item, struct jemput_error *err)
{
    struct retelling *r = ctx;
    uint8_t other[256];

    if (r->lied || item.data[0] != JEMPUT_DUMP_PLAIN)
        return jemput_packer_item(&r->packer, item, err);
    r->lied = true;
    if (r->lie == ROW_GONE)
        return JEMPUT_OK;
    assert_true(item.len <= sizeof other);
    memcpy(other, item.data, item.len);
    other[item.len - 1] ^= 1; /* of a text */
    return jemput_packer_item(&r->packer, jemput_bytes_of(other, item.len), err);
}

/* Like central's newest checkpoint, and with its state, but for what it holds. */
static void forge_items(struct fleet *f, enum lie lie)
{
    struct jemput *j = f->devices[CENTRAL].jemput;
    struct jemput_record record = { .kind = JEMPUT_RECORD_CHECKPOINT };
    struct retelling r = { .j = j, .lie = lie };
    struct jemput_checkpoint_sum sum;
    struct engine_checkpoint c;
    struct jemput_error err;

    jemput_chunker_init(&r.chunker, chunk_sign, &r);
    jemput_packer_init(&r.packer, item_chunk, &r);
    assert_int_equal(engine_checkpoint_newest(j, &c, &err), JEMPUT_OK);
    assert_int_equal(jemput_store_begin(j->store, 1000, &err), JEMPUT_OK);
    assert_int_equal(engine_checkpoint_items(j, &c, item_retell, &r, &err), JEMPUT_OK);
    assert_int_equal(jemput_chunker_end(&r.chunker, &sum, &err), JEMPUT_OK);
    assert_int_equal(jemput_store_commit(j->store, &err), JEMPUT_OK);
    jemput_packer_release(&r.packer);
    jemput_chunker_release(&r.chunker);
    assert_true(r.lied);
    record.as.checkpoint = c.record;
    record.as.checkpoint.chunks = sum.chunks;
    record.as.checkpoint.bytes = sum.bytes;
    memcpy(record.as.checkpoint.stream, sum.hash, sizeof sum.hash);
    sign(f, CENTRAL, &record);
}

struct told {
    unsigned count, open;
};

static int case_see(void *ctx, const struct jemput_case *told)
{
    struct told *t = ctx;

    if (strcmp(told->kind, "checkpoint") != 0)
        return 0;
    t->count++;
    t->open += told->open != 0;
    assert_true(strlen(told->about) == 32 && told->since_ms > 0 && strstr(told->safe_en, "nothing was cut off"));
    return 0;
}

static void expect_case(struct fleet *f, unsigned device, bool there)
{
    struct jemput_state_difference d;
    struct told t = { 0 };
    struct jemput_error err;
    char ours[65];
    int found;

    assert_int_equal(jemput_cases(f->devices[device].jemput, case_see, &t, &err), JEMPUT_OK);
    assert_int_equal(t.count, there);
    assert_int_equal(t.open, there);
    assert_int_equal(jemput_checkpoint_difference(f->devices[device].jemput, &d, &found, &err), JEMPUT_OK);
    assert_int_equal(found, there);
    if (!there)
        return;
    assert_int_equal(jemput_state_hash(f->devices[device].jemput, ours, &err), JEMPUT_OK);
    assert_string_not_equal(d.theirs, d.ours);
    assert_string_equal(d.writer, bad_info(f, CENTRAL).writer);
}

static void expect_sound(struct fleet *f, unsigned device)
{
    struct jemput_rebuild_report report;
    struct jemput_error err;

    fleet_verify(f, device);
    if (jemput_rebuild(f->devices[device].jemput, NULL, &report, &err))
        fail_msg("%s", err.text);
    assert_int_equal(report.differences, 0);
}

/* --- tests --- */

static void a_state_that_is_not_what_the_segments_give_cuts_nothing_and_is_a_case(void **state)
{
    struct jemput_cut_report report;
    struct jemput_error err;
    struct fleet f;

    (void)state;
    bad_begin(&f, 701);
    bad_write(&f, OTHER, "d");
    fleet_settle(&f, 0);
    (void)cutting_make(&f, CENTRAL, 0);
    fleet_settle(&f, 0);
    forge(&f, TABLET); /* it is not central: that counts for nothing */
    fleet_settle(&f, 0);
    cutting_backed_up(&f, CENTRAL);
    fleet_settle(&f, 0);
    assert_true(cutting_cut(&f, OTHER).segments > 0);
    expect_case(&f, OTHER, false);
    forge(&f, CENTRAL);
    cutting_backed_up(&f, CENTRAL);
    fleet_settle(&f, 0);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(jemput_checkpoint_cut(f.devices[i].jemput, &report, &err), JEMPUT_CORRUPT);
        assert_non_null(strstr(err.text, "central signed the state"));
        expect_case(&f, i, true);
        expect_sound(&f, i);
    }
    bad_write(&f, TABLET, "e"); /* and nothing stops */
    fleet_settle(&f, 0);
    (void)cutting_make(&f, CENTRAL, 0); /* one that is so again */
    cutting_backed_up(&f, CENTRAL);
    fleet_settle(&f, 0);
    for (unsigned i = 0; i < 3; i++) {
        (void)cutting_cut(&f, i);
        expect_case(&f, i, false);
        expect_sound(&f, i);
    }
    bad_end(&f);
}

/* The state that it names is right, so only who reads what it holds can see it. */
static void a_checkpoint_that_does_not_hold_the_state_that_it_names_cuts_nothing(void **state)
{
    struct jemput_cut_report report;
    struct jemput_error err;
    struct fleet f;

    (void)state;
    for (enum lie lie = ROW_OTHER; lie <= ROW_GONE; lie++) {
        bad_begin(&f, 711 + lie);
        (void)cutting_make(&f, CENTRAL, 0);
        forge_items(&f, lie);
        cutting_backed_up(&f, CENTRAL);
        fleet_settle(&f, 0);
        for (unsigned i = 0; i < 3; i++) {
            assert_int_equal(jemput_checkpoint_cut(f.devices[i].jemput, &report, &err), JEMPUT_CORRUPT);
            assert_non_null(strstr(err.text, "nothing was cut off"));
            assert_non_null(strstr(err.text, "is not the state that it names"));
            expect_sound(&f, i);
        }
        (void)cutting_make(&f, CENTRAL, 0); /* an honest one */
        cutting_backed_up(&f, CENTRAL);
        fleet_settle(&f, 0);
        assert_true(cutting_cut(&f, TABLET).segments > 0);
        bad_end(&f);
    }
}

static void a_record_that_does_not_fit_its_place_is_no_checkpoint(void **state)
{
    struct fleet f;
    struct engine_checkpoint c, found;
    struct jemput_error err;
    struct jemput *j;

    (void)state;
    bad_begin(&f, 702);
    (void)cutting_make(&f, CENTRAL, 0);
    j = f.devices[CENTRAL].jemput;
    assert_int_equal(engine_checkpoint_newest(j, &c, &err), JEMPUT_OK);
    for (unsigned k = 0; k < 4; k++) {
        struct jemput_record record = { .kind = JEMPUT_RECORD_CHECKPOINT, .as.checkpoint = c.record };
        struct jemput_segment other;

        if (k == 0)
            record.as.checkpoint.at.bytes[0] ^= 1; /* a segment that is not there */
        if (k == 1)
            record.as.checkpoint.at_number++;
        if (k == 2)
            record.as.checkpoint.chunks = 1000; /* more than there are segments in between */
        if (k == 3) { /* in another log */
            struct jemput_writer writer = f.devices[TABLET].jemput->writer;

            assert_int_equal(jemput_store_segment_last(j->store, &writer, &other, &err), JEMPUT_OK);
            record.as.checkpoint.at = other.hash;
            record.as.checkpoint.at_number = other.number;
        }
        sign(&f, CENTRAL, &record);
        assert_int_equal(engine_checkpoint_newest(j, &found, &err), JEMPUT_OK);
        if (!jemput_hash_equal(&found.segment.hash, &c.segment.hash))
            fail_msg("record %u counts", k);
    }
    fleet_release(&f);
}

/* What central says of one checkpoint it does not say of another; and not by anybody else's word. */
static void only_central_s_word_for_this_very_checkpoint_lets_it_be_cut_off(void **state)
{
    struct jemput_record record = { .kind = JEMPUT_RECORD_BACKED_UP };
    struct jemput_cut_report report;
    struct engine_checkpoint c;
    struct jemput_error err;
    struct fleet f;

    (void)state;
    bad_begin(&f, 703);
    (void)cutting_make(&f, CENTRAL, 0);
    cutting_backed_up(&f, CENTRAL);
    bad_write(&f, CENTRAL, "d");
    fleet_settle(&f, 0);
    (void)cutting_make(&f, CENTRAL, 0); /* of this one nothing is said */
    fleet_settle(&f, 0);
    assert_int_equal(jemput_checkpoint_cut(f.devices[TABLET].jemput, &report, &err), JEMPUT_DENIED);
    assert_int_equal(engine_checkpoint_newest(f.devices[TABLET].jemput, &c, &err), JEMPUT_OK);
    record.as.backed_up.checkpoint = c.segment.hash;
    sign(&f, TABLET, &record);
    assert_int_equal(jemput_checkpoint_cut(f.devices[TABLET].jemput, &report, &err), JEMPUT_DENIED);
    cutting_backed_up(&f, CENTRAL);
    fleet_settle(&f, 0);
    assert_true(cutting_cut(&f, TABLET).segments > 0);
    bad_end(&f);
}

/* A younger checkpoint with a longer window would stand before an older one: it would cover less, and its state could not be computed any more where
 * that was cut off. */
static void a_checkpoint_never_stands_before_one_that_there_is(void **state)
{
    const int64_t day_ms = INT64_C(24) * 3600 * 1000;
    struct jemput_checkpoint_report report;
    struct jemput_error err;
    struct fleet f;

    (void)state;
    for (unsigned cut = 0; cut < 2; cut++) {
        bad_begin(&f, 704 + cut);
        for (unsigned i = 0; i < f.count; i++)
            sim_env_advance(&f.devices[i].sim, (uint64_t)(40 * day_ms));
        bad_write(&f, TABLET, "d");
        fleet_settle(&f, 0);
        (void)cutting_make(&f, CENTRAL, 0);
        cutting_backed_up(&f, CENTRAL);
        fleet_settle(&f, 0);
        if (cut)
            (void)cutting_cut(&f, CENTRAL);
        assert_int_equal(jemput_checkpoint_make(f.devices[CENTRAL].jemput, 30 * day_ms, &report, &err), JEMPUT_NOTFOUND);
        assert_true(cutting_cut(&f, TABLET).segments > 0);
        bad_end(&f);
    }
}

/* --- what people see --- */

struct edits {
    char ops[32];
    int64_t cut_ms;
};

static int edit_see(void *ctx, const struct jemput_edit *edit)
{
    struct edits *e = ctx;
    size_t len = strlen(e->ops);

    e->ops[len] = edit->op;
    e->ops[len + 1] = '\0';
    if (edit->op == 'C') {
        e->cut_ms = edit->origin.claimed_ms;
        assert_true(edit->column_count == 0 && edit->origin.receipt);
    }
    return 0;
}

static struct edits history(struct fleet *f, unsigned device, const char *name)
{
    const struct jemput_datum key = fleet_text(name);
    struct jemput_error err;
    struct edits e = { .ops = "" };

    if (jemput_history(f->devices[device].jemput, "warga", &key, 1, edit_see, &e, &err))
        fail_msg("%s", err.text);
    return e;
}

static void what_was_cut_off_is_one_line_in_a_row_s_history(void **state)
{
    struct jemput_checkpoint_report report;
    struct fleet f;
    int64_t made_ms;

    (void)state;
    bad_begin(&f, 706);
    fleet_sql(&f, TABLET, "UPDATE warga SET rt = '002' WHERE nama = 'a'");
    bad_write(&f, TABLET, "t");
    fleet_settle(&f, 0);
    fleet_sql(&f, TABLET, "DELETE FROM warga WHERE nama = 't'");
    fleet_settle(&f, 0);
    made_ms = f.devices[CENTRAL].sim.wall_ms;
    report = cutting_make(&f, CENTRAL, 0);
    cutting_backed_up(&f, CENTRAL);
    fleet_settle(&f, 0);
    assert_string_equal(history(&f, TABLET, "a").ops, "IU");
    (void)cutting_cut(&f, TABLET);
    fleet_sql(&f, TABLET, "UPDATE warga SET rt = '003' WHERE nama = 'a'");
    bad_write(&f, TABLET, "n");
    fleet_settle(&f, 0);
    assert_string_equal(history(&f, TABLET, "a").ops, "CU");
    assert_true(llabs(history(&f, TABLET, "a").cut_ms - made_ms) < 3600 * 1000);
    assert_true(report.at_number > 0);
    assert_string_equal(history(&f, TABLET, "t").ops, "CD"); /* the newest segment of a log stays */
    assert_string_equal(history(&f, TABLET, "n").ops, "I"); /* of this one nothing was */
    assert_string_equal(history(&f, OTHER, "a").ops, "IUU"); /* who has cut off nothing has all */
    fleet_expect(&f, TABLET, "SELECT op, col, receipt FROM jemput_history('warga', 'a')", "terpotong|~|1\nubah|rt|1\n");
    fleet_expect(&f, TABLET, "SELECT count(*) FROM jemput_history('warga', 'n') WHERE op = 'terpotong'", "0\n");
    bad_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_state_that_is_not_what_the_segments_give_cuts_nothing_and_is_a_case),
        cmocka_unit_test(a_checkpoint_that_does_not_hold_the_state_that_it_names_cuts_nothing),
        cmocka_unit_test(a_record_that_does_not_fit_its_place_is_no_checkpoint),
        cmocka_unit_test(only_central_s_word_for_this_very_checkpoint_lets_it_be_cut_off),
        cmocka_unit_test(a_checkpoint_never_stands_before_one_that_there_is),
        cmocka_unit_test(what_was_cut_off_is_one_line_in_a_row_s_history),
    };

    return cmocka_run_group_tests_name("checkpoint lie", tests, NULL, NULL);
}
