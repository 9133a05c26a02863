/* sim/world/stick.c — in some fleets a stick goes from device to device besides: what was taken from it is merged or handed on as what came from a hub.
 * Sometimes the file on it is cut or a byte of it is lost. Draws from numbers of its own, so that all other fleets stay as they were. */
#include "state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "beside.h"
#include "failure.h"
#include "sometimes.h"

#define STICK_STREAM UINT64_C(0x571c0000)
#define STICK_BYTES_MAX (8u * 1024 * 1024)

struct stick {
    uint8_t *data;
    size_t len;
};

static enum jemput_status stick_write(void *ctx, const void *data, size_t len, struct jemput_error *err)
{
    struct stick *s = ctx;

    (void)err;
    if (s->len + len > STICK_BYTES_MAX)
        failure("a bundle of more than %u bytes", STICK_BYTES_MAX);
    memcpy(s->data + s->len, data, len);
    s->len += len;
    return JEMPUT_OK;
}

static enum jemput_status stick_read(void *ctx, uint64_t offset, void *out, size_t len, size_t *got, struct jemput_error *err)
{
    struct stick *s = ctx;
    size_t left = offset < s->len ? s->len - (size_t)offset : 0;

    (void)err;
    *got = len < left ? len : left;
    if (*got)
        memcpy(out, s->data + offset, *got);
    return JEMPUT_OK;
}

/* true: something was lost on the way. */
static bool stick_suffers(struct stick *s, struct rng *rng)
{
    size_t before = s->len;

    if (!rng_one_in(rng, 4))
        return false;
    if (rng_one_in(rng, 2))
        s->len = rng_below(rng, (unsigned)s->len);
    else
        s->data[rng_below(rng, (unsigned)s->len)] ^= (uint8_t)(1u << rng_below(rng, 8));
    sometimes(SOMETIMES_STICK_DAMAGED);
    failure_note("    %s", s->len < before ? "cut" : "a bit is lost");
    return true;
}

static void stick_make(struct world *w, struct device *d, struct stick *s, struct rng *rng)
{
    const struct jemput_bundle_make_options options = { .writer = { stick_write, s }, .full = rng_one_in(rng, 3) };
    struct jemput_bundle_made made;
    struct jemput_error err;
    enum jemput_status st = jemput_bundle_make(d->jemput, &options, &made, &err);

    if (st)
        failure("device %u: bundle: %s (%s)", d->number, err.text, jemput_status_name(st));
    failure_note("    device %u makes a bundle of %llu segments, %llu of them carried", d->number, (unsigned long long)made.segments,
                 (unsigned long long)made.carried);
    if (made.carried)
        sometimes(SOMETIMES_STICK_CARRIED);
    after_merge(w, d, true);
}

static void stick_take(struct world *w, struct device *d, struct stick *s, bool damaged)
{
    const struct jemput_bundle_take_options options = { .reader = { stick_read, s } };
    struct jemput_bundle_taken taken;
    struct jemput_error err = { .status = JEMPUT_OK };
    enum jemput_status st = jemput_bundle_take(d->jemput, &options, &taken, &err);

    failure_note("    device %u takes it: merged %llu, carries %llu: %s", d->number, (unsigned long long)taken.sync.txns_merged,
                 (unsigned long long)taken.segments_carried, st ? err.text : "ok");
    if (st && !taken.logs_lacking && !(damaged && st == JEMPUT_CORRUPT))
        failure("device %u: takes a bundle: %s (%s)", d->number, err.text, jemput_status_name(st));
    if (taken.logs_refused && !damaged && !w->was_lied_to)
        check_stopped(w, d, true);
    if (!damaged && taken.file.damaged + taken.file.segments_lost + taken.file.blocks_damaged)
        failure("device %u: a whole bundle is told to be damaged", d->number);
    if (taken.sync.states_differ)
        failure("device %u: a bundle says that its state is not central's", d->number);
    if (taken.sync.txns_merged)
        sometimes(SOMETIMES_STICK);
    d->composes = carries_late(w, d);
    d->settled = !st || taken.logs_lacking;
    after_merge(w, d, !st || taken.logs_lacking);
    d->composes = false;
}

void step_stick(struct world *w, struct device *d, unsigned step)
{
    struct rng fleet = rng_of(w->options->seed, STICK_STREAM), rng = rng_of(w->options->seed, STICK_STREAM + step + 1);
    struct device *to = &w->devices[rng_below(&rng, w->base->count)];
    struct stick s = { 0 };

    if (!rng_one_in(&fleet, 6) || w->base->trusts || !rng_one_in(&rng, 3))
        return;
    if (to == d || to->number >= w->options->devices || d->restored || to->restored || !d->jemput || !to->jemput)
        return;
    s.data = malloc(STICK_BYTES_MAX);
    if (!s.data)
        failure("no memory for a stick");
    stick_make(w, d, &s, &rng);
    if (s.len)
        stick_take(w, to, &s, stick_suffers(&s, &rng));
    free(s.data);
}
