/* log/words.c — texts as words: names, addresses, sentences (schema/formats/payload.md, "Words").
 *
 * A text is cut at spaces, and each piece again where digits meet other characters; what comes out are tokens. A token is a number, a word new to
 * this column, a word known to it, or what the text before had at the same place. Cutting and joining are exact for every sequence of bytes. */
#include "log/codec.h"

#include <string.h>

#define TEXT_BYTES_MAX 255
#define TOKENS_MAX 64
#define WORDS_MAX 4095
#define PLACES 4           /* places in a text that are modelled apart; later ones are as the last */
#define NUMBER_DIGITS_MAX 9
#define TREE_BITS 8        /* of a known word's index: the first are modelled, the rest even */
#define IN_TREE 1          /* variant: known words by a tree for each place, rather than even */

enum token_kind { TOKEN_KNOWN = 0, TOKEN_NEW = 1, TOKEN_NUMBER = 2, TOKEN_SAME = 3 };

struct token {
    struct jemput_bytes bytes;
    bool glued; /* no space between it and the one before */
};

struct words_model {
    struct jemput_number_model count, length;
    struct jemput_bit_model glued[PLACES];
    struct jemput_tree_model kind[PLACES];
    struct jemput_number_model number[PLACES];
    struct jemput_tree_model known[PLACES];
    unsigned depth; /* bits of an index */
    bool in_tree;
};

static unsigned place_of(unsigned token)
{
    return token < PLACES ? token : PLACES - 1;
}

static unsigned index_bits(unsigned count)
{
    return count ? jemput_bit_length(count - 1) : 0;
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* Number of tokens; TOKENS_MAX + 1 = too many. An empty text has none; a space too much makes an empty one. */
static unsigned text_split(struct token tokens[TOKENS_MAX], struct jemput_bytes text)
{
    unsigned count = 0;
    size_t at = 0;
    bool glued = false;

    if (text.len == 0)
        return 0;
    for (;;) {
        size_t end = at;

        while (end < text.len && text.data[end] != ' ' && is_digit(text.data[end]) == is_digit(text.data[at]))
            end++;
        if (count == TOKENS_MAX)
            return TOKENS_MAX + 1;
        tokens[count++] = (struct token){ jemput_bytes_of(text.data + at, end - at), glued };
        if (end == text.len)
            return count;
        glued = text.data[end] != ' ';
        at = glued ? end : end + 1;
    }
}

/* Digits that a number's decimal form gives back. */
static bool token_number(struct jemput_bytes token, uint64_t *out)
{
    *out = 0;
    if (token.len == 0 || token.len > NUMBER_DIGITS_MAX || (token.data[0] == '0' && token.len > 1))
        return false;
    for (size_t i = 0; i < token.len; i++) {
        if (!is_digit(token.data[i]))
            return false;
        *out = *out * 10 + (token.data[i] - '0');
    }
    return true;
}

/* --- writing --- */

struct vocabulary { /* words of the column in the order in which they came: room for as many as its texts could hold, for most segments are small */
    uint16_t *slots; /* index + 1; 0 = free */
    struct jemput_bytes *words;
    unsigned mask, count; /* slots less one, a power of two */
};

/* JEMPUT_FIT_NO: a value is not a short text. */
static enum jemput_fit vocabulary_make(struct vocabulary *v, const struct jemput_cells *c)
{
    size_t words = 0, slots = 4;

    for (uint32_t i = 0; i < c->count; i++) {
        if (c->at[i]->type != JEMPUT_TEXT || c->at[i]->bytes.len > TEXT_BYTES_MAX)
            return JEMPUT_FIT_NO;
        words += c->at[i]->bytes.len + 1; /* an empty word is between two spaces, or before or behind one */
    }
    words = words < WORDS_MAX ? words : WORDS_MAX;
    while (slots < 2 * (words + 1))
        slots *= 2;
    *v = (struct vocabulary){ .slots = jemput_arena_array(c->scratch, slots, sizeof *v->slots),
        .words = jemput_arena_array(c->scratch, words, sizeof *v->words), .mask = (unsigned)(slots - 1) };
    return v->slots && v->words ? JEMPUT_FIT_YES : JEMPUT_FIT_NOMEM;
}

static void vocabulary_clear(struct vocabulary *v)
{
    memset(v->slots, 0, (v->mask + 1) * sizeof *v->slots);
    v->count = 0;
}

static uint32_t word_hash(struct jemput_bytes word)
{
    uint32_t h = 2166136261u;

    for (size_t i = 0; i < word.len; i++)
        h = (h ^ word.data[i]) * 16777619u;
    return h;
}

/* Index of the word; count = it is new and was added; WORDS_MAX = no room. */
static unsigned vocabulary_index(struct vocabulary *v, struct jemput_bytes word)
{
    unsigned at = word_hash(word) & v->mask;

    while (v->slots[at]) {
        if (jemput_bytes_equal(v->words[v->slots[at] - 1], word))
            return v->slots[at] - 1u;
        at = (at + 1) & v->mask;
    }
    if (v->count == WORDS_MAX)
        return WORDS_MAX;
    v->words[v->count] = word;
    v->slots[at] = (uint16_t)(v->count + 1);
    return v->count++;
}

static void write_known(struct jemput_sink *s, struct words_model *m, unsigned place, unsigned index, unsigned count)
{
    if (!m->in_tree) {
        jemput_range_write_even(&s->codes, index, count);
        return;
    }
    if (m->depth <= TREE_BITS) {
        jemput_range_write_tree(&s->codes, &m->known[place], m->depth, index);
        return;
    }
    jemput_range_write_tree(&s->codes, &m->known[place], TREE_BITS, index >> (m->depth - TREE_BITS));
    jemput_range_write_bits(&s->codes, index & ((1u << (m->depth - TREE_BITS)) - 1), m->depth - TREE_BITS);
}

static bool write_token(struct jemput_sink *s, struct words_model *m, struct vocabulary *v, unsigned place, struct jemput_bytes token,
                        const struct token *before)
{
    unsigned known = v->count, index;
    uint64_t number;

    if (before && jemput_bytes_equal(before->bytes, token)) {
        jemput_range_write_tree(&s->codes, &m->kind[place], 2, TOKEN_SAME);
        return true;
    }
    if (token_number(token, &number)) {
        jemput_range_write_tree(&s->codes, &m->kind[place], 2, TOKEN_NUMBER);
        jemput_range_write_number(&s->codes, &m->number[place], number);
        return true;
    }
    index = vocabulary_index(v, token);
    if (index == WORDS_MAX)
        return false;
    jemput_range_write_tree(&s->codes, &m->kind[place], 2, index == known ? TOKEN_NEW : TOKEN_KNOWN);
    if (index < known) {
        write_known(s, m, place, index, known);
    } else {
        jemput_range_write_number(&s->codes, &m->length, token.len);
        jemput_buf_append_bytes(s->body, token);
    }
    return true;
}

static enum jemput_fit words_count(const struct jemput_cells *c, struct vocabulary *v, unsigned *count)
{
    struct token tokens[TOKENS_MAX];
    uint64_t number;

    for (uint32_t i = 0; i < c->count; i++) {
        unsigned token_count = text_split(tokens, c->at[i]->bytes);

        if (token_count > TOKENS_MAX)
            return JEMPUT_FIT_NO;
        for (unsigned k = 0; k < token_count; k++)
            if (!token_number(tokens[k].bytes, &number) && vocabulary_index(v, tokens[k].bytes) == WORDS_MAX)
                return JEMPUT_FIT_NO;
    }
    *count = v->count;
    return JEMPUT_FIT_YES;
}

enum jemput_fit jemput_words_write(struct jemput_sink *s, const struct jemput_cells *c, unsigned variant)
{
    struct vocabulary v;
    struct words_model *m;
    struct token tokens[2][TOKENS_MAX];
    unsigned count, before_count = 0;
    enum jemput_fit fit = vocabulary_make(&v, c);

    if (fit == JEMPUT_FIT_YES)
        fit = words_count(c, &v, &count);
    if (fit != JEMPUT_FIT_YES)
        return fit;
    m = jemput_arena_alloc(c->scratch, sizeof *m);
    if (!m)
        return JEMPUT_FIT_NOMEM;
    vocabulary_clear(&v);
    m->in_tree = variant == IN_TREE;
    m->depth = index_bits(count);
    jemput_buf_varint(s->body, (uint64_t)count << 1 | m->in_tree);
    for (uint32_t i = 0; i < c->count && !jemput_sink_is_dear(s); i++) {
        struct token *now = tokens[i & 1], *before = tokens[~i & 1];
        unsigned token_count = text_split(now, c->at[i]->bytes);

        jemput_range_write_number(&s->codes, &m->count, token_count);
        for (unsigned k = 0; k < token_count; k++) {
            if (k)
                jemput_range_write_bit(&s->codes, &m->glued[place_of(k)], now[k].glued);
            if (!write_token(s, m, &v, place_of(k), now[k].bytes, k < before_count ? &before[k] : NULL))
                return JEMPUT_FIT_NO;
        }
        before_count = token_count;
    }
    return JEMPUT_FIT_YES;
}

/* --- reading --- */

struct known_words {
    struct jemput_bytes *words;
    unsigned count, max;
};

static unsigned read_known(struct jemput_source *s, struct words_model *m, unsigned place, unsigned count)
{
    unsigned index;

    if (!m->in_tree)
        return count ? (unsigned)jemput_range_read_even(&s->codes, count) : 0;
    if (m->depth <= TREE_BITS)
        return jemput_range_read_tree(&s->codes, &m->known[place], m->depth);
    index = jemput_range_read_tree(&s->codes, &m->known[place], TREE_BITS) << (m->depth - TREE_BITS);
    return index | (unsigned)jemput_range_read_bits(&s->codes, m->depth - TREE_BITS);
}

static unsigned put_number(uint8_t out[20], uint64_t v)
{
    uint8_t digits[20];
    unsigned len = 0;

    do {
        digits[len++] = (uint8_t)('0' + v % 10);
        v /= 10;
    } while (v);
    for (unsigned i = 0; i < len; i++)
        out[i] = digits[len - 1 - i];
    return len;
}

/* One token; number digits go to `digits`. Length SIZE_MAX = a mistake. */
static struct jemput_bytes read_token(struct jemput_source *s, struct words_model *m, struct known_words *w, unsigned place,
                                      const struct jemput_bytes *before, uint8_t digits[20])
{
    const struct jemput_bytes bad = { .len = SIZE_MAX };
    unsigned kind = jemput_range_read_tree(&s->codes, &m->kind[place], 2), index;
    struct jemput_bytes word;

    switch (kind) {
    case TOKEN_SAME:
        return before ? *before : bad;
    case TOKEN_NUMBER:
        return jemput_bytes_of(digits, put_number(digits, jemput_range_read_number(&s->codes, &m->number[place])));
    case TOKEN_NEW:
        if (w->count == w->max)
            return bad;
        word = jemput_read_bytes(&s->body, (size_t)jemput_range_read_number(&s->codes, &m->length));
        if (s->body.overrun)
            return bad;
        return w->words[w->count++] = word;
    default:
        index = read_known(s, m, place, w->count);
        return index < w->count ? w->words[index] : bad;
    }
}

/* A text is made in `text`, its tokens noted as offsets there, then copied out. Returns the number of tokens; TOKENS_MAX + 1 = a mistake. */
static unsigned read_text(struct jemput_source *s, struct words_model *m, struct known_words *w, struct jemput_value *out,
                          const struct jemput_bytes *before, unsigned before_count, struct jemput_bytes *tokens)
{
    uint8_t text[TEXT_BYTES_MAX + 1], digits[20], *made;
    uint16_t starts[TOKENS_MAX], lens[TOKENS_MAX];
    uint64_t count = jemput_range_read_number(&s->codes, &m->count);
    size_t len = 0;

    if (count > TOKENS_MAX)
        return TOKENS_MAX + 1;
    for (unsigned k = 0; k < count; k++) {
        bool glued = k && jemput_range_read_bit(&s->codes, &m->glued[place_of(k)]);
        struct jemput_bytes token = read_token(s, m, w, place_of(k), k < before_count ? &before[k] : NULL, digits);

        if (token.len > TEXT_BYTES_MAX || len + token.len > TEXT_BYTES_MAX || (glued && (token.len == 0 || lens[k - 1] == 0)))
            return TOKENS_MAX + 1; /* glued to nothing: no text is cut so, and tokens that make no text would cost time without end */
        if (k && !glued)
            text[len++] = ' ';
        if (len + token.len > TEXT_BYTES_MAX)
            return TOKENS_MAX + 1;
        if (token.len)
            memcpy(text + len, token.data, token.len);
        starts[k] = (uint16_t)len;
        lens[k] = (uint16_t)token.len;
        len += token.len;
    }
    made = jemput_source_make(s, len);
    if (!made)
        return TOKENS_MAX + 1;
    memcpy(made, text, len);
    for (unsigned k = 0; k < count; k++)
        tokens[k] = jemput_bytes_of(made + starts[k], lens[k]);
    *out = (struct jemput_value){ .type = JEMPUT_TEXT, .bytes = { made, len } };
    return (unsigned)count;
}

void jemput_words_read(struct jemput_source *s, const struct jemput_cells *c)
{
    struct words_model *m = jemput_source_scratch(s, 1, sizeof *m);
    uint64_t head = jemput_read_varint(&s->body);
    struct known_words w = { .max = (unsigned)(head >> 1) };
    struct jemput_bytes tokens[2][TOKENS_MAX];
    unsigned before_count = 0;

    if (head >> 1 > WORDS_MAX) {
        jemput_source_fail(s, JEMPUT_CORRUPT, "words: too many");
        return;
    }
    w.words = jemput_source_scratch(s, w.max, sizeof *w.words);
    if (!m || !w.words)
        return;
    m->in_tree = head & 1;
    m->depth = index_bits(w.max);
    for (uint32_t i = 0; i < c->count; i++) {
        before_count = read_text(s, m, &w, c->at[i], tokens[~i & 1], before_count, tokens[i & 1]);
        if (before_count > TOKENS_MAX) {
            jemput_source_fail(s, JEMPUT_CORRUPT, "words: a token that nothing names, or a text too long");
            return;
        }
    }
}
