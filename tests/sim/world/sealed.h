/* sim/world/sealed.h — transactions that the engine composes by itself, of several rows: jemput_merge_rows(), jemput_part_rows(), and the late
 * writes that one device carries after. They show in no table before and after them that would tell them whole (what an update leaves open, what a
 * deletion names), so they are read where all devices read them: in the segment that was sealed, by the engine's own decoder. What comes of them is
 * the oracle's affair as ever, and whether they do what was asked for is looked at in unite.c. */
#ifndef TESTS_SIM_WORLD_SEALED_H
#define TESTS_SIM_WORLD_SEALED_H

#include "device.h"

/* Add the transaction of this stamp in the segment of this hash, of the device's own, to its history: with what it wrote, having seen all that is
 * merged there. */
uint32_t sealed_txn_add(struct device *d, const uint8_t *hash, uint64_t stamp);

#endif
