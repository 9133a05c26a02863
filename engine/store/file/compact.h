/* store/file/compact.h — a store file that has become smaller, and keeps nothing of what was taken out. */
#ifndef JEMPUT_STORE_FILE_COMPACT_H
#define JEMPUT_STORE_FILE_COMPACT_H

#include "store/store.h"

/* From here on (or no longer) what is deleted on the engine's connection is overwritten with zeros. Outside a transaction. */
enum jemput_status jemput_store_wipe_freed(struct jemput_store *store, bool on, struct jemput_error *err) JEMPUT_MUST_USE;
/* Give some free pages back to the file system: at most 2 MiB, so that the lock is held for a moment only. Outside a transaction. */
enum jemput_status jemput_store_compact_some(struct jemput_store *store, bool *more, struct jemput_error *err) JEMPUT_MUST_USE;
/* Are so many pages of the file free that it tells? Those that are left when a day's work is sealed are used again by the next day's, where the file
 * is large; where it is small they are a good part of it. */
enum jemput_status jemput_store_compact_due(struct jemput_store *store, bool *due, struct jemput_error *err) JEMPUT_MUST_USE;
/* Of the file, without its write-ahead log. */
enum jemput_status jemput_store_size(struct jemput_store *store, uint64_t *bytes, struct jemput_error *err) JEMPUT_MUST_USE;
/* Write the whole file anew, so that nothing is left of what was once in it. Needs as much room again for the time it takes, and nobody else may be
 * in a transaction. It gives way to an app's connection of this process that has waited for the lock as long as for a merge batch, and begins again;
 * but at its end all is put into the log at once, which is not given up any more, and for which the app waits. *done = false: somebody is in a
 * transaction, or wants to write again and again. Outside a transaction.
 *   JEMPUT_CANCELLED   whoever is heeded said so: the file is as it was */
enum jemput_status jemput_store_renew(struct jemput_store *store, bool *done, struct jemput_error *err) JEMPUT_MUST_USE;
/* Bring the write-ahead log into the file, which keeps nobody from writing, and cut it to nothing. *emptied = false: somebody is still reading.
 * Outside a transaction.   JEMPUT_CANCELLED */
enum jemput_status jemput_store_log_empty(struct jemput_store *store, bool *emptied, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
