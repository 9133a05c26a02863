/* sim/world/shrink.c — a run that fails, made small: fewer steps, fewer kinds of fault, fewer devices, as long as it still fails in the
 * same way. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "campaign.h"
#include "fault.h"

#define SECONDS_MAX 45

struct shrinking {
    struct options best;
    struct outcome found;
    char kind[160];
    time_t start;
};

/* What a failure says, without the numbers, names and values of the case. */
static void kind_of(const char *text, char *out, size_t size)
{
    size_t len = 0;
    bool quoted = false;
    int depth = 0;

    for (; *text && *text != '\n' && len < size - 1; text++) {
        quoted = quoted != (*text == '\'');
        depth += (*text == '[') - (*text == ']');
        if (!quoted && depth <= 0 && (isalpha((unsigned char)*text) || *text == ' '))
            out[len++] = *text;
    }
    out[len] = '\0';
}

static bool fails(struct shrinking *s, const struct options *o)
{
    struct outcome found;
    char kind[sizeof s->kind];

    if (time(NULL) - s->start > SECONDS_MAX)
        return false;
    campaign_try(o, &found);
    if (found.well)
        return false;
    kind_of(found.text, kind, sizeof kind);
    if (strcmp(kind, s->kind) != 0)
        return false;
    s->best = *o;
    s->found = found;
    return true;
}

static void shrink_length(struct shrinking *s)
{
    unsigned steps = s->found.steps < s->best.steps ? s->found.steps : s->best.steps;

    for (unsigned cut = steps / 2; cut > 0; cut /= 2)
        while (steps > cut) {
            struct options o = s->best;

            o.steps = steps - cut;
            if (!fails(s, &o))
                break;
            steps = o.steps;
        }
    s->best.steps = steps;
}

static void shrink_steps(struct shrinking *s)
{
    for (unsigned size = s->best.steps / 2; size > 0; size /= 2)
        for (unsigned from = 0; from < s->best.steps; from += size) {
            struct options o = s->best;
            bool any = false;

            for (unsigned i = from; i < from + size && i < o.steps; i++) {
                any = any || !o.skip[i];
                o.skip[i] = true;
            }
            if (any)
                fails(s, &o);
        }
}

static void shrink_faults(struct shrinking *s)
{
    for (unsigned k = FAULT_POWER; k < FAULT_KINDS; k++) {
        struct options o = s->best;

        o.without |= 1u << k;
        if (o.without != s->best.without)
            fails(s, &o);
    }
}

static void shrink_devices(struct shrinking *s)
{
    for (unsigned n = 1; n < s->found.devices && n < s->best.devices; n++) {
        struct options o = s->best;

        o.devices = n;
        if (fails(s, &o))
            return;
    }
}

void shrink(struct options *o, struct outcome *found)
{
    struct shrinking s = { .best = *o, .found = *found, .start = time(NULL) };

    kind_of(found->text, s.kind, sizeof s.kind);
    if (s.found.steps == 0)
        s.found.steps = STEPS_MAX;
    shrink_length(&s);
    shrink_faults(&s);
    shrink_devices(&s);
    shrink_steps(&s);
    *o = s.best;
    *found = s.found;
}

/* --- as arguments --- */

static void skip_print(const struct options *o)
{
    const char *between = " --skip ";

    for (unsigned i = 0; i < STEPS_MAX && i < o->steps; i++) {
        unsigned end = i;

        if (!o->skip[i])
            continue;
        while (end + 1 < STEPS_MAX && end + 1 < o->steps && o->skip[end + 1])
            end++;
        printf(end > i ? "%s%u-%u" : "%s%u", between, i, end);
        between = ",";
        i = end;
    }
}

static void names_print(const char *option, unsigned bits, const char *const *names, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (!(bits & 1u << i))
            continue;
        printf("%s%s", option, names[i]);
        option = ",";
    }
}

void options_print(const struct options *o)
{
    static const char *const faults[] = FAULT_NAMES, *const features[] = FEATURE_NAMES;

    printf("jemput-sim --seed %" PRIu64, o->seed);
    if (o->steps < STEPS_MAX)
        printf(" --steps %u", o->steps);
    skip_print(o);
    names_print(" --without ", o->without, faults, FAULT_KINDS);
    if (o->devices < 99)
        printf(" --devices %u", o->devices);
    names_print(" --leave-out ", FEATURE_ALL & ~o->features, features, sizeof features / sizeof features[0]);
    printf("\n");
}
