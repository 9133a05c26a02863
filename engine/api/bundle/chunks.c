/* api/bundle/chunks.c — attachments in a bundle: chunks that whoever takes it may lack, behind all segments, so that whatever becomes of the file's
 * end no text is lost for them.
 *
 * Each is the payload of a signed commit as on a branch of attachments (media/header.h), in a chain of this bundle's own: stock git keeps and checks
 * it. Who takes the bundle needs none of that: rows name what they want. */
#include <string.h>

#include "api/bundle/making.h"
#include "api/media/media.h"
#include "api/seal/evidence.h"
#include "api/seal/seal.h"
#include "crypto/crypto.h"
#include "media/header.h"

struct adding {
    struct making *m;
    struct jemput_media_header header; /* of the next one */
    struct jemput_oid tip;
    uint8_t id[JEMPUT_MEDIA_ID_BYTES]; /* of the attachment under way, */
    bool begun, passed;                /* which is left out for want of room */
    uint64_t room, taken;              /* bytes; taken: by attachments that are in it */
};

static enum jemput_status chunk_sign(struct adding *a, const struct jemput_oid *payload, struct jemput_error *err)
{
    struct making *m = a->m;
    struct jemput_buf text = JEMPUT_BUF_INIT(JEMPUT_HEADER_BYTES_MAX);
    struct jemput_oid before = a->tip;
    struct jemput_commit_new commit = { .parents = &before, .parent_count = a->header.number > 1, .time_s = engine_now(m->j) / 1000 };
    enum jemput_status st;

    jemput_media_header_write(&text, &a->header);
    st = jemput_buf_check(&text, "chunk", err);
    commit.message = jemput_buf_bytes(&text);
    if (!st)
        st = jemput_bundle_add_signed(&m->bundle, &commit, payload, engine_sign, m->j, &a->tip, &m->arena, err);
    if (!st) {
        jemput_hash256(a->header.previous, commit.message, NULL);
        a->header.number++;
        m->chunk_count++;
        m->out->attachment_chunks++;
        m->out->attachment_bytes += a->header.chunk_bytes;
    }
    jemput_buf_release(&text);
    return st;
}

/* One that the disk has lost never keeps the others, nor the text, back. */
static enum jemput_status chunk_put(struct adding *a, const struct jemput_chunk *chunk, struct jemput_error *err)
{
    struct making *m = a->m;
    struct jemput_oid oid;
    struct jemput_bytes sealed;
    enum jemput_status st;

    memcpy(oid.id, chunk->oid, sizeof oid.id);
    if (jemput_bundle_has_object(&m->bundle, &oid)) /* of a twin */
        return JEMPUT_OK;
    jemput_arena_clear(&m->scratch);
    st = jemput_source_blob(jemput_repo_source(m->repo), &oid, JEMPUT_MEDIA_SEALED_BYTES_MAX, &sealed, &m->scratch, err);
    if (st == JEMPUT_CORRUPT || st == JEMPUT_NOTFOUND || st == JEMPUT_LIMIT)
        return JEMPUT_OK;
    if (st)
        return st;
    a->header.chunk_bytes = (uint32_t)sealed.len;
    jemput_hash256(a->header.name, sealed, NULL);
    st = chunk_sign(a, &oid, err);
    return st ? st : making_may_go_on(m, err);
}

static enum jemput_status chunk_see(void *ctx, struct jemput_bytes id, uint64_t size_bytes, const struct jemput_chunk *chunk,
                                    struct jemput_error *err)
{
    struct adding *a = ctx;

    if (!a->begun || memcmp(a->id, id.data, sizeof a->id) != 0) {
        a->begun = true;
        memcpy(a->id, id.data, sizeof a->id);
        a->passed = a->taken && size_bytes > a->room - (a->taken < a->room ? a->taken : a->room);
        a->taken += a->passed ? 0 : size_bytes;
        a->m->out->attachments += !a->passed;
        a->m->out->attachments_left += a->passed;
    }
    return a->passed ? JEMPUT_OK : chunk_put(a, chunk, err);
}

enum jemput_status making_chunks(struct making *m, struct jemput_error *err)
{
    const struct jemput_bundle_make_options *o = m->options;
    bool all = o->full || o->made_for || engine_has_role(m->j, JEMPUT_ROLE_PUSAT);
    struct adding a = { .m = m, .header = { .epoch = m->j->epoch, .number = 1 },
                        .room = o->attachment_bytes_max ? o->attachment_bytes_max : UINT64_MAX };
    enum jemput_status st;

    if (!o->attachments || !jemput_store_media_table(m->j->store))
        return JEMPUT_OK;
    memcpy(a.header.space, m->j->space.id, sizeof a.header.space);
    memcpy(a.header.writer, m->j->writer.id, sizeof a.header.writer);
    st = engine_media_follow(m->j, err);
    if (!st)
        st = jemput_store_chunks_each(m->j->store, all, chunk_see, &a, err);
    m->chunk_tip = a.tip;
    return st;
}
