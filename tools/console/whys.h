/* whys.h — what central's store knows of the sides of a row's conflicts beyond central.db: how far each time is trusted, why it was written, and
 * what all sides had seen last. */
#ifndef JEMPUT_CONSOLE_WHYS_H
#define JEMPUT_CONSOLE_WHYS_H

#include "row.h"

struct why { /* texts owned; NULL = none */
    char *grp, *writer, *trust, *note;
    char *base; /* as conflict_.value has values */
    bool base_known;
    int64_t segment, not_before_ms, not_after_ms; /* 0 = none */
};
struct whys { /* zeroed = nothing is known */
    struct why *of;
    unsigned count;
};
/* `more`: notes and bases, too, for which logs are read. What cannot be read is not known: the page shows the rest. */
void whys_read(struct whys *out, struct request *q, const struct row *row, bool more);
void whys_release(struct whys *w);
/* Of a side; segment below 0: any side of the group. NULL: nothing is known. */
const struct why *whys_find(const struct whys *w, const char *grp, int64_t segment, const char *writer);

/* Central's store of a space; NULL: it cannot be opened, and stderr says why. Close it. */
struct jemput *central_store(struct request *q, int64_t space);

#endif
