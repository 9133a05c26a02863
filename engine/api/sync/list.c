/* api/sync/list.c — what the hub has: its logs, and how much of the own one. */
#include "api/checkpoint/generation.h"
#include "api/fork/carry.h"
#include "api/sync/run.h"

#include <stdlib.h>
#include <string.h>

#include "api/fork/resume.h"
#include "api/ingest/log.h"
#include "api/ingest/segment.h"
#include "api/roster/roster.h"
#include "store/keys/epoch.h"
#include "store/object/aside.h"

#define GENERATION_DIGITS 9

/* "refs/heads/log/<32 hex>/<generation>", for a further branch with "-<16 hex>" behind it */
bool engine_ref_parse(const char *name, struct jemput_writer *writer, bool *branch, uint32_t *generation)
{
    size_t prefix = sizeof LOG_REF_PREFIX - 1, digits;
    const char *rest = name + prefix + 2 * JEMPUT_WRITER_BYTES;

    if (strlen(name) >= LOG_REF_BYTES || strlen(name) < prefix + 2 * JEMPUT_WRITER_BYTES + 2 || rest[0] != '/')
        return false;
    digits = strspn(rest + 1, "0123456789");
    if (digits == 0 || digits > GENERATION_DIGITS || (rest[1] == '0' && digits > 1))
        return false; /* one name for one log */
    *generation = (uint32_t)strtoul(rest + 1, NULL, 10);
    rest += 1 + digits;
    *branch = rest[0] == '-';
    if (*branch ? strspn(rest + 1, "0123456789abcdef") != BRANCH_DIGITS || rest[1 + BRANCH_DIGITS] : rest[0])
        return false;
    return jemput_hex_decode(writer->id, sizeof writer->id, jemput_bytes_of(name + prefix, 2 * JEMPUT_WRITER_BYTES));
}

static enum jemput_status logs_grow(struct run *r, struct jemput_error *err)
{
    uint32_t cap = r->cap ? 2 * r->cap : 32;
    struct hub_log *logs = jemput_realloc(r->logs, cap * sizeof *logs);
    struct jemput_sync_log *states;

    if (logs)
        r->logs = logs;
    states = jemput_realloc(r->states, cap * sizeof *states);
    if (states)
        r->states = states;
    if (!logs || !states)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for %u logs", (unsigned)cap);
    r->world.logs = r->states;
    r->cap = cap;
    return JEMPUT_OK;
}

/* Was this device that writer, or is it? */
bool run_was(const struct run *r, const struct jemput_writer *writer)
{
    bool was = jemput_writer_compare(writer, &r->j->writer) == 0;

    for (uint32_t i = 0; !was && i < r->former_count; i++)
        was = jemput_writer_compare(writer, &r->formers[i]) == 0;
    return was;
}

static enum jemput_status log_add(struct run *r, const char *name, const struct jemput_writer *writer, uint32_t generation,
                                  const struct jemput_oid *oid, struct jemput_error *err)
{
    struct jemput_oid read;
    enum jemput_status st = JEMPUT_OK;
    uint32_t i = r->world.log_count;

    if (i == r->cap)
        st = logs_grow(r, err);
    if (st)
        return st;
    memset(&r->logs[i], 0, sizeof r->logs[i]);
    memset(&r->states[i], 0, sizeof r->states[i]);
    memcpy(r->logs[i].log.ref, name, strlen(name) + 1);
    r->logs[i].log.tip = *oid;
    r->logs[i].writer = *writer;
    r->logs[i].generation = generation;
    r->states[i].copy = run_was(r, writer);
    st = jemput_store_ref_get(r->j->store, name, read.id, err);
    if (!st && memcmp(read.id, oid->id, sizeof read.id) == 0)
        r->states[i].state = JEMPUT_LOG_READ;
    r->world.log_count++;
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

/* The own log in a generation that it has moved on from, or has not come to. What this store sealed itself is old news; all else, another copy of it
 * wrote. */
static enum jemput_status list_own_elsewhere(struct run *r, const char *name, uint32_t generation, const struct jemput_oid *oid,
                                             struct jemput_error *err)
{
    struct jemput_segment found;
    struct jemput_oid kept;
    enum jemput_status st = jemput_store_ref_get(r->j->store, name, kept.id, err);

    found.own = !st && memcmp(kept.id, oid->id, sizeof kept.id) == 0;
    if (!found.own && (!st || st == JEMPUT_NOTFOUND))
        st = jemput_store_segment_of_commit(r->j->store, oid->id, &found, err);
    if (st && st != JEMPUT_NOTFOUND)
        return st;
    if (!st && found.own) { /* that the hub has it is known then */
        st = log_add(r, name, &r->j->writer, generation, oid, err);
        if (!st)
            r->states[r->world.log_count - 1] = (struct jemput_sync_log){ .own = true, .state = JEMPUT_LOG_READ };
        return st;
    }
    if (generation > r->generation) {
        r->beyond = *oid;
        r->goes_beyond = true;
    }
    return log_add(r, name, &r->j->writer, generation, oid, err);
}

static enum jemput_status list_ref(void *ctx, const char *name, const struct jemput_oid *oid, struct jemput_error *err)
{
    struct run *r = ctx;
    struct jemput_writer writer;
    uint32_t generation;
    bool branch;

    if (!engine_ref_parse(name, &writer, &branch, &generation))
        return JEMPUT_OK; /* some other branch: none of ours */
    if (branch || jemput_writer_compare(&writer, &r->j->writer) != 0)
        return log_add(r, name, &writer, generation, oid, err);
    if (generation != r->generation)
        return list_own_elsewhere(r, name, generation, oid, err);
    r->hub_has_own = true;
    r->hub_tip = *oid;
    return JEMPUT_OK;
}

/* A damaged or hostile hub: what stands under our name is known here, as a segment of somebody else. Its number says nothing of what was sent. */
static enum jemput_status run_list_foreign(struct run *r, struct jemput_arena *arena)
{
    jemput_arena_release(arena);
    r->world.send_stopped = true;
    (void)jemput_fail(&r->send_error, JEMPUT_DENIED,
                      "the hub shows another device's log under this device's name: have the hub repaired, or use another. Nothing was overwritten");
    return JEMPUT_OK;
}

/* Is it a segment that this store has sealed itself? One that only came back from elsewhere was written by another copy of this store. */
static enum jemput_status run_list_chain(struct run *r, const struct engine_segment *s, bool *chain, struct jemput_error *err)
{
    struct jemput_segment found;
    enum jemput_status st = jemput_store_segment_find(r->j->store, &s->hash, &found, err);

    *chain = st == JEMPUT_OK && found.own;
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

/* Is it a segment of this device's log, signed by its key? Only that counts. */
static enum jemput_status tip_is_copy(struct run *r, const struct jemput_oid *tip, bool *copy, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct engine_segment s;
    enum jemput_status st = engine_segment_read(r->j, jemput_hub_source(r->hub), tip, false, &s, &arena, err);

    *copy = !st && s.header.number > 0 && jemput_writer_compare(&s.header.writer, &r->j->writer) == 0;
    jemput_arena_release(&arena);
    return st == JEMPUT_NOMEM || st == JEMPUT_IO || st == JEMPUT_BUSY || st == JEMPUT_OFFLINE ? st : JEMPUT_OK;
}

/* Another copy of this store wrote there: this one will go on as another writer before it signs anything, and merges what the other has written. One
 * that was not let in yet has to wait for that. */
static enum jemput_status copy_found(struct run *r, bool copy, struct jemput_error *err)
{
    struct jemput *j = r->j;
    enum jemput_status st;

    if (!copy || !jemput_roster_member(&j->roster, &j->writer)) {
        r->world.send_stopped = true;
        (void)jemput_fail(&r->send_error, JEMPUT_DENIED,
                          "the hub has a newer log of this device: another copy of this store was used. Nothing was overwritten");
        return JEMPUT_OK;
    }
    st = jemput_store_begin(j->store, ENGINE_LOCK_WAIT_MS, err);
    if (st)
        return st;
    st = engine_copy_note(j, err);
    if (!st)
        st = jemput_store_commit(j->store, err);
    if (st)
        jemput_store_rollback(j->store);
    r->world.sealed = false;
    return st;
}

static enum jemput_status run_list_copy(struct run *r, struct jemput_error *err)
{
    char ref[LOG_REF_BYTES];
    bool copy;
    enum jemput_status st = tip_is_copy(r, &r->hub_tip, &copy, err);

    if (!st && copy && jemput_roster_member(&r->j->roster, &r->j->writer)) {
        engine_log_ref(ref, &r->j->writer, r->generation);
        st = log_add(r, ref, &r->j->writer, r->generation, &r->hub_tip, err);
        r->hub_has_own = false;
    }
    return st ? st : copy_found(r, copy, err);
}

/* The hub shows the own log in a generation that this store has not come to. What is signed so, another copy of it signed; what is not is no more
 * than a name. */
static enum jemput_status run_list_beyond(struct run *r, struct jemput_error *err)
{
    bool copy = false;
    enum jemput_status st = r->goes_beyond ? tip_is_copy(r, &r->beyond, &copy, err) : JEMPUT_OK;

    return st || !copy ? st : copy_found(r, copy, err);
}

/* Is it an own segment whose data was cut off here? Then the hub has the log up to there. */
static bool run_list_cut(struct run *r)
{
    struct jemput_segment found;
    struct jemput_error err;

    if (jemput_store_segment_of_commit(r->j->store, r->hub_tip.id, &found, &err) || !found.own)
        return false;
    r->world.sent_number = found.number;
    return true;
}

enum jemput_status run_list_own(struct run *r, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct engine_segment s;
    struct jemput_oid genesis;
    bool chain = true;
    enum jemput_status st;

    if (!r->hub_has_own) {
        if (r->generation)
            r->world.sent_number = r->generation_first - 1;
        return r->generation ? JEMPUT_OK : run_log_genesis(r->j, &r->j->writer, &r->world.genesis_due, &genesis, err);
    }
    st = engine_segment_read(r->j, jemput_repo_source(r->j->repo), &r->hub_tip, false, &s, &arena, err);
    if (st == JEMPUT_NOTFOUND && run_list_cut(r))
        return JEMPUT_OK;
    if (!st && s.header.number > 0)
        st = run_list_chain(r, &s, &chain, err);
    if (!st && s.header.number > 0 && jemput_writer_compare(&s.header.writer, &r->j->writer) != 0)
        return run_list_foreign(r, &arena);
    if (!st && chain)
        r->world.sent_number = s.header.number;
    jemput_arena_release(&arena);
    return st == JEMPUT_NOTFOUND || (!st && !chain) ? run_list_copy(r, err) : st;
}

/* What a checkpoint covers nobody needs from here, and perhaps it is not here any more. */
static enum jemput_status run_list_covered(struct run *r, struct jemput_error *err)
{
    uint64_t covered;
    enum jemput_status st = engine_own_covered(r->j, &covered, err);

    if (st || r->world.sent_number >= covered)
        return st;
    r->world.sent_number = covered;
    r->world.genesis_due = false;
    return JEMPUT_OK;
}

/* Of which space a log says it is, without trusting it. *known = false: it cannot be read, which is no answer. */
static enum jemput_status log_space(struct run *r, const struct jemput_oid *tip, struct jemput_space *space, bool *known, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct jemput_commit commit;
    struct jemput_header header;
    enum jemput_status st = jemput_source_commit(jemput_hub_source(r->hub), tip, false, &commit, &arena, err);

    if (!st)
        st = jemput_header_read(&header, commit.message, &arena, err);
    *known = st == JEMPUT_OK;
    if (*known && header.number == 0) { /* the founder's log, of which nothing but the genesis segment is there yet */
        struct jemput_hash hash;

        jemput_header_hash(&hash, commit.message);
        memcpy(space->id, hash.bytes, sizeof space->id);
    } else if (*known) {
        *space = header.space;
    }
    jemput_arena_release(&arena);
    return st == JEMPUT_NOMEM || st == JEMPUT_OFFLINE ? st : JEMPUT_OK;
}

/* A hub that has logs, and all of another space, is the wrong one: personal data must not go there, and nothing for this device can come from
 * there. */
static enum jemput_status run_list_space(struct run *r, struct jemput_error *err)
{
    bool other = false;
    enum jemput_status st = JEMPUT_OK;

    if (r->hub_has_own)
        return JEMPUT_OK;
    for (uint32_t i = 0; !st && i < r->world.log_count; i++) {
        struct jemput_space space;
        bool known;

        if (r->states[i].state == JEMPUT_LOG_READ)
            return JEMPUT_OK;
        st = log_space(r, &r->logs[i].log.tip, &space, &known, err);
        if (!st && known && memcmp(space.id, r->j->space.id, sizeof space.id) == 0)
            return JEMPUT_OK;
        other |= known;
    }
    if (!st && !other && r->options->hub_in_room)
        st = jemput_fail(err, JEMPUT_DENIED, "the hub shows nothing of this space: nothing was sent or fetched");
    if (!st && other)
        st = jemput_fail(err, JEMPUT_DENIED,
                         "the hub holds another space: nothing was sent or fetched, what was saved here is safe; use the hub of this space");
    return st;
}

/* --- complaints --- */

struct complaints { /* refs of those that are void */
    const struct run *r;
    uint32_t count, room;
    char (*refs)[LOG_REF_BYTES];
};

/* A log that this device does not read any more (it knows a central now, whose log brings what was accepted of that one), or one of which it has
 * all that the hub has. */
static bool complaint_void(const struct run *r, const char *ref)
{
    const struct jemput_member *member;
    struct jemput_sync_log log = { 0 };
    struct jemput_writer writer;
    uint32_t generation;
    bool branch;

    if (!engine_ref_parse(ref, &writer, &branch, &generation))
        return false;
    for (uint32_t i = 0; i < r->world.log_count; i++)
        if (r->states[i].state == JEMPUT_LOG_READ && strcmp(r->logs[i].log.ref, ref) == 0)
            return true;
    member = jemput_roster_member(&r->j->roster, &writer);
    log.copy = run_was(r, &writer);
    log.authority = member && (member->roles & (JEMPUT_ROLE_ADMIN | JEMPUT_ROLE_PUSAT)) != 0;
    return !jemput_sync_follows(&r->world, &log);
}

static enum jemput_status complaint_see(void *ctx, const char *ref, const uint8_t commit[20], enum jemput_status status, const char *reason,
                                        int64_t seen_ms, struct jemput_error *err)
{
    struct complaints *c = ctx;
    bool unread = false; /* what could not be read stands in the log that was read to its end */
    struct jemput_segment segment;
    enum jemput_status st = jemput_store_unread_commit(c->r->j->store, commit, &unread, err), known;

    (void)status, (void)reason, (void)seen_ms;
    if (st || unread)
        return st;
    known = jemput_store_segment_of_commit(c->r->j->store, commit, &segment, err); /* it has come by another branch, or from another hub, since */
    if (known && known != JEMPUT_NOTFOUND)
        return known;
    if (known && !complaint_void(c->r, ref))
        return JEMPUT_OK;
    if (c->count == c->room) {
        uint32_t room = c->room ? 2 * c->room : 8;
        char (*refs)[LOG_REF_BYTES] = jemput_realloc(c->refs, room * sizeof *refs);

        if (!refs)
            return jemput_fail(err, JEMPUT_NOMEM, "no memory for %u logs", (unsigned)room);
        c->refs = refs;
        c->room = room;
    }
    memcpy(c->refs[c->count++], ref, strlen(ref) + 1);
    return JEMPUT_OK;
}

enum jemput_status run_complaints_end(struct run *r, struct jemput_error *err)
{
    struct complaints c = { .r = r };
    enum jemput_status st = jemput_store_asides_each(r->j->store, complaint_see, &c, err);

    for (uint32_t i = 0; !st && i < c.count; i++)
        st = jemput_store_aside_clear(r->j->store, c.refs[i], err);
    jemput_free(c.refs);
    return st;
}

/* Once more, as another writer than before: what was known of the hub is asked for anew. */
static void list_begin(struct run *r)
{
    for (uint32_t i = 0; i < r->world.log_count; i++) {
        engine_log_release(&r->logs[i].log);
        r->report->logs_stopped -= r->logs[i].told; /* and they are looked at anew */
    }
    r->world.log_count = 0;
    r->roster_seen = 0;
    r->brought = r->named = r->named_news = false;
    r->world.joins_found = 0;
    r->world.sent_number = 0;
    r->world.genesis_due = false;
    r->hub_has_own = r->goes_beyond = false;
    r->writer = r->j->writer;
}

enum jemput_status run_list(struct run *r, struct jemput_error *err)
{
    enum jemput_status st;

    list_begin(r);
    st = engine_roster_refresh(r->j, err);
    if (!st)
        st = engine_generation(r->j, &r->generation, &r->generation_first, err);
    if (!st)
        st = engine_carried(r->j, &r->formers, &r->former_count, &r->arena, err);
    if (!st)
        st = run_list_ask(r, list_ref, err);
    if (!st && r->prefix_count && !r->hub_has_own) { /* it is not as it was left: what else is there? */
        list_begin(r);
        r->whole = true;
        st = run_list_ask(r, list_ref, err);
    }
    if (!st)
        st = run_list_space(r, err);
    if (!st)
        st = run_list_own(r, err);
    if (!st)
        st = run_list_beyond(r, err);
    if (!st)
        st = run_list_covered(r, err);
    if (!st)
        st = run_carry(r, err);
    r->listed_number = r->world.sent_number;
    r->world.listed = st == JEMPUT_OK;
    return st;
}
