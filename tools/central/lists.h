/* lists.h — what the console shows of a space beside its rows: devices, acts that wait, cases, refused work, counts. Written anew to central.db when
 * they have moved. */
#ifndef JEMPUT_CENTRAL_LISTS_H
#define JEMPUT_CENTRAL_LISTS_H

#include "opened.h"

#define LIST_LINES_MAX 10000 /* of each list of a space */

/* Devices and acts that wait; before a batch, which takes labels from them. */
int lists_devices(struct office *office, struct opened *o, struct trouble *why);
/* Behind a batch: what the list of devices says is merged is in central.db. Whoever waits for it is told (console/events.c). */
int lists_shown(struct office *office, struct opened *o, struct trouble *why);
/* Cases, refused work and counts; behind a batch. */
int lists_rest(struct office *office, struct opened *o, struct trouble *why);
/* Rows went that somebody may want gone: their words leave the search's index and the write-ahead log, too (SQLite's FTS5 keeps them until its parts
 * are merged). The mark for it was written with them (SETTING_SWEEP), so that no crash forgets it; while somebody reads, it waits for the
 * next call. */
int lists_sweep(struct office *office, struct trouble *why);
/* Are the pairs as the rows are? Else o->twins_stale is set: what a crash has kept from being done. */
int twins_look(struct office *office, struct opened *o, struct trouble *why);
/* Pairs that may be one person or household: reads all of them. */
int twins_write(struct office *office, struct opened *o, struct trouble *why);

#endif
