/* api/fork/resume.h — a device that met another copy of itself goes on as a new writer, by itself (schema/formats/identity.md, "Epochs"). */
#ifndef JEMPUT_API_FORK_RESUME_H
#define JEMPUT_API_FORK_RESUME_H

#include "api/engine.h"
#include "api/ingest/segment.h"

#define RESUME_EPOCHS 4096 /* a new epoch lies at most so far above all that were seen: so its writer can be recognised without asking */

/* Has another copy of this device signed segments, as far as is known here? One that was not let in yet waits for that. */
enum jemput_status engine_resume_due(struct jemput *j, bool *due, struct jemput_error *err) JEMPUT_MUST_USE;
/* If so: go on as a new writer, whose first segment says so. Inside a store transaction. */
enum jemput_status engine_resume(struct jemput *j, struct jemput_error *err) JEMPUT_MUST_USE;
/* Note that there is such a segment, which has not come in yet. Inside a store transaction. */
enum jemput_status engine_copy_note(struct jemput *j, struct jemput_error *err) JEMPUT_MUST_USE;
/* A segment of another log names heads: does one of them lie in a log of ours that is not here? */
enum jemput_status engine_copy_heads(struct jemput *j, const struct jemput_context *heads, struct jemput_error *err) JEMPUT_MUST_USE;

/* What a transaction had seen that was written under `*context`: all that was sealed here as another writer is in it, as the own log is. Inside a
 * store transaction. */
enum jemput_status engine_own_context(struct jemput *j, int64_t *context, struct jemput_error *err) JEMPUT_MUST_USE;
/* Own work, in transactions: what was sealed here as whatever writer. */
enum jemput_status engine_own_count(struct jemput *j, uint64_t *waiting, uint64_t *received, struct jemput_error *err) JEMPUT_MUST_USE;

/* Does the first segment of a log whose writer is no member say that a member goes on as that writer? */
bool engine_resumes(const struct jemput *j, const struct engine_segment *s, struct jemput_arena *arena);
/* Is that writer one as whom an administrator's device, or central, may have gone on? Of all who are asked about at once, since each authority has
 * thousands of such names. They come out ascending by writer. */
struct engine_candidate {
    struct jemput_writer writer;
    uint32_t at; /* the caller's */
    bool may_be;
};
void engine_resume_candidates(const struct jemput *j, struct engine_candidate *of, uint32_t count);
/* Has the member's device gone on as another one since? */
bool engine_superseded(const struct jemput *j, const struct jemput_member *m);

#endif
