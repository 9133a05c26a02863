/* api/forget/places.c — who has said that nothing is left there of what was forgotten, who has not, and who is out of reach. See erase.h. */
#include "api/forget/erase.h"

#include <string.h>

#include "api/fork/copies.h"
#include "api/fork/resume.h"
#include "api/roster/device.h"
#include "api/roster/roster.h"

struct places {
    struct jemput *j;
    struct engine_handing handing;
    struct jemput_context heads; /* of all logs here */
    struct jemput_arena arena;
    jemput_forget_place_cb each;
    void *ctx;
    bool ended;
};

/* Every row that was forgotten? */
static enum jemput_status has_erased(struct jemput *j, const struct jemput_writer *writer, bool *out, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    *out = true;
    for (uint32_t i = 0; !st && *out && i < j->acts.count; i++)
        if (j->acts.of[i].act.record.kind == JEMPUT_RECORD_FORGET && engine_act_counts(j, &j->acts.of[i].act))
            st = engine_erased_by(j, writer, j->acts.of[i].segment, out, err);
    return st;
}

static bool was_handed_to(const struct engine_handed *h, const struct jemput_writer *writer)
{
    return jemput_writer_compare(h->writer, writer) == 0;
}

/* Who has ever been handed a key may have read, whatever its roles are now. */
static bool may_have_read(const struct engine_handing *handing, const struct jemput_member *m)
{
    bool handed = false;

    for (uint32_t i = 0; i < handing->count; i++)
        handed |= was_handed_to(&handing->of[i], &m->writer);
    return handed || engine_reads(m);
}

/* --- who is out of reach --- */

static bool is_gone(const struct jemput_roster *r, const struct jemput_member *m, uint32_t number)
{
    return m->device_number == number && (m->standing == JEMPUT_STANDING_REVOKED || jemput_roster_former(r, &m->writer) == m);
}

/* Of a device that is revoked, one of its keys stands for all: the newest that the roster still has. */
static bool stands_for_revoked(const struct jemput_roster *r, const struct jemput_member *m)
{
    bool stands = m->standing == JEMPUT_STANDING_REVOKED && device_newest(r, m->public_key) == m;

    for (uint32_t i = 0; stands && i < r->member_count; i++)
        stands = !is_gone(r, &r->members[i], m->device_number) || device_key_turn(r, r->members[i].public_key) <= device_key_turn(r, m->public_key);
    return stands;
}

/* What let it in is void, and nothing of its device is told of as a member. */
static bool stands_for_former(const struct jemput_roster *r, uint32_t index)
{
    const struct jemput_member *m = &r->former[index];
    bool stands = !device_newest(r, m->public_key);

    for (uint32_t i = 0; stands && i < r->member_count; i++)
        stands = !is_gone(r, &r->members[i], m->device_number);
    for (uint32_t i = 0; stands && i < index; i++)
        stands = r->former[i].device_number != m->device_number;
    return stands;
}

/* Did this device get it, under whichever of its keys that are gone? */
static bool gone_was_handed(const struct jemput_roster *r, const struct engine_handed *h, const struct jemput_member *gone)
{
    const struct jemput_member *m = jemput_roster_member(r, h->writer);

    m = m ? m : jemput_roster_former(r, h->writer);
    return m && is_gone(r, m, gone->device_number);
}

/* The first key epoch of the space after all that it was handed; 0 = it has the newest. */
static uint32_t sealed_since(struct jemput *j, const struct engine_handing *handing, const struct jemput_member *gone)
{
    uint32_t newest = 0;

    for (uint32_t i = 0; i < handing->count; i++)
        if (gone_was_handed(&j->roster, &handing->of[i], gone) && !engine_epoch_marks(&j->keyring, handing->of[i].number))
            newest = handing->of[i].number > newest ? handing->of[i].number : newest;
    for (uint32_t i = 0; i < j->keyring.epoch_count; i++) { /* ascending */
        const struct engine_keyring_epoch *e = &j->keyring.epochs[i];

        if (e->counts && !e->marks && e->act->record.as.epoch.number > newest)
            return e->act->record.as.epoch.number;
    }
    return 0;
}

/* --- the telling --- */

static enum jemput_status place_tell(struct places *p, const struct jemput_member *m, bool revoked, struct jemput_error *err)
{
    struct jemput_forget_place place = { .device_number = m->device_number, .reads = !revoked && may_have_read(&p->handing, m), .revoked = revoked };
    bool erased = false;
    enum jemput_status st = has_erased(p->j, &m->writer, &erased, err);

    if (st)
        return st;
    for (uint32_t i = 0; revoked && !place.reads && i < p->handing.count; i++)
        place.reads = gone_was_handed(&p->j->roster, &p->handing.of[i], m);
    place.erased = erased;
    place.sealed_since = revoked && place.reads ? sealed_since(p->j, &p->handing, m) : 0;
    jemput_hex_encode(place.writer, m->writer.id, sizeof m->writer.id);
    jemput_roles_text(place.roles, revoked ? m->granted_roles : m->roles);
    p->ended = p->each(p->ctx, &place) != 0;
    return JEMPUT_OK;
}

/* A store goes by its newest log; a copy of it that is used beside it, by its own. */
static enum jemput_status member_is_place(struct places *p, const struct jemput_member *m, bool *out, struct jemput_error *err)
{
    int64_t seen_ms;

    *out = m->standing == JEMPUT_STANDING_ACTIVE || m->standing == JEMPUT_STANDING_SUSPENDED;
    return *out && engine_superseded(p->j, m) ? engine_goes_on_beside(p->j, &p->heads, m, out, &seen_ms, err) : JEMPUT_OK;
}

static enum jemput_status members_tell(struct places *p, struct jemput_error *err)
{
    const struct jemput_roster *r = &p->j->roster;
    enum jemput_status st = jemput_store_heads(p->j->store, &p->heads, &p->arena, err);

    for (uint32_t i = 0; !st && !p->ended && i < r->member_count; i++) {
        const struct jemput_member *m = &r->members[i];
        bool there = false;

        st = member_is_place(p, m, &there, err);
        if (!st && (there || stands_for_revoked(r, m)))
            st = place_tell(p, m, !there, err);
    }
    return st;
}

/* What let them in is void now; they were handed keys all the same. */
static enum jemput_status former_tell(struct places *p, struct jemput_error *err)
{
    const struct jemput_roster *r = &p->j->roster;
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; !st && !p->ended && i < r->former_count; i++)
        if (stands_for_former(r, i))
            st = place_tell(p, &r->former[i], true, err);
    return st;
}

enum jemput_status jemput_forget_places(struct jemput *j, jemput_forget_place_cb each, void *ctx, struct jemput_error *err)
{
    struct places p = { .j = j, .each = each, .ctx = ctx };
    enum jemput_status st = engine_awake(j, err);

    if (!st)
        st = engine_roster_refresh(j, err);
    if (!st)
        st = engine_handing_take(j, &p.handing, &p.arena, err);
    if (!st)
        st = members_tell(&p, err);
    if (!st)
        st = former_tell(&p, err);
    jemput_arena_release(&p.arena);
    return st ? jemput_wrap(err, "forget") : JEMPUT_OK;
}
