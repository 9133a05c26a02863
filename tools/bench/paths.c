/* paths.c — jemput-bench-paths: the hot paths of the engine, one by one, for guard.py to count their instructions under callgrind. A path begins
 * from copies of stores that were made before (ground.c), draws the same numbers on every run, and its clock stands: so a count is a property of the
 * code, the compiler and the libraries, and of nothing else. */
#include <gnu/libc-version.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "counter.h"
#include "day.h"
#include "ground.h"
#include "trouble.h"
#include "world.h"

#define WRITES 150
#define SYNCS 8
#define OPENINGS 5
#define SIGNATURES 50

struct place { /* where a path runs: a copy of what it needs, in a folder of its own */
    const char *grounds, *folder;
    const char *name; /* of the path */
};

/* The ground's bench in the path's folder, with copies of `names` in it. */
static struct bench begin(const struct place *p, enum ground g, unsigned count, const char *const *names)
{
    struct bench from = ground_bench(p->grounds, g), b = from;
    char source[FOLDER_PATH_BYTES], target[FOLDER_PATH_BYTES];

    snprintf(b.folder, sizeof b.folder, "%s", p->folder);
    for (unsigned i = 0; i < count; i++) {
        day_path(source, &from, names[i]);
        day_path(target, &b, names[i]);
        folder_copy(source, target);
    }
    return b;
}
#define BEGIN(place, ground, ...) \
    begin(place, ground, sizeof (const char *[]){ __VA_ARGS__ } / sizeof(const char *), (const char *[]){ __VA_ARGS__ })

static unsigned counted(const struct place *p, unsigned operations)
{
    counter_end(p->name);
    return operations;
}

/* --- local write --- */

static unsigned writes(const struct place *p, struct side *s)
{
    struct application all[WRITES];
    struct work w;

    work_init(&w, 1, 60, WORLD_START_MS + 400 * WORLD_DAY_MS);
    for (unsigned i = 0; i < WRITES; i++)
        work_application(&w, &all[i]);
    world_set(all[0].now_ms);
    side_begin(s); /* what is prepared at the first of all is not the path */
    side_application(s, &all[0]);
    side_commit(s);
    counter_begin();
    for (unsigned i = 1; i < WRITES; i++) {
        world_set(all[i].now_ms);
        side_begin(s);
        side_application(s, &all[i]);
        side_commit(s);
    }
    counted(p, WRITES - 1);
    side_close(s);
    return WRITES - 1;
}

static unsigned write_jemput(const struct place *p, enum ground g)
{
    struct bench b = BEGIN(p, g, GROUND_WRITE);
    struct side s;

    day_open_central(&s, &b, GROUND_WRITE, DAY_AFTER);
    return writes(p, &s);
}

static unsigned write_raw(const struct place *p, enum ground g)
{
    struct bench b = BEGIN(p, g, GROUND_WRITE_RAW);
    char path[FOLDER_PATH_BYTES];
    struct side s;

    day_path(path, &b, GROUND_WRITE_RAW);
    side_raw_again(&s, bench_shape(&b), path, 77);
    return writes(p, &s);
}

static unsigned seal(const struct place *p, enum ground g)
{
    struct bench b = BEGIN(p, g, GROUND_UNSEALED);
    struct jemput_error err;
    struct side s;

    day_open_central(&s, &b, GROUND_UNSEALED, DAY_AFTER);
    counter_begin();
    must(jemput_seal(s.jemput, NULL, &err), &err, "seal");
    counted(p, GROUND_PENDING);
    side_close(&s);
    return GROUND_PENDING;
}

/* --- merge --- */

static unsigned merge(const struct place *p, enum ground g)
{
    struct bench b = BEGIN(p, g, DAY_CENTRAL, DAY_HUB);
    struct jemput_sync_report report;
    struct side s;

    day_open_central(&s, &b, DAY_CENTRAL, DAY_MERGE);
    counter_begin();
    day_sync(&s, &b, DAY_HUB, &report);
    counted(p, 0);
    day_rows_check(&s, &b);
    side_close(&s);
    return bench_applications(&b) * bench_tablets(&b);
}

/* The same rows inserted and updated in bulk. */
static unsigned merge_raw(const struct place *p, enum ground g)
{
    struct bench b = begin(p, g, 0, NULL);
    char path[FOLDER_PATH_BYTES];
    struct side s;

    day_path(path, &b, "raw.db");
    side_raw(&s, bench_shape(&b), path, b.options.seed);
    day_shared_write(&s, &b);
    counter_begin();
    counter_pause();
    day_store_begins = counter_resume;
    day_store_ends = counter_pause;
    for (unsigned t = 0; t < bench_tablets(&b); t++) {
        day_collect(&s, &b, t, false);
        day_revise(&s, &b, t, false);
    }
    day_store_begins = day_store_ends = NULL;
    counted(p, 0);
    day_rows_check(&s, &b);
    side_close(&s);
    return bench_applications(&b) * bench_tablets(&b);
}

static unsigned check(const struct place *p, enum ground g)
{
    struct bench b = BEGIN(p, g, GROUND_MERGED, GROUND_MERGED_HUB);
    struct jemput_sync_report report;
    struct check c;
    struct side s;
    unsigned count;

    day_open_central(&s, &b, GROUND_MERGED, DAY_MERGE);
    day_sync(&s, &b, GROUND_MERGED_HUB, &report);
    check_open(&c, &s);
    count = c.count;
    counter_begin();
    check_segments(&c);
    counted(p, 0);
    check_close(&c);
    side_close(&s);
    return count;
}

static unsigned signatures(const struct place *p, enum ground g)
{
    (void)g;
    check_signatures(1);
    counter_begin();
    check_signatures(SIGNATURES);
    return counted(p, SIGNATURES);
}

/* --- a store that is full --- */

/* Reads the schema, whoever opened. */
static void first_use(sqlite3 *db)
{
    must_sqlite(sqlite3_exec(db, "SELECT 1 FROM sqlite_master LIMIT 1", NULL, NULL, NULL), db, "read the schema");
}

static unsigned open_jemput(const struct place *p, enum ground g)
{
    struct bench b = BEGIN(p, g, GROUND_MERGED);
    char path[FOLDER_PATH_BYTES];
    struct jemput_error err;
    struct jemput *j;

    day_path(path, &b, GROUND_MERGED);
    world_set(day_clock(&b, DAY_AFTER));
    counter_begin();
    for (unsigned i = 0; i < OPENINGS; i++) {
        must(jemput_open(&j, path, world_of(1, 0), &err), &err, "open");
        first_use(jemput_app(j));
        jemput_close(j);
    }
    return counted(p, OPENINGS);
}

/* The tablet is switched on: a store is opened, and its first application saved and sealed. */
static unsigned first_save(const struct place *p, enum ground g)
{
    struct bench b = BEGIN(p, g, GROUND_WRITE);
    struct application a;
    struct jemput_error err;
    struct side s;
    struct work w;

    work_init(&w, 1, 60, WORLD_START_MS + 400 * WORLD_DAY_MS);
    for (unsigned i = 0; i < OPENINGS; i++) {
        work_application(&w, &a);
        if (i == 1) /* what was pending is sealed */
            counter_begin();
        day_open_central(&s, &b, GROUND_WRITE, DAY_AFTER);
        world_set(a.now_ms);
        side_begin(&s);
        side_application(&s, &a);
        side_commit(&s);
        must(jemput_seal(s.jemput, NULL, &err), &err, "seal");
        side_close(&s);
    }
    return counted(p, OPENINGS - 1);
}

static unsigned open_raw(const struct place *p, enum ground g)
{
    struct bench b = BEGIN(p, g, GROUND_MERGED);
    char path[FOLDER_PATH_BYTES];
    sqlite3 *db;

    day_path(path, &b, GROUND_MERGED);
    counter_begin();
    for (unsigned i = 0; i < OPENINGS; i++) {
        must_sqlite(sqlite3_open(path, &db), db, path);
        first_use(db);
        sqlite3_close(db);
    }
    return counted(p, OPENINGS);
}

static unsigned idle(const struct place *p, struct side *s, const struct bench *b)
{
    struct jemput_sync_report report;

    day_sync(s, b, GROUND_MERGED_HUB, &report);
    day_sync(s, b, GROUND_MERGED_HUB, &report);
    counter_begin();
    for (unsigned i = 0; i < SYNCS; i++)
        day_sync(s, b, GROUND_MERGED_HUB, &report);
    counted(p, 0);
    if (report.segments_sent || report.segments_fetched)
        trouble("there was something to do");
    side_close(s);
    return SYNCS;
}

static unsigned idle_tablet(const struct place *p, enum ground g)
{
    struct bench b = BEGIN(p, g, GROUND_TABLET, GROUND_MERGED_HUB);
    struct side s;

    day_open_central(&s, &b, GROUND_TABLET, DAY_AFTER);
    return idle(p, &s, &b);
}

static unsigned idle_central(const struct place *p, enum ground g)
{
    struct bench b = BEGIN(p, g, GROUND_MERGED, GROUND_MERGED_HUB);
    struct side s;

    day_open_central(&s, &b, GROUND_MERGED, DAY_AFTER);
    return idle(p, &s, &b);
}

/* An application that was saved: sealed, and on the hub. */
static unsigned sync_one(const struct place *p, enum ground g)
{
    struct bench b = BEGIN(p, g, GROUND_TABLET, GROUND_MERGED_HUB);
    struct jemput_sync_report report;
    struct application a;
    struct side s;
    struct work w;

    day_open_central(&s, &b, GROUND_TABLET, DAY_AFTER);
    work_init(&w, 1, 61, day_clock(&b, DAY_AFTER) + WORLD_DAY_MS);
    for (unsigned i = 0; i < SYNCS; i++) {
        work_application(&w, &a);
        world_set(a.now_ms);
        side_begin(&s);
        side_application(&s, &a);
        side_commit(&s);
        if (i == 0) {
            day_sync(&s, &b, GROUND_MERGED_HUB, &report);
            counter_begin();
        } else
            day_sync(&s, &b, GROUND_MERGED_HUB, &report);
    }
    counted(p, 0);
    side_close(&s);
    return SYNCS - 1;
}

static unsigned state_hash(const struct place *p, enum ground g)
{
    struct bench b = BEGIN(p, g, GROUND_MERGED);
    struct jemput_error err;
    struct side s;
    char hash[65];

    day_open_central(&s, &b, GROUND_MERGED, DAY_AFTER);
    counter_begin();
    must(jemput_state_hash(s.jemput, hash, &err), &err, "state hash");
    counted(p, 0);
    side_close(&s);
    return bench_applications(&b) * bench_tablets(&b);
}

static int row_count(void *ctx, const struct jemput_feed_row *row)
{
    (void)row;
    ++*(unsigned *)ctx;
    return 0;
}

static unsigned follow(const struct place *p, enum ground g)
{
    struct bench b = BEGIN(p, g, GROUND_FOLLOWED, GROUND_MARK);
    struct jemput_feed_mark mark = ground_mark(&b);
    struct jemput_feed_reading reading;
    struct jemput_error err;
    unsigned rows = 0;
    struct side s;

    day_open_central(&s, &b, GROUND_FOLLOWED, DAY_AFTER);
    counter_begin();
    must(jemput_feed_read(s.jemput, &mark, row_count, &rows, &reading, &err), &err, "read the change feed");
    counted(p, 0);
    if (reading.whole || !rows)
        trouble("the change feed does not know its mark");
    side_close(&s);
    return rows;
}

/* --- the list --- */

static const struct path {
    const char *name;
    const char *operation;  /* what is counted, in words */
    const char *yardstick;  /* which of the paths without one it is set against where compiler or libraries are not those of the saved counts */
    unsigned (*run)(const struct place *p, enum ground g); /* gives how many operations were counted */
    enum ground ground;
} paths[] = {
    { "raw_write", "raw SQLite: an application in a transaction", NULL, write_raw, GROUND_PLAIN },
    { "raw_write_adminduk", "the same in the real schema", NULL, write_raw, GROUND_ADMINDUK },
    { "raw_merge", "raw SQLite: an application and its edits, in bulk", NULL, merge_raw, GROUND_PLAIN },
    { "raw_merge_contested", "the same where two write one household", NULL, merge_raw, GROUND_CONTESTED },
    { "raw_merge_adminduk", "the same in the real schema", NULL, merge_raw, GROUND_ADMINDUK },
    { "raw_open", "raw SQLite: open the file, read its schema", NULL, open_raw, GROUND_PLAIN },
    { "ed25519", "libsodium: check a signature", NULL, signatures, GROUND_PLAIN },
    { "write", "local write: an application in a transaction", "raw_write", write_jemput, GROUND_PLAIN },
    { "write_adminduk", "the same in the real schema", "raw_write_adminduk", write_jemput, GROUND_ADMINDUK },
    { "seal", "seal: an application", "raw_write", seal, GROUND_PLAIN },
    { "check", "check of a segment of one application", "ed25519", check, GROUND_SMALL },
    { "merge", "central merge: an application and its edits", "raw_merge", merge, GROUND_PLAIN },
    { "merge_contested", "the same, 2 in 100 households in conflict", "raw_merge_contested", merge, GROUND_CONTESTED },
    { "merge_adminduk", "the same in the real schema", "raw_merge_adminduk", merge, GROUND_ADMINDUK },
    { "open", "open a store, read its schema, and close it", "raw_open", open_jemput, GROUND_PLAIN },
    { "first_save", "open a store of the real schema, save and seal one", "raw_open", first_save, GROUND_ADMINDUK },
    { "idle_tablet", "sync with nothing to do: a tablet", "raw_write", idle_tablet, GROUND_PLAIN },
    { "idle_central", "sync with nothing to do: central", "raw_write", idle_central, GROUND_PLAIN },
    { "sync_one", "seal and send one application", "raw_write", sync_one, GROUND_PLAIN },
    { "state_hash", "state hash: an application", "raw_merge", state_hash, GROUND_PLAIN },
    { "follow", "read the change feed: a row", "raw_merge", follow, GROUND_PLAIN },
};
#define PATHS (sizeof paths / sizeof paths[0])

static const char *processor(void)
{
#ifdef __x86_64__
    return __builtin_cpu_supports("avx2") ? PATHS_PROCESSOR " with AVX2" : PATHS_PROCESSOR " without AVX2";
#else
    return PATHS_PROCESSOR;
#endif
}

/* What counts depend on besides this code. Valgrind's processor is one and the same wherever the real one has AVX2. */
static void toolchain_print(void)
{
    printf("{\"compiler\":\"%s\",\"optimization\":\"%s\",\"sqlite\":\"%s\",\"libsodium\":\"%s\",\"zlib\":\"%s\",\"libgit2\":\"%s\",\"libc\":\"%s\",",
           PATHS_COMPILER, PATHS_OPTIMIZATION, sqlite3_sourceid(), PATHS_SODIUM, PATHS_ZLIB, PATHS_GIT2, gnu_get_libc_version());
    printf("\"processor\":\"%s\"}\n", processor());
}

static bool is_asked(const char *name, int count, char **names)
{
    for (int i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return count == 0;
}

static void path_run(unsigned i, const char *grounds)
{
    char folder[FOLDER_PATH_BYTES];
    struct place place = { .grounds = grounds, .folder = folder, .name = paths[i].name };
    unsigned operations;

    folder_temporary(folder, grounds);
    world_branch_to(1000 + i);
    operations = paths[i].run(&place, paths[i].ground);
    printf("{\"path\":\"%s\",\"operation\":\"%s\",\"yardstick\":%s%s%s,\"operations\":%u}\n", paths[i].name, paths[i].operation,
           paths[i].yardstick ? "\"" : "", paths[i].yardstick ? paths[i].yardstick : "null", paths[i].yardstick ? "\"" : "", operations);
    fflush(stdout);
    folder_remove(folder);
}

int main(int argc, char **argv)
{
    world_stand();
    if (argc == 2 && strcmp(argv[1], "toolchain") == 0)
        toolchain_print();
    else if (argc == 3 && strcmp(argv[1], "make") == 0)
        ground_make(argv[2]);
    else if (argc >= 3 && strcmp(argv[1], "run") == 0) {
        world_git_start();
        for (unsigned i = 0; i < PATHS; i++)
            if (is_asked(paths[i].name, argc - 3, argv + 3))
                path_run(i, argv[2]);
    } else {
        fputs("Usage: jemput-bench-paths toolchain | make FOLDER | run FOLDER [PATH ...]      (guard.py calls it)\n", stderr);
        return 1;
    }
    return 0;
}
