/* unit/measure_payload.c — bytes and speed of the payload codec on synthetic field work, beside the same rows as CSV through `xz -9`. A tool, not a test.
 *
 *     measure_payload [seed]
 *
 * Segments are sealed as sync does it: as many applications as fit 24 KB, each with about 450 bytes of commit. */
#include <stdarg.h>
#include <stdlib.h>

#include "base/limits.h"
#include "field_work.h"

#define COMMIT_BYTES 450
#define CHANGES_PER_SEGMENT 375

static double seconds_of(clock_t ticks)
{
    return (double)ticks / CLOCKS_PER_SEC;
}

static long xz_bytes(const char *csv)
{
    char command[300], line[64] = "0";
    FILE *pipe;

    snprintf(command, sizeof command, "xz -9 -c '%s' | wc -c", csv);
    pipe = popen(command, "r");
    if (pipe && !fgets(line, sizeof line, pipe))
        line[0] = 0;
    if (pipe)
        pclose(pipe);
    return strtol(line, NULL, 10);
}

static size_t seal(const struct jemput_txn *txns, uint32_t count, const struct jemput_id_run *run, double *write_s, double *read_s)
{
    struct jemput_buf payload = JEMPUT_BUF_INIT(JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX);
    struct jemput_arena arena = { 0 };
    struct jemput_error err;
    struct jemput_txn *back;
    uint32_t back_count;
    clock_t start = clock();
    size_t len;

    if (jemput_payload_write(&payload, txns, count, run, 1, &err)) {
        fprintf(stderr, "%s\n", err.text);
        exit(1);
    }
    *write_s += seconds_of(clock() - start);
    start = clock();
    for (int i = 0; i < 10; i++) {
        jemput_arena_clear(&arena);
        if (jemput_payload_read(&back, &back_count, jemput_buf_bytes(&payload), &arena, &err)) {
            fprintf(stderr, "%s\n", err.text);
            exit(1);
        }
    }
    *read_s += seconds_of(clock() - start) / 10;
    len = payload.len;
    jemput_arena_release(&arena);
    jemput_buf_release(&payload);
    return len;
}

static void measure(uint32_t applications, uint64_t seed)
{
    struct field_work w;
    struct jemput_txn *txns;
    size_t bytes = 0, segments = 0;
    double write_s = 0, read_s = 0;
    char csv[] = "payload-XXXXXX";
    FILE *out = fdopen(mkstemp(csv), "w");

    field_work_init(&w, seed);
    txns = jemput_arena_array(&w.arena, applications, sizeof *txns);
    for (uint32_t i = 0; i < applications; i++)
        txns[i] = field_application(&w);
    for (uint32_t i = 0; i < applications; i += CHANGES_PER_SEGMENT, segments++)
        bytes += seal(txns + i, applications - i < CHANGES_PER_SEGMENT ? applications - i : CHANGES_PER_SEGMENT, &w.run, &write_s, &read_s);
    for (unsigned table = 0; out && table < 3; table++) {
        for (uint32_t i = 0; i < applications; i++) {
            struct jemput_txn one = { .change_count = 1, .changes = &txns[i].changes[table] };

            field_csv(out, &one);
        }
    }
    if (out)
        fclose(out);
    printf("%5u applications: %6zu bytes in %zu segments = %.1f each, %.1f with commits; CSV xz -9 %.1f; write %.1f us, read %.2f us each\n", applications,
           bytes, segments, (double)bytes / applications, (double)(bytes + segments * COMMIT_BYTES) / applications, (double)xz_bytes(csv) / applications,
           write_s * 1e6 / applications, read_s * 1e6 / applications);
    remove(csv);
    jemput_arena_release(&w.arena);
}

int main(int argc, char **argv)
{
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    struct jemput_error err;

    if (jemput_crypto_init(&err))
        return 1;
    measure(50, seed);
    measure(375, seed);
    measure(1000, seed);
    return 0;
}
