/* What a hub is pushed, and who comes to it, as its own program asks (jemput/hub.h): logs that came whole, further branches, and no memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jemput/hub.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bad.h"
#include "base/limits.h"
#include "base/zip.h"
#include "forge.h"
#include "identity/hubtoken.h"
#include "repo/hub.h"
#include "support/fault_alloc.h"

#define LOGS_MAX 16
#define TABLET 1
#define SWELLING_BYTES ((size_t)2 * JEMPUT_OBJECT_RATIO_FREE_BYTES)
#define ADDRESS "https://hub.example/ruang.git"

static struct fault_alloc memory;

struct logs { /* of hub 0 */
    struct {
        char ref[128], tip[41];
    } of[LOGS_MAX];
    unsigned count;
    char full[512], objects[560], empty[512]; /* folders: hub 0, its objects, and hub 1, that has nothing */
    char space[65];
    unsigned entries, active;
};

static enum jemput_status ref_note(void *ctx, const char *name, const struct jemput_oid *oid, struct jemput_error *err)
{
    struct logs *l = ctx;

    (void)err;
    assert_true(l->count < LOGS_MAX);
    snprintf(l->of[l->count].ref, sizeof l->of[0].ref, "%s", name);
    jemput_hex_encode(l->of[l->count++].tip, oid->id, sizeof oid->id);
    return JEMPUT_OK;
}

static int entry_note(void *ctx, const struct jemput_hub_entry *entry)
{
    struct logs *l = ctx;

    l->entries++;
    l->active += entry->standing == JEMPUT_HUB_ACTIVE;
    return 0;
}

static void logs_of(struct logs *l, struct fleet *f)
{
    struct jemput_hub *hub;
    struct jemput_error err;
    unsigned skipped;

    memset(l, 0, sizeof *l);
    snprintf(l->full, sizeof l->full, "%s", fleet_hub(f, 0));
    snprintf(l->objects, sizeof l->objects, "%s/objects", l->full);
    snprintf(l->empty, sizeof l->empty, "%s", fleet_hub(f, 1));
    assert_int_equal(jemput_hub_open_folder(&hub, jemput_env_posix(), l->full, &err), JEMPUT_OK);
    assert_int_equal(jemput_hub_refs(hub, "refs/heads/log/", ref_note, l, &skipped, &err), JEMPUT_OK);
    jemput_hub_close(hub);
    assert_int_equal(jemput_hub_roster(l->full, NULL, l->space, entry_note, l, &err), JEMPUT_OK);
    assert_true(l->count >= f->count && l->active == f->count);
}

static enum jemput_status push(const struct logs *l, const char *to, const char *ref, unsigned log, const char *space, struct jemput_hub_pushed *out,
                               struct jemput_error *err)
{
    const struct jemput_hub_push p = { .path = to, .incoming = l->objects, .ref = ref, .tip = l->of[log].tip, .space = space };

    return jemput_hub_push_check(&p, NULL, out, err);
}

static void a_log_is_taken_by_a_hub_of_its_space_and_under_its_own_name(void **state)
{
    struct jemput_hub_pushed out;
    struct jemput_error err;
    char other[65];
    struct logs l;
    struct fleet f;
    unsigned founders = 0;

    (void)state;
    bad_begin(&f, 22);
    logs_of(&l, &f);
    memset(other, 'a', 64);
    other[64] = '\0';
    for (unsigned i = 0; i < l.count; i++) {
        assert_int_equal(push(&l, l.empty, l.of[i].ref, i, l.space, &out, &err), JEMPUT_OK);
        assert_true(out.segments > 0 && strcmp(out.space, l.space) == 0);
        assert_int_equal(push(&l, l.full, l.of[i].ref, i, l.space, &out, &err), JEMPUT_OK);
        assert_int_equal(out.segments, 0);
        assert_int_equal(push(&l, l.empty, l.of[i].ref, i, other, &out, &err), JEMPUT_DENIED);
        assert_int_equal(push(&l, l.empty, l.of[(i + 1) % l.count].ref, i, l.space, &out, &err), JEMPUT_DENIED);
        assert_int_equal(push(&l, l.empty, "refs/heads/main", i, l.space, &out, &err), JEMPUT_DENIED);
        founders += push(&l, l.empty, l.of[i].ref, i, NULL, &out, &err) == JEMPUT_OK;
    }
    assert_true(founders > 0);
    bad_end(&f);
}

/* Its name ends with the hash of its last segment, and it comes a prefix at a time. */
static void a_further_branch_comes_in_parts_and_is_no_second_name_for_what_is_there(void **state)
{
    struct jemput_hub_pushed out;
    struct jemput_error err;
    char ref[160];
    struct logs l;
    struct fleet f;

    (void)state;
    bad_begin(&f, 23);
    logs_of(&l, &f);
    for (unsigned i = 0; i < l.count; i++) {
        snprintf(ref, sizeof ref, "%s-0123456789abcdef", l.of[i].ref);
        assert_int_equal(push(&l, l.empty, ref, i, l.space, &out, &err), JEMPUT_OK);
        assert_int_equal(push(&l, l.full, ref, i, l.space, &out, &err), JEMPUT_DENIED);
    }
    bad_end(&f);
}

/* What it holds could be read by whoever runs the hub. */
static void data_that_is_not_sealed_does_not_reach_a_hub(void **state)
{
    struct jemput_keypair key;
    struct jemput_hub_pushed out;
    struct forge_segment segment;
    struct jemput_error err;
    struct jemput_oid tip;
    char ref[LOG_REF_BYTES];
    struct logs l;
    struct fleet f;

    (void)state;
    bad_begin(&f, 25);
    bad_write(&f, TABLET, "d");
    fleet_sync(&f, TABLET, 0);
    logs_of(&l, &f);
    key = f.devices[TABLET].jemput->key;
    for (unsigned sealed = 0; sealed < 2; sealed++) {
        forge_next(&segment, f.devices[TABLET].jemput);
        segment.header.klass = JEMPUT_CLASS_DATA;
        segment.header.codec = 1;
        segment.payload = jemput_bytes_of("names", 5);
        if (sealed)
            forge_seal(&segment, f.devices[TABLET].jemput);
        tip = forge_sign(l.full, &segment, &key, NULL);
        jemput_hex_encode(l.of[0].tip, tip.id, sizeof tip.id);
        engine_log_ref(ref, &segment.header.writer, 0);
        assert_int_equal(push(&l, l.empty, ref, 0, l.space, &out, &err), sealed ? JEMPUT_OK : JEMPUT_DENIED);
        assert_true(sealed || strstr(err.text, "not sealed"));
    }
    bad_end(&f);
}

/* `random` bytes that do not shrink, and then zeros. */
static struct jemput_oid swelling_sign(const struct logs *l, struct fleet *f, unsigned char *bytes, size_t random, char ref[LOG_REF_BYTES])
{
    struct forge_segment segment;
    uint64_t x = 88172645463325252u;

    memset(bytes, 0, SWELLING_BYTES);
    for (size_t i = 0; i < random; i++) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        bytes[i] = (unsigned char)(x >> 32);
    }
    forge_next(&segment, f->devices[TABLET].jemput);
    segment.header.klass = JEMPUT_CLASS_DATA;
    segment.header.codec = segment.header.key_epoch = 1;
    segment.payload = jemput_bytes_of(bytes, SWELLING_BYTES);
    engine_log_ref(ref, &segment.header.writer, 0);
    return forge_sign(l->full, &segment, &f->devices[TABLET].jemput->key, NULL);
}

/* Whatever form git sends it on in, every client takes it: the hub lets it swell less than they do. */
static void a_hub_takes_no_object_that_unfolds_to_more_than_its_clients_take(void **state)
{
    unsigned char *bytes = malloc(SWELLING_BYTES);
    struct jemput_buf packed = JEMPUT_BUF_INIT(2 * SWELLING_BYTES);
    struct jemput_hub_pushed out;
    struct jemput_error err;
    struct jemput_oid tip;
    char ref[LOG_REF_BYTES];
    struct logs l;
    struct fleet f;
    unsigned taken = 0, refused = 0;

    (void)state;
    bad_begin(&f, 26);
    logs_of(&l, &f);
    for (size_t random = SWELLING_BYTES / JEMPUT_PUSHED_RATIO_MAX - 4000; random < SWELLING_BYTES / JEMPUT_PUSHED_RATIO_MAX + 2000; random += 500) {
        enum jemput_status expected;

        tip = swelling_sign(&l, &f, bytes, random, ref);
        jemput_buf_clear(&packed);
        assert_int_equal(jemput_zip_deflate(&packed, jemput_bytes_of(bytes, SWELLING_BYTES), 6, (struct jemput_bytes){ 0 }, &err), JEMPUT_OK);
        expected = SWELLING_BYTES / JEMPUT_PUSHED_RATIO_MAX > packed.len ? JEMPUT_DENIED : JEMPUT_OK;
        jemput_hex_encode(l.of[0].tip, tip.id, sizeof tip.id);
        assert_int_equal(push(&l, l.empty, ref, 0, l.space, &out, &err), expected);
        taken += !expected;
        refused += !!expected;
    }
    assert_true(taken > 1 && refused > 1);
    jemput_buf_release(&packed);
    free(bytes);
    bad_end(&f);
}

#define STRANGER_SEGMENTS 200u
#define STRANGER_RECORDS 500u

/* A log of somebody whom nobody has let in, full of records whose stamps lie below all others: each would come before what it had seen. */
static void a_stranger_s_records_cost_a_hub_no_more_than_to_read_them(void **state)
{
    const struct jemput_record record = { .kind = JEMPUT_RECORD_APPROVE };
    struct jemput_buf payload = JEMPUT_BUF_INIT(JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX);
    struct jemput_hub_pushed out;
    struct forge_segment segment;
    struct jemput_keypair key;
    struct jemput_error err;
    struct jemput_oid tip = { { 0 } };
    uint8_t seed[32] = { 7 };
    char ref[LOG_REF_BYTES];
    struct logs l, again = { .count = 0 };
    struct fleet f;
    clock_t begin;

    (void)state;
    bad_begin(&f, 27);
    logs_of(&l, &f);
    jemput_keypair_from_seed(&key, seed);
    for (uint32_t i = 0; i < STRANGER_RECORDS; i++)
        jemput_record_write(&payload, &record);
    forge_first(&segment, f.devices[0].jemput, &key);
    engine_log_ref(ref, &segment.header.writer, 0);
    for (uint32_t i = 0; i < STRANGER_SEGMENTS; i++) {
        struct jemput_hash hash;

        segment.header.stamp = i + 1;
        segment.payload = jemput_buf_bytes(&payload);
        tip = forge_sign(l.full, &segment, &key, &hash);
        segment.header.number++;
        segment.header.previous = hash;
        segment.parent = tip;
        segment.parents = &segment.parent;
        segment.parent_count = 1;
    }
    jemput_hex_encode(l.of[0].tip, tip.id, sizeof tip.id);
    assert_int_equal(push(&l, l.empty, ref, 0, l.space, &out, &err), JEMPUT_OK);
    assert_int_equal(out.control_bytes, (uint64_t)STRANGER_SEGMENTS * payload.len);
    forge_ref(l.full, ref, &tip);
    begin = clock();
    assert_int_equal(jemput_hub_roster(l.full, NULL, again.space, entry_note, &again, &err), JEMPUT_OK);
    assert_true((clock() - begin) / CLOCKS_PER_SEC < 10);
    assert_int_equal(again.active, l.active);
    jemput_buf_release(&payload);
    bad_end(&f);
}

static void no_memory_is_said_and_nothing_leaks(void **state)
{
    const char *thin = getenv("JEMPUT_FAULT_STEP");
    uint64_t step = thin ? strtoull(thin, NULL, 10) : 1;
    struct jemput_hub_token token = { .time_s = 1769400000 };
    struct jemput_hub_pushed out;
    struct jemput_hub_guest guest;
    struct jemput_keypair key;
    struct jemput_error err;
    char text[JEMPUT_HUB_TOKEN_TEXT_MAX];
    uint8_t seed[32] = { 1 };
    struct logs l, again;
    struct fleet f;
    unsigned said = 0, runs = 0;
    size_t live;

    (void)state;
    bad_begin(&f, 24);
    logs_of(&l, &f);
    jemput_keypair_from_seed(&key, seed);
    assert_int_equal(jemput_hub_token_write(text, &token, "hub.example/ruang.git", &key, &err), JEMPUT_OK);
    live = memory.live_blocks;
    for (unsigned what = 0; what < l.count + 2; what++)
        for (uint64_t nth = 0;; nth += step) {
            enum jemput_status st;

            again = (struct logs){ .count = 0 };
            fault_alloc_arm(&memory, nth, false);
            st = what < l.count    ? push(&l, l.empty, l.of[what].ref, what, l.space, &out, &err)
                 : what == l.count ? jemput_hub_roster(l.full, NULL, again.space, entry_note, &again, &err)
                                   : jemput_hub_token_check(text, ADDRESS, l.space, &guest, &err);
            fault_alloc_disarm(&memory);
            said += memory.failures && st == JEMPUT_NOMEM;
            if (st && (st != JEMPUT_NOMEM || !memory.failures)) /* libgit2 may look once more, and find it */
                fail_msg("call %u, allocation %llu: %s", what, (unsigned long long)nth, jemput_status_name(st));
            assert_int_equal(memory.live_blocks, live);
            if (!memory.failures)
                break;
            runs++;
        }
    assert_true(said > runs / 3); /* others fell where it is looked once more, and were survived */
    assert_memory_equal(guest.public_key, key.public_key, 32);
    bad_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_log_is_taken_by_a_hub_of_its_space_and_under_its_own_name),
        cmocka_unit_test(a_further_branch_comes_in_parts_and_is_no_second_name_for_what_is_there),
        cmocka_unit_test(data_that_is_not_sealed_does_not_reach_a_hub),
        cmocka_unit_test(a_hub_takes_no_object_that_unfolds_to_more_than_its_clients_take),
        cmocka_unit_test(a_stranger_s_records_cost_a_hub_no_more_than_to_read_them),
        cmocka_unit_test(no_memory_is_said_and_nothing_leaks),
    };

    fault_alloc_install(&memory);
    return cmocka_run_group_tests_name("hub push", tests, NULL, NULL);
}
