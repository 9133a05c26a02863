/* identity/invitation.c — the invitation file, written and read in one form.
 *
 * A text file that a person may look at: head, a warning, lines, then genesis and migrations as they are, with their lengths before them, so that
 * everything read is borrowed from the file. The checksum stands in the last line in every version of the form and is asked first: damage is never
 * taken for something newer. Format: schema/formats/invitation.md. */
#include "identity/invitation.h"

#include <inttypes.h>
#include <string.h>

#include "base/limits.h"
#include "identity/lines.h"

#define HEAD_WORD "jemput invitation"
#define HEAD_VERSION 1
#define WARNING_ID "Rahasia: siapa pun yang memegang berkas ini dapat mendaftarkan satu perangkat. Jangan disebarkan."
#define WARNING_EN "Secret: whoever holds this file can ask to enrol one device. Do not pass it on."
#define CHECKSUM_WORD "checksum"
#define CHECKSUM_LINE_BYTES (sizeof CHECKSUM_WORD + 2 * JEMPUT_HASH256_BYTES + 1) /* word, blank, hex, newline */
#define READER_BYTES_MAX 128
#define LINES_BYTES_MAX (JEMPUT_INVITATION_HUB_BYTES_MAX + 1024 + JEMPUT_INVITATION_READERS_MAX * READER_BYTES_MAX) /* but genesis, migrations */

static bool hub_valid(struct jemput_bytes hub)
{
    if (hub.len > JEMPUT_INVITATION_HUB_BYTES_MAX)
        return false;
    for (size_t i = 0; i < hub.len; i++)
        if (hub.data[i] < 0x20 || hub.data[i] == 0x7f)
            return false;
    return true;
}

static bool sql_valid(struct jemput_bytes sql)
{
    return sql.len > 0 && sql.len <= JEMPUT_SCHEMA_BYTES_MAX && !memchr(sql.data, 0, sql.len);
}

/* Asked before writing and after reading, so the two cannot differ. */
const char *jemput_invitation_fault(const struct jemput_invitation *v)
{
    if (!jemput_roles_valid(v->roles))
        return "roles are empty or unknown";
    if (!jemput_scope_valid(v->scope))
        return "scope is too long or holds other characters than letters, digits, '.', '-', '_'";
    if (v->device_number < 1 || v->device_number > JEMPUT_DEVICE_NUMBER_MAX)
        return "device number is out of range";
    if (v->expires_ms < 0)
        return "expiry is negative";
    if (!hub_valid(v->hub))
        return "hub is too long or holds control characters";
    if (v->genesis_header.len == 0 || v->genesis_header.len > JEMPUT_HEADER_BYTES_MAX)
        return "length of the genesis header is out of range";
    if (v->genesis_payload.len == 0 || v->genesis_payload.len > JEMPUT_INVITATION_BYTES_MAX)
        return "length of the genesis payload is out of range";
    if (v->reader_count > JEMPUT_INVITATION_READERS_MAX)
        return "too many readers";
    for (uint32_t i = 1; i < v->reader_count; i++)
        if (jemput_writer_compare(&v->readers[i - 1].writer, &v->readers[i].writer) >= 0)
            return "readers are not ascending";
    if (v->migration_count > JEMPUT_INVITATION_MIGRATIONS_MAX)
        return "too many migrations";
    for (uint32_t i = 0; i < v->migration_count; i++)
        if (!sql_valid(v->migrations[i]))
            return "a migration is empty, too long, or holds a NUL byte";
    return NULL;
}

static size_t invitation_bytes_most(const struct jemput_invitation *v)
{
    size_t sum = LINES_BYTES_MAX + v->genesis_header.len + v->genesis_payload.len;

    for (uint32_t i = 0; i < v->migration_count; i++)
        sum += v->migrations[i].len + 32; /* "migration <bytes>" and two newlines */
    return sum;
}

static void invitation_write_lines(struct jemput_buf *out, const struct jemput_invitation *v)
{
    jemput_lines_put_number(out, HEAD_WORD, HEAD_VERSION);
    jemput_buf_append_str(out, WARNING_ID "\n" WARNING_EN "\n");
    jemput_lines_put_hex(out, "space", v->space.id, sizeof v->space.id);
    jemput_lines_put_number(out, "device", v->device_number);
    jemput_lines_put_roles(out, "roles", v->roles);
    jemput_lines_put_scope(out, "scope", v->scope);
    jemput_lines_put_number(out, "expires", (uint64_t)v->expires_ms);
    jemput_lines_put_hex(out, "seed", v->one_time_seed, sizeof v->one_time_seed);
    jemput_buf_append_str(out, v->hub.len ? "hub " : "hub");
    jemput_buf_append_bytes(out, v->hub);
    jemput_buf_u8(out, '\n');
    jemput_lines_put_number(out, "readers", v->reader_count);
    for (uint32_t i = 0; i < v->reader_count; i++) {
        jemput_lines_put_hex(out, "reader", v->readers[i].writer.id, JEMPUT_WRITER_BYTES);
        jemput_lines_put_hex(out, "key", v->readers[i].reading_key, JEMPUT_READING_KEY_BYTES);
    }
    jemput_lines_put_block(out, "genesis-header", v->genesis_header);
    jemput_lines_put_block(out, "genesis-payload", v->genesis_payload);
    jemput_lines_put_number(out, "migrations", v->migration_count);
    for (uint32_t i = 0; i < v->migration_count; i++)
        jemput_lines_put_block(out, "migration", v->migrations[i]);
}

void jemput_invitation_write(struct jemput_buf *out, const struct jemput_invitation *invitation)
{
    struct jemput_buf room = JEMPUT_BUF_INIT(JEMPUT_INVITATION_BYTES_MAX);
    uint8_t checksum[JEMPUT_HASH256_BYTES];

    if (out->failed)
        return;
    if (jemput_invitation_fault(invitation)) {
        out->failed = JEMPUT_MISUSE;
        return;
    }
    /* In a buffer of the final size from the start: growing would leave copies of the seed in freed memory. */
    room.max += LINES_BYTES_MAX + 32 * JEMPUT_INVITATION_MIGRATIONS_MAX; /* the estimate is above the need; the true length is judged below */
    if (jemput_buf_reserve(&room, invitation_bytes_most(invitation))) {
        invitation_write_lines(&room, invitation);
        jemput_hash256(checksum, jemput_buf_bytes(&room), NULL);
        jemput_lines_put_hex(&room, CHECKSUM_WORD, checksum, sizeof checksum);
    }
    if (!room.failed && room.len > JEMPUT_INVITATION_BYTES_MAX)
        room.failed = JEMPUT_LIMIT;
    if (room.failed)
        out->failed = room.failed;
    else if (out->max - out->len > room.len)
        jemput_buf_reserve(out, room.len + 1); /* and one for a caller's NUL */
    jemput_buf_append_bytes(out, jemput_buf_bytes(&room)); /* does nothing once failed */
    if (room.data)
        jemput_wipe(room.data, room.cap);
    jemput_buf_release(&room);
}

/* Give the text without its checksum line, or say what happened to the file. */
static enum jemput_status invitation_check(struct jemput_bytes *body, struct jemput_bytes text, struct jemput_error *err)
{
    uint8_t said[JEMPUT_HASH256_BYTES] = { 0 }, is[JEMPUT_HASH256_BYTES];
    struct jemput_lines last = { 0 };

    if (text.len > JEMPUT_INVITATION_BYTES_MAX)
        return jemput_fail(err, JEMPUT_LIMIT, "invitation: %zu bytes are more than %d", text.len, JEMPUT_INVITATION_BYTES_MAX);
    if (text.len < sizeof HEAD_WORD || memcmp(text.data, HEAD_WORD " ", sizeof HEAD_WORD) != 0)
        return jemput_fail(err, JEMPUT_CORRUPT, "invitation: the file does not begin with '%s'", HEAD_WORD);
    if (text.len < CHECKSUM_LINE_BYTES)
        return jemput_fail(err, JEMPUT_CORRUPT, "invitation: the file is cut: %zu bytes", text.len);
    last.rest = jemput_bytes_of(text.data + text.len - CHECKSUM_LINE_BYTES, CHECKSUM_LINE_BYTES);
    jemput_lines_hex(&last, CHECKSUM_WORD, said, sizeof said);
    if (last.bad || last.rest.len)
        return jemput_fail(err, JEMPUT_CORRUPT, "invitation: no checksum in the last line: the file is cut, or its line ends were changed");
    text.len -= CHECKSUM_LINE_BYTES;
    jemput_hash256(is, text, NULL);
    if (memcmp(said, is, sizeof is) != 0)
        return jemput_fail(err, JEMPUT_CORRUPT, "invitation: the file is damaged: its checksum does not match");
    *body = text;
    return JEMPUT_OK;
}

static void invitation_read_fixed(struct jemput_lines *l, const char *line)
{
    if (jemput_lines_value(l, line).len)
        jemput_lines_fail(l, line);
}

static enum jemput_status invitation_read_readers(struct jemput_invitation *v, struct jemput_lines *l, struct jemput_arena *arena,
                                                 struct jemput_error *err)
{
    v->reader_count = (uint32_t)jemput_lines_number(l, "readers", 0, JEMPUT_INVITATION_READERS_MAX);
    v->readers = jemput_arena_array(arena, v->reader_count, sizeof *v->readers);
    if (!v->readers)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for %" PRIu32 " readers", v->reader_count);
    for (uint32_t i = 0; i < v->reader_count; i++) {
        jemput_lines_hex(l, "reader", v->readers[i].writer.id, JEMPUT_WRITER_BYTES);
        jemput_lines_hex(l, "key", v->readers[i].reading_key, JEMPUT_READING_KEY_BYTES);
    }
    return JEMPUT_OK;
}

static enum jemput_status invitation_read_lines(struct jemput_invitation *v, struct jemput_lines *l, struct jemput_arena *arena,
                                               struct jemput_error *err)
{
    enum jemput_status st;

    invitation_read_fixed(l, WARNING_ID);
    invitation_read_fixed(l, WARNING_EN);
    jemput_lines_hex(l, "space", v->space.id, sizeof v->space.id);
    v->device_number = (uint32_t)jemput_lines_number(l, "device", 1, JEMPUT_DEVICE_NUMBER_MAX);
    v->roles = jemput_lines_roles(l, "roles");
    v->scope = jemput_lines_scope(l, "scope");
    v->expires_ms = (int64_t)jemput_lines_number(l, "expires", 0, INT64_MAX);
    jemput_lines_hex(l, "seed", v->one_time_seed, sizeof v->one_time_seed);
    v->hub = jemput_lines_value(l, "hub");
    st = invitation_read_readers(v, l, arena, err);
    v->genesis_header = jemput_lines_block(l, "genesis-header", 1, JEMPUT_HEADER_BYTES_MAX);
    v->genesis_payload = jemput_lines_block(l, "genesis-payload", 1, JEMPUT_INVITATION_BYTES_MAX);
    v->migration_count = (uint32_t)jemput_lines_number(l, "migrations", 0, JEMPUT_INVITATION_MIGRATIONS_MAX);
    return st;
}

static enum jemput_status invitation_read_body(struct jemput_invitation *v, struct jemput_lines *l, struct jemput_arena *arena,
                                               struct jemput_error *err)
{
    enum jemput_status st;
    const char *fault;

    st = invitation_read_lines(v, l, arena, err);
    if (!st)
        st = jemput_lines_check(l, false, err);
    if (st)
        return st;
    v->migrations = jemput_arena_array(arena, v->migration_count, sizeof *v->migrations);
    if (!v->migrations)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for %" PRIu32 " migrations", v->migration_count);
    for (uint32_t i = 0; i < v->migration_count; i++)
        v->migrations[i] = jemput_lines_block(l, "migration", 1, JEMPUT_SCHEMA_BYTES_MAX);
    st = jemput_lines_check(l, true, err);
    if (st)
        return st;
    fault = jemput_invitation_fault(v);
    return fault ? jemput_fail(err, JEMPUT_CORRUPT, "%s", fault) : JEMPUT_OK;
}

static enum jemput_status invitation_check_space(const struct jemput_invitation *v, struct jemput_error *err)
{
    uint8_t hash[JEMPUT_HASH256_BYTES];

    jemput_hash256(hash, v->genesis_header, NULL);
    if (memcmp(hash, v->space.id, sizeof hash) != 0)
        return jemput_fail(err, JEMPUT_CORRUPT, "the genesis header does not hash to the space");
    return JEMPUT_OK;
}

enum jemput_status jemput_invitation_read(struct jemput_invitation *out, struct jemput_bytes text, struct jemput_arena *arena,
                                          struct jemput_error *err)
{
    struct jemput_invitation v = { 0 };
    struct jemput_lines l = { 0 };
    uint64_t version;
    enum jemput_status st = invitation_check(&l.rest, text, err);

    if (st)
        return st;
    version = jemput_lines_number(&l, HEAD_WORD, 1, UINT32_MAX);
    if (version > HEAD_VERSION)
        return jemput_fail(err, JEMPUT_UPGRADE, "invitation: form %" PRIu64 "; this version of jemput knows %d", version, HEAD_VERSION);
    st = invitation_read_body(&v, &l, arena, err);
    if (!st)
        st = invitation_check_space(&v, err);
    if (!st)
        *out = v;
    jemput_wipe(&v, sizeof v);
    return st ? jemput_wrap(err, "invitation") : JEMPUT_OK;
}
