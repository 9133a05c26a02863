/* api/state/state_hash.h — one hash over all that was merged. */
#ifndef JEMPUT_API_STATE_STATE_HASH_H
#define JEMPUT_API_STATE_STATE_HASH_H

#include "api/engine.h"

/* State hash read on the app's connection; safe while the engine's connection is in use. */
enum jemput_status engine_state_hash_app(void *engine, char hex[65], struct jemput_error *err) JEMPUT_MUST_USE;
/* Without sealing. JEMPUT_BUSY: something is not sealed. */
enum jemput_status engine_state_hash(struct jemput_store *store, char hex[65], struct jemput_error *err) JEMPUT_MUST_USE;

#endif
