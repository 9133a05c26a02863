/* unit/test_header.c — header text: what is written is read, and nothing else is. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/limits.h"
#include "log/header.h"
#include "support/fault_alloc.h"
#include "txn_random.h"
#include "vectors.h"

static void random_fill(uint8_t *out, size_t len)
{
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)(random_next() >> 13);
}

static struct jemput_context random_heads(struct jemput_arena *arena, uint32_t max)
{
    struct jemput_context c = { .count = random_under(max + 1) };

    c.heads = jemput_arena_array(arena, c.count, sizeof *c.heads);
    for (uint32_t i = 0; i < c.count; i++) {
        random_fill(c.heads[i].writer.id, 16);
        random_fill(c.heads[i].hash.bytes, 32);
        c.heads[i].number = random_next() >> (1 + random_under(62));
        c.heads[i].through = random_under(2);
    }
    jemput_context_normalise(&c);
    return c;
}

static struct jemput_header random_header(struct jemput_arena *arena)
{
    struct jemput_header h = { .klass = random_under(2) ? JEMPUT_CLASS_DATA : JEMPUT_CLASS_CONTROL, .epoch = 1 + random_under(5), .generation = random_under(5),
        .number = (random_next() >> (1 + random_under(62))) | 1, .stamp = random_next() >> 1, .has_under = random_under(2), .roster_version = random_under(100),
        .policy_version = random_under(3), .schema_version = (uint32_t)random_next(), .codec = random_under(3), .key_epoch = random_under(2),
        .payload_bytes = (uint32_t)random_next() };

    random_fill(h.space.id, 32);
    random_fill(h.writer.id, 16);
    random_fill(h.previous.bytes, 32);
    random_fill(h.payload_hash.bytes, 32);
    h.has_state = h.klass == JEMPUT_CLASS_CONTROL && random_under(2);
    if (h.has_state)
        random_fill(h.state.bytes, 32);
    h.merged = random_heads(arena, 3);
    if (h.has_under)
        h.under = random_heads(arena, 3);
    return h;
}

static void assert_heads_equal(const struct jemput_context *a, const struct jemput_context *b)
{
    assert_int_equal(a->count, b->count);
    for (uint32_t i = 0; i < a->count; i++)
        assert_int_equal(jemput_head_compare(&a->heads[i], &b->heads[i]), 0);
}

static void assert_headers_equal(const struct jemput_header *a, const struct jemput_header *b)
{
    assert_int_equal(a->klass, b->klass);
    assert_memory_equal(&a->space, &b->space, sizeof a->space);
    assert_memory_equal(&a->writer, &b->writer, sizeof a->writer);
    assert_memory_equal(&a->previous, &b->previous, sizeof a->previous);
    assert_memory_equal(&a->payload_hash, &b->payload_hash, sizeof a->payload_hash);
    assert_true(a->epoch == b->epoch && a->generation == b->generation && a->number == b->number && a->stamp == b->stamp);
    assert_true(a->has_under == b->has_under && a->roster_version == b->roster_version && a->policy_version == b->policy_version);
    assert_true(a->schema_version == b->schema_version && a->codec == b->codec && a->key_epoch == b->key_epoch && a->payload_bytes == b->payload_bytes);
    assert_int_equal(a->has_state, b->has_state);
    assert_memory_equal(&a->state, &b->state, sizeof a->state);
    assert_heads_equal(&a->merged, &b->merged);
    assert_heads_equal(&a->under, &b->under);
}

static struct jemput_buf text_of(const struct jemput_header *h)
{
    struct jemput_buf text = JEMPUT_BUF_INIT(JEMPUT_HEADER_BYTES_MAX);

    jemput_header_write(&text, h);
    assert_int_equal(text.failed, JEMPUT_OK);
    return text;
}

static void header_comes_back_from_its_text(void **state)
{
    struct jemput_arena arena = { 0 };
    struct jemput_error err;

    (void)state;
    for (unsigned i = 0; i < 500; i++) {
        struct jemput_header h = random_header(&arena), back;
        struct jemput_buf text = text_of(&h);

        if (jemput_header_read(&back, jemput_buf_bytes(&text), &arena, &err))
            fail_msg("%s\n%.*s", err.text, (int)text.len, (const char *)text.data);
        assert_headers_equal(&h, &back);
        jemput_buf_release(&text);
        jemput_arena_clear(&arena);
    }
    jemput_arena_release(&arena);
}

static void context_of_nothing_is_not_the_same_as_no_context(void **state)
{
    struct jemput_arena arena = { 0 };
    struct jemput_header h = random_header(&arena), back;
    struct jemput_buf text;
    struct jemput_error err;

    (void)state;
    h.has_under = true;
    h.under.count = 0;
    text = text_of(&h);
    assert_int_equal(jemput_header_read(&back, jemput_buf_bytes(&text), &arena, &err), JEMPUT_OK);
    assert_true(back.has_under && back.under.count == 0);
    jemput_buf_release(&text);
    h.has_under = false;
    text = text_of(&h);
    assert_int_equal(jemput_header_read(&back, jemput_buf_bytes(&text), &arena, &err), JEMPUT_OK);
    assert_false(back.has_under);
    jemput_buf_release(&text);
    jemput_arena_release(&arena);
}

static void text_that_is_cut_or_longer_is_refused(void **state)
{
    struct jemput_arena arena = { 0 };

    (void)state;
    for (unsigned i = 0; i < 10; i++) {
        struct jemput_header h = random_header(&arena), back = { .number = 99 };
        struct jemput_buf text = text_of(&h);
        struct jemput_error err;

        for (size_t len = 0; len < text.len; len++) {
            uint8_t *exact = malloc(len ? len : 1);

            memcpy(exact, text.data, len);
            assert_int_equal(jemput_header_read(&back, jemput_bytes_of(exact, len), &arena, &err), JEMPUT_CORRUPT);
            assert_int_equal(back.number, 99);
            free(exact);
        }
        jemput_buf_u8(&text, '\n');
        assert_int_equal(jemput_header_read(&back, jemput_buf_bytes(&text), &arena, &err), JEMPUT_CORRUPT);
        jemput_buf_release(&text);
    }
    jemput_arena_release(&arena);
}

static void text_with_a_flipped_bit_is_refused_or_another_header(void **state)
{
    struct jemput_arena arena = { 0 };

    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        struct jemput_header h = random_header(&arena), back;
        struct jemput_buf text = text_of(&h), again;
        struct jemput_arena read = { 0 };
        struct jemput_error err;

        for (size_t bit = 0; bit < text.len * 8; bit++) {
            enum jemput_status st;

            text.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
            st = jemput_header_read(&back, jemput_buf_bytes(&text), &read, &err);
            if (st == JEMPUT_OK) {
                again = text_of(&back);
                assert_true(jemput_bytes_equal(jemput_buf_bytes(&again), jemput_buf_bytes(&text)));
                jemput_buf_release(&again);
            } else {
                assert_true(st == JEMPUT_CORRUPT || (st == JEMPUT_UPGRADE && bit / 8 == strlen("jemput segment ")));
            }
            text.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
            jemput_arena_clear(&read);
        }
        jemput_arena_release(&read);
        jemput_buf_release(&text);
    }
    jemput_arena_release(&arena);
}

/* Replace `from` by `to` in the golden header and read it. */
static enum jemput_status read_changed(const char *golden, const char *from, const char *to)
{
    struct jemput_arena arena = { 0 };
    struct jemput_header h;
    struct jemput_error err;
    char text[4000];
    const char *at = strstr(golden, from);
    enum jemput_status st;

    assert_non_null(at);
    snprintf(text, sizeof text, "%.*s%s%s", (int)(at - golden), golden, to, at + strlen(from));
    st = jemput_header_read(&h, jemput_bytes_str(text), &arena, &err);
    jemput_arena_release(&arena);
    return st;
}

static char *golden_text(const char *name)
{
    struct jemput_bytes file = vector_load(name);
    char *text = malloc(file.len + 1);

    memcpy(text, file.data, file.len);
    text[file.len] = '\0';
    vector_free(file);
    return text;
}

static void text_in_another_form_is_refused(void **state)
{
    static const struct {
        const char *from, *to;
        enum jemput_status st;
    } table[] = {
        { "segment 1 ", "segment 1 ", JEMPUT_OK },
        { "segment 1 ", "segment 2 ", JEMPUT_UPGRADE },
        { "segment 1 data", "segment 7 anything", JEMPUT_UPGRADE },
        { "segment 1 ", "segment 01 ", JEMPUT_CORRUPT },
        { "segment 1 ", "segment 0 ", JEMPUT_CORRUPT },
        { "segment 1 data", "segment 1 dato", JEMPUT_CORRUPT },
        { "\n\nspace", "\nspace", JEMPUT_CORRUPT },
        { "\n\nspace", "\n\n\nspace", JEMPUT_CORRUPT },
        { "epoch 1", "epoch 0", JEMPUT_CORRUPT },
        { "epoch 1", "epoch 01", JEMPUT_CORRUPT },
        { "epoch 1", "epoch +1", JEMPUT_CORRUPT },
        { "epoch 1", "epoch 4294967296", JEMPUT_CORRUPT },
        { "epoch 1", "epoch 4294967295", JEMPUT_OK },
        { "number 12", "number 0", JEMPUT_CORRUPT },
        { "number 12", "number  12", JEMPUT_CORRUPT },
        { "number 12\n", "number 12\r\n", JEMPUT_CORRUPT },
        { "stamp ", "Stamp ", JEMPUT_CORRUPT },
        { "stamp ", "stamp\n", JEMPUT_CORRUPT },
        { "stamp 116162560123456789", "stamp 9223372036854775807", JEMPUT_OK },
        { "stamp 116162560123456789", "stamp 9223372036854775808", JEMPUT_CORRUPT },
        { "under none\n", "", JEMPUT_OK },
        { "under none\n", "under none\nunder none\n", JEMPUT_CORRUPT },
        { "under none", "under nothing", JEMPUT_CORRUPT },
        { "merged through ", "merged ", JEMPUT_OK },
        { "merged through ", "merged  ", JEMPUT_CORRUPT },
        { "payload 24012", "payload 4294967296", JEMPUT_CORRUPT },
        { "payload 24012 0", "payload 24012 A", JEMPUT_CORRUPT },
    };
    char *golden = golden_text("header-data.txt");

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (read_changed(golden, table[i].from, table[i].to) != table[i].st)
            fail_msg("'%s' for '%s': not %s", table[i].to, table[i].from, table[i].st == JEMPUT_OK ? "read" : "refused as it should");
    free(golden);
}

static void a_state_stands_once_in_its_place_and_in_control_segments_alone(void **state)
{
    static const struct {
        const char *from, *to;
        enum jemput_status st;
    } table[] = {
        { "state ", "state ", JEMPUT_OK },
        { "control\n", "data\n", JEMPUT_CORRUPT },
        { "number 7\n", "number 0\n", JEMPUT_CORRUPT },
        { "state ", "state  ", JEMPUT_CORRUPT },
        { "state ", "State ", JEMPUT_CORRUPT },
        { "state ", "state none\nstate ", JEMPUT_CORRUPT },
        { "\nroster 5", "0\nroster 5", JEMPUT_CORRUPT },
        { "roster 5", "state 0000000000000000000000000000000000000000000000000000000000000000\nroster 5", JEMPUT_CORRUPT },
        { "merged ", "state 0000000000000000000000000000000000000000000000000000000000000000\nmerged ", JEMPUT_CORRUPT },
    };
    char *golden = golden_text("header-state.txt");

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (read_changed(golden, table[i].from, table[i].to) != table[i].st)
            fail_msg("'%s' for '%s': not %s", table[i].to, table[i].from, table[i].st == JEMPUT_OK ? "read" : "refused as it should");
    free(golden);
}

static void golden_headers_keep_their_text_and_hash(void **state)
{
    static const struct {
        const char *name, *hash_name;
    } table[] = { { "header-data.txt", "data" }, { "header-control.txt", "control" }, { "header-state.txt", "state" }, { "header-genesis.txt", "genesis" } };
    struct jemput_bytes hashes = vector_load("header-hashes.txt");

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct jemput_bytes file = vector_load(table[i].name), rest = hashes;
        struct jemput_arena arena = { 0 };
        struct jemput_header h;
        struct jemput_buf again;
        struct jemput_hash hash;
        struct jemput_error err;
        char line[200], found[65] = "";

        assert_int_equal(jemput_header_read(&h, file, &arena, &err), JEMPUT_OK);
        again = text_of(&h);
        assert_true(jemput_bytes_equal(jemput_buf_bytes(&again), file));
        jemput_header_hash(&hash, file);
        while (vector_line(&rest, line, sizeof line))
            if (strncmp(line, table[i].hash_name, strlen(table[i].hash_name)) == 0)
                snprintf(found, sizeof found, "%s", line + strlen(table[i].hash_name) + 1);
        jemput_hex_encode(line, hash.bytes, sizeof hash.bytes);
        assert_string_equal(line, found);
        jemput_buf_release(&again);
        jemput_arena_release(&arena);
        vector_free(file);
    }
    vector_free(hashes);
}

static void reading_without_memory_says_so_and_leaks_nothing(void **state)
{
    struct jemput_arena random = { 0 };
    struct fault_alloc mem;

    (void)state;
    fault_alloc_install(&mem);
    for (uint64_t n = 0;; n++) {
        struct jemput_header h, back = { .number = 99 };
        struct jemput_arena arena = { 0 };
        struct jemput_buf text;
        struct jemput_error err;
        enum jemput_status st;

        random_seed(11);
        h = random_header(&random);
        h.merged = random_heads(&random, 60);
        text = text_of(&h);
        fault_alloc_arm(&mem, n, false);
        st = jemput_header_read(&back, jemput_buf_bytes(&text), &arena, &err);
        fault_alloc_disarm(&mem);
        assert_int_equal(st, mem.failures ? JEMPUT_NOMEM : JEMPUT_OK);
        if (mem.failures)
            assert_int_equal(back.number, 99);
        jemput_buf_release(&text);
        jemput_arena_release(&arena);
        jemput_arena_release(&random);
        if (!mem.failures)
            break;
    }
    assert_int_equal(fault_alloc_uninstall(&mem), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(header_comes_back_from_its_text),
        cmocka_unit_test(context_of_nothing_is_not_the_same_as_no_context),
        cmocka_unit_test(text_that_is_cut_or_longer_is_refused),
        cmocka_unit_test(text_with_a_flipped_bit_is_refused_or_another_header),
        cmocka_unit_test(text_in_another_form_is_refused),
        cmocka_unit_test(a_state_stands_once_in_its_place_and_in_control_segments_alone),
        cmocka_unit_test(golden_headers_keep_their_text_and_hash),
        cmocka_unit_test(reading_without_memory_says_so_and_leaks_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
