/* support/crash_vfs.h — an SQLite VFS in memory that loses power, runs full, and fails on demand (the disk: crash_disk.h).
 *
 * Several connections of one process and one thread share files, locks and WAL shared memory as on a real system, so SQLITE_BUSY comes when it
 * should. Typical loop:
 *
 *     struct crash_vfs *v = crash_vfs_new("crash");
 *     … prepare a store on VFS "crash" and close it …
 *     struct crash_snapshot *ready = crash_vfs_snapshot(v);
 *     for (uint64_t n = 0; ; n++) {
 *         crash_vfs_restore(v, ready);
 *         crash_vfs_cut_at(v, n);
 *         … run the work; note what was acknowledged; close everything …
 *         if (!crash_vfs_is_cut(v))
 *             break;                        the work needs fewer than n operations
 *         crash_vfs_power_cut(v, seed + n); what was unsynced is lost, kept or torn
 *         … open again and check …
 *     } */
#ifndef TESTS_SUPPORT_CRASH_VFS_H
#define TESTS_SUPPORT_CRASH_VFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crash_disk.h"

struct crash_vfs;

struct crash_vfs *crash_vfs_new(const char *name); /* registered under `name` (copied), not as the default */
void crash_vfs_free(struct crash_vfs *v); /* accepts NULL; all connections must be closed */
struct crash_disk *crash_vfs_disk(struct crash_vfs *v);
const char *crash_vfs_name(const struct crash_vfs *v);

/* Make it SQLite's default VFS and start SQLite's own random numbers (WAL salts, temporary names) anew from `seed`, so that runs repeat. */
void crash_vfs_make_default(struct crash_vfs *v, uint64_t seed);
void crash_vfs_set_time(struct crash_vfs *v, int64_t now_ms); /* what SQLite's date functions and busy handlers see; xSleep advances it */
void crash_vfs_set_powersafe(struct crash_vfs *v, bool on); /* SQLITE_IOCAP_POWERSAFE_OVERWRITE; on, as on unix */
void crash_vfs_set_lying(struct crash_vfs *v, bool on); /* sync says done and does nothing */

/* The power goes at the op_index-th write, truncation, sync or deletion from now (0 = the next one); UINT64_MAX = never. From then on all
 * fails with SQLITE_IOERR. crash_vfs_power_cut then decides what survived; it may also be called at any moment without cut_at. After it handles
 * still open are dead (close them); counters go on, cut_at and fail_at are disarmed. */
void crash_vfs_cut_at(struct crash_vfs *v, uint64_t op_index);
bool crash_vfs_is_cut(const struct crash_vfs *v);
void crash_vfs_power_cut(struct crash_vfs *v, uint64_t seed);

/* The op_index-th operation from now fails: of any kind but locks (CRASH_FAULT_IO: that operation's SQLITE_IOERR_*, opens: SQLITE_CANTOPEN), or
 * among writes (CRASH_FAULT_FULL: SQLITE_FULL). A failing write leaves its first half. sticky: all later ones too. crash_vfs_counters()->faults says
 * how many failed since. CRASH_FAULT_NONE disarms. */
void crash_vfs_fail_at(struct crash_vfs *v, uint64_t op_index, enum crash_fault kind, bool sticky);

const struct crash_counters *crash_vfs_counters(const struct crash_vfs *v);
void crash_vfs_counters_reset(struct crash_vfs *v);

struct crash_snapshot *crash_vfs_snapshot(struct crash_vfs *v); /* end with crash_snapshot_free() */
void crash_vfs_restore(struct crash_vfs *v, const struct crash_snapshot *s);

/* A file's bytes as they are now, borrowed until the next change; NULL = no such file. */
const uint8_t *crash_vfs_file(struct crash_vfs *v, const char *name, size_t *len);
void crash_vfs_put(struct crash_vfs *v, const char *name, const void *data, size_t len); /* as if it had always been there, and safe */
bool crash_vfs_export(struct crash_vfs *v, const char *name, const char *path); /* to a real file, to look into it with sqlite3 */

#endif
