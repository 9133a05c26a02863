/* log/header.c — segment header text: writing, and reading back only what writing makes (schema/formats/header.md).
 *
 * The reader is a plain walk over words; that it is strict follows from its last step: what it read, written again, must be the same bytes. So there
 * is one definition of canonical, the writer, and two texts with one meaning cannot have two hashes. */
#include "log/header.h"

#include <string.h>

#include "base/limits.h"

#define HEADER_FORMAT 1
#define HEAD_LINE_BYTES_MIN (sizeof "under " - 1 + 32 + 1 + 1 + 1 + 64 + 1)

static bool is_zero(const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (bytes[i])
            return false;
    return true;
}

/* Genesis is what the space id is the hash of, so it can name neither space nor predecessor, and nobody is enrolled yet. */
static bool header_is_sound(const struct jemput_header *h)
{
    bool no_writer = is_zero(h->writer.id, sizeof h->writer.id), no_space = is_zero(h->space.id, sizeof h->space.id);

    if (h->klass != JEMPUT_CLASS_CONTROL && h->klass != JEMPUT_CLASS_DATA)
        return false;
    if (h->has_state && (h->klass != JEMPUT_CLASS_CONTROL || h->number == 0))
        return false;
    if (h->number == 0)
        return h->klass == JEMPUT_CLASS_CONTROL && no_writer && no_space && is_zero(h->previous.bytes, sizeof h->previous.bytes);
    return !no_writer && !no_space && h->epoch > 0;
}

static void header_write_number(struct jemput_buf *out, const char *before, uint64_t n)
{
    char digits[20];
    size_t at = sizeof digits;

    jemput_buf_append_str(out, before);
    do
        digits[--at] = (char)('0' + n % 10);
    while (n /= 10);
    jemput_buf_append(out, digits + at, sizeof digits - at);
}

static void header_write_heads(struct jemput_buf *out, const char *word, const struct jemput_context *heads)
{
    for (uint32_t i = 0; i < heads->count; i++) {
        const struct jemput_head *head = &heads->heads[i];

        jemput_buf_append_str(out, word);
        jemput_buf_append_str(out, head->through ? " through " : " ");
        jemput_buf_hex(out, jemput_bytes_of(head->writer.id, sizeof head->writer.id));
        header_write_number(out, " ", head->number);
        jemput_buf_append_str(out, " ");
        jemput_buf_hex(out, jemput_bytes_of(head->hash.bytes, sizeof head->hash.bytes));
        jemput_buf_append_str(out, "\n");
    }
}

static void header_write_text(struct jemput_buf *out, const struct jemput_header *h)
{
    header_write_number(out, "jemput segment ", HEADER_FORMAT);
    jemput_buf_append_str(out, h->klass == JEMPUT_CLASS_DATA ? " data\n\nspace " : " control\n\nspace ");
    jemput_buf_hex(out, jemput_bytes_of(h->space.id, sizeof h->space.id));
    jemput_buf_append_str(out, "\nwriter ");
    jemput_buf_hex(out, jemput_bytes_of(h->writer.id, sizeof h->writer.id));
    header_write_number(out, " epoch ", h->epoch);
    header_write_number(out, " generation ", h->generation);
    header_write_number(out, " number ", h->number);
    jemput_buf_append_str(out, "\nprevious ");
    jemput_buf_hex(out, jemput_bytes_of(h->previous.bytes, sizeof h->previous.bytes));
    header_write_number(out, "\nstamp ", h->stamp);
    jemput_buf_append_str(out, "\n");
    header_write_heads(out, "merged", &h->merged);
    if (h->has_under && h->under.count == 0)
        jemput_buf_append_str(out, "under none\n");
    else if (h->has_under)
        header_write_heads(out, "under", &h->under);
    if (h->has_state) {
        jemput_buf_append_str(out, "state ");
        jemput_buf_hex(out, jemput_bytes_of(h->state.bytes, sizeof h->state.bytes));
        jemput_buf_append_str(out, "\n");
    }
    header_write_number(out, "roster ", h->roster_version);
    header_write_number(out, " policy ", h->policy_version);
    header_write_number(out, " schema ", h->schema_version);
    header_write_number(out, "\ncodec ", h->codec);
    header_write_number(out, " key-epoch ", h->key_epoch);
    header_write_number(out, "\npayload ", h->payload_bytes);
    jemput_buf_append_str(out, " ");
    jemput_buf_hex(out, jemput_bytes_of(h->payload_hash.bytes, sizeof h->payload_hash.bytes));
    jemput_buf_append_str(out, "\n");
}

void jemput_header_write(struct jemput_buf *out, const struct jemput_header *h)
{
    JEMPUT_ASSERT(header_is_sound(h));
    header_write_text(out, h);
}

/* --- reading: words separated by one space or newline; a mistake is noted in `bad` and asked for once --- */

struct header_text {
    struct jemput_bytes rest;
    bool bad;
};

static struct jemput_bytes text_word(struct header_text *t)
{
    struct jemput_bytes word = { .data = t->rest.data };

    while (word.len < t->rest.len && t->rest.data[word.len] != ' ' && t->rest.data[word.len] != '\n')
        word.len++;
    if (word.len == t->rest.len) { /* every word has something behind it */
        t->bad = true;
        return (struct jemput_bytes){ 0 };
    }
    t->rest.data += word.len + 1;
    t->rest.len -= word.len + 1;
    return word;
}

static void text_expect(struct header_text *t, const char *word)
{
    if (!jemput_bytes_equal(text_word(t), jemput_bytes_str(word)))
        t->bad = true;
}

static bool text_starts(const struct header_text *t, const char *with)
{
    size_t len = strlen(with);

    return t->rest.len >= len && memcmp(t->rest.data, with, len) == 0;
}

static uint64_t text_number(struct header_text *t, uint64_t max)
{
    struct jemput_bytes word = text_word(t);
    uint64_t n = 0;

    if (word.len == 0)
        t->bad = true;
    for (size_t i = 0; i < word.len; i++) {
        uint64_t digit = (uint64_t)word.data[i] - '0';

        if (digit > 9 || n > (max - digit) / 10) {
            t->bad = true;
            return 0;
        }
        n = n * 10 + digit;
    }
    return n;
}

static uint32_t text_u32(struct header_text *t)
{
    return (uint32_t)text_number(t, UINT32_MAX);
}

static void text_hex(struct header_text *t, uint8_t *out, size_t len)
{
    if (!jemput_hex_decode(out, len, text_word(t)))
        t->bad = true;
}

static enum jemput_status text_heads(struct header_text *t, const char *word_and_space, struct jemput_context *out, struct jemput_arena *arena,
                                     struct jemput_error *err)
{
    struct header_text count = *t;
    struct jemput_context c = { 0 };

    for (; !count.bad && text_starts(&count, word_and_space); c.count++) {
        const uint8_t *end = memchr(count.rest.data, '\n', count.rest.len);

        if (!end || (size_t)(end - count.rest.data) < HEAD_LINE_BYTES_MIN - 1 || c.count == JEMPUT_CONTEXT_HEADS_MAX)
            return jemput_fail(err, JEMPUT_CORRUPT, "header: head %u of '%s' is cut, or one too many", c.count + 1, word_and_space);
        count.rest.len -= (size_t)(end + 1 - count.rest.data);
        count.rest.data = end + 1;
    }
    c.heads = jemput_arena_array(arena, c.count, sizeof *c.heads);
    if (!c.heads)
        return jemput_fail(err, JEMPUT_NOMEM, "header: no memory for %u heads", c.count);
    for (uint32_t i = 0; i < c.count; i++) {
        struct jemput_head *head = &c.heads[i];

        text_word(t);
        head->through = text_starts(t, "through ");
        if (head->through)
            text_word(t);
        text_hex(t, head->writer.id, sizeof head->writer.id);
        head->number = text_number(t, UINT64_MAX >> 1);
        text_hex(t, head->hash.bytes, sizeof head->hash.bytes);
        if (t->bad || (i && jemput_head_compare(head - 1, head) >= 0))
            return jemput_fail(err, JEMPUT_CORRUPT, "header: head %u of '%s' is damaged or out of order", i + 1, word_and_space);
    }
    *out = c;
    return JEMPUT_OK;
}

static enum jemput_status header_parse(struct jemput_header *h, struct header_text *t, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_bytes klass;
    uint64_t format;
    enum jemput_status st;

    text_expect(t, "jemput");
    text_expect(t, "segment");
    format = text_number(t, UINT32_MAX);
    if (t->bad)
        return jemput_fail(err, JEMPUT_CORRUPT, "header: the first line is not 'jemput segment'");
    if (format > HEADER_FORMAT)
        return jemput_fail(err, JEMPUT_UPGRADE, "header: format %llu, this program knows %d", (unsigned long long)format, HEADER_FORMAT);
    klass = text_word(t);
    h->klass = jemput_bytes_equal(klass, jemput_bytes_str("data")) ? JEMPUT_CLASS_DATA : JEMPUT_CLASS_CONTROL;
    text_expect(t, ""); /* for git, the first line is the subject and this ends it */
    text_expect(t, "space");
    text_hex(t, h->space.id, sizeof h->space.id);
    text_expect(t, "writer");
    text_hex(t, h->writer.id, sizeof h->writer.id);
    text_expect(t, "epoch");
    h->epoch = text_u32(t);
    text_expect(t, "generation");
    h->generation = text_u32(t);
    text_expect(t, "number");
    h->number = text_number(t, UINT64_MAX >> 1);
    text_expect(t, "previous");
    text_hex(t, h->previous.bytes, sizeof h->previous.bytes);
    text_expect(t, "stamp");
    h->stamp = text_number(t, JEMPUT_STAMP_MAX);

    st = text_heads(t, "merged ", &h->merged, arena, err);
    if (st)
        return st;
    h->has_under = text_starts(t, "under ");
    if (text_starts(t, "under none\n")) {
        text_word(t);
        text_word(t);
    } else {
        st = text_heads(t, "under ", &h->under, arena, err);
        if (st)
            return st;
    }

    h->has_state = text_starts(t, "state ");
    if (h->has_state) {
        text_word(t);
        text_hex(t, h->state.bytes, sizeof h->state.bytes);
    }
    text_expect(t, "roster");
    h->roster_version = text_u32(t);
    text_expect(t, "policy");
    h->policy_version = text_u32(t);
    text_expect(t, "schema");
    h->schema_version = text_u32(t);
    text_expect(t, "codec");
    h->codec = text_u32(t);
    text_expect(t, "key-epoch");
    h->key_epoch = text_u32(t);
    text_expect(t, "payload");
    h->payload_bytes = text_u32(t);
    text_hex(t, h->payload_hash.bytes, sizeof h->payload_hash.bytes);
    if (t->bad)
        return jemput_fail(err, JEMPUT_CORRUPT, "header: a line is missing or damaged");
    return JEMPUT_OK;
}

enum jemput_status jemput_header_read(struct jemput_header *out, struct jemput_bytes text, struct jemput_arena *arena, struct jemput_error *err)
{
    struct header_text t = { .rest = text };
    struct jemput_buf again = JEMPUT_BUF_INIT(JEMPUT_HEADER_BYTES_MAX);
    struct jemput_header h = { 0 };
    enum jemput_status st;

    if (text.len > JEMPUT_HEADER_BYTES_MAX)
        return jemput_fail(err, JEMPUT_CORRUPT, "header: %zu bytes are too many", text.len);
    st = header_parse(&h, &t, arena, err);
    if (st)
        return st;
    if (!header_is_sound(&h))
        return jemput_fail(err, JEMPUT_CORRUPT, "header: number, space, writer and epoch do not go together");
    (void)jemput_buf_reserve(&again, text.len); /* a failure stays noted in it */
    header_write_text(&again, &h);
    if (again.failed)
        st = jemput_buf_check(&again, "header", err);
    else if (!jemput_bytes_equal(jemput_buf_bytes(&again), text))
        st = jemput_fail(err, JEMPUT_CORRUPT, "header: not in canonical form");
    else
        *out = h;
    jemput_buf_release(&again);
    return st;
}

void jemput_header_hash(struct jemput_hash *out, struct jemput_bytes text)
{
    jemput_hash256(out->bytes, text, NULL);
}
