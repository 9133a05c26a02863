/* store/vfs/layer.c — see vfs/layer.h. */
#include "store/vfs/layer.h"

#include <string.h>

/* --- calls of the VFS --- */

static sqlite3_vfs *real_of(sqlite3_vfs *base)
{
    return ((struct jemput_layer *)base)->real;
}

static int vfs_delete(sqlite3_vfs *base, const char *name, int folder_sync)
{
    return real_of(base)->xDelete(real_of(base), name, folder_sync);
}

static int vfs_access(sqlite3_vfs *base, const char *name, int flags, int *out)
{
    return real_of(base)->xAccess(real_of(base), name, flags, out);
}

static int vfs_full_path(sqlite3_vfs *base, const char *name, int size, char *out)
{
    return real_of(base)->xFullPathname(real_of(base), name, size, out);
}

static void *vfs_dl_open(sqlite3_vfs *base, const char *path)
{
    return real_of(base)->xDlOpen ? real_of(base)->xDlOpen(real_of(base), path) : NULL;
}

static void vfs_dl_error(sqlite3_vfs *base, int size, char *out)
{
    if (real_of(base)->xDlError)
        real_of(base)->xDlError(real_of(base), size, out);
}

static void (*vfs_dl_sym(sqlite3_vfs *base, void *library, const char *symbol))(void)
{
    return real_of(base)->xDlSym(real_of(base), library, symbol);
}

static void vfs_dl_close(sqlite3_vfs *base, void *library)
{
    real_of(base)->xDlClose(real_of(base), library);
}

static int vfs_randomness(sqlite3_vfs *base, int len, char *out)
{
    return real_of(base)->xRandomness(real_of(base), len, out);
}

static int vfs_sleep(sqlite3_vfs *base, int microseconds)
{
    return real_of(base)->xSleep(real_of(base), microseconds);
}

static int vfs_time(sqlite3_vfs *base, double *out)
{
    return real_of(base)->xCurrentTime(real_of(base), out);
}

static int vfs_last_error(sqlite3_vfs *base, int size, char *out)
{
    return real_of(base)->xGetLastError(real_of(base), size, out);
}

static int vfs_time64(sqlite3_vfs *base, sqlite3_int64 *out)
{
    return real_of(base)->xCurrentTimeInt64(real_of(base), out);
}

void jemput_layer_init(struct jemput_layer *layer, sqlite3_vfs *real, const char *name, size_t file_size,
                       int (*open)(sqlite3_vfs *, const char *, sqlite3_file *, int, int *))
{
    layer->real = real;
    layer->base = (sqlite3_vfs){
        .iVersion = 2,
        .szOsFile = (int)file_size + real->szOsFile,
        .mxPathname = real->mxPathname,
        .zName = name,
        .xOpen = open,
        .xDelete = vfs_delete,
        .xAccess = vfs_access,
        .xFullPathname = vfs_full_path,
        .xDlOpen = vfs_dl_open,
        .xDlError = vfs_dl_error,
        .xDlSym = vfs_dl_sym,
        .xDlClose = vfs_dl_close,
        .xRandomness = vfs_randomness,
        .xSleep = vfs_sleep,
        .xCurrentTime = vfs_time,
        .xGetLastError = vfs_last_error,
        .xCurrentTimeInt64 = vfs_time64,
    };
}

int jemput_layer_open(struct jemput_layer *layer, const char *name, struct jemput_layer_file *f, size_t file_size, int flags, int *flags_out)
{
    f->real = (sqlite3_file *)((char *)f + file_size);
    return layer->real->xOpen(layer->real, name, f->real, flags, flags_out);
}

/* --- calls of a file --- */

static sqlite3_file *below(sqlite3_file *base)
{
    return ((struct jemput_layer_file *)base)->real;
}

int jemput_layer_read(sqlite3_file *base, void *out, int len, sqlite3_int64 offset)
{
    return below(base)->pMethods->xRead(below(base), out, len, offset);
}

int jemput_layer_write(sqlite3_file *base, const void *data, int len, sqlite3_int64 offset)
{
    return below(base)->pMethods->xWrite(below(base), data, len, offset);
}

int jemput_layer_truncate(sqlite3_file *base, sqlite3_int64 size)
{
    return below(base)->pMethods->xTruncate(below(base), size);
}

int jemput_layer_sync(sqlite3_file *base, int flags)
{
    return below(base)->pMethods->xSync(below(base), flags);
}

int jemput_layer_size(sqlite3_file *base, sqlite3_int64 *out)
{
    return below(base)->pMethods->xFileSize(below(base), out);
}

int jemput_layer_lock(sqlite3_file *base, int level)
{
    return below(base)->pMethods->xLock(below(base), level);
}

int jemput_layer_unlock(sqlite3_file *base, int level)
{
    return below(base)->pMethods->xUnlock(below(base), level);
}

int jemput_layer_check_reserved(sqlite3_file *base, int *out)
{
    return below(base)->pMethods->xCheckReservedLock(below(base), out);
}

int jemput_layer_control(sqlite3_file *base, int op, void *arg)
{
    return below(base)->pMethods->xFileControl(below(base), op, arg);
}

int jemput_layer_sector_size(sqlite3_file *base)
{
    return below(base)->pMethods->xSectorSize(below(base));
}

int jemput_layer_characteristics(sqlite3_file *base)
{
    return below(base)->pMethods->xDeviceCharacteristics(below(base));
}

int jemput_layer_shm_map(sqlite3_file *base, int region, int size, int extend, void volatile **out)
{
    return below(base)->pMethods->xShmMap(below(base), region, size, extend, out);
}

int jemput_layer_shm_lock(sqlite3_file *base, int first, int count, int flags)
{
    return below(base)->pMethods->xShmLock(below(base), first, count, flags);
}

void jemput_layer_shm_barrier(sqlite3_file *base)
{
    below(base)->pMethods->xShmBarrier(below(base));
}

int jemput_layer_shm_unmap(sqlite3_file *base, int delete_it)
{
    return below(base)->pMethods->xShmUnmap(below(base), delete_it);
}
