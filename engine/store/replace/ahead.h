/* store/replace/ahead.h — rows that come ahead of the rest. Parts of replace.h among themselves.
 *
 * A store that begins from a checkpoint has no rows yet, and all of them in one transaction would keep the app waiting. So those that are missing
 * here, and of which nothing is known here, are put in place before, as they will be: a few at a time, each with its entry of jemput_row, and only
 * where its parents are there and nobody holds what it claims. What does not fit comes with the rest. The state stays due to be computed anew
 * meanwhile: what the app writes on such a row counts as written without having seen it, which loses nothing. */
#ifndef JEMPUT_STORE_REPLACE_AHEAD_H
#define JEMPUT_STORE_REPLACE_AHEAD_H

#include "store/replace/parts.h"

/* Entries of one of our tables that are missing; then rows of the app's, counted in *rows. Each transaction holds the lock for `lock_ms` and what one
 * entry takes. Outside a transaction. */
enum jemput_status jemput_ahead_part(struct jemput_replacing *p, unsigned part, unsigned lock_ms, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_ahead_rows(struct jemput_replacing *p, unsigned lock_ms, uint64_t *rows, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
