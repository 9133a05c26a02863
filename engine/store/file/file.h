/* store/file/file.h — the file of a store: is it there, is it ours, connections to it, making it and taking it away again. */
#ifndef JEMPUT_STORE_FILE_FILE_H
#define JEMPUT_STORE_FILE_FILE_H

#include "store/internal.h"

/* Asked of SQLite's VFS, not of env: in a simulation they may be two file systems. */
enum jemput_status jemput_file_exists(const struct jemput_store *store, bool *out, struct jemput_error *err) JEMPUT_MUST_USE;
void jemput_file_remove(const struct jemput_store *store); /* ours to undo: made a moment ago by the same call */

/* The app's connection is as ordinary as can be: plain result codes, and SQLite's own mutex. */
enum jemput_status jemput_file_connect(sqlite3 **out, const struct jemput_store *store, bool app, bool create,
                                       struct jemput_error *err) JEMPUT_MUST_USE;
void jemput_file_limit(sqlite3 *db); /* what one value on it may take */
/* What each connection needs anew. Reading the journal mode is also the first look into the file. */
enum jemput_status jemput_file_configure(sqlite3 *db, bool app, struct jemput_error *err) JEMPUT_MUST_USE;

/* Make our tables in a file that is empty. */
enum jemput_status jemput_file_create(struct jemput_store *store, struct jemput_error *err) JEMPUT_MUST_USE;

/* "file:" and the path, with what means something in a URI written as %xx. NULL = no memory; owned by the caller: sqlite3_free(). */
char *jemput_file_uri(const char *path);

/* Is it a store? An ordinary opening may already write: a journal that another program left is rolled back, a write-ahead log copied in. As an
 * immutable file it is only read, journals and logs beside it are not looked at, and nothing is locked. A file that looks damaged so may just have
 * lost power while its log was being copied into it: then the log has the pages, and jemput_file_check, which reads through it, decides. */
enum jemput_status jemput_file_look(const struct jemput_store *store, struct jemput_error *err) JEMPUT_MUST_USE;
/* The format is read before anything changes the file; if it is not ours, closing does not even copy the write-ahead log into it. What a conversion
 * left is removed. JEMPUT_BUSY also: one has put another file in its place since it was opened. */
enum jemput_status jemput_file_check(struct jemput_store *store, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
