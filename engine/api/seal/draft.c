/* api/seal/draft.c — a segment of the own log in the making: its place in the chain, its context, its commit. See draft.h. */
#include "api/checkpoint/generation.h"
#include "api/facts.h"
#include "api/roster/roster.h"
#include "api/schema/schema.h"
#include "api/seal/draft.h"
#include "api/seal/seal.h"

#include <string.h>

#include "log/sealed.h"

enum jemput_status engine_sign(void *engine, struct jemput_bytes text, struct jemput_buf *armor, struct jemput_error *err)
{
    struct jemput *j = engine;

    jemput_sshsig_sign(armor, text, &j->key);
    return jemput_buf_check(armor, "signature", err);
}

/* The place in the chain: number, previous hash; and the parent commit if there is one. */
static enum jemput_status draft_chain(struct jemput *j, struct draft *d, struct jemput_oid *parent, bool *has_parent, struct jemput_error *err)
{
    struct jemput_segment last;
    struct jemput_buf commit = JEMPUT_BUF_INIT(JEMPUT_OID_BYTES);
    bool root;
    enum jemput_status st = jemput_store_own_last(j->store, &j->writer, &last, err);

    if (st && st != JEMPUT_NOTFOUND)
        return st;
    d->header.number = st ? 1 : last.number + 1;
    if (st)
        memcpy(d->header.previous.bytes, j->space.id, sizeof d->header.previous.bytes);
    else
        d->header.previous = last.hash;
    st = engine_generation_next(j, d->header.number, &d->header.generation, &root, err);
    if (st) {
        jemput_buf_release(&commit);
        return st;
    }
    st = jemput_store_fact_get(j->store, FACT_OWN_COMMIT, &commit, err);
    *has_parent = st == JEMPUT_OK && commit.len == JEMPUT_OID_BYTES && !root;
    if (*has_parent)
        memcpy(parent->id, commit.data, sizeof parent->id);
    jemput_buf_release(&commit);
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

enum jemput_status draft_fill(struct jemput *j, struct draft *d, enum jemput_class klass, uint32_t codec, struct jemput_error *err)
{
    struct jemput_header *h = &d->header;
    uint32_t common = 1;
    bool parted = false;
    int64_t joined; /* the roster of a device that has just joined does not know yet of the migrations that came with the invitation */
    enum jemput_status st = jemput_store_stamp_next(j->store, &h->stamp, err);

    if (!st)
        st = jemput_store_number_get(j->store, FACT_SCHEMA_JOINED, 1, &joined, err);
    if (!st && j->roster.schema_version > 1)
        st = engine_schema_parted(j, &parted, &common, err);
    if (st)
        return st;
    if (d->payload.len > JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX)
        return jemput_fail(err, JEMPUT_LIMIT, "a segment of %zu bytes is too large", d->payload.len);
    if (h->merged.count > JEMPUT_CONTEXT_HEADS_MAX || h->under.count > JEMPUT_CONTEXT_HEADS_MAX)
        return jemput_fail(err, JEMPUT_LIMIT, "a header cannot name %u heads", (unsigned)(h->merged.count + h->under.count));
    h->klass = klass;
    h->space = j->space;
    h->writer = j->writer;
    h->epoch = j->epoch;
    h->roster_version = j->roster.version;
    h->policy_version = 1;
    h->schema_version = parted ? common : joined > j->roster.schema_version ? (uint32_t)joined : j->roster.schema_version;
    h->codec = codec;
    h->payload_bytes = (uint32_t)d->payload.len;
    jemput_hash256(h->payload_hash.bytes, d->payload, NULL);
    return JEMPUT_OK;
}

/* Data goes out sealed: `out` is its payload then. */
static enum jemput_status draft_seal(struct jemput *j, struct draft *d, struct jemput_buf *out, struct jemput_error *err)
{
    uint8_t key[JEMPUT_SEAL_KEY_BYTES];
    enum jemput_status st;

    if (d->header.klass != JEMPUT_CLASS_DATA)
        return JEMPUT_OK;
    st = engine_epoch_current(j, &d->header.key_epoch, key, err);
    if (!st)
        st = jemput_payload_seal(out, &d->header, d->payload, key, err);
    jemput_wipe(key, sizeof key);
    d->payload = jemput_buf_bytes(out);
    return st;
}

enum jemput_status draft_commit(struct jemput *j, struct draft *d, struct stamp_list stamps, struct jemput_arena *arena, int64_t *id,
                                       struct jemput_error *err)
{
    struct jemput_buf text = JEMPUT_BUF_INIT(JEMPUT_HEADER_BYTES_MAX), sealed = JEMPUT_BUF_INIT(JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX);
    struct jemput_commit_new commit = { 0 };
    struct jemput_segment segment = { 0 };
    struct jemput_oid parent, oid, *parents;
    char ref[LOG_REF_BYTES];
    bool has_parent, forked;
    enum jemput_status st = draft_chain(j, d, &parent, &has_parent, err);

    if (!st)
        st = draft_seal(j, d, &sealed, err);
    if (st)
        goto done;
    jemput_header_write(&text, &d->header);
    st = jemput_buf_check(&text, "segment header", err);
    if (st)
        goto done;
    parents = jemput_arena_array(arena, d->parent_count + 1, sizeof *parents);
    if (!parents) {
        st = jemput_fail(err, JEMPUT_NOMEM, "no memory for a segment's parents");
        goto done;
    }
    if (has_parent)
        parents[commit.parent_count++] = parent;
    for (unsigned i = 0; i < d->parent_count; i++)
        parents[commit.parent_count++] = d->parents[i];
    commit.parents = parents;
    commit.message = jemput_buf_bytes(&text);
    commit.payload = d->payload;
    commit.time_s = jemput_stamp_ms(d->header.stamp) / 1000;
    st = jemput_repo_commit_write(j->repo, &commit, engine_sign, j, &oid, err);
    if (st)
        goto done;

    segment = (struct jemput_segment){ .writer = j->writer, .number = d->header.number, .previous = d->header.previous,
        .control = d->header.klass == JEMPUT_CLASS_CONTROL, .stamp = d->header.stamp, .txn_count = stamps.count, .stamps = stamps.stamps,
        .merged = &d->header.merged, .under = d->header.has_under ? &d->header.under : NULL, .own = true };
    jemput_header_hash(&segment.hash, commit.message);
    memcpy(segment.commit, oid.id, sizeof segment.commit);
    st = jemput_store_segment_add(j->store, &segment, &forked, err);
    if (!st)
        st = engine_schema_seen(j->store, &segment, d->header.schema_version, err);
    if (!st)
        st = jemput_store_fact_put(j->store, FACT_OWN_COMMIT, jemput_bytes_of(oid.id, sizeof oid.id), err);
    if (!st)
        st = jemput_store_number_put(j->store, FACT_ANNOUNCED, d->announced ? d->announced : segment.frontier, err);
    engine_log_ref(ref, &j->writer, d->header.generation);
    if (!st)
        st = jemput_store_ref_put(j->store, ref, oid.id, err);
    *id = segment.id;
done:
    jemput_buf_release(&text);
    jemput_buf_release(&sealed);
    return st ? jemput_wrap(err, "seal segment %llu", (unsigned long long)d->header.number) : JEMPUT_OK;
}

/* The writer whose one branch reaches what it accepted; NULL = none but this device. */
static const struct jemput_writer *through_central(const struct jemput *j)
{
    const struct jemput_member *central = engine_central(j);

    return central && jemput_writer_compare(&central->writer, &j->writer) != 0 ? &central->writer : NULL;
}

enum jemput_status draft_news(struct jemput *j, int64_t context, struct news *out, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_context more;
    enum jemput_status st = jemput_store_number_get(j->store, FACT_ANNOUNCED, JEMPUT_CONTEXT_EMPTY, &out->announced, err);

    out->behind = false;
    out->heads = (struct jemput_context){ 0 };
    if (st || context == out->announced)
        return st;
    st = jemput_store_context_heads(j->store, context, out->announced, NULL, &more, arena, err);
    out->behind = !st && more.count > 0;
    return st || out->behind ? st : jemput_store_context_heads(j->store, out->announced, context, through_central(j), &out->heads, arena, err);
}

/* The newest own segment whose frontier lies within `context`. JEMPUT_NOTFOUND. */
static enum jemput_status under_base(struct jemput *j, int64_t context, struct jemput_segment *out, struct jemput_arena *arena,
                                     struct jemput_error *err)
{
    enum jemput_status st = jemput_store_own_last(j->store, &j->writer, out, err);

    while (!st) {
        struct jemput_context more;

        st = jemput_store_context_heads(j->store, context, out->frontier, NULL, &more, arena, err);
        if (st || more.count == 0)
            return st;
        st = jemput_store_segment_find(j->store, &out->previous, out, err);
    }
    return st;
}

/* Name the context that the transactions were written under. One of too many heads is told as what an own segment had merged, and what came then. */
static enum jemput_status draft_under(struct jemput *j, struct draft *d, int64_t context, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_context *under = &d->header.under, more;
    struct jemput_segment base;
    enum jemput_status st = jemput_store_context_heads(j->store, JEMPUT_CONTEXT_EMPTY, context, through_central(j), under, arena, err);

    d->header.has_under = true;
    if (st || under->count <= JEMPUT_ANNOUNCED_HEADS_TARGET)
        return st;
    st = under_base(j, context, &base, arena, err);
    if (!st)
        st = jemput_store_context_heads(j->store, base.frontier, context, through_central(j), &more, arena, err);
    if (st)
        return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
    under->count = more.count + 1;
    under->heads = jemput_arena_array(arena, under->count, sizeof *under->heads);
    if (!under->heads)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for heads");
    under->heads[0] = (struct jemput_head){ .writer = j->writer, .number = base.number, .hash = base.hash, .through = true };
    if (more.count)
        memcpy(under->heads + 1, more.heads, more.count * sizeof *more.heads);
    jemput_context_normalise(under);
    return JEMPUT_OK;
}

enum jemput_status draft_context(struct jemput *j, struct draft *d, int64_t context, struct jemput_arena *arena, struct jemput_error *err)
{
    struct news news;
    enum jemput_status st = draft_news(j, context, &news, arena, err);

    if (!st && news.behind)
        st = draft_under(j, d, context, arena, err);
    d->announced = news.behind ? news.announced : context;
    d->header.merged = news.heads;
    return st;
}

enum jemput_status draft_accepted(struct jemput *j, struct draft *d, struct jemput_arena *arena, struct jemput_error *err)
{
    const struct jemput_context *merged = &d->header.merged;

    d->parents = jemput_arena_array(arena, merged->count, sizeof *d->parents);
    if (!d->parents)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for accepted heads");
    for (uint32_t i = 0; i < merged->count; i++) {
        struct jemput_segment head;
        enum jemput_status st = jemput_store_segment_find(j->store, &merged->heads[i].hash, &head, err);
        if (st)
            return jemput_wrap(err, "accepted head");
        memcpy(d->parents[d->parent_count++].id, head.commit, JEMPUT_OID_BYTES);
    }
    return JEMPUT_OK;
}
