/* store/vault/temp.c — temporary files in a vault: sorts, temporary tables, statement journals that memory has no room for.
 *
 * SQLite reads and writes them anywhere, so they are cut into sectors of 4096 bytes, each 4136 on disk (nonce and tag behind it), and the sector in
 * use is kept in memory. Nobody else has the file and it does not outlive the process, so a key that is made anew for each opening of the vault is
 * enough, and nothing is ever synced. A sector that was never written is all zero on disk, nonce included. */
#include <string.h>

#include "store/vault/file.h"

#define SECTOR_BYTES VAULT_PAGE_BYTES
#define SECTOR_DISK_BYTES (SECTOR_BYTES + JEMPUT_VAULT_RESERVED_BYTES)

static int64_t sectors_of(int64_t size)
{
    return (size + SECTOR_BYTES - 1) / SECTOR_BYTES;
}

static struct jemput_bytes sector_place(const struct vault_temp *t, uint64_t place[2])
{
    place[0] = t->serial;
    place[1] = (uint64_t)t->sector;
    return (struct jemput_bytes){ (const uint8_t *)place, 2 * sizeof place[0] };
}

static int sector_store(struct vault_file *f)
{
    struct vault_temp *t = f->temp;
    uint8_t *nonce = f->block + SECTOR_BYTES, *tag = nonce + JEMPUT_PAGE_NONCE_BYTES;
    uint64_t place[2];
    int rc;

    if (!t->dirty)
        return SQLITE_OK;
    memcpy(f->block, t->sector_bytes, SECTOR_BYTES);
    vault_nonce(f->vault, nonce);
    jemput_page_seal(f->block, SECTOR_BYTES, tag, sector_place(t, place), nonce, f->vault->keys->temporary);
    rc = vault_real_write(f, f->block, SECTOR_DISK_BYTES, t->sector * SECTOR_DISK_BYTES);
    t->dirty = rc != SQLITE_OK;
    return rc;
}

static int sector_load(struct vault_file *f)
{
    static const uint8_t never[JEMPUT_PAGE_NONCE_BYTES];
    struct vault_temp *t = f->temp;
    uint8_t *nonce = f->block + SECTOR_BYTES, *tag = nonce + JEMPUT_PAGE_NONCE_BYTES;
    uint64_t place[2];
    int rc = vault_real_read(f, f->block, SECTOR_DISK_BYTES, t->sector * SECTOR_DISK_BYTES);

    if (rc == SQLITE_IOERR_SHORT_READ || (rc == SQLITE_OK && memcmp(nonce, never, sizeof never) == 0)) {
        memset(t->sector_bytes, 0, SECTOR_BYTES);
        return SQLITE_OK;
    }
    if (rc != SQLITE_OK)
        return rc;
    if (!jemput_page_unseal(f->block, SECTOR_BYTES, tag, sector_place(t, place), nonce, f->vault->keys->temporary))
        return SQLITE_IOERR_DATA;
    memcpy(t->sector_bytes, f->block, SECTOR_BYTES);
    return SQLITE_OK;
}

/* Bring a sector into memory; `whole` = it is going to be overwritten, what is on disk does not matter. */
static int sector_select(struct vault_file *f, int64_t sector, bool whole)
{
    struct vault_temp *t = f->temp;
    int rc;

    if (t->sector == sector)
        return SQLITE_OK;
    rc = t->sector >= 0 ? sector_store(f) : SQLITE_OK;
    if (rc != SQLITE_OK)
        return rc;
    t->sector = sector;
    if (!whole && sector < sectors_of(t->size))
        rc = sector_load(f);
    else
        memset(t->sector_bytes, 0, SECTOR_BYTES);
    if (rc != SQLITE_OK)
        t->sector = -1;
    return rc;
}

static int64_t part_of(int64_t within, int64_t len)
{
    return len < SECTOR_BYTES - within ? len : SECTOR_BYTES - within;
}

static int temp_read(sqlite3_file *base, void *out, int len, sqlite3_int64 offset)
{
    struct vault_file *f = vault_file_of(base);
    uint8_t *to = out;
    int64_t there = f->temp->size > offset ? f->temp->size - offset : 0, want = len < there ? len : there;

    memset(to + want, 0, (size_t)(len - want));
    for (int64_t done = 0, part; done < want; done += part) {
        int64_t within = (offset + done) % SECTOR_BYTES;
        int rc = sector_select(f, (offset + done) / SECTOR_BYTES, false);

        if (rc != SQLITE_OK)
            return rc;
        part = part_of(within, want - done);
        memcpy(to + done, f->temp->sector_bytes + within, (size_t)part);
    }
    return want == len ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

static int temp_write(sqlite3_file *base, const void *data, int len, sqlite3_int64 offset)
{
    struct vault_file *f = vault_file_of(base);
    struct vault_temp *t = f->temp;
    const uint8_t *from = data;

    for (int64_t done = 0, part; done < len; done += part) {
        int64_t within = (offset + done) % SECTOR_BYTES;
        int rc;

        part = part_of(within, len - done);
        rc = sector_select(f, (offset + done) / SECTOR_BYTES, part == SECTOR_BYTES);
        if (rc != SQLITE_OK)
            return rc;
        memcpy(t->sector_bytes + within, from + done, (size_t)part);
        t->dirty = true;
        if (offset + done + part > t->size)
            t->size = offset + done + part;
    }
    return SQLITE_OK;
}

static int temp_truncate(sqlite3_file *base, sqlite3_int64 size)
{
    struct vault_file *f = vault_file_of(base);
    struct vault_temp *t = f->temp;
    int rc = SQLITE_OK;

    if (size >= t->size)
        return SQLITE_OK;
    if (size % SECTOR_BYTES) { /* what follows, should the file grow again, is zero */
        rc = sector_select(f, size / SECTOR_BYTES, false);
        if (rc == SQLITE_OK) {
            memset(t->sector_bytes + size % SECTOR_BYTES, 0, (size_t)(SECTOR_BYTES - size % SECTOR_BYTES));
            t->dirty = true;
        }
    } else if (t->sector >= size / SECTOR_BYTES) {
        t->sector = -1;
        t->dirty = false;
    }
    if (rc == SQLITE_OK)
        rc = f->layer.real->pMethods->xTruncate(f->layer.real, sectors_of(size) * SECTOR_DISK_BYTES);
    if (rc == SQLITE_OK)
        t->size = size;
    return rc;
}

static int temp_sync(sqlite3_file *base, int flags)
{
    (void)base;
    (void)flags;
    return SQLITE_OK;
}

static int temp_size(sqlite3_file *base, sqlite3_int64 *out)
{
    *out = vault_file_of(base)->temp->size;
    return SQLITE_OK;
}

const sqlite3_io_methods vault_temp_methods = {
    .iVersion = 2,
    .xRead = temp_read,
    .xWrite = temp_write,
    .xTruncate = temp_truncate,
    .xSync = temp_sync,
    .xFileSize = temp_size,
    VAULT_SHARED_METHODS,
};
