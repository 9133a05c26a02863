/* store/vault/vault.h — an encrypting layer between SQLite and the disk: a locked store shows nothing of what is in it.
 *
 * A vault is a SQLite VFS on top of env's own (the unix one, or the simulator's disk). Every page that reaches a file is sealed with
 * XChaCha20-Poly1305 under the vault's key; nonce and tag lie in the bytes that SQLite reserves at the end of each page, so pages keep their size and
 * their places, and one write of SQLite stays one write. Write-ahead log, rollback journal and temporary files are sealed as well; the wal-index
 * (-shm) holds page numbers and one checksum, and stays as it is. In front of the pages lies the lid (lid.h). Format: schema/formats/vault.md.
 *
 * What a tear or a lost write does to SQLite's own checksums it does to the tags: a torn frame ends the log, a torn page is one that the log still
 * has. Not promised: that someone who can write the file does not bring back an older page or a whole older file (the signed log finds that), and
 * that sizes and the time of changes are hidden.
 *
 * New files are sealed, get the reserved bytes by themselves, and open by what the store opens by; files that are plain SQLite databases (ATTACH) are
 * passed through. To turn a store from one into the other: convert.h.
 * Page size: 4096 only. A vault serves any number of connections and threads. */
#ifndef JEMPUT_STORE_VAULT_VAULT_H
#define JEMPUT_STORE_VAULT_VAULT_H

#include "env/env.h"
#include "store/vault/key_slot.h"

#define JEMPUT_VAULT_RESERVED_BYTES 40 /* of each page; SQLITE_FCNTL_RESERVE_BYTES on a plain file before VACUUM INTO a vault */

struct jemput_vault;
struct sqlite3;

enum jemput_vault_kind {
    JEMPUT_VAULT_EMPTY,  /* no file, or nothing in it */
    JEMPUT_VAULT_PLAIN,  /* a SQLite file as any other */
    JEMPUT_VAULT_SEALED, /* ours */
    JEMPUT_VAULT_OTHER   /* none of these */
};

/* What kind of file lies at `path`; needs no key. JEMPUT_IO: unreadable. */
enum jemput_status jemput_vault_look(enum jemput_vault_kind *out, struct jemput_env *env, const char *path, struct jemput_error *err) JEMPUT_MUST_USE;

/* Register the VFS. jemput_crypto_init() before.
 *   env    borrowed until close: its VFS, its randomness
 *   key    copied, wiped at close. With a wrong one opening a file gives SQLITE_AUTH
 *   slots  copied: what the lid of each new file says, so that a copy opens by what the store opens by. NULL = nothing, only this key opens it
 *   JEMPUT_NOMEM   JEMPUT_MISUSE: env names no VFS */
enum jemput_status jemput_vault_open(struct jemput_vault **out, struct jemput_env *env, const uint8_t key[JEMPUT_DATA_KEY_BYTES],
                                     const struct jemput_keyslots *slots, struct jemput_error *err) JEMPUT_MUST_USE;
/* The name to give to sqlite3_open_v2(); valid until close. */
const char *jemput_vault_name(const struct jemput_vault *vault);
/* For new files from here on; other threads may be making one. */
void jemput_vault_slots_set(struct jemput_vault *vault, const struct jemput_keyslots *slots);
/* Is the next new file that this thread opens through the vault of `db` what VACUUM INTO writes? Before 3.41 SQLite takes a file that shows it page
 * size and reserved bytes, as one that is attached has to, for one that it may not write. A URI 'file:…?vacuum=1' says so, too. No vault: nothing
 * happens. */
void jemput_vault_copy_next(struct sqlite3 *db, bool is_copy);
/* The key, borrowed until close: for what is wrapped anew. */
const uint8_t *jemput_vault_key(const struct jemput_vault *vault);
/* No new file can be opened from here on. The memory goes with the last file that is still open (a connection with statements left).
 * NULL is allowed. */
void jemput_vault_close(struct jemput_vault *vault);
/* The same, and the keys are wiped at once: what is still open reads and writes nothing sealed any more (SQLITE_IOERR_AUTH). NULL is allowed. */
void jemput_vault_end(struct jemput_vault *vault);

#endif
