/* api/media/send.c — own chunks to the hub: each in a signed commit, on a branch of this writer's that only grows, pushed in prefixes.
 *
 * Which chunk comes next is decided when it is sent, so that what is urgent or small goes first; so its commit is made then, and noted before it
 * leaves: whatever becomes of the push, the next one begins with the same bytes. How many of them go at once is decided anew each time; what is too
 * much is let go, and made again later. Once they are there the commits go, and the chunks stay until they are purged. Where the hub does not have
 * the branch as it was left (it was put back, or is another one), or another copy of this device has written there, a new branch begins, and what no
 * receipt covers is sent anew. */
#include <stdio.h>
#include <string.h>

#include "api/media/commit.h"
#include "api/media/media.h"
#include "api/seal/evidence.h"
#include "api/seal/seal.h"
#include "base/limits.h"

#define BRANCH_BYTES_MAX 128
#define COMMITS_MAX 64 /* of one push */

struct branch { /* FACT_MEDIA_BRANCH */
    struct jemput_writer writer;
    uint32_t place;       /* the last part of its name */
    uint64_t number;      /* of its newest commit; 0 = none */
    uint8_t previous[32]; /* hash of that one's message */
    struct jemput_oid tip;
};

/* --- where the branch stands --- */

/* The one that is noted: also that of a writer which this device was before, under another key or as another copy. */
static enum jemput_status branch_noted(struct jemput *j, struct branch *out, struct jemput_error *err)
{
    struct jemput_buf fact = JEMPUT_BUF_INIT(BRANCH_BYTES_MAX);
    struct jemput_reader r;
    struct branch b = { .writer = j->writer };
    enum jemput_status st = jemput_store_fact_get(j->store, FACT_MEDIA_BRANCH, &fact, err);

    if (!st && fact.len) {
        r = (struct jemput_reader){ .rest = jemput_buf_bytes(&fact) };
        jemput_read_raw(&r, b.writer.id, sizeof b.writer.id);
        b.place = (uint32_t)jemput_read_varint(&r);
        b.number = jemput_read_varint(&r);
        jemput_read_raw(&r, b.previous, sizeof b.previous);
        jemput_read_raw(&r, b.tip.id, sizeof b.tip.id);
        if (r.overrun || r.rest.len)
            st = jemput_fail(err, JEMPUT_CORRUPT, "fact '%s' is malformed", FACT_MEDIA_BRANCH);
    }
    jemput_buf_release(&fact);
    *out = b;
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

/* This writer's. */
static enum jemput_status branch_read(struct jemput *j, struct branch *out, struct jemput_error *err)
{
    enum jemput_status st = branch_noted(j, out, err);

    if (!st && jemput_writer_compare(&out->writer, &j->writer) != 0)
        *out = (struct branch){ .writer = j->writer };
    return st;
}

static enum jemput_status branch_write(struct jemput *j, const struct branch *b, struct jemput_error *err)
{
    struct jemput_buf fact = JEMPUT_BUF_INIT(BRANCH_BYTES_MAX);
    enum jemput_status st;

    jemput_buf_append(&fact, b->writer.id, sizeof b->writer.id);
    jemput_buf_varint(&fact, b->place);
    jemput_buf_varint(&fact, b->number);
    jemput_buf_append(&fact, b->previous, sizeof b->previous);
    jemput_buf_append(&fact, b->tip.id, sizeof b->tip.id);
    st = jemput_buf_check(&fact, "branch", err);
    if (!st)
        st = jemput_store_fact_put(j->store, FACT_MEDIA_BRANCH, jemput_buf_bytes(&fact), err);
    jemput_buf_release(&fact);
    return st;
}

static void branch_ref(char out[LOG_REF_BYTES], const struct branch *b)
{
    char hex[2 * JEMPUT_WRITER_BYTES + 1];

    jemput_hex_encode(hex, b->writer.id, sizeof b->writer.id);
    snprintf(out, LOG_REF_BYTES, MEDIA_REF_PREFIX "%s/%lu", hex, (unsigned long)b->place);
}

/* --- commits that wait --- */

struct pending {
    struct jemput_oid of[COMMITS_MAX];
    unsigned count;
};

static enum jemput_status pending_read(struct jemput *j, struct pending *p, struct jemput_error *err)
{
    struct jemput_buf fact = JEMPUT_BUF_INIT(COMMITS_MAX * JEMPUT_OID_BYTES);
    enum jemput_status st = jemput_store_fact_get(j->store, FACT_MEDIA_PENDING, &fact, err);

    p->count = st ? 0 : (unsigned)(fact.len / JEMPUT_OID_BYTES);
    for (unsigned i = 0; i < p->count; i++)
        memcpy(p->of[i].id, fact.data + i * JEMPUT_OID_BYTES, JEMPUT_OID_BYTES);
    jemput_buf_release(&fact);
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

static enum jemput_status pending_write(struct jemput *j, const struct pending *p, struct jemput_error *err)
{
    const void *oids = p->count ? (const void *)p->of : "";

    return jemput_store_fact_put(j->store, FACT_MEDIA_PENDING, jemput_bytes_of(oids, p->count * sizeof p->of[0]), err);
}

/* How many of them, from the first, go at once: as many as have bytes_max together, one at least. What this device has signed as the writer that it
 * was before (under another key, or as another copy) is on no branch of this one's: none. Nor does what comes after one that is gone. */
static enum jemput_status pending_fit(struct jemput *j, const struct pending *p, uint32_t bytes_max, unsigned *out, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    uint64_t bytes = 0;
    enum jemput_status st = JEMPUT_OK;

    *out = 0;
    while (!st && *out < p->count && bytes <= bytes_max) {
        struct jemput_media_header header;
        struct jemput_commit commit;

        jemput_arena_clear(&arena);
        st = jemput_source_signed(jemput_repo_source(j->repo), &p->of[*out], &commit, &arena, err);
        if (st == JEMPUT_NOTFOUND) {
            st = JEMPUT_OK;
            break;
        }
        if (!st)
            st = jemput_media_header_read(&header, commit.message, err);
        if (!st && memcmp(header.writer, j->writer.id, sizeof header.writer) != 0)
            break;
        bytes += st ? 0 : header.chunk_bytes;
        *out += !st && (*out == 0 || bytes <= bytes_max);
    }
    jemput_arena_release(&arena);
    return st;
}

/* The first `keep` of them go on waiting; of the others the commits go, and their chunks are sent in other ones. The branch is where it was. */
static enum jemput_status pending_keep(struct jemput *j, struct pending *p, unsigned keep, struct jemput_error *err)
{
    struct pending kept = *p;
    enum jemput_status st;

    if (keep == p->count)
        return JEMPUT_OK;
    st = jemput_store_begin(j->store, ENGINE_LOCK_WAIT_MS, err);
    if (st)
        return st;
    kept.count = keep;
    for (unsigned i = keep; !st && i < p->count; i++)
        st = jemput_repo_shell_drop(j->repo, j->store, &p->of[i], err);
    if (!st)
        st = pending_write(j, &kept, err);
    if (!st)
        st = jemput_store_commit(j->store, err);
    if (st)
        jemput_store_rollback(j->store);
    else
        *p = kept;
    return st;
}

struct making {
    struct jemput *j;
    struct branch at; /* grows */
    struct jemput_chunk chunks[COMMITS_MAX];
    unsigned chunk_count;
    struct pending made;
};

static enum jemput_status chunk_take(void *ctx, const struct jemput_chunk *chunk, struct jemput_error *err)
{
    struct making *m = ctx;

    (void)err;
    for (unsigned i = 0; i < m->chunk_count; i++)
        if (memcmp(m->chunks[i].oid, chunk->oid, sizeof chunk->oid) == 0) /* two attachments have it */
            return JEMPUT_OK;
    if (m->chunk_count < COMMITS_MAX)
        m->chunks[m->chunk_count++] = *chunk;
    return JEMPUT_OK;
}

static enum jemput_status commit_make(struct making *m, const struct jemput_chunk *chunk, struct jemput_error *err)
{
    struct jemput *j = m->j;
    struct jemput_buf text = JEMPUT_BUF_INIT(JEMPUT_HEADER_BYTES_MAX);
    struct jemput_arena arena = { 0 };
    struct jemput_media_header header = { .epoch = j->epoch, .number = m->at.number + 1 };
    struct jemput_commit_new commit = { .parents = &m->at.tip, .parent_count = m->at.number > 0, .time_s = engine_now(j) / 1000 };
    struct jemput_oid oid, blob;
    enum jemput_status st;

    memcpy(blob.id, chunk->oid, sizeof blob.id);
    memcpy(header.space, j->space.id, sizeof header.space);
    memcpy(header.writer, j->writer.id, sizeof header.writer);
    memcpy(header.previous, m->at.previous, sizeof header.previous);
    st = jemput_source_blob(jemput_repo_source(j->repo), &blob, JEMPUT_MEDIA_SEALED_BYTES_MAX, &commit.payload, &arena, err);
    if (!st) {
        header.chunk_bytes = (uint32_t)commit.payload.len;
        jemput_hash256(header.name, commit.payload, NULL);
        jemput_media_header_write(&text, &header);
        commit.message = jemput_buf_bytes(&text);
        st = jemput_buf_check(&text, "media header", err);
    }
    if (!st)
        st = jemput_repo_commit_write(j->repo, &commit, engine_sign, j, &oid, err);
    if (!st) {
        m->made.of[m->made.count++] = m->at.tip = oid;
        m->at.number++;
        jemput_hash256(m->at.previous, commit.message, NULL);
    }
    jemput_buf_release(&text);
    jemput_arena_release(&arena);
    return st;
}

/* The next prefix, as commits of the store. */
static enum jemput_status prefix_make(struct jemput *j, uint32_t bytes_max, struct pending *out, struct jemput_error *err)
{
    struct making m = { .j = j };
    enum jemput_status st = jemput_store_begin(j->store, ENGINE_LOCK_WAIT_MS, err);

    if (st)
        return st;
    st = branch_read(j, &m.at, err);
    if (!st)
        st = jemput_store_chunks_next(j->store, engine_has_role(j, JEMPUT_ROLE_PUSAT), bytes_max, chunk_take, &m, err);
    for (unsigned i = 0; !st && i < m.chunk_count; i++)
        st = commit_make(&m, &m.chunks[i], err);
    if (!st)
        st = pending_write(j, &m.made, err);
    if (!st)
        st = jemput_store_commit(j->store, err);
    if (st)
        jemput_store_rollback(j->store);
    *out = m.made;
    return st;
}

/* --- what came of it --- */

static enum jemput_status commit_done(struct jemput *j, const struct jemput_oid *oid, struct branch *b, bool there, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct jemput_commit commit;
    enum jemput_status st = jemput_source_commit(jemput_repo_source(j->repo), oid, false, &commit, &arena, err);

    if (!st && there) {
        b->number++;
        b->tip = *oid;
        jemput_hash256(b->previous, commit.message, NULL);
        st = jemput_store_chunk_sent(j->store, commit.payload_oid.id, err);
    }
    if (!st)
        st = jemput_repo_shell_drop(j->repo, j->store, oid, err);
    jemput_arena_release(&arena);
    return st == JEMPUT_NOTFOUND && !there ? JEMPUT_OK : st;
}

/* All that waited is there; or, there = false, it will never be, and another branch begins. */
static enum jemput_status pending_end(struct jemput *j, const struct pending *p, bool there, struct jemput_error *err)
{
    const struct pending none = { .count = 0 };
    struct branch b;
    enum jemput_status st = jemput_store_begin(j->store, ENGINE_LOCK_WAIT_MS, err);

    if (st)
        return st;
    st = branch_read(j, &b, err);
    for (unsigned i = 0; !st && i < p->count; i++)
        st = commit_done(j, &p->of[i], &b, there, err);
    if (!there) {
        b = (struct branch){ .writer = b.writer, .place = b.place + 1 };
        if (!st)
            st = jemput_store_chunks_unsent(j->store, err);
    }
    if (!st)
        st = branch_write(j, &b, err);
    if (!st)
        st = pending_write(j, &none, err);
    if (!st)
        st = jemput_store_commit(j->store, err);
    if (st)
        jemput_store_rollback(j->store);
    return st;
}

/* Where the branch is at the hub. JEMPUT_NOTFOUND is no error: *tip is zeros then. */
static enum jemput_status hub_tip(struct media_run *m, const struct branch *b, struct jemput_oid *tip, struct jemput_error *err)
{
    char ref[LOG_REF_BYTES];
    enum jemput_status st;

    memset(tip, 0, sizeof *tip);
    branch_ref(ref, b);
    st = jemput_hub_ref(m->r->hub, ref, tip, err);
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

static bool same_oid(const struct jemput_oid *a, const struct jemput_oid *b)
{
    return memcmp(a->id, b->id, sizeof a->id) == 0;
}

enum jemput_status media_send_look(struct media_run *m, struct jemput_error *err)
{
    static const struct jemput_oid nowhere;
    struct jemput *j = m->r->j;
    struct jemput_oid tip;
    struct pending p;
    struct branch b;
    enum jemput_status st = branch_noted(j, &b, err);

    m->hub_asked = true;
    if (!st)
        st = pending_read(j, &p, err);
    if (st || (b.number == 0 && p.count == 0))
        return st;
    st = hub_tip(m, &b, &tip, err);
    if (!st && b.number && same_oid(&tip, &nowhere))
        return pending_end(j, &p, false, err);
    if (!st && p.count && jemput_writer_compare(&b.writer, &j->writer) == 0 && same_oid(&tip, &p.of[p.count - 1]))
        st = pending_end(j, &p, true, err); /* all that was lost was the answer */
    return st == JEMPUT_NOTFOUND ? pending_end(j, &p, false, err) : st; /* which chunks a commit brought that is gone here nobody knows any more */
}

/* Nothing was moved. Is the branch where it was left, so that somebody holds the hub? Else another one is as good. */
static enum jemput_status send_held(struct media_run *m, const struct pending *p, const struct branch *b, struct jemput_error *err)
{
    struct jemput_oid tip;
    enum jemput_status st = hub_tip(m, b, &tip, err);

    if (st)
        return st;
    m->world.send_failed_soft = true;
    return same_oid(&tip, &b->tip) ? JEMPUT_OK : pending_end(m->r->j, p, false, err); /* of a branch without commits the tip is zeros */
}

/* What goes out next: as much of what waits as the link may carry at once, or, if nothing waits, what is made now. */
static enum jemput_status send_choose(struct media_run *m, struct pending *p, struct jemput_error *err)
{
    uint32_t bytes_max = jemput_sync_prefix(&m->r->sync);
    unsigned fit = 0;
    enum jemput_status st = pending_read(m->r->j, p, err);

    if (!st && p->count)
        st = pending_fit(m->r->j, p, bytes_max, &fit, err);
    if (!st)
        st = pending_keep(m->r->j, p, fit, err);
    return st || p->count ? st : prefix_make(m->r->j, bytes_max, p, err);
}

static enum jemput_status send_result(struct media_run *m, struct pending *p, const struct branch *b, enum jemput_status st, struct jemput_error *err)
{
    m->world.send_failed_soft = false;
    if (st == JEMPUT_BUSY && !jemput_hub_traffic(m->r->hub).overloaded)
        return send_held(m, p, b, err);
    if (st != JEMPUT_LIMIT || p->count == 1)
        return st;
    (void)jemput_sync_too_large(&m->r->sync);
    return pending_keep(m->r->j, p, p->count / 2, err);
}

enum jemput_status media_send(struct media_run *m, struct jemput_error *err)
{
    struct jemput *j = m->r->j;
    struct pending p;
    struct branch b;
    char ref[LOG_REF_BYTES];
    uint64_t bytes = 0, start_ms;
    enum jemput_status st = send_choose(m, &p, err);

    if (!st)
        st = branch_read(j, &b, err);
    if (st || p.count == 0)
        return st;
    branch_ref(ref, &b);
    start_ms = j->env->monotonic_ms(j->env);
    st = jemput_hub_push(m->r->hub, j->repo, ref, b.number ? &b.tip : NULL, p.of, p.count, &bytes, err);
    if (st)
        return send_result(m, &p, &b, st, err);
    m->world.send_failed_soft = false;
    jemput_sync_sent(&m->r->sync, bytes, j->env->monotonic_ms(j->env) - start_ms);
    m->r->report->attachment_bytes_sent += bytes;
    m->r->report->attachment_chunks_sent += p.count;
    return pending_end(j, &p, true, err);
}
