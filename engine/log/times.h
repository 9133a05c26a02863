/* log/times.h — the times and notes of a segment's transactions, in the payload. Private to log/. */
#ifndef JEMPUT_LOG_TIMES_H
#define JEMPUT_LOG_TIMES_H

#include "log/codec.h"

void jemput_times_write(struct jemput_sink *s, const struct jemput_txn *txns, uint32_t count); /* strictly ascending stamps */
void jemput_times_read(struct jemput_source *s, struct jemput_txn *txns, uint32_t count);

#endif
