/* hub.h — jemput-hub: what its files share. The program stands before stock git: it lets devices in by the space's roster, looks at what they push,
 * and runs `git http-backend` for each request. It is trusted for nothing but storage: devices check everything again. */
#ifndef JEMPUT_HUB_PROGRAM_H
#define JEMPUT_HUB_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "text.h"

enum { EXIT_DONE = 0, EXIT_PROBLEM = 1, EXIT_WRONG_USE = 2 };

/* --- option.c: one table for options and their help --- */

struct option_spec {
    const char *name, *argument; /* argument NULL = a flag */
    const char **value;
    bool *flag;
    const char *help_id, *help_en;
};
struct hub_command {
    const char *name, *operands;
    const char *summary_id, *summary_en, *more_id, *more_en; /* more: NULL = nothing */
    const char *example;
    int (*run)(const struct hub_command *self, int argc, char **argv);
    bool inner; /* called by git, or by the hub itself: not listed */
};
#define OPTIONS_MAX 16
/* argv keeps the operands, from 0 on. false: the command is over, with *code; else that is EXIT_DONE. */
bool option_read(const struct hub_command *c, const struct option_spec *specs, unsigned count, int *argc, char **argv, int least, int most,
                 int *code);
bool option_number(const char *text, long min, long max, long *out);
int wrong_use(const struct hub_command *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A problem, told on stderr; EXIT_PROBLEM. */
int problem(const char *format, ...) __attribute__((format(printf, 1, 2)));

extern const struct hub_command command_serve, command_add, command_config, command_tidy, command_pre_receive, command_post_receive, command_recover;

/* --- process.c: other programs --- */

/* Run and wait; its output goes where ours goes, unless `quiet`. The exit code; -1 = it could not be started. */
int process_run(char *const argv[], bool quiet);
/* Its process, which the caller waits for; 0 = it could not be started. */
pid_t process_begin(char *const argv[]);
/* What it prints, or as much of it as there is room for. false = nothing, or it failed. */
bool process_text(char *const argv[], char *out, size_t room);
/* The first line that it prints. false = none. */
bool process_line(char *const argv[], char *out, size_t room);

/* --- repository.c: a hub's repositories, each NAME.git in one folder --- */

#define NAME_MAX_BYTES 64
#define PATH_BYTES 4096
bool repository_name(const char *name, size_t len); /* letters, digits, '-', '_' and '.'; not '.' at its beginning; no ".git" */
/* "FOLDER/NAME.git" */
bool repository_path(char out[PATH_BYTES], const char *folder, const char *name);
/* Settings and hooks, as this program wants them: also of a repository that was there before. The hooks call `program`. */
int repository_prepare(const char *path, const char *program);
/* Each NAME.git of the folder; non-zero of `each` ends it and is the result. */
int repositories_each(const char *folder, int (*each)(void *ctx, const char *path), void *ctx);
/* Has it branches of logs, or might it have? */
bool repository_has_logs(const char *path);
/* Locks of refs that a killed push has left, ten minutes ago or longer, go. From one thread at a time. */
int repository_unlock(void *ctx, const char *path);
/* This program's own file. */
bool program_path(char out[PATH_BYTES]);

/* What a folder takes on the disk (tidy.c). */
struct folder_size {
    uint64_t bytes, files;
};
void folder_measure(const char *path, struct folder_size *out);

/* --- claim.c: who has pushed by an invitation --- */

enum claim_answer {
    CLAIM_TAKEN,
    CLAIM_TOO_MANY, /* keys by this invitation */
    CLAIM_TOO_MUCH, /* bytes by this key */
    CLAIM_FAILED    /* it cannot be written */
};
/* Has this key (both in hex) pushed by that invitation? */
bool claim_is(const char *repository, const char *invite, const char *key);
struct claim_bytes {
    uint64_t log, media, control; /* control: of records in the log, unpacked */
};
/* A push of it, of so many bytes, is good. */
enum claim_answer claim_take(const char *repository, const char *invite, const char *key, const struct claim_bytes *more);
/* What was noted of invitations that are open no more goes. */
void claims_tidy(const char *repository);

/* --- roster.c: who may come, kept beside the repository so that nobody reads all logs for each request --- */

struct roster_entry {
    uint8_t key[32];
    int standing; /* enum jemput_hub_standing */
    uint32_t device_number;
    bool authority;
    int64_t expires_ms;
};
struct roster {
    char space[65]; /* "" = there is no genesis segment yet */
    struct roster_entry *of; /* ascending by key */
    uint32_t count;
};
/* The file that `jemput devices --for-hub` has written becomes the repository's, which has no logs yet: its logs may begin behind a checkpoint. The list
 * is made from it. 0 or -1, told on stderr; then all is as it was. */
int roster_begin(const char *repository, const char *file);
/* Has it such a file? */
bool roster_is_begun(const char *repository);
/* Read all logs of the repository and write its roster anew. One at a time. 0 or -1, told on stderr. */
int roster_make(const char *repository);
/* The roster has to be made anew once the push of this process (receive-pack's) is done. */
int roster_due(const char *repository, long push);
bool roster_is_due(const char *repository, long push);
void roster_not_due(const char *repository, long push);
/* Made, and marks of pushes go that were over an hour ago. */
int roster_renew(const char *repository);
bool roster_is_owed(const char *repository);
/* One that is missing, or due because a push was killed or is under way, is made. */
int roster_recover(const char *repository);
/* The first push of a space to an empty repository: 0, or -1 = another space's is under way. The note goes once the list says whose it is. */
int roster_claim(const char *repository, const char space[65]);
void roster_founded(const char *repository);
/* 0; -1 = it cannot be read. */
int roster_read(struct roster *out, const char *repository);
/* Its first lines only: the space. */
int roster_space(char space[65], const char *repository);
void roster_release(struct roster *r);
const struct roster_entry *roster_find(const struct roster *r, const uint8_t key[32]);

#endif
