/* api/act/act.h — acts: transactions that the engine itself composes for a person (a decision, two rows made one), sealed at once. */
#ifndef JEMPUT_API_ACT_ACT_H
#define JEMPUT_API_ACT_ACT_H

#include "api/engine.h"

struct act { /* zeroed = empty */
    struct jemput_txn txn;       /* stamp and times are set when it is sealed */
    bool again;                  /* with this merged, compose once more: act_do; ACT_AGAIN_MAX times at most */
    uint32_t change_room;
    struct jemput_arena arena;   /* of all that it holds */
};
#define ACT_AGAIN_MAX 64
void act_release(struct act *act);

/* A table by its name, and a row's key by its values, as its columns hold them. JEMPUT_NOTFOUND no such table; JEMPUT_MISUSE another number of
 * values, or a NULL. */
enum jemput_status act_table(struct jemput *j, const char *name, const struct jemput_table **out, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status act_key(struct jemput *j, struct act *act, const struct jemput_table *table, const struct jemput_datum *key, unsigned key_count,
                           struct jemput_bytes *out, struct jemput_error *err) JEMPUT_MUST_USE;
/* The reason, which becomes the transaction's note. JEMPUT_MISUSE: there is none. JEMPUT_LIMIT: too long. */
enum jemput_status act_reason(struct act *act, const char *reason, struct jemput_error *err) JEMPUT_MUST_USE;
/* A new change, to be filled; room for a cell of each column. It moves when another is added. */
enum jemput_status act_change(struct act *act, const struct jemput_table *table, enum jemput_op op, struct jemput_bytes key,
                              struct jemput_change **out, struct jemput_error *err) JEMPUT_MUST_USE;

/* All cells of an insert; `values` by column. A counter's cell adds nothing: its row knows the sum. */
void act_insert_cells(struct jemput_change *change, const struct jemput_table *table, const struct jemput_value *values);

/* Composes the act, with everything sealed that was pending, inside the store's transaction. */
typedef enum jemput_status (*act_compose)(void *ctx, struct jemput *j, struct act *act, struct jemput_error *err);
/* A call that is no part of a sync begins: a jemput_cancel() that came before it is not meant for it. act_begin() says so by itself. */
void act_alone(struct jemput *j);
/* The parts of act_do, for whoever finds out on the way how many acts there are: begin, and seal what is pending; compose, seal and merge one; and
 * the end: commit, or roll everything back if `st` is an error. */
enum jemput_status act_begin(struct jemput *j, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status act_step(struct jemput *j, act_compose compose, void *ctx, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status act_end(struct jemput *j, enum jemput_status st, struct jemput_error *err) JEMPUT_MUST_USE;
/* Begin, seal what is pending; compose, seal and merge each act in turn, each a segment of its own that has seen those before it; commit: all or
 * nothing. An act without changes is nothing. */
enum jemput_status act_do(struct jemput *j, const act_compose *composes, unsigned count, void *ctx, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
