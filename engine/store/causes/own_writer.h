/* store/causes/own_writer.h — the writers that this device was and is. After it met another copy of itself, or took another key, it goes on as a new
 * writer: the logs that it wrote before are then logs like any other, and lie in its frontier; but all that it writes has seen them. */
#ifndef JEMPUT_STORE_CAUSES_OWN_WRITER_H
#define JEMPUT_STORE_CAUSES_OWN_WRITER_H

#include "store/store.h"

/* The writers that this device was, as the caller keeps them; those among them that sealed nothing here do no harm. */
struct jemput_formers {
    const struct jemput_writer *of;
    uint32_t count;
};
/* `*context`, and all that was sealed here under former writers: what a transaction of that context had seen. Inside a transaction. */
enum jemput_status jemput_store_context_own(struct jemput_store *store, const struct jemput_formers *formers, int64_t *context,
                                            struct jemput_error *err) JEMPUT_MUST_USE;

/* Is there a segment of `writer` that was not sealed here? Then another copy of this store has written, or this one is older than it once was. */
enum jemput_status jemput_store_copy_there(struct jemput_store *store, const struct jemput_writer *writer, bool *out,
                                           struct jemput_error *err) JEMPUT_MUST_USE;

struct jemput_own_counts { /* transactions sealed here, as whatever writer */
    uint64_t waiting, received;
};
/* receipt   local number of the segment of central's whose frontier says what it has merged; 0 = there is none
 * central   this device is central: all is received. May be called outside a transaction */
enum jemput_status jemput_store_own_count(struct jemput_store *store, const struct jemput_formers *formers, const struct jemput_writer *writer,
                                          int64_t receipt, bool central, struct jemput_own_counts *out, struct jemput_error *err) JEMPUT_MUST_USE;
/* Has central's segment `receipt`, or what its log had merged by then, segment `id`? Local numbers. */
enum jemput_status jemput_store_frontier_has(struct jemput_store *store, int64_t receipt, int64_t id, bool *out,
                                             struct jemput_error *err) JEMPUT_MUST_USE;
/* Is there anything in context `to` that `from` does not hold, but for segments of these writers that only say what they have merged? Where two
 * centres give receipts, no receipt is due for the other one's. */
enum jemput_status jemput_store_news_there(struct jemput_store *store, int64_t from, int64_t to, const struct jemput_formers *writers, bool *out,
                                           struct jemput_error *err) JEMPUT_MUST_USE;
/* Is what has been merged here exactly what the author of a segment had merged, up to and with that segment? */
enum jemput_status jemput_store_frontier_equals(struct jemput_store *store, int64_t id, bool *out, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- forks --- */

/* The newest segment of the line on which a segment lies. */
enum jemput_status jemput_store_line_end(struct jemput_store *store, const struct jemput_segment *segment, struct jemput_segment *out,
                                         struct jemput_error *err) JEMPUT_MUST_USE;

struct jemput_store_fork {
    struct jemput_segment sides[2]; /* of one writer, with one number and one predecessor, and not the same; the first was known here first */
};
typedef enum jemput_status (*jemput_fork_fn)(void *ctx, const struct jemput_store_fork *fork, struct jemput_error *err);
/* Is a segment one of the two sides of a fork? Local number. */
enum jemput_status jemput_store_fork_side(struct jemput_store *store, int64_t id, bool *out, struct jemput_error *err) JEMPUT_MUST_USE;
/* Each fork of each log, as they became known. */
enum jemput_status jemput_store_forks_each(struct jemput_store *store, jemput_fork_fn each, void *ctx, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
