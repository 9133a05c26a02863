/* api/cases/settle.c — a person's word on a case. See settle.h. */
#include "api/cases/settle.h"

#include <string.h>

#include "api/cases/cases.h"
#include "api/look/look.h"
#include "api/roster/roster.h"
#include "api/seal/seal.h"

#define ABOUT_DIGITS_MIN 4

/* Those whose count grows when more comes, or that are about one act. The others close by themselves, or by another act. */
bool case_may_be_settled(const char *kind)
{
    static const char *const kinds[] = { "refused", "revoked", "asks", "unsigned" };

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kind, kinds[i]) == 0)
            return true;
    return false;
}

/* --- which case --- */

static enum jemput_status case_hash(uint8_t out[32], const struct jemput *j, const char *kind, const char *about, struct jemput_error *err)
{
    struct jemput_buf in = JEMPUT_BUF_INIT(512);
    enum jemput_status st;

    jemput_buf_append_str(&in, "jemput case");
    jemput_buf_append(&in, j->space.id, sizeof j->space.id);
    jemput_buf_append(&in, kind, strlen(kind) + 1);
    jemput_buf_append_str(&in, about);
    st = jemput_buf_check(&in, "case", err);
    if (!st)
        jemput_hash256(out, jemput_buf_bytes(&in), NULL);
    jemput_buf_release(&in);
    return st;
}

/* In the order of stamp, segment hash, place. */
static bool comes_after(const struct jemput_act *a, const struct jemput_act *b)
{
    int order = a->stamp != b->stamp ? a->stamp < b->stamp ? -1 : 1 : memcmp(a->segment.bytes, b->segment.bytes, sizeof a->segment.bytes);

    return order ? order > 0 : a->place > b->place;
}

const struct jemput_act *case_settled(const struct jemput *j, const struct jemput_case *told)
{
    const struct jemput_act *newest = NULL;
    struct jemput_error unsaid;
    uint8_t of[32];

    if (!case_may_be_settled(told->kind) || case_hash(of, j, told->kind, told->about, &unsaid))
        return NULL;
    for (uint32_t i = 0; i < j->acts.count; i++) {
        const struct jemput_act *act = &j->acts.of[i].act;

        if (act->record.kind == JEMPUT_RECORD_SETTLE && memcmp(act->record.as.settle.of, of, sizeof of) == 0 && engine_act_counts(j, act) &&
            (!newest || comes_after(act, newest)))
            newest = act;
    }
    return newest && newest->record.as.settle.count >= told->count ? newest : NULL;
}

uint64_t case_asked_times(const struct jemput *j, const uint8_t public_key[JEMPUT_PUBLIC_KEY_BYTES])
{
    uint64_t times = 0;

    for (uint32_t i = 0; i < j->acts.count; i++) {
        const struct jemput_record *r = &j->acts.of[i].act.record;

        times += r->kind == JEMPUT_RECORD_JOIN && memcmp(r->as.join.public_key, public_key, sizeof r->as.join.public_key) == 0;
    }
    return times ? times : 1;
}

bool case_ask_settled(const struct jemput *j, const uint8_t public_key[JEMPUT_PUBLIC_KEY_BYTES])
{
    char about[2 * JEMPUT_PUBLIC_KEY_BYTES + 1];
    const struct jemput_case asks = { .kind = "asks", .about = about, .count = case_asked_times(j, public_key) };

    jemput_hex_encode(about, public_key, JEMPUT_PUBLIC_KEY_BYTES);
    return case_settled(j, &asks) != NULL;
}

/* --- the call --- */

struct finding {
    struct jemput *j;
    const struct jemput_case_settling *asked;
    unsigned found;
    struct jemput_settling made;
    bool open, settled;
};

static enum jemput_status case_find(void *ctx, const struct jemput_case *told, struct jemput_error *err)
{
    struct finding *f = ctx;

    if (strcmp(told->kind, f->asked->kind) != 0 || strncmp(told->about, f->asked->about, strlen(f->asked->about)) != 0)
        return JEMPUT_OK;
    f->found++;
    f->made.count = f->asked->open ? 0 : told->count;
    f->open = told->open != 0;
    f->settled = told->settled_why[0] != '\0';
    return case_hash(f->made.of, f->j, told->kind, told->about, err);
}

/* Does what is asked for make sense of the case that was found? */
static enum jemput_status finding_check(const struct finding *f, struct jemput_error *err)
{
    if (!f->found)
        return jemput_fail(err, JEMPUT_NOTFOUND, "there is no case '%s' that is about '%s'", f->asked->kind, f->asked->about);
    if (f->found > 1)
        return jemput_fail(err, JEMPUT_MISUSE, "%u cases of this kind begin so: give more of what it is about", f->found);
    if (f->asked->open && !f->settled)
        return jemput_fail(err, JEMPUT_EXISTS, "nobody has settled the case");
    if (!f->asked->open && !f->open)
        return jemput_fail(err, JEMPUT_EXISTS, "the case is settled already");
    return JEMPUT_OK;
}

static enum jemput_status settling_check(const struct jemput *j, const struct jemput_case_settling *asked, struct jemput_error *err)
{
    if (!engine_has_role(j, JEMPUT_ROLE_ADMIN) && !engine_has_role(j, JEMPUT_ROLE_PUSAT))
        return jemput_fail(err, JEMPUT_DENIED, "only an administrator, or central, settles a case");
    if (!case_may_be_settled(asked->kind))
        return jemput_fail(err, JEMPUT_MISUSE, "no case '%s' is settled by a word: it closes by itself, or by another act; or there is no such kind",
                           asked->kind);
    if (strlen(asked->about) < ABOUT_DIGITS_MIN)
        return jemput_fail(err, JEMPUT_MISUSE, "at least %d digits of what the case is about", ABOUT_DIGITS_MIN);
    return JEMPUT_OK;
}

static enum jemput_status settle(struct jemput *j, const struct jemput_case_settling *asked, struct jemput_error *err)
{
    struct finding f = { .j = j, .asked = asked };
    struct jemput_record record = { .kind = JEMPUT_RECORD_SETTLE };
    const char *fault;
    unsigned sealed = 0;
    enum jemput_status st = engine_roster_refresh(j, err);

    if (!st)
        st = settling_check(j, asked, err);
    if (!st)
        st = cases_each(j, case_find, &f, err);
    if (!st)
        st = finding_check(&f, err);
    if (st)
        return st;
    record.as.settle = f.made;
    record.as.settle.reason = jemput_bytes_str(asked->reason ? asked->reason : "");
    fault = jemput_record_fault(&record);
    if (fault)
        return jemput_fail(err, JEMPUT_MISUSE, "%s", fault);
    st = engine_seal_pending(j, &sealed, err); /* what was written before stands before it */
    if (!st)
        st = engine_seal_control(j, &record, 1, err);
    return st ? st : engine_roster_load(j, err);
}

enum jemput_status jemput_case_settle(struct jemput *j, const struct jemput_case_settling *asked, struct jemput_error *err)
{
    enum jemput_status st = engine_awake(j, err);

    if (!st)
        st = jemput_store_begin(j->store, ENGINE_LOCK_WAIT_MS, err);
    if (st)
        return jemput_wrap(err, "settle a case");
    st = settle(j, asked, err);
    if (!st)
        st = jemput_store_commit(j->store, err);
    if (st)
        engine_undo(j);
    return st ? jemput_wrap(err, "settle a case") : JEMPUT_OK;
}
