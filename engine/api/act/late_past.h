/* api/act/late_past.h — what rows that have gone on in others have said before, read from the logs: one walk for all, before the lock is taken.
 *
 * Few late writes ask for it (a row that was made again), so it is read when the first one does: that carrying is taken back, and done once more. */
#ifndef JEMPUT_API_ACT_LATE_PAST_H
#define JEMPUT_API_ACT_LATE_PAST_H

#include "api/act/late.h"

struct past_edit {
    const struct past_edit *before;
    uint64_t version;
    uint16_t cell_count;
    const struct jemput_cell *cells;
};
struct past_row {
    struct late_name name;
    const struct past_edit *newest;
};

struct late_past { /* zeroed but for j; late_past_release */
    struct jemput *j;
    struct late_going going; /* asked while the logs are read */
    struct jemput_arena arena;
    uint32_t count;
    struct past_row *rows; /* by table and key */
    int64_t until;         /* local number of the newest segment that was read */
    int64_t at;            /* of the segment that is being read */
    bool asked, known;     /* somebody asked; it was read */
    struct jemput_error failure; /* status OK = it could be read */
};
void late_past_release(struct late_past *p);

/* Read what the logs say of these rows. The keys are borrowed. What cannot be read is kept as the answer to all who ask; else the errors are those of
 * going on, and of memory. */
enum jemput_status late_past_read(struct late_past *p, const struct late_name *names, uint32_t count, struct jemput_error *err) JEMPUT_MUST_USE;
/* The edits of one of them, newest first, with what was sealed or merged since; under the lock. JEMPUT_CANCELLED: it was not read yet, and is `asked`
 * for now. */
enum jemput_status late_past_of(struct late_past *p, uint32_t table, struct jemput_bytes key, const struct past_edit **out,
                                struct jemput_error *err) JEMPUT_MUST_USE;

#endif
