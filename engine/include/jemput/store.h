/* jemput/store.h — open, close, found, another handle beside one: the file that holds everything. */
#ifndef JEMPUT_STORE_H
#define JEMPUT_STORE_H

#include <jemput/base.h>

struct jemput_secret; /* secret.h */

/* Open an existing store. Never creates one: a missing file is JEMPUT_NOTFOUND, so that a lost store is noticed and not replaced by an empty one.
 *   out    owned by the caller on JEMPUT_OK: jemput_close(); else set to NULL
 *   path   of the store file
 *   JEMPUT_NOTFOUND no file   JEMPUT_CORRUPT not a jemput store, or damaged   JEMPUT_UPGRADE made by a newer version
 *   JEMPUT_LOCKED it is sealed: jemput_open_sealed()   JEMPUT_BUSY JEMPUT_IO JEMPUT_DENIED JEMPUT_FULL JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_open(struct jemput **out, const char *path, struct jemput_env *env, struct jemput_error *err) JEMPUT_CHECKED;

/* Another handle of the same store, by the key that this one holds: nobody is asked for a PIN again. It is restricted if this one is
 * (jemput_restrict()), and independent of it from then on: to be closed by itself, in either order; locking the one does not lock the other. May be
 * called while another thread is inside any other call on `jemput` but jemput_lock(), jemput_unlock(), jemput_restrict() and jemput_close(), and does
 * not wait for one that writes.
 *   out   owned by the caller on JEMPUT_OK: jemput_close(); else set to NULL
 *   JEMPUT_LOCKED   this one is locked   else as jemput_open() */
JEMPUT_API enum jemput_status jemput_beside(struct jemput *jemput, struct jemput **out, struct jemput_error *err) JEMPUT_CHECKED;

/* Close; NULL is allowed. Open transactions on the app's connection are rolled back; its statements must have been finalized. */
JEMPUT_API void jemput_close(struct jemput *jemput);

/* Make a new space and its first store, whose device is the root administrator.
 *   schema   SQL that every replica of the space starts from: CREATE TABLE …; SELECT jemput_replicate('…');  at most 1 MiB; may be ""
 *   roles    of this device: "admin,pusat" (one office machine; also what NULL means) or "admin" (central is another device)
 *   JEMPUT_EXISTS there is a file at `path`; it was not touched   JEMPUT_CORRUPT the schema's SQL fails; no file is left   else as jemput_open() */
JEMPUT_API enum jemput_status jemput_init(struct jemput **out, const char *path, const char *schema, const char *roles, struct jemput_env *env,
                                          struct jemput_error *err) JEMPUT_CHECKED;

struct jemput_founding {
    const char *schema; /* as above */
    const char *roles;
    unsigned root_count; /* root administrators beside this device, at most 4: keys that are in no store (jemput_root_new()) */
    const unsigned char (*root_keys)[32]; /* their public keys; the first is the most senior */
    unsigned threshold; /* how many root administrators sign what concerns administrators; 0 = 1 */
    const struct jemput_secret *secret; /* make the store a sealed one; NULL = plain: see "at rest" */
};
/* The same with more root administrators than this device, which comes after them in seniority. Their keys sign by jemput_device_act().
 *   JEMPUT_MISUSE   too many of them, one twice, or a threshold that they cannot reach   else as jemput_init() */
JEMPUT_API enum jemput_status jemput_found(struct jemput **out, const char *path, const struct jemput_founding *founding, struct jemput_env *env,
                                           struct jemput_error *err) JEMPUT_CHECKED;
#endif
