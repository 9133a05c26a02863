/* sim/roll.c — see roll.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "bad.h"
#include "forge.h"
#include "roll.h"

struct jemput_device_act_report roll_act(struct fleet *f, unsigned device, struct jemput_device_act act)
{
    struct jemput_device_act_report report;
    struct jemput_error err;

    sim_env_advance(&f->devices[device].sim, 1000);
    if (jemput_device_act(f->devices[device].jemput, &act, &report, &err))
        fail_msg("act %d on '%s': %s", (int)act.kind, act.device, err.text);
    return report;
}

void roll_refused(struct fleet *f, unsigned device, struct jemput_device_act act, enum jemput_status expected, const char *word)
{
    struct jemput_device_act_report report;
    struct jemput_error err;
    enum jemput_status st = jemput_device_act(f->devices[device].jemput, &act, &report, &err);

    if (st != expected || !strstr(err.text, word))
        fail_msg("act %d on '%s': %s: %s", (int)act.kind, act.device, jemput_status_name(st), st ? err.text : "it was done");
}

struct wanted {
    uint32_t number;
    const char *asks; /* else one of the roster */
    struct roll_device out;
};

static void text_copy(char *out, size_t size, const char *text)
{
    snprintf(out, size, "%s", text);
}

static int device_see(void *ctx, const struct jemput_device *d)
{
    struct wanted *w = ctx;
    struct roll_device *out = &w->out;

    if ((d->state == JEMPUT_DEVICE_ASKS) != (w->asks != NULL))
        return 0;
    if (w->asks ? strncmp(d->key, w->asks, strlen(w->asks)) != 0 : d->device_number != w->number)
        return 0;
    *out = (struct roll_device){ .found = 1, .state = d->state, .root = d->root, .carries_on_for = d->carries_on_for,
        .schema_version = d->schema_version, .self = d->self, .clock_doubtful = d->clock_doubtful, .segments = d->segments, .unsent = d->unsent,
        .last_seen_ms = d->last_seen_ms, .last_receipt_ms = d->last_receipt_ms, .key_turn = d->key_turn, .store_mib = d->store_mib,
        .free_mib = d->free_mib };
    text_copy(out->version, sizeof out->version, d->version);
    text_copy(out->key, sizeof out->key, d->key);
    text_copy(out->writer, sizeof out->writer, d->writer);
    text_copy(out->roles, sizeof out->roles, d->roles);
    text_copy(out->scope, sizeof out->scope, d->scope);
    text_copy(out->reason, sizeof out->reason, d->reason);
    text_copy(out->why, sizeof out->why, d->why);
    text_copy(out->label, sizeof out->label, d->label);
    return 0;
}

static struct roll_device look(struct fleet *f, unsigned device, struct wanted *w)
{
    struct jemput_error err;

    if (jemput_devices(f->devices[device].jemput, device_see, w, &err))
        fail_msg("%s", err.text);
    return w->out;
}

struct roll_device roll_device(struct fleet *f, unsigned device, uint32_t number)
{
    struct wanted w = { .number = number };

    if (!look(f, device, &w).found)
        fail_msg("device %u knows of no number %u", device, (unsigned)number);
    return w.out;
}

struct roll_device roll_asks(struct fleet *f, unsigned device, const char *key)
{
    struct wanted w = { .asks = key };

    return look(f, device, &w);
}

void roll_expect(struct fleet *f, unsigned device, uint32_t number, enum jemput_device_state state, const char *roles, const char *scope)
{
    struct roll_device d = roll_device(f, device, number);

    if (d.state != state || strcmp(d.roles, roles) != 0 || strcmp(d.scope, scope) != 0)
        fail_msg("device %u has number %u in state %d with '%s' of '%s'", device, (unsigned)number, (int)d.state, d.roles, d.scope);
}

struct waiting_seen {
    unsigned count;
    char *act;
    uint32_t *signers;
};

static int waiting_see(void *ctx, const struct jemput_waiting *waiting)
{
    struct waiting_seen *w = ctx;

    w->count++;
    memcpy(w->act, waiting->act, 65);
    *w->signers = waiting->signers;
    return 0;
}

unsigned roll_waiting(struct fleet *f, unsigned device, char act[65], uint32_t *signers)
{
    struct waiting_seen w = { .act = act, .signers = signers };
    struct jemput_error err;

    if (jemput_waiting_each(f->devices[device].jemput, waiting_see, &w, &err))
        fail_msg("%s", err.text);
    return w.count;
}

uint32_t roll_epoch(struct fleet *f, unsigned device)
{
    uint8_t key[JEMPUT_SEAL_KEY_BYTES];
    struct jemput_error err;
    uint32_t number;

    assert_int_equal(engine_epoch_current(f->devices[device].jemput, &number, key, &err), JEMPUT_OK);
    return number;
}

uint64_t roll_segments(struct fleet *f, unsigned device)
{
    struct jemput *j = f->devices[device].jemput;
    struct jemput_segment last;
    struct jemput_error err;
    enum jemput_status st = jemput_store_own_last(j->store, &j->writer, &last, &err);

    if (st == JEMPUT_NOTFOUND)
        return 0;
    assert_int_equal(st, JEMPUT_OK);
    return last.number;
}

unsigned roll_join(struct fleet *f, unsigned by, const char *roles)
{
    struct jemput_error err;
    char *invitation;
    size_t len;

    if (jemput_invite(f->devices[by].jemput, roles, "", "", f->devices[by].sim.wall_ms + 24 * INT64_C(3600000), &invitation, &len, &err))
        fail_msg("%s", err.text);
    fleet_device_add(f, invitation, len);
    jemput_text_free(invitation);
    return f->count - 1;
}

struct jemput_oid roll_tip(struct fleet *f, unsigned device, unsigned hub)
{
    return forge_tip(fleet_hub(f, hub), bad_ref(f, device));
}

void roll_tip_put(struct fleet *f, unsigned device, unsigned hub, const struct jemput_oid *tip)
{
    forge_ref(fleet_hub(f, hub), bad_ref(f, device), tip);
}
