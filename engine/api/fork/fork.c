/* api/fork/fork.c — forks: two segments that one device's key has signed under one number. Both together are a proof that needs neither jemput nor
 * trust. */
#include <string.h>

#include "api/fork/resume.h"
#include "api/handle/moment.h"
#include "api/ingest/segment.h"
#include "api/look/look.h"
#include "api/roster/roster.h"
#include "store/causes/own_writer.h"

/* --- what is told of one --- */

struct forks_look {
    struct jemput *j;
    jemput_fork_cb each;
    void *ctx;
};

static enum jemput_status side_tell(struct jemput *j, const struct jemput_segment *segment, struct jemput_fork_side *out, struct engine_segment *read,
                                    struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_segment end;
    struct jemput_oid oid;
    bool here;
    enum jemput_status st;

    memcpy(oid.id, segment->commit, sizeof oid.id);
    st = jemput_source_signed(jemput_repo_source(j->repo), &oid, &read->commit, arena, err); /* its data may have been cut off here */
    if (!st)
        st = jemput_sshsig_verify(read->public_key, read->commit.signature, read->commit.signed_text, err);
    here = st == JEMPUT_OK;
    if (!st || st == JEMPUT_NOTFOUND) /* this store began behind it, with a checkpoint: then it knows of the fork, and has no proof */
        st = jemput_store_line_end(j->store, segment, &end, err);
    if (st)
        return st;
    jemput_hex_encode(out->commit, segment->commit, sizeof segment->commit);
    jemput_hex_encode(out->segment, segment->hash.bytes, sizeof segment->hash.bytes);
    out->claimed_ms = jemput_stamp_ms(segment->stamp);
    out->last = end.number;
    out->own = segment->own;
    if (!here)
        return JEMPUT_OK;
    out->text = (const char *)read->commit.signed_text.data;
    out->text_len = read->commit.signed_text.len;
    out->signature = (const char *)read->commit.signature.data;
    out->signature_len = read->commit.signature.len;
    return JEMPUT_OK;
}

static enum jemput_status signer_line(struct jemput_buf *out, const char *writer, const uint8_t public_key[32], struct jemput_error *err)
{
    jemput_buf_printf(out, "%s namespaces=\"git\" ", writer);
    jemput_ssh_public_key(out, public_key);
    jemput_buf_append(out, "\n", 2); /* and a NUL */
    return jemput_buf_check(out, "signer", err);
}

static enum jemput_status fork_tell(void *ctx, const struct jemput_store_fork *fork, struct jemput_error *err)
{
    struct forks_look *look = ctx;
    const struct jemput_writer *writer = &fork->sides[0].writer;
    const struct jemput_member *m = jemput_roster_member(&look->j->roster, writer);
    struct jemput_buf signer = JEMPUT_BUF_INIT(1024);
    struct jemput_arena arena = { 0 };
    struct engine_segment read[2] = { { .public_key = { 0 } }, { .public_key = { 0 } } };
    struct jemput_fork out = { .number = fork->sides[0].number, .device_number = m ? m->device_number : 0 };
    enum jemput_status st = JEMPUT_OK;

    jemput_hex_encode(out.writer, writer->id, sizeof writer->id);
    for (unsigned i = 0; !st && i < 2; i++)
        st = side_tell(look->j, &fork->sides[i], &out.sides[i], &read[i], &arena, err);
    if (!st)
        st = signer_line(&signer, out.writer, m ? m->public_key : read[!out.sides[0].text].public_key, err);
    if (!st) {
        out.signer = (const char *)signer.data;
        out.resumed = m && engine_superseded(look->j, m);
        if (look->each(look->ctx, &out))
            st = jemput_fail(err, JEMPUT_CANCELLED, "stopped");
    }
    jemput_arena_release(&arena);
    jemput_buf_release(&signer);
    return st;
}

enum jemput_status jemput_forks(struct jemput *j, jemput_fork_cb each, void *ctx, struct jemput_error *err)
{
    struct forks_look look = { .j = j, .each = each, .ctx = ctx };
    bool mine = false;
    enum jemput_status st = engine_look_begin(j, &mine, err);

    if (!st)
        st = look_stopped(jemput_store_forks_each(j->store, fork_tell, &look, err));
    engine_moment_end(j, mine);
    return st ? jemput_wrap(err, "forks") : JEMPUT_OK;
}

/* --- checking a proof: of nothing but what stands in it --- */

struct proof_side {
    struct jemput_header header;
    struct jemput_hash hash;
    uint8_t public_key[32];
};

static enum jemput_status proof_read(struct proof_side *out, const struct jemput_fork_side *side, struct jemput_arena *arena,
                                     struct jemput_error *err)
{
    struct jemput_bytes text = jemput_bytes_of(side->text, side->text_len), message = { 0 };
    enum jemput_status st =
        jemput_sshsig_verify(out->public_key, jemput_bytes_of(side->signature, side->signature_len), text, err);

    for (size_t i = 0; !st && !message.data && i + 1 < text.len; i++)
        if (text.data[i] == '\n' && text.data[i + 1] == '\n')
            message = jemput_bytes_of(text.data + i + 2, text.len - i - 2);
    if (!st && !message.data)
        st = jemput_fail(err, JEMPUT_CORRUPT, "it is not a commit");
    if (!st)
        st = jemput_header_read(&out->header, message, arena, err);
    if (!st)
        jemput_header_hash(&out->hash, message);
    return st;
}

static enum jemput_status proof_compare(const struct proof_side *a, const struct proof_side *b, struct jemput_error *err)
{
    struct jemput_writer writer;

    jemput_writer_derive(&writer, &a->header.space, a->public_key, a->header.epoch);
    if (memcmp(a->public_key, b->public_key, sizeof a->public_key) != 0)
        return jemput_fail(err, JEMPUT_CORRUPT, "two keys have signed: it proves nothing");
    if (jemput_writer_compare(&writer, &a->header.writer) != 0 || jemput_writer_compare(&writer, &b->header.writer) != 0 ||
        memcmp(a->header.space.id, b->header.space.id, sizeof a->header.space.id) != 0)
        return jemput_fail(err, JEMPUT_CORRUPT, "the two segments are of different logs, or not of the key's");
    if (a->header.number != b->header.number || a->header.number == 0)
        return jemput_fail(err, JEMPUT_CORRUPT, "the two segments have different numbers: it proves nothing");
    if (jemput_hash_equal(&a->hash, &b->hash))
        return jemput_fail(err, JEMPUT_CORRUPT, "it is one segment twice: it proves nothing");
    return JEMPUT_OK;
}

enum jemput_status jemput_fork_check(const struct jemput_fork_side sides[2], char writer[33], uint64_t *number, struct jemput_error *err)
{
    struct proof_side read[2] = { { .public_key = { 0 } }, { .public_key = { 0 } } };
    struct jemput_arena arena = { 0 };
    enum jemput_status st = jemput_crypto_init(err);

    for (unsigned i = 0; !st && i < 2; i++) {
        st = proof_read(&read[i], &sides[i], &arena, err);
        if (st)
            (void)jemput_wrap(err, "segment %u", i + 1);
    }
    if (!st)
        st = proof_compare(&read[0], &read[1], err);
    if (!st) {
        jemput_hex_encode(writer, read[0].header.writer.id, sizeof read[0].header.writer.id);
        *number = read[0].header.number;
    }
    jemput_arena_release(&arena);
    return st ? jemput_wrap(err, "proof") : JEMPUT_OK;
}
