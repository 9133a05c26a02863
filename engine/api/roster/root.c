/* api/roster/root.c — a root administrator's key that is in no store: it is kept on a stick, and signs here what it is lent for.
 *
 * The key has a log of its own, like any device. Its segments are made here, on top of what this store knows of that log, kept beside the logs of
 * others, and sent as one that this store carries. They say that they had seen what this store's own log says: the store's own log is made to say
 * all that was merged first. */
#include "api/fork/carry.h"
#include "api/judge/judge.h"
#include "api/roster/device.h"
#include "api/seal/seal.h"

#include <string.h>

struct sealing {
    struct jemput *j;
    const struct jemput_keypair *key;
    struct jemput_writer writer;
    struct jemput_header header;
    struct jemput_head seen;
    struct jemput_commit_new commit;
    struct jemput_oid parent, oid;
    struct jemput_hash hash;
    struct jemput_buf text, payload;
};

static enum jemput_status root_sign(void *ctx, struct jemput_bytes text, struct jemput_buf *armor, struct jemput_error *err)
{
    jemput_sshsig_sign(armor, text, ((const struct sealing *)ctx)->key);
    return jemput_buf_check(armor, "signature", err);
}

/* The place in its log. */
static enum jemput_status sealing_chain(struct sealing *s, struct jemput_error *err)
{
    struct jemput_segment last;
    enum jemput_status st = jemput_store_segment_last(s->j->store, &s->writer, &last, err);

    s->header.number = 1;
    memcpy(s->header.previous.bytes, s->j->space.id, sizeof s->header.previous.bytes);
    if (st)
        return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
    s->header.number = last.number + 1;
    s->header.previous = last.hash;
    memcpy(s->parent.id, last.commit, sizeof s->parent.id);
    s->commit.parents = &s->parent;
    s->commit.parent_count = 1;
    return JEMPUT_OK;
}

/* All that this store's own log has seen, by its newest segment. */
static enum jemput_status sealing_seen(struct sealing *s, struct jemput_error *err)
{
    struct jemput_segment own;
    bool due;
    enum jemput_status st = engine_receipt_due(s->j, &due, err);

    if (!st && due)
        st = engine_seal_control(s->j, NULL, 0, err);
    if (!st)
        st = jemput_store_own_last(s->j->store, &s->j->writer, &own, err);
    if (st)
        return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
    s->seen = (struct jemput_head){ .writer = own.writer, .number = own.number, .hash = own.hash, .through = true };
    s->header.merged = (struct jemput_context){ 1, &s->seen };
    return JEMPUT_OK;
}

static enum jemput_status sealing_header(struct sealing *s, struct jemput_error *err)
{
    struct jemput_header *h = &s->header;
    enum jemput_status st = jemput_store_stamp_next(s->j->store, &h->stamp, err);

    h->klass = JEMPUT_CLASS_CONTROL;
    h->space = s->j->space;
    h->writer = s->writer;
    h->epoch = 1;
    h->roster_version = s->j->roster.version;
    h->policy_version = 1;
    h->schema_version = s->j->roster.schema_version;
    h->payload_bytes = (uint32_t)s->payload.len;
    jemput_hash256(h->payload_hash.bytes, jemput_buf_bytes(&s->payload), NULL);
    if (!st) {
        jemput_header_write(&s->text, h);
        st = jemput_buf_check(&s->text, "segment header", err);
    }
    return st;
}

static enum jemput_status sealing_register(struct sealing *s, const struct engine_records *records, struct jemput_error *err)
{
    struct jemput_segment segment = { .writer = s->writer, .number = s->header.number, .previous = s->header.previous, .control = true,
        .stamp = s->header.stamp, .txn_count = records->count, .merged = &s->header.merged };
    bool forked;
    enum jemput_status st;

    segment.stamps = jemput_arena_array(records->arena, records->count, sizeof *segment.stamps);
    if (!segment.stamps)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for stamps");
    for (uint32_t i = 0; i < records->count; i++)
        segment.stamps[i] = s->header.stamp;
    jemput_header_hash(&s->hash, s->commit.message);
    segment.hash = s->hash;
    memcpy(segment.commit, s->oid.id, sizeof segment.commit);
    st = jemput_store_segment_add(s->j->store, &segment, &forked, err);
    if (!st)
        st = engine_schema_seen(s->j->store, &segment, s->header.schema_version, err);
    if (!st)
        st = jemput_store_apply_control(s->j->store, segment.id, err);
    return st ? st : engine_carry_add(s->j, &s->writer, err);
}

enum jemput_status root_check(struct jemput *j, const char *segment, struct jemput_error *err)
{
    struct jemput_segment found;
    struct jemput_hash hash;
    enum jemput_status st;

    if (!segment || !segment[0])
        return JEMPUT_OK;
    if (!jemput_hex_decode(hash.bytes, sizeof hash.bytes, jemput_bytes_str(segment)))
        return jemput_fail(err, JEMPUT_MISUSE, "'%s' is not the hash of a segment", segment);
    st = jemput_store_segment_find(j->store, &hash, &found, err);
    if (st != JEMPUT_NOTFOUND)
        return st;
    return jemput_fail(err, JEMPUT_BUSY, "the root key has signed elsewhere what is not known here yet: sync that store, then this one");
}

enum jemput_status root_seal(struct jemput *j, const struct jemput_keypair *key, const struct engine_records *records, struct jemput_hash *segment,
                             struct jemput_error *err)
{
    struct sealing s = { .j = j, .key = key, .text = JEMPUT_BUF_INIT(JEMPUT_HEADER_BYTES_MAX),
        .payload = JEMPUT_BUF_INIT(JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX) };
    enum jemput_status st;

    jemput_writer_derive(&s.writer, &j->space, key->public_key, 1);
    for (uint32_t i = 0; i < records->count; i++)
        jemput_record_write(&s.payload, &records->of[i]);
    st = jemput_buf_check(&s.payload, "control records", err);
    if (!st)
        st = sealing_seen(&s, err);
    if (!st)
        st = sealing_chain(&s, err);
    if (!st)
        st = sealing_header(&s, err);
    if (!st) {
        s.commit.message = jemput_buf_bytes(&s.text);
        s.commit.payload = jemput_buf_bytes(&s.payload);
        s.commit.time_s = jemput_stamp_ms(s.header.stamp) / 1000;
        st = jemput_repo_commit_write(j->repo, &s.commit, root_sign, &s, &s.oid, err);
    }
    if (!st)
        st = sealing_register(&s, records, err);
    *segment = s.hash;
    jemput_buf_release(&s.text);
    jemput_buf_release(&s.payload);
    return st ? jemput_wrap(err, "sign with the root key") : JEMPUT_OK;
}
