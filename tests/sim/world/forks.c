/* sim/world/forks.c — logs that go on in two ways: each is told, with a proof that holds for anyone, and nothing else is. */
#include "state.h"

#include <string.h>

#include "failure.h"
#include "sometimes.h"

static void fork_check(const struct device *d, const struct jemput_fork *fork)
{
    uint64_t number;
    struct jemput_error err;
    char writer[33];

    if (jemput_fork_check(fork->sides, writer, &number, &err))
        failure("device %u: a fork's proof does not hold: %s", d->number, err.text);
    if (strcmp(writer, fork->writer) != 0 || number != fork->number || strcmp(fork->sides[0].segment, fork->sides[1].segment) == 0)
        failure("device %u: a fork's proof proves something else", d->number);
}

struct forks {
    const struct device *d;
    unsigned count;
};

static int fork_see(void *ctx, const struct jemput_fork *fork)
{
    struct forks *f = ctx;

    f->count++;
    fork_check(f->d, fork);
    return 0;
}

/* Of segments that go on from one, each but the first is a fork. */
static unsigned forks_count(const struct history *h, const struct segmentset *known)
{
    unsigned count = 0;

    for (uint32_t a = 0; a < h->segment_count; a++) {
        bool again = false;

        for (uint32_t b = 0; b < a && segments_has(known, a); b++)
            again = again || (segments_has(known, b) && h->segments[a].number == h->segments[b].number &&
                              memcmp(h->segments[a].writer, h->segments[b].writer, sizeof h->segments[a].writer) == 0 &&
                              memcmp(h->segments[a].previous, h->segments[b].previous, sizeof h->segments[a].previous) == 0);
        count += again;
    }
    return count;
}

void check_forks(const struct device *d)
{
    struct forks f = { .d = d };
    struct jemput_error err;
    unsigned there = forks_count(d->history, &d->knows.segments);

    if (jemput_forks(d->jemput, fork_see, &f, &err))
        failure("device %u: %s", d->number, err.text);
    if (f.count != there)
        failure("device %u: %u forks are told, and there are %u", d->number, f.count, there);
    if (there)
        sometimes(SOMETIMES_FORK_PROVED);
}
