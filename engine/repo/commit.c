/* repo/commit.c — text of the tree and commit objects that carry a segment, written and strictly read. */
#include "repo/commit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"

#define ARMOR_BEGIN "-----BEGIN SSH SIGNATURE-----"
#define ARMOR_END "-----END SSH SIGNATURE-----"
#define ARMOR_LINE_BYTES_MAX 70
/* Everyone is nobody here: who wrote is in the signed header, as a key, and a commit must not carry personal data. Stock git's fsck accepts an empty
 * address. */
#define IDENT "jemput <> "
#define ZONE " +0000"
#define PARENT_LINE_BYTES (sizeof "parent " - 1 + 2 * JEMPUT_OID_BYTES + 1)
#define TIME_MAX (((INT64_C(1) << 48) - 1) / 1000)

static const char tree_entry[] = "100644 segment"; /* its closing zero byte is part of the entry */

/* --- parts --- */

static bool bytes_start(struct jemput_bytes bytes, const char *text)
{
    size_t len = strlen(text);

    return bytes.len >= len && memcmp(bytes.data, text, len) == 0;
}

static void bytes_skip(struct jemput_bytes *bytes, size_t len)
{
    bytes->data += len;
    bytes->len -= len;
}

/* Take the next line, without its newline; false = there is no whole line left. */
static bool line_take(struct jemput_bytes *rest, struct jemput_bytes *line)
{
    const uint8_t *end = rest->len ? memchr(rest->data, '\n', rest->len) : NULL;

    if (!end)
        return false;
    *line = jemput_bytes_of(rest->data, (size_t)(end - rest->data));
    bytes_skip(rest, line->len + 1);
    return true;
}

static bool base64_digit(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/' || c == '=';
}

static bool armor_line_valid(struct jemput_bytes line)
{
    for (size_t i = 0; i < line.len; i++) {
        if (!base64_digit(line.data[i]))
            return false;
    }
    return line.len > 0 && line.len <= ARMOR_LINE_BYTES_MAX;
}

bool jemput_armor_valid(struct jemput_bytes armor)
{
    struct jemput_bytes line;

    if (armor.len > JEMPUT_ARMOR_BYTES_MAX || !line_take(&armor, &line) || !jemput_bytes_equal(line, jemput_bytes_str(ARMOR_BEGIN)))
        return false;
    while (line_take(&armor, &line)) {
        if (!armor_line_valid(line))
            return false;
    }
    return jemput_bytes_equal(armor, jemput_bytes_str(ARMOR_END));
}

bool jemput_message_valid(struct jemput_bytes message)
{
    return message.len > 0 && message.len <= JEMPUT_HEADER_BYTES_MAX && message.data[message.len - 1] == '\n' &&
           !memchr(message.data, 0, message.len);
}

bool jemput_commit_time_valid(int64_t time_s)
{
    return time_s >= 0 && time_s <= TIME_MAX;
}

/* --- tree --- */

_Static_assert(sizeof tree_entry + JEMPUT_OID_BYTES == JEMPUT_TREE_TEXT_BYTES, "one entry");

void jemput_tree_text_write(uint8_t out[JEMPUT_TREE_TEXT_BYTES], const struct jemput_oid *payload)
{
    memcpy(out, tree_entry, sizeof tree_entry);
    memcpy(out + sizeof tree_entry, payload->id, sizeof payload->id);
}

enum jemput_status jemput_tree_text_read(struct jemput_oid *payload, struct jemput_bytes text, struct jemput_error *err)
{
    if (text.len != JEMPUT_TREE_TEXT_BYTES || memcmp(text.data, tree_entry, sizeof tree_entry) != 0)
        return jemput_fail(err, JEMPUT_CORRUPT, "tree: not the one entry '%s'", tree_entry);
    memcpy(payload->id, text.data + sizeof tree_entry, sizeof payload->id);
    return JEMPUT_OK;
}

/* --- writing a commit --- */

static void oid_line_write(struct jemput_buf *out, const char *word, const struct jemput_oid *oid)
{
    jemput_buf_append_str(out, word);
    jemput_buf_hex(out, jemput_bytes_of(oid->id, sizeof oid->id));
    jemput_buf_u8(out, '\n');
}

/* A header of several lines: git takes a leading space as "the value goes on". */
static void signature_write(struct jemput_buf *out, struct jemput_bytes armor)
{
    jemput_buf_append_str(out, "gpgsig ");
    for (size_t i = 0; i < armor.len; i++) {
        jemput_buf_u8(out, armor.data[i]);
        if (armor.data[i] == '\n')
            jemput_buf_u8(out, ' ');
    }
    jemput_buf_u8(out, '\n');
}

void jemput_commit_text_write(struct jemput_buf *out, const struct jemput_oid *tree, const struct jemput_commit *commit)
{
    oid_line_write(out, "tree ", tree);
    for (unsigned i = 0; i < commit->parent_count; i++)
        oid_line_write(out, "parent ", &commit->parents[i]);
    jemput_buf_printf(out, "author " IDENT "%" PRId64 ZONE "\n", commit->time_s);
    jemput_buf_printf(out, "committer " IDENT "%" PRId64 ZONE "\n", commit->time_s);
    if (commit->signature.len)
        signature_write(out, commit->signature);
    jemput_buf_u8(out, '\n');
    jemput_buf_append_bytes(out, commit->message);
}

/* --- reading a commit --- */

static bool oid_line_read(struct jemput_bytes *rest, const char *word, struct jemput_oid *oid)
{
    struct jemput_bytes line;

    if (!bytes_start(*rest, word) || !line_take(rest, &line))
        return false;
    bytes_skip(&line, strlen(word));
    return jemput_hex_decode(oid->id, sizeof oid->id, line);
}

/* Shortest decimal form; false also for what no 48-bit clock says. */
static bool time_read(struct jemput_bytes digits, int64_t *time_s)
{
    int64_t value = 0;

    if (digits.len == 0 || (digits.data[0] == '0' && digits.len > 1))
        return false;
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.data[i] < '0' || digits.data[i] > '9')
            return false;
        value = value * 10 + (digits.data[i] - '0');
        if (!jemput_commit_time_valid(value))
            return false;
    }
    *time_s = value;
    return true;
}

static bool ident_line_read(struct jemput_bytes *rest, const char *word, int64_t *time_s)
{
    size_t zone_len = strlen(ZONE);
    struct jemput_bytes line;

    if (!line_take(rest, &line) || !bytes_start(line, word))
        return false;
    bytes_skip(&line, strlen(word));
    if (line.len < zone_len || memcmp(line.data + line.len - zone_len, ZONE, zone_len) != 0)
        return false;
    line.len -= zone_len;
    return time_read(line, time_s);
}

static enum jemput_status parents_read(struct jemput_bytes *rest, struct jemput_commit *c, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_bytes lines = *rest;
    struct jemput_oid *parents;
    unsigned count = 0;

    for (; bytes_start(lines, "parent ") && lines.len >= PARENT_LINE_BYTES; count++)
        bytes_skip(&lines, PARENT_LINE_BYTES); /* all of one length, or oid_line_read says no */
    if (count > JEMPUT_PARENTS_MAX)
        return jemput_fail(err, JEMPUT_LIMIT, "commit: more than %d parents", JEMPUT_PARENTS_MAX);
    parents = jemput_arena_array(arena, count, sizeof *parents);
    if (!parents)
        return jemput_fail(err, JEMPUT_NOMEM, "commit: no memory for %u parents", count);
    for (unsigned i = 0; i < count; i++) {
        if (!oid_line_read(rest, "parent ", &parents[i]))
            return jemput_fail(err, JEMPUT_CORRUPT, "commit: parent %u", i + 1);
    }
    c->parents = parents;
    c->parent_count = count;
    return JEMPUT_OK;
}

/* Take the gpgsig header; `armor` (room for rest->len bytes) gets the lines without their leading spaces. */
static bool signature_read(struct jemput_bytes *rest, uint8_t *armor, size_t *len)
{
    struct jemput_bytes line;

    *len = 0;
    if (!bytes_start(*rest, "gpgsig ") || !line_take(rest, &line))
        return false;
    bytes_skip(&line, strlen("gpgsig "));
    for (;;) {
        if (line.len > ARMOR_LINE_BYTES_MAX || *len + line.len > JEMPUT_ARMOR_BYTES_MAX)
            return false;
        memcpy(armor + *len, line.data, line.len);
        *len += line.len;
        if (!bytes_start(*rest, " "))
            return jemput_armor_valid(jemput_bytes_of(armor, *len));
        if (*len == JEMPUT_ARMOR_BYTES_MAX || !line_take(rest, &line))
            return false;
        bytes_skip(&line, 1);
        armor[(*len)++] = '\n';
    }
}

/* What is signed: the commit without its gpgsig header, which lies between `from` and `to`. */
static struct jemput_bytes signed_text_of(struct jemput_bytes text, const uint8_t *from, const uint8_t *to, struct jemput_arena *arena)
{
    size_t head = (size_t)(from - text.data);
    size_t tail = text.len - (size_t)(to - text.data);
    uint8_t *copy = jemput_arena_alloc(arena, head + tail);

    if (!copy)
        return (struct jemput_bytes){ 0 };
    memcpy(copy, text.data, head);
    memcpy(copy + head, to, tail);
    return jemput_bytes_of(copy, head + tail);
}

static enum jemput_status signature_part_read(struct jemput_bytes text, struct jemput_bytes *rest, struct jemput_commit *c,
                                              struct jemput_arena *arena, struct jemput_error *err)
{
    uint8_t armor[JEMPUT_ARMOR_BYTES_MAX];
    const uint8_t *from = rest->data;
    size_t armor_len;

    if (!signature_read(rest, armor, &armor_len))
        return jemput_fail(err, JEMPUT_CORRUPT, "commit: gpgsig");
    c->signature = jemput_arena_copy(arena, jemput_bytes_of(armor, armor_len));
    c->signed_text = signed_text_of(text, from, rest->data, arena);
    if (!c->signature.data || !c->signed_text.data)
        return jemput_fail(err, JEMPUT_NOMEM, "commit: no memory for the signed text");
    return JEMPUT_OK;
}

enum jemput_status jemput_commit_text_read(struct jemput_commit *out, struct jemput_oid *tree, struct jemput_bytes text, struct jemput_arena *arena,
                                           struct jemput_error *err)
{
    struct jemput_commit c = { 0 };
    struct jemput_bytes rest = text, line;
    struct jemput_oid tree_oid;
    int64_t committed_s;
    enum jemput_status st;

    if (text.len > JEMPUT_COMMIT_BYTES_MAX)
        return jemput_fail(err, JEMPUT_LIMIT, "commit: %zu bytes", text.len);
    if (!oid_line_read(&rest, "tree ", &tree_oid))
        return jemput_fail(err, JEMPUT_CORRUPT, "commit: tree");
    st = parents_read(&rest, &c, arena, err);
    if (st)
        return st;
    if (!ident_line_read(&rest, "author " IDENT, &c.time_s) || !ident_line_read(&rest, "committer " IDENT, &committed_s) ||
        committed_s != c.time_s)
        return jemput_fail(err, JEMPUT_CORRUPT, "commit: author or committer");
    st = signature_part_read(text, &rest, &c, arena, err);
    if (st)
        return st;
    if (!line_take(&rest, &line) || line.len != 0)
        return jemput_fail(err, JEMPUT_CORRUPT, "commit: a further header");
    if (rest.len > JEMPUT_HEADER_BYTES_MAX)
        return jemput_fail(err, JEMPUT_LIMIT, "commit: message of %zu bytes", rest.len);
    if (!jemput_message_valid(rest))
        return jemput_fail(err, JEMPUT_CORRUPT, "commit: message");
    c.message = rest;
    *out = c;
    *tree = tree_oid;
    return JEMPUT_OK;
}
