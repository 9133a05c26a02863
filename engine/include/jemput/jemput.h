/* jemput.h — jemput: an offline-first sync engine. A replicated SQLite store with signed change logs.
 *
 * An app writes plain SQL on the connection that jemput_app() gives. What COMMIT made durable is captured, signed and sent at the next jemput_sync(),
 * and merged at every other device of the same space: no write is lost, and no constraint is broken.
 *
 * Threads: one handle belongs to one thread at a time, with one exception that makes sync invisible to the officer: while one thread is inside
 * jemput_sync(), jemput_diff() or jemput_rebuild(), another may use the connection of jemput_app() and call jemput_cancel(). Different handles are
 * independent.
 * Errors: every call that can fail returns enum jemput_status and fills `err` (never NULL); outputs change on JEMPUT_OK only.
 * Text is UTF-8. Times are milliseconds since 1970. "Owned by the caller" names what must be released and how; all else is borrowed. */
#ifndef JEMPUT_H
#define JEMPUT_H

#include <stddef.h>
#include <stdint.h>

#include <jemput/error.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sqlite3 sqlite3;
struct jemput;
struct jemput_secret;
struct jemput_env; /* the outside world: clock, randomness, files. NULL everywhere = the real one; another is for the engine's own tests */

/* "0.1.0"; static. */
JEMPUT_API const char *jemput_version(void);

/* --- open and close --- */

/* Open an existing store. Never creates one: a missing file is JEMPUT_NOTFOUND, so that a lost store is noticed and not replaced by an empty one.
 *   out    owned by the caller on JEMPUT_OK: jemput_close(); else set to NULL
 *   path   of the store file
 *   JEMPUT_NOTFOUND no file   JEMPUT_CORRUPT not a jemput store, or damaged   JEMPUT_UPGRADE made by a newer version
 *   JEMPUT_LOCKED it is sealed: jemput_open_sealed()   JEMPUT_BUSY JEMPUT_IO JEMPUT_DENIED JEMPUT_FULL JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_open(struct jemput **out, const char *path, struct jemput_env *env, struct jemput_error *err) JEMPUT_CHECKED;

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
    unsigned threshold; /* so many root administrators sign what concerns administrators; 0 = 1 */
    const struct jemput_secret *secret; /* make the store a sealed one; NULL = plain: see "at rest" */
};
/* The same with more root administrators than this device, which comes after them in seniority. Their keys sign by jemput_device_act().
 *   JEMPUT_MISUSE   too many of them, one twice, or a threshold that is none of theirs   else as jemput_init() */
JEMPUT_API enum jemput_status jemput_found(struct jemput **out, const char *path, const struct jemput_founding *founding, struct jemput_env *env,
                                           struct jemput_error *err) JEMPUT_CHECKED;

/* --- at rest: a store of which a thief reads nothing ---
 *
 * In a sealed store every page is encrypted, in the file, its write-ahead log and SQLite's temporary files alike (schema/formats/vault.md). It
 * opens by a PIN, by a key of 32 bytes that the platform keeps (such as Android's Keystore), by both together, or by a recovery code. None of
 * these is kept; a changed PIN rewrites a few bytes, not the data. Wrong PINs: after five in a row each further try has to wait, 30 seconds at
 * first, twice as long each time, at most an hour, also over a restart; nothing is ever deleted for them. Someone who copies the file can try PINs
 * elsewhere without waiting, at the cost of Argon2id over 64 MiB for each: take a PIN with the platform's key, or a long one.
 * Wrong PIN, key or code: JEMPUT_DENIED. None given, or too early for another PIN: JEMPUT_LOCKED.
 * Before SQLite 3.41 the app's own VACUUM INTO must name its file as 'file:copy.db?vacuum=1'; else it is an error, and nothing is made. Copies are
 * sealed, and open by what the store opens by. ATTACH of a plain file works; a file that it makes is sealed. */

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
 *   JEMPUT_BUSY     the app has statements or blobs on its connection: finalize them, and call again; nothing was closed. (A backup from it must have
 *                   been finished, too: it cannot be seen from here)
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

/* --- work --- */

/* The app's SQLite connection: ordinary, foreign keys on. Borrowed; dies with the handle. A COMMIT that the engine refuses (SQLITE_TOOBIG: a text
 * or blob above 1 MiB, 8 MiB in all, a million cells; SQLITE_AUTH: a NULL in a key, a counter that is no integer, a fact that would change, what the
 * policy does not allow this device) has rolled the transaction back, as SQLite does for any failed COMMIT but SQLITE_BUSY. sqlite3_blob_open() for
 * writing goes past every trigger, so past capture: do not use it on replicated tables (jemput_verify() finds such a write).
 *
 * SQL functions on this connection; a wrong use is an SQL error whose text says what to do:
 *   jemput_replicate(table[, options])  make a table replicated, in the space's schema or, on an administrator's device, later. It must have a
 *                      PRIMARY KEY that the app supplies: TEXT, BLOB, several columns, or WITHOUT ROWID. Options: see below
 *   jemput_migrate(sql)   run DDL that travels to all replicas in the log; additive changes; on an administrator's device only
 *   jemput_policy(table, roles, rules)   who may do what, in the space's schema or inside jemput_migrate(); see below
 *   jemput_id()        a new id: BLOB of 16 bytes, not guessable from others, small in the log
 *   jemput_serial(table)  the next receipt code of this device for that table, such as '07-000123-Z': unique without a connection
 *                      (schema/formats/serial.md)
 *   jemput_note(text)  the reason for the transaction under way, kept with it in the log
 *   jemput_token()     what this device has merged so far, as an INTEGER: take it when a form is opened
 *   jemput_under(token)   the transaction under way was written under that, however late it is saved: what came in since is a conflict,
 *                      not overwritten
 *   jemput_state_hash()   one hash over all that was merged, as TEXT: jemput_state_hash() below; an error while something is not sealed
 *
 * Tables and functions to read there, each column described in schema/views.md. They show what is committed, at one moment of the file, also while
 * another thread is inside jemput_sync(): the first reading opens a connection of their own, which lives as long as the handle.
 *   jemput_conflict    each side of each open conflict: values, who, when, what they came from
 *   jemput_parallel    what was changed at the same time and merged without a conflict
 *   jemput_held        rows that a constraint keeps out of their table, and what stands against each
 *   jemput_refused     logs that stand stopped, and transactions that count nowhere, and why      jemput_case   what a person should know of
 *   jemput_groups      which columns merge as one, and by what rule
 *   jemput_history(tbl, key)    who changed what in a row     jemput_why(tbl, key)    the writes that it is made of, and which rule shows what
 *   jemput_delivery(tbl, key)   how far this device's writes of it have come: di tablet ini, menunggu sinyal, diterima pusat
 *
 * Options of jemput_replicate, separated by ';', fixed from then on. What contradicts the schema or itself is refused, with what to do:
 *   group=a,b      columns that merge as one. So do by themselves those that one CHECK names, those of one UNIQUE constraint or index (its terms, not
 *                  its WHERE), and those of one FOREIGN KEY
 *   identity=a,b   two values at once are a hard conflict: for a person to decide
 *   rank=a:X<Y<Z   of two values at once the one further right shows, for the whole group; no conflict. Values: words, numbers, 'text', at most 64; a
 *                  value that is not named comes before all
 *   sum=a          a counter: what each device adds is added up, and goes round at 64 bits; no conflict. It must hold an integer at every COMMIT, so
 *                  declare it NOT NULL DEFAULT 0
 *   once=a         a fact, such as when something was printed: set once and never changed; of two values at once the earlier one holds
 *   before=a,b     an update carries the value before, too
 *   key=app        an INTEGER PRIMARY KEY is allowed: the app gives every key
 *   parent=a:hold  what becomes of a row whose parent, by the FOREIGN KEY (a), was deleted elsewhere meanwhile: restore the parent (the default),
 *                  cascade (the row goes, too, and comes back with it), or hold the row. Of a FOREIGN KEY (a, b): parent=a,b:hold
 *   triggers=x,y   triggers of the table that run for merged rows, too; others run for the app's own writes only. They are for what each device keeps
 *                  for itself, such as a full-text index, and may be made later, or on some devices only. They may not write replicated tables, nor
 *                  RAISE anything but ABORT (one that is made later and does is refused by the next COMMIT), and triggers that they fire in turn do
 *                  not run. One that fails never stops a merge: the row is written without the table's triggers, and jemput_verify() says so until
 *                  the trigger is made anew
 *
 * Rules of jemput_policy, separated by ';', for a table (or '*': every table that no call names for that role) and roles such as 'petugas,kelurahan'.
 * Without any call every role may write everything; a table that is named is closed but for what is listed, for administrators, too:
 *   insert, update, delete      insert=a,b or update=a,b: in these columns only; columns that merge as one are named together
 *   steps=a:X>Y,>Z,*>W   column a may go from X to Y, be Z in a new row, and become W from anything; no other way for anybody
 *   scope=a              only rows whose region, in column a, lies within the scope that the device was invited with: 16.74 covers 16.74.05
 * Asked at COMMIT on the device that writes, and by every device that merges: what may not be counts nowhere (jemput_refused_each()). A call in a
 * migration replaces what the same table and role had. */
JEMPUT_API sqlite3 *jemput_app(struct jemput *jemput);
/* From now on, until it is closed or locked, that connection reads and writes rows and nothing else: no DDL, ATTACH, PRAGMA that changes anything,
 * migration or extension (SQLITE_AUTH, when the statement is prepared). For SQL that a person or another system hands in. */
JEMPUT_API void jemput_restrict(struct jemput *jemput);

/* --- enrolment --- */

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
};
/* jemput_join() with more to say. A short invitation is made whole from its hub, so that must be there: what is read from it is checked against the
 * invitation.
 *   JEMPUT_OFFLINE   short: the hub is not there, or has not got yet what the invitation names   JEMPUT_DENIED   it has something else in its place
 *   else as jemput_join() */
JEMPUT_API enum jemput_status jemput_join_with(struct jemput **out, const char *path, const struct jemput_joining *joining, struct jemput_env *env,
                                               struct jemput_error *err) JEMPUT_CHECKED;
/* The short form of an invitation that jemput_invite() gave: a line of some 300 capital letters and digits, for a QR code. It is the same invitation,
 * as secret, and lets one device in.   out, out_len   owned by the caller: jemput_text_free()
 *   JEMPUT_CORRUPT   no invitation   JEMPUT_DENIED   to another space   JEMPUT_MISUSE   it names no hub   JEMPUT_NOTFOUND   sync first
 *   JEMPUT_LIMIT   the schema has had too many changes */
JEMPUT_API enum jemput_status jemput_invite_short(struct jemput *jemput, const char *invitation, size_t invitation_len, char **out, size_t *out_len,
                                                  struct jemput_error *err) JEMPUT_CHECKED;

/* --- devices: who may do what from now on (schema/formats/control.md, "The fold") --- */

enum jemput_device_state {
    JEMPUT_DEVICE_ACTIVE = 1,
    JEMPUT_DEVICE_SUSPENDED, /* has no rights for a while */
    JEMPUT_DEVICE_ROTATED,   /* an older key of a device that goes on under another */
    JEMPUT_DEVICE_REVOKED,
    JEMPUT_DEVICE_ASKS       /* is not let in: `why` says what it waits for */
};
struct jemput_device { /* a key, and what it may; borrowed for the call */
    const char *key;     /* hex, 64 digits: names the device in all calls */
    const char *writer;  /* hex: of its newest log */
    const char *label;   /* "tablet 07" */
    enum jemput_device_state state;
    const char *why;     /* of one that asks; in English; else "" */
    const char *reason;  /* of one that was revoked: "lost", "stolen", "leaked", "left", "forked"; else "" */
    uint32_t device_number;
    uint32_t root;       /* seniority of a root administrator, from 1; 0 = none */
    int self;            /* 1 = this device */
    const char *roles;   /* "" = none now */
    const char *scope;   /* "" = the whole space */
    uint32_t carries_on_for; /* device number of the one that this one has replaced; 0 = none */
    uint64_t segments;   /* of it that are known here */
    uint64_t unsent;     /* transactions of it that are known here and that no receipt of central's covers; on this device also what is not sealed */
    int64_t last_seen_ms;    /* claimed time of its newest segment; 0 = none is known */
    int64_t last_receipt_ms; /* claimed time of its newest segment that central's receipts cover; 0 = none */
    int clock_doubtful;      /* 1 = it claims a time that cannot be, or lies more than a day ahead of this clock */
    uint32_t schema_version; /* that its newest segment was written under; 0 = unknown */
};
typedef int (*jemput_device_cb)(void *ctx, const struct jemput_device *device); /* non-zero stops */
/* Every device of the roster as known here, by number, then those that ask to be let in.   JEMPUT_BUSY JEMPUT_IO JEMPUT_CORRUPT JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_devices(struct jemput *jemput, jemput_device_cb each, void *ctx, struct jemput_error *err) JEMPUT_CHECKED;

struct jemput_waiting { /* a root act that too few root administrators have signed; borrowed for the call */
    const char *act;    /* hex, 64 digits: by which jemput_device_act() approves it */
    const char *kind;   /* "invite", "enrol", "change", "revoke", "succeed" */
    const char *text;   /* what was signed, as lines of text (control.md) */
    uint32_t device_number; /* whom it is about; 0 = nobody known here */
    uint32_t signers, needed;
    uint32_t by; /* device number of its author */
    int64_t claimed_ms;
};
typedef int (*jemput_waiting_cb)(void *ctx, const struct jemput_waiting *waiting);
/* JEMPUT_BUSY JEMPUT_IO JEMPUT_CORRUPT JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_waiting_each(struct jemput *jemput, jemput_waiting_cb each, void *ctx, struct jemput_error *err) JEMPUT_CHECKED;

enum jemput_device_act_kind {
    JEMPUT_ACT_CHANGE = 1, /* other roles or scope from here on; roles "none" = suspended */
    JEMPUT_ACT_REVOKE,     /* what it signed up to the cut stays; everything else that it signed or will sign is void on every device */
    JEMPUT_ACT_SUCCEED,    /* `other` carries on for it: one that was lost or broken */
    JEMPUT_ACT_ADMIT,      /* let in a device that asks, whatever became of its invitation */
    JEMPUT_ACT_APPROVE     /* sign a root act that waits */
};
struct jemput_device_act {
    enum jemput_device_act_kind kind;
    const char *device; /* its number, or how its key or writer begins (4 hex digits at least). APPROVE: how the waiting act begins */
    const char *other;  /* SUCCEED: the new device */
    const char *roles;  /* CHANGE, ADMIT: NULL = what it was let in with, or was invited with */
    const char *scope;  /* likewise */
    const char *reason; /* REVOKE: "lost", "stolen", "leaked", "left" */
    const char *after;  /* CHANGE, REVOKE: the last segment that stands: its number, or how its commit begins (4 digits at least) */
    const char *since;  /* the same by one of central's segments: what that receipt covers stands. Both NULL: what is known here stands */
    const unsigned char *root_seed; /* 32 bytes: sign with the key of a root administrator that is in no store; NULL = with this device's */
    /* with it: what it signed last in this space, as the report said; so that it never signs two things at once. NULL = nothing is known of that */
    const char *root_segment;
    int look;           /* 1 = nothing is done, the report is filled */
};
struct jemput_device_act_report {
    char key[65];               /* of the device; APPROVE: of the act */
    uint32_t device_number;
    uint32_t other_number;      /* SUCCEED */
    int done;                   /* 1 = sealed (or would be); 0 = it was so already */
    uint32_t signers, needed;   /* of a root act; signers < needed: it waits. Else 0 */
    uint64_t segments_stay, segments_fall; /* CHANGE, REVOKE: of those known here. Of a CHANGE: under the old and under the new rights */
    uint64_t txns_stay, txns_fall;
    char root_segment[65];      /* hex: the segment that a root key signed; "" = none. Keep it with the key */
};
/* Act on a device, as an administrator: sealed into a log at once, on its way at the next sync. What would have no effect is refused and not
 * sealed. What is so already is JEMPUT_OK with done = 0.
 *   report            filled on JEMPUT_OK; never NULL
 *   JEMPUT_DENIED     this device (or root key) may not; or too few root administrators would be left; the text says which
 *   JEMPUT_NOTFOUND   no such device, segment, receipt or act     JEMPUT_EXISTS   it is revoked already, or let in already
 *   JEMPUT_MISUSE     several devices begin so; an unknown role or reason     JEMPUT_BUSY   the root key has signed elsewhere what is not known
 *   here: sync first   JEMPUT_IO JEMPUT_FULL JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_device_act(struct jemput *jemput, const struct jemput_device_act *act, struct jemput_device_act_report *report,
                                                struct jemput_error *err) JEMPUT_CHECKED;

/* Give this device another key. The old key signs that the new one takes over, and ends with it; log and receipts go on as another writer, roles,
 * scope and device number stay. In one transaction: cut off at whatever point, it is the old key or the new one that holds.
 *   JEMPUT_DENIED   this device is not let in, or revoked     JEMPUT_IO JEMPUT_FULL JEMPUT_BUSY JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_rotate(struct jemput *jemput, struct jemput_error *err) JEMPUT_CHECKED;

/* Make the key of a root administrator that is in no store: the text of a file for a stick, sealed with the PIN (Argon2id).
 *   pin        NULL = the file is the key, for whoever has it     out, out_len   owned by the caller: jemput_text_free(); secret
 *   JEMPUT_NOMEM   the PIN's work needs 64 MiB */
JEMPUT_API enum jemput_status jemput_root_new(const char *pin, struct jemput_env *env, char **out, size_t *out_len, unsigned char public_key[32],
                                              struct jemput_error *err) JEMPUT_CHECKED;
/* Whose file is it, and does it need a PIN?   JEMPUT_CORRUPT   JEMPUT_UPGRADE */
JEMPUT_API enum jemput_status jemput_root_look(const char *text, size_t len, unsigned char public_key[32], int *needs_pin,
                                               struct jemput_error *err) JEMPUT_CHECKED;
/* The seed, for jemput_device_act(): wipe it when done.   JEMPUT_DENIED another PIN   JEMPUT_CORRUPT JEMPUT_UPGRADE JEMPUT_LIMIT JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_root_open(const char *text, size_t len, const char *pin, unsigned char seed[32],
                                               struct jemput_error *err) JEMPUT_CHECKED;

/* --- seal and sync --- */

/* Make an empty hub: a bare git repository in the folder `path` (missing folders are made). One that is there already is JEMPUT_OK and left as it is.
 *   JEMPUT_EXISTS something else is there   JEMPUT_IO JEMPUT_DENIED JEMPUT_FULL JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_hub_init(const char *path, struct jemput_env *env, struct jemput_error *err) JEMPUT_CHECKED;

/* Turn pending transactions into signed segments now. Needs no network. jemput_sync() does it by itself.
 *   segments   how many were made; may be NULL    JEMPUT_IO JEMPUT_FULL JEMPUT_BUSY JEMPUT_NOMEM: nothing is lost, call again
 *   JEMPUT_LIMIT   the clock has come to its end. What a COMMIT accepted is never too large: a transaction of more than 8 MiB is refused there
 *   JEMPUT_CORRUPT the store is damaged: jemput_verify() */
JEMPUT_API enum jemput_status jemput_seal(struct jemput *jemput, unsigned *segments, struct jemput_error *err) JEMPUT_CHECKED;

enum jemput_phase {
    JEMPUT_PHASE_SEAL = 1,
    JEMPUT_PHASE_SEND = 2,
    JEMPUT_PHASE_FETCH = 3,
    JEMPUT_PHASE_MERGE = 4,
    JEMPUT_PHASE_RECEIPT = 5,
    JEMPUT_PHASE_REPLAY = 6,  /* jemput_rebuild(): segments merged anew */
    JEMPUT_PHASE_COMPARE = 7, /* tables and kinds of merge state compared, and put in place */
};

struct jemput_progress {
    enum jemput_phase phase;
    uint64_t done, total; /* segments of this phase, or tables; total grows as more is found; neither shrinks; at its good end done = total */
    uint64_t bytes;       /* sent and fetched so far, in all phases */
};

struct jemput_sync_options {
    const char *hub;      /* folder of a bare git repository, or its address ("https://…", see jemput/http.h); NULL = the one remembered from the
                           * invitation or the last sync */
    const char *hub_secret; /* what an address asks for: a password, or a token; NULL = the one remembered with the hub. Remembered after a sync that
                             * got in, in the store */
    const char *hub_user;   /* with a password; NULL = hub_secret is a token */
    uint64_t deadline_ms; /* at most so long from the start; 0 = no limit */
    int (*progress)(void *ctx, const struct jemput_progress *progress); /* may be NULL; non-zero cancels */
    void *ctx;
};

struct jemput_sync_report {
    uint64_t segments_sent, segments_fetched, bytes_sent, bytes_fetched;
    uint64_t segments_unread;          /* of those fetched: kept unread, because this device has not the key to them, or to one before them */
    uint64_t txns_merged, rows_merged; /* of other devices */
    uint64_t conflicts_new;            /* rows that came into conflict on the way, edits against deletes apart; afterwards: jemput_info_get() */
    uint64_t held_new;                 /* times that a row came to be held on the way; likewise */
    uint64_t admitted_devices;         /* newly let in, as the roster here has it */
    uint64_t lock_ms_max;              /* the longest that a batch of the merge kept others from writing, by the monotonic clock */
    uint64_t logs_behind;              /* logs of which the hub had less than this device had seen there: it was put back to an older copy, or keeps
                                        * something back. Nothing was given up for that, and the hub was given what it lacked */
    int states_compared;               /* 1 = central's state was compared with this store's: this device has merged just what central had */
    int states_differ;                 /* 1 = and it is another: jemput_state_difference() */
    uint64_t logs_stopped;             /* logs with a segment that failed a check and was kept aside: jemput_aside_each() */
    int complete;                      /* 1 = both directions were finished; nothing is left to do until something new is written */
};

/* Send the own log, fetch, verify, merge, and (at central) seal receipts and send them. Own work goes out before anything comes in.
 * Safe to call at any moment, to kill at any point, and to start again: nothing is lost or doubled.
 *   report   filled with what was reached even if the call fails; never NULL
 *   JEMPUT_OFFLINE the remembered hub is not there now   JEMPUT_NOTFOUND the hub named is not there   JEMPUT_CORRUPT the hub is no repository
 *   JEMPUT_CANCELLED cancelled or deadline passed
 *   JEMPUT_DENIED the hub is read-only, or another copy of this store wrote there and this device was not let in yet; or it holds another space
 *                 (nothing was sent); or all is done, and this device will not be let in: another has used its invitation, or it has expired
 *   JEMPUT_FULL JEMPUT_BUSY JEMPUT_IO JEMPUT_NOMEM
 * A damaged or forged log of another device never fails the call: it is stopped, kept aside, and reported. */
JEMPUT_API enum jemput_status jemput_sync(struct jemput *jemput, const struct jemput_sync_options *options, struct jemput_sync_report *report,
                                          struct jemput_error *err) JEMPUT_CHECKED;
/* Make a running jemput_sync(), jemput_diff() or jemput_rebuild() of another thread stop at its next step (soon: steps are small). */
JEMPUT_API void jemput_cancel(struct jemput *jemput);

/* --- look --- */

/* The three states that an officer sees, in transactions. */
struct jemput_counts {
    uint64_t on_device; /* di tablet ini: saved, not sealed yet */
    uint64_t waiting;   /* menunggu sinyal: sealed, perhaps sent, without central's receipt */
    uint64_t received;  /* diterima pusat: covered by a signed receipt */
};

struct jemput_info {
    char space[65];  /* hex */
    char writer[33]; /* hex: this device in its present epoch */
    char roles[64];  /* "petugas"; "" = not admitted yet */
    char scope[64];
    char hub[1024]; /* remembered; "" = none */
    uint32_t device_number;
    int admitted; /* 1 = in the roster as known here */
    int sealed;   /* 1 = the store is sealed at rest */
    uint32_t roster_version, schema_version;
    struct jemput_counts own;
    uint64_t pending_changes;    /* of rows, not sealed yet */
    uint64_t rows;               /* that the replicated tables show */
    uint64_t conflicts;          /* rows in conflict: jemput_conflicts() tells more where a row has several */
    uint64_t held;               /* rows that are held */
    uint64_t logs, logs_stopped; /* logs known here, and those that stand stopped: jemput_aside_each() */
    uint64_t segments_unread;    /* "butuh kunci": known here and not merged, for want of a key; while there are any, the state hash is of the rest */
    int64_t last_sync_ms;        /* wall time of the last complete sync; 0 = never; never goes back */
    int64_t last_receipt_ms;     /* claimed time in central's newest segment here; 0 = none */
    uint64_t hub_behind;         /* of so many logs a hub had less than this device had seen, when that was so last; 0 = never */
    int64_t hub_behind_ms;       /* and when, by this clock */
    int64_t clock_error_ms;      /* what signed times say of this clock: > 0 it is, or was, ahead; < 0 behind; 0 = nothing. Nothing is lost by it */
    uint64_t logs_ahead; /* other devices' logs whose newest segment claims a time more than a day ahead of this clock: one of the two is wrong */
};
/* What the store knows of itself and its work. Cheap; reads only. `out` is the caller's.
 *   JEMPUT_BUSY JEMPUT_IO JEMPUT_CORRUPT JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_info_get(struct jemput *jemput, struct jemput_info *out, struct jemput_error *err) JEMPUT_CHECKED;

enum jemput_type { JEMPUT_TYPE_NULL = 0, JEMPUT_TYPE_INTEGER = 1, JEMPUT_TYPE_REAL = 2, JEMPUT_TYPE_TEXT = 3, JEMPUT_TYPE_BLOB = 4 };
struct jemput_datum { /* one SQL value; bytes borrowed for the call */
    enum jemput_type type;
    int64_t integer;
    double real;
    const void *data;
    size_t len;
};

/* --- callbacks: what they are given is borrowed until they return; non-zero from one ends the call, with JEMPUT_OK; they must not
 * call the engine with the same handle --- */

/* Who made a write. */
struct jemput_origin {
    char writer[33];
    uint32_t device_number; /* 0 = unknown */
    const char *roles;
    int64_t claimed_ms; /* the writer's clock: claimed, never trusted */
    uint64_t segment;   /* number in the writer's log; 0 = pending on this device */
    int receipt;        /* 1 = covered by a receipt known here */
};

struct jemput_edit { /* one change of one row, oldest first */
    struct jemput_origin origin;
    char op;          /* 'I' insert 'U' update 'D' delete 'K' decision (keputusan): a person's answer to a conflict or a held row */
    const char *note; /* "" = none */
    unsigned column_count;
    const char *const *columns;
    const struct jemput_datum *values; /* per column; of a counter what was added */
    const struct jemput_datum *before; /* per column: the value before, where the edit carried it; else of type NULL */
    unsigned successor_count;          /* of a deletion by jemput_merge_rows(): values of the key of the row that goes on in its place; else 0 */
    const struct jemput_datum *successor;
};
typedef int (*jemput_edit_cb)(void *ctx, const struct jemput_edit *edit); /* non-zero stops */
/* All edits of a row, from all logs and from what is pending here; none: JEMPUT_OK. `key`: the primary key's values in key order. Reads the signed
 * segments: right for one row, not for lists.
 *   JEMPUT_NOTFOUND no replicated table of that name   JEMPUT_MISUSE wrong number of key values
 *   JEMPUT_BUSY JEMPUT_IO JEMPUT_CORRUPT JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_history(struct jemput *jemput, const char *table, const struct jemput_datum *key, unsigned key_count,
                                             jemput_edit_cb each, void *ctx, struct jemput_error *err) JEMPUT_CHECKED;

struct jemput_conflict_side {
    struct jemput_origin origin;
    int shown;
    int deleted;                       /* 1 = this side deleted the row (column_count 0 only) */
    const struct jemput_datum *values; /* per column of the conflict */
};
struct jemput_conflict { /* concurrent writes to one cell group with different values, or an edit against a delete (column_count 0), or a deleted row
                          * that is back because a row that names it was written meanwhile (likewise) */
    const char *table;
    unsigned key_count;
    const struct jemput_datum *key;
    int identity; /* 1 = of a column that the schema calls identity: jemput_decide() alone closes it; else a write that has seen all does */
    unsigned column_count;
    const char *const *columns;
    unsigned side_count;
    const struct jemput_conflict_side *sides;
};
typedef int (*jemput_conflict_cb)(void *ctx, const struct jemput_conflict *conflict);
/* Every open conflict, in table and key order, with all its sides; nothing is decided by looking. Values that wait here unsealed count as this
 * device's own side once they are sealed.   JEMPUT_BUSY JEMPUT_IO JEMPUT_CORRUPT JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_conflicts(struct jemput *jemput, jemput_conflict_cb each, void *ctx, struct jemput_error *err) JEMPUT_CHECKED;

struct jemput_held_row {
    const char *table;
    const char *reason;
    unsigned column_count;
    const char *const *columns;
    const struct jemput_datum *values;
};
typedef int (*jemput_held_row_cb)(void *ctx, const struct jemput_held_row *row);
/* Every row that a constraint keeps out of its table, with the constraint's words as reason; it comes in by itself when the reason goes.
 *   JEMPUT_BUSY JEMPUT_IO JEMPUT_CORRUPT JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_held_rows(struct jemput *jemput, jemput_held_row_cb each, void *ctx, struct jemput_error *err) JEMPUT_CHECKED;

/* --- decisions --- */

struct jemput_hidden_value { /* a value that stands against the shown one in a conflict */
    const char *column;
    struct jemput_datum value;
};
struct jemput_choice { /* what a person decides about one row: of a conflict, of a held row, or of any row of a replicated table */
    const char *table;
    const struct jemput_datum *key; /* the primary key's values in key order */
    unsigned key_count;
    unsigned column_count; /* columns that get a value; 0 = the row stays as it is shown (which closes "deleted and changed at once") */
    const char *const *columns;
    const struct jemput_datum *values; /* one of those that were written, or a new one; it becomes what its column makes of it, as in SQL */
    unsigned hidden_count;             /* the values that are decided against: all that the columns' conflicts hide must be named, so that nothing is
                                     * closed that the person has not seen */
    const struct jemput_hidden_value *hidden;
    int remove;         /* 1: a held row is dropped; its values stay in the history. Without columns and hidden values */
    int restore;        /* 1: a deleted or dropped row comes back as it was. Without columns and hidden values */
    const char *reason; /* for those who read it later; 1 … 1024 bytes */
};
/* Decide: an ordinary signed write, sealed at once, with its reason and with what it replaced. It closes the conflict on every device; another
 * decision replaces it. A held row comes in by itself if nothing stands against its new values; else it stays held, and so does a row that was shown
 * come to be held by values that break a constraint, with JEMPUT_OK: jemput_held_rows().
 *   JEMPUT_DENIED   the conflict holds a value that is not named (one may have come in since): look again, nothing was done
 *   JEMPUT_NOTFOUND no such table, row, column or hidden value     JEMPUT_MISUSE no reason; a key or generated column; a fact that is set already
 *   JEMPUT_LIMIT JEMPUT_BUSY JEMPUT_IO JEMPUT_FULL JEMPUT_NOMEM: nothing was done */
JEMPUT_API enum jemput_status jemput_decide(struct jemput *jemput, const struct jemput_choice *choice, struct jemput_error *err) JEMPUT_CHECKED;

/* --- two rows for one thing --- */

enum jemput_move_kind {
    JEMPUT_MOVE_VALUE = 1,     /* the row had no value in `column` and gets one */
    JEMPUT_MOVE_COUNT = 2,     /* its counter gets so much more */
    JEMPUT_MOVE_REFERENCE = 3, /* it names the row that stays from now on (undone: the one that comes back) */
    JEMPUT_MOVE_ROW = 4,       /* it goes, and goes on under another key: `value` has key_count values, `column` is NULL (undone: it comes back) */
    JEMPUT_MOVE_LEFT = 5       /* it keeps `before`; the other row's `value` stays in the history only */
};
struct jemput_move { /* something that a merge of rows does to one row */
    enum jemput_move_kind kind;
    const char *table;
    unsigned key_count;
    const struct jemput_datum *key;
    const char *column;
    const struct jemput_datum *value;
    const struct jemput_datum *before; /* REFERENCE and LEFT only; else NULL */
};
typedef int (*jemput_move_cb)(void *ctx, const struct jemput_move *move);

struct jemput_merging { /* two rows of a table that are one: a person who was entered twice */
    const char *table;
    unsigned key_count;              /* of each: the primary key's values in key order */
    const struct jemput_datum *keep; /* the row that stays; jemput_part_rows() finds it by itself */
    const struct jemput_datum *gone; /* the row that goes on in it */
    const char *reason;              /* for those who read it later; 1 … 1024 bytes */
    int look;                        /* 1 = nothing is done; `each` is told what would be */
};
/* Make two rows one. The row that stays gets the values that it does not have, and the counts; rows that name the other one through a FOREIGN KEY
 * name it from now on; the other row is deleted, and its deletion says in which one it goes on. Where both have a value, that of the row that stays
 * holds.
 * What other devices write to the row that is gone, having not heard of it or heard of it too late, reaches the row that stays as central syncs: what
 * only one of the two has changed is taken over, the rest is a conflict for people. Without a central, the administrator of the lowest device number
 * does that.
 *   each            called for each thing that is done; NULL = nobody asks; non-zero ends the call: with nothing done, as with `look`
 *   JEMPUT_NOTFOUND no such table, or one of the rows is not there
 *   JEMPUT_MISUSE   no reason; one row named twice; the row that stays would name itself
 *   JEMPUT_DENIED   a conflict in a column that the schema calls identity is open in a row that goes: decide it first
 *   JEMPUT_LIMIT JEMPUT_BUSY JEMPUT_IO JEMPUT_FULL JEMPUT_NOMEM: nothing was done */
JEMPUT_API enum jemput_status jemput_merge_rows(struct jemput *jemput, const struct jemput_merging *merging, jemput_move_cb each, void *ctx,
                                                struct jemput_error *err) JEMPUT_CHECKED;
/* Undo that: the row comes back as it was last, and what it had given away comes back to it where it still stands as it was given. Facts stay. What
 * was written since stays where it was written.
 *   JEMPUT_NOTFOUND no such table or row     JEMPUT_MISUSE no reason; the row goes on in none, or in one that itself goes on in another by now
 *   JEMPUT_DENIED   the row is there again, with an open conflict in a column that the schema calls identity: decide it first
 *   JEMPUT_LIMIT JEMPUT_BUSY JEMPUT_IO JEMPUT_FULL JEMPUT_NOMEM: nothing was done */
JEMPUT_API enum jemput_status jemput_part_rows(struct jemput *jemput, const struct jemput_merging *merging, jemput_move_cb each, void *ctx,
                                               struct jemput_error *err) JEMPUT_CHECKED;

struct jemput_segment_info { /* one segment of one log */
    struct jemput_origin origin;
    uint64_t number; /* in that log, from 1 */
    int control;     /* 1 = members, schema or receipts; 0 = data */
    char commit[41]; /* hex: the git commit */
    int unread;      /* 1 = "butuh kunci": the key to it, or to one before it in its log, is not known here; txns is 0 then */
    uint32_t txns;
    uint64_t payload_bytes; /* as it is sent, compressed and sealed */
};
typedef int (*jemput_segment_cb)(void *ctx, const struct jemput_segment_info *segment);
/* Every segment known here, of all logs, in the order in which this store came to know them: a segment after all that it had seen.
 *   JEMPUT_BUSY JEMPUT_IO JEMPUT_CORRUPT JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_log(struct jemput *jemput, jemput_segment_cb each, void *ctx, struct jemput_error *err) JEMPUT_CHECKED;

struct jemput_aside {          /* a log that was stopped at a segment that failed a check */
    char ref[128];             /* the log's branch */
    char commit[41];           /* hex: the commit that was not taken */
    enum jemput_status status; /* why: JEMPUT_UPGRADE made by a newer version, JEMPUT_DENIED its writer had no right, JEMPUT_EXISTS it brings a table
                                * by a name that this device uses itself, else damaged or forged */
    const char *reason;        /* the same for technicians, in English */
    int64_t seen_ms;           /* when this device first saw it so, by its clock */
};
typedef int (*jemput_aside_cb)(void *ctx, const struct jemput_aside *aside);
/* Every log that stands stopped, and why. It goes on by itself at the first sync that finds a good segment in the bad one's place.
 *   JEMPUT_BUSY JEMPUT_IO JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_aside_each(struct jemput *jemput, jemput_aside_cb each, void *ctx, struct jemput_error *err) JEMPUT_CHECKED;

/* --- refused work, and cases --- */

enum jemput_refused_reason { /* part of the state hash: numbers stay */
    JEMPUT_REFUSED_NO_ROLE = 1,      /* its device had no role that may write */
    JEMPUT_REFUSED_NO_INSERT = 2,    /* the policy gives its roles no right to insert, update or delete there */
    JEMPUT_REFUSED_NO_UPDATE = 3,
    JEMPUT_REFUSED_NO_DELETE = 4,
    JEMPUT_REFUSED_NO_COLUMN = 5,    /* not this column */
    JEMPUT_REFUSED_NO_STEP = 6,      /* not this step of a status */
    JEMPUT_REFUSED_STEP_UNKNOWN = 7, /* it does not say what the status was before */
    JEMPUT_REFUSED_OUTSIDE = 8,      /* the row is not, and never was, in its device's region */
    JEMPUT_REFUSED_REGION_UNKNOWN = 9, /* nothing of the row is known here yet: it is judged again when it comes */
    JEMPUT_REFUSED_VOID = 32,        /* its device was revoked, and this lies behind the cut */
    JEMPUT_REFUSED_SCHEMA = 33       /* it goes by an older schema version than its log did before */
};
struct jemput_refused { /* a transaction that is kept in the log and counts nowhere, as a whole; borrowed for the call */
    struct jemput_origin origin;
    char commit[41];        /* hex: its segment's git commit */
    uint32_t place;         /* in that segment, from 1 */
    enum jemput_refused_reason reason;
    const char *why_id, *why_en; /* the same in words; static */
    const char *table;      /* the change that is at fault; NULL = none in particular: then there is no key */
    unsigned key_count;
    const struct jemput_datum *key;
    const char *column;     /* NULL = none in particular */
    int adopted;            /* 1 = an administrator has written the same since: `by` says who and when */
    struct jemput_origin by;
};
typedef int (*jemput_refused_cb)(void *ctx, const struct jemput_refused *refused);
/* Every refused transaction, in the order in which their segments came here. Each replica that knows the same segments has the same list.
 *   JEMPUT_BUSY JEMPUT_IO JEMPUT_CORRUPT JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_refused_each(struct jemput *jemput, jemput_refused_cb each, void *ctx, struct jemput_error *err) JEMPUT_CHECKED;

struct jemput_adopting {
    const char *segment; /* how its commit begins: 4 hexadecimal digits at least */
    uint32_t place;      /* from 1; 0 = every refused transaction of the segment that nobody has adopted */
    const char *reason;  /* for those who read it later; 1 ... 900 bytes */
};
/* Let refused work count, as an administrator or central: own signed transactions that write the same final values, one for each, judged by this
 * device's rights. All of them or none.   *adopted: how many
 *   JEMPUT_DENIED    this device is neither, or the policy does not let it write that; or a row would be kept out by a constraint: the text says
 *   which JEMPUT_NOTFOUND  no refused transaction is there; or a row that it changes is not there: adopt first what made it
 *   JEMPUT_EXISTS    it was adopted already      JEMPUT_MISUSE   several segments begin so; no reason; a fact that is set already
 *   JEMPUT_LIMIT JEMPUT_BUSY JEMPUT_IO JEMPUT_FULL JEMPUT_NOMEM: nothing was done */
JEMPUT_API enum jemput_status jemput_adopt(struct jemput *jemput, const struct jemput_adopting *adopting, uint32_t *adopted,
                                           struct jemput_error *err) JEMPUT_CHECKED;

struct jemput_case { /* something that a person should know of, or decide; borrowed for the call */
    const char *kind;  /* "refused", "revoked", "stopped", "forked", "state", "hub", "stale", "asks", "unsigned" */
    const char *about; /* hex: a writer, a key that asks, an act; or a branch. With the kind it names the case */
    const char *label; /* whose it is, as people call it: "tablet 07"; "" = nobody's */
    int64_t since_ms;  /* claimed time of the first sign of it; 0 = unknown */
    uint64_t count;    /* transactions, or segments, that it is about */
    int open;          /* 0 = it is settled, and told for the record */
    const char *what_id, *what_en; /* what happened */
    const char *safe_id, *safe_en; /* is the data safe? */
    const char *todo_id, *todo_en; /* what to do */
};
typedef int (*jemput_case_cb)(void *ctx, const struct jemput_case *told);
/* Every case, kind by kind.   JEMPUT_BUSY JEMPUT_IO JEMPUT_CORRUPT JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_cases(struct jemput *jemput, jemput_case_cb each, void *ctx, struct jemput_error *err) JEMPUT_CHECKED;

struct jemput_fork_side { /* one of two segments that were signed under one number */
    char commit[41], segment[65]; /* hex: the git commit, the segment's hash */
    int64_t claimed_ms;
    uint64_t last;         /* number of the newest segment known of this branch */
    int own;               /* 1 = this store has sealed it */
    const char *text;      /* what is signed: the commit without its signature; text_len bytes */
    size_t text_len;
    const char *signature; /* an SSH signature, as ssh-keygen writes it; signature_len bytes, no final newline */
    size_t signature_len;
};
struct jemput_fork { /* a log that goes on in two ways: another copy of the device's store was used, or it was put back to an older one */
    char writer[33];
    uint32_t device_number; /* 0 = unknown */
    uint64_t number;        /* of both segments */
    int resumed;            /* 1 = the device goes on as a new writer since: nothing is left to do but to find out why */
    const char *signer;     /* the key, as a line of an allowed_signers file */
    struct jemput_fork_side sides[2];
};
typedef int (*jemput_fork_cb)(void *ctx, const struct jemput_fork *fork);
/* Every fork of a log known here. Nothing is lost by one: both branches are kept and merged on every device, and the device goes on as a new writer
 * by itself. The two sides prove it to anyone: both texts name one writer and one number, and one key has signed both (ssh-keygen -Y verify -n git).
 *   JEMPUT_BUSY JEMPUT_IO JEMPUT_CORRUPT JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_forks(struct jemput *jemput, jemput_fork_cb each, void *ctx, struct jemput_error *err) JEMPUT_CHECKED;
/* Check such a proof, without a store: text and signature of both sides are looked at, nothing else.
 *   writer, number   what it proves     JEMPUT_CORRUPT it proves nothing: err's text says why     JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_fork_check(const struct jemput_fork_side sides[2], char writer[33], uint64_t *number,
                                                struct jemput_error *err) JEMPUT_CHECKED;

/* Check everything: the file, the capture triggers, each signature and chain, and that replaying all logs gives exactly the rows. May take long.
 *   each      called for each problem with one sentence; may be NULL       problems   how many were found
 *   JEMPUT_BUSY JEMPUT_IO JEMPUT_FULL JEMPUT_NOMEM: it could not be finished. What is wrong in the store is a problem, not an error. */
typedef void (*jemput_problem_cb)(void *ctx, const char *what);
JEMPUT_API enum jemput_status jemput_verify(struct jemput *jemput, jemput_problem_cb each, void *ctx, uint64_t *problems,
                                            struct jemput_error *err) JEMPUT_CHECKED;

/* One hash over all that was merged here, as 64 hexadecimal digits: what the replicated tables show, conflicts with all their values, held rows.
 * Devices that have merged the same have the same one (schema/formats/state-hash.md). Seals what is pending first, as jemput_seal() does; on the
 * app's connection `SELECT jemput_state_hash()` gives the same without sealing, and refuses while something is not sealed. Reads all rows. Of a
 * device that could not read all that it knows (segments_unread in jemput_info) it is of the rest, and not to be compared with others'.
 *   JEMPUT_BUSY the app commits again and again   JEMPUT_CORRUPT the store is damaged: jemput_verify()   JEMPUT_IO JEMPUT_FULL JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_state_hash(struct jemput *jemput, char hex[65], struct jemput_error *err) JEMPUT_CHECKED;

struct jemput_state_difference { /* this store and central have merged the same, and do not show the same */
    char writer[33], commit[41]; /* hex: central's signed segment that says so */
    uint64_t number;
    char theirs[65], ours[65]; /* hex: state hashes, central's and this store's */
    int64_t seen_ms;           /* by this device's clock */
};
/* What the last comparison found, as jemput_sync() makes it: central signs its state, and who has merged just that compares. jemput_verify() tells
 * whether this store is what its logs say; if it is, central is not. It goes by itself once a comparison finds both the same.
 *   found   1 = there is one, and `out` was filled     JEMPUT_BUSY JEMPUT_IO JEMPUT_CORRUPT JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_state_difference(struct jemput *jemput, struct jemput_state_difference *out, int *found,
                                                      struct jemput_error *err) JEMPUT_CHECKED;

enum jemput_difference_kind {
    JEMPUT_DIFFERENCE_INSERT = 1,   /* a row would be shown that is not there */
    JEMPUT_DIFFERENCE_UPDATE = 2,   /* columns of a row would show something else */
    JEMPUT_DIFFERENCE_DELETE = 3,   /* a row would not be shown any more */
    JEMPUT_DIFFERENCE_CONFLICT = 4, /* a conflict would be there, or have other sides */
    JEMPUT_DIFFERENCE_CONFLICT_GONE = 5,
    JEMPUT_DIFFERENCE_HELD = 6, /* a row would be held, or for another reason, or with other values */
    JEMPUT_DIFFERENCE_HELD_GONE = 7
};
struct jemput_difference { /* borrowed for the call */
    enum jemput_difference_kind kind;
    const char *table;
    unsigned key_count;
    const struct jemput_datum *key;
    unsigned column_count; /* of rows alone: those that change; of INSERT and DELETE all */
    const char *const *columns;
    const struct jemput_datum *before;      /* as they are; NULL of an INSERT */
    const struct jemput_datum *after;       /* as they would be; NULL of a DELETE */
    const struct jemput_conflict *conflict; /* of the CONFLICT kinds; else NULL */
    const struct jemput_held_row *held;     /* of the HELD kinds; else NULL */
};
typedef int (*jemput_difference_cb)(void *ctx, const struct jemput_difference *difference);
/* What the next jemput_sync() would change here, without doing it: everything but sending is tried with a copy of the store, which is then thrown
 * away. Nothing is written to the store, nothing goes to the hub. Rows come first, then conflicts, then held rows, each by table and key; conflicts
 * and held rows are told as they would be afterwards, receipts included. What is pending here counts as sealed. Others may go on writing meanwhile:
 * what is told is as of the start. The copy takes as much room as the store: 16 MiB in memory, the rest in SQLite's temporary folder.
 * Between writes of equal stamps the hash of their segments decides which shows, and what is pending gets its own when it is sealed: call
 * jemput_seal() before, if that must be told exactly.
 *   options   as of jemput_sync(); NULL = none     each   non-zero stops the telling     report   what the sync would have fetched and merged; may
 *   be NULL
 *   JEMPUT_OFFLINE JEMPUT_NOTFOUND JEMPUT_CORRUPT JEMPUT_CANCELLED JEMPUT_DENIED as jemput_sync()   JEMPUT_FULL JEMPUT_BUSY JEMPUT_IO JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_diff(struct jemput *jemput, const struct jemput_sync_options *options, jemput_difference_cb each, void *ctx,
                                          struct jemput_sync_report *report, struct jemput_error *err) JEMPUT_CHECKED;

/* --- checkpoints: history that ends (schema/formats/checkpoint.md) --- */

struct jemput_checkpoint_report {
    char segment[65];    /* hash of the segment that states it, hex */
    char state_hash[65]; /* jemput_state_hash() of what it covers */
    unsigned long long at_number, number; /* central's segment that it stands at, and the one that states it */
    uint32_t chunks;     /* so many segments carry it */
    uint64_t bytes;      /* before they were compressed */
};

/* At central: sign the whole state as it was at an own segment, so that a new device can begin from there, and older data can be cut off. What is
 * signed is computed anew from the logs, like jemput_rebuild() does, which takes as long and as much room. It goes out with the next sync.
 *   min_age_ms   stand at a segment that was sealed so long ago, by this device's clock: what came later can still be revoked. 0 = now
 *   JEMPUT_DENIED this device is not central, or some of what is here cannot be read   JEMPUT_NOTFOUND nothing is old enough, or all that is has a
 *   checkpoint   JEMPUT_CORRUPT the logs here are not whole   JEMPUT_CANCELLED JEMPUT_BUSY JEMPUT_FULL JEMPUT_IO JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_checkpoint_make(struct jemput *jemput, int64_t min_age_ms, struct jemput_checkpoint_report *report,
                                                     struct jemput_error *err) JEMPUT_CHECKED;

/* At central: sign that what the newest checkpoint covers, and the checkpoint, has been copied to a safe place. Before that, nobody cuts anything
 * off.
 *   JEMPUT_DENIED this device is not central   JEMPUT_NOTFOUND there is no checkpoint   JEMPUT_BUSY JEMPUT_FULL JEMPUT_IO JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_checkpoint_backed_up(struct jemput *jemput, struct jemput_error *err) JEMPUT_CHECKED;

struct jemput_cut_report {
    uint64_t segments; /* whose data went */
    uint64_t bytes;    /* that it took in the store */
    int erased;        /* 1 = there are forgotten rows (jemput_forget()), and the file was written anew, its log emptied: nothing of them is left
                        * in it. 0 though there are: somebody was reading; call again */
};

/* Take the data that the newest checkpoint covers out of this store, and give the room back. Who wrote when, and having seen what, stays;
 * what edits were, and their notes, cannot be looked up any more. Before that, the state that the covered segments give here is compared with the one
 * that central signed. In small transactions; cut short, it is called again. Afterwards jemput_rebuild() and jemput_verify() begin at the checkpoint.
 *   JEMPUT_NOTFOUND there is no checkpoint    JEMPUT_DENIED central has not signed that it is backed up, or some of it cannot be read here
 *   JEMPUT_CORRUPT  central signed another state: nothing was cut    JEMPUT_BUSY JEMPUT_FULL JEMPUT_IO JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_checkpoint_cut(struct jemput *jemput, struct jemput_cut_report *report, struct jemput_error *err) JEMPUT_CHECKED;

/* Have a row forgotten (UU 27/2022): as an administrator, or central. The record is signed and goes out with the next sync; every device computes its
 * state anew, as if the row had never been written, and leaves out whatever is written to it later. Rows that name it by a FOREIGN KEY are held.
 * Who has the key afterwards knows that there was a row, so the key itself should not be personal data. Old data goes from each store when a
 * checkpoint that covers the record has been made, and is cut off there: jemput_checkpoint_cut().
 *   basis   one line: the legal basis; no personal data    JEMPUT_DENIED not an administrator's device, nor central   JEMPUT_NOTFOUND no such table
 *   JEMPUT_MISUSE the key, or the basis, is none    JEMPUT_BUSY JEMPUT_FULL JEMPUT_IO JEMPUT_NOMEM; else as jemput_rebuild(): the record is sealed
 *   then, and the next sync or rebuild does the rest */
JEMPUT_API enum jemput_status jemput_forget(struct jemput *jemput, const char *table, const struct jemput_datum *key, unsigned key_count,
                                            const char *basis, struct jemput_error *err) JEMPUT_CHECKED;

struct jemput_forget_place { /* a device that has been let in and not revoked */
    char writer[33];
    uint32_t device_number;
    int erased; /* 1 = it has signed that nothing is left there of all that was forgotten, as known here */
};
/* Which devices have erased what was forgotten. `each` is given what is borrowed for the call; non-zero ends it. */
JEMPUT_API enum jemput_status jemput_forget_places(struct jemput *jemput, int (*each)(void *ctx, const struct jemput_forget_place *place), void *ctx,
                                                   struct jemput_error *err) JEMPUT_CHECKED;

struct jemput_rebuild_options {
    int (*progress)(void *ctx, const struct jemput_progress *progress); /* may be NULL; non-zero cancels */
    jemput_problem_cb each; /* what differed, in one sentence a table and kind, as jemput_verify() says it; may be NULL */
    void *ctx;
};

struct jemput_rebuild_report {
    uint64_t segments;               /* that were checked and merged anew */
    uint64_t differences;            /* sentences told to `each`; 0 = everything was as it should be */
    uint64_t rows_put, rows_removed; /* of the replicated tables; one with wrong values is both */
    char state_hash[65];             /* afterwards */
};

/* Compute everything that was merged anew from the signed segments, and put that in the place of what the tables and the merge state hold: the
 * answer to a damaged store. In one transaction: cancelled, cut off or failed at whatever point, nothing has changed. Logs, pending work (sealed
 * then), this device's keys, and tables that are not replicated stay as they are; the app's triggers do not run.
 * jemput_cancel() stops it. Other threads may use the app's connection meanwhile; their writes wait while the result is compared and put in place,
 * which takes about a second for 100,000 rows. Needs room for the tables and the merge state once more: 16 MiB in memory, the rest in SQLite's
 * temporary folder (SQLITE_TMPDIR, TMPDIR), and where rows differ, what they take in the store's file.
 *   options   NULL = none       report   filled on JEMPUT_OK
 *   JEMPUT_CORRUPT JEMPUT_DENIED JEMPUT_NOTFOUND JEMPUT_UPGRADE JEMPUT_LIMIT a segment is damaged or missing, so that the logs do not give the
 *   whole state:
 *   nothing was changed   JEMPUT_CANCELLED JEMPUT_BUSY JEMPUT_FULL JEMPUT_IO JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_rebuild(struct jemput *jemput, const struct jemput_rebuild_options *options,
                                             struct jemput_rebuild_report *report, struct jemput_error *err) JEMPUT_CHECKED;

/* Text of an allowed_signers file for `git verify-commit`: one line for each writer known here. *out owned by the caller: jemput_text_free().
 *   JEMPUT_IO JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_signers(struct jemput *jemput, char **out, size_t *out_len, struct jemput_error *err) JEMPUT_CHECKED;

/* Free what a call gave to the caller; NULL is allowed. */
JEMPUT_API void jemput_text_free(char *text);

#ifdef __cplusplus
}
#endif
#endif
