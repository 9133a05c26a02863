/* jemput/secret.h — at rest: a store of which a thief reads nothing.
 *
 * In a sealed store every page is encrypted, in the file, its write-ahead log and SQLite's temporary files alike (schema/formats/vault.md). It
 * opens by a PIN, by a key of 32 bytes that the platform keeps (such as Android's Keystore), by both together, or by a recovery code. None of
 * these is kept; a changed PIN rewrites a few bytes, not the data. Wrong PINs: after five in a row each further try has to wait, 30 seconds at
 * first, twice as long each time, at most an hour, also over a restart; nothing is ever deleted for them. Someone who copies the file can try PINs
 * elsewhere without waiting, at the cost of Argon2id over 64 MiB for each: take a PIN with the platform's key, or a long one.
 * Wrong PIN, key or code: JEMPUT_DENIED. None given, or too early for another PIN: JEMPUT_LOCKED.
 * The app's own copies (VACUUM INTO) are sealed, and open by what the store opens by. Before SQLite 3.41 an app with an authorizer of its own must
 * name such a file as 'file:copy.db?vacuum=1'. An app that uses SQLite itself calls jemput first: else SQLite keeps its own memory, which is not
 * wiped at locking. ATTACH of a plain file works; a file that it makes is sealed. */
#ifndef JEMPUT_SECRET_H
#define JEMPUT_SECRET_H

#include <jemput/store.h>

#define JEMPUT_SECRET_KEY 32    /* bytes of a platform's key */
#define JEMPUT_RECOVERY_TEXT 35 /* bytes of a recovery code as text, with its NUL */

struct jemput_secret {
    const char *pin;          /* UTF-8, 4 to 256 bytes; NULL = none */
    const unsigned char *key; /* JEMPUT_SECRET_KEY bytes; NULL = none. Making a store: with a PIN, both are needed from then on */
    const char *recovery;     /* opening only: instead of the others; NULL = none */
};

struct jemput_sealing {
    int sealed;                             /* 0 = a plain store, or none */
    int pin, pin_needs_key, key, recovery;  /* 1 = there is that way in */
    unsigned wrong_pins;                    /* since the last right one */
    uint64_t wait_ms;                       /* before another PIN is tried; 0 = at once */
};
/* Is the store at `path` sealed, and how does it open? Needs no secret.   JEMPUT_CORRUPT JEMPUT_IO JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_sealing_get(const char *path, struct jemput_env *env, struct jemput_sealing *out,
                                                 struct jemput_error *err) JEMPUT_CHECKED;
/* jemput_open() of a sealed store. secret NULL = of a plain one.
 *   JEMPUT_LOCKED, JEMPUT_DENIED   see above; JEMPUT_DENIED also: the store is not sealed. Somebody may have put another in its place
 *   JEMPUT_MISUSE   no recovery code, or one with a slip in it    JEMPUT_CORRUPT   also: its ways in are damaged   else as jemput_open() */
JEMPUT_API enum jemput_status jemput_open_sealed(struct jemput **out, const char *path, const struct jemput_secret *secret, struct jemput_env *env,
                                                 struct jemput_error *err) JEMPUT_CHECKED;
/* jemput_join() into a sealed store; if one waits there already, the secret opens it. */
JEMPUT_API enum jemput_status jemput_join_sealed(struct jemput **out, const char *path, const char *invitation, size_t invitation_len,
                                                 const struct jemput_secret *secret, struct jemput_env *env, struct jemput_error *err) JEMPUT_CHECKED;

/* Lock: close the file, and wipe every key, and SQLite's memory of it. The handle stays; its connection does not: the pointer of jemput_app() is
 * dead, and jemput_app() gives NULL. Every other call gives JEMPUT_LOCKED until jemput_unlock(), after which jemput_app() is to be asked again. Not
 * while another thread is inside a call on the handle. Locked already: JEMPUT_OK.
 *   JEMPUT_BUSY     the app has statements, blobs or an open transaction on its connection: end them, and call again; nothing was closed. (A backup
 *                   from it cannot be seen from here: it is cut off, and fails with SQLITE_IOERR)
 *   JEMPUT_MISUSE   the store is not sealed */
JEMPUT_API enum jemput_status jemput_lock(struct jemput *jemput, struct jemput_error *err) JEMPUT_CHECKED;
/* Open a locked handle again. Not locked: JEMPUT_OK, and `secret` is not looked at.   Errors as jemput_open_sealed(); the handle stays locked */
JEMPUT_API enum jemput_status jemput_unlock(struct jemput *jemput, const struct jemput_secret *secret, struct jemput_error *err) JEMPUT_CHECKED;

/* Change the ways into a sealed, unlocked store; ask for the old PIN first, if that is wanted. The old way is gone from the file on JEMPUT_OK, but
 * perhaps not from the flash below it: a PIN that has leaked together with the file calls for a new data key (jemput_protect()).
 *   pin    NULL = none any more     key   of jemput_pin_set(): needed beside the PIN, NULL = the PIN is enough. Of jemput_key_set(): is enough by
 *   itself, NULL = none any more
 *   code   the new one, to be written down; it is told once. The one before is void
 *   JEMPUT_MISUSE not a sealed store; a PIN too short or too long; the last PIN or key would go
 *   JEMPUT_BUSY JEMPUT_IO JEMPUT_NOMEM JEMPUT_CORRUPT */
JEMPUT_API enum jemput_status jemput_pin_set(struct jemput *jemput, const char *pin, const unsigned char *key,
                                             struct jemput_error *err) JEMPUT_CHECKED;
JEMPUT_API enum jemput_status jemput_key_set(struct jemput *jemput, const unsigned char *key, struct jemput_error *err) JEMPUT_CHECKED;
JEMPUT_API enum jemput_status jemput_recovery_make(struct jemput *jemput, char code[JEMPUT_RECOVERY_TEXT],
                                                   struct jemput_error *err) JEMPUT_CHECKED;

/* Turn a plain store into a sealed one (from NULL), a sealed one into a plain one (to NULL), or give a sealed one a new data key and new ways in. It
 * is written whole beside the old one (path + "-baru") and then put in its place: power cuts and errors leave the one or the other. Nobody may have
 * the store open. What lay in the old file stays on the flash until it is overwritten there: that is for the device's own encryption.
 *   recovery   NULL, or JEMPUT_RECOVERY_TEXT bytes: a recovery code is made, to be written down
 *   JEMPUT_BUSY it is open somewhere   JEMPUT_LOCKED JEMPUT_DENIED as above   JEMPUT_CORRUPT damaged: jemput_verify()   JEMPUT_FULL JEMPUT_IO
 *   JEMPUT_NOMEM JEMPUT_MISUSE: the old one is as it was */
JEMPUT_API enum jemput_status jemput_protect(const char *path, const struct jemput_secret *from, const struct jemput_secret *to, char *recovery,
                                             struct jemput_env *env, struct jemput_error *err) JEMPUT_CHECKED;
#endif
