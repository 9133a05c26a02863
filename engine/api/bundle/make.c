/* api/bundle/make.c — jemput_bundle_make: what others lack of what is here, in one file.
 *
 * Segments stand in local order, in which whatever one builds on comes first: so each beginning of the file is of use by itself. What is left out is
 * what one segment covers that whoever takes the bundle is known to have; the parents of what is in it that are not are git's prerequisites. */
#include "api/bundle/making.h"
#include "api/checkpoint/checkpoint.h"
#include "api/roster/roster.h"
#include "api/seal/seal.h"
#include "api/sync/run.h"

#include <stdlib.h>
#include <string.h>

#include "store/object/parcel.h"

enum jemput_status making_may_go_on(struct making *m, struct jemput_error *err)
{
    struct jemput_progress p = { .phase = JEMPUT_PHASE_SEND, .done = m->objects_done, .total = 2 * (uint64_t)m->bundle.count + 1,
                                 .bytes = m->out->bytes };

    if (m->options->progress && m->options->progress(m->options->ctx, &p))
        atomic_store(&m->j->cancelled, true);
    return atomic_load(&m->j->cancelled) ? jemput_fail(err, JEMPUT_CANCELLED, "cancelled; no file was made") : JEMPUT_OK;
}

/* --- what is in it --- */

static enum jemput_status commit_add(struct making *m, const struct jemput_commit *commit, struct jemput_error *err)
{
    struct jemput_header header;
    enum jemput_status st = jemput_header_read(&header, commit->message, &m->scratch, err);

    if (!st)
        st = bundle_node_add(&m->nodes, commit, &header, err);
    if (!st)
        st = jemput_bundle_add(&m->bundle, &commit->oid, &commit->payload_oid, err);
    for (unsigned i = 0; !st && i < commit->parent_count; i++)
        jemput_buf_append(&m->parents, commit->parents[i].id, sizeof commit->parents[i].id);
    if (!st)
        st = jemput_buf_check(&m->parents, "parents", err);
    if (st)
        return st;
    m->out->segments++;
    m->out->own += jemput_writer_compare(&header.writer, &m->j->writer) == 0;
    return JEMPUT_OK;
}

/* The founder's log goes on from the genesis segment, which is in no register. */
static enum jemput_status genesis_add(struct making *m, const struct jemput_oid *oid, struct jemput_error *err)
{
    struct jemput_commit commit;
    enum jemput_status st = jemput_source_commit(jemput_repo_source(m->repo), oid, false, &commit, &m->scratch, err);

    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st ? st : commit_add(m, &commit, err);
}

static enum jemput_status segment_add(void *ctx, const struct jemput_segment *segment, struct jemput_error *err)
{
    struct making *m = ctx;
    struct jemput_commit commit;
    struct jemput_oid oid;
    bool covered;
    enum jemput_status st = making_is_covered(m, segment, &covered, err);

    if (st || covered)
        return st;
    jemput_arena_clear(&m->scratch);
    memcpy(oid.id, segment->commit, sizeof oid.id);
    st = jemput_source_commit(jemput_repo_source(m->repo), &oid, false, &commit, &m->scratch, err);
    if (engine_is_cut_off(m->j, segment, st)) /* a checkpoint stands for it, and who lacks it begins there */
        return JEMPUT_OK;
    if (!st && segment->number == 1 && commit.parent_count)
        st = genesis_add(m, &commit.parents[0], err);
    if (!st)
        st = commit_add(m, &commit, err);
    return st ? st : making_may_go_on(m, err);
}

/* --- what is carried for others --- */

/* From a parcel's end back along first parents, as far as its objects go: those, the oldest last. */
static enum jemput_status parcel_chain(struct making *m, const struct jemput_parcel *p, struct jemput_buf *chain, struct jemput_error *err)
{
    struct jemput_oid oid;
    enum jemput_status st = JEMPUT_OK;
    bool on = true;

    memcpy(oid.id, p->commit, sizeof oid.id);
    while (!st && on) {
        struct jemput_commit commit;
        size_t size;
        int kind;

        st = jemput_store_parcel_object_get(m->j->store, oid.id, &kind, &size, NULL, err);
        if (st)
            break;
        jemput_arena_clear(&m->scratch);
        st = jemput_source_commit(jemput_repo_source(m->repo), &oid, true, &commit, &m->scratch, err);
        if (!st)
            jemput_buf_append(chain, oid.id, sizeof oid.id);
        on = !st && commit.parent_count > 0;
        if (on)
            oid = commit.parents[0];
    }
    if (st == JEMPUT_CORRUPT) /* the disk has lost some of it: what is carried never keeps this device's own work back */
        jemput_buf_clear(chain);
    return st && st != JEMPUT_NOTFOUND && st != JEMPUT_CORRUPT ? st : jemput_buf_check(chain, "commits", err);
}

static enum jemput_status parcel_add(struct making *m, const struct jemput_parcel *p, struct jemput_error *err)
{
    struct jemput_buf chain = JEMPUT_BUF_INIT(SIZE_MAX);
    enum jemput_status st = parcel_chain(m, p, &chain, err);

    for (size_t at = chain.len; !st && at; at -= JEMPUT_OID_BYTES) {
        struct jemput_commit commit;
        struct jemput_oid oid;

        memcpy(oid.id, chain.data + at - JEMPUT_OID_BYTES, sizeof oid.id);
        jemput_arena_clear(&m->scratch);
        st = jemput_source_commit(jemput_repo_source(m->repo), &oid, false, &commit, &m->scratch, err);
        if (!st)
            st = commit_add(m, &commit, err);
        m->out->carried += !st;
    }
    jemput_buf_release(&chain);
    return st;
}

static enum jemput_status parcels_add(struct making *m, struct jemput_error *err)
{
    struct jemput_parcel *parcels;
    uint32_t count;
    enum jemput_status st = jemput_store_parcels(m->j->store, &parcels, &count, &m->arena, err);

    for (uint32_t i = 0; !st && i < count; i++)
        if (parcels[i].bytes)
            st = parcel_add(m, &parcels[i], err);
    return st;
}

/* --- what it goes on from --- */

static int id_order(const void *a, const void *b)
{
    return memcmp(a, b, JEMPUT_OID_BYTES);
}

static enum jemput_status bases_find(struct making *m, struct jemput_error *err)
{
    size_t count = m->parents.len / JEMPUT_OID_BYTES;

    m->bases = jemput_arena_array(&m->arena, count, sizeof *m->bases);
    if (!m->bases)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for %zu commits", count);
    if (count)
        qsort(m->parents.data, count, JEMPUT_OID_BYTES, id_order);
    for (size_t i = 0; i < count; i++) {
        struct jemput_oid oid;

        memcpy(oid.id, m->parents.data + i * JEMPUT_OID_BYTES, sizeof oid.id);
        if ((m->base_count && id_order(&m->bases[m->base_count - 1], &oid) == 0) || bundle_node_of(&m->nodes, &oid) != BUNDLE_NONE)
            continue;
        m->bases[m->base_count++] = oid;
    }
    return JEMPUT_OK;
}

/* Is the log's end reached by central's branch, too? Then it needs none of its own: those of ten thousand devices would fill the head. */
static enum jemput_status end_is_reached(struct making *m, const struct jemput_segment *central, const struct bundle_end *end, bool *out,
                                         struct jemput_error *err)
{
    const struct bundle_node *n = &m->nodes.of[end->node];
    const struct jemput_member *member = jemput_roster_member(&m->j->roster, &n->writer);
    struct jemput_segment segment;
    enum jemput_status st;

    *out = false;
    if (n->number == 0 || (member && member->roles & (JEMPUT_ROLE_ADMIN | JEMPUT_ROLE_PUSAT)) ||
        jemput_writer_compare(&n->writer, &m->j->writer) == 0)
        return JEMPUT_OK;
    st = jemput_store_segment_find(m->j->store, &n->hash, &segment, err);
    if (!st)
        st = jemput_store_segment_saw(m->j->store, central->id, segment.id, out, err);
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

static enum jemput_status ends_trim(struct making *m, struct jemput_error *err)
{
    const struct jemput_member *central = engine_central(m->j);
    struct jemput_segment newest;
    uint32_t kept = 0;
    enum jemput_status st = central ? jemput_store_segment_last(m->j->store, &central->writer, &newest, err) : JEMPUT_NOTFOUND;
    struct bundle_node *n;
    bool there = false;

    for (uint32_t i = 0; !st && !there && i < m->ends.count; i++) { /* is central's branch in it, up to there? */
        n = &m->nodes.of[m->ends.of[i].node];
        there = jemput_hash_equal(&n->hash, &newest.hash);
    }
    if (st || !there)
        return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
    for (uint32_t i = 0; !st && i < m->ends.count; i++) {
        bool reached;

        st = end_is_reached(m, &newest, &m->ends.of[i], &reached, err);
        if (!st && !reached)
            m->ends.of[kept++] = m->ends.of[i];
    }
    m->ends.count = kept;
    return st;
}

static enum jemput_status contents_gather(struct making *m, struct jemput_error *err)
{
    enum jemput_status st = making_base(m, err);

    if (!st)
        st = jemput_store_segments_each(m->j->store, NULL, 0, segment_add, m, err);
    if (!st)
        st = parcels_add(m, err);
    if (!st)
        st = bundle_nodes_link(&m->nodes, err);
    if (!st)
        st = bundle_ends_find(&m->nodes, &m->ends, &m->arena, err);
    if (!st)
        st = bases_find(m, err);
    m->out->logs = m->ends.count;
    return st ? st : ends_trim(m, err);
}

/* --- the call --- */

/* What is pending, and at central the receipts of what was merged, belong into it. */
static enum jemput_status seal_first(struct jemput *j, struct jemput_error *err)
{
    struct jemput_sync_report report = { .complete = 0 };
    struct run r = { .j = j, .report = &report };
    unsigned sealed;
    bool due = false;
    enum jemput_status st = jemput_seal(j, &sealed, err);

    if (!st)
        st = engine_roster_refresh(j, err);
    if (!st && engine_has_role(j, JEMPUT_ROLE_PUSAT))
        st = engine_receipt_due(j, &due, err);
    return st || !due ? st : run_receipt(&r, err);
}

static enum jemput_status make(struct making *m, struct jemput_error *err)
{
    enum jemput_status st = seal_first(m->j, err);

    if (!st)
        st = jemput_repo_open(&m->repo, m->j->store, err);
    if (!st) {
        jemput_repo_with_parcels(m->repo);
        m->bundle.source = jemput_repo_source(m->repo);
        st = contents_gather(m, err);
    }
    if (!st)
        st = making_chunks(m, err);
    m->out->since = m->since.number;
    return st || (!m->out->segments && !m->chunk_count) ? st : making_write(m, err);
}

enum jemput_status jemput_bundle_make(struct jemput *j, const struct jemput_bundle_make_options *options, struct jemput_bundle_made *out,
                                      struct jemput_error *err)
{
    struct jemput_bundle_made made = { 0 };
    struct making m = { .j = j, .options = options, .out = &made, .parents = JEMPUT_BUF_INIT(SIZE_MAX) };
    enum jemput_status st = engine_awake(j, err);

    if (!st && !options->path && !options->writer.write)
        st = jemput_fail(err, JEMPUT_MISUSE, "neither a path nor a stream");
    if (st)
        return jemput_wrap(err, "bundle");
    atomic_store(&j->cancelled, false);
    st = make(&m, err);
    jemput_bundle_new_release(&m.bundle);
    bundle_nodes_release(&m.nodes);
    jemput_buf_release(&m.parents);
    jemput_arena_release(&m.arena);
    jemput_arena_release(&m.scratch);
    jemput_repo_close(m.repo);
    if (!st)
        *out = made;
    return st ? jemput_wrap(err, "bundle") : JEMPUT_OK;
}
