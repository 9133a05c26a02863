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
struct jemput_env; /* the outside world: clock, randomness, files. NULL everywhere = the real one; another is for the engine's own tests */

/* "0.1.0"; static. */
JEMPUT_API const char *jemput_version(void);

/* --- open and close --- */

/* Open an existing store. Never creates one: a missing file is JEMPUT_NOTFOUND, so that a lost store is noticed and not replaced by an empty one.
 *   out    owned by the caller on JEMPUT_OK: jemput_close(); else set to NULL
 *   path   of the store file
 *   JEMPUT_NOTFOUND no file   JEMPUT_CORRUPT not a jemput store, or damaged   JEMPUT_UPGRADE made by a newer version
 *   JEMPUT_BUSY JEMPUT_IO JEMPUT_DENIED JEMPUT_FULL JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_open(struct jemput **out, const char *path, struct jemput_env *env, struct jemput_error *err) JEMPUT_CHECKED;

/* Close; NULL is allowed. Open transactions on the app's connection are rolled back; its statements must have been finalized. */
JEMPUT_API void jemput_close(struct jemput *jemput);

/* Make a new space and its first store, whose device is the root administrator.
 *   schema   SQL that every replica of the space starts from: CREATE TABLE …; SELECT jemput_replicate('…');  at most 1 MiB; may be ""
 *   roles    of this device: "admin,pusat" (one office machine; also what NULL means) or "admin" (central is another device)
 *   JEMPUT_EXISTS there is a file at `path`; it was not touched   JEMPUT_CORRUPT the schema's SQL fails; no file is left   else as jemput_open() */
JEMPUT_API enum jemput_status jemput_init(struct jemput **out, const char *path, const char *schema, const char *roles, struct jemput_env *env,
                                          struct jemput_error *err) JEMPUT_CHECKED;

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
 *   jemput_refused     logs that stand stopped, and why      jemput_groups      which columns merge as one, and by what rule
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
 * Asked at COMMIT on the device that writes (other devices do not ask yet when they merge). A call in a migration replaces what the same table and
 * role had. */
JEMPUT_API sqlite3 *jemput_app(struct jemput *jemput);

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
    const char *hub;      /* folder of a bare git repository; NULL = the one remembered from the invitation or the last sync */
    uint64_t deadline_ms; /* at most so long from the start; 0 = no limit */
    int (*progress)(void *ctx, const struct jemput_progress *progress); /* may be NULL; non-zero cancels */
    void *ctx;
};

struct jemput_sync_report {
    uint64_t segments_sent, segments_fetched, bytes_sent, bytes_fetched;
    uint64_t txns_merged, rows_merged; /* of other devices */
    uint64_t conflicts_new;            /* rows that came into conflict on the way, edits against deletes apart; afterwards: jemput_info_get() */
    uint64_t held_new;                 /* times that a row came to be held on the way; likewise */
    uint64_t admitted_devices;         /* newly let in, as the roster here has it */
    uint64_t lock_ms_max;              /* the longest that a batch of the merge kept others from writing, by the monotonic clock */
    uint64_t logs_stopped;             /* logs with a segment that failed a check and was kept aside: jemput_aside_each() */
    int complete;                      /* 1 = both directions were finished; nothing is left to do until something new is written */
};

/* Send the own log, fetch, verify, merge, and (at central) seal receipts and send them. Own work goes out before anything comes in.
 * Safe to call at any moment, to kill at any point, and to start again: nothing is lost or doubled.
 *   report   filled with what was reached even if the call fails; never NULL
 *   JEMPUT_OFFLINE the remembered hub is not there now   JEMPUT_NOTFOUND the hub named is not there   JEMPUT_CORRUPT the hub is no repository
 *   JEMPUT_CANCELLED cancelled or deadline passed
 *   JEMPUT_DENIED the hub is read-only, or another copy of this store wrote there (what could be fetched was merged); or it holds another space
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
    uint32_t roster_version, schema_version;
    struct jemput_counts own;
    uint64_t pending_changes;    /* of rows, not sealed yet */
    uint64_t rows;               /* that the replicated tables show */
    uint64_t conflicts;          /* rows in conflict: jemput_conflicts() tells more where a row has several */
    uint64_t held;               /* rows that are held */
    uint64_t logs, logs_stopped; /* logs known here, and those that stand stopped: jemput_aside_each() */
    int64_t last_sync_ms;        /* wall time of the last complete sync; 0 = never; never goes back */
    int64_t last_receipt_ms;     /* claimed time in central's newest segment here; 0 = none */
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
    uint32_t txns;
    uint64_t payload_bytes; /* as it is sent, compressed */
};
typedef int (*jemput_segment_cb)(void *ctx, const struct jemput_segment_info *segment);
/* Every segment known here, of all logs, in the order in which this store came to know them: a segment after all that it had seen.
 *   JEMPUT_BUSY JEMPUT_IO JEMPUT_CORRUPT JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_log(struct jemput *jemput, jemput_segment_cb each, void *ctx, struct jemput_error *err) JEMPUT_CHECKED;

struct jemput_aside {          /* a log that was stopped at a segment that failed a check */
    char ref[128];             /* the log's branch */
    char commit[41];           /* hex: the commit that was not taken */
    enum jemput_status status; /* why: JEMPUT_UPGRADE made by a newer version, JEMPUT_DENIED its writer had no right, else damaged or forged */
    const char *reason;        /* the same for technicians, in English */
    int64_t seen_ms;           /* when this device first saw it so, by its clock */
};
typedef int (*jemput_aside_cb)(void *ctx, const struct jemput_aside *aside);
/* Every log that stands stopped, and why. It goes on by itself at the first sync that finds a good segment in the bad one's place.
 *   JEMPUT_BUSY JEMPUT_IO JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_aside_each(struct jemput *jemput, jemput_aside_cb each, void *ctx, struct jemput_error *err) JEMPUT_CHECKED;

/* Check everything: the file, the capture triggers, each signature and chain, and that replaying all logs gives exactly the rows. May take long.
 *   each      called for each problem with one sentence; may be NULL       problems   how many were found
 *   JEMPUT_BUSY JEMPUT_IO JEMPUT_FULL JEMPUT_NOMEM: it could not be finished. What is wrong in the store is a problem, not an error. */
typedef void (*jemput_problem_cb)(void *ctx, const char *what);
JEMPUT_API enum jemput_status jemput_verify(struct jemput *jemput, jemput_problem_cb each, void *ctx, uint64_t *problems,
                                            struct jemput_error *err) JEMPUT_CHECKED;

/* One hash over all that was merged here, as 64 hexadecimal digits: what the replicated tables show, conflicts with all their values, held rows.
 * Devices that have merged the same have the same one (schema/formats/state-hash.md). Seals what is pending first, as jemput_seal() does; on the
 * app's connection `SELECT jemput_state_hash()` gives the same without sealing, and refuses while something is not sealed. Reads all rows.
 *   JEMPUT_BUSY the app commits again and again   JEMPUT_CORRUPT the store is damaged: jemput_verify()   JEMPUT_IO JEMPUT_FULL JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_state_hash(struct jemput *jemput, char hex[65], struct jemput_error *err) JEMPUT_CHECKED;

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
 *   options   as of jemput_sync(); NULL = none     each   non-zero stops the telling     report   what the sync would have fetched and merged; may
 *   be NULL
 *   JEMPUT_OFFLINE JEMPUT_NOTFOUND JEMPUT_CORRUPT JEMPUT_CANCELLED JEMPUT_DENIED as jemput_sync()   JEMPUT_FULL JEMPUT_BUSY JEMPUT_IO JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_diff(struct jemput *jemput, const struct jemput_sync_options *options, jemput_difference_cb each, void *ctx,
                                          struct jemput_sync_report *report, struct jemput_error *err) JEMPUT_CHECKED;

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
