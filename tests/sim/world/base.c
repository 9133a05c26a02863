/* sim/world/base.c — see base.h. */
#include "base.h"

#include <stdio.h>
#include <string.h>

#include "crypto/crypto.h"
#include "failure.h"
#include "rights.h"
#include "support/sealed.h"
#include "triggers.h"

#define DAY_MS 86400000

struct founding {
    struct base *base;
    struct sim_env sims[DEVICES_MAX];
    struct hub_files files;
    struct jemput *devices[DEVICES_MAX];
};

struct crash_vfs *base_disk(unsigned device)
{
    static struct crash_vfs *disks[DEVICES_MAX];
    char name[32];

    if (!disks[device]) {
        snprintf(name, sizeof name, "world-%u", device);
        disks[device] = crash_vfs_new(name);
    }
    return disks[device];
}

static void must(enum jemput_status st, const struct jemput_error *err, const char *what)
{
    if (st)
        failure("founding: %s: %s (%s)", what, err->text, jemput_status_name(st));
}

const struct jemput_secret *base_secret(const struct base *b, unsigned device)
{
    struct rng rng = rng_of(b->fleet, 2000000 + device);

    return rng_below(&rng, 2) ? sealed_secret() : NULL;
}

const char *base_scope(const struct base *b, unsigned device)
{
    static const char *const scopes[] = { "", "", "a", "ab", "b" };
    struct rng rng = rng_of(b->fleet, 3000000 + device);
    bool bound = false;

    for (unsigned i = 0; i < b->schema.table_count; i++)
        bound = bound || b->schema.tables[i].rights.bound;
    return bound ? scopes[rng_below(&rng, 5)] : "";
}

const unsigned char *base_stick(unsigned stick)
{
    static unsigned char seeds[STICKS_MAX][JEMPUT_SEED_BYTES];

    memset(seeds[stick], (int)(0x51 + stick), sizeof seeds[stick]);
    return seeds[stick];
}

static void found_space(struct founding *f)
{
    unsigned char keys[STICKS_MAX][32];
    const struct jemput_founding founding = { .schema = f->base->schema.sql, .roles = f->base->central == 0 ? "admin,pusat" : "admin",
                                              .secret = base_secret(f->base, 0), .root_count = f->base->sticks,
                                              .root_keys = (const unsigned char (*)[32])keys, .threshold = f->base->sticks ? 2 : 0 };
    struct jemput_error err;

    for (unsigned i = 0; i < STICKS_MAX; i++) {
        struct jemput_keypair pair;

        jemput_keypair_from_seed(&pair, base_stick(i));
        memcpy(keys[i], pair.public_key, sizeof keys[i]);
    }
    must(jemput_found(&f->devices[0], "device.db", &founding, &f->sims[0].env, &err), &err, "init");
}

static int waiting_see(void *ctx, const struct jemput_waiting *waiting)
{
    snprintf(ctx, 65, "%s", waiting->act);
    return 0;
}

/* The invitation of an administrator waits for the second signature. */
static void found_sign(struct founding *f)
{
    struct jemput_device_act act = { .kind = JEMPUT_ACT_APPROVE, .root_seed = base_stick(0) };
    struct jemput_device_act_report report;
    struct jemput_error err;
    char waits[65] = "";

    must(jemput_waiting_each(f->devices[0], waiting_see, waits, &err), &err, "look what waits");
    act.device = waits;
    if (waits[0])
        must(jemput_device_act(f->devices[0], &act, &report, &err), &err, "sign");
}

static void found_device(struct founding *f, unsigned i)
{
    struct sim_env *sim = &f->sims[i], *admin = &f->sims[0];
    const char *roles = (int)i == f->base->central ? "pusat" : i && i == f->base->second ? "admin" : "petugas";
    const char *scope = strcmp(roles, "petugas") == 0 ? base_scope(f->base, i) : "";
    struct jemput_error err;
    char *invitation = NULL;
    size_t len = 0;

    if (i == 0) {
        found_space(f);
    } else {
        must(jemput_invite(f->devices[0], roles, scope, "", admin->wall_ms + DAY_MS, &invitation, &len, &err), &err, "invite");
        found_sign(f);
        must(jemput_join_sealed(&f->devices[i], "device.db", invitation, len, base_secret(f->base, i), &sim->env, &err), &err, "join");
        jemput_text_free(invitation);
    }
    sim_env_use_real_files(sim, &f->files.env);
}

/* All know each other and are in sync: nothing moves any more. */
static void found_settle(struct founding *f)
{
    struct jemput_sync_options options = { .hub = hub_path(0) };
    uint64_t moved = 1;

    for (unsigned round = 0; moved; round++) {
        moved = 0;
        if (round == 10)
            failure("founding: the fleet does not come to rest");
        for (unsigned i = 0; i < f->base->count; i++) {
            struct jemput_sync_report r;
            struct jemput_error err;

            sim_env_advance(&f->sims[i], 1000);
            must(jemput_sync(f->devices[i], &options, &r, &err), &err, "sync");
            moved += r.segments_sent + r.segments_fetched;
        }
    }
}

static void shape_choose(struct base *b, struct rng *rng)
{
    static const unsigned sizes[] = { 0, 0, 0, 8, 5, 3, 2, 1, 1, 0, 1, 0, 1 };
    static const unsigned centrals[] = { 2, 4, 2 };
    struct rng aside;

    b->count = rng_weighted(rng, sizes, DEVICES_MAX + 1);
    b->central = (int)rng_weighted(rng, centrals, 3) - 1;
    aside = rng_of(b->fleet, 4000000);
    b->trusts = rng_one_in(&aside, 4);
    if (b->trusts && b->count > 3 && rng_below(&aside, 3))
        b->second = 2;
    if (b->second && rng_one_in(&aside, 2))
        b->sticks = STICKS_MAX;
}

void base_found(struct base *b, uint64_t fleet, unsigned features)
{
    static struct founding f;
    struct rng rng = rng_of(fleet, 1000000), aside;
    struct jemput_error err;

    base_release(b);
    memset(&f, 0, sizeof f);
    f.base = b;
    b->fleet = fleet;
    values_clear();
    shape_choose(b, &rng);
    schema_make(&b->schema, &rng, features);
    rights_make(&b->schema, &rng);
    aside = rng_of(fleet, 5000000);
    triggers_make(&b->schema, &aside);
    for (unsigned i = 0; i < DEVICES_MAX; i++) {
        struct crash_vfs *disk = base_disk(i);
        struct crash_disk empty;
        struct crash_snapshot *nothing;

        crash_disk_init(&empty);
        nothing = crash_disk_snapshot(&empty);
        crash_vfs_restore(disk, nothing);
        crash_snapshot_free(nothing);
        crash_disk_release(&empty);
        sim_env_init(&f.sims[i], disk, fleet * 100 + i + 1);
    }
    hub_files_init(&f.files);
    hub_put(NULL, 0);
    must(jemput_hub_init(hub_path(0), NULL, &err), &err, "make hub");
    for (unsigned i = 0; i < b->count; i++)
        found_device(&f, i);
    found_settle(&f);
    for (unsigned i = 0; i < b->count; i++) {
        jemput_close(f.devices[i]);
        b->wall_ms[i] = f.sims[i].wall_ms;
        b->disks[i] = crash_vfs_snapshot(base_disk(i));
    }
    b->hub = hub_remember(0);
}

void base_release(struct base *b)
{
    for (unsigned i = 0; i < DEVICES_MAX; i++)
        crash_snapshot_free(b->disks[i]);
    hub_forget(b->hub);
    memset(b, 0, sizeof *b);
}
