/* sim/stick.h — a stick in memory: bundles are written to it and taken from it; it can be full, or pulled out. */
#ifndef TESTS_SIM_STICK_H
#define TESTS_SIM_STICK_H

#include <stdio.h>
#include <string.h>

#include "fleet.h"

#ifndef STICK_BYTES_MAX
#define STICK_BYTES_MAX 65536
#endif

struct stick {
    uint8_t data[STICK_BYTES_MAX];
    size_t len;
    size_t room;  /* it is full behind that */
    size_t gone;  /* reading beyond that fails: it was pulled out */
    unsigned reads;
};

static inline enum jemput_status stick_write(void *ctx, const void *data, size_t len, struct jemput_error *err)
{
    struct stick *s = ctx;

    if (len > s->room - s->len) {
        err->status = JEMPUT_FULL;
        snprintf(err->text, sizeof err->text, "the stick is full");
        return JEMPUT_FULL;
    }
    memcpy(s->data + s->len, data, len);
    s->len += len;
    return JEMPUT_OK;
}

static inline enum jemput_status stick_read(void *ctx, uint64_t offset, void *out, size_t len, size_t *got, struct jemput_error *err)
{
    struct stick *s = ctx;
    size_t left = offset < s->len ? s->len - (size_t)offset : 0;

    s->reads++;
    *got = len < left ? len : left;
    if (offset + *got > s->gone) {
        err->status = JEMPUT_OFFLINE;
        snprintf(err->text, sizeof err->text, "the stick is gone");
        return JEMPUT_OFFLINE;
    }
    if (*got)
        memcpy(out, s->data + offset, *got);
    return JEMPUT_OK;
}

static inline void stick_empty(struct stick *s)
{
    *s = (struct stick){ .room = STICK_BYTES_MAX, .gone = STICK_BYTES_MAX };
}

static inline struct jemput_bundle_made stick_make(struct fleet *f, unsigned device, struct stick *s, bool full)
{
    const struct jemput_bundle_make_options options = { .writer = { stick_write, s }, .full = full };
    struct jemput_bundle_made made = { 0 };
    struct jemput_error err;

    if (jemput_bundle_make(f->devices[device].jemput, &options, &made, &err))
        fail_msg("make: %s", err.text);
    assert_int_equal(made.bytes, s->len);
    return made;
}

static inline enum jemput_status stick_take(struct jemput *jemput, struct stick *s, struct jemput_bundle_taken *taken, struct jemput_error *err)
{
    const struct jemput_bundle_take_options options = { .reader = { stick_read, s } };

    return jemput_bundle_take(jemput, &options, taken, err);
}

static inline struct jemput_bundle_taken must_take(struct fleet *f, unsigned device, struct stick *s)
{
    struct jemput_bundle_taken taken;
    struct jemput_error err;

    if (stick_take(f->devices[device].jemput, s, &taken, &err))
        fail_msg("take: %s", err.text);
    return taken;
}

#endif
