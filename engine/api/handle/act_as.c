/* api/handle/act_as.c — rights narrowed for a while: a program that writes for people has their rights judged, not its own (jemput/app.h). What
 * COMMIT is asked with, engine_acting() says; merging knows nothing of it, and need not: it judges by the device's rights, which are more. */
#include <string.h>

#include "api/engine.h"
#include "api/handle/moment.h"
#include "api/judge/policy.h"
#include "identity/policy.h"
#include "store/schema/policy.h"
#include "store/verdict/refusal.h"

void engine_acting(const struct jemput *j, unsigned *roles, struct jemput_bytes *scope)
{
    struct jemput_bytes wanted = jemput_bytes_str(j->acting.scope);

    if (!j->acting.on)
        return;
    *roles &= j->acting.roles;
    if (!wanted.len)
        return;
    if (!jemput_scope_covers(*scope, wanted)) /* the device's own has moved away meanwhile */
        *roles = 0;
    *scope = wanted;
}

/* Is there anything that could be narrowed? */
static enum jemput_status policy_look(struct jemput *j, struct jemput_error *err)
{
    struct jemput_policy_calls calls = { .serial = -1 };
    enum jemput_status st = jemput_store_policy_calls(j->store, &calls, err);

    if (!st && !calls.count)
        st = jemput_fail(err, JEMPUT_MISUSE, "the schema has no policy: every role may do the same");
    jemput_arena_release(&calls.arena);
    return st;
}

static enum jemput_status acting_check(struct jemput *j, const struct engine_acting *acting, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct jemput_rights own;
    enum jemput_status st = policy_look(j, err);

    if (!st)
        st = engine_rights_noted(j, &own, &arena, err);
    if (!st && !(own.roles & acting->roles))
        st = jemput_fail(err, JEMPUT_DENIED, "this device has none of these roles");
    if (!st && acting->scope[0] && !jemput_scope_covers(own.scope, jemput_bytes_str(acting->scope)))
        st = jemput_fail(err, JEMPUT_DENIED, "the region is not within this device's");
    jemput_arena_release(&arena);
    return st;
}

enum jemput_status jemput_act_as(struct jemput *j, const char *roles, const char *scope, struct jemput_error *err)
{
    struct engine_acting acting = { .on = roles != NULL };
    bool mine = false;
    enum jemput_status st = engine_awake(j, err);

    if (!st && jemput_store_app_writing(j->store))
        st = jemput_fail(err, JEMPUT_MISUSE, "the app has a transaction open: it is judged when it ends");
    if (!st && acting.on) {
        acting.roles = jemput_roles_parse(jemput_bytes_str(roles));
        if (!acting.roles)
            st = jemput_fail(err, JEMPUT_MISUSE, "there are no such roles");
        else if (!jemput_scope_valid(jemput_bytes_str(scope ? scope : "")))
            st = jemput_fail(err, JEMPUT_MISUSE, "it is not a region");
        else
            memcpy(acting.scope, scope ? scope : "", strlen(scope ? scope : "") + 1);
    }
    if (!st && acting.on)
        st = engine_moment(j, &mine, err);
    if (!st && acting.on)
        st = acting_check(j, &acting, err);
    engine_moment_end(j, mine);
    if (!st)
        j->acting = acting;
    return st ? jemput_wrap(err, "act as") : JEMPUT_OK;
}
