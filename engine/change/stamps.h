/* change/stamps.h — the stamps of one segment's transactions as bytes: as a store keeps them, and a checkpoint's items (schema/formats/store.md). */
#ifndef JEMPUT_CHANGE_STAMPS_H
#define JEMPUT_CHANGE_STAMPS_H

#include "base/bytes.h"
#include "base/limits.h"
#include "clock/hlc.h"

#define JEMPUT_STAMPS_BYTES_MAX ((size_t)JEMPUT_SEGMENT_TXNS_MAX * 10) /* 7 of milliseconds, 3 of a counter: what a buffer needs */

void jemput_stamps_write(struct jemput_buf *out, const jemput_stamp *stamps, uint32_t count); /* ascending, at most JEMPUT_STAMP_MAX */
/* False: `in` is anything but `count` stamps that do not go back. */
bool jemput_stamps_read(jemput_stamp *stamps, uint32_t count, struct jemput_bytes in) JEMPUT_MUST_USE;

#endif
