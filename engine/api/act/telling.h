/* api/act/telling.h — telling what a merge of rows, or its undoing, does: jemput_move_cb. */
#ifndef JEMPUT_API_ACT_TELLING_H
#define JEMPUT_API_ACT_TELLING_H

#include "api/act/edit.h"

struct telling { /* TELLING_INIT to begin; telling_release */
    jemput_move_cb each; /* NULL = nobody asks */
    void *ctx;
    struct jemput_buf held; /* rows that were held before */
    struct jemput_arena arena; /* of what is told at the moment */
};
#define TELLING_HELD_BYTES_MAX ((size_t)256 * 1024 * 1024)
#define TELLING_INIT(each, ctx) { each, ctx, JEMPUT_BUF_INIT(TELLING_HELD_BYTES_MAX), { 0 } }
void telling_release(struct telling *t);

/* JEMPUT_CANCELLED: the callback wants no more. */
enum jemput_status telling_cell(struct telling *t, enum jemput_move_kind kind, const struct edit *row, uint16_t column,
                                const struct jemput_value *value, const struct jemput_value *before, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status telling_count(struct telling *t, const struct edit *row, uint16_t column, int64_t delta, struct jemput_error *err) JEMPUT_MUST_USE;
/* It goes on under this key; empty: it comes back under its own. */
enum jemput_status telling_row(struct telling *t, const struct edit *row, struct jemput_bytes goes_on, struct jemput_error *err) JEMPUT_MUST_USE;
/* Before anything is written, and after all is: each row that has come to be held, with what stands in its way. */
enum jemput_status telling_begin(struct telling *t, struct jemput *j, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status telling_held(struct telling *t, struct jemput *j, struct jemput_error *err) JEMPUT_MUST_USE;
/* Each column that changes. */
enum jemput_status telling_references(struct telling *t, const struct edit *row, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
