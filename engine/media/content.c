/* media/content.c — sealed chunks, their list, and what a row says of them. See content.h. */
#include "media/content.h"

#include <string.h>

#include "base/alloc.h"
#include "crypto/crypto.h"

#define CONTENT_FORMAT 1
#define LIST_FORMAT 1
#define ENTRY_BYTES (JEMPUT_SEAL_KEY_BYTES + JEMPUT_MEDIA_NAME_BYTES + JEMPUT_OID_BYTES)

static const char KEY_LABEL[] = "jemput media 1";

static struct jemput_bytes beside(enum jemput_media_kind kind)
{
    return jemput_bytes_str(kind == JEMPUT_MEDIA_LIST ? "jemput media list" : "jemput media chunk");
}

void jemput_media_key(uint8_t out[JEMPUT_SEAL_KEY_BYTES], const uint8_t epoch_key[JEMPUT_SEAL_KEY_BYTES])
{
    jemput_hash256(out, jemput_bytes_str(KEY_LABEL), epoch_key);
}

enum jemput_status jemput_media_seal(struct jemput_buf *sealed, struct jemput_media_entry *entry, struct jemput_bytes plain,
                                     enum jemput_media_kind kind, const uint8_t media_key[JEMPUT_SEAL_KEY_BYTES], struct jemput_error *err)
{
    size_t before = sealed->len;
    struct jemput_bytes made;

    jemput_hash256(entry->key, plain, media_key);
    jemput_seal_make(sealed, plain, beside(kind), entry->key);
    if (sealed->failed)
        return jemput_buf_check(sealed, "chunk", err);
    made = jemput_bytes_of(sealed->data + before, sealed->len - before);
    jemput_hash256(entry->name, made, NULL);
    jemput_repo_blob_name(&entry->oid, made);
    return JEMPUT_OK;
}

bool jemput_media_is_named(struct jemput_bytes sealed, const uint8_t name[JEMPUT_MEDIA_NAME_BYTES])
{
    uint8_t hash[JEMPUT_MEDIA_NAME_BYTES];

    jemput_hash256(hash, sealed, NULL);
    return memcmp(hash, name, sizeof hash) == 0;
}

enum jemput_status jemput_media_open(struct jemput_buf *plain, struct jemput_bytes sealed, const struct jemput_media_entry *entry,
                                     enum jemput_media_kind kind, struct jemput_error *err)
{
    enum jemput_status st;

    if (!jemput_media_is_named(sealed, entry->name))
        return jemput_fail(err, JEMPUT_CORRUPT, "the chunk's bytes are not those that its name says");
    st = jemput_seal_open(plain, sealed, beside(kind), entry->key, err);
    if (st == JEMPUT_DENIED)
        st = err->status = JEMPUT_CORRUPT; /* its bytes are right, so who made it has named another key */
    return st;
}

uint32_t jemput_media_chunk_count(uint64_t size_bytes, uint32_t chunk_bytes)
{
    uint64_t count = size_bytes / chunk_bytes + (size_bytes % chunk_bytes != 0);

    return count > UINT32_MAX ? UINT32_MAX : (uint32_t)count;
}

/* --- entries --- */

static void entry_write(struct jemput_buf *out, const struct jemput_media_entry *e)
{
    jemput_buf_append(out, e->key, sizeof e->key);
    jemput_buf_append(out, e->name, sizeof e->name);
    jemput_buf_append(out, e->oid.id, sizeof e->oid.id);
}

static void entry_read(struct jemput_reader *r, struct jemput_media_entry *e)
{
    jemput_read_raw(r, e->key, sizeof e->key);
    jemput_read_raw(r, e->name, sizeof e->name);
    jemput_read_raw(r, e->oid.id, sizeof e->oid.id);
}

/* --- what the row says --- */

static bool chunk_bytes_valid(uint64_t bytes)
{
    return bytes >= JEMPUT_MEDIA_CHUNK_BYTES_MIN && bytes <= JEMPUT_MEDIA_CHUNK_BYTES_MAX && (bytes & (bytes - 1)) == 0;
}

void jemput_media_content_write(struct jemput_buf *out, const struct jemput_media_content *content)
{
    JEMPUT_ASSERT(chunk_bytes_valid(content->chunk_bytes));
    jemput_buf_u8(out, CONTENT_FORMAT);
    jemput_buf_varint(out, content->chunk_bytes);
    entry_write(out, &content->list);
}

enum jemput_status jemput_media_content_read(struct jemput_media_content *out, struct jemput_bytes in, struct jemput_error *err)
{
    struct jemput_reader r = { .rest = in };
    struct jemput_media_content c = { 0 };
    uint8_t format = jemput_read_u8(&r);
    uint64_t bytes = jemput_read_varint(&r);

    entry_read(&r, &c.list);
    if (in.len && format > CONTENT_FORMAT)
        return jemput_fail(err, JEMPUT_UPGRADE, "attachment: content of form %u", format);
    if (r.overrun || r.rest.len || format != CONTENT_FORMAT || !chunk_bytes_valid(bytes))
        return jemput_fail(err, JEMPUT_CORRUPT, "attachment: its content description is malformed");
    c.chunk_bytes = (uint32_t)bytes;
    *out = c;
    return JEMPUT_OK;
}

/* --- the list --- */

void jemput_media_list_write(struct jemput_buf *out, const struct jemput_media_list *list)
{
    jemput_buf_u8(out, LIST_FORMAT);
    jemput_buf_varint(out, list->size_bytes);
    for (uint32_t i = 0; i < list->count; i++)
        entry_write(out, &list->chunks[i]);
}

enum jemput_status jemput_media_list_read(struct jemput_media_list *out, struct jemput_bytes in, uint32_t chunk_bytes, struct jemput_arena *arena,
                                          struct jemput_error *err)
{
    struct jemput_reader r = { .rest = in };
    struct jemput_media_list l = { 0 };
    struct jemput_media_entry *chunks;
    uint8_t format = jemput_read_u8(&r);

    l.size_bytes = jemput_read_varint(&r);
    if (in.len && format > LIST_FORMAT)
        return jemput_fail(err, JEMPUT_UPGRADE, "attachment: list of form %u", format);
    l.count = jemput_media_chunk_count(l.size_bytes, chunk_bytes);
    if (r.overrun || format != LIST_FORMAT || l.count > JEMPUT_MEDIA_CHUNKS_MAX || r.rest.len != (size_t)l.count * ENTRY_BYTES)
        return jemput_fail(err, JEMPUT_CORRUPT, "attachment: its chunk list is malformed");
    chunks = jemput_arena_array(arena, l.count, sizeof *chunks);
    if (!chunks)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for %u chunks", (unsigned)l.count);
    for (uint32_t i = 0; i < l.count; i++)
        entry_read(&r, &chunks[i]);
    l.chunks = chunks;
    *out = l;
    return JEMPUT_OK;
}
