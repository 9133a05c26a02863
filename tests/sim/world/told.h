/* sim/world/told.h — held rows and conflicts as the engine tells them, in the oracle's values. */
#ifndef TESTS_SIM_WORLD_TOLD_H
#define TESTS_SIM_WORLD_TOLD_H

#include "device.h"

enum { TOLD_MAX = 1024, SIDES_MAX = 64 };

struct told_held {
    uint32_t row;
    val values[COLUMNS_MAX];
    char reason[64];
};

struct told_conflict {
    uint32_t row, group; /* group 0: an edit against a delete */
    uint32_t side_count;
    val sides[SIDES_MAX][COLUMNS_MAX]; /* values in the order of the table's columns; others 0 */
};

struct told {
    const struct device *device;
    uint32_t held_count, conflict_count;
    struct told_held held[TOLD_MAX];
    struct told_conflict conflicts[TOLD_MAX];
};

extern struct told told; /* of the device that was asked last */

void datum_of(struct jemput_datum *out, val v); /* borrows from the values */
void told_read(const struct device *d);
const struct told_held *told_held_of(uint32_t row); /* NULL = it is not held */
const struct told_conflict *told_conflict_of(uint32_t row, uint32_t group); /* NULL = there is none */

#endif
