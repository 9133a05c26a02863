/* identity/short.c — the short form of an invitation. See short.h; format: schema/formats/invitation.md, "Short form". */
#include "identity/short.h"

#include <string.h>

#include "base/limits.h"

#define HEAD "JEMPUT"
#define VERSION '1'
#define HEAD_CHARS (sizeof HEAD - 1 + 2) /* and the version, and '/' */
#define CHECK_BYTES 4
#define PLAIN_BYTES_MAX ((JEMPUT_SHORT_BYTES_MAX - HEAD_CHARS) / 8 * 5)

static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"; /* RFC 4648 */

bool jemput_short_is(struct jemput_bytes text)
{
    while (text.len && (text.data[0] == ' ' || text.data[0] == '\n' || text.data[0] == '\r' || text.data[0] == '\t')) {
        text.data++;
        text.len--;
    }
    return text.len > HEAD_CHARS && memcmp(text.data, HEAD, sizeof HEAD - 1) == 0 && text.data[HEAD_CHARS - 1] == '/';
}

void jemput_short_schema(uint8_t out[JEMPUT_HASH256_BYTES], const struct jemput_bytes *migrations, uint32_t count)
{
    struct jemput_hashing h;

    jemput_hashing_begin(&h);
    for (uint32_t i = 0; i < count; i++) {
        uint8_t length[8];

        for (unsigned b = 0; b < sizeof length; b++)
            length[b] = (uint8_t)((uint64_t)migrations[i].len >> (8 * b));
        jemput_hashing_add(&h, jemput_bytes_of(length, sizeof length));
        jemput_hashing_add(&h, migrations[i]);
    }
    jemput_hashing_end(&h, out);
}

/* --- five bits a character, the highest first; bits that are left over are 0 --- */

static void digits_write(struct jemput_buf *out, struct jemput_bytes plain)
{
    uint32_t bits = 0;
    unsigned count = 0;

    for (size_t i = 0; i < plain.len; i++) {
        bits = bits << 8 | plain.data[i];
        for (count += 8; count >= 5; count -= 5)
            jemput_buf_u8(out, (uint8_t)DIGITS[bits >> (count - 5) & 31]);
    }
    if (count)
        jemput_buf_u8(out, (uint8_t)DIGITS[bits << (5 - count) & 31]);
}

static bool digits_read(struct jemput_buf *out, struct jemput_bytes text)
{
    uint32_t bits = 0;
    unsigned count = 0;

    for (size_t i = 0; i < text.len; i++) {
        const char *digit = text.data[i] ? strchr(DIGITS, text.data[i]) : NULL;

        if (!digit)
            return false;
        bits = bits << 5 | (uint32_t)(digit - DIGITS);
        count += 5;
        if (count >= 8) {
            count -= 8;
            jemput_buf_u8(out, (uint8_t)(bits >> count));
        }
    }
    return count < 5 && (bits & ((1u << count) - 1)) == 0; /* one invitation has one text */
}

/* --- the bytes --- */

static void plain_write(struct jemput_buf *out, const struct jemput_short *s)
{
    const struct jemput_invitation *v = &s->invitation;
    uint8_t check[JEMPUT_HASH256_BYTES];

    jemput_buf_append(out, v->space.id, sizeof v->space.id);
    jemput_buf_append(out, v->one_time_seed, sizeof v->one_time_seed);
    jemput_buf_varint(out, v->device_number);
    jemput_buf_varint(out, v->roles);
    jemput_buf_varint(out, (uint64_t)v->expires_ms);
    jemput_buf_sized(out, v->scope);
    jemput_buf_sized(out, v->hub);
    jemput_buf_varint(out, v->reader_count);
    for (uint32_t i = 0; i < v->reader_count; i++) {
        jemput_buf_append(out, v->readers[i].writer.id, sizeof v->readers[i].writer.id);
        jemput_buf_append(out, v->readers[i].reading_key, sizeof v->readers[i].reading_key);
    }
    jemput_buf_append(out, s->genesis, sizeof s->genesis);
    jemput_buf_varint(out, v->migration_count);
    for (uint32_t i = 0; i < v->migration_count; i++)
        jemput_buf_append(out, s->migrations[i], sizeof s->migrations[i]);
    jemput_buf_append(out, s->schema_hash, sizeof s->schema_hash);
    jemput_hash256(check, jemput_buf_bytes(out), NULL);
    jemput_buf_append(out, check, CHECK_BYTES);
}

/* What the invitation's own rules say of the parts that are here. */
static const char *short_fault(const struct jemput_short *s)
{
    static const uint8_t something = '.';
    struct jemput_invitation v = s->invitation;
    const char *fault;

    v.genesis_header = v.genesis_payload = jemput_bytes_of(&something, 1);
    v.migration_count = 0;
    fault = jemput_invitation_fault(&v);
    jemput_wipe(&v, sizeof v);
    if (!fault && s->invitation.hub.len == 0)
        return "it names no hub, which the device would have to ask";
    if (!fault && s->invitation.migration_count > JEMPUT_SHORT_MIGRATIONS_MAX)
        return "there are too many migrations";
    return fault;
}

void jemput_short_write(struct jemput_buf *out, const struct jemput_short *s)
{
    struct jemput_buf plain = JEMPUT_BUF_INIT(PLAIN_BYTES_MAX);

    if (short_fault(s)) {
        out->failed = JEMPUT_MISUSE;
        return;
    }
    if (jemput_buf_reserve(&plain, PLAIN_BYTES_MAX)) /* once: growing would leave copies of the seed in freed memory */
        plain_write(&plain, s);
    if (plain.failed) {
        out->failed = plain.failed;
    } else if (jemput_buf_reserve(out, HEAD_CHARS + (plain.len * 8 + 4) / 5 + 1)) { /* and one for a caller's NUL */
        jemput_buf_append_str(out, HEAD "1/");
        digits_write(out, jemput_buf_bytes(&plain));
    }
    if (plain.data)
        jemput_wipe(plain.data, plain.cap);
    jemput_buf_release(&plain);
}

static enum jemput_status readers_read(struct jemput_invitation *v, struct jemput_reader *r, struct jemput_arena *arena, struct jemput_error *err)
{
    uint64_t count = jemput_read_varint(r);

    v->reader_count = count <= JEMPUT_INVITATION_READERS_MAX ? (uint32_t)count : 0;
    v->readers = jemput_arena_array(arena, v->reader_count, sizeof *v->readers);
    if (!v->readers)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for readers");
    for (uint32_t i = 0; i < v->reader_count; i++) {
        jemput_read_raw(r, v->readers[i].writer.id, sizeof v->readers[i].writer.id);
        jemput_read_raw(r, v->readers[i].reading_key, sizeof v->readers[i].reading_key);
    }
    r->overrun |= count > JEMPUT_INVITATION_READERS_MAX;
    return JEMPUT_OK;
}

static enum jemput_status plain_read(struct jemput_short *s, struct jemput_bytes in, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_invitation *v = &s->invitation;
    struct jemput_reader r = { .rest = jemput_bytes_of(in.data, in.len - CHECK_BYTES) };
    uint8_t check[JEMPUT_HASH256_BYTES];
    uint64_t device, roles, expires, count;
    enum jemput_status st;

    jemput_hash256(check, r.rest, NULL);
    if (memcmp(check, in.data + r.rest.len, CHECK_BYTES) != 0)
        return jemput_fail(err, JEMPUT_CORRUPT, "short invitation: it is damaged: its checksum does not match");
    jemput_read_raw(&r, v->space.id, sizeof v->space.id);
    jemput_read_raw(&r, v->one_time_seed, sizeof v->one_time_seed);
    device = jemput_read_varint(&r);
    roles = jemput_read_varint(&r);
    expires = jemput_read_varint(&r);
    v->scope = jemput_read_sized(&r);
    v->hub = jemput_read_sized(&r);
    st = readers_read(v, &r, arena, err);
    if (st)
        return st;
    jemput_read_raw(&r, s->genesis, sizeof s->genesis);
    count = jemput_read_varint(&r);
    for (uint64_t i = 0; i < count && i < JEMPUT_SHORT_MIGRATIONS_MAX; i++)
        jemput_read_raw(&r, s->migrations[i], sizeof s->migrations[i]);
    jemput_read_raw(&r, s->schema_hash, sizeof s->schema_hash);
    if (r.overrun || r.rest.len || device > UINT32_MAX || roles > JEMPUT_ROLES_ALL || expires > INT64_MAX || count > JEMPUT_SHORT_MIGRATIONS_MAX)
        return jemput_fail(err, JEMPUT_CORRUPT, "short invitation: it is not as it has to be");
    v->device_number = (uint32_t)device;
    v->roles = (unsigned)roles;
    v->expires_ms = (int64_t)expires;
    v->migration_count = (uint32_t)count;
    return short_fault(s) ? jemput_fail(err, JEMPUT_CORRUPT, "short invitation: %s", short_fault(s)) : JEMPUT_OK;
}

static struct jemput_bytes trimmed(struct jemput_bytes text)
{
    while (text.len && strchr(" \t\r\n", text.data[0]) && text.data[0]) {
        text.data++;
        text.len--;
    }
    while (text.len && strchr(" \t\r\n", text.data[text.len - 1]) && text.data[text.len - 1])
        text.len--;
    return text;
}

enum jemput_status jemput_short_read(struct jemput_short *out, struct jemput_bytes text, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_buf plain = JEMPUT_BUF_INIT(PLAIN_BYTES_MAX);
    struct jemput_short s = { .genesis = { 0 } };
    struct jemput_bytes kept;
    enum jemput_status st;

    text = trimmed(text);
    if (!jemput_short_is(text))
        return jemput_fail(err, JEMPUT_CORRUPT, "short invitation: it does not begin with " HEAD);
    if (text.len > JEMPUT_SHORT_BYTES_MAX)
        return jemput_fail(err, JEMPUT_LIMIT, "short invitation: %zu characters are more than %d", text.len, JEMPUT_SHORT_BYTES_MAX);
    if (text.data[HEAD_CHARS - 2] != VERSION)
        return jemput_fail(err, text.data[HEAD_CHARS - 2] > VERSION ? JEMPUT_UPGRADE : JEMPUT_CORRUPT, "short invitation: of another form");
    if (jemput_buf_reserve(&plain, PLAIN_BYTES_MAX) &&
        (!digits_read(&plain, jemput_bytes_of(text.data + HEAD_CHARS, text.len - HEAD_CHARS)) || plain.len < CHECK_BYTES))
        st = jemput_fail(err, JEMPUT_CORRUPT, "short invitation: it is damaged, or cut");
    else
        st = jemput_buf_check(&plain, "short invitation", err);
    kept = st ? (struct jemput_bytes){ 0 } : jemput_arena_copy(arena, jemput_buf_bytes(&plain));
    if (!st)
        st = kept.data ? plain_read(&s, kept, arena, err) : jemput_fail(err, JEMPUT_NOMEM, "no memory for an invitation");
    if (!st)
        *out = s;
    jemput_wipe(&s, sizeof s);
    if (plain.data)
        jemput_wipe(plain.data, plain.cap);
    jemput_buf_release(&plain);
    return st;
}
