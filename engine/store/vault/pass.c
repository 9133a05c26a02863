/* store/vault/pass.c — the calls of a vault's files that do not touch bytes and are passed on, and files that are passed through whole. */
#include "base/alloc.h"
#include "crypto/crypto.h"
#include "store/vault/file.h"

int vault_real_read(struct vault_file *f, void *out, int len, int64_t offset)
{
    if (f->sealed && atomic_load(&f->vault->ended))
        return SQLITE_IOERR_AUTH;
    return f->layer.real->pMethods->xRead(f->layer.real, out, len, offset);
}

int vault_real_write(struct vault_file *f, const void *data, int len, int64_t offset)
{
    if (f->sealed && atomic_load(&f->vault->ended))
        return SQLITE_IOERR_AUTH;
    return f->layer.real->pMethods->xWrite(f->layer.real, data, len, offset);
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
    int rc = f->layer.real->pMethods->xClose(f->layer.real);

    vault_file_forget(f);
    return rc;
}

/* Sizes that SQLite hints at are those of its pages, not of the file below. */
int vault_control(sqlite3_file *base, int op, void *arg)
{
    struct vault_file *f = vault_file_of(base);

    if (f->block && (op == SQLITE_FCNTL_SIZE_HINT || op == SQLITE_FCNTL_CHUNK_SIZE || op == SQLITE_FCNTL_MMAP_SIZE))
        return SQLITE_NOTFOUND;
    return f->layer.real->pMethods->xFileControl(f->layer.real, op, arg);
}

int vault_characteristics(sqlite3_file *base)
{
    struct vault_file *f = vault_file_of(base);

    return f->layer.real->pMethods->xDeviceCharacteristics(f->layer.real) & ~SQLITE_IOCAP_BATCH_ATOMIC;
}

/* --- files that are passed through --- */

const sqlite3_io_methods vault_plain_methods = {
    .iVersion = 2,
    .xRead = jemput_layer_read,
    .xWrite = jemput_layer_write,
    .xTruncate = jemput_layer_truncate,
    .xSync = jemput_layer_sync,
    .xFileSize = jemput_layer_size,
    VAULT_SHARED_METHODS,
};
