/* api/judge/policy.c — the policy at write time: what the app's connection asks at COMMIT, on the app's thread. Own roles and scope stand as facts
 * in the store, written whenever the roster moves, so that they are read in the app's own transaction and no memory is shared with a sync. */
#include "identity/policy.h"

#include <string.h>

#include "api/engine.h"
#include "api/facts.h"
#include "api/judge/policy.h"
#include "store/schema/policy.h"

/* --- a call, when it is made --- */

static bool steps_have(const uint16_t *steps, uint16_t count, uint16_t column)
{
    for (uint16_t i = 0; i < count; i++)
        if (steps[i] == column)
            return true;
    return false;
}

enum jemput_status engine_policy_check(void *engine, const struct jemput_table *table, struct jemput_bytes roles, struct jemput_bytes rules,
                                       uint16_t *steps, uint16_t *step_count, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct jemput_policy_rule rule;
    enum jemput_status st = jemput_policy_read(&rule, table, roles, rules, &arena, err);

    (void)engine;
    for (uint16_t c = 0; !st && table && c < table->column_count; c++)
        for (uint16_t i = 0; i < rule.step_count; i++)
            if (rule.steps[i].column == c && !steps_have(steps, *step_count, c))
                steps[(*step_count)++] = c;
    jemput_arena_release(&arena);
    return st;
}

/* --- a change, when it is made --- */

/* The calls that bear on one table, read. */
struct engine_table_policy {
    bool read;
    struct jemput_policy policy;
};

static enum jemput_status table_policy_read(struct engine_table_policy *out, const struct jemput_policy_calls *calls,
                                            const struct jemput_table *table, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_policy p = { .rules = jemput_arena_array(arena, calls->count, sizeof *p.rules) };
    enum jemput_status st = p.rules ? JEMPUT_OK : jemput_fail(err, JEMPUT_NOMEM, "no memory for a policy");

    for (uint32_t i = 0; !st && i < calls->count; i++) {
        const struct jemput_policy_call *call = &calls->of[i];

        if (call->table && call->table != table->id)
            continue;
        st = jemput_policy_read(&p.rules[p.count], call->table ? table : NULL, call->roles, call->rules, arena, err);
        if (!st)
            p.rules[p.count++].since = call->since;
    }
    if (!st)
        *out = (struct engine_table_policy){ true, p };
    return st;
}

/* Room for a table of this id. What was given out before stays as it is, in the arena. */
static enum jemput_status policies_reserve(struct engine_policies *kept, uint32_t id, struct jemput_error *err)
{
    uint32_t room = id + 16;
    struct engine_table_policy *of;

    if (id <= kept->room)
        return JEMPUT_OK;
    of = jemput_arena_array(&kept->arena, room, sizeof *of);
    if (!of)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a policy");
    if (kept->room)
        memcpy(of, kept->of, kept->room * sizeof *of);
    kept->of = of;
    kept->room = room;
    return JEMPUT_OK;
}

enum jemput_status engine_policy_of(struct engine_policies *kept, const struct jemput_policy_calls *calls, const struct jemput_table *table,
                                    const struct jemput_policy **out, struct jemput_error *err)
{
    uint32_t id = table->id;
    enum jemput_status st;

    if (kept->serial != calls->serial) {
        jemput_arena_release(&kept->arena);
        *kept = (struct engine_policies){ .serial = calls->serial };
    }
    st = policies_reserve(kept, id, err);
    if (st)
        return st;
    *out = &kept->of[id - 1].policy;
    return kept->of[id - 1].read ? JEMPUT_OK : table_policy_read(&kept->of[id - 1], calls, table, &kept->arena, err);
}

static enum jemput_policy_region region_before(void *ctx, const struct jemput_change *change, uint16_t column, struct jemput_bytes scope)
{
    const struct jemput_ask *ask = ctx;
    const struct jemput_value *region = ask->before ? &ask->before[column] : NULL;

    (void)change;
    return region && region->type == JEMPUT_TEXT && jemput_scope_covers(scope, region->bytes) ? JEMPUT_REGION_WITHIN : JEMPUT_REGION_OUTSIDE;
}

enum jemput_status engine_may_write(void *engine, const struct jemput_ask *ask, struct jemput_error *err)
{
    const struct jemput_policy_regions regions = { region_before, (void *)ask };
    struct jemput_buf text = JEMPUT_BUF_INIT(512);
    const struct jemput_policy *policy;
    struct jemput_policy_answer answer;
    struct jemput *j = engine;
    unsigned roles = ask->roles;
    struct jemput_bytes scope = ask->scope;
    enum jemput_status st = engine_policy_of(&j->policies, ask->calls, ask->table, &policy, err);

    if (st)
        return st;
    engine_acting(j, &roles, &scope);
    answer = jemput_policy_judge(policy, UINT32_MAX, roles, scope, ask->table, ask->change, &regions);
    if (answer.fault == JEMPUT_POLICY_ALLOWED)
        return JEMPUT_OK;
    jemput_policy_say(&text, &answer, roles, ask->table, ask->change->op);
    st = jemput_fail(err, JEMPUT_DENIED, "policy: %.*s; nothing of this transaction was saved", (int)text.len,
                     text.data ? (const char *)text.data : "");
    jemput_buf_release(&text);
    return st;
}

/* --- what this device is --- */

enum jemput_status engine_rights_put(struct jemput *j, unsigned roles, struct jemput_bytes scope, struct jemput_error *err)
{
    enum jemput_status st = jemput_store_number_put(j->store, FACT_ROLES, roles, err);

    return st ? st : jemput_store_fact_put(j->store, FACT_SCOPE, scope, err);
}

enum jemput_status engine_rights_noted(struct jemput *j, struct jemput_rights *out, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_buf scope = JEMPUT_BUF_INIT(JEMPUT_SCOPE_BYTES_MAX + 1);
    int64_t roles = 0;
    enum jemput_status st = jemput_store_number_get(j->store, FACT_ROLES, 0, &roles, err);

    if (!st)
        st = jemput_store_fact_get(j->store, FACT_SCOPE, &scope, err);
    if (st == JEMPUT_NOTFOUND)
        st = JEMPUT_OK;
    *out = (struct jemput_rights){ .roles = (unsigned)roles, .scope = jemput_arena_copy(arena, jemput_buf_bytes(&scope)) };
    if (!st && !out->scope.data)
        st = jemput_fail(err, JEMPUT_NOMEM, "no memory for a scope");
    jemput_buf_release(&scope);
    return st;
}

/* Are the facts what the roster says? Without this device in it, they are what the invitation says. */
static enum jemput_status rights_stale(struct jemput *j, const struct jemput_member *me, bool *out, struct jemput_error *err)
{
    struct jemput_buf scope = JEMPUT_BUF_INIT(JEMPUT_SCOPE_BYTES_MAX + 1);
    int64_t roles;
    enum jemput_status st = jemput_store_number_get(j->store, FACT_ROLES, -1, &roles, err);

    if (!st)
        st = jemput_store_fact_get(j->store, FACT_SCOPE, &scope, err);
    if (st == JEMPUT_NOTFOUND)
        st = JEMPUT_OK;
    if (!st)
        *out = roles != (int64_t)me->roles || !jemput_bytes_equal(jemput_buf_bytes(&scope), me->scope);
    jemput_buf_release(&scope);
    return st;
}

/* One whose number somebody else has got meanwhile was let in under another: its receipt codes go on with that. */
static enum jemput_status number_follow(struct jemput *j, const struct jemput_member *me, struct jemput_error *err)
{
    int64_t number;
    enum jemput_status st = jemput_store_number_get(j->store, FACT_DEVICE_NUMBER, 0, &number, err);

    return st || number == me->device_number ? st : jemput_store_number_put(j->store, FACT_DEVICE_NUMBER, me->device_number, err);
}

enum jemput_status engine_rights_follow(struct jemput *j, struct jemput_error *err)
{
    const struct jemput_member *me = jemput_roster_member(&j->roster, &j->writer);
    bool stale = false;
    enum jemput_status st = me ? rights_stale(j, me, &stale, err) : JEMPUT_OK;

    if (!st && me)
        st = number_follow(j, me, err);
    return st || !stale ? st : engine_rights_put(j, me->roles, me->scope, err);
}
