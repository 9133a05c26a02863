/* api/hub/push.c — what is pushed to a hub, looked at before the hub takes it: see jemput_hub_push_check() in jemput/hub.h.
 *
 * What the hub keeps already was looked at when it came. So each chain is walked from its new end back to what is kept, or to its root; heads that
 * central has accepted are walked likewise. */
#include <jemput/hub.h>

#include <string.h>

#include "api/engine.h"
#include "api/ingest/segment.h"
#include "api/media/commit.h"
#include "env/env.h"

#define CHAINS_MAX 65536u
#define SEGMENTS_MAX 65536u

struct push {
    struct jemput j; /* what engine_segment_read() asks of: the space */
    struct jemput_hub *hub;
    struct jemput_source *source;
    struct jemput_hub_pushed *out;
    struct jemput_oid *todo; /* ends of chains that are to be walked */
    uint32_t todo_count, todo_room;
    struct jemput_oid *walked; /* new commits that were looked at: a table, by the id's first bytes */
    bool *taken;
    uint32_t walked_count, places;
    bool cut;             /* logs may begin behind a checkpoint */
    bool genesis;         /* it is among them */
    const char *branch;   /* hex of a segment's hash that the branch is called by; NULL = it is not */
    bool branch_found;
};

/* --- what was looked at --- */

static uint32_t place_of(const struct push *p, const struct jemput_oid *oid)
{
    uint32_t at;

    memcpy(&at, oid->id, sizeof at);
    at &= p->places - 1;
    while (p->taken[at] && memcmp(p->walked[at].id, oid->id, sizeof oid->id) != 0)
        at = (at + 1) & (p->places - 1);
    return at;
}

/* *fresh = it was not looked at before. */
static enum jemput_status walked_note(struct push *p, const struct jemput_oid *oid, bool *fresh, struct jemput_error *err)
{
    uint32_t at = place_of(p, oid);

    *fresh = !p->taken[at];
    if (!*fresh)
        return JEMPUT_OK;
    if (p->walked_count == SEGMENTS_MAX)
        return jemput_fail(err, JEMPUT_LIMIT, "more than %u segments at once: push fewer at a time", SEGMENTS_MAX);
    p->taken[at] = true;
    p->walked[at] = *oid;
    p->walked_count++;
    return JEMPUT_OK;
}

static enum jemput_status todo_add(struct push *p, const struct jemput_oid *oid, struct jemput_error *err)
{
    if (p->todo_count == p->todo_room) {
        uint32_t room = p->todo_room ? 2 * p->todo_room : 64;
        struct jemput_oid *grown = room <= CHAINS_MAX ? jemput_realloc(p->todo, room * sizeof *grown) : NULL;

        if (!grown)
            return jemput_fail(err, room > CHAINS_MAX ? JEMPUT_LIMIT : JEMPUT_NOMEM, "no room for more logs");
        p->todo = grown;
        p->todo_room = room;
    }
    p->todo[p->todo_count++] = *oid;
    return JEMPUT_OK;
}

/* --- one segment --- */

static bool changes_roster(enum jemput_record_kind kind)
{
    switch (kind) {
    case JEMPUT_RECORD_GENESIS:
    case JEMPUT_RECORD_INVITE:
    case JEMPUT_RECORD_ENROL:
    case JEMPUT_RECORD_CHANGE:
    case JEMPUT_RECORD_REVOKE:
    case JEMPUT_RECORD_ROTATE:
    case JEMPUT_RECORD_SUCCEED:
    case JEMPUT_RECORD_RESUME:
    case JEMPUT_RECORD_APPROVE:
    case JEMPUT_RECORD_UNKNOWN:
        return true;
    default:
        return false;
    }
}

static enum jemput_status records_look(struct push *p, const struct engine_segment *s, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_record *records;
    uint32_t count = 0;
    enum jemput_status st = jemput_records_read(&records, &count, s->commit.payload, arena, err);

    p->out->control_bytes += s->commit.payload.len;
    if (st == JEMPUT_UPGRADE) {
        p->out->roster = 1;
        return JEMPUT_OK;
    }
    for (uint32_t i = 0; !st && i < count; i++)
        if (changes_roster(records[i].kind))
            p->out->roster = 1;
    return st;
}

/* Hash, number and writer of a commit's header, whether its payload is there or not. */
static enum jemput_status header_look(struct push *p, const struct jemput_oid *oid, struct jemput_header *header, struct jemput_hash *hash,
                                      struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_commit commit;
    enum jemput_status st = jemput_source_signed(p->source, oid, &commit, arena, err);

    if (!st)
        st = jemput_header_read(header, commit.message, arena, err);
    if (!st)
        jemput_header_hash(hash, commit.message);
    return st;
}

/* Is the first parent the log's own, as the header has it? A generation may begin without one. */
static enum jemput_status parent_check(struct push *p, const struct engine_segment *s, bool *goes_on, struct jemput_arena *arena,
                                       struct jemput_error *err)
{
    const struct jemput_header *h = &s->header;
    struct jemput_header before;
    struct jemput_hash hash;
    bool elsewhere = false; /* before the cut that this hub begins behind */
    enum jemput_status st = JEMPUT_OK;

    *goes_on = false;
    if (s->commit.parent_count) {
        st = header_look(p, &s->commit.parents[0], &before, &hash, arena, err);
        elsewhere = p->cut && st == JEMPUT_NOTFOUND;
        *goes_on = !st && h->number && jemput_hash_equal(&hash, &h->previous) && before.number + 1 == h->number &&
                   (before.number == 0 || jemput_writer_compare(&before.writer, &h->writer) == 0);
    }
    st = elsewhere ? JEMPUT_OK : st;
    if (!st && !*goes_on && !elsewhere && h->number > 1 && h->generation == 0)
        return jemput_fail(err, JEMPUT_CORRUPT, "segment %llu does not follow the one before it", (unsigned long long)h->number);
    if (!st && h->number == 1 && memcmp(h->previous.bytes, p->j.space.id, sizeof h->previous.bytes) != 0)
        return jemput_fail(err, JEMPUT_CORRUPT, "its first segment does not begin at the space");
    return st;
}

static void branch_look(struct push *p, const struct engine_segment *s)
{
    char hex[2 * JEMPUT_HASH_BYTES + 1];

    jemput_hex_encode(hex, s->hash.bytes, sizeof s->hash.bytes);
    p->branch_found |= p->branch && strncmp(hex, p->branch, BRANCH_DIGITS) == 0;
}

static enum jemput_status accepted_add(struct push *p, const struct jemput_oid *oid, struct jemput_error *err)
{
    bool has = true;
    enum jemput_status st = p->cut ? jemput_source_has(p->source, oid, &has, err) : JEMPUT_OK;

    return st || !has ? st : todo_add(p, oid, err);
}

/* A new segment. *next: the log's commit before it, if it goes on. */
static enum jemput_status segment_look(struct push *p, const struct jemput_oid *oid, struct jemput_oid *next, bool *goes_on, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct engine_segment s;
    enum jemput_status st = engine_segment_read(&p->j, p->source, oid, true, &s, &arena, err);

    *goes_on = false;
    if (!st && s.header.klass == JEMPUT_CLASS_DATA && s.header.key_epoch == 0)
        st = jemput_fail(err, JEMPUT_DENIED, "segment %llu holds data that is not sealed", (unsigned long long)s.header.number);
    if (!st && s.header.klass == JEMPUT_CLASS_CONTROL)
        st = records_look(p, &s, &arena, err);
    if (!st)
        st = parent_check(p, &s, goes_on, &arena, err);
    if (!st) {
        p->out->segments++;
        p->genesis |= s.header.number == 0;
        branch_look(p, &s);
    }
    for (unsigned i = *goes_on ? 1 : 0; !st && i < s.commit.parent_count; i++)
        st = accepted_add(p, &s.commit.parents[i], err);
    if (!st && *goes_on)
        *next = s.commit.parents[0];
    jemput_arena_release(&arena);
    return st;
}

static enum jemput_status chain_walk(struct push *p, struct jemput_oid oid, struct jemput_error *err)
{
    bool on = true, kept, fresh;
    enum jemput_status st = JEMPUT_OK;

    while (!st && on) {
        struct jemput_oid at = oid;

        st = jemput_hub_keeps(p->hub, &at, &kept, err);
        if (st || kept)
            return st;
        st = walked_note(p, &at, &fresh, err);
        if (st || !fresh)
            return st;
        st = segment_look(p, &at, &oid, &on, err);
    }
    return st;
}

/* --- the branch --- */

/* Whose it is, and is it called after that? Also which space it is of. */
static enum jemput_status tip_look(struct push *p, const struct jemput_hub_push *push, const struct jemput_oid *tip, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct engine_segment s;
    struct jemput_header header;
    struct jemput_hash hash;
    struct jemput_writer writer;
    uint32_t generation;
    bool branch;
    enum jemput_status st;

    if (!engine_ref_parse(push->ref, &writer, &branch, &generation) || strncmp(push->ref, LOG_REF_PREFIX, sizeof LOG_REF_PREFIX - 1) != 0)
        return jemput_fail(err, JEMPUT_DENIED, "only branches of logs and attachments belong here: log/<writer>/<generation>, media/<writer>/<n>");
    p->branch = branch ? strrchr(push->ref, '-') + 1 : NULL;
    st = header_look(p, tip, &header, &hash, &arena, err);
    if (!st)
        p->j.space = header.space;
    if (!st && push->space && (!jemput_hex_decode(p->j.space.id, sizeof p->j.space.id, jemput_bytes_str(push->space)) ||
                               memcmp(p->j.space.id, header.space.id, sizeof p->j.space.id) != 0))
        st = jemput_fail(err, JEMPUT_DENIED, "this hub is another space's");
    if (!st)
        st = engine_segment_read(&p->j, p->source, tip, false, &s, &arena, err);
    if (!st && (jemput_writer_compare(&writer, &s.header.writer) != 0 || generation != s.header.generation))
        st = jemput_fail(err, JEMPUT_DENIED, "the branch is called after another log than the one that it holds");
    if (!st) {
        branch_look(p, &s);
        memcpy(p->out->public_key, s.public_key, sizeof p->out->public_key);
        p->out->last = s.header.number;
        jemput_hex_encode(p->out->space, p->j.space.id, sizeof p->j.space.id);
    }
    jemput_arena_release(&arena);
    return st;
}

static enum jemput_status push_walk(struct push *p, const struct jemput_hub_push *push, struct jemput_error *err)
{
    struct jemput_oid tip;
    enum jemput_status st = jemput_hex_decode(tip.id, sizeof tip.id, jemput_bytes_str(push->tip))
                                ? JEMPUT_OK
                                : jemput_fail(err, JEMPUT_MISUSE, "no commit's name");

    if (!st)
        st = tip_look(p, push, &tip, err);
    if (!st)
        st = todo_add(p, &tip, err);
    while (!st && p->todo_count)
        st = chain_walk(p, p->todo[--p->todo_count], err);
    if (!st && p->branch && !p->out->segments && !p->branch_found) /* in parts, that segment comes last */
        st = jemput_fail(err, JEMPUT_DENIED, "a further branch that brings nothing new, and is not called after what it holds");
    if (!st && !push->space && !p->genesis)
        st = jemput_fail(err, JEMPUT_DENIED, "this hub does not know the space yet: the office (or whoever founded it) has to sync first");
    return st;
}

enum jemput_status jemput_hub_push_check(const struct jemput_hub_push *push, struct jemput_env *env, struct jemput_hub_pushed *out,
                                         struct jemput_error *err)
{
    struct jemput_hub_pushed pushed = { .segments = 0 };
    struct push p = { .j = { .env = env ? env : jemput_env_posix() }, .out = &pushed, .cut = push->cut, .places = 2 * SEGMENTS_MAX };
    enum jemput_status st = jemput_crypto_init(err);

    if (!st)
        st = jemput_hub_open_incoming(&p.hub, p.j.env, push->path, push->incoming, err);
    p.walked = st ? NULL : jemput_alloc_zero(p.places, sizeof *p.walked);
    p.taken = p.walked ? jemput_alloc_zero(p.places, sizeof *p.taken) : NULL;
    if (!st && !p.taken)
        st = jemput_fail(err, JEMPUT_NOMEM, "no memory for %u segments", SEGMENTS_MAX);
    if (!st) {
        p.source = jemput_hub_source(p.hub);
        st = strncmp(push->ref, MEDIA_REF_PREFIX, sizeof MEDIA_REF_PREFIX - 1) == 0 ? engine_media_push_check(p.hub, push, &pushed, err)
                                                                                    : push_walk(&p, push, err);
    }
    jemput_hub_close(p.hub);
    jemput_free(p.todo);
    jemput_free(p.walked);
    jemput_free(p.taken);
    if (!st)
        *out = pushed;
    return st;
}
