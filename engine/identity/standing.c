/* identity/standing.c — records that change who stands how: change, revoke, rotate, succeed, resume, approve. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "identity/kinds.h"

#define ROTATE_CONTEXT "jemput rotate"
#define ROLES_NONE "none"

static const char *const REASONS[] = { [JEMPUT_REVOKE_LOST] = "lost",
                                       [JEMPUT_REVOKE_STOLEN] = "stolen",
                                       [JEMPUT_REVOKE_LEAKED] = "leaked",
                                       [JEMPUT_REVOKE_LEFT] = "left",
                                       [JEMPUT_REVOKE_FORKED] = "forked" };
#define REASON_COUNT (sizeof REASONS / sizeof *REASONS)

const char *jemput_revoke_reason_word(unsigned reason)
{
    return reason && reason < REASON_COUNT ? REASONS[reason] : NULL;
}

unsigned jemput_revoke_reason_parse(struct jemput_bytes word)
{
    for (unsigned i = 1; i < REASON_COUNT; i++)
        if (jemput_bytes_equal(word, jemput_bytes_str(REASONS[i])))
            return i;
    return 0;
}

/* --- heads: "heads <n>", then "head <writer> <number> <hash>" each --- */

static const char *heads_fault(const struct jemput_context *c)
{
    if (c->count > JEMPUT_CONTEXT_HEADS_MAX)
        return "too many heads";
    for (uint32_t i = 0; i < c->count; i++) {
        if (c->heads[i].through || c->heads[i].number > INT64_MAX)
            return "a head is not a plain one";
        if (i && jemput_head_compare(&c->heads[i - 1], &c->heads[i]) >= 0)
            return "heads are not ascending";
    }
    return NULL;
}

static void heads_write(struct jemput_buf *out, const struct jemput_context *c)
{
    jemput_lines_put_number(out, "heads", c->count);
    for (uint32_t i = 0; i < c->count; i++) {
        jemput_buf_append_str(out, "head ");
        jemput_buf_hex(out, jemput_bytes_of(c->heads[i].writer.id, JEMPUT_WRITER_BYTES));
        jemput_buf_printf(out, " %" PRIu64 " ", c->heads[i].number);
        jemput_buf_hex(out, jemput_bytes_of(c->heads[i].hash.bytes, JEMPUT_HASH_BYTES));
        jemput_buf_u8(out, '\n');
    }
}

/* Writer, number and hash with one blank between them. */
static bool head_read(struct jemput_head *head, struct jemput_bytes value)
{
    size_t before = 2 * JEMPUT_WRITER_BYTES, behind = 2 * JEMPUT_HASH_BYTES;

    if (value.len < before + 3 + behind || value.data[before] != ' ' || value.data[value.len - behind - 1] != ' ')
        return false;
    return jemput_hex_decode(head->writer.id, JEMPUT_WRITER_BYTES, jemput_bytes_of(value.data, before)) &&
           jemput_decimal_read(&head->number, jemput_bytes_of(value.data + before + 1, value.len - before - behind - 2), 0, INT64_MAX) &&
           jemput_hex_decode(head->hash.bytes, JEMPUT_HASH_BYTES, jemput_bytes_of(value.data + value.len - behind, behind));
}

static enum jemput_status heads_read(struct jemput_context *c, struct jemput_lines *l, struct jemput_arena *arena, struct jemput_error *err)
{
    c->count = (uint32_t)jemput_lines_number(l, "heads", 0, JEMPUT_CONTEXT_HEADS_MAX);
    c->heads = jemput_arena_array(arena, c->count, sizeof *c->heads);
    if (!c->heads)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for %" PRIu32 " heads", c->count);
    for (uint32_t i = 0; i < c->count; i++)
        if (!head_read(&c->heads[i], jemput_lines_value(l, "head")))
            jemput_lines_fail(l, "head");
    return JEMPUT_OK;
}

/* --- change --- */

static const char *change_fault(const struct jemput_record *r)
{
    const struct jemput_change_of_rights *c = &r->as.change;

    if (c->roles && !jemput_roles_valid(c->roles))
        return "roles are unknown";
    if (!jemput_scope_valid(c->scope))
        return "scope is too long or holds other characters than letters, digits, '.', '-', '_'";
    return heads_fault(&c->heads);
}

static void change_write(struct jemput_buf *out, const struct jemput_record *r)
{
    const struct jemput_change_of_rights *c = &r->as.change;

    jemput_lines_put_hex(out, "key", c->public_key, JEMPUT_PUBLIC_KEY_BYTES);
    if (c->roles)
        jemput_lines_put_roles(out, "roles", c->roles);
    else
        jemput_buf_append_str(out, "roles " ROLES_NONE "\n");
    jemput_lines_put_scope(out, "scope", c->scope);
    heads_write(out, &c->heads);
}

static enum jemput_status change_read(struct jemput_record *r, struct jemput_lines *l, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_change_of_rights *c = &r->as.change;
    struct jemput_lines look;

    jemput_lines_hex(l, "key", c->public_key, JEMPUT_PUBLIC_KEY_BYTES);
    look = *l;
    if (jemput_bytes_equal(jemput_lines_value(&look, "roles"), jemput_bytes_str(ROLES_NONE)))
        *l = look;
    else
        c->roles = jemput_lines_roles(l, "roles");
    c->scope = jemput_lines_scope(l, "scope");
    return heads_read(&c->heads, l, arena, err);
}

/* --- revoke --- */

static const char *revoke_fault(const struct jemput_record *r)
{
    return jemput_revoke_reason_word(r->as.revoke.reason) ? heads_fault(&r->as.revoke.heads) : "unknown reason";
}

static void revoke_write(struct jemput_buf *out, const struct jemput_record *r)
{
    jemput_lines_put_hex(out, "key", r->as.revoke.public_key, JEMPUT_PUBLIC_KEY_BYTES);
    jemput_buf_printf(out, "reason %s\n", jemput_revoke_reason_word(r->as.revoke.reason));
    heads_write(out, &r->as.revoke.heads);
}

static enum jemput_status revoke_read(struct jemput_record *r, struct jemput_lines *l, struct jemput_arena *arena, struct jemput_error *err)
{
    jemput_lines_hex(l, "key", r->as.revoke.public_key, JEMPUT_PUBLIC_KEY_BYTES);
    r->as.revoke.reason = jemput_revoke_reason_parse(jemput_lines_value(l, "reason"));
    return heads_read(&r->as.revoke.heads, l, arena, err);
}

/* --- rotate --- */

static size_t rotate_text(char out[JEMPUT_SIGNED_LINES_MAX], const struct jemput_rotation *t)
{
    char old_key[2 * JEMPUT_PUBLIC_KEY_BYTES + 1], new_key[2 * JEMPUT_PUBLIC_KEY_BYTES + 1];
    int len;

    jemput_hex_encode(old_key, t->old_key, JEMPUT_PUBLIC_KEY_BYTES);
    jemput_hex_encode(new_key, t->new_key, JEMPUT_PUBLIC_KEY_BYTES);
    len = snprintf(out, JEMPUT_SIGNED_LINES_MAX, "old %s\nnew %s\nepoch %" PRIu32 "\n", old_key, new_key, t->epoch);
    JEMPUT_ASSERT(len > 0 && len < JEMPUT_SIGNED_LINES_MAX);
    return (size_t)len;
}

void jemput_rotation_sign(struct jemput_rotation *rotation, const struct jemput_space *space, const struct jemput_keypair *new_key)
{
    char text[JEMPUT_SIGNED_LINES_MAX];
    size_t len = rotate_text(text, rotation);

    jemput_lines_sign(rotation->signature, ROTATE_CONTEXT, space, jemput_bytes_of(text, len), new_key);
}

bool jemput_rotation_verify(const struct jemput_rotation *rotation, const struct jemput_space *space)
{
    char text[JEMPUT_SIGNED_LINES_MAX];
    size_t len = rotate_text(text, rotation);

    return jemput_lines_verify(rotation->signature, ROTATE_CONTEXT, space, jemput_bytes_of(text, len), rotation->new_key);
}

static const char *rotate_fault(const struct jemput_record *r)
{
    if (r->as.rotate.epoch < 1)
        return "epoch is 0";
    return memcmp(r->as.rotate.old_key, r->as.rotate.new_key, JEMPUT_PUBLIC_KEY_BYTES) == 0 ? "the two keys are one" : NULL;
}

static void rotate_write(struct jemput_buf *out, const struct jemput_record *r)
{
    char text[JEMPUT_SIGNED_LINES_MAX];

    jemput_buf_append(out, text, rotate_text(text, &r->as.rotate));
    jemput_lines_put_hex(out, "signature", r->as.rotate.signature, sizeof r->as.rotate.signature);
}

static enum jemput_status rotate_read(struct jemput_record *r, struct jemput_lines *l, struct jemput_arena *arena, struct jemput_error *err)
{
    (void)arena;
    (void)err;
    jemput_lines_hex(l, "old", r->as.rotate.old_key, JEMPUT_PUBLIC_KEY_BYTES);
    jemput_lines_hex(l, "new", r->as.rotate.new_key, JEMPUT_PUBLIC_KEY_BYTES);
    r->as.rotate.epoch = (uint32_t)jemput_lines_number(l, "epoch", 1, UINT32_MAX);
    jemput_lines_hex(l, "signature", r->as.rotate.signature, sizeof r->as.rotate.signature);
    return JEMPUT_OK;
}

/* --- succeed --- */

static const char *succeed_fault(const struct jemput_record *r)
{
    return memcmp(r->as.succeed.old_key, r->as.succeed.new_key, JEMPUT_PUBLIC_KEY_BYTES) == 0 ? "the two keys are one" : NULL;
}

static void succeed_write(struct jemput_buf *out, const struct jemput_record *r)
{
    jemput_lines_put_hex(out, "old", r->as.succeed.old_key, JEMPUT_PUBLIC_KEY_BYTES);
    jemput_lines_put_hex(out, "new", r->as.succeed.new_key, JEMPUT_PUBLIC_KEY_BYTES);
}

static enum jemput_status succeed_read(struct jemput_record *r, struct jemput_lines *l, struct jemput_arena *arena, struct jemput_error *err)
{
    (void)arena;
    (void)err;
    jemput_lines_hex(l, "old", r->as.succeed.old_key, JEMPUT_PUBLIC_KEY_BYTES);
    jemput_lines_hex(l, "new", r->as.succeed.new_key, JEMPUT_PUBLIC_KEY_BYTES);
    return JEMPUT_OK;
}

/* --- resume --- */

static const char *resume_fault(const struct jemput_record *r)
{
    return r->as.resume.epoch < 2 ? "epoch must be 2 or more" : NULL;
}

static void resume_write(struct jemput_buf *out, const struct jemput_record *r)
{
    jemput_lines_put_hex(out, "old", r->as.resume.old.id, JEMPUT_WRITER_BYTES);
    jemput_lines_put_number(out, "epoch", r->as.resume.epoch);
}

static enum jemput_status resume_read(struct jemput_record *r, struct jemput_lines *l, struct jemput_arena *arena, struct jemput_error *err)
{
    (void)arena;
    (void)err;
    jemput_lines_hex(l, "old", r->as.resume.old.id, JEMPUT_WRITER_BYTES);
    r->as.resume.epoch = (uint32_t)jemput_lines_number(l, "epoch", 2, UINT32_MAX);
    return JEMPUT_OK;
}

/* --- approve --- */

static const char *approve_fault(const struct jemput_record *r)
{
    (void)r;
    return NULL;
}

static void approve_write(struct jemput_buf *out, const struct jemput_record *r)
{
    jemput_lines_put_hex(out, "act", r->as.approve.act.bytes, JEMPUT_HASH_BYTES);
}

static enum jemput_status approve_read(struct jemput_record *r, struct jemput_lines *l, struct jemput_arena *arena, struct jemput_error *err)
{
    (void)arena;
    (void)err;
    jemput_lines_hex(l, "act", r->as.approve.act.bytes, JEMPUT_HASH_BYTES);
    return JEMPUT_OK;
}

const struct jemput_kind jemput_standing_kinds[JEMPUT_STANDING_KINDS] = {
    { JEMPUT_RECORD_CHANGE, "change", change_fault, change_write, change_read },
    { JEMPUT_RECORD_REVOKE, "revoke", revoke_fault, revoke_write, revoke_read },
    { JEMPUT_RECORD_ROTATE, "rotate", rotate_fault, rotate_write, rotate_read },
    { JEMPUT_RECORD_SUCCEED, "succeed", succeed_fault, succeed_write, succeed_read },
    { JEMPUT_RECORD_RESUME, "resume", resume_fault, resume_write, resume_read },
    { JEMPUT_RECORD_APPROVE, "approve", approve_fault, approve_write, approve_read },
};
