/* main.c — jemput-bench: what jemput costs beside raw SQLite on the same work, and whether that is within the budgets of the design. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "report.h"
#include "side.h"
#include "trouble.h"

static const char help[] =
    "Usage: jemput-bench [options]\n"
    "\n"
    "What jemput costs beside raw SQLite on the same work, in one run: local writes, sealing, upload, central merge (beside the\n"
    "session extension, too), store size, small syncs;\n"
    "at one size of the data and at ten times of it. Each figure stands beside its budget. Exit code 0 = measured (whatever the figures say), 1 = trouble.\n"
    "\n"
    "  -f, --folder DIR        measure on the disk of this folder; a fresh folder in it is made and removed (default: TMPDIR or /var/tmp)\n"
    "  -r, --ram-folder DIR    the same for processor time of local writes (default: /dev/shm)\n"
    "  -q, --quick             a few seconds: does the program work? The figures mean little.\n"
    "  -s, --scale N           the large size is N times the small one; 1 = the small one only (default: 10)\n"
    "  -t, --tablets N         default: 10\n"
    "  -a, --applications N    of each tablet, at the small size (default: 1000)\n"
    "  -n, --runs N            repetitions of the central merge (default: 3)\n"
    "      --shape NAME        'reference': three tables of five columns (default); 'adminduk': the real schema with indexes and constraints\n"
    "      --seed N            of the work (default: 1)\n"
    "      --only PART         'write' or 'field' (the rest)\n"
    "      --json[=FILE]       JSON: to FILE beside the table, or instead of it\n"
    "      --sealed            jemput's stores are sealed at rest (raw SQLite's never are); the budgets are for plain ones\n"
    "  -k, --keep              leave the folder, and say where it is\n"
    "  -h, --help\n"
    "\n"
    "Example: jemput-bench --folder /var/tmp --json=bench.json\n";

enum { OPTION_SHAPE = 256, OPTION_SEED, OPTION_ONLY, OPTION_JSON, OPTION_SEALED };

static const unsigned char sealed_key[JEMPUT_SECRET_KEY] = { 1, 2, 3 };
static const struct jemput_secret sealed_secret = { .key = sealed_key };

static const struct option options_long[] = {
    { "folder", required_argument, NULL, 'f' },       { "ram-folder", required_argument, NULL, 'r' },   { "quick", no_argument, NULL, 'q' },
    { "scale", required_argument, NULL, 's' },        { "tablets", required_argument, NULL, 't' },      { "applications", required_argument, NULL, 'a' },
    { "runs", required_argument, NULL, 'n' },         { "shape", required_argument, NULL, OPTION_SHAPE }, { "seed", required_argument, NULL, OPTION_SEED },
    { "only", required_argument, NULL, OPTION_ONLY }, { "json", optional_argument, NULL, OPTION_JSON }, { "keep", no_argument, NULL, 'k' },
    { "help", no_argument, NULL, 'h' },               { "sealed", no_argument, NULL, OPTION_SEALED },     { NULL, 0, NULL, 0 },
};

struct asked {
    struct bench_options options;
    const char *folder, *ram_folder, *json_file;
    bool json, keep, write, field;
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

static void ask_quick(struct bench_options *o)
{
    o->tablets = 2;
    o->applications = 60;
    o->scale = 3;
    o->block = 20;
    o->blocks = 3;
    o->runs = 1;
}

static void ask_part(struct asked *a, const char *part)
{
    a->write = strcmp(part, "write") == 0;
    a->field = strcmp(part, "field") == 0;
    if (!a->write && !a->field)
        trouble("there is no part '%s': write, field", part);
}

static void ask_option(struct asked *a, int option, int argc, char **argv)
{
    struct bench_options *o = &a->options;

    switch (option) {
    case 'f':
        a->folder = optarg;
        break;
    case 'r':
        a->ram_folder = optarg;
        break;
    case 'q':
        ask_quick(o);
        break;
    case 's':
        o->scale = (unsigned)number(optarg, 1000, "--scale");
        break;
    case 't':
        o->tablets = (unsigned)number(optarg, 500, "--tablets");
        break;
    case 'a':
        o->applications = (unsigned)number(optarg, 100000, "--applications");
        break;
    case 'n':
        o->runs = (unsigned)number(optarg, 100, "--runs");
        break;
    case 'k':
        a->keep = true;
        break;
    case OPTION_SHAPE:
        o->shape = shape_named(optarg);
        if (!o->shape)
            trouble("there is no shape '%s': reference, adminduk", optarg);
        break;
    case OPTION_SEALED:
        side_secret = &sealed_secret;
        break;
    case OPTION_SEED:
        o->seed = number(optarg, 1000000000, "--seed");
        break;
    case OPTION_ONLY:
        ask_part(a, optarg);
        break;
    case OPTION_JSON:
        a->json = true;
        if (!optarg && optind < argc && argv[optind][0] != '-')
            optarg = argv[optind++];
        a->json_file = optarg;
        break;
    case 'h':
        fputs(help, stdout);
        exit(0);
    default:
        fputs("See jemput-bench --help.\n", stderr);
        exit(1);
    }
}

static void ask(struct asked *a, int argc, char **argv)
{
    int option;

    *a = (struct asked){ .write = true, .field = true, .ram_folder = "/dev/shm", .folder = getenv("TMPDIR") };
    a->options = (struct bench_options){ .shape = shape_named("reference"), .tablets = 10, .applications = 1000, .scale = 10, .block = 100, .blocks = 10,
                                         .runs = 3, .seed = 1 };
    if (!a->folder)
        a->folder = "/var/tmp";
    while ((option = getopt_long(argc, argv, "f:r:qs:t:a:n:kh", options_long, NULL)) != -1)
        ask_option(a, option, argc, argv);
    if (optind < argc)
        trouble("'%s' is too much: see --help", argv[optind]);
}

static void say(const char *what)
{
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r\033[K%s", what);
}

/* A size's work has a folder of its own, so that the next finds none of it. */
static void size_measure(struct bench *b, const struct asked *a, const char *in)
{
    folder_temporary(b->folder, in);
    if (a->write) {
        say("local write ...");
        bench_write(b);
    }
    if (a->field) {
        say("tablets collect ...");
        bench_field(b);
        say("central merges ...");
        bench_centre(b);
        say("small things ...");
        bench_trickle(b);
    }
    say("");
    if (a->keep)
        fprintf(stderr, "kept: %s\n", b->folder);
    else
        folder_remove(b->folder);
}

static void json_write(const struct bench *b, const char *path)
{
    FILE *out = path ? fopen(path, "w") : stdout;

    if (!out)
        trouble("write '%s': %s", path, strerror(errno));
    report_json(b, out);
    if (path ? fclose(out) : fflush(out))
        trouble("write the JSON: %s", strerror(errno));
}

/* Where the temporary folders are; removed whatever happens. The children leave by _exit() or fail before us. */
static struct {
    const struct bench *bench;
    pid_t owner;
    bool keep;
} mess;

static void mess_remove(void)
{
    if (getpid() != mess.owner)
        return;
    if (mess.bench->ram[0])
        folder_remove(mess.bench->ram);
    if (!mess.keep && mess.bench->folder[0])
        folder_remove(mess.bench->folder);
}

int main(int argc, char **argv)
{
    static struct bench b;
    struct asked a;

    ask(&a, argc, argv);
    b.options = a.options;
    mess.bench = &b;
    mess.owner = getpid();
    mess.keep = a.keep;
    atexit(mess_remove);
    signal(SIGINT, SIG_IGN); /* it ends the phase that runs; then we clean up */
    if (a.write && access(a.ram_folder, W_OK) == 0)
        folder_temporary(b.ram, a.ram_folder);
    for (b.at = 0; b.at < (a.options.scale > 1 ? 2u : 1u); b.at++)
        size_measure(&b, &a, a.folder);
    if (!a.json || a.json_file)
        report_table(&b, stdout);
    if (a.json)
        json_write(&b, a.json_file);
    figures_release(&b.figures[0]);
    figures_release(&b.figures[1]);
    return 0;
}
