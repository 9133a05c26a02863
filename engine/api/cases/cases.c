/* api/cases/cases.c — the register of kinds of cases. See cases.h. */
#include "api/cases/cases.h"

#include <stdio.h>
#include <string.h>

#include "api/cases/settle.h"
#include "api/handle/moment.h"
#include "api/look/look.h"
#include "api/roster/roster.h"

typedef enum jemput_status (*kind_fn)(struct jemput *j, case_fn tell, void *ctx, struct jemput_error *err);

static const kind_fn kinds[] = { cases_refused, cases_revoked, cases_stopped, cases_forked, cases_copied, cases_state, cases_hub,
                                 cases_asking, cases_unadmitted, cases_old_key, cases_unsigned, cases_schema, cases_forgotten };

struct settled_telling { /* each case as it is, and what a person has said of it */
    struct jemput *j;
    case_fn tell;
    void *ctx;
};

static enum jemput_status tell_settled(void *ctx, const struct jemput_case *told, struct jemput_error *err)
{
    const struct settled_telling *t = ctx;
    const struct jemput_act *act = told->open ? case_settled(t->j, told) : NULL;
    char by[CASE_LABEL_BYTES] = "", why[JEMPUT_NOTE_BYTES_MAX + 1] = "";
    struct jemput_case copy = *told;

    if (act) {
        const struct jemput_bytes reason = act->record.as.settle.reason;

        case_label(t->j, &act->author, by);
        memcpy(why, reason.data, reason.len);
        why[reason.len] = '\0';
        copy.open = 0;
    }
    copy.may_settle = case_may_be_settled(told->kind);
    copy.settled_by = by;
    copy.settled_why = why;
    return t->tell(t->ctx, &copy, err);
}

enum jemput_status cases_each(struct jemput *j, case_fn tell, void *ctx, struct jemput_error *err)
{
    struct settled_telling t = { j, tell, ctx };
    enum jemput_status st = JEMPUT_OK;

    for (size_t i = 0; !st && i < sizeof kinds / sizeof *kinds; i++)
        st = kinds[i](j, tell_settled, &t, err);
    return st;
}

void case_label(struct jemput *j, const struct jemput_writer *writer, char out[CASE_LABEL_BYTES])
{
    const struct jemput_member *now = jemput_roster_member(&j->roster, writer), *m = now ? now : jemput_roster_former(&j->roster, writer);

    out[0] = '\0';
    if (m)
        (void)snprintf(out, CASE_LABEL_BYTES, "%s %02u%s", look_role_word(m->roles ? m->roles : m->granted_roles), (unsigned)m->device_number,
                       now ? "" : "?");
}

/* --- the call --- */

struct telling {
    jemput_case_cb each;
    void *ctx;
};

static enum jemput_status tell(void *ctx, const struct jemput_case *told, struct jemput_error *err)
{
    const struct telling *t = ctx;

    return t->each(t->ctx, told) ? jemput_fail(err, JEMPUT_CANCELLED, "the callback stops") : JEMPUT_OK;
}

enum jemput_status jemput_cases(struct jemput *j, jemput_case_cb each, void *ctx, struct jemput_error *err)
{
    struct telling t = { each, ctx };
    bool mine = false;
    enum jemput_status st = engine_look_begin(j, &mine, err);

    if (!st)
        st = cases_each(j, tell, &t, err);
    engine_moment_end(j, mine);
    return look_stopped(st);
}
