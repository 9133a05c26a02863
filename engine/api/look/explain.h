/* api/look/explain.h — one segment explained: what its two files share. */
#ifndef JEMPUT_API_LOOK_EXPLAIN_H
#define JEMPUT_API_LOOK_EXPLAIN_H

#include "api/ingest/segment.h"
#include "api/look/look.h"

struct explaining {
    struct jemput *j;
    struct jemput_segment segment;
    struct engine_segment read;
    struct jemput_rights rights;
    struct jemput_explained out;
    struct jemput_arena arena; /* of everything that is told */
};

/* Texts with a NUL behind them, in the arena. */
enum jemput_status explain_text(struct explaining *x, struct jemput_bytes text, const char **out, struct jemput_error *err) JEMPUT_MUST_USE;
/* "tablet 07"; "" for a writer that nobody knows. */
enum jemput_status explain_label(struct explaining *x, const struct jemput_writer *writer, const char **out,
                                 struct jemput_error *err) JEMPUT_MUST_USE;

/* --- look/explain_txn.c: what is in it, and what became of that --- */

enum jemput_status explain_contents(struct explaining *x, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
