/* jemput/invitation.h — invite a device, and join. */
#ifndef JEMPUT_INVITATION_H
#define JEMPUT_INVITATION_H

#include <jemput/secret.h>

struct jemput_http; /* http.h */

/* Write an invitation (text of a file) for one device. This device must be an administrator.
 *   roles         e.g. "petugas"            scope       region prefix, "" = whole space
 *   hub           where the new device syncs, "" = told at sync         expires_ms  wall time after which it admits nobody
 *   out, out_len  owned by the caller: jemput_text_free()         JEMPUT_DENIED not an administrator   JEMPUT_MISUSE unknown role
 *   JEMPUT_IO JEMPUT_FULL JEMPUT_BUSY JEMPUT_NOMEM. The act is sealed into this device's log and goes out at its next sync. */
JEMPUT_API enum jemput_status jemput_invite(struct jemput *jemput, const char *roles, const char *scope, const char *hub, int64_t expires_ms,
                                            char **out, size_t *out_len, struct jemput_error *err) JEMPUT_CHECKED;

/* Make a store from an invitation: it works offline at once, receipt codes included, and asks to be admitted at its first sync.
 * A store that is there already and waits in vain (its invitation expired, or another device used it) asks again by this invitation: it keeps all
 * that it has, and its receipt codes go on under the new device number.
 *   JEMPUT_EXISTS another file is there, or a store of another space, or one that was let in: nothing was touched
 *   JEMPUT_CORRUPT the invitation is damaged   JEMPUT_DENIED it has expired by this device's clock   JEMPUT_UPGRADE   else as jemput_open() */
JEMPUT_API enum jemput_status jemput_join(struct jemput **out, const char *path, const char *invitation, size_t invitation_len,
                                          struct jemput_env *env, struct jemput_error *err) JEMPUT_CHECKED;

struct jemput_joining {
    const char *invitation; /* text of a file, or a short one */
    size_t invitation_len;
    const char *hub;        /* where this device reaches the hub; NULL = what the invitation says */
    const struct jemput_secret *secret; /* NULL = a plain store */
    struct jemput_http *http; /* the client for an address, in this call; it stays the caller's, and is not closed. NULL = jemput_http_use()'s */
};
/* jemput_join() with more to say. A short invitation is made whole from its hub, so that must be there: what is read from it is checked against the
 * invitation.
 *   short:   JEMPUT_OFFLINE the hub is not there, or has not got yet what the invitation names   JEMPUT_DENIED it has something else in its place,
 *            or refuses this device   JEMPUT_UNTRUSTED JEMPUT_MISUSE JEMPUT_CORRUPT JEMPUT_LIMIT JEMPUT_BUSY as jemput_sync()
 *   else as jemput_join() */
JEMPUT_API enum jemput_status jemput_join_with(struct jemput **out, const char *path, const struct jemput_joining *joining, struct jemput_env *env,
                                               struct jemput_error *err) JEMPUT_CHECKED;
/* The short form of an invitation that jemput_invite() gave: a line of some 300 capital letters and digits, for a QR code. It is the same invitation,
 * as secret, and lets one device in.   out, out_len   owned by the caller: jemput_text_free()
 *   JEMPUT_CORRUPT   no invitation   JEMPUT_DENIED   to another space   JEMPUT_MISUSE   it names no hub   JEMPUT_NOTFOUND   sync first
 *   JEMPUT_LIMIT   the schema has had too many changes */
JEMPUT_API enum jemput_status jemput_invite_short(struct jemput *jemput, const char *invitation, size_t invitation_len, char **out, size_t *out_len,
                                                  struct jemput_error *err) JEMPUT_CHECKED;
#endif
