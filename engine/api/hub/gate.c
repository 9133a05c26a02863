/* api/hub/gate.c — who comes to a hub: its roster, told key by key, and tokens. */
#include <jemput/hub.h>

#include <string.h>

#include "api/audit/hub.h"
#include "identity/hubtoken.h"

/* --- the roster --- */

struct telling {
    jemput_hub_entry_cb each;
    void *ctx;
    bool found;
};

/* Of a key with several writers, the one whose standing is best: a device goes on under another epoch, and its former writer does not count. */
static bool best_of_key(const struct jemput_roster *r, uint32_t at)
{
    for (uint32_t i = 0; i < r->member_count; i++)
        if (memcmp(r->members[i].public_key, r->members[at].public_key, sizeof r->members[i].public_key) == 0 &&
            (r->members[i].standing < r->members[at].standing || (r->members[i].standing == r->members[at].standing && i < at)))
            return false;
    return true;
}

static enum jemput_hub_standing standing_of(const struct jemput_member *m)
{
    switch (m->standing) {
    case JEMPUT_STANDING_ACTIVE:
        return m->roles ? JEMPUT_HUB_ACTIVE : JEMPUT_HUB_SUSPENDED;
    case JEMPUT_STANDING_SUSPENDED:
        return JEMPUT_HUB_SUSPENDED;
    case JEMPUT_STANDING_ROTATED:
        return JEMPUT_HUB_ROTATED;
    case JEMPUT_STANDING_REVOKED:
        break;
    }
    return JEMPUT_HUB_REVOKED;
}

static enum jemput_status roster_tell(void *ctx, const struct jemput_roster *r, struct jemput_error *err)
{
    const unsigned authority = JEMPUT_ROLE_ADMIN | JEMPUT_ROLE_PUSAT;
    struct telling *t = ctx;
    int stop = 0;

    (void)err;
    t->found = r != NULL;
    for (uint32_t i = 0; r && !stop && i < r->member_count; i++) {
        const struct jemput_member *m = &r->members[i];
        struct jemput_hub_entry e = { .standing = standing_of(m), .device_number = m->device_number,
            .authority = m->root || ((m->roles | m->granted_roles) & authority) != 0 };

        memcpy(e.public_key, m->public_key, sizeof e.public_key);
        if (best_of_key(r, i))
            stop = t->each(t->ctx, &e);
    }
    for (uint32_t i = 0; r && !stop && i < r->invite_count; i++) {
        const struct jemput_invite *invite = &r->invites[i].invite;
        struct jemput_hub_entry e = { .standing = JEMPUT_HUB_INVITED, .device_number = invite->device_number, .expires_ms = invite->expires_ms };

        memcpy(e.public_key, invite->public_key, sizeof e.public_key);
        if (!r->invites[i].used)
            stop = t->each(t->ctx, &e);
    }
    return JEMPUT_OK;
}

enum jemput_status jemput_hub_roster(const char *path, struct jemput_env *env, char space[65], jemput_hub_entry_cb each, void *ctx,
                                     struct jemput_error *err)
{
    struct telling t = { each, ctx, false };
    enum jemput_status st = hub_roster_use(path, env, roster_tell, &t, space, err);

    return st || t.found ? st : jemput_fail(err, JEMPUT_NOTFOUND, "no genesis segment says who is enrolled");
}

/* --- tokens --- */

enum jemput_status jemput_hub_token_check(const char *token, const char *address, const char *space, struct jemput_hub_guest *out,
                                          struct jemput_error *err)
{
    struct jemput_hub_token t;
    struct jemput_space known;
    char written[JEMPUT_HUB_ADDRESS_MAX];
    enum jemput_status st = jemput_crypto_init(err);

    if (!st && !jemput_hub_address_write(written, address))
        st = jemput_fail(err, JEMPUT_MISUSE, "not an address of a hub, or too long");
    if (!st && space && !jemput_hex_decode(known.id, sizeof known.id, jemput_bytes_str(space)))
        st = jemput_fail(err, JEMPUT_MISUSE, "no space");
    if (!st)
        st = jemput_hub_token_read(&t, jemput_bytes_str(token), written, err);
    if (!st && t.joins && space && !jemput_join_verify(&t.join, &known))
        st = jemput_fail(err, JEMPUT_CORRUPT, "the invitation has not signed this request");
    if (st)
        return st;
    *out = (struct jemput_hub_guest){ .time_s = t.time_s, .joins = t.joins && space };
    memcpy(out->public_key, t.public_key, sizeof out->public_key);
    if (out->joins)
        memcpy(out->invite_key, t.join.invite_key, sizeof out->invite_key);
    return JEMPUT_OK;
}
