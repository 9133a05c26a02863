/* sim/world/main.c — jemput-sim: the simulator's program. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "campaign.h"
#include "failure.h"
#include "fault.h"
#include "sometimes.h"

static const char help[] =
    "jemput-sim [options]: simulate fleets that write, sync, break and heal, and compare what they hold with an oracle\n"
    "  --seeds A..B       run these seeds (default: 1..2000, or 1..$JEMPUT_SIM_SEEDS)\n"
    "  --seed N           run one\n"
    "  --steps N          only its first N steps\n"
    "  --skip 3,7-20      leave out these steps\n"
    "  --without a,b      without these faults: power kill io full alloc hub-call hub-cut cancel clock hub-old restore\n"
    "                     clone theft roster lie forge keep rotate\n"
    "  --devices N        leave out the steps of devices N and above\n"
    "  --leave-out a,b    schemas without these: rank sum once parent ties identity nocase policy steps region triggers\n"
    "  --verbose          tell each step\n"
    "  --open A,B         do not run these seeds: they are known to fail, and it is not understood yet why\n"
    "  --report           tell how often each rare state was reached\n"
    "  --failures N       end after N seeds that fail (default 10)\n"
    "  --no-shrink        do not make them small\n"
    "A seed that fails is made small and told with the line that replays it. Exit status 0: none failed, and no rare state was missed that so many\n"
    "seeds must reach. Hubs are folders in $TMPDIR; without it, in /dev/shm. A run that takes more than\n"
    "60 s, or $JEMPUT_SIM_SECONDS, has failed.\n";

struct arguments {
    struct options options;
    uint64_t first, last;
    unsigned failures_max;
    bool verbose, report, as_found;
};

static void wrong(const char *what)
{
    fprintf(stderr, "jemput-sim: %s (see --help)\n", what);
    exit(2);
}

static void open_read(const char *text, struct options *o)
{
    char *end;

    do {
        if (o->open_count == sizeof o->open / sizeof o->open[0])
            wrong("too many open seeds");
        o->open[o->open_count++] = strtoull(text, &end, 10);
        text = end + 1;
    } while (*end == ',');
}

static unsigned names_read(const char *text, const char *const *names, unsigned count)
{
    unsigned bits = 0;

    while (*text) {
        size_t len = strcspn(text, ",");
        unsigned i = 0;

        while (i < count && (strlen(names[i]) != len || strncmp(names[i], text, len) != 0))
            i++;
        if (i == count)
            wrong("no such name in the list");
        bits |= 1u << i;
        text += len + (text[len] == ',');
    }
    return bits;
}

static void skip_read(const char *text, struct options *o)
{
    while (*text) {
        char *end;
        unsigned long from = strtoul(text, &end, 10), to = from;

        if (*end == '-')
            to = strtoul(end + 1, &end, 10);
        if (end == text || to < from || to >= STEPS_MAX || (*end && *end != ','))
            wrong("--skip takes numbers and ranges of steps");
        for (unsigned long i = from; i <= to; i++)
            o->skip[i] = true;
        text = *end ? end + 1 : end;
    }
}

static void seeds_read(const char *text, struct arguments *a)
{
    char *end;

    a->first = a->last = strtoull(text, &end, 10);
    if (strncmp(end, "..", 2) == 0)
        a->last = strtoull(end + 2, &end, 10);
    if (*end || a->last < a->first)
        wrong("seeds are a number, or A..B");
}

/* Returns whether the option took the value. */
static bool argument_read(struct arguments *a, const char *name, const char *value)
{
    static const char *const faults[] = FAULT_NAMES, *const features[] = FEATURE_NAMES;

    if (strcmp(name, "--verbose") == 0)
        return a->verbose = true, false;
    if (strcmp(name, "--report") == 0)
        return a->report = true, false;
    if (strcmp(name, "--no-shrink") == 0)
        return a->as_found = true, false;
    if (!value)
        wrong("an option or its value is missing");
    if (strcmp(name, "--seeds") == 0 || strcmp(name, "--seed") == 0)
        seeds_read(value, a);
    else if (strcmp(name, "--steps") == 0)
        a->options.steps = (unsigned)strtoul(value, NULL, 10);
    else if (strcmp(name, "--skip") == 0)
        skip_read(value, &a->options);
    else if (strcmp(name, "--open") == 0)
        open_read(value, &a->options);
    else if (strcmp(name, "--without") == 0)
        a->options.without = names_read(value, faults, FAULT_KINDS);
    else if (strcmp(name, "--devices") == 0)
        a->options.devices = (unsigned)strtoul(value, NULL, 10);
    else if (strcmp(name, "--leave-out") == 0)
        a->options.features = FEATURE_ALL & ~names_read(value, features, sizeof features / sizeof features[0]);
    else if (strcmp(name, "--failures") == 0)
        a->failures_max = (unsigned)strtoul(value, NULL, 10);
    else
        wrong("no such option");
    return true;
}

static struct sometimes_table *table_shared(void)
{
    struct sometimes_table *t = mmap(NULL, sizeof *t, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (t == MAP_FAILED)
        abort();
    return t;
}

int main(int argc, char **argv)
{
    const char *seeds = getenv("JEMPUT_SIM_SEEDS");
    struct arguments a = { .options = { .steps = STEPS_MAX, .devices = 99, .features = FEATURE_ALL },
                           .first = 1,
                           .last = seeds ? strtoull(seeds, NULL, 10) : 2000,
                           .failures_max = 10 };
    struct sometimes_table *table = table_shared();
    time_t start = time(NULL);
    unsigned failures, missing;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0)
            return fputs(help, stdout) < 0;
        i += argument_read(&a, argv[i], i + 1 < argc ? argv[i + 1] : NULL);
    }
    fault_memory_install();
    sometimes_use(table);
    failure_verbose(a.verbose);
    failures = campaign_run(a.first, a.last, &a.options, a.failures_max, !a.as_found && !a.verbose);
    missing = sometimes_missing(table, true);
    if (a.report)
        sometimes_print(table);
    printf("%" PRIu64 " seeds in %lld s: %u failed, %u rare states were missed\n", table->seeds, (long long)(time(NULL) - start), failures, missing);
    return failures || missing;
}
