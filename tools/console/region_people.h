/* region_people.h — who lives in each kelurahan: how many in each RT, and of what age. All people are looked at once, in the order of the index by
 * RT. */
#ifndef JEMPUT_CONSOLE_REGION_PEOPLE_H
#define JEMPUT_CONSOLE_REGION_PEOPLE_H

#include "row.h"

enum { REGION_BANDS = 7 };
extern const char *const region_bands[REGION_BANDS]; /* "0-4" … "60+", "?": no date of birth */

struct region_rt {
    char kel[32], rw[128], rt[128], last_visit[12], last_outreach[12];
    int64_t households, persons, applications, visits;
    bool office; /* the account is of the office wherever that was written */
};
struct region_rts { /* ascending by kel, rw, rt */
    struct region_rt *of; /* free() */
    size_t count;
};

struct region_ages {
    char kel[32];
    int64_t counts[REGION_BANDS];
    bool office[REGION_BANDS]; /* the account is of the office wherever one of them lives */
};
struct region_people { /* ascending by kel */
    struct region_ages *of; /* free() */
    size_t count;
};

/* Of that kelurahan, NULL = all that the account reaches; `persons` of the RTs are added to. false: why says it. */
bool region_people_read(struct request *q, const char *kel, struct region_rts *rts, struct region_people *out, struct trouble *why);
/* NULL: nobody lives there. */
const struct region_ages *region_people_of(const struct region_people *p, const char *kel);

#endif
