/* api/keys/single.c — keys of single segments, sealed under an epoch that stays before their own epoch's key goes. See spent.h.
 *
 * XChaCha20-Poly1305 makes a key of its own for each nonce (crypto/seal.h): whoever has that reads the one segment, as it was signed, and nothing
 * else. So nothing is signed anew, no number is used twice, and a verdict about what it holds is the same by either key. */
#include "api/forget/erase.h"
#include "api/ingest/segment.h"
#include "api/keys/spent.h"

#include <string.h>

#include "checkpoint/chunk.h"
#include "log/sealed.h"
#include "store/keys/epoch.h"

struct singling {
    struct jemput *j;
    const struct engine_spent *spent;
    struct engine_records *records;
    uint32_t under;
    uint8_t key[JEMPUT_SEAL_KEY_BYTES]; /* of that */
    struct jemput_arena arena;
};

/* Is it a segment whose data this store keeps behind the checkpoint, sealed under a spent key? */
static enum jemput_status is_wanted(struct singling *s, const struct jemput_segment *segment, struct engine_segment *read, bool *out,
                                    struct jemput_error *err)
{
    struct jemput *j = s->j;
    struct jemput_oid oid;
    bool goes = false;
    enum jemput_status st = engine_checkpoint_covers(j, &s->spent->c, segment->id, &goes, err);

    *out = false;
    if (!st && goes) {
        st = engine_segment_stays(j, segment, out, err);
        if (st || !*out)
            return st;
    }
    memcpy(oid.id, segment->commit, sizeof oid.id);
    *out = false;
    if (st || !jemput_repo_has(j->repo, &oid))
        return st;
    jemput_arena_clear(&s->arena);
    st = engine_segment_read(j, jemput_repo_source(j->repo), &oid, true, read, &s->arena, err);
    if (st == JEMPUT_NOTFOUND) /* of a side of a fork what was signed was kept, and its data cut off behind an older checkpoint */
        return JEMPUT_OK;
    if (st || read->header.codec == JEMPUT_CHUNK_CODEC || !read->header.key_epoch)
        return st;
    if (read->header.key_epoch > ENGINE_EPOCH_OWN_MAX) {
        *out = engine_epoch_spent(j, s->spent, read->header.key_epoch);
        return JEMPUT_OK;
    }
    return engine_own_epoch_spent(j, s->spent, read->header.key_epoch, &read->header.writer, out, err);
}

/* Does a record that is here hand it out under a key that stays? */
static enum jemput_status is_handed(struct singling *s, const struct engine_segment *read, bool *out, struct jemput_error *err)
{
    struct jemput_buf plain = JEMPUT_BUF_INIT(JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX);
    const struct jemput_single *single;
    enum jemput_status st = JEMPUT_OK;

    *out = false;
    for (uint32_t i = 0; !st && !*out && (single = engine_single(s->j, &read->hash, i)) != NULL; i++) {
        if (engine_epoch_spent(s->j, s->spent, single->under))
            continue;
        jemput_buf_clear(&plain);
        st = engine_single_open(s->j, single, &read->commit, &plain, err);
        *out = !st;
        st = st == JEMPUT_NOTFOUND || st == JEMPUT_DENIED || st == JEMPUT_CORRUPT ? JEMPUT_OK : st;
    }
    jemput_buf_release(&plain);
    return st;
}

/* The key that opens this one segment; *found = false: it cannot be read here either. */
static enum jemput_status key_find(struct singling *s, const struct engine_segment *read, uint8_t single[JEMPUT_SEAL_KEY_BYTES], bool *found,
                                   struct jemput_error *err)
{
    const struct jemput_writer *maker = read->header.key_epoch > ENGINE_EPOCH_OWN_MAX ? NULL : &read->header.writer;
    struct jemput_buf plain = JEMPUT_BUF_INIT(JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX);
    uint8_t key[JEMPUT_SEAL_KEY_BYTES];
    const struct jemput_single *handed;
    enum jemput_status st = JEMPUT_OK;

    *found = false;
    for (uint32_t i = 0; !st && !*found; i++) {
        st = jemput_store_epoch_get(s->j->store, read->header.key_epoch, maker, i, key, err);
        if (!st)
            st = jemput_seal_single(single, read->commit.payload, key, err);
        jemput_buf_clear(&plain);
        if (!st)
            st = jemput_payload_open_single(&plain, read->commit.message, read->commit.payload, single, err);
        *found = !st;
        st = st == JEMPUT_DENIED ? JEMPUT_OK : st;
    }
    for (uint32_t i = 0; st == JEMPUT_NOTFOUND && !*found && (handed = engine_single(s->j, &read->hash, i)) != NULL; i++) {
        jemput_buf_clear(&plain);
        st = engine_single_key(s->j, handed, single, err);
        if (!st)
            st = jemput_payload_open_single(&plain, read->commit.message, read->commit.payload, single, err);
        *found = !st;
        st = st == JEMPUT_DENIED ? JEMPUT_NOTFOUND : st;
    }
    jemput_wipe(key, sizeof key);
    jemput_buf_release(&plain);
    return st == JEMPUT_NOTFOUND || st == JEMPUT_CORRUPT ? JEMPUT_OK : st;
}

static enum jemput_status single_add(struct singling *s, const struct jemput_hash *segment, const uint8_t single[JEMPUT_SEAL_KEY_BYTES],
                                     struct jemput_error *err)
{
    struct jemput_record record = { .kind = JEMPUT_RECORD_SINGLE, .as.single = { .segment = *segment, .under = s->under } };
    struct jemput_buf sealed = JEMPUT_BUF_INIT(JEMPUT_WRAP_BYTES);
    uint8_t beside[ENGINE_SINGLE_BESIDE_BYTES];
    enum jemput_status st;

    engine_single_beside(beside, &s->j->space, segment, s->under);
    jemput_seal_make(&sealed, jemput_bytes_of(single, JEMPUT_SEAL_KEY_BYTES), jemput_bytes_of(beside, sizeof beside), s->key);
    st = jemput_buf_check(&sealed, "key of a segment", err);
    if (!st)
        memcpy(record.as.single.sealed, sealed.data, sizeof record.as.single.sealed);
    jemput_buf_release(&sealed);
    return st ? st : engine_records_add(s->records, &record, err);
}

static enum jemput_status segment_look(void *ctx, const struct jemput_segment *segment, struct jemput_error *err)
{
    struct singling *s = ctx;
    uint8_t single[JEMPUT_SEAL_KEY_BYTES] = { 0 };
    struct engine_segment read;
    bool wanted = false, done = false, found = false;
    enum jemput_status st = segment->control ? JEMPUT_OK : is_wanted(s, segment, &read, &wanted, err);

    if (!st && wanted)
        st = is_handed(s, &read, &done, err);
    if (!st && wanted && !done)
        st = key_find(s, &read, single, &found, err);
    if (!st && found)
        st = single_add(s, &read.hash, single, err);
    jemput_wipe(single, sizeof single);
    return st;
}

enum jemput_status engine_singles_due(struct jemput *j, const struct engine_spent *spent, struct engine_records *records, struct jemput_error *err)
{
    struct singling s = { .j = j, .spent = spent, .records = records };
    enum jemput_status st = engine_epoch_current(j, &s.under, s.key, err);

    if (!st)
        st = jemput_store_segments_after(j->store, 0, segment_look, &s, err);
    jemput_wipe(s.key, sizeof s.key);
    jemput_arena_release(&s.arena);
    return st;
}
