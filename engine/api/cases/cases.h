/* api/cases/cases.h — cases: what a person should know of, or decide. A small register of kinds; each kind is one function that looks at the store
 * and tells the cases that there are, so that a case is open as long as what it is about is so, and nobody has to close it. Where nothing will ever
 * change that (a thief's void work, a request by a copied invitation), a person may say that there is nothing to decide: settle.h. */
#ifndef JEMPUT_API_CASES_CASES_H
#define JEMPUT_API_CASES_CASES_H

#include "api/engine.h"

typedef enum jemput_status (*case_fn)(void *ctx, const struct jemput_case *told, struct jemput_error *err);
/* Every case of every kind; also on a handle that only looks. */
enum jemput_status cases_each(struct jemput *j, case_fn tell, void *ctx, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- one a kind; a further kind goes into the list in cases.c --- */

enum jemput_status cases_refused(struct jemput *j, case_fn tell, void *ctx, struct jemput_error *err) JEMPUT_MUST_USE; /* cases/refused.c */
enum jemput_status cases_revoked(struct jemput *j, case_fn tell, void *ctx, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status cases_stopped(struct jemput *j, case_fn tell, void *ctx, struct jemput_error *err) JEMPUT_MUST_USE; /* cases/stopped.c */

enum jemput_status cases_forked(struct jemput *j, case_fn tell, void *ctx, struct jemput_error *err) JEMPUT_MUST_USE; /* cases/fork.c */
enum jemput_status cases_state(struct jemput *j, case_fn tell, void *ctx, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status cases_hub(struct jemput *j, case_fn tell, void *ctx, struct jemput_error *err) JEMPUT_MUST_USE;

enum jemput_status cases_copied(struct jemput *j, case_fn tell, void *ctx, struct jemput_error *err) JEMPUT_MUST_USE; /* cases/copied.c */

enum jemput_status cases_asking(struct jemput *j, case_fn tell, void *ctx, struct jemput_error *err) JEMPUT_MUST_USE; /* cases/ask.c */
enum jemput_status cases_unadmitted(struct jemput *j, case_fn tell, void *ctx, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status cases_old_key(struct jemput *j, case_fn tell, void *ctx, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status cases_unsigned(struct jemput *j, case_fn tell, void *ctx, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status cases_schema(struct jemput *j, case_fn tell, void *ctx, struct jemput_error *err) JEMPUT_MUST_USE; /* cases/schema.c */

enum jemput_status cases_forgotten(struct jemput *j, case_fn tell, void *ctx, struct jemput_error *err) JEMPUT_MUST_USE; /* cases/forgotten.c */

/* What people call the device of a writer: "tablet 07"; "tablet 07?" = what made it that device's counts no more; "" = it is not known here. */
#define CASE_LABEL_BYTES 32
void case_label(struct jemput *j, const struct jemput_writer *writer, char out[CASE_LABEL_BYTES]);

/* --- cases/writers.c: one case for each writer, in the order in which they were noted --- */

struct case_writer {
    struct case_writer *next;
    struct jemput_writer writer;
    uint64_t count, open;
    int64_t since_ms;
};
struct case_writers {
    struct case_writer *first, **end;
    struct jemput_arena arena;
};
void case_writers_init(struct case_writers *w); /* it does not move from here on */
void case_writers_release(struct case_writers *w);
/* One thing more of this writer. `open`: somebody has to decide on it. JEMPUT_NOMEM */
enum jemput_status case_writers_note(struct case_writers *w, const struct jemput_writer *writer, jemput_stamp stamp, bool open,
                                     struct jemput_error *err) JEMPUT_MUST_USE;
typedef const struct jemput_case *(*case_words_fn)(struct jemput *j, const struct jemput_writer *writer);
enum jemput_status case_writers_tell(struct jemput *j, const struct case_writers *w, case_words_fn words, case_fn tell, void *ctx,
                                     struct jemput_error *err) JEMPUT_MUST_USE;

#endif
