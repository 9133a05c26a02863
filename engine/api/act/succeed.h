/* api/act/succeed.h — rows that go on in others: what goes along with them. Shared by merge-rows (merge.c), its undoing (part.c), and the late writes
 * that central carries after (late.c).
 *
 * A pair is a row that goes and the row that stays. What names the row that goes through a FOREIGN KEY names the one that stays from then on;
 * where that makes it another row, because the reference is of its primary key, it is a pair itself. */
#ifndef JEMPUT_API_ACT_SUCCEED_H
#define JEMPUT_API_ACT_SUCCEED_H

#include "api/act/edit.h"
#include "store/constraint/succeed.h"

enum { SUCCEED_DEPTH_MAX = 8 };

struct pair {
    struct edit *gone, *keep; /* of one table */
    unsigned depth;           /* how many references lie between it and the first */
};

struct succession { /* succession_begin; succession_release */
    struct edits edits;
    uint32_t count, room;
    struct pair *pairs;
    bool fills; /* a row that stays takes over the values of groups in which it has none: people have looked at both */
};
void succession_begin(struct succession *s, struct jemput *j);
void succession_release(struct succession *s);

/* A pair and, after succession_follow, all that follows from it: the edits are what the act is to write. The row that stays is inserted if it is not
 * there; the one that goes is deleted and names it.
 *   JEMPUT_MISUSE   it cannot be done, and the text says why     JEMPUT_LIMIT   references of references of …, too deep */
enum jemput_status succession_pair(struct succession *s, const struct jemput_table *table, struct jemput_bytes gone, struct jemput_bytes keep,
                                   unsigned depth, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status succession_follow(struct succession *s, struct jemput_error *err) JEMPUT_MUST_USE;

/* Counters of the rows that go, moved: `out` takes from them, and the edits give it to the rows that stay. */
enum jemput_status succession_count(struct succession *s, struct edits *out, struct jemput_error *err) JEMPUT_MUST_USE;

/* Does a row with these values (by column) name `parent`, as that stood? What a row names by values that another row shows is that row. */
enum jemput_status reference_names(struct edits *e, const struct jemput_reference *reference, const struct jemput_value *child,
                                   const struct edit *parent, bool *out, struct jemput_error *err) JEMPUT_MUST_USE;

/* Going from a row to the one in which it goes on, and so on: do they go round in a circle? After Brent, "An improved Monte Carlo factorization
 * algorithm", 1980. */
struct succeed_walk {
    struct jemput_bytes seen; /* begins as the first key */
    unsigned steps, room;     /* room: begins as 1 */
};
/* Told each key in turn: is it there a second time? At the latest in the third round. */
bool succeed_circles(struct succeed_walk *walk, struct jemput_bytes key);
/* The row in which `key` goes on now: the end of the chain of successors; empty = none, or they go round in a circle. */
enum jemput_status succeed_end(struct jemput *j, const struct jemput_table *table, struct jemput_bytes key, struct jemput_bytes *out,
                               struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
