/* unit/test_record_kinds.c — records of standing (change, revoke, rotate, succeed, resume, approve) and of the keyring (reader, epoch, grant, wrap) as
 * text: golden payloads by another implementation (tests/formats/control.py), one form only, hashes by which an approval names a record. The founding
 * kinds and frames: test_record.c. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/limits.h"
#include "record_examples.h"
#include "support/fault_alloc.h"

/* --- reading and writing --- */

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
    }
    jemput_buf_release(&again);
    jemput_arena_release(&arena);
    return st;
}

static enum jemput_status read_text(const char *kind, struct jemput_bytes text)
{
    struct jemput_buf payload = JEMPUT_BUF_INIT(1 << 21);
    enum jemput_status st;

    jemput_buf_printf(&payload, "record %s %zu\n", kind, text.len);
    jemput_buf_append_bytes(&payload, text);
    st = read_and_write(jemput_buf_bytes(&payload));
    jemput_buf_release(&payload);
    return st;
}

static void records_are_written_as_in_the_vectors(void **state)
{
    struct examples e;

    (void)state;
    examples_init(&e);
    for (unsigned f = 0; f < 2; f++) {
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

/* --- damage --- */

static void cut_payloads_are_refused_between_records_alone_they_may_end(void **state)
{
    struct examples e;

    (void)state;
    examples_init(&e);
    for (unsigned f = 0; f < 2; f++) {
        struct jemput_bytes good = vector_load(FILES[f]);
        struct jemput_buf out = JEMPUT_BUF_INIT(1 << 16);
        uint32_t done = 0;

        for (size_t len = 0; len <= good.len; len++) {
            uint8_t *cut = malloc(len ? len : 1); /* exact, so that a read past the end is seen */
            bool whole = len == out.len;

            assert_non_null(cut);
            memcpy(cut, good.data, len);
            assert_int_equal(read_and_write(jemput_bytes_of(cut, len)), whole ? JEMPUT_OK : JEMPUT_CORRUPT);
            free(cut);
            if (whole && done < COUNTS[f])
                jemput_record_write(&out, &e.records[f][done++]);
        }
        assert_int_equal(done, COUNTS[f]);
        jemput_buf_release(&out);
        vector_free(good);
    }
}

static void flipped_bits_are_refused_or_read_exactly(void **state)
{
    (void)state;
    for (unsigned f = 0; f < 2; f++) {
        struct jemput_bytes good = vector_load(FILES[f]);
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
        assert_true(refused > 3 * good.len);
        free(bad);
        vector_free(good);
    }
}

/* Where line `n` of a text begins; its length, newline included, in *len; 0 = there is none. */
static size_t line_at(struct jemput_bytes text, unsigned n, size_t *len)
{
    size_t at = 0;

    for (;; n--) {
        const uint8_t *end = at < text.len ? memchr(text.data + at, '\n', text.len - at) : NULL;

        *len = end ? (size_t)(end - text.data) + 1 - at : 0;
        if (n == 0 || !end)
            return at;
        at += *len;
    }
}

enum spoil { MISSING, DOUBLED, SWAPPED, UPPER, BLANK_BEHIND, BLANK_BEFORE, RETURN, LONGER_WORD, NO_VALUE, SPOILS };

/* The text with line `n` spoiled; false = there is no such line, or it would remain as it was. */
static bool text_spoil(struct jemput_buf *out, struct jemput_bytes text, unsigned n, enum spoil how)
{
    size_t len, next_len, at = line_at(text, n, &len), next = line_at(text, n + 1, &next_len), word;
    const uint8_t *line = text.data + at;

    if (len == 0 || (how == SWAPPED && next_len == 0))
        return false;
    word = (size_t)((const uint8_t *)memchr(line, ' ', len) - line);
    jemput_buf_append(out, text.data, at);
    if (how == BLANK_BEFORE || how == LONGER_WORD)
        jemput_buf_append_str(out, how == BLANK_BEFORE ? " " : "x");
    if (how == SWAPPED)
        jemput_buf_append(out, text.data + next, next_len);
    if (how == NO_VALUE)
        jemput_buf_append(out, line, word);
    else if (how != MISSING)
        jemput_buf_append(out, line, how == BLANK_BEHIND || how == RETURN ? len - 1 : len);
    if (how == DOUBLED)
        jemput_buf_append(out, line, len);
    if (how == BLANK_BEHIND || how == RETURN || how == NO_VALUE)
        jemput_buf_append_str(out, how == BLANK_BEHIND ? " \n" : how == RETURN ? "\r\n" : "\n");
    for (size_t i = at; how == UPPER && i < at + len; i++)
        out->data[i] = (uint8_t)(out->data[i] >= 'a' && out->data[i] <= 'z' ? out->data[i] - 32 : out->data[i]);
    at = how == SWAPPED ? next + next_len : at + len;
    jemput_buf_append(out, text.data + at, text.len - at);
    return true;
}

static void each_line_stands_once_in_its_place_and_form(void **state)
{
    unsigned spoiled = 0;

    (void)state;
    for (unsigned f = 0; f < 2; f++) {
        struct jemput_bytes payload = vector_load(FILES[f]);
        struct jemput_arena arena = { 0 };
        struct jemput_record *r;
        uint32_t count;

        assert_int_equal(read_payload(payload, &r, &count, &arena), JEMPUT_OK);
        for (uint32_t i = 0; i < count; i++)
            for (unsigned n = 0; n < 16; n++)
                for (unsigned how = 0; how < SPOILS; how++) {
                    struct jemput_buf text = JEMPUT_BUF_INIT(1 << 16);
                    char kind[32];

                    snprintf(kind, sizeof kind, "%.*s", (int)r[i].word.len, (const char *)r[i].word.data);
                    if (text_spoil(&text, r[i].text, n, (enum spoil)how)) {
                        if (text.len == 0 || read_text(kind, jemput_buf_bytes(&text)) != JEMPUT_CORRUPT)
                            assert_int_equal(text.len, 0); /* nothing is left of a text of one line: no record has that */
                        spoiled++;
                    }
                    jemput_buf_release(&text);
                }
        jemput_arena_release(&arena);
        vector_free(payload);
    }
    assert_true(spoiled > 500);
}

#define K1 "1111111111111111111111111111111111111111111111111111111111111111"
#define K2 "2222222222222222222222222222222222222222222222222222222222222222"
#define W1 "11111111111111111111111111111111"
#define W2 "22222222222222222222222222222222"
#define BOX K1 K1 "11111111111111111111111111111111"
#define SEALED K1 K1 "1111111111111111"
#define OPEN(writer) "reader " writer "\nkey " K1 "\nbox " BOX "\n"
#define LOST "key " K1 "\nreason lost\n"

static const struct {
    const char *kind, *text;
    enum jemput_status want;
} TEXTS[] = {
    { "change", "key " K1 "\nroles none\nscope *\nheads 0\n", JEMPUT_OK },
    { "change", "key " K1 "\nroles none\nscope 16.74\nheads 1\nhead " W1 " 0 " K1 "\n", JEMPUT_OK },
    { "change", "key " K1 "\nroles admin,petugas\nscope *\nheads 0\n", JEMPUT_CORRUPT },
    { "change", "key " K1 "\nroles None\nscope *\nheads 0\n", JEMPUT_CORRUPT },
    { "change", "key " K1 "\nroles none,petugas\nscope *\nheads 0\n", JEMPUT_CORRUPT },
    { "change", "key " K1 "\nroles none\nscope a b\nheads 0\n", JEMPUT_CORRUPT },
    { "revoke", LOST "heads 2\nhead " W1 " 1 " K1 "\nhead " W1 " 1 " K2 "\n", JEMPUT_OK }, /* two branches */
    { "revoke", LOST "heads 1\nhead " W1 " 9223372036854775807 " K1 "\n", JEMPUT_OK },
    { "revoke", LOST "heads 1\nhead " W1 " 9223372036854775808 " K1 "\n", JEMPUT_CORRUPT },
    { "revoke", LOST "heads 1\nhead " W1 " 01 " K1 "\n", JEMPUT_CORRUPT },
    { "revoke", LOST "heads 1\nhead " W1 "  1 " K1 "\n", JEMPUT_CORRUPT },
    { "revoke", LOST "heads 1\nhead " W1 " " K1 "\n", JEMPUT_CORRUPT },
    { "revoke", LOST "heads 1\nhead " W1 "  " K1 "\n", JEMPUT_CORRUPT },
    { "revoke", LOST "heads 1\nhead through " W1 " 1 " K1 "\n", JEMPUT_CORRUPT },
    { "revoke", LOST "heads 2\nhead " W1 " 1 " K1 "\nhead " W1 " 1 " K1 "\n", JEMPUT_CORRUPT },
    { "revoke", LOST "heads 2\nhead " W1 " 10 " K1 "\nhead " W1 " 9 " K1 "\n", JEMPUT_CORRUPT },
    { "revoke", LOST "heads 2\nhead " W2 " 1 " K1 "\nhead " W1 " 1 " K1 "\n", JEMPUT_CORRUPT },
    { "revoke", LOST "heads 1025\n", JEMPUT_CORRUPT },
    { "revoke", LOST "heads 00\n", JEMPUT_CORRUPT },
    { "revoke", "key " K1 "\nreason gone\nheads 0\n", JEMPUT_CORRUPT },
    { "revoke", "key " K1 "\nreason lost,left\nheads 0\n", JEMPUT_CORRUPT },
    { "revoke", "key " K1 "\nheads 0\n", JEMPUT_CORRUPT },
    { "rotate", "old " K1 "\nnew " K2 "\nepoch 4294967295\nsignature " K1 K1 "\n", JEMPUT_OK },
    { "rotate", "old " K1 "\nnew " K2 "\nepoch 4294967296\nsignature " K1 K1 "\n", JEMPUT_CORRUPT },
    { "rotate", "old " K1 "\nnew " K2 "\nepoch 0\nsignature " K1 K1 "\n", JEMPUT_CORRUPT },
    { "rotate", "old " K1 "\nnew " K1 "\nepoch 1\nsignature " K1 K1 "\n", JEMPUT_CORRUPT },
    { "succeed", "old " K1 "\nnew " K2 "\n", JEMPUT_OK },
    { "succeed", "old " K1 "\nnew " K1 "\n", JEMPUT_CORRUPT },
    { "resume", "old " W1 "\nepoch 2\n", JEMPUT_OK },
    { "resume", "old " W1 "\nepoch 4294967295\n", JEMPUT_OK },
    { "resume", "old " W1 "\nepoch 4294967296\n", JEMPUT_CORRUPT },
    { "resume", "old " W1 "\nepoch 1\n", JEMPUT_CORRUPT },
    { "resume", "old " K1 "\nepoch 2\n", JEMPUT_CORRUPT },
    { "approve", "act " K1 "\n", JEMPUT_OK },
    { "approve", "act " W1 "\n", JEMPUT_CORRUPT },
    { "reader", "key " K1 "\n", JEMPUT_OK },
    { "epoch", "epoch 999999\ncheck " K1 "\nreaders 0\n", JEMPUT_OK },
    { "epoch", "epoch 4294967295\ncheck " K1 "\nreaders 0\n", JEMPUT_CORRUPT }, /* turn 4095, but no device 1048575 */
    { "epoch", "epoch 4294918719\ncheck " K1 "\nreaders 0\n", JEMPUT_OK }, /* turn 4095, device 999999 */
    { "epoch", "epoch 1000000\ncheck " K1 "\nreaders 0\n", JEMPUT_CORRUPT },
    { "epoch", "epoch 1048576\ncheck " K1 "\nreaders 0\n", JEMPUT_CORRUPT },
    { "epoch", "epoch 0\ncheck " K1 "\nreaders 0\n", JEMPUT_CORRUPT },
    { "epoch", "epoch 7\ncheck " K1 "\nreaders 4097\n", JEMPUT_CORRUPT },
    { "epoch", "epoch 7\ncheck " K1 "\nreaders 2\n" OPEN(W1) OPEN(W2), JEMPUT_OK },
    { "epoch", "epoch 7\ncheck " K1 "\nreaders 2\n" OPEN(W2) OPEN(W1), JEMPUT_CORRUPT },
    { "epoch", "epoch 7\ncheck " K1 "\nreaders 2\n" OPEN(W1) OPEN(W1), JEMPUT_CORRUPT },
    { "epoch", "epoch 7\ncheck " K1 "\nreaders 1\n" OPEN(W1) OPEN(W2), JEMPUT_CORRUPT },
    { "grant", "epoch 1048577\n" OPEN(W1), JEMPUT_OK },
    { "grant", "epoch 7\n" OPEN(W1), JEMPUT_OK },
    { "grant", "epoch 1048576\n" OPEN(W1), JEMPUT_CORRUPT },
    { "grant", "epoch 7\n" OPEN(W1) OPEN(W2), JEMPUT_CORRUPT },
    { "wrap", "epoch 7\nmaker " W1 "\nunder 1048577\nsealed " SEALED "\n", JEMPUT_OK },
    { "wrap", "epoch 7\nmaker " W1 "\nunder 8\nsealed " SEALED "\n", JEMPUT_OK },
    { "wrap", "epoch 1048577\nmaker " W1 "\nunder 7\nsealed " SEALED "\n", JEMPUT_CORRUPT },
    { "wrap", "epoch 7\nmaker " W1 "\nunder 1048576\nsealed " SEALED "\n", JEMPUT_CORRUPT },
    { "wrap", "epoch 1000000\nmaker " W1 "\nunder 7\nsealed " SEALED "\n", JEMPUT_CORRUPT },
    { "wrap", "epoch 7\nmaker " W1 "\nunder 8\nsealed " SEALED "11\n", JEMPUT_CORRUPT },
};

static void one_form_only_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++)
        if (read_text(TEXTS[i].kind, jemput_bytes_str(TEXTS[i].text)) != TEXTS[i].want)
            fail_msg("%s:\n%s", TEXTS[i].kind, TEXTS[i].text);
}

static void heads_and_readers_are_limited(void **state)
{
    (void)state;
    for (unsigned over = 0; over < 2; over++) {
        struct jemput_buf cut = JEMPUT_BUF_INIT(1 << 20), epoch = JEMPUT_BUF_INIT(1 << 21);
        unsigned heads = JEMPUT_CONTEXT_HEADS_MAX + over, readers = JEMPUT_EPOCH_BOXES_MAX + over;

        jemput_buf_printf(&cut, LOST "heads %u\n", heads);
        for (unsigned i = 0; i < heads; i++)
            jemput_buf_printf(&cut, "head " W1 " %u " K1 "\n", i);
        jemput_buf_printf(&epoch, "epoch 7\ncheck " K1 "\nreaders %u\n", readers);
        for (unsigned i = 0; i < readers; i++)
            jemput_buf_printf(&epoch, "reader %032x\nkey " K1 "\nbox " BOX "\n", i);
        assert_int_equal(read_text("revoke", jemput_buf_bytes(&cut)), over ? JEMPUT_CORRUPT : JEMPUT_OK);
        assert_int_equal(read_text("epoch", jemput_buf_bytes(&epoch)), over ? JEMPUT_CORRUPT : JEMPUT_OK);
        jemput_buf_release(&cut);
        jemput_buf_release(&epoch);
    }
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
    assert_int_equal(seen, 1 + 6 + STANDING + KEYRING);
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
        cmocka_unit_test(cut_payloads_are_refused_between_records_alone_they_may_end),
        cmocka_unit_test(flipped_bits_are_refused_or_read_exactly),
        cmocka_unit_test(each_line_stands_once_in_its_place_and_form),
        cmocka_unit_test(one_form_only_is_read),
        cmocka_unit_test(heads_and_readers_are_limited),
        cmocka_unit_test(what_could_not_be_read_is_not_written),
        cmocka_unit_test(reasons_have_one_word_each),
        cmocka_unit_test(rotation_is_signed_by_the_new_key_for_one_space_and_all_its_fields),
        cmocka_unit_test(approvals_name_a_record_by_the_hash_of_the_vectors),
        cmocka_unit_test(no_memory_is_an_error_and_no_leak),
    };

    return cmocka_run_group_tests_name("kinds of records", tests, NULL, NULL);
}
