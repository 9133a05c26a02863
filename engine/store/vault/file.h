/* store/vault/file.h — one open file of a vault, shared by vault.c (names, opening), vault/pass.c, vault/page.c, vault/log.c and vault/temp.c. */
#ifndef JEMPUT_STORE_VAULT_FILE_H
#define JEMPUT_STORE_VAULT_FILE_H

#include <sqlite3.h>
#include <stdatomic.h>

#include "crypto/page.h"
#include "store/vault/lid.h"
#include "store/vault/vault.h"
#include "store/vfs/layer.h"
#include "store/vfs/wal.h"

#define VAULT_PAGE_BYTES 4096
#define VAULT_BODY_BYTES (VAULT_PAGE_BYTES - JEMPUT_VAULT_RESERVED_BYTES) /* of a page: what SQLite uses */
#define VAULT_NONCE_PREFIX_BYTES 16
#define VAULT_BLOCK_BYTES_MAX (VAULT_PAGE_BYTES + JEMPUT_VAULT_RESERVED_BYTES) /* the largest unit: a temporary file's sector */

_Static_assert(JEMPUT_VAULT_RESERVED_BYTES == JEMPUT_PAGE_NONCE_BYTES + JEMPUT_PAGE_TAG_BYTES, "nonce and tag fill the reserved bytes");
_Static_assert(JEMPUT_LID_BYTES % VAULT_PAGE_BYTES == 0, "pages stay where the disk's sectors are");

struct vault_keys { /* in memory for secrets */
    uint8_t data[JEMPUT_DATA_KEY_BYTES];
    uint8_t temporary[JEMPUT_DATA_KEY_BYTES]; /* nobody knows it after close */
};

struct jemput_vault {
    struct jemput_layer layer;      /* first */
    struct jemput_wal_vfs *wal_vfs; /* that it stands on */
    struct jemput_env *env;
    char name[32];
    struct vault_keys *keys;
    sqlite3_mutex *slots_mutex; /* the ways in may be changed on another thread than that which makes a file */
    bool has_slots;
    struct jemput_keyslots slots; /* for new files */
    atomic_bool ended;            /* the keys are gone */
    uint8_t nonce_prefix[VAULT_NONCE_PREFIX_BYTES]; /* random for each opening; the counter follows */
    atomic_uint_fast64_t nonce_counter;
    atomic_uint refs; /* the owner and each open file */
};

struct vault_log {
    int64_t at;     /* of the frame being put together in block; < 0 = none */
    size_t filled;  /* bytes of it that SQLite has written */
    size_t flushed; /* and bytes that the disk has */
    int64_t end;    /* of the frames written since this connection began the log: a frame behind it is no rewrite */
    uint8_t nonce[JEMPUT_PAGE_NONCE_BYTES];
    uint8_t frame[24 + VAULT_PAGE_BYTES];
};

struct vault_temp {
    int64_t size;   /* as SQLite sees it: nobody else has the file */
    int64_t sector; /* that is in block; < 0 = none */
    bool dirty;
    uint64_t serial; /* of the file: its sectors fit into no other */
    uint8_t sector_bytes[VAULT_PAGE_BYTES];
};

struct vault_file {
    struct jemput_layer_file layer; /* first */
    struct jemput_vault *vault;
    bool sealed;        /* a database file, or the journal or log of one; else passed through */
    bool has_lid;       /* of a database file */
    bool of_vacuum;     /* opened as file:…?vacuum=1 */
    uint8_t *block;     /* VAULT_BLOCK_BYTES_MAX: pages on their way */
    struct vault_log *log;   /* of a log */
    struct vault_temp *temp; /* of a temporary file */
};

static inline struct vault_file *vault_file_of(sqlite3_file *base)
{
    return (struct vault_file *)base;
}

/* Never the same twice. */
void vault_nonce(struct jemput_vault *vault, uint8_t out[JEMPUT_PAGE_NONCE_BYTES]);
void vault_unref(struct jemput_vault *vault);

/* Make sure that a database file that has begun has its lid: SQLITE_OK and f->has_lid says (vault.c). */
int vault_lid_find(struct vault_file *f);
int vault_lid_write(struct vault_file *f);

/* The bytes of each kind of file; *_methods are called by SQLite. */
extern const sqlite3_io_methods vault_page_methods;    /* database files (vault/page.c) */
extern const sqlite3_io_methods vault_journal_methods; /* rollback journals (vault/page.c) */
extern const sqlite3_io_methods vault_log_methods;     /* write-ahead logs (vault/log.c) */
extern const sqlite3_io_methods vault_temp_methods;    /* temporary files (vault/temp.c) */
extern const sqlite3_io_methods vault_plain_methods;   /* all else (vault/pass.c) */

/* Calls to the file below (vault/pass.c). SQLITE_IOERR_AUTH: it is sealed, and the vault has ended. */
int vault_real_read(struct vault_file *f, void *out, int len, int64_t offset);
int vault_real_write(struct vault_file *f, const void *data, int len, int64_t offset);
void vault_file_forget(struct vault_file *f); /* its memory; the file below is closed */

/* What a vault does besides passing a call on (vault/pass.c). */
int vault_close(sqlite3_file *base);
int vault_control(sqlite3_file *base, int op, void *arg);
int vault_characteristics(sqlite3_file *base);

#define VAULT_SHARED_METHODS                                                                                                                       \
    .xClose = vault_close, .xLock = jemput_layer_lock, .xUnlock = jemput_layer_unlock, .xCheckReservedLock = jemput_layer_check_reserved,          \
    .xFileControl = vault_control, .xSectorSize = jemput_layer_sector_size, .xDeviceCharacteristics = vault_characteristics,                       \
    .xShmMap = jemput_layer_shm_map, .xShmLock = jemput_layer_shm_lock, .xShmBarrier = jemput_layer_shm_barrier,                                   \
    .xShmUnmap = jemput_layer_shm_unmap

#endif
