/* store/vfs/wal.c — see vfs/wal.h. Frame and log header: https://www.sqlite.org/fileformat2.html, "The Write-Ahead Log". */
#include "store/vfs/wal.h"

#include <stdatomic.h>
#include <string.h>

#include "base/alloc.h"
#include "store/vfs/layer.h"

#define LOG_HEADER_BYTES 32
#define PAGE_BYTES 4096 /* of our files; the logs of others (ATTACH) are passed on call by call */
#define FRAME_HEADER_BYTES 24
#define FRAME_BYTES (FRAME_HEADER_BYTES + PAGE_BYTES)
#define FRAME_COMMIT_AT 4 /* size of the database after the commit, big-endian; 0 = it goes on */
#define FRAMES_MAX 16
#define WRITE_LOCK 0 /* of SQLite's locks on the wal-index */

struct jemput_wal_vfs {
    struct jemput_layer layer; /* first */
    char name[32];
    atomic_uint refs; /* the owner and each open file */
};

struct frames { /* kept back, one behind the other */
    int64_t at;
    size_t len;
    int64_t end; /* of what the transaction has appended to the log so far */
    uint8_t bytes[FRAMES_MAX * FRAME_BYTES];
};

struct wal_file {
    struct jemput_layer_file layer; /* first */
    struct jemput_wal_vfs *vfs;
    struct frames *frames;     /* of a log */
    struct wal_file *database; /* of a log: the file whose locks say when a transaction ends */
    struct wal_file *log;      /* of a database; NULL = not open */
};

static struct wal_file *file_of(sqlite3_file *base)
{
    return (struct wal_file *)base;
}

static void vfs_unref(struct jemput_wal_vfs *vfs)
{
    if (atomic_fetch_sub(&vfs->refs, 1) == 1)
        jemput_free(vfs);
}

static int file_close(sqlite3_file *base)
{
    struct wal_file *f = file_of(base);
    int rc = f->layer.real->pMethods->xClose(f->layer.real);

    if (f->database)
        f->database->log = NULL;
    jemput_free(f->frames);
    vfs_unref(f->vfs);
    return rc;
}

/* --- the log --- */

/* What cannot be written is kept: after SQLITE_FULL SQLite may take back one statement alone, and the others of the transaction go on. */
static int frames_write(struct wal_file *f)
{
    struct frames *frames = f->frames;
    int rc = frames->len ? jemput_layer_write(&f->layer.base, frames->bytes, (int)frames->len, frames->at) : SQLITE_OK;

    if (rc == SQLITE_OK)
        frames->len = 0;
    return rc;
}

/* Is this the next that the transaction appends: a frame's header, the page behind one that is kept, or a whole frame? What it rewrites (pages that
 * it has written before, then the headers of all behind them) ends with no sign, so it is not kept. */
static bool is_appended(const struct frames *frames, bool goes_on, int len, int64_t offset)
{
    if (offset >= LOG_HEADER_BYTES && (offset - LOG_HEADER_BYTES) % FRAME_BYTES == 0)
        return offset >= frames->end && (len == FRAME_HEADER_BYTES || len == FRAME_BYTES);
    return goes_on && frames->len % FRAME_BYTES == FRAME_HEADER_BYTES && len == PAGE_BYTES;
}

static void transaction_end(struct frames *frames)
{
    frames->len = 0;
    frames->end = 0;
}

static bool commits(const struct frames *frames)
{
    static const uint8_t goes_on[4];

    return frames->len && frames->len % FRAME_BYTES == 0 &&
           memcmp(frames->bytes + frames->len - FRAME_BYTES + FRAME_COMMIT_AT, goes_on, sizeof goes_on) != 0;
}

static int log_write(sqlite3_file *base, const void *data, int len, sqlite3_int64 offset)
{
    struct wal_file *f = file_of(base);
    struct frames *frames = f->frames;
    bool goes_on = frames->len && offset == frames->at + (int64_t)frames->len;
    bool appended = is_appended(frames, goes_on, len, offset);
    int rc = SQLITE_OK;

    if (!goes_on || !appended || frames->len + (size_t)len > sizeof frames->bytes)
        rc = frames_write(f);
    if (rc != SQLITE_OK || !appended)
        return rc != SQLITE_OK ? rc : jemput_layer_write(base, data, len, offset);
    if (!frames->len)
        frames->at = offset;
    memcpy(frames->bytes + frames->len, data, (size_t)len);
    frames->len += (size_t)len;
    frames->end = offset + len;
    return commits(frames) ? frames_write(f) : SQLITE_OK;
}

static int log_read(sqlite3_file *base, void *out, int len, sqlite3_int64 offset)
{
    struct wal_file *f = file_of(base);
    const struct frames *frames = f->frames;
    bool kept = frames->len && offset < frames->at + (int64_t)frames->len && offset + len > frames->at;
    int rc = kept ? frames_write(f) : SQLITE_OK;

    return rc == SQLITE_OK ? jemput_layer_read(base, out, len, offset) : rc;
}

static int log_truncate(sqlite3_file *base, sqlite3_int64 size)
{
    int rc = frames_write(file_of(base));

    return rc == SQLITE_OK ? jemput_layer_truncate(base, size) : rc;
}

static int log_sync(sqlite3_file *base, int flags)
{
    int rc = frames_write(file_of(base));

    return rc == SQLITE_OK ? jemput_layer_sync(base, flags) : rc;
}

static int log_size(sqlite3_file *base, sqlite3_int64 *out)
{
    int rc = frames_write(file_of(base));

    return rc == SQLITE_OK ? jemput_layer_size(base, out) : rc;
}

/* --- the database, and what else is passed on --- */

static int database_shm_lock(sqlite3_file *base, int first, int count, int flags)
{
    struct wal_file *f = file_of(base);

    if (f->log && first == WRITE_LOCK && (flags & SQLITE_SHM_UNLOCK))
        transaction_end(f->log->frames);
    return jemput_layer_shm_lock(base, first, count, flags);
}

#define SHARED_METHODS                                                                                                                             \
    .xClose = file_close, .xLock = jemput_layer_lock, .xUnlock = jemput_layer_unlock, .xCheckReservedLock = jemput_layer_check_reserved,           \
    .xFileControl = jemput_layer_control, .xSectorSize = jemput_layer_sector_size, .xDeviceCharacteristics = jemput_layer_characteristics,         \
    .xShmMap = jemput_layer_shm_map, .xShmLock = database_shm_lock, .xShmBarrier = jemput_layer_shm_barrier, .xShmUnmap = jemput_layer_shm_unmap

#define OTHER_METHODS                                                                                                                              \
    .xRead = jemput_layer_read, .xWrite = jemput_layer_write, .xTruncate = jemput_layer_truncate, .xSync = jemput_layer_sync,                      \
    .xFileSize = jemput_layer_size, SHARED_METHODS

static const sqlite3_io_methods log_methods = { .iVersion = 1, .xRead = log_read, .xWrite = log_write, .xTruncate = log_truncate,
                                                .xSync = log_sync, .xFileSize = log_size, SHARED_METHODS };
static const sqlite3_io_methods database_methods = { .iVersion = 2, OTHER_METHODS };
static const sqlite3_io_methods other_methods = { .iVersion = 1, OTHER_METHODS }; /* and a database where memory cannot be shared: no log for it */

static const sqlite3_io_methods *methods_of(const struct wal_file *f)
{
    if (f->frames)
        return &log_methods;
    return f->layer.real->pMethods->iVersion >= 2 ? &database_methods : &other_methods;
}

/* --- opening --- */

/* The database that a log belongs to: SQLite has opened it before, by this VFS or by a vault on top of it. */
static struct wal_file *database_of(const char *name)
{
    sqlite3_file *file = sqlite3_database_file_object(name);

    if (file->pMethods->xShmLock != database_shm_lock)
        file = ((struct jemput_layer_file *)file)->real;
    JEMPUT_ASSERT(file->pMethods->xShmLock == database_shm_lock);
    return file_of(file);
}

static int log_equip(struct wal_file *f, const char *name)
{
    f->frames = jemput_alloc(sizeof *f->frames);
    if (!f->frames)
        return SQLITE_NOMEM;
    transaction_end(f->frames);
    f->database = database_of(name);
    f->database->log = f;
    return SQLITE_OK;
}

static int vfs_open(sqlite3_vfs *base, const char *name, sqlite3_file *file, int flags, int *flags_out)
{
    struct jemput_wal_vfs *vfs = (struct jemput_wal_vfs *)base;
    struct wal_file *f = file_of(file);
    int rc;

    memset(f, 0, sizeof *f);
    f->vfs = vfs;
    rc = jemput_layer_open(&vfs->layer, name, &f->layer, sizeof *f, flags, flags_out);
    if (rc == SQLITE_OK && (flags & SQLITE_OPEN_WAL))
        rc = log_equip(f, name);
    if (rc != SQLITE_OK) {
        if (f->layer.real->pMethods)
            f->layer.real->pMethods->xClose(f->layer.real);
        return rc;
    }
    atomic_fetch_add(&vfs->refs, 1);
    file->pMethods = methods_of(f);
    return SQLITE_OK;
}

enum jemput_status jemput_wal_vfs_open(struct jemput_wal_vfs **out, struct jemput_env *env, struct jemput_error *err)
{
    static atomic_uint_fast64_t count;
    sqlite3_vfs *real = sqlite3_vfs_find(env->sqlite_vfs);
    struct jemput_wal_vfs *vfs;

    *out = NULL;
    if (!real)
        return jemput_fail(err, JEMPUT_MISUSE, "no SQLite VFS '%s'", env->sqlite_vfs ? env->sqlite_vfs : "");
    vfs = jemput_alloc_zero(1, sizeof *vfs);
    if (!vfs)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a file system layer");
    atomic_init(&vfs->refs, 1);
    sqlite3_snprintf(sizeof vfs->name, vfs->name, "jemput-wal-%llu", (unsigned long long)atomic_fetch_add(&count, 1));
    jemput_layer_init(&vfs->layer, real, vfs->name, sizeof(struct wal_file), vfs_open);
    if (sqlite3_vfs_register(&vfs->layer.base, 0) != SQLITE_OK) {
        vfs_unref(vfs);
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a file system layer");
    }
    *out = vfs;
    return JEMPUT_OK;
}

const char *jemput_wal_vfs_name(const struct jemput_wal_vfs *vfs)
{
    return vfs->name;
}

void jemput_wal_vfs_close(struct jemput_wal_vfs *vfs)
{
    if (!vfs)
        return;
    sqlite3_vfs_unregister(&vfs->layer.base);
    vfs_unref(vfs);
}
