/* store/object/aside.h — logs that were stopped at a segment which failed a check: which, where, why. One entry per ref, the newest. */
#ifndef JEMPUT_STORE_OBJECT_ASIDE_H
#define JEMPUT_STORE_OBJECT_ASIDE_H

#include "store/store.h"

/* Inside a transaction. seen_ms stays that of the first sight while ref, commit and status are the same. */
enum jemput_status jemput_store_aside_put(struct jemput_store *store, const char *ref, const uint8_t commit[20], enum jemput_status status,
                                          const char *reason, int64_t seen_ms, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_store_aside_clear(struct jemput_store *store, const char *ref, struct jemput_error *err) JEMPUT_MUST_USE;

typedef enum jemput_status (*jemput_store_aside_fn)(void *ctx, const char *ref, const uint8_t commit[20], enum jemput_status status,
                                                    const char *reason, int64_t seen_ms, struct jemput_error *err);
enum jemput_status jemput_store_asides_each(struct jemput_store *store, jemput_store_aside_fn each, void *ctx,
                                            struct jemput_error *err) JEMPUT_MUST_USE;

#endif
