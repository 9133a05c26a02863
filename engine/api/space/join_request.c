/* api/space/join_request.c — devices that ask to be let in, as far as they are known here. They are kept, so that two that ask by one invitation are
 * noticed though they come days apart, and so that an administrator can let one in by its key.
 *
 * Only requests that the invitation's one-time key has signed are kept: who holds no invitation cannot fill the list; and who holds one fills no more
 * than that one's room, so that other devices' requests stay in it. */
#include "api/facts.h"
#include "api/roster/device.h"
#include "api/space/admit.h"

#include <string.h>

#define CLAIMS_BYTES_MAX ((size_t)256 * 1024)
#define CLAIMS_MAX 500         /* of the oldest nothing is known any more behind that; the device asks again by a new invitation */
#define CLAIMS_OF_ONE_MAX 8    /* by one invitation: two are enough to wait for a person */

static enum jemput_status joins_read(struct jemput *j, struct jemput_record **out, uint32_t *count, struct jemput_arena *arena,
                                     struct jemput_error *err)
{
    struct jemput_buf text = JEMPUT_BUF_INIT(CLAIMS_BYTES_MAX);
    enum jemput_status st = jemput_store_fact_get(j->store, FACT_CLAIMS, &text, err);
    struct jemput_bytes kept;

    *out = NULL;
    *count = 0;
    if (!st) {
        kept = jemput_arena_copy(arena, jemput_buf_bytes(&text));
        st = kept.data || text.len == 0 ? jemput_records_read(out, count, kept, arena, err) : jemput_fail(err, JEMPUT_NOMEM, "no memory for claims");
    }
    jemput_buf_release(&text);
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

static bool let_in(const struct jemput *j, const struct jemput_join *join)
{
    struct jemput_writer writer;

    jemput_writer_derive(&writer, &j->space, join->public_key, join->epoch);
    return jemput_roster_member(&j->roster, &writer) || jemput_roster_member_of_key(&j->roster, join->public_key);
}

static bool rivals(const struct jemput_join *a, const struct jemput_join *b)
{
    return memcmp(a->invite_key, b->invite_key, sizeof a->invite_key) == 0 && memcmp(a->public_key, b->public_key, sizeof a->public_key) != 0;
}

const char *claim_why(const struct claim *claim)
{
    static const char *const why[] = { [CLAIM_UNKNOWN] = "its invitation is not known here",
                                       [CLAIM_COMES] = "it is let in when the office syncs",
                                       [CLAIM_USED] = "another device has used its invitation",
                                       [CLAIM_RIVALLED] = "another device asks by the same invitation",
                                       [CLAIM_FORESTALLED] = "its device number went to another invitation, made at the same time",
                                       [CLAIM_EXPIRED] = "its invitation has expired" };

    return why[claim->state];
}

/* --- an invite that came second --- */

static bool is_forestalled(const struct jemput_roster *r, const struct jemput_act *act)
{
    return jemput_roster_refusal(r, &act->segment, act->place) == jemput_invite_forestalled;
}

const struct jemput_invite *engine_invite_forestalled(const struct jemput *j, const uint8_t one_time_key[JEMPUT_PUBLIC_KEY_BYTES])
{
    for (uint32_t i = 0; i < j->acts.count; i++) {
        const struct jemput_act *act = &j->acts.of[i].act;

        if (act->record.kind == JEMPUT_RECORD_INVITE &&
            memcmp(act->record.as.invite.public_key, one_time_key, JEMPUT_PUBLIC_KEY_BYTES) == 0 && is_forestalled(&j->roster, act))
            return &act->record.as.invite;
    }
    return NULL;
}

/* --- what becomes of a request --- */

bool claim_waits(const struct claim *claim)
{
    return claim->state != CLAIM_UNKNOWN && claim->state != CLAIM_COMES;
}

static enum claim_state claim_state(struct jemput *j, const struct jemput_join *join, const struct jemput_record *joins, uint32_t count)
{
    const struct jemput_roster_invite *invite = jemput_roster_invite(&j->roster, join->invite_key);

    if (!invite)
        return engine_invite_forestalled(j, join->invite_key) ? CLAIM_FORESTALLED : CLAIM_UNKNOWN;
    if (invite->used)
        return CLAIM_USED;
    for (uint32_t i = 0; i < count; i++)
        if (rivals(join, &joins[i].as.join))
            return CLAIM_RIVALLED;
    if (j->env->now_ms(j->env) > invite->invite.expires_ms)
        return CLAIM_EXPIRED;
    return CLAIM_COMES;
}

enum jemput_status claims_read(struct jemput *j, struct claim **out, uint32_t *count, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_record *joins;
    uint32_t all = 0;
    enum jemput_status st = joins_read(j, &joins, &all, arena, err);

    *count = 0;
    *out = jemput_arena_array(arena, all, sizeof **out);
    if (!st && !*out)
        st = jemput_fail(err, JEMPUT_NOMEM, "no memory for claims");
    for (uint32_t i = 0; !st && i < all; i++)
        if (!let_in(j, &joins[i].as.join))
            (*out)[(*count)++] = (struct claim){ joins[i].as.join, claim_state(j, &joins[i].as.join, joins, all) };
    return st;
}

/* The last ones of those that are not let in; a device that asks again is there once. */
static enum jemput_status claims_write(struct jemput *j, const struct jemput_record *joins, uint32_t count, const struct jemput_join *add,
                                       struct jemput_error *err)
{
    struct jemput_buf text = JEMPUT_BUF_INIT(CLAIMS_BYTES_MAX);
    const struct jemput_record added = { .kind = JEMPUT_RECORD_JOIN, .as.join = *add };
    enum jemput_status st;

    for (uint32_t i = count < CLAIMS_MAX ? 0 : count - CLAIMS_MAX + 1; i < count; i++)
        if (!let_in(j, &joins[i].as.join) && memcmp(joins[i].as.join.public_key, add->public_key, sizeof add->public_key) != 0)
            jemput_record_write(&text, &joins[i]);
    jemput_record_write(&text, &added);
    st = jemput_buf_check(&text, "claims", err);
    if (!st)
        st = jemput_store_begin(j->store, ENGINE_LOCK_WAIT_MS, err);
    if (!st) {
        st = jemput_store_fact_put(j->store, FACT_CLAIMS, jemput_buf_bytes(&text), err);
        if (!st)
            st = jemput_store_commit(j->store, err);
        if (st)
            jemput_store_rollback(j->store);
    }
    jemput_buf_release(&text);
    return st;
}

enum jemput_status engine_claim_note(struct jemput *j, const struct jemput_join *join, bool *rival, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct jemput_record *joins;
    uint32_t count;
    uint32_t of_one = 0;
    bool there = false;
    enum jemput_status st = joins_read(j, &joins, &count, &arena, err);

    *rival = false;
    for (uint32_t i = 0; !st && i < count; i++) {
        *rival |= rivals(join, &joins[i].as.join);
        there |= memcmp(&joins[i].as.join, join, sizeof *join) == 0;
        of_one += rivals(join, &joins[i].as.join);
    }
    if (!st && !there && of_one < CLAIMS_OF_ONE_MAX)
        st = claims_write(j, joins, count, join, err);
    jemput_arena_release(&arena);
    return st;
}
