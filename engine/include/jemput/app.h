/* jemput/app.h — the app's connection: SQL, its functions, options and rules. */
#ifndef JEMPUT_APP_H
#define JEMPUT_APP_H

#include <jemput/base.h>

typedef struct sqlite3 sqlite3;

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
 *   jemput_held        rows that a constraint keeps out of their table, and what each collides with
 *   jemput_refused     logs that are stopped, transactions that count nowhere, and why      jemput_case   what a person should know of
 *   jemput_groups      which columns merge as one, and by what rule
 *   jemput_history(tbl, key)    who changed what in a row     jemput_why(tbl, key)    the writes that it is made of, and which rule shows what
 *   jemput_delivery(tbl, key)   how far this device's writes of it have come: di tablet ini, menunggu sinyal, diterima pusat
 *
 * A FOREIGN KEY of a replicated table names a replicated one: another may hold something else on each device. A CHECK asks the row alone, and no
 * random(), changes(), CURRENT_TIME or other function that is not the same each time: each device would hold other rows.
 *
 * Options of jemput_replicate, separated by ';', fixed from then on. What contradicts the schema or itself is refused, with what to do:
 *   group=a,b      columns that merge as one. So do by themselves those that one CHECK names, those of one UNIQUE constraint or index (its terms, not
 *                  its WHERE), and those of one FOREIGN KEY
 *   identity=a,b   two values at once are a hard conflict: for a person to decide
 *   rank=a:X<Y<Z   of two values at once the one further right shows, for the whole group; no conflict. Values: words, numbers, 'text', at most 64; a
 *                  value that is not named comes before all
 *   sum=a          a counter: what each device adds is added up, and goes round at 64 bits; no conflict. It must hold an integer at every COMMIT, so
 *                  declare it INTEGER NOT NULL DEFAULT 0 (REAL and TEXT keep none). No FOREIGN KEY can be one, or name one
 *   once=a         a fact, such as when something was printed: set once and never changed; of two values at once the earlier one holds
 *   before=a,b     an update carries the value before, too
 *   key=app        an INTEGER PRIMARY KEY is allowed: the app gives every key
 *   parent=a:hold  what becomes of a row whose parent, by the FOREIGN KEY (a), was deleted elsewhere meanwhile: restore the parent (the default),
 *                  cascade (the row goes, too, and comes back with it), or hold the row. Of a FOREIGN KEY (a, b): parent=a,b:hold
 *   triggers=x,y   triggers of the table that run for merged rows, too; others run for the app's own writes only. They are for what each device keeps
 *                  for itself, such as a full-text index, and may be made later, or on some devices only. They may not write replicated tables, nor
 *                  RAISE anything but ABORT (one that is made later and does is refused by the next COMMIT), and triggers that they fire in turn do
 *                  not run. One that fails never stops a merge: the row is written without the table's triggers, and jemput_verify() says so until
 *                  the trigger is created again
 *
 * Rules of jemput_policy, separated by ';', for a table (or '*': every table that no call names for that role) and roles such as 'petugas,kelurahan'.
 * Without any call every role may write everything; a table that is named is closed but for what is listed, for administrators, too:
 *   insert, update, delete      insert=a,b or update=a,b: in these columns only; columns that merge as one are named together
 *   steps=a:X>Y,>Z,*>W   column a may go from X to Y, be Z in a new row, and become W from anything; no other way for anybody
 *   scope=a              only rows whose region, in column a, lies within the scope that the device was invited with: 16.74 covers 16.74.05
 * Asked at COMMIT on the device that writes, and by every device that merges: what may not be counts nowhere (jemput_refused_each()). A call in a
 * migration replaces what the same table and role had. */
JEMPUT_API sqlite3 *jemput_app(struct jemput *jemput);
/* From now on that connection, and one that unlocking makes in its place, reads and writes rows and nothing else: no DDL, ATTACH, PRAGMA that
 * changes anything, migration or extension (SQLITE_AUTH, when the statement is prepared). For SQL that a person or another system hands in. */
JEMPUT_API void jemput_restrict(struct jemput *jemput);
/* From now on COMMITs on that connection, and on one that unlocking makes in its place, are judged as if this device had only those of its roles
 * that stand in `roles` as well, and only the regions within `scope`: for a program that writes for people of whom each may do less than it. What
 * merging devices judge is not touched: they ask what this device may do, which is more. In the log the device stands as the writer; say who has
 * asked by jemput_note(). The schema changes as an administrator alone. No call that makes a write by itself (jemput_decide, jemput_merge_rows, …)
 * is narrowed by it. Not while another thread uses the connection.
 *   roles   comma separated, "verifikator,kelurahan"; NULL = the device's own again, and its own scope (`scope` is not looked at)
 *   scope   a region, "16.74.05.1003"; NULL or "" = the device's own
 *   JEMPUT_MISUSE the schema has no policy, so there is nothing to narrow; no such role or region; the app has a transaction open
 *   JEMPUT_DENIED the device has none of these roles, or its own scope does not cover `scope`
 *   JEMPUT_BUSY JEMPUT_IO JEMPUT_CORRUPT JEMPUT_NOMEM: as all errors, all is as before the call */
JEMPUT_API enum jemput_status jemput_act_as(struct jemput *jemput, const char *roles, const char *scope, struct jemput_error *err) JEMPUT_CHECKED;
/* What `rc`, of a SQLite call that has just been made on that connection, means, with SQLite's text. For bindings, which give the app's SQL errors
 * and ours in one form. SQLITE_OK, SQLITE_ROW, SQLITE_DONE: JEMPUT_OK.
 *   JEMPUT_DENIED    a constraint does not allow it, or the engine (see above), or the file
 *   JEMPUT_MISUSE    the SQL is wrong, or a value of a wrong kind   JEMPUT_BUSY   somebody else is writing; the schema has changed
 *   JEMPUT_CANCELLED interrupted, or its transaction is over        JEMPUT_FULL JEMPUT_LIMIT JEMPUT_NOMEM JEMPUT_IO
 *   JEMPUT_CORRUPT   damage of the file alone                       JEMPUT_LOCKED   there is no connection: the store is locked */
JEMPUT_API enum jemput_status jemput_app_error(struct jemput *jemput, int rc, struct jemput_error *err) JEMPUT_CHECKED;
#endif
