/* named.h — COLUMN=VALUE words of the command line, and the values that they give columns. */
#ifndef JEMPUT_SHARED_NAMED_H
#define JEMPUT_SHARED_NAMED_H

#include <stdbool.h>

#include <jemput/jemput.h>

#include "buffer.h"

enum { NAMED_MAX = 512 };

struct named { /* COLUMN=VALUE; COLUMN alone is NULL */
    char *column;
    const char *text; /* behind the '='; NULL = none */
    struct buffer bytes;
    struct jemput_datum value;
};

struct named_list { /* zeroed = empty */
    struct named of[NAMED_MAX];
    unsigned count;
    bool too_many;
};

/* Of an option that may be repeated: ctx is the list. */
void named_add(void *ctx, const char *word);
/* A value that is known already; it is copied. */
void named_put(struct named_list *list, const char *column, const struct jemput_datum *value);
void named_release(struct named_list *list);
void named_clear(struct named *named);
/* The values in the types that the table's columns declare. -1 = done; else what was wrong has been reported, and it is the exit code. */
int named_parse(struct named_list *list, struct jemput *jemput, const char *command, const char *table);
/* NULL: the column is not named. */
const struct named *named_find(const struct named_list *list, const char *column);
/* Is this value of the column among them? */
bool named_has(const struct named_list *list, const char *column, const struct jemput_datum *value);

#endif
