/* repo/git.c — libgit2 made ready: memory through base/alloc and bounded, hashes always checked, and its errors turned into ours. */
#include "repo/internal.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <git2/sys/alloc.h>

#include "repo/sha1.h"

/* The version macros changed their names with 1.9. */
#if defined(LIBGIT2_VERSION_MAJOR)
#define GIT_MINOR (LIBGIT2_VERSION_MAJOR * 100 + LIBGIT2_VERSION_MINOR)
#else
#define GIT_MINOR (LIBGIT2_VER_MAJOR * 100 + LIBGIT2_VER_MINOR)
#endif

#define WINDOW_BYTES ((size_t)256 * 1024)      /* of a pack mapped at once */
#define WINDOWS_BYTES ((size_t)4 * 1024 * 1024) /* of all packs together */
#define PACKS_OPEN_MAX ((size_t)64)             /* a hub may hold thousands of packs, and a process has few descriptors */
#define BOUND_SLACK_BYTES ((size_t)1024 * 1024) /* lists of packs, paths and other things that are no object */
#define BOUND_CHAIN_OBJECTS 64                  /* stock git makes delta chains of 50 at most */
#define DIGITS_MAX 20                           /* of a 64-bit number */
#define BOUND_CHAIN_LARGE 8                     /* of objects above the slack: payloads, of which stock git makes no chains worth the name */

struct bound {
    bool on;
    size_t one_bytes;   /* largest single allocation */
    size_t total_bytes; /* still allowed in all */
    enum jemput_status refused; /* why an allocation failed since the last error was told */
};
static _Thread_local struct bound bound;

/* --- memory --- */

static void *git_realloc_bounded(void *ptr, size_t size)
{
    void *grown;

    size = size ? size : 1;
    if (bound.on && (size > bound.one_bytes || size > bound.total_bytes)) {
        bound.refused = JEMPUT_LIMIT;
        return NULL;
    }
    grown = jemput_realloc(ptr, size);
    if (!grown)
        bound.refused = JEMPUT_NOMEM;
    else if (bound.on)
        bound.total_bytes -= size;
    return grown;
}

static void *hook_malloc(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return git_realloc_bounded(NULL, size);
}

static void *hook_realloc(void *ptr, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return git_realloc_bounded(ptr, size);
}

static void hook_free(void *ptr)
{
    jemput_free(ptr);
}

#if GIT_MINOR < 107
static void *hook_realloc_array(void *ptr, size_t count, size_t size, const char *file, int line)
{
    if (size && count > SIZE_MAX / size) {
        bound.refused = bound.on ? JEMPUT_LIMIT : JEMPUT_NOMEM;
        return NULL;
    }
    return hook_realloc(ptr, count * size, file, line);
}

static void *hook_malloc_array(size_t count, size_t size, const char *file, int line)
{
    return hook_realloc_array(NULL, count, size, file, line);
}

static void *hook_calloc(size_t count, size_t size, const char *file, int line)
{
    void *ptr = hook_malloc_array(count, size, file, line);

    if (ptr)
        memset(ptr, 0, count * size);
    return ptr;
}

static char *hook_substrdup(const char *text, size_t len, const char *file, int line)
{
    char *copy = len < SIZE_MAX ? hook_malloc(len + 1, file, line) : NULL;

    if (copy) {
        memcpy(copy, text, len);
        copy[len] = '\0';
    }
    return copy;
}

static char *hook_strndup(const char *text, size_t len_max, const char *file, int line)
{
    const char *end = memchr(text, 0, len_max);

    return hook_substrdup(text, end ? (size_t)(end - text) : len_max, file, line);
}

static char *hook_strdup(const char *text, const char *file, int line)
{
    return hook_substrdup(text, strlen(text), file, line);
}
#endif

static git_allocator hooks = {
    .gmalloc = hook_malloc,
    .grealloc = hook_realloc,
    .gfree = hook_free,
#if GIT_MINOR < 107 /* the other callbacks went away with 1.7 */
    .gcalloc = hook_calloc,
    .gstrdup = hook_strdup,
    .gstrndup = hook_strndup,
    .gsubstrdup = hook_substrdup,
    .greallocarray = hook_realloc_array,
    .gmallocarray = hook_malloc_array,
#endif
};

size_t jemput_object_bytes_max(size_t bytes_max, uint64_t file_bytes)
{
    uint64_t by_ratio = file_bytes < UINT64_MAX / JEMPUT_OBJECT_RATIO_MAX ? file_bytes * JEMPUT_OBJECT_RATIO_MAX : UINT64_MAX;

    if (by_ratio < JEMPUT_OBJECT_RATIO_FREE_BYTES)
        by_ratio = JEMPUT_OBJECT_RATIO_FREE_BYTES;
    return by_ratio < bytes_max ? (size_t)by_ratio : bytes_max;
}

void jemput_git_bound(size_t object_bytes)
{
    bound = (struct bound){ .on = true, .one_bytes = object_bytes + BOUND_SLACK_BYTES };
    bound.total_bytes = BOUND_CHAIN_OBJECTS * (object_bytes < BOUND_SLACK_BYTES ? object_bytes : BOUND_SLACK_BYTES);
    bound.total_bytes += BOUND_CHAIN_LARGE * object_bytes + 16 * BOUND_SLACK_BYTES;
}

void jemput_git_unbound(void)
{
    bound.on = false;
}

bool jemput_git_refused(void)
{
    return bound.refused != JEMPUT_OK;
}

/* --- start --- */

/* None of these allocates or can fail. The cache would outlive a rolled-back transaction, and the memory budget. */
static void git_options_set(void)
{
    git_libgit2_opts(GIT_OPT_SET_ALLOCATOR, &hooks);
    git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 1);
    git_libgit2_opts(GIT_OPT_ENABLE_CACHING, 0);
    git_libgit2_opts(GIT_OPT_SET_MWINDOW_SIZE, WINDOW_BYTES);
    git_libgit2_opts(GIT_OPT_SET_MWINDOW_MAPPED_LIMIT, WINDOWS_BYTES);
    git_libgit2_opts(GIT_OPT_SET_MWINDOW_FILE_LIMIT, PACKS_OPEN_MAX);
}

enum jemput_status jemput_git_ready(struct jemput_error *err)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static bool ready;
    enum jemput_status st = JEMPUT_OK;

    JEMPUT_ASSERT(pthread_mutex_lock(&lock) == 0);
    if (!ready) {
        git_options_set(); /* before init: libgit2 keeps an allocator that is set already */
        ready = git_libgit2_init() >= 0;
        if (!ready) {
            st = jemput_git_fail(-1, err);
            git_libgit2_shutdown(); /* a failed init counts as one as well */
        }
    }
    JEMPUT_ASSERT(pthread_mutex_unlock(&lock) == 0);
    return st ? jemput_wrap(err, "start libgit2") : JEMPUT_OK;
}

/* --- errors --- */

/* libgit2 keeps no errno, only the system's words for it in the text. */
static bool text_tells(const char *text, int code)
{
    char why[128];

    return strerror_r(code, why, sizeof why) == 0 && strstr(text, why);
}

static enum jemput_status status_of_system_text(const char *text)
{
    if (text_tells(text, ENOSPC) || text_tells(text, EDQUOT))
        return JEMPUT_FULL;
    if (text_tells(text, EACCES) || text_tells(text, EPERM) || text_tells(text, EROFS))
        return JEMPUT_DENIED;
    if (text_tells(text, ENOENT) || text_tells(text, ENOTDIR))
        return JEMPUT_NOTFOUND;
    return JEMPUT_IO;
}

enum jemput_status jemput_git_fail(int rc, struct jemput_error *err)
{
    const git_error *last = git_error_last();
    const char *text = last && last->message ? last->message : "no reason given";
    enum jemput_status st = bound.refused;

    bound.refused = JEMPUT_OK;
    if (st)
        return jemput_fail(err, st, st == JEMPUT_LIMIT ? "larger than allowed" : "no memory");
    if (last && last->klass == GIT_ERROR_NOMEMORY) /* and no allocation was refused: it was never asked for, because a sum has gone over the end */
        return jemput_fail(err, JEMPUT_CORRUPT, "a size is not valid");
    if (rc == GIT_ENOTFOUND)
        return jemput_fail(err, JEMPUT_NOTFOUND, "not there");
    st = last && last->klass == GIT_ERROR_OS ? status_of_system_text(text) : JEMPUT_CORRUPT;
    return jemput_fail(err, st, "%s", text);
}

/* --- object ids --- */

void jemput_oid_to_git(git_oid *out, const struct jemput_oid *oid)
{
    memset(out, 0, sizeof *out);
    memcpy(out->id, oid->id, sizeof oid->id);
}

void jemput_oid_hex(char out[2 * JEMPUT_OID_BYTES + 1], const struct jemput_oid *oid)
{
    jemput_hex_encode(out, oid->id, sizeof oid->id);
}

bool jemput_oid_equal(const struct jemput_oid *a, const struct jemput_oid *b)
{
    return memcmp(a->id, b->id, sizeof a->id) == 0;
}

enum jemput_status jemput_oid_of(struct jemput_oid *out, git_object_t kind, struct jemput_bytes bytes, struct jemput_error *err)
{
    git_oid id;
    enum jemput_status st = jemput_git_ready(err);
    int rc;

    if (st)
        return st;
    rc = git_odb_hash(&id, bytes.data, bytes.len, kind);
    if (rc < 0)
        return jemput_git_fail(rc, err);
    memcpy(out->id, id.id, sizeof out->id);
    return JEMPUT_OK;
}

/* "blob 12", a zero byte, 12 bytes. */
void jemput_oid_of_own(struct jemput_oid *out, git_object_t kind, struct jemput_bytes bytes)
{
    struct jemput_sha1_run run;
    char digits[DIGITS_MAX + 1] = "";
    size_t left = bytes.len, at = DIGITS_MAX;

    do
        digits[--at] = (char)('0' + left % 10);
    while (left /= 10);
    jemput_sha1_begin(&run);
    jemput_sha1_add(&run, jemput_bytes_str(git_object_type2string(kind)));
    jemput_sha1_add(&run, jemput_bytes_of(" ", 1));
    jemput_sha1_add(&run, jemput_bytes_of(digits + at, sizeof digits - at));
    jemput_sha1_add(&run, bytes);
    jemput_sha1_end(&run, out->id);
}
