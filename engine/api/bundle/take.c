/* api/bundle/take.c — jemput_bundle_take: a sync from a file. The steps are those of any sync (loop.c), with the bundle in the place of the hub;
 * nothing goes to it. What came earlier in parts, and could not be merged for what it lacked, is looked at again. */
#include "api/bundle/bundle.h"
#include "api/facts.h"
#include "api/media/media.h"
#include "api/roster/roster.h"
#include "api/seal/receipt.h"
#include "api/space/admit.h"
#include "api/sync/compare.h"
#include "api/sync/run.h"

#include <stdio.h>
#include <string.h>

#include "store/object/parcel.h"

#define REMEMBERED_MAX 256 /* bundles that were taken whole */

struct taking {
    struct jemput *j;
    const struct jemput_bundle_take_options *options;
    struct jemput_bundle_taken *out;
    struct bundle_reading reading;
    struct jemput_repo *repo; /* with what is carried */
    struct jemput_hub_carried carried;
    struct jemput_sync_options sync;
    struct run run;
    struct jemput_arena arena;
};

/* --- bundles that were taken before --- */

static enum jemput_status taken_read(struct taking *t, struct jemput_buf *hashes, bool *there, struct jemput_error *err)
{
    enum jemput_status st = jemput_store_fact_get(t->j->store, FACT_BUNDLES, hashes, err);

    *there = false;
    if (st)
        return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
    for (size_t at = 0; at + JEMPUT_HASH_BYTES <= hashes->len; at += JEMPUT_HASH_BYTES)
        *there |= t->reading.info.manifest == JEMPUT_MANIFEST_GOOD &&
                  memcmp(hashes->data + at, t->reading.manifest_hash.bytes, JEMPUT_HASH_BYTES) == 0;
    return JEMPUT_OK;
}

/* Inside a transaction. */
static enum jemput_status taken_note(struct taking *t, struct jemput_error *err)
{
    struct jemput_buf hashes = JEMPUT_BUF_INIT((size_t)(REMEMBERED_MAX + 1) * JEMPUT_HASH_BYTES);
    size_t most = (size_t)REMEMBERED_MAX * JEMPUT_HASH_BYTES;
    bool there;
    enum jemput_status st = taken_read(t, &hashes, &there, err);

    if (!st && !there) {
        struct jemput_bytes newest;

        jemput_buf_append(&hashes, t->reading.manifest_hash.bytes, JEMPUT_HASH_BYTES);
        st = jemput_buf_check(&hashes, "bundles", err);
        newest = jemput_buf_bytes(&hashes);
        if (newest.len > most)
            newest = jemput_bytes_of(newest.data + newest.len - most, most);
        if (!st)
            st = jemput_store_fact_put(t->j->store, FACT_BUNDLES, newest, err);
    }
    jemput_buf_release(&hashes);
    return st;
}

/* --- branches --- */

static bool ref_there(const struct taking *t, const char *ref)
{
    for (uint32_t i = 0; i < t->reading.ends.count; i++)
        if (strcmp(t->reading.ends.of[i].ref, ref) == 0)
            return true;
    return false;
}

/* Kept under the name of a log of which another part is in the bundle: beside that. */
static enum jemput_status beside_name(struct taking *t, const struct jemput_parcel *parcel, const char **out, struct jemput_error *err)
{
    char hex[BRANCH_DIGITS + 1], name[LOG_REF_BYTES + BRANCH_DIGITS + 2];

    jemput_hex_encode(hex, parcel->commit, BRANCH_DIGITS / 2);
    snprintf(name, sizeof name, "%s-%s", parcel->ref, hex);
    *out = jemput_arena_str(&t->arena, jemput_bytes_str(name));
    return *out ? JEMPUT_OK : jemput_fail(err, JEMPUT_NOMEM, "no memory for branches");
}

/* Those of the bundle, and what came before and waits for what it lacks. */
static enum jemput_status refs_make(struct taking *t, struct jemput_error *err)
{
    struct jemput_parcel *parcels;
    struct jemput_bundle_ref *refs = NULL;
    uint32_t count, filled = 0;
    enum jemput_status st = jemput_store_parcels(t->j->store, &parcels, &count, &t->arena, err);

    if (!st) {
        refs = jemput_arena_array(&t->arena, t->reading.ends.count + count, sizeof *refs);
        st = refs ? JEMPUT_OK : jemput_fail(err, JEMPUT_NOMEM, "no memory for branches");
    }
    for (uint32_t i = 0; !st && i < t->reading.ends.count; i++)
        refs[filled++] = (struct jemput_bundle_ref){ t->reading.ends.of[i].ref, t->reading.nodes.of[t->reading.ends.of[i].node].oid };
    for (uint32_t i = 0; !st && i < count; i++) {
        if (!parcels[i].bytes || strlen(parcels[i].ref) + BRANCH_DIGITS + 1 >= LOG_REF_BYTES)
            continue;
        refs[filled].name = parcels[i].ref;
        if (ref_there(t, parcels[i].ref))
            st = beside_name(t, &parcels[i], &refs[filled].name, err);
        memcpy(refs[filled++].oid.id, parcels[i].commit, JEMPUT_OID_BYTES);
    }
    t->carried.refs = refs;
    t->carried.ref_count = filled;
    return st;
}

/* --- receipts --- */

/* Where central's log ends in a bundle that central made itself, if that is another line than what a hub has shown: central went on from an older
 * copy of itself. On the same line its newest segment counts by itself (receipt.c). */
static enum jemput_status shown_note(struct taking *t, struct jemput_error *err)
{
    const struct jemput_member *central = engine_central(t->j);
    struct jemput_segment shown, said;
    struct jemput_hash hash;
    bool before = false;
    enum jemput_status st;

    if (!central || t->reading.info.manifest != JEMPUT_MANIFEST_GOOD || jemput_writer_compare(&t->reading.manifest.carrier, &central->writer) != 0)
        return JEMPUT_OK;
    st = engine_fact_exact(t->j, FACT_CENTRAL_SHOWN, hash.bytes, sizeof hash.bytes, err);
    if (!st)
        st = jemput_store_segment_find(t->j->store, &hash, &shown, err);
    for (uint32_t i = 0; !st && !before && i < t->reading.ends.count; i++) {
        const struct bundle_node *n = &t->reading.nodes.of[t->reading.ends.of[i].node];

        if (jemput_writer_compare(&n->writer, &central->writer) != 0 || jemput_store_segment_find(t->j->store, &n->hash, &said, err))
            continue;
        before = said.id == shown.id;
        if (!before)
            st = jemput_store_segment_saw(t->j->store, said.id, shown.id, &before, err);
        if (!st && !before)
            st = jemput_store_segment_saw(t->j->store, shown.id, said.id, &before, err);
        if (!st && !before)
            return jemput_store_fact_put(t->j->store, FACT_CENTRAL_SHOWN, jemput_bytes_of(n->hash.bytes, sizeof n->hash.bytes), err);
    }
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

/* --- the run --- */

/* Without the digests nobody can say that this is the file that the manifest was signed for: another one could be called like it. */
static bool all_taken(const struct taking *t)
{
    const struct jemput_bundle_info *i = &t->reading.info;

    return i->manifest == JEMPUT_MANIFEST_GOOD && !i->attachment_chunks && !i->damaged && !i->segments_lost && i->blocks && !i->blocks_damaged &&
           !t->out->logs_lacking && !t->out->logs_refused && !t->out->logs_waiting;
}

static enum jemput_status take_remember(struct taking *t, bool whole, struct jemput_error *err)
{
    struct jemput *j = t->j;
    enum jemput_status st = jemput_store_begin(j->store, ENGINE_LOCK_WAIT_MS, err);

    if (!st)
        st = shown_note(t, err);
    if (!st)
        st = engine_receipt_note(j, err);
    if (!st)
        st = run_parcels_settle(j, err);
    if (!st && whole)
        st = taken_note(t, err);
    if (!st)
        st = jemput_store_commit(j->store, err);
    if (st)
        jemput_store_rollback(j->store);
    return st;
}

static enum jemput_bundle_fate fate_of(const struct run *r, uint32_t i)
{
    const struct run_fate *fate = r->logs[i].fate;

    if (r->states[i].state == JEMPUT_LOG_READ)
        return JEMPUT_BUNDLE_TAKEN;
    if (fate && fate->lacks)
        return JEMPUT_BUNDLE_LACKS;
    if (r->states[i].state == JEMPUT_LOG_STOPPED || (fate && fate->status && r->states[i].state != JEMPUT_LOG_WAITS))
        return JEMPUT_BUNDLE_REFUSED;
    return r->states[i].state == JEMPUT_LOG_WAITS && (r->world.central || r->world.admin) ? JEMPUT_BUNDLE_WAITS : JEMPUT_BUNDLE_CARRIED;
}

static void fates_tell(struct taking *t)
{
    const struct run *r = &t->run;
    bool told = t->options->each != NULL;

    for (uint32_t e = 0; e < t->reading.ends.count; e++) {
        struct jemput_bundle_log log;
        const struct run_fate *fate = NULL;

        bundle_log_say(&t->reading, &t->reading.ends.of[e], &log);
        log.fate = JEMPUT_BUNDLE_TAKEN; /* the own one, up to where it is here anyway */
        for (uint32_t i = 0; i < r->world.log_count; i++)
            if (strcmp(r->logs[i].log.ref, t->reading.ends.of[e].ref) == 0) {
                log.fate = fate_of(r, i);
                fate = r->logs[i].fate;
            }
        log.fresh = fate ? fate->fresh : 0;
        if (log.fate == JEMPUT_BUNDLE_REFUSED && fate) {
            log.status = fate->status;
            log.why = fate->why[0] ? fate->why : NULL;
        }
        t->out->logs_lacking += log.fate == JEMPUT_BUNDLE_LACKS;
        t->out->logs_waiting += log.fate == JEMPUT_BUNDLE_WAITS;
        t->out->logs_refused += log.fate == JEMPUT_BUNDLE_REFUSED;
        told = told && !t->options->each(t->options->ctx, &log);
    }
}

/* --- logs that lacked something --- */

static bool is_lacking(const struct run *r, uint32_t i)
{
    return r->logs[i].fate && r->logs[i].fate->lacks;
}

static void lacking_open(struct run *r)
{
    for (uint32_t i = 0; i < r->world.log_count; i++) {
        if (!is_lacking(r, i))
            continue;
        r->report->logs_stopped -= r->logs[i].told;
        r->logs[i].told = false;
        r->states[i].state = JEMPUT_LOG_OPEN;
        *r->logs[i].fate = (struct run_fate){ .fresh = r->logs[i].fate->fresh };
    }
}

/* What one log lacks another one may have brought meanwhile, by the checkpoint in it: so all that lack are read again while some get on by that. */
static enum jemput_status take_loop(struct run *r, struct jemput_error *err)
{
    uint32_t before = UINT32_MAX;
    enum jemput_status st = run_loop(r, err);

    while (!st) {
        uint32_t lacking = 0;

        for (uint32_t i = 0; i < r->world.log_count; i++)
            lacking += is_lacking(r, i);
        if (!lacking || lacking >= before)
            break;
        before = lacking;
        lacking_open(r);
        st = run_loop(r, err);
    }
    return st;
}

static enum jemput_status take_run(struct taking *t, struct jemput_error *err)
{
    struct run *r = &t->run;
    struct jemput_error later;
    enum jemput_status st, noted;

    st = jemput_hub_open_bundle(&r->hub, &t->carried, err);
    if (!st)
        st = take_loop(r, err);
    if (!st)
        st = run_parcels_keep(r, &t->reading, t->out, err);
    if (!st)
        st = engine_state_compare(t->j, r->report, err);
    if (!st && r->send_error.status) { /* another copy of this device was used */
        *err = r->send_error;
        st = err->status;
    }
    fates_tell(t);
    noted = take_remember(t, !st && all_taken(t), st ? &later : err);
    st = st ? st : noted;
    if (!st && t->out->logs_lacking)
        st = jemput_fail(err, JEMPUT_NOTFOUND, "%llu logs in it go on from segments that are not here: have a fuller one made",
                         (unsigned long long)t->out->logs_lacking);
    r->report->complete = st == JEMPUT_OK;
    if (!st) /* the text is in, and noted */
        run_media_carried(r);
    return st ? st : engine_join_check(t->j, err);
}

static enum jemput_status take_prepare(struct taking *t, bool *taken, struct jemput_error *err)
{
    struct jemput_buf hashes = JEMPUT_BUF_INIT((size_t)(REMEMBERED_MAX + 1) * JEMPUT_HASH_BYTES);
    enum jemput_status st = bundle_reading_open(&t->reading, t->j->env, t->options->path, &t->options->reader, err);

    if (!st) {
        t->out->file = t->reading.info;
        if (t->reading.info.space[0] && memcmp(t->reading.space.id, t->j->space.id, sizeof t->j->space.id) != 0)
            st = jemput_fail(err, JEMPUT_DENIED, "it is a bundle of another space: nothing of it was taken");
    }
    if (!st)
        st = taken_read(t, &hashes, taken, err);
    jemput_buf_release(&hashes);
    if (!st)
        st = refs_make(t, err);
    if (!st)
        st = jemput_repo_open(&t->repo, t->j->store, err);
    if (st)
        return st;
    jemput_repo_with_parcels(t->repo);
    t->carried.bundle = t->reading.bundle;
    t->carried.source = jemput_bundle_source(t->reading.bundle, jemput_repo_source(t->repo));
    return JEMPUT_OK;
}

enum jemput_status jemput_bundle_take(struct jemput *j, const struct jemput_bundle_take_options *options, struct jemput_bundle_taken *out,
                                      struct jemput_error *err)
{
    struct taking t = { .j = j, .options = options, .out = out };
    bool taken = false;
    enum jemput_status st = engine_awake(j, err);

    memset(out, 0, sizeof *out);
    if (!st && !options->path && !options->reader.read)
        st = jemput_fail(err, JEMPUT_MISUSE, "neither a path nor a stream");
    if (st)
        return jemput_wrap(err, "bundle");
    atomic_store(&j->cancelled, false);
    t.sync = (struct jemput_sync_options){ .progress = options->progress, .ctx = options->ctx };
    t.run = (struct run){ .j = j, .options = &t.sync, .report = &out->sync, .bundle = true, .world.send_stopped = true };
    t.run.start_ms = j->env->monotonic_ms(j->env);
    t.reading.run = &t.run;
    jemput_store_lock_watch(j->store);
    jemput_store_heed(j->store, run_is_stopped, &t.run);
    st = take_prepare(&t, &taken, err);
    if (!st && !taken)
        st = take_run(&t, err);
    out->taken_before = !st && taken;
    out->sync.complete |= out->taken_before;
    run_release(&t.run);
    jemput_repo_close(t.repo);
    bundle_reading_release(&t.reading);
    jemput_arena_release(&t.arena);
    return st ? jemput_wrap(err, "bundle") : JEMPUT_OK;
}
