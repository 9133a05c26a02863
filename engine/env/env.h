/* env/env.h — the outside world as one table: time, randomness, files. The simulator replaces it whole.
 *
 * Nothing else in the engine asks for the time, a random number or a file (SQLite's own files go through the VFS named here).
 * Every call may block, none keeps the path after it returns. Paths are UTF-8. Errors: JEMPUT_NOTFOUND missing, JEMPUT_DENIED no permission or
 * read-only, JEMPUT_FULL no space, JEMPUT_EXISTS, JEMPUT_BUSY, JEMPUT_LIMIT larger than the buffer's max, JEMPUT_IO all else, JEMPUT_NOMEM. */
#ifndef JEMPUT_ENV_ENV_H
#define JEMPUT_ENV_ENV_H

#include <stdbool.h>
#include <stdint.h>

#include <jemput/http.h>

#include "base/bytes.h"

enum jemput_file_kind { JEMPUT_FILE_NONE, JEMPUT_FILE_REGULAR, JEMPUT_FILE_FOLDER, JEMPUT_FILE_OTHER };

struct jemput_file_info {
    enum jemput_file_kind kind;
    uint64_t size_bytes;
    int64_t modified_ms; /* wall time of the file system */
};

/* Called for each entry of a folder ("." and ".." left out), in no order; name borrowed. Non-OK stops the listing. */
typedef enum jemput_status (*jemput_list_fn)(void *ctx, const char *name, struct jemput_error *err);

struct jemput_env {
    void *ctx;
    const char *sqlite_vfs; /* name of a registered SQLite VFS; NULL = the default */

    int64_t (*now_ms)(struct jemput_env *env);       /* wall clock, milliseconds since 1970, as claimed by the device */
    uint64_t (*monotonic_ms)(struct jemput_env *env); /* since some start; never goes back within one boot */
    uint64_t (*boot_id)(struct jemput_env *env);     /* differs from boot to boot; 0 = unknown */
    void (*random)(struct jemput_env *env, void *out, size_t len); /* cryptographic; cannot fail */

    enum jemput_status (*stat)(struct jemput_env *env, const char *path, struct jemput_file_info *out, struct jemput_error *err);
    /* Append the whole file to `out`; a failure leaves `out` as it was. */
    enum jemput_status (*read)(struct jemput_env *env, const char *path, struct jemput_buf *out, struct jemput_error *err);
    /* Up to `len` bytes from `offset` on; *got = how many, fewer only at the file's end. */
    enum jemput_status (*read_part)(struct jemput_env *env, const char *path, uint64_t offset, void *out, size_t len, size_t *got,
                                    struct jemput_error *err);
    /* Create (JEMPUT_EXISTS if there), write, fsync. mode e.g. 0600. On failure the file is removed again; of up to 4 KiB no part is ever there where
     * the file system can do that. */
    enum jemput_status (*create)(struct jemput_env *env, const char *path, struct jemput_bytes data, unsigned mode, struct jemput_error *err);
    /* Write behind what the file holds (made if missing, mode 0600), fsync. On failure the file may hold a part of it. */
    enum jemput_status (*append)(struct jemput_env *env, const char *path, struct jemput_bytes data, struct jemput_error *err);
    /* Rename within one file system, replacing `to`, then fsync the folder: after OK the new name survives a power cut. */
    enum jemput_status (*rename)(struct jemput_env *env, const char *from, const char *to, struct jemput_error *err);
    /* Remove a file or an empty folder. */
    enum jemput_status (*remove)(struct jemput_env *env, const char *path, struct jemput_error *err);
    enum jemput_status (*make_folder)(struct jemput_env *env, const char *path, struct jemput_error *err); /* with parents; there already is OK */
    /* Bytes that a user may still write on the disk that the path is on. NULL = nobody knows. */
    enum jemput_status (*room)(struct jemput_env *env, const char *path, uint64_t *free_bytes, struct jemput_error *err);
    /* An HTTP client; NULL = there is none. */
    enum jemput_status (*http_open)(struct jemput_env *env, struct jemput_http **out, struct jemput_error *err);
    enum jemput_status (*list)(struct jemput_env *env, const char *path, jemput_list_fn each, void *each_ctx, struct jemput_error *err);
};

/* The real world (POSIX). Static; valid for the life of the process. */
struct jemput_env *jemput_env_posix(void);

#endif
