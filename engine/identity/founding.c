/* identity/founding.c — records by which a space begins and grows: genesis, invite, join, enrol, schema. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "identity/kinds.h"

#define JOIN_CONTEXT "jemput join"
#define INVITE_NONE "none"

static const uint8_t no_key[JEMPUT_PUBLIC_KEY_BYTES];

/* --- rules --- */

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

const char *jemput_grant_fault(unsigned roles, struct jemput_bytes scope, uint32_t device_number)
{
    if (!jemput_roles_valid(roles))
        return "roles are empty or unknown";
    if (!jemput_scope_valid(scope))
        return "scope is too long or holds other characters than letters, digits, '.', '-', '_'";
    return device_fault(device_number);
}

static const char *genesis_fault(const struct jemput_record *r)
{
    const struct jemput_genesis *g = &r->as.genesis;
    unsigned with_admin_role = 0;

    if (g->admin_count < 1 || g->admin_count > JEMPUT_GENESIS_ADMINS_MAX)
        return "number of root administrators is out of range";
    for (uint32_t i = 0; i < g->admin_count; i++) {
        const char *fault = jemput_grant_fault(g->admins[i].roles, (struct jemput_bytes){ 0 }, g->admins[i].device_number);

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

static const char *invite_fault(const struct jemput_record *r)
{
    const struct jemput_invite *i = &r->as.invite;

    return i->expires_ms < 0 ? "expiry is negative" : jemput_grant_fault(i->roles, i->scope, i->device_number);
}

static const char *join_fault(const struct jemput_record *r)
{
    return r->as.join.epoch < 1 ? "epoch is 0" : device_fault(r->as.join.device_number);
}

static const char *enrol_fault(const struct jemput_record *r)
{
    const struct jemput_enrol *e = &r->as.enrol;

    return e->epoch < 1 ? "epoch is 0" : jemput_grant_fault(e->roles, e->scope, e->device_number);
}

static const char *schema_fault(const struct jemput_record *r)
{
    if (r->as.schema.version < 2)
        return "schema version is below 2"; /* 1 is the genesis record's */
    return r->as.schema.sql.len ? sql_fault(r->as.schema.sql) : "SQL text is empty";
}

/* --- signatures over lines: fixed small text, so that signing and verifying need no memory --- */

/* Space, then the lines: what is made for one space is nothing in another. */
static size_t lines_message(uint8_t out[32 + JEMPUT_SIGNED_LINES_MAX], const struct jemput_space *space, struct jemput_bytes lines)
{
    JEMPUT_ASSERT(lines.len <= JEMPUT_SIGNED_LINES_MAX);
    memcpy(out, space->id, sizeof space->id);
    memcpy(out + sizeof space->id, lines.data, lines.len);
    return sizeof space->id + lines.len;
}

void jemput_lines_sign(uint8_t signature[64], const char *context, const struct jemput_space *space, struct jemput_bytes lines,
                       const struct jemput_keypair *key)
{
    uint8_t message[32 + JEMPUT_SIGNED_LINES_MAX];
    size_t len = lines_message(message, space, lines);

    jemput_sign(signature, context, jemput_bytes_of(message, len), key);
}

bool jemput_lines_verify(const uint8_t signature[64], const char *context, const struct jemput_space *space, struct jemput_bytes lines,
                         const uint8_t public_key[32])
{
    uint8_t message[32 + JEMPUT_SIGNED_LINES_MAX];
    size_t len = lines_message(message, space, lines);

    return jemput_sign_verify(signature, context, jemput_bytes_of(message, len), public_key);
}

/* The join's lines but for the signature; returns their length. */
static size_t join_text(char out[JEMPUT_SIGNED_LINES_MAX], const struct jemput_join *j)
{
    char invite_key[2 * JEMPUT_PUBLIC_KEY_BYTES + 1], public_key[2 * JEMPUT_PUBLIC_KEY_BYTES + 1];
    int len;

    jemput_hex_encode(invite_key, j->invite_key, JEMPUT_PUBLIC_KEY_BYTES);
    jemput_hex_encode(public_key, j->public_key, JEMPUT_PUBLIC_KEY_BYTES);
    len = snprintf(out, JEMPUT_SIGNED_LINES_MAX, "invite %s\nkey %s\nepoch %" PRIu32 "\ndevice %" PRIu32 "\n", invite_key, public_key, j->epoch,
                   j->device_number);
    JEMPUT_ASSERT(len > 0 && len < JEMPUT_SIGNED_LINES_MAX);
    return (size_t)len;
}

void jemput_join_sign(struct jemput_join *join, const struct jemput_space *space, const struct jemput_keypair *invite_key)
{
    char text[JEMPUT_SIGNED_LINES_MAX];
    size_t len = join_text(text, join);

    jemput_lines_sign(join->signature, JOIN_CONTEXT, space, jemput_bytes_of(text, len), invite_key);
}

bool jemput_join_verify(const struct jemput_join *join, const struct jemput_space *space)
{
    char text[JEMPUT_SIGNED_LINES_MAX];
    size_t len = join_text(text, join);

    return jemput_lines_verify(join->signature, JOIN_CONTEXT, space, jemput_bytes_of(text, len), join->invite_key);
}

/* --- writing --- */

static void genesis_write(struct jemput_buf *out, const struct jemput_record *r)
{
    const struct jemput_genesis *g = &r->as.genesis;

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

static void invite_write(struct jemput_buf *out, const struct jemput_record *r)
{
    const struct jemput_invite *i = &r->as.invite;

    jemput_lines_put_hex(out, "key", i->public_key, JEMPUT_PUBLIC_KEY_BYTES);
    jemput_lines_put_number(out, "device", i->device_number);
    jemput_lines_put_roles(out, "roles", i->roles);
    jemput_lines_put_scope(out, "scope", i->scope);
    jemput_lines_put_number(out, "expires", (uint64_t)i->expires_ms);
}

static void join_write(struct jemput_buf *out, const struct jemput_record *r)
{
    const struct jemput_join *j = &r->as.join;
    char text[JEMPUT_SIGNED_LINES_MAX];

    jemput_buf_append(out, text, join_text(text, j));
    jemput_lines_put_hex(out, "signature", j->signature, sizeof j->signature);
}

static void enrol_write(struct jemput_buf *out, const struct jemput_record *r)
{
    const struct jemput_enrol *e = &r->as.enrol;

    if (memcmp(e->invite_key, no_key, sizeof no_key) == 0)
        jemput_buf_append_str(out, "invite " INVITE_NONE "\n");
    else
        jemput_lines_put_hex(out, "invite", e->invite_key, JEMPUT_PUBLIC_KEY_BYTES);
    jemput_lines_put_hex(out, "key", e->public_key, JEMPUT_PUBLIC_KEY_BYTES);
    jemput_lines_put_number(out, "epoch", e->epoch);
    jemput_lines_put_number(out, "device", e->device_number);
    jemput_lines_put_roles(out, "roles", e->roles);
    jemput_lines_put_scope(out, "scope", e->scope);
}

static void schema_write(struct jemput_buf *out, const struct jemput_record *r)
{
    jemput_lines_put_number(out, "version", r->as.schema.version);
    jemput_lines_put_block(out, "sql", r->as.schema.sql);
}

/* --- reading --- */

static enum jemput_status genesis_read(struct jemput_record *r, struct jemput_lines *l, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_genesis *g = &r->as.genesis;

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

static enum jemput_status invite_read(struct jemput_record *r, struct jemput_lines *l, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_invite *i = &r->as.invite;

    (void)arena;
    (void)err;
    jemput_lines_hex(l, "key", i->public_key, JEMPUT_PUBLIC_KEY_BYTES);
    i->device_number = (uint32_t)jemput_lines_number(l, "device", 1, JEMPUT_DEVICE_NUMBER_MAX);
    i->roles = jemput_lines_roles(l, "roles");
    i->scope = jemput_lines_scope(l, "scope");
    i->expires_ms = (int64_t)jemput_lines_number(l, "expires", 0, INT64_MAX);
    return JEMPUT_OK;
}

static enum jemput_status join_read(struct jemput_record *r, struct jemput_lines *l, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_join *j = &r->as.join;

    (void)arena;
    (void)err;
    jemput_lines_hex(l, "invite", j->invite_key, JEMPUT_PUBLIC_KEY_BYTES);
    jemput_lines_hex(l, "key", j->public_key, JEMPUT_PUBLIC_KEY_BYTES);
    j->epoch = (uint32_t)jemput_lines_number(l, "epoch", 1, UINT32_MAX);
    j->device_number = (uint32_t)jemput_lines_number(l, "device", 1, JEMPUT_DEVICE_NUMBER_MAX);
    jemput_lines_hex(l, "signature", j->signature, sizeof j->signature);
    return JEMPUT_OK;
}

/* "none" stands for the zero key, so the zero key in hex would be a second form. */
static void enrol_read_invite(struct jemput_enrol *e, struct jemput_lines *l)
{
    struct jemput_bytes value = jemput_lines_value(l, "invite");

    if (jemput_bytes_equal(value, jemput_bytes_str(INVITE_NONE)))
        return;
    if (!jemput_hex_decode(e->invite_key, sizeof e->invite_key, value) || memcmp(e->invite_key, no_key, sizeof no_key) == 0)
        jemput_lines_fail(l, "invite");
}

static enum jemput_status enrol_read(struct jemput_record *r, struct jemput_lines *l, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_enrol *e = &r->as.enrol;

    (void)arena;
    (void)err;
    enrol_read_invite(e, l);
    jemput_lines_hex(l, "key", e->public_key, JEMPUT_PUBLIC_KEY_BYTES);
    e->epoch = (uint32_t)jemput_lines_number(l, "epoch", 1, UINT32_MAX);
    e->device_number = (uint32_t)jemput_lines_number(l, "device", 1, JEMPUT_DEVICE_NUMBER_MAX);
    e->roles = jemput_lines_roles(l, "roles");
    e->scope = jemput_lines_scope(l, "scope");
    return JEMPUT_OK;
}

static enum jemput_status schema_read(struct jemput_record *r, struct jemput_lines *l, struct jemput_arena *arena, struct jemput_error *err)
{
    (void)arena;
    (void)err;
    r->as.schema.version = (uint32_t)jemput_lines_number(l, "version", 2, UINT32_MAX);
    r->as.schema.sql = jemput_lines_block(l, "sql", 1, JEMPUT_SCHEMA_BYTES_MAX);
    return JEMPUT_OK;
}

const struct jemput_kind jemput_founding_kinds[JEMPUT_FOUNDING_KINDS] = {
    { JEMPUT_RECORD_GENESIS, "genesis", genesis_fault, genesis_write, genesis_read },
    { JEMPUT_RECORD_INVITE, "invite", invite_fault, invite_write, invite_read },
    { JEMPUT_RECORD_JOIN, "join", join_fault, join_write, join_read },
    { JEMPUT_RECORD_ENROL, "enrol", enrol_fault, enrol_write, enrol_read },
    { JEMPUT_RECORD_SCHEMA, "schema", schema_fault, schema_write, schema_read },
};
