/* identity/record.c — control records as text: written in one form, and nothing else read.
 *
 * Reading refuses what writing would not have given, so a record has one text and a text one record; the fuzz target holds it to that.
 * A known kind never gets another line: what a newer version has to say, it says in a new kind, and older versions keep it as JEMPUT_RECORD_UNKNOWN.
 * Format: schema/formats/control.md. */
#include "identity/record.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "identity/kinds.h"

#define FRAME_BYTES 64 /* "record ", a word of at most 31, a number, a newline */
#define RECORD_WORD "record"
#define APPROVE_LABEL "jemput approve"

static const struct {
    const struct jemput_kind *of;
    size_t count;
} KINDS[] = {
    { jemput_founding_kinds, JEMPUT_FOUNDING_KINDS },
    { jemput_standing_kinds, JEMPUT_STANDING_KINDS },
    { jemput_keyring_kinds, JEMPUT_KEYRING_KINDS },
    { jemput_keeping_kinds, JEMPUT_KEEPING_KINDS },
};

/* NULL = no kind that is known here. */
static const struct jemput_kind *kind_of(enum jemput_record_kind kind)
{
    for (size_t list = 0; list < sizeof KINDS / sizeof *KINDS; list++)
        for (size_t i = 0; i < KINDS[list].count; i++)
            if (KINDS[list].of[i].kind == kind)
                return &KINDS[list].of[i];
    return NULL;
}

static enum jemput_record_kind kind_of_word(struct jemput_bytes word)
{
    for (size_t list = 0; list < sizeof KINDS / sizeof *KINDS; list++)
        for (size_t i = 0; i < KINDS[list].count; i++)
            if (jemput_bytes_equal(word, jemput_bytes_str(KINDS[list].of[i].word)))
                return KINDS[list].of[i].kind;
    return JEMPUT_RECORD_UNKNOWN;
}

static struct jemput_bytes kind_word(const struct jemput_record *record)
{
    const struct jemput_kind *kind = kind_of(record->kind);

    return kind ? jemput_bytes_str(kind->word) : record->word;
}

static bool kind_word_valid(struct jemput_bytes word)
{
    if (word.len == 0 || word.len > JEMPUT_RECORD_WORD_BYTES_MAX || word.data[0] < 'a' || word.data[0] > 'z')
        return false;
    for (size_t i = 1; i < word.len; i++) {
        uint8_t c = word.data[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-')
            return false;
    }
    return true;
}

static const char *unknown_fault(const struct jemput_record *r)
{
    if (!kind_word_valid(r->word) || kind_of_word(r->word) != JEMPUT_RECORD_UNKNOWN)
        return "kind is not a word for a new kind";
    return r->text.len == 0 || r->text.data[r->text.len - 1] != '\n' ? "text does not end in a newline" : NULL;
}

const char *jemput_record_fault(const struct jemput_record *r)
{
    const struct jemput_kind *kind = kind_of(r->kind);

    if (kind)
        return kind->fault(r);
    return r->kind == JEMPUT_RECORD_UNKNOWN ? unknown_fault(r) : "unknown record kind";
}

/* --- writing --- */

static void record_write_text(struct jemput_buf *out, const struct jemput_record *r)
{
    const struct jemput_kind *kind = kind_of(r->kind);

    if (kind)
        kind->write(out, r);
    else
        jemput_buf_append_bytes(out, r->text);
}

void jemput_record_write(struct jemput_buf *out, const struct jemput_record *record)
{
    struct jemput_buf text = JEMPUT_BUF_INIT(JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX);
    struct jemput_bytes word = kind_word(record);
    char frame[FRAME_BYTES];

    if (out->failed)
        return;
    if (jemput_record_fault(record)) {
        out->failed = JEMPUT_MISUSE;
        return;
    }
    record_write_text(&text, record);
    if (text.failed) {
        out->failed = text.failed;
    } else {
        int len = snprintf(frame, sizeof frame, RECORD_WORD " %.*s %zu\n", (int)word.len, (const char *)word.data, text.len);

        JEMPUT_ASSERT(len > 0 && len < FRAME_BYTES);
        if (jemput_buf_reserve(out, (size_t)len + text.len)) { /* whole or not at all */
            jemput_buf_append(out, frame, (size_t)len);
            jemput_buf_append_bytes(out, jemput_buf_bytes(&text));
        }
    }
    jemput_buf_release(&text);
}

enum jemput_status jemput_record_hash(struct jemput_hash *out, const struct jemput_record *record, const struct jemput_space *space,
                                      struct jemput_error *err)
{
    struct jemput_buf text = JEMPUT_BUF_INIT(JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX + 1024);
    const char *fault = jemput_record_fault(record);
    enum jemput_status st;

    if (fault)
        return jemput_fail(err, JEMPUT_MISUSE, "record: %s", fault);
    jemput_buf_append(&text, APPROVE_LABEL, sizeof APPROVE_LABEL); /* with its NUL */
    jemput_buf_append(&text, space->id, sizeof space->id);
    jemput_buf_append_bytes(&text, kind_word(record));
    jemput_buf_u8(&text, 0);
    record_write_text(&text, record);
    st = jemput_buf_check(&text, "record", err);
    if (!st)
        jemput_hash256(out->bytes, jemput_buf_bytes(&text), NULL);
    jemput_buf_release(&text);
    return st;
}

/* --- reading --- */

static enum jemput_status record_read(struct jemput_record *r, struct jemput_arena *arena, struct jemput_error *err)
{
    const struct jemput_kind *kind = kind_of(r->kind);
    struct jemput_lines l = { .rest = r->text };
    enum jemput_status st = JEMPUT_OK;
    const char *fault;

    if (kind) { /* else it is not ours to read */
        st = kind->read(r, &l, arena, err);
        if (!st)
            st = jemput_lines_check(&l, true, err);
    }
    if (st)
        return st;
    fault = jemput_record_fault(r);
    return fault ? jemput_fail(err, JEMPUT_CORRUPT, "%s", fault) : JEMPUT_OK;
}

/* "record <kind> <bytes>\n" and so many bytes. */
static bool record_read_frame(struct jemput_record *r, struct jemput_lines *l)
{
    struct jemput_bytes value = jemput_lines_value(l, RECORD_WORD);
    const uint8_t *blank = value.len ? memchr(value.data, ' ', value.len) : NULL;
    uint64_t len;

    if (l->bad || !blank)
        return false;
    *r = (struct jemput_record){ .word = jemput_bytes_of(value.data, (size_t)(blank - value.data)) };
    if (!jemput_decimal_read(&len, jemput_bytes_of(blank + 1, value.len - r->word.len - 1), 1, JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX))
        return false;
    if (!kind_word_valid(r->word) || len > l->rest.len)
        return false;
    r->kind = kind_of_word(r->word);
    r->text = jemput_bytes_of(l->rest.data, (size_t)len);
    l->rest = jemput_bytes_of(l->rest.data + len, l->rest.len - (size_t)len);
    return true;
}

/* Counting first keeps memory in proportion to what is there, whatever a payload pretends. */
static enum jemput_status records_count(uint32_t *out, struct jemput_bytes payload, struct jemput_error *err)
{
    struct jemput_lines l = { .rest = payload };
    struct jemput_record r;
    uint32_t count = 0;

    while (l.rest.len) {
        if (!record_read_frame(&r, &l))
            return jemput_fail(err, JEMPUT_CORRUPT, "control payload: record %" PRIu32 " does not start with 'record <kind> <bytes>'", count);
        if (++count > JEMPUT_RECORDS_MAX)
            return jemput_fail(err, JEMPUT_LIMIT, "control payload: more than %d records", JEMPUT_RECORDS_MAX);
    }
    *out = count;
    return JEMPUT_OK;
}

enum jemput_status jemput_records_read(struct jemput_record **out, uint32_t *count, struct jemput_bytes payload, struct jemput_arena *arena,
                                       struct jemput_error *err)
{
    struct jemput_lines l = { .rest = payload };
    struct jemput_record *records;
    uint32_t found = 0;
    enum jemput_status st = records_count(&found, payload, err);

    if (st)
        return st;
    records = jemput_arena_array(arena, found, sizeof *records);
    if (!records)
        return jemput_fail(err, JEMPUT_NOMEM, "control payload: no memory for %" PRIu32 " records", found);
    for (uint32_t i = 0; i < found; i++) {
        bool framed = record_read_frame(&records[i], &l);

        JEMPUT_ASSERT(framed); /* records_count() has been here */
        st = record_read(&records[i], arena, err);
        if (st)
            return jemput_wrap(err, "control payload: record %" PRIu32 " (%.*s)", i, (int)records[i].word.len, (const char *)records[i].word.data);
    }
    *out = records;
    *count = found;
    return JEMPUT_OK;
}
