/* api/state/replay.h — the state of this store's logs computed anew, in a second store that goes when it is closed.
 *
 * Segments are read from the objects and checked in full (signature, chain, payload, and the register's entry), then merged in local order through
 * the same code as ever: the second store gives them the same local numbers, so that its merge state can be compared with the first one's, or take
 * its place. It needs about as much room as the tables and the merge state take, without the logs (store/replace/compare.h says where). */
#ifndef JEMPUT_API_STATE_REPLAY_H
#define JEMPUT_API_STATE_REPLAY_H

#include "api/engine.h"
#include "api/ingest/segment.h"
#include "api/state/run_book.h"

struct engine_replay {
    struct jemput *j;
    struct jemput_store *store; /* owned; a transaction is open in it */
    int64_t last;               /* local number of the newest segment that was merged into it */
    int64_t base_at;            /* it began from a checkpoint, which covers this segment and all that it had seen; 0 = from nothing */
    struct engine_run_book *runs; /* where the id runs of each segment are noted; NULL = nowhere */
    bool gaps;                  /* segments are left out: so local numbers have to be given, not counted */
    struct jemput_arena arena;  /* of one segment */
};

/* With the space's first schema, and no segment yet; but where older data has been cut off here, with what the checkpoint says that stands for it.
 * engine_replay_release() whatever comes of it. */
enum jemput_status engine_replay_begin(struct engine_replay *r, struct jemput *j, struct jemput_error *err) JEMPUT_MUST_USE;
/* The same; `runs` is borrowed until the end of the replay. */
enum jemput_status engine_replay_begin_noting(struct engine_replay *r, struct jemput *j, struct engine_run_book *runs,
                                              struct jemput_error *err) JEMPUT_MUST_USE;
void engine_replay_release(struct engine_replay *r);

/* Read and check one segment; `read` lives until the next one. JEMPUT_CORRUPT JEMPUT_DENIED JEMPUT_NOTFOUND JEMPUT_LIMIT JEMPUT_UPGRADE: the log,
 * or the register's entry of the segment, is damaged. */
enum jemput_status engine_replay_read(struct engine_replay *r, const struct jemput_segment *segment, struct engine_segment *read,
                                      struct jemput_error *err) JEMPUT_MUST_USE;
/* Does the checkpoint that it began from stand for the segment? Then reading reads nothing if it is data, and merging does nothing. */
enum jemput_status engine_replay_covers(struct engine_replay *r, const struct jemput_segment *segment, bool *out,
                                        struct jemput_error *err) JEMPUT_MUST_USE;
/* Read it, and merge it. */
enum jemput_status engine_replay_one(struct engine_replay *r, const struct jemput_segment *segment, struct jemput_error *err) JEMPUT_MUST_USE;
/* Merge it. */
enum jemput_status engine_replay_merge(struct engine_replay *r, const struct jemput_segment *segment, const struct engine_segment *read,
                                       struct jemput_error *err) JEMPUT_MUST_USE;
/* Is the status one of those above? Puts which segment it is in front of err's text. */
bool engine_replay_of_log(const struct jemput_segment *segment, struct jemput_error *err);

#endif
