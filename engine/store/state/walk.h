/* store/state/walk.h — the merged state as one stream of bytes, the same on every store that has merged the same (schema/formats/state-hash.md). */
#ifndef JEMPUT_STORE_STATE_WALK_H
#define JEMPUT_STORE_STATE_WALK_H

#include "store/store.h"

/* Is all that the app wrote in segments, and merged: nothing pending, no migration unsealed, no row unsettled? */
enum jemput_status jemput_store_sealed(struct jemput_store *store, bool *out, struct jemput_error *err) JEMPUT_MUST_USE;

/* Another number whenever another connection, the app's too, has committed something. */
enum jemput_status jemput_store_others_version(struct jemput_store *store, int64_t *out, struct jemput_error *err) JEMPUT_MUST_USE;

/* Give the stream to `sink`, piece by piece, as of one moment. Inside a transaction of the engine's connection, or else in one of its own that only
 * reads. JEMPUT_BUSY: something is not sealed, so that what the tables show is not only what was merged. JEMPUT_CORRUPT JEMPUT_IO JEMPUT_NOMEM */
typedef void (*jemput_sink_fn)(void *ctx, struct jemput_bytes bytes);
enum jemput_status jemput_store_state_walk(struct jemput_store *store, jemput_sink_fn sink, void *ctx, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
