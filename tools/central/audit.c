/* audit.c — reading the store for an audit. */
#include "audit.h"

void audit_tell(struct audit *a, const struct audit_difference *difference)
{
    *(difference->waiting ? &a->waiting : &a->differences) += 1;
    a->each(a->ctx, difference);
}

enum { TRIES_MAX = 5 };

struct telling {
    int (*call)(void *ctx, const struct jemput_feed_row *row, struct trouble *why);
    void *ctx;
    struct trouble *why;
    bool failed;
};

int audit_turns(struct audit *a, int (*turn)(struct audit *a, void *ctx, struct trouble *why), void *ctx, struct trouble *why)
{
    int rc = -1;

    *why = (struct trouble){ .kind = TROUBLE_MOVED };
    for (unsigned tries = 0; rc && why->kind == TROUBLE_MOVED && tries < TRIES_MAX; tries++)
        rc = turn(a, ctx, why);
    return rc;
}

static int row_told(void *ctx, const struct jemput_feed_row *row)
{
    struct telling *t = ctx;

    t->failed = t->call(t->ctx, row, t->why) != 0;
    return t->failed;
}

static int read_since(struct audit *a, const struct jemput_feed_mark *since, struct telling *t, struct jemput_feed_reading *out)
{
    struct jemput_error err;

    if (jemput_feed_read(a->jemput, since, row_told, t, out, &err))
        return trouble_engine(t->why, "read the store", &err);
    return t->failed ? -1 : 0;
}

int audit_moved(struct audit *a, const struct jemput_feed_mark *mark, const struct audit_reading *reading, struct trouble *why)
{
    struct telling excuse = { reading->excuse, reading->ctx, why, false };
    struct jemput_feed_reading out;

    if (mark->number == 0)
        return trouble_set(why, TROUBLE_LATER, "space %s has not been written there yet, or is to be written anew: run first", a->space->name);
    if (read_since(a, mark, &excuse, &out))
        return -1;
    return out.whole ? trouble_set(why, TROUBLE_MOVED, "the store of space %s does not know the mark there any more: run first, or try again",
                                   a->space->name)
                     : 0;
}

int audit_read(struct audit *a, const struct jemput_feed_mark *mark, const struct audit_reading *reading, struct trouble *why)
{
    struct telling put = { reading->put, reading->ctx, why, false };
    struct jemput_feed_reading out;

    return (mark->number && read_since(a, NULL, &put, &out)) || audit_moved(a, mark, reading, why) ? -1 : 0;
}
