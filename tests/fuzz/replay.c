/* fuzz/replay.c — runs a fuzz target as an ordinary test, without libFuzzer: each file of the corpus as it is, every truncation of it, every single bit
 * of it flipped, and some thousand mutations from a fixed seed.
 *
 *     fuzz_record corpus/record            each argument is a file or a folder of files
 *
 * JEMPUT_FUZZ_MUTATIONS sets the mutations per file (default 2000), JEMPUT_FUZZ_STEP takes every so manieth truncation and flip only (default 1: slow
 * targets say more), JEMPUT_FUZZ_SEED the seed. Every input is a block of memory of exactly its size,
 * so that sanitizers see a read past its end. A target that finds a fault aborts; the input is then in the file that the last line names. */
#include <dirent.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FILE_BYTES_MAX (8u << 20)
#define TRUNCATIONS_MAX 8192u /* of one file: all of a small one, evenly spread ones of a large one */
#define FLIPS_MAX 65536u      /* likewise */
#define MUTATIONS_DEFAULT 2000
#define CHANGES_MAX 6

static uint64_t random_state = UINT64_C(0x6a656d707574);
static unsigned long mutations = MUTATIONS_DEFAULT;
static unsigned long inputs;
static unsigned long step_least = 1;
static const uint8_t *running; /* what the target has now: saved when it aborts */
static size_t running_size;

static uint64_t random_next(void)
{
    uint64_t z = random_state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static size_t random_below(size_t limit)
{
    return limit ? (size_t)(random_next() % limit) : 0;
}

static void *alloc(size_t size)
{
    void *p = malloc(size ? size : 1);

    if (!p) {
        fprintf(stderr, "no memory for %zu bytes\n", size);
        exit(2);
    }
    return p;
}

static void save_on_abort(int sig)
{
    static const char name[] = "fuzz-failed-input";
    FILE *file = fopen(name, "wb"); /* not for a signal handler in general; here the program is at its end anyway */

    if (file) {
        fwrite(running, 1, running_size, file);
        fclose(file);
        fprintf(stderr, "the input of %zu bytes is in %s\n", running_size, name);
    }
    signal(sig, SIG_DFL);
    raise(sig);
}

static void run(const uint8_t *data, size_t size)
{
    uint8_t *exact = alloc(size);

    if (size)
        memcpy(exact, data, size);
    running = exact;
    running_size = size;
    LLVMFuzzerTestOneInput(exact, size);
    inputs++;
    free(exact);
}

/* --- mutations: each gives the new size; `data` has room for twice the file and more --- */

static size_t mutate_once(uint8_t *data, size_t size, size_t room)
{
    static const uint8_t interesting[] = { 0, 1, 0x7f, 0x80, 0xff, '0', '9', ' ', '\n', '\r', ',' };
    size_t at = random_below(size), len = 1 + random_below(16), from;

    if (size == 0) {
        data[0] = (uint8_t)random_next();
        return 1;
    }
    if (len > size - at)
        len = size - at;
    switch (random_below(8)) {
    case 0:
        data[at] ^= (uint8_t)(1u << random_below(8));
        return size;
    case 1:
        data[at] = (uint8_t)random_next();
        return size;
    case 2:
        data[at] = interesting[random_below(sizeof interesting)];
        return size;
    case 3: /* a run goes */
        memmove(data + at, data + at + len, size - at - len);
        return size - len;
    case 4: /* a run comes twice */
        if (len > room - size)
            return size;
        memmove(data + at + len, data + at, size - at);
        return size + len;
    case 5: /* a byte comes */
        if (size == room)
            return size;
        memmove(data + at + 1, data + at, size - at);
        data[at] = interesting[random_below(sizeof interesting)];
        return size + 1;
    case 6: /* a run from elsewhere */
        from = random_below(size - len + 1);
        memmove(data + at, data + from, len);
        return size;
    default: /* a number one up or down, in text and in binary */
        data[at] = (uint8_t)(data[at] + (random_below(2) ? 1 : -1));
        return size;
    }
}

static void run_mutations(const uint8_t *data, size_t size)
{
    size_t room = size + CHANGES_MAX * 16 + 16;
    uint8_t *changed = alloc(room);

    for (unsigned long i = 0; i < mutations; i++) {
        size_t now = size;

        if (size)
            memcpy(changed, data, size);
        for (size_t change = 1 + random_below(CHANGES_MAX); change; change--)
            now = mutate_once(changed, now, room);
        run(changed, now);
    }
    free(changed);
}

static void run_flips(uint8_t *data, size_t size)
{
    size_t step = size * 8 / FLIPS_MAX + step_least;

    for (size_t bit = 0; bit < size * 8; bit += step) {
        data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        run(data, size);
        data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static int run_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = alloc(FILE_BYTES_MAX);
    size_t size, step;

    if (!file) {
        perror(path);
        free(data);
        return 1;
    }
    size = fread(data, 1, FILE_BYTES_MAX, file);
    fclose(file);
    run(data, size);
    step = size / TRUNCATIONS_MAX + step_least;
    for (size_t cut = 0; cut < size; cut += step)
        run(data, cut);
    run_flips(data, size);
    run_mutations(data, size);
    free(data);
    return 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name); /* not by locale: one order everywhere, so that a seed means the same everywhere */
}

static int not_hidden(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int run_path(const char *path)
{
    struct dirent **entries;
    struct stat info;
    int count, failed = 0;

    if (stat(path, &info) != 0) {
        perror(path);
        return 1;
    }
    if (!S_ISDIR(info.st_mode))
        return run_file(path);
    count = scandir(path, &entries, not_hidden, by_name);
    if (count <= 0) {
        fprintf(stderr, "%s: no corpus\n", path);
        return 1;
    }
    for (int i = 0; i < count; i++) {
        size_t len = strlen(path) + strlen(entries[i]->d_name) + 2;
        char *inner = alloc(len);

        snprintf(inner, len, "%s/%s", path, entries[i]->d_name);
        failed |= run_path(inner);
        free(inner);
        free(entries[i]);
    }
    free(entries);
    return failed;
}

int main(int argc, char **argv)
{
    const char *mutations_text = getenv("JEMPUT_FUZZ_MUTATIONS"), *seed_text = getenv("JEMPUT_FUZZ_SEED");
    const char *step_text = getenv("JEMPUT_FUZZ_STEP");
    int failed = 0;

    if (argc < 2) {
        fprintf(stderr, "%s <file or folder>...\n", argv[0]);
        return 2;
    }
    if (mutations_text)
        mutations = strtoul(mutations_text, NULL, 10);
    if (step_text && strtoul(step_text, NULL, 10) > 0)
        step_least = strtoul(step_text, NULL, 10);
    if (seed_text)
        random_state = strtoull(seed_text, NULL, 10);
    signal(SIGABRT, save_on_abort);
    run(NULL, 0);
    for (int i = 1; i < argc; i++)
        failed |= run_path(argv[i]);
    printf("%lu inputs\n", inputs);
    return failed;
}
