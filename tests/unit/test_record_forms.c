/* unit/test_record_forms.c — one form only of the records of standing, of the keyring and of what is kept: each byte cut, each bit flipped, each line missing,
 * doubled, elsewhere or otherwise gives a refusal, or another record that is written as it was read. */
#include "record_examples.h"

/* --- damage --- */

static void cut_payloads_are_refused_between_records_alone_they_may_end(void **state)
{
    struct examples e;

    (void)state;
    examples_init(&e);
    for (unsigned f = 0; f < sizeof FILES / sizeof *FILES; f++) {
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
    for (unsigned f = 0; f < sizeof FILES / sizeof *FILES; f++) {
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
    for (unsigned f = 0; f < 2; f++) { /* a basis is free text */
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cut_payloads_are_refused_between_records_alone_they_may_end),
        cmocka_unit_test(flipped_bits_are_refused_or_read_exactly),
        cmocka_unit_test(each_line_stands_once_in_its_place_and_form),
        cmocka_unit_test(one_form_only_is_read),
        cmocka_unit_test(heads_and_readers_are_limited),
    };

    return cmocka_run_group_tests_name("forms of records", tests, NULL, NULL);
}
