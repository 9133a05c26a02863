/* support/crash_vfs.c — see crash_vfs.h. SQLite's calls, turned into operations of the disk and of the locks. */
#include "crash_vfs.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crash_lock.h"

#define SECTOR_BYTES 4096
#define PATH_BYTES_MAX 1024

struct crash_vfs {
    sqlite3_vfs base; /* first, so that a sqlite3_vfs is a crash_vfs */
    struct crash_disk disk;
    char *name;
    int64_t now_ms;
    uint64_t rng;
    bool powersafe;
};

struct crash_file {
    sqlite3_file base; /* first */
    struct crash_vfs *vfs;
    struct crash_node *node;
    uint64_t generation;
    struct crash_holder holder;
    bool folder_sync; /* journal or WAL that may be new: the first sync through each handle makes its name safe, as os_unix.c does */
    bool delete_on_close;
    bool persist_wal;
};

static struct crash_locks *file_locks(struct crash_file *f)
{
    return f->node->lock_state;
}

static bool file_dead(const struct crash_file *f)
{
    return f->generation != f->vfs->disk.generation || f->vfs->disk.no_power;
}

static int answer_code(enum crash_answer answer, int failed)
{
    switch (answer) {
    case CRASH_DONE:
        return SQLITE_OK;
    case CRASH_FAILED:
        return failed;
    case CRASH_NO_SPACE:
        return SQLITE_FULL;
    case CRASH_NO_POWER:
        break;
    }
    return failed == SQLITE_CANTOPEN ? SQLITE_CANTOPEN : SQLITE_IOERR;
}

/* ---- locks and shared memory ---- */

/* The disk calls this for each file when the power goes: nobody holds anything any more. */
static void node_forget_locks(struct crash_node *n)
{
    if (n->lock_state)
        memset(n->lock_state, 0, sizeof(struct crash_locks));
}

static void node_free_locks(struct crash_node *n)
{
    free(n->lock_state);
}

static int file_lock(sqlite3_file *base, int level)
{
    struct crash_file *f = (struct crash_file *)base;

    return file_dead(f) ? SQLITE_IOERR : crash_lock_raise(file_locks(f), &f->holder, level);
}

static int file_unlock(sqlite3_file *base, int level)
{
    struct crash_file *f = (struct crash_file *)base;

    if (f->generation == f->vfs->disk.generation)
        crash_lock_lower(file_locks(f), &f->holder, level);
    else
        crash_holder_drop(&f->holder); /* the power cut has taken all locks */
    return SQLITE_OK;
}

static int file_check_reserved(sqlite3_file *base, int *out)
{
    struct crash_file *f = (struct crash_file *)base;

    *out = file_locks(f)->reserved != NULL;
    return file_dead(f) ? SQLITE_IOERR : SQLITE_OK;
}

static int file_shm_map(sqlite3_file *base, int region, int region_bytes, int extend, void volatile **out)
{
    struct crash_file *f = (struct crash_file *)base;
    int rc;

    *out = NULL;
    if (file_dead(f))
        return SQLITE_IOERR;
    rc = answer_code(crash_disk_begin(&f->vfs->disk, CRASH_OP_SHM_MAP), SQLITE_IOERR_SHMMAP);
    return rc ? rc : crash_shm_map(file_locks(f), &f->holder, region, region_bytes, extend, out);
}

static int file_shm_lock(sqlite3_file *base, int first, int count, int flags)
{
    struct crash_file *f = (struct crash_file *)base;

    if (!(flags & SQLITE_SHM_UNLOCK) && file_dead(f))
        return SQLITE_IOERR;
    return crash_shm_lock(&f->holder, first, count, flags);
}

static void file_shm_barrier(sqlite3_file *base)
{
    (void)base; /* one thread */
}

static int file_shm_unmap(sqlite3_file *base, int delete_it)
{
    struct crash_file *f = (struct crash_file *)base;

    (void)delete_it; /* the memory goes with its last user anyway */
    crash_shm_unmap(file_locks(f), &f->holder);
    return SQLITE_OK;
}

/* ---- bytes ---- */

static int file_close(sqlite3_file *base)
{
    struct crash_file *f = (struct crash_file *)base;
    struct crash_disk *d = &f->vfs->disk;

    file_shm_unmap(base, 0);
    file_unlock(base, SQLITE_LOCK_NONE);
    if (f->delete_on_close && f->node->linked && !file_dead(f))
        f->node->linked = false;
    crash_node_unref(d, f->node);
    return SQLITE_OK;
}

static int file_read(sqlite3_file *base, void *out, int len, sqlite3_int64 offset)
{
    struct crash_file *f = (struct crash_file *)base;
    const struct crash_blob *b = &f->node->now;
    size_t want = (size_t)len, there = 0;
    int rc;

    if (file_dead(f))
        return SQLITE_IOERR;
    rc = answer_code(crash_disk_begin(&f->vfs->disk, CRASH_OP_READ), SQLITE_IOERR_READ);
    if (rc)
        return rc;
    if ((uint64_t)offset < b->len)
        there = b->len - (size_t)offset;
    if (there > want)
        there = want;
    if (there)
        memcpy(out, b->data + offset, there);
    if (there == want)
        return SQLITE_OK;
    memset((uint8_t *)out + there, 0, want - there);
    return SQLITE_IOERR_SHORT_READ;
}

static int file_write(sqlite3_file *base, const void *data, int len, sqlite3_int64 offset)
{
    struct crash_file *f = (struct crash_file *)base;

    if (file_dead(f))
        return SQLITE_IOERR;
    return answer_code(crash_disk_write(&f->vfs->disk, f->node, data, (size_t)len, (uint64_t)offset), SQLITE_IOERR_WRITE);
}

static int file_truncate(sqlite3_file *base, sqlite3_int64 size)
{
    struct crash_file *f = (struct crash_file *)base;

    if (file_dead(f))
        return SQLITE_IOERR;
    return answer_code(crash_disk_truncate(&f->vfs->disk, f->node, (uint64_t)size), SQLITE_IOERR_TRUNCATE);
}

static int file_sync(sqlite3_file *base, int flags)
{
    struct crash_file *f = (struct crash_file *)base;
    int rc;

    (void)flags;
    if (file_dead(f))
        return SQLITE_IOERR;
    rc = answer_code(crash_disk_sync(&f->vfs->disk, f->node, f->folder_sync), SQLITE_IOERR_FSYNC);
    if (rc == SQLITE_OK)
        f->folder_sync = false;
    return rc;
}

static int file_size(sqlite3_file *base, sqlite3_int64 *out)
{
    struct crash_file *f = (struct crash_file *)base;

    *out = (sqlite3_int64)f->node->now.len;
    if (file_dead(f))
        return SQLITE_IOERR;
    return answer_code(crash_disk_begin(&f->vfs->disk, CRASH_OP_SIZE), SQLITE_IOERR_FSTAT);
}

static int file_control(sqlite3_file *base, int op, void *arg)
{
    struct crash_file *f = (struct crash_file *)base;
    int *flag = arg;

    switch (op) {
    case SQLITE_FCNTL_LOCKSTATE:
        *flag = f->holder.level;
        return SQLITE_OK;
    case SQLITE_FCNTL_PERSIST_WAL:
        if (*flag < 0)
            *flag = f->persist_wal;
        else
            f->persist_wal = *flag != 0;
        return SQLITE_OK;
    default:
        return SQLITE_NOTFOUND;
    }
}

static int file_sector_size(sqlite3_file *base)
{
    (void)base;
    return SECTOR_BYTES;
}

static int file_characteristics(sqlite3_file *base)
{
    return ((struct crash_file *)base)->vfs->powersafe ? SQLITE_IOCAP_POWERSAFE_OVERWRITE : 0;
}

static const sqlite3_io_methods file_methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_check_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector_size,
    .xDeviceCharacteristics = file_characteristics,
    .xShmMap = file_shm_map,
    .xShmLock = file_shm_lock,
    .xShmBarrier = file_shm_barrier,
    .xShmUnmap = file_shm_unmap,
};

/* ---- names ---- */

static int vfs_open(sqlite3_vfs *base, const char *name, sqlite3_file *file, int flags, int *flags_out)
{
    struct crash_vfs *v = (struct crash_vfs *)base;
    struct crash_file *f = (struct crash_file *)file;
    struct crash_node *n = name ? crash_disk_find(&v->disk, name) : NULL;
    int rc = answer_code(crash_disk_begin(&v->disk, CRASH_OP_OPEN), SQLITE_CANTOPEN);

    memset(f, 0, sizeof *f); /* pMethods NULL: SQLite does not close what was not opened */
    if (rc)
        return rc;
    if ((n && (n->is_folder || ((flags & SQLITE_OPEN_EXCLUSIVE) && (flags & SQLITE_OPEN_CREATE)))) || (!n && !(flags & SQLITE_OPEN_CREATE)))
        return SQLITE_CANTOPEN;
    if (!n)
        n = crash_disk_make(&v->disk, name);
    if (!n->lock_state)
        n->lock_state = calloc(1, sizeof(struct crash_locks));
    if (!n->lock_state)
        return SQLITE_NOMEM;
    crash_node_ref(n);
    f->base.pMethods = &file_methods;
    f->vfs = v;
    f->node = n;
    f->generation = v->disk.generation;
    f->folder_sync = (flags & SQLITE_OPEN_CREATE) && (flags & (SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL | SQLITE_OPEN_WAL));
    f->delete_on_close = flags & SQLITE_OPEN_DELETEONCLOSE;
    if (flags_out)
        *flags_out = flags;
    return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *base, const char *name, int folder_sync)
{
    struct crash_vfs *v = (struct crash_vfs *)base;
    struct crash_node *n = crash_disk_find(&v->disk, name);

    if (!n)
        return v->disk.no_power ? SQLITE_IOERR : SQLITE_IOERR_DELETE_NOENT;
    return answer_code(crash_disk_delete(&v->disk, n, folder_sync), SQLITE_IOERR_DELETE);
}

static int vfs_access(sqlite3_vfs *base, const char *name, int flags, int *out)
{
    struct crash_vfs *v = (struct crash_vfs *)base;
    struct crash_node *n = crash_disk_find(&v->disk, name);

    /* as os_unix.c: an empty file does not count as a hot journal or WAL */
    *out = n && (flags != SQLITE_ACCESS_EXISTS || n->is_folder || n->now.len > 0);
    return answer_code(crash_disk_begin(&v->disk, CRASH_OP_ACCESS), SQLITE_IOERR_ACCESS);
}

static int vfs_full_path(sqlite3_vfs *base, const char *name, int size, char *out)
{
    (void)base;
    return snprintf(out, (size_t)size, "%s", name) < size ? SQLITE_OK : SQLITE_CANTOPEN;
}

static int vfs_randomness(sqlite3_vfs *base, int len, char *out)
{
    struct crash_vfs *v = (struct crash_vfs *)base;

    for (int i = 0; i < len; i++)
        out[i] = (char)(crash_rng_next(&v->rng) & 0xff);
    return len;
}

static int vfs_sleep(sqlite3_vfs *base, int microseconds)
{
    ((struct crash_vfs *)base)->now_ms += (microseconds + 999) / 1000;
    return microseconds;
}

static int vfs_time64(sqlite3_vfs *base, sqlite3_int64 *out)
{
    *out = ((struct crash_vfs *)base)->now_ms + INT64_C(210866760000000); /* julian day in ms at 1970 */
    return SQLITE_OK;
}

static int vfs_time(sqlite3_vfs *base, double *out)
{
    sqlite3_int64 ms;
    int rc = vfs_time64(base, &ms);

    *out = (double)ms / 86400000.0;
    return rc;
}

static int vfs_last_error(sqlite3_vfs *base, int size, char *out)
{
    (void)base;
    if (size > 0)
        out[0] = '\0';
    return 0;
}

struct crash_vfs *crash_vfs_new(const char *name)
{
    struct crash_vfs *v = calloc(1, sizeof *v);
    size_t size = strlen(name) + 1;

    if (!v || !(v->name = malloc(size)))
        abort();
    memcpy(v->name, name, size);
    crash_disk_init(&v->disk);
    v->disk.on_power_cut = node_forget_locks;
    v->disk.on_free = node_free_locks;
    v->powersafe = true;
    v->now_ms = INT64_C(1750000000000);
    v->base = (sqlite3_vfs){
        .iVersion = 2,
        .szOsFile = sizeof(struct crash_file),
        .mxPathname = PATH_BYTES_MAX,
        .zName = v->name,
        .xOpen = vfs_open,
        .xDelete = vfs_delete,
        .xAccess = vfs_access,
        .xFullPathname = vfs_full_path,
        .xRandomness = vfs_randomness,
        .xSleep = vfs_sleep,
        .xCurrentTime = vfs_time,
        .xGetLastError = vfs_last_error,
        .xCurrentTimeInt64 = vfs_time64,
    };
    if (sqlite3_vfs_register(&v->base, 0) != SQLITE_OK)
        abort();
    return v;
}

void crash_vfs_free(struct crash_vfs *v)
{
    if (!v)
        return;
    sqlite3_vfs_unregister(&v->base);
    crash_disk_release(&v->disk);
    free(v->name);
    free(v);
}

struct crash_disk *crash_vfs_disk(struct crash_vfs *v)
{
    return &v->disk;
}

const char *crash_vfs_name(const struct crash_vfs *v)
{
    return v->name;
}

void crash_vfs_make_default(struct crash_vfs *v, uint64_t seed)
{
    v->rng = seed;
    sqlite3_vfs_register(&v->base, 1);
    sqlite3_randomness(0, NULL);
}

void crash_vfs_set_time(struct crash_vfs *v, int64_t now_ms)
{
    v->now_ms = now_ms;
    v->disk.now_ms = now_ms;
}

void crash_vfs_set_powersafe(struct crash_vfs *v, bool on)
{
    v->powersafe = on;
}

void crash_vfs_set_lying(struct crash_vfs *v, bool on)
{
    v->disk.lying = on;
}

void crash_vfs_cut_at(struct crash_vfs *v, uint64_t op_index)
{
    v->disk.cut_at = op_index > UINT64_MAX - v->disk.count.change_ops ? UINT64_MAX : v->disk.count.change_ops + op_index;
}

bool crash_vfs_is_cut(const struct crash_vfs *v)
{
    return v->disk.no_power;
}

void crash_vfs_power_cut(struct crash_vfs *v, uint64_t seed)
{
    crash_disk_power_cut(&v->disk, seed);
}

void crash_vfs_fail_at(struct crash_vfs *v, uint64_t op_index, enum crash_fault kind, bool sticky)
{
    crash_disk_fail_at(&v->disk, op_index, kind, sticky);
}

const struct crash_counters *crash_vfs_counters(const struct crash_vfs *v)
{
    return &v->disk.count;
}

void crash_vfs_counters_reset(struct crash_vfs *v)
{
    uint64_t left = v->disk.cut_at == UINT64_MAX ? UINT64_MAX : v->disk.cut_at - v->disk.count.change_ops;

    v->disk.count = (struct crash_counters){ 0 };
    v->disk.cut_at = left;
}

struct crash_snapshot *crash_vfs_snapshot(struct crash_vfs *v)
{
    return crash_disk_snapshot(&v->disk);
}

void crash_vfs_restore(struct crash_vfs *v, const struct crash_snapshot *s)
{
    crash_disk_restore(&v->disk, s);
}

const uint8_t *crash_vfs_file(struct crash_vfs *v, const char *name, size_t *len)
{
    static const uint8_t empty[1];
    struct crash_node *n = crash_disk_find(&v->disk, name);

    if (!n)
        return NULL;
    *len = n->now.len;
    return n->now.len ? n->now.data : empty;
}

void crash_vfs_put(struct crash_vfs *v, const char *name, const void *data, size_t len)
{
    crash_disk_put(&v->disk, name, data, len);
}

bool crash_vfs_export(struct crash_vfs *v, const char *name, const char *path)
{
    size_t len;
    const uint8_t *data = crash_vfs_file(v, name, &len);
    FILE *out = data ? fopen(path, "wb") : NULL;
    bool ok;

    if (!out)
        return false;
    ok = fwrite(data, 1, len, out) == len;
    return fclose(out) == 0 && ok;
}
