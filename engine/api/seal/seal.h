/* api/seal/seal.h — pending work becomes segments. Inside a store transaction, but for engine_seal_parts(). */
#ifndef JEMPUT_API_SEAL_SEAL_H
#define JEMPUT_API_SEAL_SEAL_H

#include "api/engine.h"

/* Whether to go on, with so many segments made. */
typedef enum jemput_status (*engine_go_on_fn)(void *ctx, unsigned count, struct jemput_error *err);
/* Seal everything pending in transactions of its own, a segment in each, so that the app waits for one alone. Adds to *count, also where it fails:
 * what is sealed by then is kept. NULL = it always goes on. */
enum jemput_status engine_seal_parts(struct jemput *j, engine_go_on_fn go_on, void *ctx, unsigned *count, struct jemput_error *err) JEMPUT_MUST_USE;
/* Seal everything pending: migrations as control segments, then transactions. Adds to *count. */
enum jemput_status engine_seal_pending(struct jemput *j, unsigned *count, struct jemput_error *err) JEMPUT_MUST_USE;
/* Seal a control segment of `records` (several if they are more than one may hold) that announces what was merged; with the
 * accepted heads as git parents if this device is central. */
enum jemput_status engine_seal_control(struct jemput *j, const struct jemput_record *records, uint32_t count,
                                       struct jemput_error *err) JEMPUT_MUST_USE;
/* The same without records, with what was seen of the state before the lock was taken (compare.h). */
struct state_look;
enum jemput_status engine_seal_receipt(struct jemput *j, const struct state_look *look, struct jemput_error *err) JEMPUT_MUST_USE;
#define ENGINE_RECEIPT_MS_MAX (INT64_C(7) * 24 * 3600 * 1000)
/* Is anything merged that no own segment says yet? At central also: is its newest segment older than that? */
enum jemput_status engine_receipt_due(struct jemput *j, bool *due, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status engine_sign(void *engine, struct jemput_bytes text, struct jemput_buf *armor, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
