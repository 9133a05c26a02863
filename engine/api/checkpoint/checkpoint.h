/* api/checkpoint/checkpoint.h — checkpoints: central's signed statement of the whole state at one of its own segments, from which a replay may begin.
 *
 * What one is, and what may be done with it: schema/formats/checkpoint.md. The items are store/dump/dump.h's, the chunks checkpoint/chunk.h's. */
#ifndef JEMPUT_API_CHECKPOINT_CHECKPOINT_H
#define JEMPUT_API_CHECKPOINT_CHECKPOINT_H

#include "api/ingest/walk.h"
#include "api/state/replay.h"
#include "checkpoint/chunk.h"

#define FACT_BASE "base" /* 32 bytes: segment of the checkpoint from which a replay has to begin, because older data is not here any more */

struct engine_checkpoint { /* one that counts */
    struct jemput_segment segment; /* that holds the record */
    struct jemput_segment at;      /* covered: it, and all that it and its log had seen */
    struct jemput_checkpoint record;
};

/* --- checkpoint.c --- */

/* The one of those registered here that covers most; by the roster as it is now. JEMPUT_NOTFOUND */
enum jemput_status engine_checkpoint_newest(struct jemput *j, struct engine_checkpoint *out, struct jemput_error *err) JEMPUT_MUST_USE;
/* The one whose record stands in this segment. JEMPUT_NOTFOUND: there is none that counts. */
enum jemput_status engine_checkpoint_find(struct jemput *j, const struct jemput_hash *segment, struct engine_checkpoint *out,
                                          struct jemput_error *err) JEMPUT_MUST_USE;
/* The one that stands for what was cut off here. JEMPUT_NOTFOUND: nothing was; JEMPUT_CORRUPT: it does not count any more. */
enum jemput_status engine_checkpoint_base(struct jemput *j, struct engine_checkpoint *out, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status engine_checkpoint_covers(struct jemput *j, const struct engine_checkpoint *c, int64_t segment_id, bool *out,
                                            struct jemput_error *err) JEMPUT_MUST_USE;
/* Give its items to `each`: those of dump.h, and between register and state CONTROL items. Checks the chunks against the record.
 *   JEMPUT_NOTFOUND a chunk is not here, or no key to it    JEMPUT_CORRUPT    else what `each` returned */
enum jemput_status engine_checkpoint_items(struct jemput *j, const struct engine_checkpoint *c, jemput_chunk_fn each, void *ctx,
                                           struct jemput_error *err) JEMPUT_MUST_USE;

/* Reading this segment's commit gave `st`: because its data was cut off here, or never came? */
bool engine_is_cut_off(struct jemput *j, const struct jemput_segment *segment, enum jemput_status st);

/* Is the own segment the last of a generation, the newest that has ended (generation.c)? */
bool engine_generation_ended(struct jemput *j, const struct jemput_segment *segment);

/* --- checkpoint/cut.c --- */

/* Has central signed that what it covers is backed up? */
bool engine_checkpoint_backed_up(const struct jemput *j, const struct engine_checkpoint *c);
/* Has this writer said that its store has erased what was forgotten up to this checkpoint? */
bool engine_checkpoint_erased(const struct jemput *j, const struct jemput_writer *writer, const struct jemput_hash *checkpoint);

/* --- checkpoint/prove.c: outside a transaction --- */

/* JEMPUT_CORRUPT: the covered segments here give another state than central signed: the text names both, and a case is kept of it. */
enum jemput_status engine_checkpoint_prove(struct jemput *j, const struct engine_checkpoint *c, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- history.c --- */

/* Were edits of this row cut off here? Then behind which checkpoint. */
enum jemput_status engine_row_cut(struct jemput *j, const struct jemput_table *table, struct jemput_bytes key, struct engine_checkpoint *out,
                                  bool *cut, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- replay.c --- */

/* Begin from a checkpoint: its schema, register and state, with the local numbers of this store. */
enum jemput_status engine_replay_load(struct engine_replay *r, const struct engine_checkpoint *c, struct jemput_error *err) JEMPUT_MUST_USE;
/* The same in a store of its own that goes again: does it hold the state that it names? Needs the room of a replay (replay.h).
 *   JEMPUT_CORRUPT it does not    JEMPUT_NOTFOUND a chunk is not here, or no key to it */
enum jemput_status engine_checkpoint_try(struct jemput *j, const struct engine_checkpoint *c, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- start.c --- */

/* A log that begins behind what is registered here: if it holds a checkpoint that stands there, or further on in it, by one who was central then,
 * take over its register and control segments; the state follows by a rebuild, which is noted as due. Then the walk is to be made anew.
 * *adopted = false: it holds none that counts, or (*unread) no key to it is known here yet.
 *   handing    tips of logs that are no enrolled writer's, in which keys may be (engine_awaits) */
enum jemput_status engine_adopt(struct jemput *j, struct jemput_source *source, const struct engine_walk *walk, const struct jemput_oid *handing,
                                uint32_t handing_count, bool *adopted, bool *unread, struct jemput_error *err) JEMPUT_MUST_USE;
/* Is it one as whom the maker of a checkpoint that waits for its key has gone on? */
bool engine_awaits(const struct jemput *j, const struct jemput_writer *writer);

#endif
