/* api/act/late.h — writes to rows that have gone on in others, which reach those: at sync, by one device. */
#ifndef JEMPUT_API_ACT_LATE_H
#define JEMPUT_API_ACT_LATE_H

#include "api/engine.h"

/* --- act/late_find.c --- */

/* Is there anything that may have to be carried after, and is this the device that does it: central, or where there is none the administrator of the
 * lowest device number? */
enum jemput_status engine_late_due(struct jemput *j, bool *due, struct jemput_error *err) JEMPUT_MUST_USE;
struct late_going { /* asked between rows, and while logs are read: may the work go on? NULL = nobody is asked */
    enum jemput_status (*may_go_on)(void *ctx, struct jemput_error *err);
    void *ctx;
};
/* What was written to rows that had gone on in others reaches those; the rows go again. What cannot be carried after stays as it is. */
enum jemput_status engine_late_follow(struct jemput *j, const struct late_going *going, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- late.c --- */

#define LATE_NOTE "baris ini sudah digabung; tulisan yang menyusul dipindahkan" /* of each transaction that carries after: undoing knows them by it */

struct late_name { /* a row that is there again, or has a count left, or is named by one that cannot be shown without it */
    uint32_t table;
    struct jemput_bytes key;
};
static inline enum jemput_status late_may_go_on(const struct late_going *going, struct jemput_error *err)
{
    return going->may_go_on ? going->may_go_on(going->ctx, err) : JEMPUT_OK;
}

struct late_past; /* late_past.h */
/* What there is to carry after is found out anew, and may be nothing by now. JEMPUT_CANCELLED, with nothing done, if it takes what the row has said
 * before and that is not known: then it is `asked` for in `past`. */
enum jemput_status late_carry(struct jemput *j, const struct late_name *name, struct late_past *past, struct jemput_error *err) JEMPUT_MUST_USE;

/* Has a row with these values a counter that is not 0? */
bool late_count_left(const struct jemput_table *table, const struct jemput_value *values);

#endif
