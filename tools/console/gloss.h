/* gloss.h — words for what stands in rows: labels of codes, and what people call the rows that values name. */
#ifndef JEMPUT_CONSOLE_GLOSS_H
#define JEMPUT_CONSOLE_GLOSS_H

#include "route.h"

enum { GLOSS_MAX = 256 };
struct gloss { /* zeroed = empty */
    unsigned count;
    struct {
        const char *column, *list, *table; /* a code of `list`, or a key of `table`; static */
        char value[80];                    /* the code; of a key its hex */
    } of[GLOSS_MAX];
};
/* See a value of a column: is it one that has words? */
void gloss_see(struct gloss *g, const char *table, const char *column, const struct jemput_datum *value);
/* Members "labels" and "names" of the object that is open. */
void gloss_json(const struct gloss *g, struct json *j, struct reader *r, int64_t space);
/* The list of a column: "agama"; "wilayah" and "alur_status" are tables of their own; NULL = none. */
const char *gloss_list(const char *table, const char *column);
/* Object column → list, for one table after the other. */
void gloss_columns_json(struct json *j, const char *key);
/* The word for a code; false: there is none. */
bool gloss_label(struct reader *r, int64_t space, const char *list, const char *code, char *out, size_t room);

#endif
