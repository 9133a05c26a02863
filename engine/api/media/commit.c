/* api/media/commit.c — a commit of a branch of attachments, checked: by central before it keeps it, by a hub before it takes it. Format:
 * schema/formats/media.md. */
#include <string.h>

#include "api/media/commit.h"

#define PLACE_DIGITS 9
#define NEW_MAX 4096u /* commits of one push */

bool engine_media_ref_parse(const char *name, struct jemput_writer *writer)
{
    size_t prefix = sizeof MEDIA_REF_PREFIX - 1, digits;
    const char *rest = name + prefix + 2 * JEMPUT_WRITER_BYTES;

    if (strncmp(name, MEDIA_REF_PREFIX, prefix) != 0 || strlen(name) >= LOG_REF_BYTES || strlen(name) < prefix + 2 * JEMPUT_WRITER_BYTES + 2 ||
        rest[0] != '/')
        return false;
    digits = strspn(rest + 1, "0123456789");
    if (digits == 0 || digits > PLACE_DIGITS || rest[1 + digits] || (rest[1] == '0' && digits > 1))
        return false;
    return jemput_hex_decode(writer->id, sizeof writer->id, jemput_bytes_of(name + prefix, 2 * JEMPUT_WRITER_BYTES));
}

enum jemput_status engine_media_chain_begin(struct media_chain *chain, struct jemput_source *source, const struct jemput_oid *oid,
                                            struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_media_header header;
    struct jemput_commit commit;
    enum jemput_status st = jemput_source_signed(source, oid, &commit, arena, err);

    if (!st)
        st = jemput_media_header_read(&header, commit.message, err);
    if (!st)
        engine_media_chain_on(chain, &commit, &header);
    return st;
}

void engine_media_chain_on(struct media_chain *chain, const struct jemput_commit *commit, const struct jemput_media_header *header)
{
    chain->number = header->number;
    jemput_hash256(chain->previous, commit->message, NULL);
}

enum jemput_status engine_media_commit_check(const struct media_chain *chain, struct jemput_source *source, struct jemput_commit *commit,
                                             struct jemput_media_header *h, uint8_t key[JEMPUT_PUBLIC_KEY_BYTES], struct jemput_arena *arena,
                                             struct jemput_error *err)
{
    struct jemput_writer derived;
    enum jemput_status st = jemput_media_header_read(h, commit->message, err);

    if (!st)
        st = jemput_sshsig_verify(key, commit->signature, commit->signed_text, err);
    if (st)
        return st;
    jemput_writer_derive(&derived, &chain->space, key, h->epoch);
    if (memcmp(h->space, chain->space.id, sizeof h->space) != 0 || memcmp(h->writer, chain->writer.id, sizeof h->writer) != 0 ||
        jemput_writer_compare(&derived, &chain->writer) != 0)
        return jemput_fail(err, JEMPUT_DENIED, "it is not signed by the writer whose branch this is");
    if (h->number != chain->number + 1 || memcmp(h->previous, chain->previous, sizeof h->previous) != 0)
        return jemput_fail(err, JEMPUT_CORRUPT, "it does not follow the one before it");
    st = jemput_source_payload(source, commit, h->chunk_bytes, arena, err);
    if (!st && (commit->payload.len != h->chunk_bytes || !jemput_media_is_named(commit->payload, h->name)))
        st = jemput_fail(err, JEMPUT_CORRUPT, "the chunk's bytes are not those that its name says");
    return st;
}

/* --- a push --- */

struct media_push {
    struct jemput_hub *hub;
    struct jemput_source *source;
    struct media_chain chain;
    struct jemput_oid fresh[NEW_MAX]; /* newest first */
    unsigned count;
    struct jemput_arena arena;
};

/* From the new end back to what the hub keeps, or to the root. */
static enum jemput_status push_walk(struct media_push *p, struct jemput_oid oid, struct jemput_error *err)
{
    bool kept = false;
    enum jemput_status st = jemput_hub_keeps(p->hub, &oid, &kept, err);

    while (!st && !kept) {
        struct jemput_commit commit;

        if (p->count == NEW_MAX)
            return jemput_fail(err, JEMPUT_LIMIT, "more than %u chunks at once: push fewer at a time", NEW_MAX);
        p->fresh[p->count++] = oid;
        jemput_arena_clear(&p->arena);
        st = jemput_source_signed(p->source, &oid, &commit, &p->arena, err);
        if (!st && commit.parent_count > 1)
            st = jemput_fail(err, JEMPUT_CORRUPT, "a commit of several parents");
        if (st || commit.parent_count == 0)
            return st;
        oid = commit.parents[0];
        st = jemput_hub_keeps(p->hub, &oid, &kept, err);
    }
    jemput_arena_clear(&p->arena);
    return st ? st : engine_media_chain_begin(&p->chain, p->source, &oid, &p->arena, err);
}

enum jemput_status engine_media_push_check(struct jemput_hub *hub, const struct jemput_hub_push *push, struct jemput_hub_pushed *out,
                                           struct jemput_error *err)
{
    struct media_push *p = jemput_alloc_zero(1, sizeof *p);
    struct jemput_oid tip;
    enum jemput_status st = p ? JEMPUT_OK : jemput_fail(err, JEMPUT_NOMEM, "no memory for a push");

    if (st)
        return st;
    p->hub = hub;
    p->source = jemput_hub_source(hub);
    if (!push->space || !jemput_hex_decode(p->chain.space.id, sizeof p->chain.space.id, jemput_bytes_str(push->space)))
        st = jemput_fail(err, JEMPUT_DENIED, "this hub does not know the space yet: the office (or whoever founded it) has to sync first");
    if (!st && !engine_media_ref_parse(push->ref, &p->chain.writer))
        st = jemput_fail(err, JEMPUT_DENIED, "not the name of a branch of attachments (media/<writer>/<n>)");
    if (!st && !jemput_hex_decode(tip.id, sizeof tip.id, jemput_bytes_str(push->tip)))
        st = jemput_fail(err, JEMPUT_MISUSE, "no commit's name");
    if (!st)
        st = push_walk(p, tip, err);
    for (unsigned i = p->count; !st && i-- > 0;) {
        struct jemput_media_header header;
        struct jemput_commit commit;

        jemput_arena_clear(&p->arena);
        st = jemput_source_commit(p->source, &p->fresh[i], false, &commit, &p->arena, err);
        if (!st)
            st = engine_media_commit_check(&p->chain, p->source, &commit, &header, out->public_key, &p->arena, err);
        if (!st)
            engine_media_chain_on(&p->chain, &commit, &header);
    }
    if (!st && p->count == 0)
        st = jemput_fail(err, JEMPUT_DENIED, "a branch that holds nothing new");
    out->last = p->chain.number;
    out->segments = p->count;
    if (!st)
        jemput_hex_encode(out->space, p->chain.space.id, sizeof p->chain.space.id);
    jemput_arena_release(&p->arena);
    jemput_free(p);
    return st;
}
