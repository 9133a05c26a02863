/* recap.h — applications by month, kelurahan and service group, out of central.db: as `jemput recap` has them of one store. */
#ifndef JEMPUT_CENTRAL_RECAP_H
#define JEMPUT_CENTRAL_RECAP_H

#include "aggregate.h"
#include "central.h"

struct recap_line {
    char month[8], kel[32], name[96], service[64]; /* name: of the kelurahan; "" = unknown */
    int64_t count;
};
struct recap_asked { /* NULL, 0 = all */
    const char *month, *kel, *from, *to; /* dates: both in it */
    int64_t space;
    bool (*may)(void *ctx, int64_t space, const char *kel); /* NULL = everything may be counted */
    void *ctx;
};
struct recap { /* zeroed = empty; by month, kelurahan, service */
    struct recap_line *of;
    size_t count;
};
int recap_read(struct recap *out, struct sqlite3 *db, const struct recap_asked *asked, struct trouble *why);
void recap_release(struct recap *r);

struct recap_share {
    char service[64];
    int64_t count, hundredths; /* of a percent: half up, in whole numbers */
};
/* Of all lines together, the most first; how many, `max` at most. *total */
unsigned recap_shares(const struct recap *r, struct recap_share *out, unsigned max, int64_t *total);

/* While a month (YYYY-MM) runs, two days' tables differ by what came in between: by single applications. So one is published when it is over. */
bool recap_month_over(const char *month);
/* The table of kelurahan and service groups, with small cells suppressed. `services`, `kels`: its columns and rows, pointing into the recap. */
struct recap_public {
    struct aggregate table;
    const char **services, **kels, **names;
};
bool recap_publish(struct recap_public *out, const struct recap *r, bool suppress);
void recap_public_release(struct recap_public *p);

#endif
