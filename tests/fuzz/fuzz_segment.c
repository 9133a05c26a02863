/* fuzz/fuzz_segment.c — a whole segment, through every layer: a header's text, of which two bytes say how long it is, and a payload. Its commit is signed here, so
 * that what lies behind the signature is reached.
 *
 * What was signed is read as it was written, and with any one bit of it turned the signature fits no more. A header is taken only with the payload that it
 * tells of; a sealed payload opens under no other header. */
#include <stdint.h>
#include <string.h>

#include "base/alloc.h"
#include "base/limits.h"
#include "crypto/crypto.h"
#include "log/header.h"
#include "log/payload.h"
#include "log/sealed.h"
#include "repo/commit.h"
#include "repo/internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct jemput_keypair author;
static const uint8_t epoch_key[JEMPUT_SEAL_KEY_BYTES] = { 3, 1, 4 };

/* The text as it is kept, signed; or the status of writing it. */
static enum jemput_status commit_sign(struct jemput_buf *out, struct jemput_commit *commit, const struct jemput_oid *tree, struct jemput_buf *armor,
                                      struct jemput_error *err)
{
    jemput_commit_text_write(out, tree, commit);
    if (jemput_buf_check(out, "commit", err))
        return err->status;
    jemput_sshsig_sign(armor, jemput_buf_bytes(out), &author);
    commit->signature = jemput_buf_bytes(armor);
    jemput_buf_clear(out);
    jemput_commit_text_write(out, tree, commit);
    return jemput_buf_check(out, "commit", err);
}

/* With one bit turned it is another text, or no commit, or one whose signature does not fit. */
static void flip_is_noticed(struct jemput_buf *text, size_t bit, struct jemput_arena *arena)
{
    struct jemput_commit commit;
    struct jemput_error err;
    struct jemput_oid tree;
    uint8_t key[32];

    bit %= 8 * text->len;
    text->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    JEMPUT_ASSERT(jemput_commit_text_read(&commit, &tree, jemput_buf_bytes(text), arena, &err) ||
                  jemput_sshsig_verify(key, commit.signature, commit.signed_text, &err) || memcmp(key, author.public_key, sizeof key) != 0);
    text->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
}

static void payload_try(struct jemput_bytes payload, struct jemput_arena *arena)
{
    struct jemput_txn *txns;
    struct jemput_error err;
    uint32_t count;
    enum jemput_status st = jemput_payload_read(&txns, &count, payload, arena, &err);

    JEMPUT_ASSERT(st == JEMPUT_OK || st == JEMPUT_CORRUPT || st == JEMPUT_LIMIT || st == JEMPUT_UPGRADE);
}

/* As a reading device takes it: the header's own words, its payload, and what is in that. */
static void header_try(struct jemput_bytes message, struct jemput_bytes payload, struct jemput_arena *arena)
{
    static const struct jemput_space space = { { 1 } };
    struct jemput_buf sealed = JEMPUT_BUF_INIT(JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX), text = JEMPUT_BUF_INIT(JEMPUT_HEADER_BYTES_MAX);
    struct jemput_buf plain = JEMPUT_BUF_INIT(JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX);
    struct jemput_error err;
    struct jemput_header h;

    if (!jemput_header_read(&h, message, arena, &err)) {
        enum jemput_status st = jemput_chain_check(&h, payload, &space, author.public_key, h.number ? &h.previous : NULL, &err);

        JEMPUT_ASSERT(st == JEMPUT_OK || st == JEMPUT_CORRUPT || st == JEMPUT_DENIED);
        if (h.klass == JEMPUT_CLASS_DATA && h.key_epoch && !jemput_payload_seal(&sealed, &h, payload, epoch_key, &err)) {
            jemput_header_write(&text, &h);
            JEMPUT_ASSERT(jemput_payload_open(&plain, jemput_buf_bytes(&text), jemput_buf_bytes(&sealed), epoch_key, &err) == JEMPUT_OK);
            JEMPUT_ASSERT(jemput_bytes_equal(jemput_buf_bytes(&plain), payload));
            jemput_buf_clear(&text);
            h.number++;
            jemput_header_write(&text, &h);
            JEMPUT_ASSERT(jemput_payload_open(&plain, jemput_buf_bytes(&text), jemput_buf_bytes(&sealed), epoch_key, &err) == JEMPUT_DENIED);
        }
    }
    jemput_buf_release(&sealed);
    jemput_buf_release(&text);
    jemput_buf_release(&plain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct jemput_reader r = { .rest = { data, size } };
    struct jemput_buf text = JEMPUT_BUF_INIT(JEMPUT_COMMIT_BYTES_MAX), armor = JEMPUT_BUF_INIT(JEMPUT_ARMOR_BYTES_MAX);
    struct jemput_arena arena = { 0 };
    struct jemput_commit commit = { .time_s = 1750000000 }, again;
    struct jemput_oid tree = { { 7 } }, tree_again;
    struct jemput_error err;
    struct jemput_bytes payload;
    uint8_t key[32];
    size_t len;

    if (size < 3)
        return 0;
    if (!author.public_key[0])
        jemput_keypair_from_seed(&author, (const uint8_t[32]){ 9 });
    len = jemput_read_u8(&r);
    len |= (size_t)jemput_read_u8(&r) << 8;
    commit.message = jemput_read_bytes(&r, len < r.rest.len ? len : r.rest.len);
    payload = r.rest;
    if (jemput_message_valid(commit.message)) {
        JEMPUT_ASSERT(commit_sign(&text, &commit, &tree, &armor, &err) == JEMPUT_OK);
        JEMPUT_ASSERT(jemput_commit_text_read(&again, &tree_again, jemput_buf_bytes(&text), &arena, &err) == JEMPUT_OK);
        JEMPUT_ASSERT(jemput_bytes_equal(again.message, commit.message) && jemput_oid_equal(&tree, &tree_again));
        JEMPUT_ASSERT(jemput_sshsig_verify(key, again.signature, again.signed_text, &err) == JEMPUT_OK && memcmp(key, author.public_key, 32) == 0);
        flip_is_noticed(&text, (size_t)(data[size - 1] * 257u + data[size / 2] * 65537u), &arena);
        header_try(commit.message, payload, &arena);
    }
    payload_try(payload, &arena);
    jemput_buf_release(&text);
    jemput_buf_release(&armor);
    jemput_arena_release(&arena);
    return 0;
}
