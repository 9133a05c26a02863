/* api/bundle/read.c — looking through a bundle: its segments, its manifest, the digests of its blocks. See bundle.h. */
#include "api/bundle/bundle.h"

#include <stdio.h>
#include <string.h>

#include "api/sync/run.h"
#include "crypto/crypto.h"
#include "media/header.h"

/* --- where from --- */

/* A stick may be large and slow, or made so that it is read for ever: a cancel ends it at any place. */
static enum jemput_status file_read(void *ctx, uint64_t offset, void *out, size_t len, size_t *got, struct jemput_error *err)
{
    struct bundle_reading *b = ctx;
    enum jemput_status st = b->run ? run_may_go_on(b->run, JEMPUT_STEP_LIST, err) : JEMPUT_OK;

    if (st)
        return st;
    return b->path ? b->env->read_part(b->env, b->path, offset, out, len, got, err) : b->reader.read(b->reader.ctx, offset, out, len, got, err);
}

/* --- what is in it --- */

static bool of_file(enum jemput_status st)
{
    return st == JEMPUT_CORRUPT || st == JEMPUT_NOTFOUND || st == JEMPUT_LIMIT || st == JEMPUT_UPGRADE;
}

/* Does it carry a chunk of an attachment, which is whole here? Rows say which one is wanted, and whether it is the right one. */
static enum jemput_status chunk_take(struct bundle_reading *b, const struct jemput_commit *commit, struct jemput_arena *scratch,
                                     struct jemput_error *err)
{
    struct jemput_media_header header;
    struct jemput_commit whole;
    enum jemput_status st = jemput_media_header_read(&header, commit->message, err);

    if (!st)
        st = jemput_source_commit(jemput_bundle_source(b->bundle, NULL), &commit->oid, false, &whole, scratch, err);
    if (!st && jemput_bundle_has(b->bundle, &whole.payload_oid)) {
        b->info.attachment_chunks++;
        b->info.attachment_bytes += header.chunk_bytes;
    }
    return of_file(st) ? JEMPUT_OK : st;
}

/* Its payload is the digests, which may be lost while the text is whole. */
static enum jemput_status manifest_take(struct bundle_reading *b, const struct jemput_oid *oid, struct jemput_error *err)
{
    struct jemput_arena scratch = { 0 };
    struct jemput_commit commit;
    struct jemput_manifest m;
    struct jemput_writer writer;
    uint8_t key[JEMPUT_PUBLIC_KEY_BYTES];
    enum jemput_status st = jemput_source_signed(jemput_bundle_source(b->bundle, NULL), oid, &commit, &scratch, err);

    if (!st && !jemput_manifest_is(commit.message)) {
        st = chunk_take(b, &commit, &scratch, err);
        jemput_arena_release(&scratch);
        return st;
    }
    b->info.manifest = JEMPUT_MANIFEST_DAMAGED;
    if (!st)
        st = jemput_sshsig_verify(key, commit.signature, commit.signed_text, err);
    if (!st)
        st = jemput_manifest_read(&m, commit.message, &b->arena, err);
    if (!st) {
        jemput_writer_derive(&writer, &m.space, key, m.epoch);
        if (jemput_writer_compare(&writer, &m.carrier) != 0)
            st = jemput_fail(err, JEMPUT_CORRUPT, "the manifest is not signed by the device that it names");
    }
    if (!st) {
        struct jemput_buf line = JEMPUT_BUF_INIT(sizeof b->info.carrier_key - 1);

        b->info.manifest = JEMPUT_MANIFEST_GOOD;
        b->manifest = m;
        jemput_hash256(b->manifest_hash.bytes, commit.message, NULL);
        jemput_ssh_public_key(&line, key);
        if (!line.failed)
            memcpy(b->info.carrier_key, line.data, line.len);
        jemput_buf_release(&line);
    }
    jemput_arena_release(&scratch);
    return of_file(st) ? JEMPUT_OK : st;
}

static enum jemput_status commit_take(struct bundle_reading *b, const struct jemput_oid *oid, struct jemput_error *err)
{
    struct jemput_arena scratch = { 0 };
    struct jemput_commit commit;
    struct jemput_header header;
    enum jemput_status st = jemput_source_commit(jemput_bundle_source(b->bundle, NULL), oid, false, &commit, &scratch, err);

    if (!st)
        st = jemput_header_read(&header, commit.message, &scratch, err);
    if (!st)
        st = bundle_node_add(&b->nodes, &commit, &header, err);
    else if (of_file(st))
        st = manifest_take(b, oid, err);
    jemput_arena_release(&scratch);
    return st;
}

static enum jemput_status commits_take(struct bundle_reading *b, struct jemput_error *err)
{
    struct jemput_oid oid;
    uint32_t place = 0;
    enum jemput_status st = JEMPUT_OK;

    b->info.manifest = JEMPUT_MANIFEST_NONE;
    while (!st && jemput_bundle_commit_next(b->bundle, &place, &oid))
        st = commit_take(b, &oid, err);
    if (!st)
        st = bundle_nodes_link(&b->nodes, err);
    return st ? st : bundle_ends_find(&b->nodes, &b->ends, &b->arena, err);
}

/* The genesis segment alone is called as the head calls it: it does not say whose it is. */
static void genesis_name(struct bundle_reading *b)
{
    const struct jemput_bundle_head *head = jemput_bundle_head(b->bundle);

    for (uint32_t i = 0; i < b->ends.count; i++) {
        struct bundle_end *end = &b->ends.of[i];
        const struct bundle_node *n = &b->nodes.of[end->node];
        struct jemput_writer writer;
        uint32_t generation;
        bool branch;

        for (unsigned k = 0; n->number == 0 && k < head->ref_count; k++)
            if (memcmp(head->refs[k].oid.id, n->oid.id, sizeof n->oid.id) == 0 && engine_ref_parse(head->refs[k].name, &writer, &branch, &generation))
                snprintf(end->ref, sizeof end->ref, "%s", head->refs[k].name);
    }
}

static void space_say(struct bundle_reading *b)
{
    const struct bundle_node *n = b->nodes.count ? &b->nodes.of[b->nodes.count - 1] : NULL;

    if (b->info.manifest == JEMPUT_MANIFEST_GOOD)
        b->space = b->manifest.space;
    else if (n && n->number)
        b->space = n->space;
    else if (n)
        memcpy(b->space.id, n->hash.bytes, sizeof b->space.id);
    else
        return;
    jemput_hex_encode(b->info.space, b->space.id, sizeof b->space.id);
}

/* --- what is lost --- */

/* Of a log that the manifest names: the segments, back from its end, that are not whole here. */
static uint64_t log_lost(const struct bundle_reading *b, const struct jemput_manifest_log *log)
{
    uint64_t here = 0;

    for (uint32_t i = 0; i < b->nodes.count; i++) {
        const struct bundle_node *n = &b->nodes.of[i];

        here += n->number >= log->first && n->number <= log->last && n->generation == log->generation &&
                (n->number == 0 || jemput_writer_compare(&n->writer, &log->writer) == 0);
    }
    return log->last - log->first + 1 > here ? log->last - log->first + 1 - here : 0;
}

static void lost_count(struct bundle_reading *b)
{
    const struct jemput_bundle_head *head = jemput_bundle_head(b->bundle);

    b->info.bases = head->base_count;
    if (b->info.manifest == JEMPUT_MANIFEST_GOOD) {
        for (uint32_t i = 0; i < b->manifest.log_count; i++)
            b->info.segments_lost += log_lost(b, &b->manifest.logs[i]);
        if (b->manifest.chunk_count > b->info.attachment_chunks)
            b->info.attachment_chunks_lost = b->manifest.chunk_count - b->info.attachment_chunks;
        return;
    }
    for (unsigned i = 0; i < head->ref_count; i++) /* at least those with which branches end */
        b->info.segments_lost += bundle_node_of(&b->nodes, &head->refs[i].oid) == BUNDLE_NONE &&
                                 strncmp(head->refs[i].name, LOG_REF_PREFIX, sizeof LOG_REF_PREFIX - 1) == 0;
}

/* --- digests --- */

static enum jemput_status block_check(struct bundle_reading *b, uint8_t *piece, uint32_t block, const uint8_t *digest, struct jemput_error *err)
{
    uint64_t at = (uint64_t)block * JEMPUT_MANIFEST_BLOCK_BYTES, left = b->manifest.pack_bytes - at;
    size_t len = left < JEMPUT_MANIFEST_BLOCK_BYTES ? (size_t)left : JEMPUT_MANIFEST_BLOCK_BYTES, got = 0;
    uint8_t hash[JEMPUT_HASH_BYTES];
    enum jemput_status st = b->file.read(b->file.ctx, b->manifest.pack_at + at, piece, len, &got, err);

    if (st)
        return st;
    jemput_hash256(hash, jemput_bytes_of(piece, got), NULL);
    if (got == len && memcmp(hash, digest, sizeof hash) == 0)
        return JEMPUT_OK;
    if (!b->info.blocks_damaged)
        b->info.damaged_at = b->manifest.pack_at + at;
    b->info.blocks_damaged++;
    return JEMPUT_OK;
}

/* The list of digests, if the payload is what the manifest names. */
static enum jemput_status digests_take(struct bundle_reading *b, const struct jemput_oid *oid, struct jemput_bytes *out, bool *found,
                                       struct jemput_error *err)
{
    struct jemput_commit commit;
    uint8_t hash[JEMPUT_HASH_BYTES];
    enum jemput_status st = jemput_source_commit(jemput_bundle_source(b->bundle, NULL), oid, true, &commit, &b->arena, err);

    if (st)
        return st;
    jemput_hash256(hash, commit.payload, NULL);
    *found = memcmp(hash, b->manifest.blocks_hash.bytes, sizeof hash) == 0 &&
             commit.payload.len == (size_t)b->manifest.block_count * JEMPUT_HASH_BYTES;
    *out = commit.payload;
    return JEMPUT_OK;
}

static enum jemput_status digests_find(struct bundle_reading *b, struct jemput_bytes *out, bool *found, struct jemput_error *err)
{
    struct jemput_arena scratch = { 0 };
    struct jemput_oid oid;
    uint32_t place = 0;
    enum jemput_status st = JEMPUT_OK;

    *found = false;
    while (!st && !*found && jemput_bundle_commit_next(b->bundle, &place, &oid)) {
        struct jemput_commit commit;

        if (bundle_node_of(&b->nodes, &oid) != BUNDLE_NONE)
            continue;
        jemput_arena_clear(&scratch);
        st = jemput_source_signed(jemput_bundle_source(b->bundle, NULL), &oid, &commit, &scratch, err); /* of those with chunks no payload is read */
        if (!st && jemput_manifest_is(commit.message))
            st = digests_take(b, &oid, out, found, err);
        st = of_file(st) ? JEMPUT_OK : st;
    }
    jemput_arena_release(&scratch);
    return st;
}

static enum jemput_status blocks_check(struct bundle_reading *b, struct jemput_error *err)
{
    struct jemput_bytes digests = { 0 };
    bool found;
    uint8_t *piece;
    enum jemput_status st = digests_find(b, &digests, &found, err);

    if (st || !found)
        return st;
    piece = jemput_alloc(JEMPUT_MANIFEST_BLOCK_BYTES);
    if (!piece)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a block");
    b->info.blocks = b->manifest.block_count;
    for (uint32_t i = 0; !st && i < b->manifest.block_count; i++)
        st = block_check(b, piece, i, digests.data + (size_t)i * JEMPUT_HASH_BYTES, err);
    jemput_free(piece);
    return st;
}

static void info_fill(struct bundle_reading *b)
{
    struct jemput_bundle_info *i = &b->info;
    const struct jemput_manifest *m = &b->manifest;

    i->bytes = jemput_bundle_bytes(b->bundle);
    i->segments = b->nodes.count;
    i->damaged = jemput_bundle_damaged(b->bundle) + !jemput_bundle_head(b->bundle)->whole;
    if (i->manifest != JEMPUT_MANIFEST_GOOD)
        return;
    jemput_hex_encode(i->carrier, m->carrier.id, sizeof m->carrier.id);
    i->made_ms = (int64_t)m->made_ms;
    if (m->has_for)
        jemput_hex_encode(i->made_for, m->made_for.id, sizeof m->made_for.id);
    if (m->has_since) {
        jemput_hex_encode(i->since, m->since.writer.id, sizeof m->since.writer.id);
        i->since_number = m->since.number;
    }
}

enum jemput_status bundle_reading_open(struct bundle_reading *b, struct jemput_env *env, const char *path, const struct jemput_bundle_reader *reader,
                                       struct jemput_error *err)
{
    enum jemput_status st = jemput_crypto_init(err);

    b->env = env;
    b->path = path;
    b->reader = path ? (struct jemput_bundle_reader){ 0 } : *reader;
    b->file = (struct jemput_bundle_file){ file_read, b };
    if (!st)
        st = jemput_bundle_open(&b->bundle, &b->file, err);
    if (!st)
        st = commits_take(b, err);
    if (st)
        return st;
    genesis_name(b);
    space_say(b);
    info_fill(b);
    lost_count(b);
    return b->info.manifest == JEMPUT_MANIFEST_GOOD ? blocks_check(b, err) : JEMPUT_OK;
}

void bundle_reading_release(struct bundle_reading *b)
{
    bundle_nodes_release(&b->nodes);
    jemput_bundle_close(b->bundle);
    jemput_arena_release(&b->arena);
}

void bundle_log_say(const struct bundle_reading *b, const struct bundle_end *end, struct jemput_bundle_log *out)
{
    const struct bundle_node *last = &b->nodes.of[end->node];

    *out = (struct jemput_bundle_log){ .generation = last->generation, .first = b->nodes.of[end->first].number, .last = last->number };
    if (last->number)
        jemput_hex_encode(out->writer, last->writer.id, sizeof last->writer.id);
}

/* --- showing --- */

enum jemput_status jemput_bundle_show(const char *path, const struct jemput_bundle_reader *reader, struct jemput_env *env, jemput_bundle_log_cb each,
                                      void *ctx, struct jemput_bundle_info *out, struct jemput_error *err)
{
    struct bundle_reading b = { .env = env };
    enum jemput_status st;

    if (!path && (!reader || !reader->read))
        return jemput_fail(err, JEMPUT_MISUSE, "bundle: neither a path nor a stream");
    st = bundle_reading_open(&b, env ? env : jemput_env_posix(), path, reader, err);
    for (uint32_t i = 0; !st && each && i < b.ends.count; i++) {
        struct jemput_bundle_log log;

        bundle_log_say(&b, &b.ends.of[i], &log);
        log.fate = JEMPUT_BUNDLE_SHOWN;
        if (each(ctx, &log))
            break;
    }
    if (!st)
        *out = b.info;
    bundle_reading_release(&b);
    return st ? jemput_wrap(err, "bundle '%s'", path ? path : "") : JEMPUT_OK;
}
