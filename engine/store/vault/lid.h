/* store/vault/lid.h — what lies in front of the pages of a sealed store: is it the right key, and the ways in (vault/key_slot.h).
 *
 * The lid is 12,288 bytes, three of the disk's sectors: a head that is written once, and two copies of the table of ways in. A change goes to the
 * older copy and is synced, so that a power cut leaves one that is whole. A way in that was taken away must not live on in the other copy: then
 * both are written, one after the other. The file is locked meanwhile (SQLite's RESERVED lock, which nobody holds for long on a file in WAL mode).
 * Format: schema/formats/vault.md. */
#ifndef JEMPUT_STORE_VAULT_LID_H
#define JEMPUT_STORE_VAULT_LID_H

#include "store/vault/key_slot.h"

#define JEMPUT_LID_BYTES 12288
#define JEMPUT_LID_HEAD_BYTES 56 /* the rest of the first sector is zero */
#define JEMPUT_LID_MAGIC_BYTES 16
#define JEMPUT_LID_COPY_AT(i) (4096 * (1 + (i)))
#define JEMPUT_LID_COPIES 2

extern const uint8_t jemput_lid_magic[JEMPUT_LID_MAGIC_BYTES];

/* The head: `nonce` must be one that is never used again with this key. */
void jemput_lid_head(uint8_t head[JEMPUT_LID_HEAD_BYTES], const uint8_t nonce[24], const uint8_t key[JEMPUT_DATA_KEY_BYTES]);
bool jemput_lid_fits(const uint8_t head[JEMPUT_LID_HEAD_BYTES], const uint8_t key[JEMPUT_DATA_KEY_BYTES]) JEMPUT_MUST_USE;

/* Write the lid of a file that is there and empty. */
enum jemput_status jemput_lid_make(struct jemput_env *env, const char *path, const uint8_t key[JEMPUT_DATA_KEY_BYTES],
                                   const struct jemput_keyslots *slots, struct jemput_error *err) JEMPUT_MUST_USE;
/* The newest table that is whole. JEMPUT_CORRUPT: neither is, or there is no lid. JEMPUT_BUSY JEMPUT_IO JEMPUT_NOMEM */
enum jemput_status jemput_lid_read(struct jemput_keyslots *out, struct jemput_env *env, const char *path, struct jemput_error *err) JEMPUT_MUST_USE;
/* The key, if `way` leads to it; the caller wipes it. A PIN counts as a wrong one, on the disk, before it is tried.
 *   JEMPUT_LOCKED    nothing was given that could open it, or it is too early for another PIN: the text says for how long
 *   JEMPUT_DENIED    another PIN, key or code     JEMPUT_CORRUPT as jemput_lid_read(), or the lid is of another store
 *   JEMPUT_BUSY JEMPUT_IO JEMPUT_FULL JEMPUT_NOMEM JEMPUT_LIMIT */
enum jemput_status jemput_lid_unlock(uint8_t key[JEMPUT_DATA_KEY_BYTES], struct jemput_env *env, const char *path, const struct jemput_way_in *way,
                                     struct jemput_error *err) JEMPUT_MUST_USE;
/* Change the ways in: `change` is given the newest table, and what it makes of it is written; then it is in *now, too. After an error the
 * file says the one or the other. JEMPUT_BUSY JEMPUT_CORRUPT JEMPUT_IO JEMPUT_FULL JEMPUT_NOMEM, or what `change` says */
typedef enum jemput_status (*jemput_lid_change_fn)(void *ctx, struct jemput_keyslots *slots, struct jemput_error *err);
enum jemput_status jemput_lid_change(struct jemput_env *env, const char *path, jemput_lid_change_fn change, void *ctx, struct jemput_keyslots *now,
                                     struct jemput_error *err) JEMPUT_MUST_USE;

#endif
