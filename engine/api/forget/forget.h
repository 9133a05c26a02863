/* api/forget/forget.h — rows that are to be erased: what was ever written to them, and ever will be, does not count.
 *
 * Whatever transaction writes to such a row, its change of that row is left out when it is merged, here and in every replay. So the state is as if
 * the row had never been: a function of the set of records and segments, in whatever order they came. What names the row by a FOREIGN KEY is held.
 *
 * The record does not say which row it is: it holds a mark, that only those can make who have a key of marks (control.md, "forget"). That is the
 * key of an epoch of its own: nothing is sealed under it, whoever reads is handed it as any other, and it stays when others are destroyed. */
#ifndef JEMPUT_API_FORGET_FORGET_H
#define JEMPUT_API_FORGET_FORGET_H

#include "api/engine.h"

#define FACT_MARKS_KNOWN "marks known" /* so many records `forget` there were whose key was here, when the state was last due to follow that */

/* Those that count by this roster, ascending; everything in `arena`, borrowed from the acts. */
enum jemput_status engine_forgets_fold(struct engine_forgets *out, const struct engine_acts *acts, const struct jemput_roster *roster,
                                       struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;
/* The record that has one row forgotten, sealed. Inside a transaction, with roster and keyring as they are now. */
enum jemput_status engine_forget_row(struct jemput *j, uint32_t table, struct jemput_bytes key, const char *basis,
                                     struct jemput_error *err) JEMPUT_MUST_USE;
bool engine_forgets_have(const struct engine_forgets *forgets, uint32_t marks, const uint8_t mark[JEMPUT_HASH256_BYTES]);
/* Those of them whose records this segment, or what it had seen, holds; likewise in `arena`. What a checkpoint says of the state goes by these. */
enum jemput_status engine_forgets_at(struct jemput *j, int64_t segment, struct engine_forgets *out, struct jemput_arena *arena,
                                     struct jemput_error *err) JEMPUT_MUST_USE;

/* --- marks.c --- */

struct engine_marks { /* the keys of marks that are here */
    struct jemput *j;
    uint32_t count, room;
    struct engine_mark_key {
        uint32_t number;
        uint8_t key[JEMPUT_SEAL_KEY_BYTES];
    } *of;
};
/* engine_marks_release() whatever comes of it: it wipes them. JEMPUT_NOMEM JEMPUT_IO */
enum jemput_status engine_marks_take(struct engine_marks *out, struct jemput *j, struct jemput_error *err) JEMPUT_MUST_USE;
void engine_marks_release(struct engine_marks *m);
/* Is this row forgotten, by j->forgets? */
enum jemput_status engine_marks_hit(const struct engine_marks *m, uint32_t table, struct jemput_bytes key, bool *out,
                                    struct jemput_error *err) JEMPUT_MUST_USE;
/* Leave out changes of forgotten rows, as far as the keys of their marks are here: *out is `txns`, or a copy in the arena, and *any is set. */
enum jemput_status engine_forgotten_drop(struct jemput *j, const struct jemput_txn *txns, uint32_t count, const struct jemput_txn **out,
                                         bool *any, struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;
/* Are the keys of the marks of all j->forgets here? If not, rows that are forgotten stand in the state that is computed here. */
enum jemput_status engine_marks_whole(struct jemput *j, bool *out, struct jemput_error *err) JEMPUT_MUST_USE;
/* The key of some records' marks may have come since: then the state is due to be computed anew. Inside a transaction. */
enum jemput_status engine_marks_follow(struct jemput *j, struct jemput_error *err) JEMPUT_MUST_USE;

struct engine_forgotten_rows { /* of those that were asked about; all in `arena` */
    struct engine_marks marks;
    struct jemput_arena arena;
    uint32_t count, room, *tables;
    struct jemput_bytes *keys;
};
/* A row that is there: note it if it is forgotten. JEMPUT_NOMEM */
enum jemput_status engine_forgotten_row(void *rows, uint32_t table, struct jemput_bytes key, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
