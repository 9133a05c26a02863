/* support/spy_vfs.h — a VFS between a layer under test and a disk that looks for given texts in each byte that is ever written, temporary files included. */
#ifndef TESTS_SUPPORT_SPY_VFS_H
#define TESTS_SUPPORT_SPY_VFS_H

#include <stdbool.h>
#include <stddef.h>

bool spy_has(const void *data, size_t len, const char *text); /* is the text in the bytes? */

/* Registered as `name` on top of `real`; one at a time. */
void spy_vfs_start(const char *name, const char *real);
void spy_vfs_stop(void);
/* The next `times` readings of these bytes of a database get half of them, as where somebody writes them just then. */
void spy_vfs_tear(long long at, int len, unsigned times);
void spy_vfs_watch(const char *text); /* at least 8 bytes; borrowed */
void spy_vfs_forget(void);            /* texts and counts */
/* Writes that held a text, one after the other in one file counting as one run of bytes. */
size_t spy_vfs_hits(void);
const char *spy_vfs_first_hit(void); /* which file, for the failure's message */
/* Writes to each kind of file so far: is there something that was looked into? */
size_t spy_vfs_writes(int open_flag);

#endif
