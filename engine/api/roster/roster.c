/* api/roster/roster.c — the roster of this store: all control records that its logs carry, folded.
 *
 * A record is read once by a handle, and then kept (struct engine_acts); its segment's signature was checked when it came. Folding is asked for again
 * with every control segment, and what that costs, or opening, must not grow with the signatures that have been checked already. */
#include "api/facts.h"
#include "api/forget/forget.h"
#include "api/judge/judge.h"
#include "api/state/replay.h"

#include <string.h>

#include "api/fork/resume.h"
#include "api/handle/writer.h"
#include "api/ingest/segment.h"
#include "api/judge/policy.h"
#include "api/roster/roster.h"
#include "api/schema/schema.h"

/* --- the acts --- */

static enum jemput_status act_add(struct engine_acts *acts, const struct jemput_act *act, int64_t segment, struct jemput_error *err)
{
    if (acts->count == acts->room) {
        uint32_t room = acts->room ? 2 * acts->room : 64;
        struct engine_act *grown = jemput_arena_array(&acts->arena, room, sizeof *grown);

        if (!grown)
            return jemput_fail(err, JEMPUT_NOMEM, "no memory for the roster");
        if (acts->count)
            memcpy(grown, acts->of, acts->count * sizeof *grown);
        acts->of = grown;
        acts->room = room;
    }
    acts->of[acts->count++] = (struct engine_act){ .act = *act, .segment = segment };
    return JEMPUT_OK;
}

static enum jemput_status acts_of_payload(struct engine_acts *acts, struct jemput_bytes payload, const struct jemput_act *pattern, int64_t segment,
                                          struct jemput_error *err)
{
    struct jemput_record *records;
    uint32_t count;
    enum jemput_status st = jemput_records_read(&records, &count, payload, &acts->arena, err);

    for (uint32_t i = 0; !st && i < count; i++) {
        struct jemput_act act = *pattern;
        act.record = records[i];
        act.place = i;
        st = act_add(acts, &act, segment, err);
    }
    return st;
}

struct reading {
    struct jemput *j;
    struct engine_acts *acts;
};

static enum jemput_status acts_of_segment(void *ctx, const struct jemput_segment *segment, struct jemput_error *err)
{
    const struct reading *r = ctx;
    struct engine_segment read;
    struct jemput_act pattern;
    enum jemput_status st = engine_segment_known(r->j, segment, &read, &r->acts->arena, err);

    if (st) {
        (void)engine_replay_of_log(segment, err);
        return st;
    }
    pattern = (struct jemput_act){ .author = segment->writer, .stamp = segment->stamp, .number = segment->number, .segment = segment->hash };
    memcpy(pattern.author_key, read.public_key, sizeof pattern.author_key);
    return acts_of_payload(r->acts, read.commit.payload, &pattern, segment->id, err);
}

static enum jemput_status acts_of_genesis(struct jemput *j, struct engine_acts *acts, struct jemput_error *err)
{
    struct jemput_buf payload = JEMPUT_BUF_INIT(JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX);
    struct jemput_act pattern = { 0 };
    struct jemput_bytes kept;
    enum jemput_status st = jemput_store_fact_unpack(j->store, FACT_GENESIS_PAYLOAD, &payload, err);

    if (!st) {
        kept = jemput_arena_copy(&acts->arena, jemput_buf_bytes(&payload));
        memcpy(pattern.segment.bytes, j->space.id, sizeof pattern.segment.bytes);
        st = kept.data ? acts_of_payload(acts, kept, &pattern, 0, err) : jemput_fail(err, JEMPUT_NOMEM, "no memory for the genesis record");
    }
    jemput_buf_release(&payload);
    return st;
}

/* Read what came since. What was read by a call that failed is left out again; its bytes stay in the arena until the handle is closed. */
static enum jemput_status acts_follow(struct jemput *j, struct engine_acts *acts, struct jemput_error *err)
{
    struct reading r = { j, acts };
    uint32_t count = acts->count;
    int64_t newest = acts->newest, later;
    bool records;
    enum jemput_status st = count ? JEMPUT_OK : acts_of_genesis(j, acts, err);

    if (!st) /* before they are read: what is added while they are is read the next time */
        st = jemput_store_segments_since(j->store, acts->newest, &newest, &records, err);
    if (!st && records)
        st = jemput_store_records_after(j->store, acts->newest, acts_of_segment, &r, err);
    if (!st && records) /* and what memory holds of segments is not older than they */
        st = jemput_store_segments_since(j->store, newest, &later, &records, err);
    if (st)
        acts->count = count;
    else
        acts->newest = newest;
    return st;
}

/* --- which segments lie up to a head --- */

struct ancestry {
    struct jemput *j;
    enum jemput_status st; /* the first that went wrong */
    struct jemput_error *err;
};

/* JEMPUT_OK and *there = false: not known here. */
static enum jemput_status segment_look(struct jemput *j, const struct jemput_hash *hash, int64_t *id, bool *there, struct jemput_error *err)
{
    struct jemput_segment found;
    enum jemput_status st = jemput_store_segment_find(j->store, hash, &found, err);

    *there = !st;
    *id = found.id;
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

static bool ancestry_covers(void *ctx, const struct jemput_head *head, const struct jemput_head *at)
{
    struct ancestry *a = ctx;
    int64_t head_id, at_id;
    bool head_there, at_there, saw = false;

    if (a->st || jemput_hash_equal(&head->hash, &at->hash))
        return true;
    if (at->number >= head->number)
        return false;
    a->st = segment_look(a->j, &head->hash, &head_id, &head_there, a->err);
    if (!a->st)
        a->st = segment_look(a->j, &at->hash, &at_id, &at_there, a->err);
    if (a->st || !head_there || !at_there)
        return true;
    a->st = jemput_store_segment_saw(a->j->store, head_id, at_id, &saw, a->err);
    return saw;
}

/* The roster of `acts`, which are brought up to date. */
static enum jemput_status roster_fold(struct jemput *j, struct engine_acts *acts, struct jemput_roster *out, struct jemput_arena *arena,
                                      struct jemput_error *err)
{
    struct ancestry logs = { .j = j, .err = err };
    const struct jemput_ancestry ancestry = { ancestry_covers, &logs };
    struct jemput_act *raised;
    enum jemput_status st = acts_follow(j, acts, err);

    if (!st)
        st = engine_acts_raised(j, acts, &raised, arena, err);
    if (!st)
        st = jemput_roster_fold(out, &j->space, raised, acts->count, &ancestry, arena, err);
    return st ? st : logs.st;
}

enum jemput_status engine_rights_at(struct jemput *j, const struct jemput_roster *roster, const struct jemput_segment *segment,
                                    struct jemput_rights *out, struct jemput_arena *arena, struct jemput_error *err)
{
    struct ancestry logs = { .j = j, .err = err };
    const struct jemput_ancestry ancestry = { ancestry_covers, &logs };
    const struct jemput_member *member = jemput_roster_member(roster, &segment->writer);
    const struct jemput_head at = { .writer = segment->writer, .number = segment->number, .hash = segment->hash };

    if (!member && !jemput_roster_former(roster, &segment->writer) &&
        (segment->own || jemput_writer_compare(&segment->writer, &j->writer) == 0))
        return engine_rights_noted(j, out, arena, err);
    *out = member ? jemput_roster_rights(roster, member, &at, &ancestry) : (struct jemput_rights){ .is_void = true };
    return logs.st;
}

/* What it means for what is merged already is noted in the same transaction as the records that brought it. */
static enum jemput_status roster_moved(struct jemput *j, const struct jemput_roster *to, const struct engine_forgets *forgets,
                                       struct jemput_error *err)
{
    bool moved = false;
    enum jemput_status st = j->roster.member_count ? engine_rights_moved(j, &j->roster, to, &moved, err) : JEMPUT_OK;

    if (st || (!moved && (!j->roster.member_count || forgets->count == j->forgets.count)))
        return st;
    j->rebuild_owed = !jemput_store_has_lock(j->store);
    return j->rebuild_owed ? JEMPUT_OK : engine_rebuild_note(j, err);
}

/* `noted`: by another handle, which has added what moves the roster. */
static enum jemput_status roster_load(struct jemput *j, bool noted, struct jemput_error *err)
{
    struct engine_acts anew = { 0 };
    bool stale = j->acts.stale;
    struct jemput_arena arena = { 0 };
    struct jemput_roster roster;
    struct engine_keyring keyring;
    struct engine_forgets forgets;
    enum jemput_status st = roster_fold(j, stale ? &anew : &j->acts, &roster, &arena, err);

    if (!st)
        st = engine_keyring_fold(&keyring, stale ? &anew : &j->acts, &roster, &arena, err);
    if (!st)
        st = engine_forgets_fold(&forgets, stale ? &anew : &j->acts, &roster, &arena, err);
    if (!st && !noted)
        st = roster_moved(j, &roster, &forgets, err);
    if (st) {
        jemput_arena_release(&arena);
        jemput_arena_release(&anew.arena);
        return jemput_wrap(err, "roster");
    }
    jemput_store_close(j->older);
    j->older = NULL;
    jemput_arena_release(&j->roster_arena);
    if (stale) {
        jemput_arena_release(&j->acts.arena);
        j->acts = anew;
    }
    j->roster_arena = arena;
    j->roster = roster;
    j->roster_loads++;
    j->keyring = keyring;
    j->forgets = forgets;
    j->roster_segment = j->acts.newest;
    atomic_store(&j->may_migrate, engine_has_role(j, JEMPUT_ROLE_ADMIN));
    return JEMPUT_OK;
}

enum jemput_status engine_roster_load(struct jemput *j, struct jemput_error *err)
{
    enum jemput_status st = roster_load(j, false, err);

    return st || !jemput_store_has_lock(j->store) ? st : engine_schema_follow(j, err);
}

/* All acts, and those of a segment that nobody has: what its signature would be verified with, behind all that is known here. */
static struct jemput_act *acts_tried(const struct jemput_act *acts, uint32_t count, const struct engine_trial *trial, struct jemput_arena *arena)
{
    struct jemput_act *out = jemput_arena_array(arena, (size_t)count + trial->count, sizeof *out);
    struct jemput_act act = { .author = trial->author, .number = INT64_MAX };

    if (!out)
        return NULL;
    memcpy(act.author_key, trial->author_key, sizeof act.author_key);
    memset(act.segment.bytes, 0xff, sizeof act.segment.bytes);
    for (uint32_t i = 0; i < count; i++) {
        out[i] = acts[i];
        act.stamp = acts[i].stamp >= act.stamp ? acts[i].stamp + 1 : act.stamp;
    }
    for (uint32_t i = 0; i < trial->count; i++) {
        out[count + i] = act;
        out[count + i].record = trial->records[i];
        out[count + i].place = i;
    }
    return out;
}

static void trial_result(struct engine_trial *trial, const struct jemput_hash *segment)
{
    const struct jemput_roster *r = &trial->roster;

    trial->refused = NULL;
    trial->waits = false;
    for (uint32_t i = 0; i < r->refused_count && !trial->refused; i++)
        if (jemput_hash_equal(&r->refused[i].segment, segment)) {
            trial->refused = r->refused[i].reason;
            trial->refused_at = r->refused[i].place;
        }
    for (uint32_t i = 0; i < r->waiting_count; i++)
        trial->waits |= jemput_hash_equal(&r->waiting[i].segment, segment);
}

enum jemput_status engine_roster_try(struct jemput *j, struct engine_trial *trial, struct jemput_arena *arena, struct jemput_error *err)
{
    struct ancestry logs = { .j = j, .err = err };
    const struct jemput_ancestry ancestry = { ancestry_covers, &logs };
    struct jemput_act *acts;
    enum jemput_status st = engine_acts_raised(j, &j->acts, &acts, arena, err);

    if (st)
        return st;
    acts = acts_tried(acts, j->acts.count, trial, arena);
    if (!acts)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for the roster");
    st = jemput_roster_fold(&trial->roster, &j->space, acts, j->acts.count + trial->count, &ancestry, arena, err);
    if (!st)
        st = logs.st;
    if (!st)
        trial_result(trial, &acts[j->acts.count].segment);
    return st;
}

enum jemput_status engine_roster_refresh(struct jemput *j, struct jemput_error *err)
{
    int64_t newest = 0;
    bool records = false;
    enum jemput_status st = engine_writer_follow(j, err);

    if (!st)
        st = jemput_store_segments_since(j->store, j->roster_segment, &newest, &records, err);
    if (!st && records)
        return roster_load(j, true, err);
    if (!st)
        j->roster_segment = newest;
    return st;
}

/* Are the acts in memory those of segments that are there? A number alone does not tell: another handle may have given it to another segment. */
static bool acts_stand(struct jemput *j)
{
    const struct engine_act *last = j->acts.count ? &j->acts.of[j->acts.count - 1] : NULL;
    struct jemput_segment found;
    struct jemput_error ignored;

    if (!last || !last->segment)
        return last != NULL;
    return jemput_store_segment_find(j->store, &last->act.segment, &found, &ignored) == JEMPUT_OK && found.id == last->segment;
}

void engine_undo(struct jemput *j)
{
    struct jemput_error ignored;
    int64_t newest = 0;
    bool records;

    jemput_store_rollback(j->store);
    engine_book_stale(j);
    for (uint32_t i = 0; i < j->acts.count; i++) /* a segment that made it so may have gone again */
        j->acts.of[i].seen_whole = false;
    (void)!engine_writer_follow(j, &ignored); /* if that fails, the next refresh does it */
    if (jemput_store_segments_since(j->store, 0, &newest, &records, &ignored) == JEMPUT_OK && newest >= j->roster_segment && acts_stand(j))
        return;
    j->acts.stale = true; /* the roster in memory goes on borrowing from them until it is read anew */
    if (roster_load(j, true, &ignored)) /* the call fails anyway; the next refresh, or opening, reads it anew */
        j->roster_segment = 0;
}

bool engine_act_counts(const struct jemput *j, const struct jemput_act *act)
{
    return !jemput_roster_refusal(&j->roster, &act->segment, act->place);
}

const struct jemput_member *engine_central(const struct jemput *j)
{
    for (uint32_t i = 0; i < j->roster.member_count; i++)
        if ((j->roster.members[i].roles & JEMPUT_ROLE_PUSAT) && !engine_superseded(j, &j->roster.members[i]))
            return &j->roster.members[i];
    return NULL;
}
