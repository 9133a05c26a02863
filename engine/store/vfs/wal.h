/* store/vfs/wal.h — hands a write-ahead log to the disk in one write a COMMIT.
 *
 * SQLite writes each frame of a transaction in two calls, its header and its page: sixteen calls for the eight pages that taking down one application
 * changes, and they were a third of the time that this took. This VFS, on top of env's own and below a vault, keeps the frames until the one that
 * commits (or until so many are there) and writes them in one piece. Same bytes, same places, same order; nothing is kept over a sync or over the
 * end of a transaction.
 *
 * Why nobody misses them: frames count for readers when the wal-index says so, and SQLite writes that after the frame that commits; until then only
 * the connection itself reads them, through this layer. What a transaction leaves that did not commit is dropped with the write lock: another
 * connection's frames may come to lie there.      After SQLite's wal.c: sqlite3WalFrames, walWriteOneFrame, sqlite3WalEndWriteTransaction. */
#ifndef JEMPUT_STORE_VFS_WAL_H
#define JEMPUT_STORE_VFS_WAL_H

#include "env/env.h"

struct jemput_wal_vfs;

/* Register the VFS.      env   borrowed until close: its VFS
 *   JEMPUT_NOMEM   JEMPUT_MISUSE: env names no VFS */
enum jemput_status jemput_wal_vfs_open(struct jemput_wal_vfs **out, struct jemput_env *env, struct jemput_error *err) JEMPUT_MUST_USE;
/* The name to give to sqlite3_open_v2(); valid until close. */
const char *jemput_wal_vfs_name(const struct jemput_wal_vfs *vfs);
/* No new file can be opened from here on. The memory goes with the last file that is still open. NULL is allowed. */
void jemput_wal_vfs_close(struct jemput_wal_vfs *vfs);

#endif
