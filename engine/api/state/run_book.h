/* api/state/run_book.h — which id runs the segments of a replay name: what packing the rows of a checkpoint has to know (checkpoint/pack.h). */
#ifndef JEMPUT_API_STATE_RUN_BOOK_H
#define JEMPUT_API_STATE_RUN_BOOK_H

#include "base/bytes.h"

struct engine_run_book {
    struct jemput_buf runs;   /* of one segment after the other, as checkpoint items tell them */
    struct jemput_buf places; /* in that: struct place */
    bool sorted;              /* by segment */
};

void engine_run_book_init(struct engine_run_book *book);
void engine_run_book_release(struct engine_run_book *book);
/* Once for a segment, a local number; none is noted where `runs` is empty, or there is no room: ids are then written whole. JEMPUT_NOMEM */
enum jemput_status engine_run_book_note(void *book, int64_t segment, struct jemput_bytes runs, struct jemput_error *err) JEMPUT_MUST_USE;
/* *runs: borrowed from the book; empty = none are noted. */
enum jemput_status engine_run_book_find(void *book, int64_t segment, struct jemput_bytes *runs, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
