/* api/space/admit.h — who asks to be let in, and what becomes of it. */
#ifndef JEMPUT_API_SPACE_ADMIT_H
#define JEMPUT_API_SPACE_ADMIT_H

#include "api/engine.h"

struct engine_asking {
    bool asks;               /* the log holds a request that the one-time key of an invite known here has signed */
    bool found;              /* and that is good now: `enrol` is what admits it */
    struct jemput_join join;
    struct jemput_enrol enrol;
    bool has_reading_key;    /* told beside the request */
    uint8_t reading_key[JEMPUT_READING_KEY_BYTES];
    const char *why;         /* what is wrong with a request, if its invite is known here; static */
};
/* Does the log ask to join? Bytes borrowed from `arena`. */
enum jemput_status engine_join_find(struct jemput *j, struct jemput_source *source, const struct jemput_oid *tip, struct engine_asking *out,
                                    struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;
/* Does the log's first segment say that a member goes on as its writer? */
enum jemput_status engine_log_resumes(struct jemput *j, struct jemput_source *source, const struct jemput_oid *tip, bool *out,
                                      struct jemput_error *err) JEMPUT_MUST_USE;
/* The request that this device has signed last. */
enum jemput_status engine_join_own(struct jemput *j, struct jemput_join *join, bool *asked, struct jemput_error *err) JEMPUT_MUST_USE;
/* By which invitation this device asked last. */
enum jemput_status engine_join_asked(struct jemput *j, uint8_t invite_key[JEMPUT_PUBLIC_KEY_BYTES], bool *asked,
                                     struct jemput_error *err) JEMPUT_MUST_USE;
/* JEMPUT_DENIED if this device asked to join and, by what is known here, will not be let in: the text says why. */
enum jemput_status engine_join_check(struct jemput *j, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- join_request.c --- */

/* The invite of this one-time key, if an administrator made it and its device number had gone to another one that was made at the same time; NULL =
 * no such. Borrowed from the acts. */
const struct jemput_invite *engine_invite_forestalled(const struct jemput *j, const uint8_t one_time_key[JEMPUT_PUBLIC_KEY_BYTES]);
/* Keep in mind that this device asks. *rival: another one asks, or has asked, by the same invitation. Outside a transaction. */
enum jemput_status engine_claim_note(struct jemput *j, const struct jemput_join *join, bool *rival, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
