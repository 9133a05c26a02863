/* central.h — jemput-central: what its files share. The program is the central device of any number of spaces: it merges what their hubs bring,
 * signs receipts, and keeps central.db (and PostgreSQL) at the state of the stores. Files of the library `office` serve jemput-console, too. */
#ifndef JEMPUT_CENTRAL_H
#define JEMPUT_CENTRAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "buffer.h"

struct sqlite3;
struct jemput;

enum { EXIT_DONE = 0, EXIT_PROBLEM = 1, EXIT_WRONG_USE = 2 };

/* Why a step failed, and what that means for the next try. The text is for administrators: in English, as the engine's errors are, without personal
 * data. */
enum trouble_kind {
    TROUBLE_NONE = 0,
    TROUBLE_LATER,  /* may work by itself: not there, busy, no room */
    TROUBLE_MOVED,  /* somebody else was faster: read the mark and begin anew */
    TROUBLE_BROKEN, /* somebody has to do something */
    TROUBLE_STOPPED /* the program is to end */
};
struct trouble {
    enum trouble_kind kind;
    char text[512];
};
/* Fill it; -1. */
int trouble_set(struct trouble *why, enum trouble_kind kind, const char *format, ...) __attribute__((format(printf, 3, 4)));
struct jemput_error;
/* Of an engine call that failed: LATER if jemput_status_retryable(). -1. */
int trouble_engine(struct trouble *why, const char *doing, const struct jemput_error *err);
/* Of a SQLite call that has just failed on `db`. -1. */
int trouble_sqlite(struct trouble *why, const char *doing, struct sqlite3 *db);

#define PATH_BYTES 4096
#define NAME_BYTES 65   /* of a space here, an account: letters, digits, '-', '_' and '.'; with the NUL */

/* --- folder.c: the folder of an office --- */

/* FOLDER: central.db, spaces/NAME.db (stores), accounts/ (NAME.key, NAME/SPACE.db), looks.db, console.db. All 0700 and 0600. */
struct office {
    char folder[PATH_BYTES - 256];
    struct sqlite3 *db;      /* central.db; of this thread alone */
    char id[17];             /* its own, by chance */
    char postgres[1024];     /* connection text without a password; "" = no PostgreSQL */
    char schema[NAME_BYTES]; /* of the rows in PostgreSQL: "adminduk" */
    unsigned partitions;     /* there; 0 = none */
    const unsigned char *key; /* 32 bytes: opens and seals the stores; NULL = they are plain */
    bool reads_only;         /* central.db was opened for reading */
    bool once;               /* the process comes back by cron, and is not there in between */
};
/* "FOLDER/name…"; false: too long. */
bool office_path(char out[PATH_BYTES], const struct office *office, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Make the folder, or complete one that is there, and its central.db. EXISTS is no error. */
int office_init(const char *folder, struct trouble *why);
/* Open a folder's central.db and read its settings. One for each thread. Close in both cases. */
int office_open(struct office *office, const char *folder, bool reads_only, struct trouble *why);
void office_close(struct office *office);
int office_setting_write(struct office *office, const char *name, const char *value, struct trouble *why);
bool office_name_good(const char *name, size_t len);

/* --- space.c: the spaces of a folder, and their stores --- */

struct space {
    int64_t id; /* "space" in every table */
    char name[NAME_BYTES];
    char hex[65];           /* the space's own id */
    char store[PATH_BYTES]; /* path of its file */
    char hub[1024];         /* "" = the one that the store remembers */
};
struct spaces {
    unsigned count;
    struct space *of; /* by id */
};
/* Those that are followed. */
int spaces_read(struct spaces *out, struct office *office, struct trouble *why);
void spaces_release(struct spaces *spaces);
/* Folders of stores that lie outside the office's own, with spaces between, each once; nothing where there are none, or no office yet. */
void spaces_elsewhere(struct buffer *out, const char *folder);
/* By its name, or its number; followed or not. 0; -1 with BROKEN: there is none. */
int space_find(struct space *out, struct office *office, const char *name, struct trouble *why);
/* Open its store, by the office's key if it is sealed. Close by jemput_close(). */
int space_handle(struct jemput **out, const struct office *office, const struct space *space, struct trouble *why);
/* Ask for a round soon, whichever process has it. */
int space_poke(struct office *office, int64_t id, struct trouble *why);

/* --- small things --- */

int64_t now_ms(void);       /* since 1970 */
int64_t monotonic_ms(void);
bool number_read(const char *text, long min, long max, long *out);

#endif
