/* store/vault/page.c — pages of database files and of rollback journals in a vault.
 *
 * A database file is a lid (vault.c) and SQLite's pages behind it. On disk a page is
 *     0     4056  what SQLite uses, encrypted; authenticated with it: the page's number
 *     4056  24    nonce, new for each write
 *     4080  16    tag
 * and in memory its last 40 bytes are zero. A rollback journal is as SQLite writes it, but that the page in each record is sealed. */
#include <string.h>

#include "store/vault/file.h"

#define HEADER_BYTES 100 /* SQLite looks at so much of page 1 before anything else */
#define HEADER_PAGE_SIZE_AT 16
#define HEADER_RESERVED_AT 20

/* What a page is sealed with: where it belongs. */
struct place {
    uint8_t bytes[9];
};

static struct place place_of(char kind, uint64_t number)
{
    struct place p;

    p.bytes[0] = (uint8_t)kind;
    for (int i = 0; i < 8; i++)
        p.bytes[1 + i] = (uint8_t)(number >> (8 * i));
    return p;
}

static void page_seal(struct vault_file *f, const uint8_t *page, struct place p)
{
    uint8_t *nonce = f->block + VAULT_BODY_BYTES, *tag = nonce + JEMPUT_PAGE_NONCE_BYTES;

    memcpy(f->block, page, VAULT_BODY_BYTES);
    vault_nonce(f->vault, nonce);
    jemput_page_seal(f->block, VAULT_BODY_BYTES, tag, (struct jemput_bytes){ p.bytes, sizeof p.bytes }, nonce, f->vault->keys->data);
}

static bool page_unseal(struct vault_file *f, uint8_t *page, struct place p)
{
    const uint8_t *nonce = page + VAULT_BODY_BYTES, *tag = nonce + JEMPUT_PAGE_NONCE_BYTES;
    bool ok = jemput_page_unseal(page, VAULT_BODY_BYTES, tag, (struct jemput_bytes){ p.bytes, sizeof p.bytes }, nonce, f->vault->keys->data);

    memset(page + VAULT_BODY_BYTES, 0, JEMPUT_VAULT_RESERVED_BYTES);
    return ok;
}

/* --- database files --- */

static int page_load(struct vault_file *f, uint8_t *page, int64_t index)
{
    int rc = vault_real_read(f, page, VAULT_PAGE_BYTES, JEMPUT_LID_BYTES + index * VAULT_PAGE_BYTES);

    if (rc == SQLITE_IOERR_SHORT_READ)
        memset(page, 0, VAULT_PAGE_BYTES);
    if (rc != SQLITE_OK)
        return rc;
    return page_unseal(f, page, place_of('p', (uint64_t)index)) ? SQLITE_OK : SQLITE_IOERR_DATA;
}

/* SQLite looks at the header before anything else, and takes page size and reserved bytes of a file that is going to be made from there: an empty
 * file shows it what we need (but to VACUUM INTO before SQLite 3.41, which takes the bytes from its source and a header for a refusal). So does one
 * whose page 1 was torn while a log was copied into it: the log has the page. */
static bool first_look(const struct vault_file *f, uint8_t *out, int len, int64_t offset)
{
    static const uint8_t header[HEADER_BYTES] = { [HEADER_PAGE_SIZE_AT] = VAULT_PAGE_BYTES >> 8, [HEADER_RESERVED_AT] = JEMPUT_VAULT_RESERVED_BYTES };

    if (f->of_vacuum || offset + len > HEADER_BYTES)
        return false;
    memcpy(out, header + offset, (size_t)len);
    return true;
}

static int page_read(sqlite3_file *base, void *out, int len, sqlite3_int64 offset)
{
    struct vault_file *f = vault_file_of(base);
    int64_t index = offset / VAULT_PAGE_BYTES, within = offset % VAULT_PAGE_BYTES;
    int rc = vault_lid_find(f);

    if (rc == SQLITE_OK && within + len > VAULT_PAGE_BYTES)
        rc = SQLITE_IOERR_READ; /* SQLite reads pages, and parts of one */
    if (rc == SQLITE_OK && !f->has_lid)
        rc = SQLITE_IOERR_SHORT_READ;
    else if (rc == SQLITE_OK && len == VAULT_PAGE_BYTES)
        return page_load(f, out, index);
    else if (rc == SQLITE_OK)
        rc = page_load(f, f->block, index);
    if (rc == SQLITE_OK)
        memcpy(out, f->block + within, (size_t)len);
    else
        memset(out, 0, (size_t)len);
    return (rc == SQLITE_IOERR_DATA || rc == SQLITE_IOERR_SHORT_READ) && first_look(f, out, len, offset) ? SQLITE_IOERR_SHORT_READ : rc;
}

/* A file whose pages have no room for nonce and tag would lose data: it is refused before its first byte. */
static bool header_fits(const uint8_t *page)
{
    return page[HEADER_PAGE_SIZE_AT] == VAULT_PAGE_BYTES >> 8 && page[HEADER_PAGE_SIZE_AT + 1] == 0 &&
           page[HEADER_RESERVED_AT] == JEMPUT_VAULT_RESERVED_BYTES;
}

static int page_write(sqlite3_file *base, const void *data, int len, sqlite3_int64 offset)
{
    struct vault_file *f = vault_file_of(base);
    int64_t index = offset / VAULT_PAGE_BYTES;
    int rc = SQLITE_OK;

    if (len != VAULT_PAGE_BYTES || offset % VAULT_PAGE_BYTES || (index == 0 && !header_fits(data)))
        return SQLITE_IOERR_WRITE;
    if (!f->has_lid)
        rc = vault_lid_write(f);
    if (rc != SQLITE_OK)
        return rc;
    page_seal(f, data, place_of('p', (uint64_t)index));
    return vault_real_write(f, f->block, VAULT_PAGE_BYTES, JEMPUT_LID_BYTES + offset);
}

static int page_truncate(sqlite3_file *base, sqlite3_int64 size)
{
    struct vault_file *f = vault_file_of(base);
    int rc = vault_lid_find(f);

    if (rc != SQLITE_OK || !f->has_lid)
        return rc;
    return f->layer.real->pMethods->xTruncate(f->layer.real, size + JEMPUT_LID_BYTES);
}

static int page_size(sqlite3_file *base, sqlite3_int64 *out)
{
    struct vault_file *f = vault_file_of(base);
    int rc = vault_lid_find(f);

    *out = 0;
    if (rc == SQLITE_OK && f->has_lid) {
        rc = f->layer.real->pMethods->xFileSize(f->layer.real, out);
        *out = *out > JEMPUT_LID_BYTES ? *out - JEMPUT_LID_BYTES : 0;
    }
    return rc;
}

const sqlite3_io_methods vault_page_methods = {
    .iVersion = 2, /* not 3: pages cannot be mapped into memory */
    .xRead = page_read,
    .xWrite = page_write,
    .xTruncate = page_truncate,
    .xSync = jemput_layer_sync,
    .xFileSize = page_size,
    VAULT_SHARED_METHODS,
};

/* --- rollback journals --- */

/* Headers begin at multiples of the sector size (512 or more) and records are 4 + page + 4 long, so pages alone lie at 8n + 4. */
static bool is_record_page(int64_t offset, int len)
{
    return len == VAULT_PAGE_BYTES && offset % 8 == 4;
}

/* SQLite writes the page's number in front of it first: nobody can make a page of this journal count as another one. */
static int record_place(struct vault_file *f, int64_t offset, struct place *out)
{
    uint8_t number[4];
    int rc = vault_real_read(f, number, sizeof number, offset - (int64_t)sizeof number);

    *out = place_of('j', (uint64_t)number[0] << 24 | (uint64_t)number[1] << 16 | (uint64_t)number[2] << 8 | number[3]);
    return rc;
}

static int journal_read(sqlite3_file *base, void *out, int len, sqlite3_int64 offset)
{
    struct vault_file *f = vault_file_of(base);
    struct place place;
    int rc = vault_real_read(f, out, len, offset);

    if (rc != SQLITE_OK || !is_record_page(offset, len))
        return rc;
    rc = record_place(f, offset, &place);
    if (rc == SQLITE_OK && !page_unseal(f, out, place))
        memset(out, 0xff, VAULT_PAGE_BYTES); /* torn: the record's own checksum, of 20 bytes of it, will not match */
    return rc;
}

static int journal_write(sqlite3_file *base, const void *data, int len, sqlite3_int64 offset)
{
    struct vault_file *f = vault_file_of(base);
    struct place place;
    int rc;

    if (!is_record_page(offset, len))
        return len < VAULT_PAGE_BYTES || offset % 512 == 0 ? vault_real_write(f, data, len, offset) : SQLITE_IOERR_WRITE;
    rc = record_place(f, offset, &place);
    if (rc != SQLITE_OK)
        return rc == SQLITE_IOERR_SHORT_READ ? SQLITE_IOERR_WRITE : rc;
    page_seal(f, data, place);
    return vault_real_write(f, f->block, len, offset);
}

const sqlite3_io_methods vault_journal_methods = {
    .iVersion = 2,
    .xRead = journal_read,
    .xWrite = journal_write,
    .xTruncate = jemput_layer_truncate,
    .xSync = jemput_layer_sync,
    .xFileSize = jemput_layer_size,
    VAULT_SHARED_METHODS,
};
