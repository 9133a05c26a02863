/* layout.h — which column of a CSV file goes where: schema/adminduk/import/layout-*.csv, whose rules schema/adminduk/README.md gives in words. */
#ifndef JEMPUT_SHARED_LAYOUT_H
#define JEMPUT_SHARED_LAYOUT_H

#include <stdbool.h>

#include "buffer.h"
#include "csv_reader.h"

enum { LAYOUT_RULES_MAX = 64, LAYOUT_NAME_BYTES = 48, LAYOUT_ABSENT = -1 };

enum layout_kind { LAYOUT_TEXT, LAYOUT_DIGITS, LAYOUT_DATE, LAYOUT_CODE, LAYOUT_MAP, LAYOUT_SKIP };
/* The tables, in the order in which a row of the file fills them. */
enum layout_target { LAYOUT_KELUARGA, LAYOUT_ORANG, LAYOUT_PERMOHONAN, LAYOUT_CATATAN, LAYOUT_TARGETS };

struct layout_rule {
    char column[LAYOUT_NAME_BYTES]; /* of the file */
    enum layout_target target;      /* table, */
    char field[LAYOUT_NAME_BYTES];  /* and its column; "" of a skipped one */
    enum layout_kind kind;
    char list[LAYOUT_NAME_BYTES];   /* of a code */
    bool required;
};

struct layout {
    const char *name; /* "permohonan", "opensid" */
    unsigned rule_count;
    struct layout_rule rules[LAYOUT_RULES_MAX];
    int positions[LAYOUT_RULES_MAX]; /* of each rule's column in the file at hand; LAYOUT_ABSENT = it has none */
    unsigned matched;                /* how many it has */
    const char *doubled;             /* a column that the file names twice; NULL = none */
};

extern const char *const layout_tables[LAYOUT_TARGETS];

/* One of those that the program carries; NULL = no such name. Owned by the caller: free(). */
struct layout *layout_new(const char *name);
/* Find the layout's columns in a file's first row. */
void layout_match(struct layout *l, const struct csv_row *header);
/* Names of required columns that the file has not; "" = it has all. Release `out`. */
void layout_missing(const struct layout *l, struct buffer *out);
/* Does a later row only name the columns once more, as in files that were put together? */
bool layout_heads(const struct layout *l, const struct csv_row *row);
/* Does a rule take the file's column `position`? */
bool layout_takes(const struct layout *l, int position);
/* The rule for a table's column; LAYOUT_ABSENT = none. */
int layout_rule_of(const struct layout *l, enum layout_target target, const char *field);

#endif
