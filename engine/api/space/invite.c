/* api/space/invite.c — inviting a device: the invite sealed into the own log, and the file that is handed over. */
#include "api/facts.h"
#include "api/roster/roster.h"
#include "api/schema/schema.h"
#include "api/seal/seal.h"

#include <string.h>

/* Schema versions 2, 3, …, as they are in force. An invitation has no way to leave out a number: instead of a void one it brings a comment. */
static enum jemput_status migrations_fill(struct jemput *j, struct jemput_invitation *inv, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_bytes *sql = jemput_arena_array(arena, j->roster.schema_version - 1, sizeof *sql);

    if (!sql)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for an invitation");
    for (uint32_t i = 0; i + 1 < j->roster.schema_version; i++) {
        const struct jemput_roster_schema *schema = jemput_roster_schema(&j->roster, i + 2);

        sql[i] = schema ? schema->sql : jemput_bytes_str(ENGINE_SCHEMA_VOID);
    }
    inv->migration_count = j->roster.schema_version - 1;
    inv->migrations = sql;
    return JEMPUT_OK;
}

static enum jemput_status invitation_fill(struct jemput *j, struct jemput_invitation *inv, struct jemput_buf *header, struct jemput_buf *payload,
                                          struct jemput_arena *arena, struct jemput_error *err)
{
    enum jemput_status st = jemput_store_fact_get(j->store, FACT_GENESIS_HEADER, header, err);

    if (!st)
        st = jemput_store_fact_unpack(j->store, FACT_GENESIS_PAYLOAD, payload, err);
    if (!st)
        st = migrations_fill(j, inv, arena, err);
    if (!st)
        st = engine_invitation_readers(j, inv, arena, err);
    inv->space = j->space;
    inv->genesis_header = jemput_buf_bytes(header);
    inv->genesis_payload = jemput_buf_bytes(payload);
    return st;
}

static enum jemput_status invite_record(struct jemput *j, struct jemput_invitation *inv, struct jemput_record *record, struct jemput_error *err)
{
    struct jemput_invite *invite = &record->as.invite;
    struct jemput_keypair one_time;

    inv->device_number = jemput_roster_next_device_number(&j->roster);
    if (inv->device_number == 0)
        return jemput_fail(err, JEMPUT_LIMIT, "there is no free device number left");
    jemput_keypair_from_seed(&one_time, inv->one_time_seed);
    *record = (struct jemput_record){ .kind = JEMPUT_RECORD_INVITE };
    memcpy(invite->public_key, one_time.public_key, sizeof invite->public_key);
    jemput_wipe(&one_time, sizeof one_time);
    invite->roles = inv->roles;
    invite->scope = inv->scope;
    invite->device_number = inv->device_number;
    invite->expires_ms = inv->expires_ms;
    if (jemput_record_fault(record))
        return jemput_fail(err, JEMPUT_MISUSE, "%s", jemput_record_fault(record));
    return JEMPUT_OK;
}

/* An invite that would have no effect is not made: one for an administrator, by who is no root administrator. */
static enum jemput_status invite_try(struct jemput *j, const struct jemput_record *record, struct jemput_arena *arena, struct jemput_error *err)
{
    struct engine_trial trial = { .records = record, .count = 1, .author = j->writer };
    enum jemput_status st;

    memcpy(trial.author_key, j->key.public_key, sizeof trial.author_key);
    st = engine_roster_try(j, &trial, arena, err);
    return !st && trial.refused ? jemput_fail(err, JEMPUT_DENIED, "%s", trial.refused) : st;
}

/* Under the store's lock: another process may have invited somebody a moment ago. The file's text is made before the act is sealed, so that no number
 * is reserved for a file that could not be made. */
static enum jemput_status invite_seal(struct jemput *j, struct jemput_invitation *inv, struct jemput_buf *text, struct jemput_arena *arena,
                                      struct jemput_error *err)
{
    struct jemput_buf header = JEMPUT_BUF_INIT(JEMPUT_HEADER_BYTES_MAX), payload = JEMPUT_BUF_INIT(JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX);
    struct jemput_record record;
    unsigned sealed = 0;
    enum jemput_status st = engine_roster_refresh(j, err);

    if (!st)
        st = engine_seal_pending(j, &sealed, err);
    if (!st)
        st = engine_roster_load(j, err);
    if (!st)
        st = invite_record(j, inv, &record, err);
    if (!st)
        st = invite_try(j, &record, arena, err);
    if (!st)
        st = invitation_fill(j, inv, &header, &payload, arena, err);
    if (!st && jemput_invitation_fault(inv))
        st = jemput_fail(err, JEMPUT_MISUSE, "%s", jemput_invitation_fault(inv));
    if (!st) {
        jemput_invitation_write(text, inv);
        jemput_buf_u8(text, 0); /* the caller may read it as a string */
        st = jemput_buf_check(text, "invitation", err);
    }
    if (!st)
        st = engine_seal_control(j, &record, 1, err);
    jemput_buf_release(&payload);
    jemput_buf_release(&header);
    return st;
}

static enum jemput_status invite_check(struct jemput *j, unsigned roles, const char *roles_text, int64_t expires_ms, struct jemput_error *err)
{
    if (!engine_has_role(j, JEMPUT_ROLE_ADMIN))
        return jemput_fail(err, JEMPUT_DENIED, "this device is not an administrator's");
    if (!roles)
        return jemput_fail(err, JEMPUT_MISUSE, "no roles in '%s': name petugas, kelurahan, verifikator, admin, pusat or kominfo", roles_text);
    if (expires_ms <= j->env->now_ms(j->env))
        return jemput_fail(err, JEMPUT_MISUSE, "the expiry lies in the past");
    return JEMPUT_OK;
}

enum jemput_status jemput_invite(struct jemput *j, const char *roles_text, const char *scope, const char *hub, int64_t expires_ms, char **out,
                                 size_t *out_len, struct jemput_error *err)
{
    struct jemput_buf text = JEMPUT_BUF_INIT(JEMPUT_INVITATION_BYTES_MAX);
    struct jemput_arena arena = { 0 };
    struct jemput_invitation inv = { .roles = jemput_roles_parse(jemput_bytes_str(roles_text)), .scope = jemput_bytes_str(scope),
        .hub = jemput_bytes_str(hub), .expires_ms = expires_ms };
    enum jemput_status st = engine_awake(j, err);

    if (st)
        return st;
    st = invite_check(j, inv.roles, roles_text, expires_ms, err);
    if (!st)
        st = jemput_store_begin(j->store, ENGINE_LOCK_WAIT_MS, err);
    if (!st) {
        j->env->random(j->env, inv.one_time_seed, sizeof inv.one_time_seed);
        st = invite_seal(j, &inv, &text, &arena, err);
        if (!st)
            st = jemput_store_commit(j->store, err);
        if (st)
            engine_undo(j);
        else
            st = engine_roster_load(j, err);
    }
    if (!st) {
        *out = (char *)text.data;
        *out_len = text.len - 1;
        text = (struct jemput_buf){ 0 };
    }
    jemput_wipe(inv.one_time_seed, sizeof inv.one_time_seed);
    jemput_arena_release(&arena);
    jemput_buf_release(&text);
    return st ? jemput_wrap(err, "invite") : JEMPUT_OK;
}
