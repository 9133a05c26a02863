/* api/fork/resume.c — going on as a new writer. See resume.h.
 *
 * A store that was copied, or put back to an older copy, would sign numbers that it has signed before. What it cannot know it does; but as soon as it
 * sees a segment of its own key that it has not sealed (on the hub, in central's branch, or named by somebody's context), it stops: it takes a new
 * epoch, and so another log, and says so in that log's first segment, which has seen all that this store sealed before. The old log stays as it is,
 * with all its branches. Every copy does so by itself, and none needs to know how many there are: their new epochs differ, because each adds a random
 * number; where two are the same after all, the same happens again. */
#include "api/facts.h"
#include "api/fork/carry.h"
#include "api/fork/resume.h"
#include "api/handle/writer.h"
#include "api/ingest/segment.h"

#include <stdlib.h>
#include <string.h>

#include "api/roster/device.h"
#include "api/roster/roster.h"
#include "api/seal/draft.h"
#include "api/seal/receipt.h"
#include "store/causes/own_writer.h"

/* --- who this device is now --- */

bool engine_superseded(const struct jemput *j, const struct jemput_member *m)
{
    return device_newest(&j->roster, m->public_key) != m;
}

/* Above all epochs of this key that are known here. JEMPUT_LIMIT: they have come to their end. */
static enum jemput_status epoch_next(struct jemput *j, uint32_t *out, struct jemput_error *err)
{
    const struct jemput_member *newest = device_newest(&j->roster, j->key.public_key);
    uint32_t highest = newest && newest->epoch > j->epoch ? newest->epoch : j->epoch;
    uint16_t random;

    if (highest > UINT32_MAX - RESUME_EPOCHS)
        return jemput_fail(err, JEMPUT_LIMIT, "this device's key has no epochs left: rotate it");
    j->env->random(j->env, &random, sizeof random);
    *out = highest + 1 + random % RESUME_EPOCHS;
    return JEMPUT_OK;
}

/* --- is it time? --- */

enum jemput_status engine_resume_due(struct jemput *j, bool *due, struct jemput_error *err)
{
    int64_t noted = 0;
    enum jemput_status st = jemput_store_number_get(j->store, FACT_COPY_SEEN, 0, &noted, err);

    *due = noted != 0;
    if (!st && !*due)
        st = jemput_store_copy_there(j->store, &j->writer, due, err);
    if (!jemput_roster_member(&j->roster, &j->writer))
        *due = false;
    return st;
}

enum jemput_status engine_copy_note(struct jemput *j, struct jemput_error *err)
{
    return jemput_store_number_put(j->store, FACT_COPY_SEEN, 1, err);
}

enum jemput_status engine_copy_heads(struct jemput *j, const struct jemput_context *heads, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; !st && i < heads->count; i++) {
        struct jemput_segment found;

        if (jemput_writer_compare(&heads->heads[i].writer, &j->writer) != 0)
            continue;
        st = jemput_store_segment_find(j->store, &heads->heads[i].hash, &found, err);
        if (st == JEMPUT_NOTFOUND)
            st = engine_copy_note(j, err);
    }
    return st;
}

/* --- going on --- */

/* All that the old log had seen and said; and what was merged since: what let the old writer in must lie behind its going on. But for central: its
 * branch is to reach what it names, and it tells all news in its next segment. */
static enum jemput_status resume_context(struct jemput *j, struct jemput_context *out, const struct jemput_writer *old,
                                         const struct jemput_segment *last, bool central, struct jemput_arena *arena, struct jemput_error *err)
{
    struct news news = { .behind = false };
    int64_t frontier;
    enum jemput_status st = jemput_store_frontier(j->store, &frontier, err);

    if (!st && !central)
        st = draft_news(j, frontier, &news, arena, err);
    if (st)
        return st;
    *out = (struct jemput_context){ .heads = jemput_arena_array(arena, news.heads.count + 1, sizeof *out->heads) };
    if (!out->heads)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for heads");
    if (last->number)
        out->heads[out->count++] = (struct jemput_head){ .writer = *old, .number = last->number, .hash = last->hash, .through = true };
    for (uint32_t i = 0; i < news.heads.count && out->count < JEMPUT_ANNOUNCED_HEADS_TARGET; i++) /* the rest is told by the next segment */
        if (jemput_writer_compare(&news.heads.heads[i].writer, old) != 0)
            out->heads[out->count++] = news.heads.heads[i];
    jemput_context_normalise(out);
    return JEMPUT_OK;
}

/* The first segment of the new log. */
static enum jemput_status resume_seal(struct jemput *j, const struct jemput_writer *old, const struct jemput_segment *last, bool central,
                                      struct jemput_error *err)
{
    struct jemput_record record = { .kind = JEMPUT_RECORD_RESUME };
    struct jemput_buf payload = JEMPUT_BUF_INIT(JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX);
    struct jemput_arena arena = { 0 };
    struct draft d = { 0 };
    jemput_stamp stamp;
    int64_t id;
    enum jemput_status st;

    record.as.resume.old = *old;
    record.as.resume.epoch = j->epoch;
    jemput_record_write(&payload, &record);
    st = jemput_buf_check(&payload, "control record", err);
    d.payload = jemput_buf_bytes(&payload);
    if (!st)
        st = resume_context(j, &d.header.merged, old, last, central, &arena, err);
    if (!st)
        st = draft_fill(j, &d, JEMPUT_CLASS_CONTROL, 0, err);
    stamp = d.header.stamp;
    if (!st)
        st = draft_commit(j, &d, (struct stamp_list){ &stamp, 1 }, &arena, &id, err);
    if (!st)
        st = jemput_store_apply_control(j->store, id, err);
    jemput_arena_release(&arena);
    jemput_buf_release(&payload);
    return st;
}

/* Other key material stays as it is. */
static enum jemput_status resume_become(struct jemput *j, uint32_t epoch, struct jemput_error *err)
{
    uint8_t seed[JEMPUT_SEED_BYTES];
    enum jemput_status st = engine_fact_exact(j, FACT_SECRET_SEED, seed, sizeof seed, err);

    if (!st)
        st = engine_writer_become(j, seed, epoch, err);
    jemput_wipe(seed, sizeof seed);
    return st ? st : jemput_store_number_put(j->store, FACT_COPY_SEEN, 0, err);
}

enum jemput_status engine_resume(struct jemput *j, struct jemput_error *err)
{
    struct jemput_segment last = { .number = 0 };
    struct jemput_writer old = j->writer;
    uint32_t epoch;
    bool due, central = engine_has_role(j, JEMPUT_ROLE_PUSAT);
    enum jemput_status st = engine_resume_due(j, &due, err);

    if (st || !due)
        return st;
    st = epoch_next(j, &epoch, err);
    if (!st)
        st = jemput_store_own_last(j->store, &old, &last, err);
    if (st == JEMPUT_NOTFOUND)
        st = JEMPUT_OK;
    if (st)
        return st;
    st = resume_become(j, epoch, err); /* a rollback puts the handle back, too: engine_undo */
    if (!st)
        st = resume_seal(j, &old, &last, central, err);
    if (!st)
        st = engine_roster_load(j, err);
    return st ? jemput_wrap(err, "go on as a new writer") : JEMPUT_OK;
}

/* --- what was written before --- */

enum jemput_status engine_own_context(struct jemput *j, int64_t *context, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct jemput_writer *writers;
    struct jemput_formers formers = { 0 };
    enum jemput_status st = engine_carried(j, &writers, &formers.count, &arena, err);

    formers.of = writers;
    if (!st && formers.count)
        st = jemput_store_context_own(j->store, &formers, context, err);
    jemput_arena_release(&arena);
    return st;
}

enum jemput_status engine_own_count(struct jemput *j, uint64_t *waiting, uint64_t *received, struct jemput_error *err)
{
    const struct jemput_member *central = engine_central(j);
    bool self = central && jemput_writer_compare(&central->writer, &j->writer) == 0; /* its own work is there already */
    struct jemput_arena arena = { 0 };
    struct jemput_own_counts counts;
    struct jemput_segment receipt = { .id = 0 };
    struct jemput_writer *writers = NULL;
    struct jemput_formers formers = { 0 };
    enum jemput_status st = central && !self ? engine_receipt_segment(j, &central->writer, &receipt, err) : JEMPUT_OK;

    if (st == JEMPUT_NOTFOUND)
        st = JEMPUT_OK;
    if (!st)
        st = engine_carried(j, &writers, &formers.count, &arena, err);
    formers.of = writers;
    if (!st)
        st = jemput_store_own_count(j->store, &formers, &j->writer, receipt.id, self, &counts, err);
    jemput_arena_release(&arena);
    if (st)
        return st;
    *waiting = counts.waiting;
    *received = counts.received;
    return JEMPUT_OK;
}

/* --- how others know it --- */

bool engine_resumes(const struct jemput *j, const struct engine_segment *s, struct jemput_arena *arena)
{
    struct jemput_record *records;
    struct jemput_error ignored;
    uint32_t count;

    if (s->header.number != 1 || s->header.klass != JEMPUT_CLASS_CONTROL || s->header.codec != 0 || s->header.key_epoch != 0 ||
        jemput_records_read(&records, &count, s->commit.payload, arena, &ignored))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        const struct jemput_member *old =
            records[i].kind == JEMPUT_RECORD_RESUME ? jemput_roster_member(&j->roster, &records[i].as.resume.old) : NULL;

        if (old && memcmp(old->public_key, s->public_key, sizeof s->public_key) == 0 && records[i].as.resume.epoch == s->header.epoch)
            return true;
    }
    return false;
}

static int candidate_order(const void *a, const void *b)
{
    return jemput_writer_compare(&((const struct engine_candidate *)a)->writer, &((const struct engine_candidate *)b)->writer);
}

/* Several branches of one log stand beside each other. */
static void candidate_mark(struct engine_candidate *of, uint32_t count, const struct jemput_writer *writer)
{
    const struct engine_candidate wanted = { .writer = *writer };
    struct engine_candidate *found = bsearch(&wanted, of, count, sizeof *of, candidate_order);

    if (!found)
        return;
    while (found > of && candidate_order(found - 1, &wanted) == 0)
        found--;
    for (; found < of + count && candidate_order(found, &wanted) == 0; found++)
        found->may_be = true;
}

void engine_resume_candidates(const struct jemput *j, struct engine_candidate *of, uint32_t count)
{
    if (count)
        qsort(of, count, sizeof *of, candidate_order);
    for (uint32_t i = 0; i < count; i++)
        of[i].may_be = false;
    for (uint32_t i = 0; count && i < j->roster.member_count; i++) {
        const struct jemput_member *m = &j->roster.members[i];
        struct jemput_writer derived;

        if (!(m->roles & (JEMPUT_ROLE_ADMIN | JEMPUT_ROLE_PUSAT)) || engine_superseded(j, m))
            continue;
        for (uint32_t k = 1; k <= RESUME_EPOCHS && k <= UINT32_MAX - m->epoch; k++) {
            jemput_writer_derive(&derived, &j->space, m->public_key, m->epoch + k);
            candidate_mark(of, count, &derived);
        }
    }
}
