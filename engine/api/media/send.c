/* api/media/send.c — own chunks to the hub: each in a signed commit, on a branch of this writer's that only grows, pushed in prefixes.
 *
 * Which chunk comes next is decided when it is sent, so that what is urgent or small goes first; so its commit is made then, and noted before it
 * leaves: whatever becomes of the push, the next one begins with the same bytes. Once they are there the commits go, and the chunks stay until they
 * are purged. Where the hub does not have the branch as it was left (it was put back, or is another one), or another copy of this device has written
 * there, a new branch begins, and what no receipt covers is sent anew. */
#include <stdio.h>
#include <string.h>

#include "api/media/commit.h"
#include "api/media/media.h"
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

static enum jemput_status branch_read(struct jemput *j, struct branch *out, struct jemput_error *err)
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
        if (jemput_writer_compare(&b.writer, &j->writer) != 0) /* this device has gone on as another writer */
            b = (struct branch){ .writer = j->writer };
    }
    jemput_buf_release(&fact);
    *out = b;
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
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

enum jemput_status media_send_look(struct media_run *m, struct jemput_error *err)
{
    struct jemput *j = m->r->j;
    struct jemput_oid tip;
    struct pending p;
    struct branch b;
    char ref[LOG_REF_BYTES];
    enum jemput_status st = branch_read(j, &b, err);

    m->hub_asked = true;
    if (!st)
        st = pending_read(j, &p, err);
    if (st || b.number == 0)
        return st;
    branch_ref(ref, &b);
    st = jemput_hub_ref(m->r->hub, ref, &tip, err);
    return st == JEMPUT_NOTFOUND ? pending_end(j, &p, false, err) : st;
}

/* Nothing was moved. Is the branch where it was left, so that somebody holds the hub, or the hub has too much to do? Else another one is as good. */
static enum jemput_status send_held(struct media_run *m, const struct pending *p, const struct branch *b, const char *ref, struct jemput_error *err)
{
    struct jemput_oid tip = { { 0 } };
    enum jemput_status st = jemput_hub_ref(m->r->hub, ref, &tip, err);
    bool as_left = (st == JEMPUT_NOTFOUND && b->number == 0) || (!st && b->number && memcmp(tip.id, b->tip.id, sizeof tip.id) == 0);

    if (st && st != JEMPUT_NOTFOUND)
        return st;
    m->world.send_failed_soft = true;
    return as_left ? JEMPUT_OK : pending_end(m->r->j, p, false, err);
}

enum jemput_status media_send(struct media_run *m, uint32_t bytes_max, struct jemput_error *err)
{
    struct jemput *j = m->r->j;
    struct pending p;
    struct branch b;
    char ref[LOG_REF_BYTES];
    uint64_t bytes = 0;
    enum jemput_status st = pending_read(j, &p, err);

    if (!st && p.count == 0)
        st = prefix_make(j, bytes_max, &p, err);
    if (!st)
        st = branch_read(j, &b, err);
    if (st || p.count == 0)
        return st;
    branch_ref(ref, &b);
    st = jemput_hub_push(m->r->hub, j->repo, ref, b.number ? &b.tip : NULL, p.of, p.count, &bytes, err);
    m->world.send_failed_soft = false;
    if (st == JEMPUT_BUSY)
        return send_held(m, &p, &b, ref, err);
    if (st)
        return st;
    m->r->report->attachment_bytes_sent += bytes;
    m->r->report->attachment_chunks_sent += p.count;
    return pending_end(j, &p, true, err);
}
