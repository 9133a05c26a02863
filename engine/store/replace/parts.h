/* store/replace/parts.h — the parts in which a store is put in line with its replay: our own tables, the register's segments, the app's tables. Parts
 * of replace.h among themselves. */
#ifndef JEMPUT_STORE_REPLACE_PARTS_H
#define JEMPUT_STORE_REPLACE_PARTS_H

#include "base/limits.h"
#include "store/replace/twin.h"

/* By number: a table of ours with a name here, or without; then each replicated table, by its id. */
enum { JEMPUT_PART_BIRTH = 3, JEMPUT_PART_REGION = 9, JEMPUT_PART_SEGMENT = 12, JEMPUT_PARTS_OF_OURS };

struct jemput_twin_room { /* for a replicated table's twin */
    struct jemput_twin twin;
    const char *names[JEMPUT_COLUMNS_MAX];
};

/* It becomes the part at hand. `room` lives as long as that. */
enum jemput_status jemput_part_take(struct jemput_replacing *p, unsigned part, struct jemput_twin_room *room,
                                    struct jemput_error *err) JEMPUT_MUST_USE;
/* Note what differs, of parts from `from` to before `to`; put that in line, in their order; read back all that was noted (JEMPUT_CORRUPT: the file
 * does not hold what was put). */
enum jemput_status jemput_parts_note(struct jemput_replacing *p, unsigned from, unsigned to, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_parts_write(struct jemput_replacing *p, unsigned from, unsigned to, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_parts_check(struct jemput_replacing *p, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
