/* sim/world/cut.c — see cut.h. */
#include "cut.h"

#include <string.h>

#include "acts.h"
#include "failure.h"
#include "fold.h"

enum place { BEFORE, EITHER, BEHIND };

static struct {
    uint32_t count;
    struct {
        uint32_t segment;
        enum place place;
        unsigned roles;
    } of[SEGMENTS_MAX];
} line;

/* --- where it may be --- */

static void commit_text(const struct history *h, uint32_t segment, char out[41])
{
    jemput_hex_encode(out, h->segments[segment].commit, sizeof h->segments[segment].commit);
}

static bool is_of_number(const struct device *by, uint32_t segment, uint32_t number)
{
    struct fold_rights r;

    if (!segments_has(&by->knows.segments, segment))
        return false;
    fold_rights_of(by->history->segments[segment].writer, NONE, &r);
    return r.member && r.number == number;
}

static uint32_t cut_find(const struct device *by, uint32_t number, const char *commit)
{
    fold_run(by->history, &by->knows.segments);
    for (uint32_t s = 0; s < by->history->segment_count; s++) {
        char text[41];

        commit_text(by->history, s, text);
        if (strcmp(text, commit) == 0 && is_of_number(by, s, number))
            return s;
    }
    return NONE;
}

bool cut_may_be(const struct device *by, uint32_t number, const char *commit)
{
    return cut_find(by, number, commit) != NONE;
}

bool cut_choose(const struct device *by, uint32_t number, struct rng *rng, char commit[41])
{
    uint32_t found = 0;

    fold_run(by->history, &by->knows.segments);
    for (uint32_t s = 0; s < by->history->segment_count; s++)
        if (is_of_number(by, s, number) && rng_below(rng, ++found) == 0)
            commit_text(by->history, s, commit);
    return found != 0;
}

/* --- the line --- */

static bool is_ancestor(const struct history *h, uint32_t segment, uint32_t of)
{
    for (; of != NONE; of = history_segment(h, h->segments[of].previous))
        if (of == segment)
            return true;
    return false;
}

/* A cut after a segment keeps that, what its log holds before it, and what it had merged of the device's other logs: nothing that was not there. */
static enum place place_of(const struct device *by, uint32_t segment, uint32_t cut)
{
    const struct history_segment *s = &by->history->segments[segment], *c = &by->history->segments[cut];

    if (memcmp(s->writer, c->writer, sizeof s->writer) == 0 && is_ancestor(by->history, segment, cut))
        return BEFORE;
    return !c->known || segments_has(c->known, segment) ? EITHER : BEHIND;
}

void cut_tell(const struct device *by, uint32_t number, const char *after)
{
    uint32_t cut = after ? cut_find(by, number, after) : NONE;

    line.count = 0;
    fold_run(by->history, &by->knows.segments);
    for (uint32_t s = 0; s < by->history->segment_count; s++) {
        struct fold_rights r;

        if (!is_of_number(by, s, number))
            continue;
        fold_rights_of(by->history->segments[s].writer, s, &r);
        if (r.is_void)
            continue;
        line.of[line.count].segment = s;
        line.of[line.count].place = !after ? BEFORE : cut == NONE ? BEHIND : place_of(by, s, cut);
        line.of[line.count++].roles = r.roles;
    }
}

/* --- afterwards --- */

static void next_check(const struct device *by, const struct jemput_device_act *act, uint32_t segment)
{
    struct fold_rights r;

    fold_rights_of(by->history->segments[segment].writer, NONE, &r);
    if (r.member && !r.is_void && (act->kind == JEMPUT_ACT_REVOKE || r.roles != jemput_roles_parse(jemput_bytes_str(act->roles))))
        failure("device %u: after its act on number %s, what comes behind segment %u counts with the roles %x", by->number, act->device, segment,
                r.roles);
}

void cut_check(const struct device *by, const struct jemput_device_act *act)
{
    unsigned left = act->kind == JEMPUT_ACT_REVOKE ? 0 : jemput_roles_parse(jemput_bytes_str(act->roles));

    fold_run(by->history, &by->knows.segments);
    for (uint32_t i = 0; i < line.count; i++) {
        struct fold_rights r;
        bool counts, before;

        fold_rights_of(by->history->segments[line.of[i].segment].writer, line.of[i].segment, &r);
        counts = r.member && !r.is_void;
        before = line.of[i].place == BEFORE || (line.of[i].place == EITHER && counts && r.roles == line.of[i].roles);
        if (counts != (before || act->kind == JEMPUT_ACT_CHANGE))
            failure("device %u: after its act on number %s, segment %u %s", by->number, act->device, line.of[i].segment,
                    counts ? "counts, and lies behind the cut" : "does not count, and lies before the cut");
        if (counts && r.roles != (before ? line.of[i].roles : left))
            failure("device %u: after its act on number %s, segment %u counts with the roles %x, and had %x", by->number, act->device,
                    line.of[i].segment, r.roles, line.of[i].roles);
        next_check(by, act, line.of[i].segment);
    }
}
