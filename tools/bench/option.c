/* option.c — see option.h. */
#include "option.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "machine.h"
#include "side.h"
#include "trouble.h"

static const char help[] =
    "Usage: jemput-bench [options]\n"
    "\n"
    "What jemput costs beside raw SQLite on the same work, in one run: local writes, sealing, upload, checks, central merge (beside the\n"
    "session extension, too), projection, store size, photos, reads and writes during a sync, small syncs; at one size of the data and at ten\n"
    "times of it. Each figure stands beside its budget. Exit code 0 = measured (whatever the figures say), 1 = trouble, 3 = with --compare:\n"
    "something has become worse. What each figure means: tools/bench/README.md.\n"
    "\n"
    "  -f, --folder FOLDER     measure on the disk of this folder; a fresh folder in it is made and removed (default: TMPDIR or /var/tmp)\n"
    "  -r, --ram-folder FOLDER the same for processor time of local writes (default: /dev/shm)\n"
    "  -q, --quick             a few seconds: does the program work? The figures mean little.\n"
    "      --full              the peak of a kelurahan split, too: 25,000 applications in the real schema\n"
    "  -s, --scale N           the large size is N times the small one; 1 = the small one only (default: 10)\n"
    "  -t, --tablets N         default: 10\n"
    "  -a, --applications N    of each tablet, at the small size (default: 1000)\n"
    "  -n, --runs N            repetitions of what is done once, such as the central merge (default: 5)\n"
    "      --photos N          photos of 250 kB in the work with photos (default: 400)\n"
    "      --shape NAME        'reference': three tables of five columns (default); 'adminduk': the real schema with indexes and constraints\n"
    "      --seed N            of the work (default: 1)\n"
    "      --only PART         'write', 'field' (the rest), or 'peer' (the peer alone)\n"
    "      --peer PROGRAM      another engine, measured on the same work (tools/bench/README.md, \"Peers\")\n"
    "      --central PROGRAM   jemput-central, for the projection (default: the one of the same build)\n"
    "      --postgres CONNINFO a PostgreSQL database for the projection; what is in its schema jemput is replaced\n"
    "      --json[=FILE]       JSON: to FILE beside the table, or instead of it\n"
    "      --plot FILE         a picture of the budgets, as SVG\n"
    "      --save FOLDER       run.json, run.svg and run.txt (the table) in FOLDER, which is made if it is not there\n"
    "      --note TEXT         a line that goes with the run: in its table, JSON and picture\n"
    "      --compare FILE      what has changed since a run that --json saved\n"
    "      --from FILE         measure nothing: table, plot and comparison are of a run that --json saved\n"
    "      --sealed            jemput's stores are sealed at rest (raw SQLite's never are); the budgets are for plain ones\n"
    "  -k, --keep              leave the folder, and say where it is\n"
    "  -h, --help\n"
    "\n"
    "Example: jemput-bench --folder /var/tmp --json=bench.json --plot bench.svg\n";

enum {
    OPTION_SHAPE = 256,
    OPTION_SEED,
    OPTION_ONLY,
    OPTION_JSON,
    OPTION_SEALED,
    OPTION_FULL,
    OPTION_PHOTOS,
    OPTION_PEER,
    OPTION_CENTRAL,
    OPTION_POSTGRES,
    OPTION_PLOT,
    OPTION_COMPARE,
    OPTION_FROM,
    OPTION_SAVE,
    OPTION_NOTE
};

static const unsigned char sealed_key[JEMPUT_SECRET_KEY] = { 1, 2, 3 };
static const struct jemput_secret sealed_secret = { .key = sealed_key };

static const struct option options_long[] = {
    { "folder", required_argument, NULL, 'f' },
    { "ram-folder", required_argument, NULL, 'r' },
    { "quick", no_argument, NULL, 'q' },
    { "full", no_argument, NULL, OPTION_FULL },
    { "scale", required_argument, NULL, 's' },
    { "tablets", required_argument, NULL, 't' },
    { "applications", required_argument, NULL, 'a' },
    { "runs", required_argument, NULL, 'n' },
    { "photos", required_argument, NULL, OPTION_PHOTOS },
    { "shape", required_argument, NULL, OPTION_SHAPE },
    { "seed", required_argument, NULL, OPTION_SEED },
    { "only", required_argument, NULL, OPTION_ONLY },
    { "peer", required_argument, NULL, OPTION_PEER },
    { "central", required_argument, NULL, OPTION_CENTRAL },
    { "postgres", required_argument, NULL, OPTION_POSTGRES },
    { "json", optional_argument, NULL, OPTION_JSON },
    { "plot", required_argument, NULL, OPTION_PLOT },
    { "compare", required_argument, NULL, OPTION_COMPARE },
    { "from", required_argument, NULL, OPTION_FROM },
    { "save", required_argument, NULL, OPTION_SAVE },
    { "note", required_argument, NULL, OPTION_NOTE },
    { "keep", no_argument, NULL, 'k' },
    { "help", no_argument, NULL, 'h' },
    { "sealed", no_argument, NULL, OPTION_SEALED },
    { NULL, 0, NULL, 0 },
};

static unsigned long number(const char *text, unsigned long most, const char *what)
{
    char *end;
    unsigned long value;

    errno = 0;
    value = strtoul(text, &end, 10);
    if (errno || *end || end == text || *text == '-' || value < 1 || value > most)
        trouble("%s: '%s' is no number from 1 to %lu", what, text, most);
    return value;
}

/* What the command line says of the work, before it is put together. */
struct work_asked {
    const struct shape *shape;
    unsigned tablets, applications, scale;
    bool full;
};

static void ask_quick(struct work_asked *w, struct bench_options *o)
{
    w->tablets = 2;
    w->applications = 60;
    w->scale = 3;
    *o = (struct bench_options){ .block = 20, .blocks = 3, .runs = 2, .photos = 4, .seed = o->seed };
}

static void ask_part(struct asked *a, const char *part)
{
    a->write = strcmp(part, "write") == 0;
    a->field = strcmp(part, "field") == 0;
    a->others = strcmp(part, "peer") == 0;
    if (!a->write && !a->field && !a->others)
        trouble("there is no part '%s': write, field, peer", part);
}

/* Options about the work and how often it is done. false = it is none of these. */
static bool ask_work(struct work_asked *w, struct bench_options *o, int option)
{
    switch (option) {
    case 'q':
        ask_quick(w, o);
        return true;
    case 's':
        w->scale = (unsigned)number(optarg, 1000, "--scale");
        return true;
    case 't':
        w->tablets = (unsigned)number(optarg, 500, "--tablets");
        return true;
    case 'a':
        w->applications = (unsigned)number(optarg, 100000, "--applications");
        return true;
    case 'n':
        o->runs = (unsigned)number(optarg, 100, "--runs");
        return true;
    case OPTION_PHOTOS:
        o->photos = (unsigned)number(optarg, 10000, "--photos");
        return true;
    case OPTION_FULL:
        w->full = true;
        return true;
    case OPTION_SEALED:
        o->sealed = true;
        side_secret = &sealed_secret;
        return true;
    case OPTION_SHAPE:
        w->shape = shape_named(optarg);
        if (!w->shape)
            trouble("there is no shape '%s': reference, adminduk", optarg);
        return true;
    case OPTION_SEED:
        o->seed = number(optarg, 1000000000, "--seed");
        return true;
    default:
        return false;
    }
}

/* Options about files and programs. false = it is none of these. */
static bool ask_place(struct asked *a, struct bench *b, int option, int argc, char **argv)
{
    switch (option) {
    case 'f':
        a->folder = optarg;
        return true;
    case 'r':
        a->ram_folder = optarg;
        return true;
    case OPTION_PEER:
        b->peer = optarg;
        return true;
    case OPTION_CENTRAL:
        b->central = optarg;
        return true;
    case OPTION_POSTGRES:
        b->postgres = optarg;
        return true;
    case OPTION_JSON:
        a->json = true;
        if (!optarg && optind < argc && argv[optind][0] != '-')
            optarg = argv[optind++];
        a->json_file = optarg;
        return true;
    case OPTION_PLOT:
        a->plot_file = optarg;
        return true;
    case OPTION_COMPARE:
        a->compare_file = optarg;
        return true;
    case OPTION_FROM:
        a->from_file = optarg;
        return true;
    case OPTION_SAVE:
        a->save_folder = optarg;
        return true;
    case OPTION_NOTE:
        a->note = optarg;
        if (strlen(a->note) >= MACHINE_TEXT_BYTES)
            trouble("--note: more than %d bytes", MACHINE_TEXT_BYTES - 1);
        return true;
    default:
        return false;
    }
}

static void ask_option(struct asked *a, int option)
{
    switch (option) {
    case 'k':
        a->keep = true;
        break;
    case OPTION_ONLY:
        ask_part(a, optarg);
        break;
    case 'h':
        fputs(help, stdout);
        exit(0);
    default:
        fputs("See jemput-bench --help.\n", stderr);
        exit(1);
    }
}

/* jemput-central of the same build: beside this program's folder. */
static const char *central_default(void)
{
    static char path[FOLDER_PATH_BYTES + 64];
    ssize_t len = readlink("/proc/self/exe", path, FOLDER_PATH_BYTES - 1);
    char *end;

    path[len > 0 ? len : 0] = '\0';
    for (unsigned up = 0; up < 2; up++)
        if ((end = strrchr(path, '/')) != NULL)
            *end = '\0';
    snprintf(path + strlen(path), 64, "/central/jemput-central");
    return access(path, X_OK) == 0 ? path : NULL;
}

static void sizes_make(struct bench *b, const struct work_asked *w)
{
    b->sizes[SIZE_SMALL] = (struct bench_size){ "small", w->shape, w->tablets, w->applications };
    b->sizes[SIZE_LARGE] = (struct bench_size){ "large", w->shape, w->tablets, w->applications * w->scale };
    b->sizes[SIZE_PEAK] = (struct bench_size){ "peak", shape_named("adminduk"), 10, 2500 };
    b->measured[SIZE_SMALL] = true;
    b->measured[SIZE_LARGE] = w->scale > 1;
    b->measured[SIZE_PEAK] = w->full;
}

void ask(struct asked *a, struct bench *b, int argc, char **argv)
{
    struct work_asked w = { .shape = shape_named("reference"), .tablets = 10, .applications = 1000, .scale = 10 };
    int option;

    *a = (struct asked){ .write = true, .field = true, .others = true, .note = "", .ram_folder = "/dev/shm", .folder = getenv("TMPDIR") };
    b->options = (struct bench_options){ .block = 100, .blocks = 10, .runs = 5, .photos = 400, .seed = 1 };
    if (!a->folder)
        a->folder = "/var/tmp";
    while ((option = getopt_long(argc, argv, "f:r:qs:t:a:n:kh", options_long, NULL)) != -1)
        if (!ask_work(&w, &b->options, option) && !ask_place(a, b, option, argc, argv))
            ask_option(a, option);
    if (optind < argc)
        trouble("'%s' is too much: see --help", argv[optind]);
    if (a->others && !a->field && !b->peer)
        trouble("--only peer measures what --peer names");
    sizes_make(b, &w);
    if (!b->central)
        b->central = central_default();
}
