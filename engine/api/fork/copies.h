/* api/fork/copies.h — copies of one store that are used beside each other, as their logs show it.
 *
 * A tablet that was put back to an older copy goes on as a new writer, and what it had written before has never seen that. Of two stores that are
 * both in use each comes to merge what the other writes. So this is told of copies, not of backups; and of a copy not before it has synced twice. */
#ifndef JEMPUT_API_FORK_COPIES_H
#define JEMPUT_API_FORK_COPIES_H

#include "api/engine.h"

/* The log that goes on beside a device's newest one: each has merged something of the other. heads: of all logs here (jemput_store_heads).
 *   *out       false: the log is the newest itself, or has gone on in it, or is of another key
 *   *seen_ms   claimed time of the newest segment of the one that has been quiet for longer; as it was if false */
enum jemput_status engine_goes_on_beside(struct jemput *j, const struct jemput_context *heads, const struct jemput_member *m, bool *out,
                                         int64_t *seen_ms, struct jemput_error *err) JEMPUT_MUST_USE;
/* How many stores are used with the key of this newest log: 1, or more. One that has been quiet for so long is used no more. */
#define ENGINE_COPY_QUIET_MS (INT64_C(14) * 24 * 3600 * 1000)
enum jemput_status engine_copies_count(struct jemput *j, const struct jemput_context *heads, const struct jemput_member *newest, uint32_t *out,
                                       struct jemput_error *err) JEMPUT_MUST_USE;

#endif
