/* unit/feed_copy.h — a copy of a store that is kept by its change feed alone, as lines of text:
 *
 *   orang a: shown a|1|~                                   table, key, state, all values; NULL is ~
 *   orang b: held b|1|~ UNIQUE orang.nik, orang a          why, and against what
 *   orang a: shown … ; insert 2/1, nama 3/2                who wrote: device/segment, of groups that another write shows
 *   orang a: shown … ! nama: *A 2/1, B 3/1                 conflicts: sides, * behind the shown one */
#ifndef TESTS_UNIT_FEED_COPY_H
#define TESTS_UNIT_FEED_COPY_H

#include <jemput/jemput.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COPY_ROWS_MAX = 256, COPY_LINE_BYTES = 1024 };

struct feed_copy {
    bool writes; /* set: tell who wrote */
    unsigned count;
    char rows[COPY_ROWS_MAX][COPY_LINE_BYTES]; /* ascending */
    struct jemput_feed_reading reading;        /* the last one */
    unsigned told;                             /* by it */
    char text[COPY_ROWS_MAX * 64];
};

static inline void copy_say(char *line, const char *text)
{
    size_t len = strlen(line);

    snprintf(line + len, COPY_LINE_BYTES - len, "%s", text);
}

static inline void copy_value(char *line, const struct jemput_datum *v)
{
    char text[256] = "~";

    if (v->type == JEMPUT_TYPE_INTEGER)
        snprintf(text, sizeof text, "%lld", (long long)v->integer);
    else if (v->type == JEMPUT_TYPE_REAL)
        snprintf(text, sizeof text, "%.17g", v->real);
    else if (v->type == JEMPUT_TYPE_TEXT)
        snprintf(text, sizeof text, "%.*s", (int)v->len, (const char *)v->data);
    if (v->type == JEMPUT_TYPE_BLOB)
        text[0] = '\0';
    for (size_t i = 0; v->type == JEMPUT_TYPE_BLOB && i < v->len && i < 100; i++)
        snprintf(text + 2 * i, sizeof text - 2 * i, "%02x", ((const unsigned char *)v->data)[i]);
    copy_say(line, text);
}

static inline void copy_values(char *line, const struct jemput_datum *values, unsigned count, const char *between)
{
    for (unsigned i = 0; i < count; i++) {
        copy_say(line, i ? between : "");
        copy_value(line, &values[i]);
    }
}

static inline void copy_origin(char *line, const struct jemput_origin *o)
{
    char text[64];

    snprintf(text, sizeof text, " %u/%llu", (unsigned)o->device_number, (unsigned long long)o->segment);
    copy_say(line, o->writer[0] ? text : " schema");
}

static inline void copy_writes(char *line, const struct jemput_feed_row *r)
{
    for (unsigned i = 0; i < r->write_count; i++) {
        copy_say(line, i ? ", " : "; ");
        copy_say(line, r->writes[i].columns ? r->writes[i].columns : "insert");
        copy_origin(line, &r->writes[i].origin);
    }
}

static inline void copy_conflicts(char *line, const struct jemput_feed_row *r)
{
    for (unsigned c = 0; c < r->conflict_count; c++) {
        const struct jemput_conflict *of = &r->conflicts[c];

        copy_say(line, of->identity ? " !!" : " !");
        for (unsigned i = 0; i < of->column_count; i++) {
            copy_say(line, i ? "," : " ");
            copy_say(line, of->columns[i]);
        }
        copy_say(line, ":");
        for (unsigned s = 0; s < of->side_count; s++) {
            copy_say(line, s ? ", " : " ");
            copy_say(line, of->sides[s].shown ? "*" : "");
            copy_say(line, of->sides[s].deleted ? "gone" : "");
            copy_values(line, of->sides[s].values, of->sides[s].deleted ? 0 : of->column_count, "|");
            copy_origin(line, &of->sides[s].origin);
        }
    }
}

/* Takes the line of that name out, and puts this one in; without ':' it is out for good. */
static inline void copy_put(struct feed_copy *copy, const char *name, const char *line)
{
    size_t len = strlen(name);
    unsigned at = 0;

    for (unsigned i = 0; i < copy->count; i++)
        if (strncmp(copy->rows[i], name, len) == 0) {
            memmove(copy->rows[i], copy->rows[i + 1], (--copy->count - i) * sizeof copy->rows[0]);
            break;
        }
    if (!line)
        return;
    if (copy->count == COPY_ROWS_MAX - 1)
        abort();
    while (at < copy->count && strcmp(copy->rows[at], line) < 0)
        at++;
    memmove(copy->rows[at + 1], copy->rows[at], (copy->count++ - at) * sizeof copy->rows[0]);
    memcpy(copy->rows[at], line, COPY_LINE_BYTES);
}

static inline int copy_take(void *ctx, const struct jemput_feed_row *r)
{
    static const char *const states[] = { "", "shown ", "held ", "gone" };
    struct feed_copy *copy = ctx;
    char name[COPY_LINE_BYTES] = "", line[COPY_LINE_BYTES];

    if (!copy->told++ && copy->reading.whole)
        copy->count = 0;
    copy_say(name, r->table);
    copy_say(name, " ");
    copy_values(name, r->key, r->key_count, ",");
    copy_say(name, ": ");
    memset(line, 0, sizeof line);
    copy_say(line, name);
    copy_say(line, states[r->state]);
    copy_values(line, r->values, r->column_count, "|");
    if (r->reason) {
        copy_say(line, " ");
        copy_say(line, r->reason);
    }
    if (r->against_table) {
        copy_say(line, ", ");
        copy_say(line, r->against_table);
        copy_say(line, " ");
        copy_values(line, r->against, r->against_count, ",");
    }
    if (copy->writes)
        copy_writes(line, r);
    copy_conflicts(line, r);
    copy_put(copy, name, r->state == JEMPUT_FEED_GONE ? NULL : line);
    return 0;
}

/* Read on from `since`, mostly copy->reading.till. */
static inline enum jemput_status copy_read(struct feed_copy *copy, struct jemput *j, const struct jemput_feed_mark *since, struct jemput_error *err)
{
    enum jemput_status st;

    copy->told = 0;
    st = jemput_feed_read(j, since, copy_take, copy, &copy->reading, err);
    if (!st && !copy->told && copy->reading.whole)
        copy->count = 0;
    return st;
}

static inline enum jemput_status copy_follow(struct feed_copy *copy, struct jemput *j, struct jemput_error *err)
{
    const struct jemput_feed_mark since = copy->reading.till;

    return copy_read(copy, j, &since, err);
}

/* All lines; the copy's own. */
static inline const char *copy_text(struct feed_copy *copy)
{
    size_t len = 0;

    copy->text[0] = '\0';
    for (unsigned i = 0; i < copy->count; i++) {
        len += (size_t)snprintf(copy->text + len, sizeof copy->text - len, "%s\n", copy->rows[i]);
        if (len >= sizeof copy->text)
            abort();
    }
    return copy->text;
}

#endif
