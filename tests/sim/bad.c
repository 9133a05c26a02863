/* sim/bad.c — see bad.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bad.h"

#define PATH_BYTES 1024

static const char SCHEMA[] = "CREATE TABLE warga(nama TEXT PRIMARY KEY NOT NULL, rt TEXT) WITHOUT ROWID; SELECT jemput_replicate('warga');";

void bad_begin(struct fleet *f, uint64_t seed)
{
    fleet_init(f, 3, 0, SCHEMA, seed);
    bad_write(f, 0, "a");
    bad_write(f, 1, "b");
    bad_write(f, 2, "c");
    fleet_settle(f, 0);
    for (unsigned i = 0; i < 3; i++)
        bad_expect_names(f, i, "abc");
}

void bad_end(struct fleet *f)
{
    for (unsigned i = 0; i < f->count; i++)
        fleet_verify(f, i);
    fleet_release(f);
}

void bad_write(struct fleet *f, unsigned device, const char *name)
{
    fleet_sql(f, device, "INSERT INTO warga VALUES('%s', '001')", name);
}

void bad_expect_names(struct fleet *f, unsigned device, const char *names)
{
    char *got = fleet_rows(f, device, "SELECT coalesce(group_concat(nama, ''), '') FROM (SELECT nama FROM warga ORDER BY nama)");

    got[strcspn(got, "\n")] = '\0';
    if (strcmp(got, names) != 0)
        fail_msg("device %u has the rows '%s', not '%s'", device, got, names);
    free(got);
}

void bad_expect_all_received(struct fleet *f, const char *names)
{
    fleet_settle(f, 0);
    for (unsigned i = 0; i < f->count; i++) {
        struct jemput_info info = bad_info(f, i);

        bad_expect_names(f, i, names);
        fleet_verify(f, i);
        if (info.logs_stopped || info.own.on_device || info.own.waiting)
            fail_msg("device %u: %llu logs are stopped, %llu transactions wait", i, (unsigned long long)info.logs_stopped,
                     (unsigned long long)(info.own.on_device + info.own.waiting));
    }
}

enum jemput_status bad_sync(struct fleet *f, unsigned device, const char *hub, struct jemput_sync_report *report, struct jemput_error *err)
{
    struct jemput_sync_options options = { .hub = hub };
    struct jemput_sync_report own_report;
    struct jemput_error own_err;

    sim_env_advance(&f->devices[device].sim, 1000);
    return jemput_sync(f->devices[device].jemput, &options, report ? report : &own_report, err ? err : &own_err);
}

/* Does the advice say that what was saved is there? */
static void expect_safe(enum jemput_status status)
{
    static const char *const en[] = { "safe", "Nothing else was changed", "No data was changed", "kept whole", "still there" };
    static const char *const id[] = { "aman", "tidak diubah", "Tidak ada data yang diubah", "utuh", "tetap ada" };
    bool english = false, indonesian = false;

    for (unsigned i = 0; i < sizeof en / sizeof en[0]; i++) {
        english |= strstr(jemput_status_advice(status, "en"), en[i]) != NULL;
        indonesian |= strstr(jemput_status_advice(status, "id"), id[i]) != NULL;
    }
    if (!english || !indonesian)
        fail_msg("the advice for %s does not say what is safe", jemput_status_name(status));
}

void bad_expect(enum jemput_status st, const struct jemput_error *err, enum jemput_status expected, const char *word)
{
    if (st != expected)
        fail_msg("expected %s, got %s: %s", jemput_status_name(expected), jemput_status_name(st), st ? err->text : "");
    if (st == JEMPUT_OK)
        return;
    if (err->status != st || !strstr(err->text, word))
        fail_msg("the text does not say '%s': %s", word, err->text);
    expect_safe(st);
}

void bad_expect_sync(struct fleet *f, unsigned device, const char *hub, enum jemput_status expected, const char *word)
{
    struct jemput_sync_report report;
    struct jemput_error err = { .status = JEMPUT_OK };
    enum jemput_status st = bad_sync(f, device, hub, &report, &err);

    bad_expect(st, &err, expected, word);
    assert_int_equal(report.complete, st == JEMPUT_OK);
}

static int aside_line(void *ctx, const struct jemput_aside *a)
{
    sqlite3_str_appendf(ctx, "%s %s\n", jemput_status_name(a->status), a->reason);
    return 0;
}

char *bad_asides(struct fleet *f, unsigned device)
{
    sqlite3_str *out = sqlite3_str_new(NULL);
    struct jemput_error err;
    char *text, *copy;

    if (jemput_aside_each(f->devices[device].jemput, aside_line, out, &err))
        fail_msg("stopped logs: %s", err.text);
    text = sqlite3_str_finish(out);
    copy = strdup(text ? text : "");
    sqlite3_free(text);
    return copy;
}

void bad_expect_aside(struct fleet *f, unsigned device, enum jemput_status status, const char *word)
{
    char *asides = bad_asides(f, device), *line = asides;
    size_t len = strlen(jemput_status_name(status));
    bool found = false;

    for (char *end; *line; line = end + 1) {
        end = line + strcspn(line, "\n");
        *end = '\0';
        found |= strncmp(line, jemput_status_name(status), len) == 0 && line[len] == ' ' && strstr(line, word);
        *end = '\n';
    }
    if (!found)
        fail_msg("device %u: no log is stopped with %s and '%s':\n%s", device, jemput_status_name(status), word, asides);
    free(asides);
}

void bad_close(struct fleet *f, unsigned device)
{
    jemput_close(f->devices[device].jemput);
    f->devices[device].jemput = NULL;
}

void bad_open(struct fleet *f, unsigned device)
{
    fleet_reopen(f, device);
}

struct jemput_info bad_info(struct fleet *f, unsigned device)
{
    struct jemput_info info;
    struct jemput_error err;

    if (jemput_info_get(f->devices[device].jemput, &info, &err))
        fail_msg("state of device %u: %s", device, err.text);
    return info;
}

const char *bad_ref(struct fleet *f, unsigned device)
{
    static char refs[4][128];
    static unsigned turn;
    char *ref = refs[turn++ % 4];

    snprintf(ref, sizeof refs[0], "refs/heads/log/%s/0", bad_info(f, device).writer);
    return ref;
}

/* --- files --- */

const char *bad_path(const char *hub, const char *fmt, ...)
{
    static char paths[8][PATH_BYTES];
    static unsigned turn;
    char *path = paths[turn++ % 8];
    int len = snprintf(path, PATH_BYTES, "%s/", hub);
    va_list args;

    va_start(args, fmt);
    vsnprintf(path + len, PATH_BYTES - (size_t)len, fmt, args);
    va_end(args);
    return path;
}

void bad_shell(const char *fmt, ...)
{
    char command[4 * PATH_BYTES];
    va_list args;

    va_start(args, fmt);
    vsnprintf(command, sizeof command, fmt, args);
    va_end(args);
    if (system(command) != 0)
        fail_msg("failed: %s", command);
}

static char *lines_of(const char *command)
{
    size_t len = 0, room = 1 << 20;
    char *text = malloc(room);
    FILE *pipe = popen(command, "r");

    if (!pipe || !text)
        fail_msg("cannot run %s", command);
    len = fread(text, 1, room - 1, pipe);
    text[len] = '\0';
    if (pclose(pipe))
        fail_msg("failed: %s", command);
    return text;
}

struct bad_files bad_files_find(const char *folder, const char *tail)
{
    struct bad_files files = { 0 };
    char command[2 * PATH_BYTES], *text;

    snprintf(command, sizeof command, "find '%s' -type f -name '*%s' | LC_ALL=C sort", folder, tail);
    text = lines_of(command);
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        files.paths = realloc(files.paths, (files.count + 1) * sizeof *files.paths);
        files.paths[files.count++] = strdup(line);
    }
    free(text);
    return files;
}

void bad_files_free(struct bad_files *files)
{
    for (unsigned i = 0; i < files->count; i++)
        free(files->paths[i]);
    free(files->paths);
    *files = (struct bad_files){ 0 };
}

unsigned char *bad_file_read(const char *path, size_t *len)
{
    FILE *file = fopen(path, "rb");
    unsigned char *data;
    long size = -1;

    if (!file || fseek(file, 0, SEEK_END) || (size = ftell(file)) < 0)
        fail_msg("cannot read %s", path);
    rewind(file);
    data = malloc((size_t)size + 1);
    *len = fread(data, 1, (size_t)size, file);
    assert_int_equal(*len, size);
    fclose(file);
    return data;
}

void bad_file_write(const char *path, const void *data, size_t len)
{
    FILE *file;

    unlink(path); /* packs are read-only files */
    file = fopen(path, "wb");
    if (!file || fwrite(data, 1, len, file) != len || fclose(file))
        fail_msg("cannot write %s", path);
}

uint64_t bad_folder_sum(const char *path)
{
    struct bad_files files = bad_files_find(path, "");
    uint64_t sum = UINT64_C(14695981039346656037);

    for (unsigned i = 0; i < files.count; i++) {
        size_t len;
        unsigned char *data = bad_file_read(files.paths[i], &len);

        for (const char *c = files.paths[i]; *c; c++)
            sum = (sum ^ (unsigned char)*c) * UINT64_C(1099511628211);
        for (size_t k = 0; k < len; k++)
            sum = (sum ^ data[k]) * UINT64_C(1099511628211);
        sum = (sum ^ len) * UINT64_C(1099511628211);
        free(data);
    }
    bad_files_free(&files);
    return sum;
}
