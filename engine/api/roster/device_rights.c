/* api/roster/device_rights.c — other rights for a device, or none: one record for each of its keys, in one segment.
 *
 * A record of a cut is about one key. A device that took others has several, and the thief who took the newest one had the older one before: what
 * that signed behind the cut must go with it. The newest key comes first, for when an older one is cut off before it was given up, the newer ones
 * were never let in. A key of which nothing falls, and under which nothing more can be signed that counts, needs no word. */
#include "api/roster/device.h"

#include <string.h>

struct righting {
    struct jemput *j;
    const struct jemput_device_act *act;
    struct device_keys keys;
    struct device_cut_order order;
    struct device_cut *cuts; /* beside the keys */
    enum jemput_revoke_reason reason;
    struct engine_records *out;
};

enum jemput_status device_rights_read(const struct jemput_device_act *act, bool none, unsigned *roles, struct jemput_bytes *scope,
                                      struct jemput_error *err)
{
    if (act->scope)
        *scope = jemput_bytes_str(act->scope);
    if (!jemput_scope_valid(*scope))
        return jemput_fail(err, JEMPUT_MISUSE, "scope '%s' is not a region prefix such as 16.74.05", act->scope);
    if (!act->roles)
        return JEMPUT_OK;
    *roles = none && strcmp(act->roles, "none") == 0 ? 0 : jemput_roles_parse(jemput_bytes_str(act->roles));
    if (!*roles && !(none && strcmp(act->roles, "none") == 0))
        return jemput_fail(err, JEMPUT_MISUSE, "no roles in '%s': name petugas, kelurahan, verifikator, admin, pusat or kominfo", act->roles);
    return JEMPUT_OK;
}

/* What the device was let in with, or had when it took its newest key; a key that was taken without rights came with none. */
static const struct jemput_member *granted(const struct righting *r)
{
    for (uint32_t i = 0; i < r->keys.count; i++)
        if (r->keys.of[i]->granted_roles)
            return r->keys.of[i];
    return r->keys.of[0];
}

static enum jemput_status order_read(struct righting *r, struct jemput_error *err)
{
    const struct jemput_member *held = r->keys.of[0];

    r->order.after = r->act->after;
    r->order.since = r->act->since;
    r->order.revokes = r->act->kind == JEMPUT_ACT_REVOKE;
    if (r->order.revokes) {
        r->reason = jemput_revoke_reason_parse(jemput_bytes_str(r->act->reason ? r->act->reason : ""));
        return r->reason ? JEMPUT_OK : jemput_fail(err, JEMPUT_MISUSE, "a revocation needs its reason: lost, stolen, leaked or left");
    }
    if (held->standing == JEMPUT_STANDING_REVOKED || held->standing == JEMPUT_STANDING_ROTATED)
        return jemput_fail(err, JEMPUT_EXISTS, "device %u was revoked, or goes on under another key: its rights cannot change any more",
                           (unsigned)held->device_number);
    r->order.roles = granted(r)->granted_roles;
    r->order.scope = granted(r)->granted_scope;
    return device_rights_read(r->act, true, &r->order.roles, &r->order.scope, err);
}

/* Would the next segment of one of the key's logs count with other rights than these? */
static bool key_is_open(const struct righting *r, const struct jemput_member *key)
{
    const struct jemput_roster *roster = &r->j->roster;

    for (uint32_t i = 0; i < roster->member_count; i++) {
        const struct jemput_member *m = &roster->members[i];
        bool counts = m->standing == JEMPUT_STANDING_ACTIVE || m->standing == JEMPUT_STANDING_SUSPENDED;

        if (counts && memcmp(m->public_key, key->public_key, sizeof m->public_key) == 0 && !device_rights_same(&r->order, m->roles, m->scope))
            return true;
    }
    return false;
}

static enum jemput_status record_add(struct righting *r, uint32_t at, struct jemput_error *err)
{
    struct jemput_record record = { .kind = r->order.revokes ? JEMPUT_RECORD_REVOKE : JEMPUT_RECORD_CHANGE };
    struct jemput_revocation *revoke = &record.as.revoke;
    struct jemput_change_of_rights *change = &record.as.change;

    if (r->order.revokes) {
        memcpy(revoke->public_key, r->keys.of[at]->public_key, sizeof revoke->public_key);
        revoke->reason = r->reason;
        revoke->heads = r->cuts[at].heads;
    } else {
        memcpy(change->public_key, r->keys.of[at]->public_key, sizeof change->public_key);
        change->roles = r->order.roles;
        change->scope = r->order.scope;
        change->heads = r->cuts[at].heads;
    }
    return engine_records_add(r->out, &record, err);
}

static void report_add(struct jemput_device_act_report *report, const struct device_cut *cut)
{
    report->segments_stay += cut->segments_stay;
    report->segments_fall += cut->segments_fall;
    report->txns_stay += cut->txns_stay;
    report->txns_fall += cut->txns_fall;
}

enum jemput_status device_rights_compose(struct jemput *j, const struct jemput_device_act *act, const struct jemput_member *member,
                                         struct engine_records *out, struct jemput_device_act_report *report, struct jemput_error *err)
{
    struct righting r = { .j = j, .act = act, .out = out };
    enum jemput_status st = device_keys(&j->roster, member, &r.keys, out->arena, err);

    if (!st)
        st = order_read(&r, err);
    if (st)
        return st;
    r.cuts = jemput_arena_array(out->arena, r.keys.count, sizeof *r.cuts);
    if (!r.cuts)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a device's keys");
    st = device_cuts_find(j, &r.keys, &r.order, r.cuts, out->arena, err);
    for (uint32_t i = 0; !st && i < r.keys.count; i++) {
        report_add(report, &r.cuts[i]);
        if (r.cuts[i].segments_fall || key_is_open(&r, r.keys.of[i]))
            st = record_add(&r, i, err);
    }
    if (!st && !out->count && r.order.revokes)
        st = jemput_fail(err, JEMPUT_EXISTS, "device %u is revoked already, or this key of it was given up, and nothing more of it would fall",
                         (unsigned)member->device_number);
    return st;
}
