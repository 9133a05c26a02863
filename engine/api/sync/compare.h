/* api/sync/compare.h — the state that central signs, and whether it is that of this store. */
#ifndef JEMPUT_API_SYNC_COMPARE_H
#define JEMPUT_API_SYNC_COMPARE_H

#include "api/engine.h"

/* The state's hash, made while others could write; `others` tells whether they did (jemput_store_others_version). */
struct state_look {
    bool there;
    struct jemput_hash hash;
    int64_t cost_ms, others;
};

/* At central, and if it costs little: make the hash that a control segment may state, before the lock is taken for it. Outside a transaction; nothing
 * of this device's may be committed before engine_state_say. None is made where something is pending: that is no error. */
enum jemput_status engine_state_look(struct jemput *j, struct state_look *out, struct jemput_error *err) JEMPUT_MUST_USE;
/* At central, and if it costs little: put the hash of the state into the header of a control segment without records whose frontier says all that was
 * merged here. Inside a store transaction, with nothing pending. Where no look holds (NULL: there is none), it is made there if that takes no longer
 * than a merge batch. */
enum jemput_status engine_state_say(struct jemput *j, const struct state_look *look, struct jemput_header *header,
                                    struct jemput_error *err) JEMPUT_MUST_USE;
/* At the end of a sync: compare with what central stated, if just that has been merged here, and note what came of it. Outside a transaction. */
enum jemput_status engine_state_compare(struct jemput *j, struct jemput_sync_report *report, struct jemput_error *err) JEMPUT_MUST_USE;

/* Note, under this fact, that central signed another state with `segment` than is here; with two equal ones, that it did not. Inside a
 * transaction. */
enum jemput_status engine_difference_note(struct jemput *j, const char *fact, const struct jemput_segment *segment, const struct jemput_hash *theirs,
                                          const struct jemput_hash *ours, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
