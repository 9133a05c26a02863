/* verdict.h — what checking found, on one page or as JSON. */
#ifndef JEMPUT_CLI_VERDICT_H
#define JEMPUT_CLI_VERDICT_H

#include <stdbool.h>

#include <jemput/jemput.h>

struct verdict { /* zeroed = empty; release */
    struct verdict_line {
        enum jemput_audit_part part;
        char *what;
    } *lines;
    size_t count, room;
};
/* A jemput_finding_cb whose ctx is the verdict. */
int verdict_take(void *verdict, const struct jemput_finding *finding);
void verdict_release(struct verdict *v);

/* `of`: the store's or the folder's path; `hub`: it is a hub's, or a bundle's. */
void verdict_page(const struct verdict *v, const struct jemput_audit *audit, const char *of, bool hub);
void verdict_json(const struct verdict *v, const struct jemput_audit *audit, bool hub);

#endif
