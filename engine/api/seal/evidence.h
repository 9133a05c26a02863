/* api/seal/evidence.h — what is known of the time: this clock, and what the logs say of it. */
#ifndef JEMPUT_API_SEAL_EVIDENCE_H
#define JEMPUT_API_SEAL_EVIDENCE_H

#include "api/engine.h"

/* This clock's time, within what a stamp can say: so that differences are numbers (evidence.c). */
int64_t engine_now(const struct jemput *j);
/* The time that the space's genesis segment claims (evidence.c). */
enum jemput_status engine_founding_ms(struct jemput *j, int64_t *ms, struct jemput_error *err) JEMPUT_MUST_USE;
/* Stamps of a good clock run ahead by up to a day, for they never fall behind one that was seen; more than this is an error. */
#define ENGINE_CLOCK_ERROR_MIN_MS (INT64_C(26) * 3600 * 1000)
/* clock_error_ms and logs_ahead of struct jemput_info (evidence.c). */
enum jemput_status engine_clock_evidence(struct jemput *j, int64_t *error_ms, uint64_t *logs_ahead, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
