/* api/ingest/segment.c — a segment as it comes from a commit: read strictly, and all that it says of itself checked.
 *
 * The signature's key, the epoch and the space give the writer's id, so a segment certifies itself; who may write is the roster's question. */
#include "api/engine.h"

#include <string.h>

#include "api/ingest/ingest.h"
#include "api/ingest/segment.h"
#include "crypto/crypto.h"
#include "repo/commit.h"

bool engine_status_of_log(enum jemput_status st)
{
    return st == JEMPUT_CORRUPT || st == JEMPUT_DENIED || st == JEMPUT_LIMIT || st == JEMPUT_UPGRADE || st == JEMPUT_NOTFOUND;
}

static enum jemput_status segment_check(struct jemput *j, const struct engine_segment *s, struct jemput_error *err)
{
    const struct jemput_header *h = &s->header;
    struct jemput_writer derived;

    if (h->number == 0) {
        if (memcmp(s->hash.bytes, j->space.id, sizeof s->hash.bytes) != 0)
            return jemput_fail(err, JEMPUT_DENIED, "the genesis segment is of another space");
    } else {
        if (memcmp(h->space.id, j->space.id, sizeof h->space.id) != 0)
            return jemput_fail(err, JEMPUT_DENIED, "the segment is of another space");
        jemput_writer_derive(&derived, &j->space, s->public_key, h->epoch);
        if (jemput_writer_compare(&derived, &h->writer) != 0)
            return jemput_fail(err, JEMPUT_CORRUPT, "the signing key is not the writer's");
    }
    return JEMPUT_OK;
}

/* Only once the signature holds: whoever cannot sign cannot make anyone unfold a large payload. The predecessor is the caller's to check. */
static enum jemput_status segment_payload(struct jemput_source *source, struct engine_segment *s, struct jemput_arena *arena,
                                          struct jemput_error *err)
{
    enum jemput_status st = jemput_source_payload(source, &s->commit, s->header.payload_bytes, arena, err);

    return st ? st : jemput_chain_payload(&s->header, s->commit.payload, err);
}

/* What was signed, of a commit that was read. */
static enum jemput_status segment_verify(struct jemput *j, struct engine_segment *s, struct jemput_arena *arena, struct jemput_error *err)
{
    enum jemput_status st = jemput_header_read(&s->header, s->commit.message, arena, err);

    if (!st)
        st = jemput_sshsig_verify(s->public_key, s->commit.signature, s->commit.signed_text, err);
    if (st)
        return st;
    jemput_header_hash(&s->hash, s->commit.message);
    return segment_check(j, s, err);
}

enum jemput_status engine_segment_read(struct jemput *j, struct jemput_source *source, const struct jemput_oid *oid, bool payload,
                                       struct engine_segment *out, struct jemput_arena *arena, struct jemput_error *err)
{
    struct engine_segment s;
    enum jemput_status st;

    memset(&s, 0, sizeof s);
    st = payload ? jemput_source_commit_alone(source, oid, &s.commit, arena, err) : jemput_source_commit(source, oid, false, &s.commit, arena, err);
    if (!st)
        st = segment_verify(j, &s, arena, err);
    if (!st && payload)
        st = segment_payload(source, &s, arena, err);
    if (!st)
        *out = s;
    return st;
}

enum jemput_status engine_segment_parse(struct jemput *j, struct jemput_bytes text, struct jemput_bytes payload, struct engine_segment *out,
                                        struct jemput_arena *arena, struct jemput_error *err)
{
    struct engine_segment s = { .hash = { { 0 } } };
    struct jemput_oid tree; /* git's name of the payload; the header's stronger hash is compared */
    enum jemput_status st = jemput_commit_text_read(&s.commit, &tree, text, arena, err);

    s.commit.payload = payload;
    if (!st)
        st = segment_verify(j, &s, arena, err);
    if (!st)
        st = jemput_chain_payload(&s.header, payload, err);
    if (!st)
        *out = s;
    return st;
}

enum jemput_status engine_segment_known(struct jemput *j, const struct jemput_segment *segment, struct engine_segment *out,
                                        struct jemput_arena *arena, struct jemput_error *err)
{
    struct engine_segment s = { .hash = { { 0 } } };
    struct jemput_oid oid;
    enum jemput_status st;

    memcpy(oid.id, segment->commit, sizeof oid.id);
    st = jemput_repo_commit_known(j->repo, &oid, &s.commit, arena, err);
    if (st == JEMPUT_NOTFOUND) /* it was there when it was registered */
        st = err->status = JEMPUT_CORRUPT;
    if (st)
        return st;
    jemput_header_hash(&s.hash, s.commit.message);
    if (!jemput_hash_equal(&s.hash, &segment->hash))
        return jemput_fail(err, JEMPUT_CORRUPT, "segment %llu is not the one that was registered", (unsigned long long)segment->number);
    st = jemput_header_read(&s.header, s.commit.message, arena, err);
    if (!st)
        st = jemput_sshsig_key(s.public_key, s.commit.signature, err);
    if (!st)
        st = jemput_chain_check(&s.header, s.commit.payload, &j->space, s.public_key, &segment->previous, err);
    if (!st)
        *out = s;
    return st;
}
