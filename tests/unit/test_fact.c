/* Tests of store/file/fact.c: a long value is kept shorter than it is and comes back whole, and none that was damaged comes back. */
#include "store_world.h"

#define NAME "long"

static void must(enum jemput_status st, const struct jemput_error *err)
{
    if (st)
        fail_msg("%s", err->text);
}

static struct jemput_buf schema_text(void)
{
    struct jemput_buf text = JEMPUT_BUF_INIT(1 << 20);

    for (unsigned i = 0; i < 40; i++) {
        char line[96];

        snprintf(line, sizeof line, "CREATE TABLE catatan_%u(id BLOB PRIMARY KEY, isi TEXT NOT NULL CHECK(length(isi) > %u));\n", i, i * 37 % 11);
        jemput_buf_append_str(&text, line);
    }
    return text;
}

static void begin(struct store_world *w)
{
    struct jemput_error err;

    world_init(w);
    world_open(w, true);
    must(jemput_store_begin(w->store, 0, &err), &err);
}

static void a_long_fact_is_kept_shorter_and_comes_back_whole(void **state)
{
    struct jemput_buf text = schema_text(), kept = JEMPUT_BUF_INIT(1 << 20), got = JEMPUT_BUF_INIT(1 << 20);
    struct jemput_error err;
    struct store_world w;

    (void)state;
    begin(&w);
    must(jemput_store_fact_pack(w.store, NAME, jemput_buf_bytes(&text), &err), &err);
    must(jemput_store_fact_get(w.store, NAME, &kept, &err), &err);
    assert_true(kept.len < text.len / 8);
    jemput_buf_append_str(&got, "before");
    must(jemput_store_fact_unpack(w.store, NAME, &got, &err), &err);
    assert_true(got.len == text.len + 6 && memcmp(got.data, "before", 6) == 0 && memcmp(got.data + 6, text.data, text.len) == 0);
    must(jemput_store_fact_pack(w.store, NAME, (struct jemput_bytes){ 0 }, &err), &err);
    must(jemput_store_fact_unpack(w.store, NAME, &got, &err), &err);
    assert_true(got.len == text.len + 6);
    assert_int_equal(jemput_store_fact_unpack(w.store, "none", &got, &err), JEMPUT_NOTFOUND);
    jemput_buf_release(&text);
    jemput_buf_release(&kept);
    jemput_buf_release(&got);
    world_release(&w);
}

static void expect_damaged(struct store_world *w, struct jemput_bytes kept, size_t bytes_max)
{
    struct jemput_buf got = JEMPUT_BUF_INIT(bytes_max);
    struct jemput_error err;

    must(jemput_store_fact_put(w->store, NAME, kept, &err), &err);
    assert_int_equal(jemput_store_fact_unpack(w->store, NAME, &got, &err), JEMPUT_CORRUPT);
    assert_int_equal(got.len, 0);
    jemput_buf_release(&got);
}

/* Some bits at the end of zlib's last block mean nothing. */
static unsigned expect_damaged_or_whole(struct store_world *w, struct jemput_bytes kept, struct jemput_bytes text)
{
    struct jemput_buf got = JEMPUT_BUF_INIT(1 << 20);
    struct jemput_error err;
    enum jemput_status st;

    must(jemput_store_fact_put(w->store, NAME, kept, &err), &err);
    st = jemput_store_fact_unpack(w->store, NAME, &got, &err);
    assert_true(st ? st == JEMPUT_CORRUPT && got.len == 0 : jemput_bytes_equal(jemput_buf_bytes(&got), text));
    jemput_buf_release(&got);
    return !st;
}

static void a_long_fact_that_was_cut_or_changed_anywhere_is_damaged(void **state)
{
    struct jemput_buf text = schema_text(), kept = JEMPUT_BUF_INIT(1 << 20);
    struct jemput_error err;
    struct store_world w;
    unsigned harmless = 0;

    (void)state;
    begin(&w);
    must(jemput_store_fact_pack(w.store, NAME, jemput_buf_bytes(&text), &err), &err);
    must(jemput_store_fact_get(w.store, NAME, &kept, &err), &err);
    expect_damaged(&w, jemput_buf_bytes(&kept), text.len - 1); /* more than the caller takes */
    expect_damaged(&w, jemput_buf_bytes(&text), 1 << 20);      /* as it was before it was packed */
    for (size_t len = 0; len < kept.len; len++)
        expect_damaged(&w, jemput_bytes_of(kept.data, len), 1 << 20);
    for (size_t bit = 0; bit < 8 * kept.len; bit++) {
        kept.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        harmless += expect_damaged_or_whole(&w, jemput_buf_bytes(&kept), jemput_buf_bytes(&text));
        kept.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_true(harmless < 8);
    jemput_buf_release(&text);
    jemput_buf_release(&kept);
    world_release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_long_fact_is_kept_shorter_and_comes_back_whole),
        cmocka_unit_test(a_long_fact_that_was_cut_or_changed_anywhere_is_damaged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
