/* identity/record.c — control records as text: written in one form, and nothing else read.
 *
 * Reading refuses what writing would not have given, so a record has one text and a text one record; the fuzz target holds it to that.
 * A known kind never gets another line: what a newer version has to say, it says in a new kind, and older versions keep it as JEMPUT_RECORD_UNKNOWN.
 * Format: schema/formats/control.md. */
#include "identity/roster.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "identity/lines.h"

#define JOIN_CONTEXT "jemput join"
#define JOIN_TEXT_BYTES 256      /* the signed lines with the longest numbers are 170 bytes */
#define FRAME_BYTES 64           /* "record ", a word of at most 31, a number, a newline */
#define INVITE_NONE "none"
#define RECORD_WORD "record"

static const struct {
    enum jemput_record_kind kind;
    const char *word;
} KIND_WORDS[] = {
    { JEMPUT_RECORD_GENESIS, "genesis" }, { JEMPUT_RECORD_INVITE, "invite" }, { JEMPUT_RECORD_JOIN, "join" },
    { JEMPUT_RECORD_ENROL, "enrol" },     { JEMPUT_RECORD_SCHEMA, "schema" },
};
#define KIND_COUNT (sizeof KIND_WORDS / sizeof KIND_WORDS[0])

static enum jemput_record_kind kind_of_word(struct jemput_bytes word)
{
    for (size_t i = 0; i < KIND_COUNT; i++)
        if (jemput_bytes_equal(word, jemput_bytes_str(KIND_WORDS[i].word)))
            return KIND_WORDS[i].kind;
    return JEMPUT_RECORD_UNKNOWN;
}

static struct jemput_bytes kind_word(const struct jemput_record *record)
{
    for (size_t i = 0; i < KIND_COUNT; i++)
        if (KIND_WORDS[i].kind == record->kind)
            return jemput_bytes_str(KIND_WORDS[i].word);
    return record->word;
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

/* --- rules of the fields: asked before writing and after reading, so the two cannot differ. NULL = none is broken --- */

static const char *sql_fault(struct jemput_bytes sql)
{
    if (sql.len > JEMPUT_SCHEMA_BYTES_MAX)
        return "SQL text is too long";
    if (sql.len && memchr(sql.data, 0, sql.len))
        return "SQL text holds a NUL byte"; /* SQLite would silently stop there */
    return NULL;
}

static const char *device_fault(uint32_t device_number)
{
    return device_number < 1 || device_number > JEMPUT_DEVICE_NUMBER_MAX ? "device number is out of range" : NULL;
}

static const char *grant_fault(unsigned roles, struct jemput_bytes scope, uint32_t device_number)
{
    if (!jemput_roles_valid(roles))
        return "roles are empty or unknown";
    if (!jemput_scope_valid(scope))
        return "scope is too long or holds other characters than letters, digits, '.', '-', '_'";
    return device_fault(device_number);
}

static const char *genesis_fault(const struct jemput_genesis *g)
{
    unsigned with_admin_role = 0;

    if (g->admin_count < 1 || g->admin_count > JEMPUT_GENESIS_ADMINS_MAX)
        return "number of root administrators is out of range";
    for (uint32_t i = 0; i < g->admin_count; i++) {
        const char *fault = grant_fault(g->admins[i].roles, (struct jemput_bytes){ 0 }, g->admins[i].device_number);

        if (fault)
            return fault;
        if (i && memcmp(g->admins[i - 1].public_key, g->admins[i].public_key, JEMPUT_PUBLIC_KEY_BYTES) >= 0)
            return "root administrators' keys are not ascending";
        for (uint32_t other = 0; other < i; other++)
            if (g->admins[other].device_number == g->admins[i].device_number)
                return "two root administrators have one device number";
        with_admin_role += (g->admins[i].roles & JEMPUT_ROLE_ADMIN) != 0;
    }
    if (g->threshold < 1 || g->threshold > with_admin_role)
        return "threshold is out of range"; /* a space that nobody could administrate */
    return sql_fault(g->schema);
}

static const char *join_fault(const struct jemput_join *j)
{
    return j->epoch < 1 ? "epoch is 0" : device_fault(j->device_number);
}

static const char *enrol_fault(const struct jemput_enrol *e)
{
    return e->epoch < 1 ? "epoch is 0" : grant_fault(e->roles, e->scope, e->device_number);
}

static const char *schema_fault(const struct jemput_schema_change *s)
{
    if (s->version < 2)
        return "schema version is below 2"; /* 1 is the genesis record's */
    return s->sql.len ? sql_fault(s->sql) : "SQL text is empty";
}

static const char *unknown_fault(const struct jemput_record *r)
{
    if (!kind_word_valid(r->word) || kind_of_word(r->word) != JEMPUT_RECORD_UNKNOWN)
        return "kind is not a word for a new kind";
    return r->text.len == 0 || r->text.data[r->text.len - 1] != '\n' ? "text does not end in a newline" : NULL;
}

const char *jemput_record_fault(const struct jemput_record *r)
{
    switch (r->kind) {
    case JEMPUT_RECORD_GENESIS:
        return genesis_fault(&r->as.genesis);
    case JEMPUT_RECORD_INVITE:
        return r->as.invite.expires_ms < 0 ? "expiry is negative" : grant_fault(r->as.invite.roles, r->as.invite.scope, r->as.invite.device_number);
    case JEMPUT_RECORD_JOIN:
        return join_fault(&r->as.join);
    case JEMPUT_RECORD_ENROL:
        return enrol_fault(&r->as.enrol);
    case JEMPUT_RECORD_SCHEMA:
        return schema_fault(&r->as.schema);
    case JEMPUT_RECORD_UNKNOWN:
        return unknown_fault(r);
    }
    return "kind is none";
}

/* --- join: fixed small text, so that signing and verifying need no memory --- */

/* The join's lines but for the signature; returns their length. */
static size_t join_text(char out[JOIN_TEXT_BYTES], const struct jemput_join *j)
{
    char invite_key[2 * JEMPUT_PUBLIC_KEY_BYTES + 1], public_key[2 * JEMPUT_PUBLIC_KEY_BYTES + 1];
    int len;

    jemput_hex_encode(invite_key, j->invite_key, JEMPUT_PUBLIC_KEY_BYTES);
    jemput_hex_encode(public_key, j->public_key, JEMPUT_PUBLIC_KEY_BYTES);
    len = snprintf(out, JOIN_TEXT_BYTES, "invite %s\nkey %s\nepoch %" PRIu32 "\ndevice %" PRIu32 "\n", invite_key, public_key, j->epoch,
                   j->device_number);
    JEMPUT_ASSERT(len > 0 && len < JOIN_TEXT_BYTES);
    return (size_t)len;
}

/* Space, then the lines: a join made for one space is nothing in another. */
static size_t join_message(uint8_t out[32 + JOIN_TEXT_BYTES], const struct jemput_join *j, const struct jemput_space *space)
{
    char text[JOIN_TEXT_BYTES];
    size_t len = join_text(text, j);

    memcpy(out, space->id, sizeof space->id);
    memcpy(out + sizeof space->id, text, len);
    return sizeof space->id + len;
}

void jemput_join_sign(struct jemput_join *join, const struct jemput_space *space, const struct jemput_keypair *invite_key)
{
    uint8_t message[32 + JOIN_TEXT_BYTES];
    size_t len = join_message(message, join, space);

    jemput_sign(join->signature, JOIN_CONTEXT, jemput_bytes_of(message, len), invite_key);
}

bool jemput_join_verify(const struct jemput_join *join, const struct jemput_space *space)
{
    uint8_t message[32 + JOIN_TEXT_BYTES];
    size_t len = join_message(message, join, space);

    return jemput_sign_verify(join->signature, JOIN_CONTEXT, jemput_bytes_of(message, len), join->invite_key);
}

/* --- writing --- */

static void genesis_write(struct jemput_buf *out, const struct jemput_genesis *g)
{
    jemput_lines_put_hex(out, "nonce", g->nonce, sizeof g->nonce);
    jemput_lines_put_number(out, "threshold", g->threshold);
    jemput_lines_put_number(out, "admins", g->admin_count);
    for (uint32_t i = 0; i < g->admin_count; i++) {
        jemput_lines_put_hex(out, "key", g->admins[i].public_key, JEMPUT_PUBLIC_KEY_BYTES);
        jemput_lines_put_number(out, "device", g->admins[i].device_number);
        jemput_lines_put_roles(out, "roles", g->admins[i].roles);
    }
    jemput_lines_put_block(out, "sql", g->schema);
}

static void invite_write(struct jemput_buf *out, const struct jemput_invite *i)
{
    jemput_lines_put_hex(out, "key", i->public_key, JEMPUT_PUBLIC_KEY_BYTES);
    jemput_lines_put_number(out, "device", i->device_number);
    jemput_lines_put_roles(out, "roles", i->roles);
    jemput_lines_put_scope(out, "scope", i->scope);
    jemput_lines_put_number(out, "expires", (uint64_t)i->expires_ms);
}

static void join_write(struct jemput_buf *out, const struct jemput_join *j)
{
    char text[JOIN_TEXT_BYTES];

    jemput_buf_append(out, text, join_text(text, j));
    jemput_lines_put_hex(out, "signature", j->signature, sizeof j->signature);
}

static void enrol_write(struct jemput_buf *out, const struct jemput_enrol *e)
{
    static const uint8_t none[JEMPUT_PUBLIC_KEY_BYTES] = { 0 };

    if (memcmp(e->invite_key, none, sizeof none) == 0)
        jemput_buf_append_str(out, "invite " INVITE_NONE "\n");
    else
        jemput_lines_put_hex(out, "invite", e->invite_key, JEMPUT_PUBLIC_KEY_BYTES);
    jemput_lines_put_hex(out, "key", e->public_key, JEMPUT_PUBLIC_KEY_BYTES);
    jemput_lines_put_number(out, "epoch", e->epoch);
    jemput_lines_put_number(out, "device", e->device_number);
    jemput_lines_put_roles(out, "roles", e->roles);
    jemput_lines_put_scope(out, "scope", e->scope);
}

static void record_write_text(struct jemput_buf *out, const struct jemput_record *r)
{
    switch (r->kind) {
    case JEMPUT_RECORD_GENESIS:
        genesis_write(out, &r->as.genesis);
        return;
    case JEMPUT_RECORD_INVITE:
        invite_write(out, &r->as.invite);
        return;
    case JEMPUT_RECORD_JOIN:
        join_write(out, &r->as.join);
        return;
    case JEMPUT_RECORD_ENROL:
        enrol_write(out, &r->as.enrol);
        return;
    case JEMPUT_RECORD_SCHEMA:
        jemput_lines_put_number(out, "version", r->as.schema.version);
        jemput_lines_put_block(out, "sql", r->as.schema.sql);
        return;
    case JEMPUT_RECORD_UNKNOWN:
        jemput_buf_append_bytes(out, r->text);
        return;
    }
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

/* --- reading --- */

static enum jemput_status genesis_read(struct jemput_genesis *g, struct jemput_lines *l, struct jemput_arena *arena, struct jemput_error *err)
{
    jemput_lines_hex(l, "nonce", g->nonce, sizeof g->nonce);
    g->threshold = (unsigned)jemput_lines_number(l, "threshold", 1, JEMPUT_GENESIS_ADMINS_MAX);
    g->admin_count = (uint32_t)jemput_lines_number(l, "admins", 1, JEMPUT_GENESIS_ADMINS_MAX);
    g->admins = jemput_arena_array(arena, g->admin_count, sizeof *g->admins);
    if (!g->admins)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for %" PRIu32 " administrators", g->admin_count);
    for (uint32_t i = 0; i < g->admin_count; i++) {
        jemput_lines_hex(l, "key", g->admins[i].public_key, JEMPUT_PUBLIC_KEY_BYTES);
        g->admins[i].device_number = (uint32_t)jemput_lines_number(l, "device", 1, JEMPUT_DEVICE_NUMBER_MAX);
        g->admins[i].roles = jemput_lines_roles(l, "roles");
    }
    g->schema = jemput_lines_block(l, "sql", 0, JEMPUT_SCHEMA_BYTES_MAX);
    return JEMPUT_OK;
}

static void invite_read(struct jemput_invite *i, struct jemput_lines *l)
{
    jemput_lines_hex(l, "key", i->public_key, JEMPUT_PUBLIC_KEY_BYTES);
    i->device_number = (uint32_t)jemput_lines_number(l, "device", 1, JEMPUT_DEVICE_NUMBER_MAX);
    i->roles = jemput_lines_roles(l, "roles");
    i->scope = jemput_lines_scope(l, "scope");
    i->expires_ms = (int64_t)jemput_lines_number(l, "expires", 0, INT64_MAX);
}

static void join_read(struct jemput_join *j, struct jemput_lines *l)
{
    jemput_lines_hex(l, "invite", j->invite_key, JEMPUT_PUBLIC_KEY_BYTES);
    jemput_lines_hex(l, "key", j->public_key, JEMPUT_PUBLIC_KEY_BYTES);
    j->epoch = (uint32_t)jemput_lines_number(l, "epoch", 1, UINT32_MAX);
    j->device_number = (uint32_t)jemput_lines_number(l, "device", 1, JEMPUT_DEVICE_NUMBER_MAX);
    jemput_lines_hex(l, "signature", j->signature, sizeof j->signature);
}

/* "none" stands for the zero key, so the zero key in hex would be a second form. */
static void enrol_read_invite(struct jemput_enrol *e, struct jemput_lines *l)
{
    static const uint8_t none[JEMPUT_PUBLIC_KEY_BYTES] = { 0 };
    struct jemput_bytes value = jemput_lines_value(l, "invite");

    if (jemput_bytes_equal(value, jemput_bytes_str(INVITE_NONE)))
        return;
    if (!jemput_hex_decode(e->invite_key, sizeof e->invite_key, value) || memcmp(e->invite_key, none, sizeof none) == 0)
        jemput_lines_fail(l, "invite");
}

static void enrol_read(struct jemput_enrol *e, struct jemput_lines *l)
{
    enrol_read_invite(e, l);
    jemput_lines_hex(l, "key", e->public_key, JEMPUT_PUBLIC_KEY_BYTES);
    e->epoch = (uint32_t)jemput_lines_number(l, "epoch", 1, UINT32_MAX);
    e->device_number = (uint32_t)jemput_lines_number(l, "device", 1, JEMPUT_DEVICE_NUMBER_MAX);
    e->roles = jemput_lines_roles(l, "roles");
    e->scope = jemput_lines_scope(l, "scope");
}

static enum jemput_status record_read(struct jemput_record *r, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_lines l = { .rest = r->text };
    enum jemput_status st = JEMPUT_OK;
    const char *fault;

    switch (r->kind) {
    case JEMPUT_RECORD_GENESIS:
        st = genesis_read(&r->as.genesis, &l, arena, err);
        break;
    case JEMPUT_RECORD_INVITE:
        invite_read(&r->as.invite, &l);
        break;
    case JEMPUT_RECORD_JOIN:
        join_read(&r->as.join, &l);
        break;
    case JEMPUT_RECORD_ENROL:
        enrol_read(&r->as.enrol, &l);
        break;
    case JEMPUT_RECORD_SCHEMA:
        r->as.schema.version = (uint32_t)jemput_lines_number(&l, "version", 2, UINT32_MAX);
        r->as.schema.sql = jemput_lines_block(&l, "sql", 1, JEMPUT_SCHEMA_BYTES_MAX);
        break;
    case JEMPUT_RECORD_UNKNOWN:
        l.rest = (struct jemput_bytes){ 0 }; /* not ours to read */
        break;
    }
    if (!st)
        st = jemput_lines_check(&l, true, err);
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
