/* api/bundle/out.c — a bundle's manifest is signed, and its file written: beside its place, flushed, then named. */
#include "api/bundle/making.h"
#include "api/seal/evidence.h"
#include "api/seal/seal.h"

#include <stdio.h>
#include <string.h>

#include "crypto/crypto.h"

#define MANIFEST_OBJECTS 3 /* commit, tree, digests */
#define PIECE_BYTES ((size_t)256 * 1024)
#define HEAD_BYTES_MAX ((size_t)1024 * 1024)
#define PATH_BYTES_MAX 4096
#define PARTS ".part"

/* --- the manifest --- */

struct digesting { /* blocks of what is written */
    struct making *m;
    struct jemput_hashing hashing;
    size_t in_block;
    uint64_t bytes;
    struct jemput_buf digests;
};

static void block_end(struct digesting *d)
{
    uint8_t hash[JEMPUT_HASH_BYTES];

    jemput_hashing_end(&d->hashing, hash);
    jemput_buf_append(&d->digests, hash, sizeof hash);
    jemput_hashing_begin(&d->hashing);
    d->in_block = 0;
}

static enum jemput_status digest(void *ctx, struct jemput_bytes bytes, struct jemput_error *err)
{
    struct digesting *d = ctx;

    d->bytes += bytes.len;
    while (bytes.len) {
        size_t room = JEMPUT_MANIFEST_BLOCK_BYTES - d->in_block, take = bytes.len < room ? bytes.len : room;

        jemput_hashing_add(&d->hashing, jemput_bytes_of(bytes.data, take));
        bytes.data += take;
        bytes.len -= take;
        d->in_block += take;
        if (d->in_block == JEMPUT_MANIFEST_BLOCK_BYTES)
            block_end(d);
    }
    d->m->objects_done++;
    return making_may_go_on(d->m, err);
}

static enum jemput_status manifest_fill(struct making *m, struct jemput_manifest *out, struct jemput_error *err)
{
    if (m->ends.count > JEMPUT_MANIFEST_LOGS_MAX)
        return jemput_fail(err, JEMPUT_LIMIT, "%u logs: at most %d fit into one bundle", (unsigned)m->ends.count, JEMPUT_MANIFEST_LOGS_MAX);
    *out = (struct jemput_manifest){ .space = m->j->space, .carrier = m->j->writer, .epoch = m->j->epoch,
                                     .made_ms = (uint64_t)engine_now(m->j), .has_since = m->since.number != 0, .since = m->since };
    out->chunk_count = m->chunk_count;
    out->chunk_bytes = m->out->attachment_bytes;
    out->has_for = m->has_for;
    out->made_for = m->made_for;
    out->logs = jemput_arena_array(&m->arena, m->ends.count, sizeof *out->logs);
    if (!out->logs)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a manifest");
    for (uint32_t i = 0; i < m->ends.count; i++) {
        const struct bundle_node *n = &m->nodes.of[m->ends.of[i].node];
        struct jemput_manifest_log *log = &out->logs[out->log_count++];

        *log = (struct jemput_manifest_log){ .writer = n->writer, .generation = n->generation, .first = m->nodes.of[m->ends.of[i].first].number,
                                             .last = n->number, .hash = n->hash };
        memcpy(log->commit, n->oid.id, sizeof log->commit);
    }
    jemput_manifest_sort(out);
    return JEMPUT_OK;
}

static enum jemput_status manifest_sign(struct making *m, const struct jemput_manifest *manifest, struct jemput_bytes digests, struct jemput_oid *out,
                                        struct jemput_error *err)
{
    struct jemput_buf text = JEMPUT_BUF_INIT(JEMPUT_HEADER_BYTES_MAX);
    struct jemput_commit_new commit = { .payload = digests, .time_s = (int64_t)(manifest->made_ms / 1000) };
    enum jemput_status st;

    jemput_manifest_write(&text, manifest);
    st = jemput_buf_check(&text, "manifest", err);
    commit.message = jemput_buf_bytes(&text);
    if (!st)
        st = jemput_bundle_add_made(&m->bundle, &commit, engine_sign, m->j, out, &m->arena, err);
    jemput_buf_release(&text);
    return st;
}

static enum jemput_status head_make(struct making *m, const struct jemput_oid *manifest, struct jemput_buf *head, struct jemput_error *err)
{
    struct jemput_bundle_ref *refs = jemput_arena_array(&m->arena, m->ends.count + 2, sizeof *refs);
    unsigned count = m->ends.count;

    if (!refs)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for branches");
    for (uint32_t i = 0; i < m->ends.count; i++)
        refs[i] = (struct jemput_bundle_ref){ m->ends.of[i].ref, m->nodes.of[m->ends.of[i].node].oid };
    refs[count++] = (struct jemput_bundle_ref){ JEMPUT_BUNDLE_MANIFEST_REF, *manifest };
    if (m->chunk_count)
        refs[count++] = (struct jemput_bundle_ref){ JEMPUT_BUNDLE_MEDIA_REF, m->chunk_tip };
    jemput_buf_clear(head);
    jemput_bundle_head_write(head, refs, count, m->bases, m->base_count);
    return jemput_buf_check(head, "head of a bundle", err);
}

static enum jemput_status manifest_make(struct making *m, struct jemput_buf *head, struct jemput_error *err)
{
    struct digesting d = { .m = m, .digests = JEMPUT_BUF_INIT(JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX) };
    struct jemput_manifest manifest = { .log_count = 0 };
    struct jemput_oid oid = { .id = { 0 } };
    enum jemput_status st = head_make(m, &oid, head, err); /* as long as it will be */

    jemput_hashing_begin(&d.hashing);
    if (!st)
        st = jemput_bundle_pack(&m->bundle, m->bundle.count, MANIFEST_OBJECTS, &(struct jemput_bundle_sink){ digest, &d }, err);
    if (!st && d.in_block)
        block_end(&d);
    if (!st)
        st = jemput_buf_check(&d.digests, "digests", err);
    if (!st)
        st = manifest_fill(m, &manifest, err);
    manifest.pack_at = head->len;
    manifest.pack_bytes = d.bytes;
    manifest.block_count = (uint32_t)(d.digests.len / JEMPUT_HASH_BYTES);
    jemput_hash256(manifest.blocks_hash.bytes, jemput_buf_bytes(&d.digests), NULL);
    if (!st)
        st = manifest_sign(m, &manifest, jemput_buf_bytes(&d.digests), &oid, err);
    jemput_buf_release(&d.digests);
    return st ? st : head_make(m, &oid, head, err);
}

/* --- where it goes --- */

struct placing { /* pieces, gathered to larger ones */
    struct making *m;
    const char *part; /* path that is written; NULL = a stream */
    struct jemput_buf piece;
};

static enum jemput_status piece_put(struct placing *p, struct jemput_error *err)
{
    const struct jemput_bundle_make_options *o = p->m->options;
    struct jemput_env *env = p->m->j->env;
    enum jemput_status st = jemput_buf_check(&p->piece, "bundle", err);

    if (st || !p->piece.len)
        return st;
    st = p->part ? env->append(env, p->part, jemput_buf_bytes(&p->piece), err) : o->writer.write(o->writer.ctx, p->piece.data, p->piece.len, err);
    p->m->out->bytes += p->piece.len;
    jemput_buf_clear(&p->piece);
    return st;
}

static enum jemput_status place(void *ctx, struct jemput_bytes bytes, struct jemput_error *err)
{
    struct placing *p = ctx;
    enum jemput_status st = making_may_go_on(p->m, err);

    p->m->objects_done++;
    jemput_buf_append_bytes(&p->piece, bytes);
    return st || p->piece.len < PIECE_BYTES ? st : piece_put(p, err);
}

static enum jemput_status file_write(struct making *m, struct jemput_bytes head, const char *part, struct jemput_error *err)
{
    struct placing p = { .m = m, .part = part, .piece = JEMPUT_BUF_INIT(SIZE_MAX) };
    enum jemput_status st = jemput_bundle_write(&m->bundle, head, &(struct jemput_bundle_sink){ place, &p }, err);

    if (!st)
        st = piece_put(&p, err);
    jemput_buf_release(&p.piece);
    return st;
}

/* Beside its place first, so that a stick that is pulled out, or full, leaves what was there before. */
static enum jemput_status file_place(struct making *m, struct jemput_bytes head, struct jemput_error *err)
{
    struct jemput_env *env = m->j->env;
    char part[PATH_BYTES_MAX];
    struct jemput_error ignored;
    enum jemput_status st;

    if (!m->options->path)
        return file_write(m, head, NULL, err);
    if ((size_t)snprintf(part, sizeof part, "%s%s", m->options->path, PARTS) >= sizeof part)
        return jemput_fail(err, JEMPUT_LIMIT, "a path of more than %d bytes", PATH_BYTES_MAX);
    st = env->remove(env, part, err); /* left by one that was cut */
    if (!st || st == JEMPUT_NOTFOUND)
        st = file_write(m, head, part, err);
    if (!st)
        st = env->rename(env, part, m->options->path, err);
    if (st)
        (void)env->remove(env, part, &ignored); /* if that fails, too, the next one takes it away */
    return st;
}

enum jemput_status making_write(struct making *m, struct jemput_error *err)
{
    struct jemput_buf head = JEMPUT_BUF_INIT(HEAD_BYTES_MAX);
    enum jemput_status st = manifest_make(m, &head, err);

    if (!st)
        st = file_place(m, jemput_buf_bytes(&head), err);
    jemput_buf_release(&head);
    return st;
}
