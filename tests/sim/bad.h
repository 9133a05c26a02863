/* sim/bad.h — what the tests of bad input ask of a fleet: calls that must fail in the right way, the logs that were stopped, and that nothing was lost. */
#ifndef TESTS_SIM_BAD_H
#define TESTS_SIM_BAD_H

#include "fleet.h"

/* One replicated table, three devices: central (0, also administrator) and two tablets, each with a row that all have received. */
void bad_begin(struct fleet *f, uint64_t seed);
/* Insert a row on a device; it is counted. */
void bad_write(struct fleet *f, unsigned device, const char *name);
/* The rows of a device are exactly those that were written anywhere; else the test fails. */
void bad_expect_names(struct fleet *f, unsigned device, const char *names);
/* All that was written on any device arrives everywhere, in at most ten rounds; nothing is stopped any more, and verify is content. */
void bad_expect_all_received(struct fleet *f, const char *names);
void bad_end(struct fleet *f);

/* jemput_sync() with a hub by path; `report` and `err` may be NULL. */
enum jemput_status bad_sync(struct fleet *f, unsigned device, const char *hub, struct jemput_sync_report *report, struct jemput_error *err);
/* The status is this one, the text has the word, and the advice in both languages says what is safe. */
void bad_expect(enum jemput_status st, const struct jemput_error *err, enum jemput_status expected, const char *word);
/* The same for a sync of a hub. */
void bad_expect_sync(struct fleet *f, unsigned device, const char *hub, enum jemput_status expected, const char *word);

/* The stopped logs, "JEMPUT_CORRUPT reason\n" each, by ref; owned by the caller: free(). */
char *bad_asides(struct fleet *f, unsigned device);
void bad_expect_aside(struct fleet *f, unsigned device, enum jemput_status status, const char *word);

/* The device's app ends and starts again; in between its disk may be put back. */
void bad_close(struct fleet *f, unsigned device);
void bad_open(struct fleet *f, unsigned device);

struct jemput_info bad_info(struct fleet *f, unsigned device);
/* "refs/heads/log/…/0" of a device; static until the fourth call from now. */
const char *bad_ref(struct fleet *f, unsigned device);

/* A path below a hub; static until the eighth call from now. */
const char *bad_path(const char *hub, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void bad_shell(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* One number for all names, sizes and bytes of the files in a folder. */
uint64_t bad_folder_sum(const char *path);
/* The paths of all files in a folder whose name ends so, ascending; owned by the caller: bad_files_free(). */
struct bad_files {
    char **paths;
    unsigned count;
};
struct bad_files bad_files_find(const char *folder, const char *tail);
void bad_files_free(struct bad_files *files);
/* A whole file; owned by the caller: free(). */
unsigned char *bad_file_read(const char *path, size_t *len);
void bad_file_write(const char *path, const void *data, size_t len);

#endif
