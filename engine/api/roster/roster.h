/* api/roster/roster.h — who is in the space, as the logs here tell: read, tried out, and rolled back. */
#ifndef JEMPUT_API_ROSTER_ROSTER_H
#define JEMPUT_API_ROSTER_ROSTER_H

#include "api/engine.h"

/* The enrolled device with the role `pusat`, lowest by writer if there are several; NULL = none known. */
const struct jemput_member *engine_central(const struct jemput *j);
/* Fold all control records in the store into j->roster (after open, and whenever a control segment was added). */
enum jemput_status engine_roster_load(struct jemput *j, struct jemput_error *err) JEMPUT_MUST_USE;
/* roster/act_order.c: all acts, with the stamps that they fold by. In the arena. */
enum jemput_status engine_acts_raised(struct jemput *j, struct engine_acts *from, struct jemput_act **out, struct jemput_arena *arena,
                                      struct jemput_error *err) JEMPUT_MUST_USE;
/* The same if another handle of this store has added control records meanwhile: cheap if not. */
enum jemput_status engine_roster_refresh(struct jemput *j, struct jemput_error *err) JEMPUT_MUST_USE;
/* Did the roster let the act take effect? */
bool engine_act_counts(const struct jemput *j, const struct jemput_act *act);
/* What would become of records that are signed now, in one segment. */
struct engine_trial {
    const struct jemput_record *records;
    uint32_t count;
    struct jemput_writer author;
    uint8_t author_key[JEMPUT_PUBLIC_KEY_BYTES];
    /* out */
    struct jemput_roster roster; /* with it; in the arena of the call */
    const char *refused;         /* why one of them would have no effect; static; NULL = each would have one, or waits */
    uint32_t refused_at;         /* which */
    bool waits;                  /* one, for signatures of root administrators */
};
/* The roster is brought up to date. */
enum jemput_status engine_roster_try(struct jemput *j, struct engine_trial *trial, struct jemput_arena *arena,
                                     struct jemput_error *err) JEMPUT_MUST_USE;
/* What a segment of that roster may do. One of a writer that is not enrolled counts for nothing; but this device is held to its invitation until it
 * is. The scope may be in the arena. */
enum jemput_status engine_rights_at(struct jemput *j, const struct jemput_roster *roster, const struct jemput_segment *segment,
                                    struct jemput_rights *out, struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;
/* Roll the store's transaction back, and the roster in memory with it. */
void engine_undo(struct jemput *j);

#endif
