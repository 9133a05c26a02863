/* unit/test_bundle.c — git bundles: what stock git says of ours, and what is left of one whose bytes are flipped, cut and lost. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "smart_world.h"
#include "repo/bundle.h"

#define LOG 8

static struct jemput_bytes bundle_make(struct smart_world *s, struct jemput_buf *out, const struct jemput_oid *log, unsigned from, unsigned count)
{
    const struct jemput_bundle_ref ref = { REF, log[from + count - 1] };

    jemput_buf_clear(out);
    out->max = SIZE_MAX;
    assert_int_equal(jemput_bundle_write(out, jemput_repo_source(s->w.repo), &ref, 1, from ? &log[from - 1] : NULL, from ? 1 : 0, log + from, count,
                                         &s->w.err), JEMPUT_OK);
    return jemput_buf_bytes(out);
}

static enum jemput_status bundle_take(struct smart_world *s, struct jemput_bundle *b, uint32_t *count, uint32_t *damaged)
{
    struct jemput_unpack_to to = landed_to(s);
    enum jemput_status st;

    landed_clear(s);
    jemput_arena_clear(&s->w.arena);
    *count = *damaged = 0;
    st = jemput_bundle_read(b, s->w.env, world_path(&s->w, "b.bundle"), &s->w.arena, &s->w.err);
    return st ? st : jemput_bundle_unpack(b, s->w.env, world_path(&s->w, "b.bundle"), &to, count, damaged, &s->w.err);
}

static void stock_git_verifies_and_fetches_what_we_write(void **state)
{
    struct smart_world s;
    struct jemput_oid log[LOG];
    struct jemput_buf bytes = { 0 };

    (void)state;
    smart_world_open(&s);
    world_log(&s.w, log, LOG, world_sign, NULL);
    for (unsigned from = 0; from < LOG; from += 5) {
        struct jemput_bytes b = bundle_make(&s, &bytes, log, from, from ? LOG - from : 5);

        world_file(&s.w, "b.bundle", b.data, b.len);
        world_must(&s.w, "git -C hub bundle verify ../b.bundle && git -C hub fetch -q ../b.bundle '" REF ":" REF "' && git -C hub fsck --strict");
        assert_string_equal(smart_tip(&s, REF), world_hex(&log[from ? LOG - 1 : 4]));
    }
    jemput_buf_release(&bytes);
    smart_world_close(&s);
}

static void what_was_written_is_read_back(void **state)
{
    struct smart_world s;
    struct jemput_oid log[LOG];
    struct jemput_buf bytes = { 0 };
    struct jemput_bundle b;
    struct jemput_bytes file;
    uint32_t count, damaged;

    (void)state;
    smart_world_open(&s);
    world_log(&s.w, log, LOG, world_sign, NULL);
    file = bundle_make(&s, &bytes, log, 3, LOG - 3);
    world_file(&s.w, "b.bundle", file.data, file.len);
    assert_int_equal(bundle_take(&s, &b, &count, &damaged), JEMPUT_OK);
    assert_int_equal(damaged, 0);
    assert_int_equal(count, 3 * (LOG - 3));
    assert_int_equal(b.ref_count, 1);
    assert_string_equal(b.refs[0].name, REF);
    assert_true(jemput_oid_equal(&b.refs[0].oid, &log[LOG - 1]));
    assert_int_equal(b.base_count, 1);
    assert_true(jemput_oid_equal(&b.bases[0], &log[2]));
    assert_true(landed_have(&s, log + 3, LOG - 3));
    jemput_buf_release(&bytes);
    smart_world_close(&s);
}

static void a_flipped_byte_costs_one_object_at_most(void **state)
{
    struct smart_world s;
    struct jemput_oid log[LOG];
    struct jemput_buf bytes = { 0 };
    struct jemput_bundle b;
    struct jemput_bytes file;
    uint32_t count, damaged;
    unsigned noticed = 0;

    (void)state;
    smart_world_open(&s);
    world_log(&s.w, log, LOG, world_sign, NULL);
    file = bundle_make(&s, &bytes, log, 0, LOG);
    world_file(&s.w, "b.bundle", file.data, file.len);
    assert_int_equal(bundle_take(&s, &b, &count, &damaged), JEMPUT_OK);
    for (size_t at = (size_t)b.pack_at + 12; at < bytes.len; at++) {
        bytes.data[at] ^= 0x10;
        world_file(&s.w, "b.bundle", bytes.data, bytes.len);
        bytes.data[at] ^= 0x10;
        assert_int_equal(bundle_take(&s, &b, &count, &damaged), JEMPUT_OK);
        assert_in_range(s.landed_count, 3 * LOG - 1, 3 * LOG + 1); /* a flip may also turn a small object into another, under another name */
        noticed += damaged > 0;
        for (struct landed *l = s.landed; l; l = l->next) {
            struct jemput_oid oid;

            assert_int_equal(jemput_oid_of(&oid, l->kind, jemput_buf_bytes(&l->bytes), &s.w.err), JEMPUT_OK);
            assert_true(jemput_oid_equal(&oid, &l->oid));
        }
    }
    assert_int_equal(noticed, bytes.len - (size_t)b.pack_at - 12); /* the checksum sees what the objects do not */
    jemput_buf_release(&bytes);
    smart_world_close(&s);
}

static void a_bundle_cut_anywhere_gives_what_is_whole(void **state)
{
    struct smart_world s;
    struct jemput_oid log[LOG];
    struct jemput_buf bytes = { 0 };
    struct jemput_bundle b;
    struct jemput_bytes file;
    uint32_t count, damaged, most = 0;

    (void)state;
    smart_world_open(&s);
    world_log(&s.w, log, LOG, world_sign, NULL);
    file = bundle_make(&s, &bytes, log, 0, LOG);
    for (size_t len = 0; len < file.len; len += 3) {
        enum jemput_status st;

        world_file(&s.w, "b.bundle", file.data, len);
        st = bundle_take(&s, &b, &count, &damaged);
        assert_true(st == JEMPUT_OK || (st == JEMPUT_CORRUPT && count == 0));
        assert_int_equal(damaged, st ? 0 : 1);
        assert_in_range(count, most, 3 * LOG);
        most = count;
    }
    assert_int_equal(most, 3 * LOG);
    jemput_buf_release(&bytes);
    smart_world_close(&s);
}

static void what_is_no_bundle_is_refused(void **state)
{
    static const struct {
        const char *text;
        enum jemput_status status;
    } files[] = {
        { "", JEMPUT_CORRUPT }, { "halo", JEMPUT_CORRUPT }, { "# v2 git bundle\n", JEMPUT_CORRUPT }, { "# v9 git bundle\n\n", JEMPUT_UPGRADE },
        { "# v3 git bundle\n@filter=blob:none\n\n", JEMPUT_UPGRADE }, { "# v2 git bundle\nzzz refs/heads/x\n\n", JEMPUT_CORRUPT },
        { "# v2 git bundle\n-1234\n\n", JEMPUT_CORRUPT }, { "# v2 git bundle\n\nPACKxxxxxxxxxxxxx", JEMPUT_CORRUPT },
    };
    struct smart_world s;
    struct jemput_bundle b;
    uint32_t count, damaged;

    (void)state;
    smart_world_open(&s);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        world_file(&s.w, "b.bundle", files[i].text, strlen(files[i].text));
        assert_int_equal(bundle_take(&s, &b, &count, &damaged), files[i].status);
        assert_int_equal(count, 0);
    }
    smart_world_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stock_git_verifies_and_fetches_what_we_write), cmocka_unit_test(what_was_written_is_read_back),
        cmocka_unit_test(a_flipped_byte_costs_one_object_at_most),      cmocka_unit_test(a_bundle_cut_anywhere_gives_what_is_whole),
        cmocka_unit_test(what_is_no_bundle_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
