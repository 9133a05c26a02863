/* support/spy_vfs.c — see spy_vfs.h. */
#define _GNU_SOURCE /* memmem */
#include "spy_vfs.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXTS_MAX 256
#define TAIL_BYTES 64

struct spy_file {
    sqlite3_file base; /* first */
    sqlite3_file *real;
    int kind;
    char tail[TAIL_BYTES]; /* the end of the last write, for texts that two writes share */
    size_t tail_len;
    sqlite3_int64 tail_end;
};

static struct {
    sqlite3_vfs base;
    sqlite3_vfs *real;
    const char *texts[TEXTS_MAX];
    size_t text_count, hits, writes[32];
    unsigned torn; /* so many of the next readings of `torn_len` bytes at `torn_at` of a database */
    sqlite3_int64 torn_at;
    int torn_len;
    char first[256];
} spy;

bool spy_has(const void *data, size_t len, const char *text)
{
    return data && memmem(data, len, text, strlen(text)) != NULL;
}

static void look(struct spy_file *f, const char *data, size_t len)
{
    for (size_t i = 0; i < spy.text_count; i++)
        if (spy_has(data, len, spy.texts[i])) {
            if (!spy.hits++)
                snprintf(spy.first, sizeof spy.first, "'%s' in a file opened with %08x", spy.texts[i], (unsigned)f->kind);
        }
}

static int spy_write(sqlite3_file *base, const void *data, int len, sqlite3_int64 offset)
{
    struct spy_file *f = (struct spy_file *)base;
    size_t size = (size_t)len, before = offset == f->tail_end ? f->tail_len : 0;
    char *joined = malloc(before + size + 1);

    if (!joined)
        abort();
    memcpy(joined, f->tail, before);
    memcpy(joined + before, data, size);
    look(f, joined, before + size);
    f->tail_len = before + size < TAIL_BYTES ? before + size : TAIL_BYTES;
    memcpy(f->tail, joined + before + size - f->tail_len, f->tail_len);
    f->tail_end = offset + len;
    free(joined);
    for (int i = 0; i < 32; i++)
        spy.writes[i] += ((unsigned)f->kind >> i) & 1;
    return f->real->pMethods->xWrite(f->real, data, len, offset);
}

#define REAL(f) (((struct spy_file *)(f))->real)
static int spy_close(sqlite3_file *f) { return REAL(f)->pMethods->xClose(REAL(f)); }
static int spy_read(sqlite3_file *base, void *out, int len, sqlite3_int64 at)
{
    int rc = REAL(base)->pMethods->xRead(REAL(base), out, len, at);

    if (rc == SQLITE_OK && spy.torn && at == spy.torn_at && len == spy.torn_len && ((struct spy_file *)base)->kind & SQLITE_OPEN_MAIN_DB) {
        spy.torn--;
        memset((char *)out + len / 2, 0, (size_t)(len - len / 2));
    }
    return rc;
}
static int spy_truncate(sqlite3_file *f, sqlite3_int64 n) { return REAL(f)->pMethods->xTruncate(REAL(f), n); }
static int spy_sync(sqlite3_file *f, int flags) { return REAL(f)->pMethods->xSync(REAL(f), flags); }
static int spy_size(sqlite3_file *f, sqlite3_int64 *o) { return REAL(f)->pMethods->xFileSize(REAL(f), o); }
static int spy_lock(sqlite3_file *f, int l) { return REAL(f)->pMethods->xLock(REAL(f), l); }
static int spy_unlock(sqlite3_file *f, int l) { return REAL(f)->pMethods->xUnlock(REAL(f), l); }
static int spy_reserved(sqlite3_file *f, int *o) { return REAL(f)->pMethods->xCheckReservedLock(REAL(f), o); }
static int spy_control(sqlite3_file *f, int op, void *a) { return REAL(f)->pMethods->xFileControl(REAL(f), op, a); }
static int spy_sector(sqlite3_file *f) { return REAL(f)->pMethods->xSectorSize(REAL(f)); }
static int spy_traits(sqlite3_file *f) { return REAL(f)->pMethods->xDeviceCharacteristics(REAL(f)); }
static int spy_map(sqlite3_file *f, int r, int n, int e, void volatile **o) { return REAL(f)->pMethods->xShmMap(REAL(f), r, n, e, o); }
static int spy_shm_lock(sqlite3_file *f, int a, int n, int fl) { return REAL(f)->pMethods->xShmLock(REAL(f), a, n, fl); }
static void spy_barrier(sqlite3_file *f) { REAL(f)->pMethods->xShmBarrier(REAL(f)); }
static int spy_unmap(sqlite3_file *f, int d) { return REAL(f)->pMethods->xShmUnmap(REAL(f), d); }

static const sqlite3_io_methods methods = {
    .iVersion = 2, .xClose = spy_close, .xRead = spy_read, .xWrite = spy_write, .xTruncate = spy_truncate, .xSync = spy_sync,
    .xFileSize = spy_size, .xLock = spy_lock, .xUnlock = spy_unlock, .xCheckReservedLock = spy_reserved, .xFileControl = spy_control,
    .xSectorSize = spy_sector, .xDeviceCharacteristics = spy_traits, .xShmMap = spy_map, .xShmLock = spy_shm_lock,
    .xShmBarrier = spy_barrier, .xShmUnmap = spy_unmap,
};

static int spy_open(sqlite3_vfs *base, const char *name, sqlite3_file *file, int flags, int *out)
{
    struct spy_file *f = (struct spy_file *)file;
    int rc;

    (void)base;
    memset(f, 0, sizeof *f);
    f->real = (sqlite3_file *)(f + 1);
    f->kind = flags;
    f->tail_end = -1;
    rc = spy.real->xOpen(spy.real, name, f->real, flags, out);
    if (f->real->pMethods)
        f->base.pMethods = &methods;
    return rc;
}

static int spy_delete(sqlite3_vfs *v, const char *n, int s) { (void)v; return spy.real->xDelete(spy.real, n, s); }
static int spy_access(sqlite3_vfs *v, const char *n, int f, int *o) { (void)v; return spy.real->xAccess(spy.real, n, f, o); }
static int spy_path(sqlite3_vfs *v, const char *n, int s, char *o) { (void)v; return spy.real->xFullPathname(spy.real, n, s, o); }
static int spy_random(sqlite3_vfs *v, int n, char *o) { (void)v; return spy.real->xRandomness(spy.real, n, o); }
static int spy_sleep(sqlite3_vfs *v, int us) { (void)v; return spy.real->xSleep(spy.real, us); }
static int spy_time(sqlite3_vfs *v, double *o) { (void)v; return spy.real->xCurrentTime(spy.real, o); }
static int spy_error(sqlite3_vfs *v, int n, char *o) { (void)v; return spy.real->xGetLastError(spy.real, n, o); }
static int spy_time64(sqlite3_vfs *v, sqlite3_int64 *o) { (void)v; return spy.real->xCurrentTimeInt64(spy.real, o); }

void spy_vfs_start(const char *name, const char *real)
{
    memset(&spy, 0, sizeof spy);
    spy.real = sqlite3_vfs_find(real);
    spy.base = (sqlite3_vfs){
        .iVersion = 2, .szOsFile = (int)sizeof(struct spy_file) + spy.real->szOsFile, .mxPathname = spy.real->mxPathname, .zName = name,
        .xOpen = spy_open, .xDelete = spy_delete, .xAccess = spy_access, .xFullPathname = spy_path, .xRandomness = spy_random,
        .xSleep = spy_sleep, .xCurrentTime = spy_time, .xGetLastError = spy_error, .xCurrentTimeInt64 = spy_time64,
    };
    if (sqlite3_vfs_register(&spy.base, 0) != SQLITE_OK)
        abort();
}

void spy_vfs_stop(void)
{
    sqlite3_vfs_unregister(&spy.base);
}

void spy_vfs_tear(long long at, int len, unsigned times)
{
    spy.torn_at = at;
    spy.torn_len = len;
    spy.torn = times;
}

void spy_vfs_watch(const char *text)
{
    if (spy.text_count == TEXTS_MAX)
        abort();
    spy.texts[spy.text_count++] = text;
}

void spy_vfs_forget(void)
{
    spy.text_count = spy.hits = 0;
    memset(spy.writes, 0, sizeof spy.writes);
    spy.first[0] = '\0';
}

size_t spy_vfs_hits(void)
{
    return spy.hits;
}

const char *spy_vfs_first_hit(void)
{
    return spy.first;
}

size_t spy_vfs_writes(int open_flag)
{
    for (int i = 0; i < 32; i++)
        if (open_flag == 1 << i)
            return spy.writes[i];
    return 0;
}
