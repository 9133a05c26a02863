/* store/vaultpass.c — the calls of a vault's files that do not touch bytes and are passed on, and files that are passed through whole. */
#include "base/alloc.h"
#include "crypto/crypto.h"
#include "store/vaultfile.h"

int vault_real_read(struct vault_file *f, void *out, int len, int64_t offset)
{
    if (f->sealed && atomic_load(&f->vault->ended))
        return SQLITE_IOERR_AUTH;
    return f->real->pMethods->xRead(f->real, out, len, offset);
}

int vault_real_write(struct vault_file *f, const void *data, int len, int64_t offset)
{
    if (f->sealed && atomic_load(&f->vault->ended))
        return SQLITE_IOERR_AUTH;
    return f->real->pMethods->xWrite(f->real, data, len, offset);
}

/* --- calls that are passed on --- */

void vault_file_forget(struct vault_file *f)
{
    if (f->log)
        jemput_wipe(f->log, sizeof *f->log);
    if (f->temp)
        jemput_wipe(f->temp, sizeof *f->temp);
    if (f->block)
        jemput_wipe(f->block, VAULT_BLOCK_BYTES_MAX);
    jemput_free(f->log);
    jemput_free(f->temp);
    jemput_free(f->block);
    vault_unref(f->vault);
}

int vault_close(sqlite3_file *base)
{
    struct vault_file *f = vault_file_of(base);
    int rc = f->real->pMethods->xClose(f->real);

    vault_file_forget(f);
    return rc;
}

int vault_sync(sqlite3_file *base, int flags)
{
    struct vault_file *f = vault_file_of(base);

    return f->real->pMethods->xSync(f->real, flags);
}

int vault_lock(sqlite3_file *base, int level)
{
    struct vault_file *f = vault_file_of(base);

    return f->real->pMethods->xLock(f->real, level);
}

int vault_unlock(sqlite3_file *base, int level)
{
    struct vault_file *f = vault_file_of(base);

    return f->real->pMethods->xUnlock(f->real, level);
}

int vault_check_reserved(sqlite3_file *base, int *out)
{
    struct vault_file *f = vault_file_of(base);

    return f->real->pMethods->xCheckReservedLock(f->real, out);
}

/* Sizes that SQLite hints at are those of its pages, not of the file below. */
int vault_control(sqlite3_file *base, int op, void *arg)
{
    struct vault_file *f = vault_file_of(base);

    if (f->block && (op == SQLITE_FCNTL_SIZE_HINT || op == SQLITE_FCNTL_CHUNK_SIZE || op == SQLITE_FCNTL_MMAP_SIZE))
        return SQLITE_NOTFOUND;
    return f->real->pMethods->xFileControl(f->real, op, arg);
}

int vault_sector_size(sqlite3_file *base)
{
    struct vault_file *f = vault_file_of(base);

    return f->real->pMethods->xSectorSize(f->real);
}

int vault_characteristics(sqlite3_file *base)
{
    struct vault_file *f = vault_file_of(base);

    return f->real->pMethods->xDeviceCharacteristics(f->real) & ~SQLITE_IOCAP_BATCH_ATOMIC;
}

int vault_shm_map(sqlite3_file *base, int region, int size, int extend, void volatile **out)
{
    struct vault_file *f = vault_file_of(base);

    return f->real->pMethods->xShmMap(f->real, region, size, extend, out);
}

int vault_shm_lock(sqlite3_file *base, int first, int count, int flags)
{
    struct vault_file *f = vault_file_of(base);

    return f->real->pMethods->xShmLock(f->real, first, count, flags);
}

void vault_shm_barrier(sqlite3_file *base)
{
    struct vault_file *f = vault_file_of(base);

    f->real->pMethods->xShmBarrier(f->real);
}

int vault_shm_unmap(sqlite3_file *base, int delete_it)
{
    struct vault_file *f = vault_file_of(base);

    return f->real->pMethods->xShmUnmap(f->real, delete_it);
}

/* --- files that are passed through --- */

static int plain_read(sqlite3_file *base, void *out, int len, sqlite3_int64 offset)
{
    return vault_real_read(vault_file_of(base), out, len, offset);
}

static int plain_write(sqlite3_file *base, const void *data, int len, sqlite3_int64 offset)
{
    return vault_real_write(vault_file_of(base), data, len, offset);
}

int vault_plain_truncate(sqlite3_file *base, sqlite3_int64 size)
{
    struct vault_file *f = vault_file_of(base);

    return f->real->pMethods->xTruncate(f->real, size);
}

int vault_plain_size(sqlite3_file *base, sqlite3_int64 *out)
{
    struct vault_file *f = vault_file_of(base);

    return f->real->pMethods->xFileSize(f->real, out);
}

const sqlite3_io_methods vault_plain_methods = {
    .iVersion = 2,
    .xRead = plain_read,
    .xWrite = plain_write,
    .xTruncate = vault_plain_truncate,
    .xSync = vault_sync,
    .xFileSize = vault_plain_size,
    VAULT_SHARED_METHODS,
};
