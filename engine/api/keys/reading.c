/* api/keys/reading.c — payloads of data, opened with the keys that are here: that of the segment's epoch, or that of the one segment, which somebody
 * has sealed under another epoch before its own one went. See keyring.h. */
#include "api/engine.h"

#include <string.h>

#include "checkpoint/chunk.h"
#include "log/payload.h"
#include "log/sealed.h"
#include "store/keys/epoch.h"

/* --- keys of one segment alone --- */

/* Index of the first for this segment, or a later one. */
static uint32_t singles_from(const struct engine_keyring *k, const struct jemput_hash *segment)
{
    uint32_t low = 0, high = k->single_count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (memcmp(k->singles[middle]->record.as.single.segment.bytes, segment->bytes, sizeof segment->bytes) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct jemput_single *engine_single(const struct jemput *j, const struct jemput_hash *segment, uint32_t index)
{
    const struct engine_keyring *k = &j->keyring;
    uint32_t at = singles_from(k, segment) + index;

    return at < k->single_count && jemput_hash_equal(&k->singles[at]->record.as.single.segment, segment) ? &k->singles[at]->record.as.single : NULL;
}

enum jemput_status engine_single_key(struct jemput *j, const struct jemput_single *s, uint8_t out[JEMPUT_SEAL_KEY_BYTES], struct jemput_error *err)
{
    struct jemput_buf plain = JEMPUT_BUF_INIT(JEMPUT_SEAL_KEY_BYTES + 1);
    uint8_t beside[ENGINE_SINGLE_BESIDE_BYTES], key[JEMPUT_SEAL_KEY_BYTES];
    enum jemput_status st = JEMPUT_DENIED;

    engine_single_beside(beside, &j->space, &s->segment, s->under);
    for (uint32_t i = 0; st == JEMPUT_DENIED; i++) {
        st = jemput_store_epoch_get(j->store, s->under, NULL, i, key, err);
        if (!st)
            st = jemput_seal_open(&plain, jemput_bytes_of(s->sealed, sizeof s->sealed), jemput_bytes_of(beside, sizeof beside), key, err);
    }
    if (!st)
        memcpy(out, plain.data, JEMPUT_SEAL_KEY_BYTES); /* what is sealed has that length */
    jemput_wipe(key, sizeof key);
    if (plain.data)
        jemput_wipe(plain.data, plain.cap);
    jemput_buf_release(&plain);
    return st;
}

enum jemput_status engine_single_open(struct jemput *j, const struct jemput_single *s, const struct jemput_commit *commit, struct jemput_buf *plain,
                                      struct jemput_error *err)
{
    uint8_t key[JEMPUT_SEAL_KEY_BYTES];
    enum jemput_status st = engine_single_key(j, s, key, err);

    if (!st)
        st = jemput_payload_open_single(plain, commit->message, commit->payload, key, err);
    jemput_wipe(key, sizeof key);
    return st;
}

/* One of them opens it? JEMPUT_NOTFOUND: none is here, or none that was handed out is the right one. */
static enum jemput_status singles_open(struct jemput *j, const struct jemput_commit *commit, struct jemput_buf *plain, struct jemput_error *err)
{
    struct jemput_hash segment;
    enum jemput_status st = JEMPUT_NOTFOUND;

    jemput_header_hash(&segment, commit->message);
    for (uint32_t i = 0; st == JEMPUT_NOTFOUND; i++) {
        const struct jemput_single *s = engine_single(j, &segment, i);

        if (!s)
            return jemput_fail(err, JEMPUT_NOTFOUND, "no key for it is known here");
        st = engine_single_open(j, s, commit, plain, err);
        st = st == JEMPUT_DENIED ? JEMPUT_NOTFOUND : st;
    }
    return st;
}

/* Of segments that wait for the key of their epoch, and will be opened by that of another. */
enum jemput_status engine_singles_follow(struct jemput *j, struct jemput_error *err)
{
    uint64_t unread = 0;
    enum jemput_status st = j->keyring.single_count ? jemput_store_unread_count(j->store, &unread, err) : JEMPUT_OK;

    for (uint32_t i = 0; !st && unread && i < j->keyring.single_count; i++) {
        const struct jemput_single *s = &j->keyring.singles[i]->record.as.single;
        uint8_t key[JEMPUT_SEAL_KEY_BYTES];

        st = jemput_store_epoch_get(j->store, s->under, NULL, 0, key, err);
        jemput_wipe(key, sizeof key);
        if (!st)
            st = jemput_store_unread_under(j->store, &s->segment, s->under, err);
        st = st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
    }
    return st;
}

/* --- payloads --- */

/* By the keys of the segment's epoch. JEMPUT_NOTFOUND: there is none here. JEMPUT_DENIED: none of them opens it. */
static enum jemput_status epoch_keys_open(struct jemput *j, const struct jemput_header *header, const struct jemput_commit *commit,
                                          struct jemput_buf *plain, struct jemput_error *err)
{
    const struct jemput_writer *maker = header->key_epoch > ENGINE_EPOCH_OWN_MAX ? NULL : &header->writer;
    uint8_t key[JEMPUT_SEAL_KEY_BYTES];
    enum jemput_status st = JEMPUT_DENIED;

    for (uint32_t i = 0; st == JEMPUT_DENIED; i++) {
        st = jemput_store_epoch_get(j->store, header->key_epoch, maker, i, key, err);
        if (st == JEMPUT_NOTFOUND && i > 0) {
            st = jemput_fail(err, JEMPUT_DENIED, "the key of epoch %u does not open it", (unsigned)header->key_epoch);
            break;
        }
        if (!st)
            st = jemput_payload_open(plain, commit->message, commit->payload, key, err);
    }
    jemput_wipe(key, sizeof key);
    return st;
}

enum jemput_status engine_payload_open(struct jemput *j, const struct jemput_header *header, const struct jemput_commit *commit,
                                       struct jemput_buf *plain, bool *unread, struct jemput_error *err)
{
    struct jemput_error of_epoch, of_single;
    enum jemput_status st, by_epoch;

    *unread = false;
    if (header->key_epoch == 0) {
        jemput_buf_append_bytes(plain, commit->payload);
        return jemput_buf_check(plain, "payload", err);
    }
    st = by_epoch = epoch_keys_open(j, header, commit, plain, &of_epoch);
    if (st == JEMPUT_NOTFOUND || st == JEMPUT_DENIED) {
        st = singles_open(j, commit, plain, &of_single);
        *unread = st == JEMPUT_NOTFOUND && by_epoch == JEMPUT_NOTFOUND;
        if (st == JEMPUT_NOTFOUND)
            st = by_epoch;
    }
    if (st)
        *err = st == by_epoch ? of_epoch : of_single;
    return *unread ? JEMPUT_OK : st;
}

enum jemput_status engine_txns_read(struct jemput *j, const struct jemput_header *header, const struct jemput_commit *commit,
                                    struct jemput_txn **txns, uint32_t *count, bool *unread, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_id_runs runs;

    return engine_txns_read_runs(j, header, commit, txns, count, &runs, unread, arena, err);
}

enum jemput_status engine_txns_read_runs(struct jemput *j, const struct jemput_header *header, const struct jemput_commit *commit,
                                         struct jemput_txn **txns, uint32_t *count, struct jemput_id_runs *runs, bool *unread,
                                         struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_buf plain = JEMPUT_BUF_INIT(JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX);
    enum jemput_status st;

    *unread = false;
    *count = 0;
    *runs = (struct jemput_id_runs){ 0 };
    if (header->codec == JEMPUT_CHUNK_CODEC) /* a part of a checkpoint: it says what was merged before, and nothing new (checkpoint.c) */
        return JEMPUT_OK;
    if (header->key_epoch == 0)
        return jemput_payload_read_runs(txns, count, runs, commit->payload, arena, err);
    st = engine_payload_open(j, header, commit, &plain, unread, err);
    if (!st && !*unread)
        st = jemput_payload_read_runs(txns, count, runs, jemput_buf_bytes(&plain), arena, err);
    jemput_buf_release(&plain);
    return st;
}
