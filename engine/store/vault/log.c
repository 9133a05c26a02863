/* store/vault/log.c — write-ahead logs in a vault.
 *
 * The log's header (32 bytes) is as SQLite writes it. On disk a frame is
 *     0     16    page number, size after commit, salts: clear, authenticated
 *     16    8     SQLite's running checksum, encrypted (of clear pages, it would tell 64 bits about each)
 *     24    4056  what SQLite uses of the page, encrypted
 *     4080  24    nonce, new for each write
 *     4104  16    tag
 * The checksum goes on from frame to frame, so the tags bind a frame to all before it.
 *
 * SQLite writes a frame's header and its page one after the other, and cuts such a write in two, with a sync between them, where a log has to be
 * padded to a sector (a disk without powersafe overwrite). So a frame is put together here and written once it is whole; at a sync what there is of
 * it is written. The keystream depends on the nonce alone: what comes later does not change bytes that are on the disk.
 * Two rewrites in place exist within a transaction, of a page alone and of a header alone: both are read, changed, and sealed anew. A connection
 * rewrites only what it has written itself.
 *     After SQLite's wal.c: walWriteOneFrame, walWriteToLog, walFrames, walRewriteChecksums, walIndexRecover. */
#include <string.h>

#include "store/vault/file.h"

#define LOG_HEADER_BYTES 32
#define LOG_PAGE_SIZE_AT 8
#define FRAME_HEADER_BYTES 24
#define FRAME_CLEAR_BYTES 16
#define FRAME_SALT_AT 8
#define FRAME_BYTES (FRAME_HEADER_BYTES + VAULT_PAGE_BYTES)
#define FRAME_NONCE_AT (FRAME_BYTES - JEMPUT_VAULT_RESERVED_BYTES)
#define FRAME_SECRET_BYTES (FRAME_NONCE_AT - FRAME_CLEAR_BYTES)

_Static_assert(FRAME_BYTES <= VAULT_BLOCK_BYTES_MAX, "block");
_Static_assert(sizeof((struct vault_log *)0)->frame == FRAME_BYTES, "frame");

static int64_t frame_start(int64_t offset)
{
    return offset - (offset - LOG_HEADER_BYTES) % FRAME_BYTES;
}

/* Read the frame at `at` into f->block, decrypted. SQLITE_IOERR_DATA: it is not one of ours, or torn. */
static int frame_load(struct vault_file *f, int64_t at)
{
    uint8_t *b = f->block, *tag = b + FRAME_NONCE_AT + JEMPUT_PAGE_NONCE_BYTES;
    int rc = vault_real_read(f, b, FRAME_BYTES, at);

    if (rc != SQLITE_OK)
        return rc;
    if (!jemput_page_unseal(b + FRAME_CLEAR_BYTES, FRAME_SECRET_BYTES, tag, (struct jemput_bytes){ b, FRAME_CLEAR_BYTES }, b + FRAME_NONCE_AT,
                            f->vault->keys->data))
        return SQLITE_IOERR_DATA;
    memset(b + FRAME_NONCE_AT, 0, JEMPUT_VAULT_RESERVED_BYTES);
    return SQLITE_OK;
}

static void frame_forget(struct vault_log *log)
{
    log->at = -1;
    log->filled = log->flushed = 0;
}

static void frame_begin(struct vault_file *f, int64_t at)
{
    struct vault_log *log = f->log;

    log->at = at;
    log->filled = log->flushed = 0;
    vault_nonce(f->vault, log->nonce);
    memset(log->frame, 0, FRAME_BYTES);
}

/* Write what there is of the frame and is not on the disk yet. */
static int frame_flush(struct vault_file *f)
{
    struct vault_log *log = f->log;
    uint8_t *b = f->block, *tag = b + FRAME_NONCE_AT + JEMPUT_PAGE_NONCE_BYTES;
    int rc;

    if (log->at < 0 || log->filled == log->flushed)
        return SQLITE_OK;
    memcpy(b, log->frame, FRAME_NONCE_AT);
    memcpy(b + FRAME_NONCE_AT, log->nonce, sizeof log->nonce);
    jemput_page_seal(b + FRAME_CLEAR_BYTES, FRAME_SECRET_BYTES, tag, (struct jemput_bytes){ b, FRAME_CLEAR_BYTES }, log->nonce, f->vault->keys->data);
    rc = vault_real_write(f, b + log->flushed, (int)(log->filled - log->flushed), log->at + (int64_t)log->flushed);
    if (rc == SQLITE_OK)
        log->flushed = log->filled;
    return rc;
}

/* Whatever was begun and not ended is none of SQLite's any more once it does something else. */
static int frame_leave(struct vault_file *f)
{
    int rc = frame_flush(f);

    frame_forget(f->log);
    return rc;
}

static int frame_end(struct vault_file *f)
{
    static const uint8_t zero[JEMPUT_VAULT_RESERVED_BYTES];
    int rc;

    if (memcmp(f->log->frame + FRAME_NONCE_AT, zero, sizeof zero) != 0) { /* a database without reserved bytes: nothing may get lost */
        frame_forget(f->log);
        return SQLITE_IOERR_WRITE;
    }
    rc = frame_flush(f);
    if (f->log->at + FRAME_BYTES > f->log->end)
        f->log->end = f->log->at + FRAME_BYTES;
    frame_forget(f->log);
    return rc;
}

/* Does a frame of the log as it is now lie there already? Then what comes is a header for its page: it is in f->block. A transaction that has to go
 * back over its checksums leaves the salts out until it does. */
static int rewrite_find(struct vault_file *f, const uint8_t *header, int64_t at, bool *out)
{
    static const uint8_t no_salts[FRAME_CLEAR_BYTES - FRAME_SALT_AT];
    uint8_t there[FRAME_CLEAR_BYTES], *salts = there + FRAME_SALT_AT;
    int rc = vault_real_read(f, there, FRAME_CLEAR_BYTES, at);

    *out = false;
    if (rc != SQLITE_OK)
        return rc == SQLITE_IOERR_SHORT_READ ? SQLITE_OK : rc;
    if (memcmp(salts, header + FRAME_SALT_AT, sizeof no_salts) != 0 && memcmp(salts, no_salts, sizeof no_salts) != 0)
        return SQLITE_OK;
    rc = frame_load(f, at);
    *out = rc == SQLITE_OK;
    return rc == SQLITE_IOERR_DATA || rc == SQLITE_IOERR_SHORT_READ ? SQLITE_OK : rc;
}

/* Put the loaded frame's other part beside the one that SQLite rewrites: it is whole again. */
static int frame_mend(struct vault_file *f, const void *data, size_t len, int64_t offset)
{
    int64_t at = frame_start(offset);

    frame_begin(f, at);
    memcpy(f->log->frame, f->block, FRAME_NONCE_AT);
    memcpy(f->log->frame + (offset - at), data, len);
    f->log->filled = FRAME_BYTES;
    return frame_end(f);
}

static int frame_add(struct vault_file *f, const uint8_t *data, size_t len)
{
    struct vault_log *log = f->log;

    if (log->filled + len > FRAME_BYTES)
        return SQLITE_IOERR_WRITE;
    memcpy(log->frame + log->filled, data, len);
    log->filled += len;
    return log->filled == FRAME_BYTES ? frame_end(f) : SQLITE_OK;
}

static int header_write(struct vault_file *f, const uint8_t *data, int len)
{
    f->log->end = 0;
    if (len != LOG_HEADER_BYTES || data[LOG_PAGE_SIZE_AT + 2] != VAULT_PAGE_BYTES >> 8 || data[LOG_PAGE_SIZE_AT] || data[LOG_PAGE_SIZE_AT + 1] ||
        data[LOG_PAGE_SIZE_AT + 3])
        return SQLITE_IOERR_WRITE;
    return vault_real_write(f, data, len, 0);
}

static int log_write(sqlite3_file *base, const void *data, int len, sqlite3_int64 offset)
{
    struct vault_file *f = vault_file_of(base);
    struct vault_log *log = f->log;
    bool goes_on = log->at >= 0 && offset == log->at + (int64_t)log->filled, again = false;
    int rc = goes_on ? SQLITE_OK : frame_leave(f);

    if (rc != SQLITE_OK)
        return rc;
    if (goes_on)
        return frame_add(f, data, (size_t)len);
    if (offset < LOG_HEADER_BYTES)
        return offset == 0 ? header_write(f, data, len) : SQLITE_IOERR_WRITE;
    if (offset == frame_start(offset) + FRAME_HEADER_BYTES && len == VAULT_PAGE_BYTES) { /* a page that this transaction has written before */
        rc = frame_load(f, frame_start(offset));
        return rc == SQLITE_OK ? frame_mend(f, data, (size_t)len, offset) : rc;
    }
    if (offset != frame_start(offset))
        return SQLITE_IOERR_WRITE;
    if (len == FRAME_HEADER_BYTES && offset < log->end)
        rc = rewrite_find(f, data, offset, &again);
    if (rc != SQLITE_OK || again)
        return rc != SQLITE_OK ? rc : frame_mend(f, data, (size_t)len, offset);
    frame_begin(f, offset);
    return frame_add(f, data, (size_t)len);
}

static int log_read(sqlite3_file *base, void *out, int len, sqlite3_int64 offset)
{
    struct vault_file *f = vault_file_of(base);
    int64_t at;
    int rc = frame_leave(f);

    if (rc != SQLITE_OK)
        return rc;
    if (offset + len <= LOG_HEADER_BYTES)
        return vault_real_read(f, out, len, offset);
    if (offset < LOG_HEADER_BYTES)
        return SQLITE_IOERR_READ;
    at = frame_start(offset);
    if (offset + len > at + FRAME_BYTES)
        return SQLITE_IOERR_READ;
    rc = frame_load(f, at);
    if (rc == SQLITE_OK)
        memcpy(out, f->block + (offset - at), (size_t)len);
    else
        memset(out, 0, (size_t)len);
    /* Whole frames are read in recovery, which ends at the first that is not valid: page number 0 is not. */
    return rc == SQLITE_IOERR_DATA && len == FRAME_BYTES ? SQLITE_OK : rc;
}

static int log_truncate(sqlite3_file *base, sqlite3_int64 size)
{
    frame_forget(vault_file_of(base)->log);
    return jemput_layer_truncate(base, size);
}

static int log_sync(sqlite3_file *base, int flags)
{
    int rc = frame_flush(vault_file_of(base));

    return rc == SQLITE_OK ? jemput_layer_sync(base, flags) : rc;
}

const sqlite3_io_methods vault_log_methods = {
    .iVersion = 2,
    .xRead = log_read,
    .xWrite = log_write,
    .xTruncate = log_truncate,
    .xSync = log_sync,
    .xFileSize = jemput_layer_size,
    VAULT_SHARED_METHODS,
};
