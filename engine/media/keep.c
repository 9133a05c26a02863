/* media/keep.c — a stream of bytes to sealed chunks in the store, and back. See keep.h. */
#include "media/keep.h"

#include <string.h>

#include "crypto/crypto.h"

#define LIST_BYTES_MAX (16u + JEMPUT_MEDIA_CHUNKS_MAX * sizeof(struct jemput_media_entry))
_Static_assert(LIST_BYTES_MAX <= JEMPUT_MEDIA_CHUNK_BYTES_MAX, "a list is a chunk like others");

void jemput_media_keep_begin(struct jemput_media_keep *k, struct jemput_store *store, const uint8_t id[JEMPUT_MEDIA_ID_BYTES],
                             const uint8_t media_key[JEMPUT_SEAL_KEY_BYTES], uint32_t chunk_bytes)
{
    *k = (struct jemput_media_keep){ .store = store, .chunk_bytes = chunk_bytes, .plain = JEMPUT_BUF_INIT(JEMPUT_MEDIA_CHUNK_BYTES_MAX),
                                     .sealed = JEMPUT_BUF_INIT(JEMPUT_MEDIA_SEALED_BYTES_MAX) };
    memcpy(k->id, id, sizeof k->id);
    memcpy(k->media_key, media_key, sizeof k->media_key);
}

void jemput_media_keep_release(struct jemput_media_keep *k)
{
    jemput_wipe(k->media_key, sizeof k->media_key);
    jemput_buf_release(&k->plain);
    jemput_buf_release(&k->sealed);
    if (k->entries)
        jemput_wipe(k->entries, k->room * sizeof *k->entries);
    jemput_free(k->entries);
    k->entries = NULL;
}

static enum jemput_status entries_room(struct jemput_media_keep *k, struct jemput_error *err)
{
    uint32_t room = k->room ? 2 * k->room : 16;
    struct jemput_media_entry *grown;

    if (k->count < k->room)
        return JEMPUT_OK;
    if (k->count >= JEMPUT_MEDIA_CHUNKS_MAX)
        return jemput_fail(err, JEMPUT_LIMIT, "an attachment of more than %u MiB", JEMPUT_MEDIA_CHUNKS_MAX / 1024 * (k->chunk_bytes / 1024));
    grown = jemput_realloc(k->entries, room * sizeof *grown);
    if (!grown)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a list of chunks");
    k->entries = grown;
    k->room = room;
    return JEMPUT_OK;
}

static enum jemput_status sealed_put(struct jemput_media_keep *k, uint32_t place, const struct jemput_media_entry *entry, struct jemput_error *err)
{
    struct jemput_chunk chunk = { .bytes = (uint32_t)k->sealed.len };
    enum jemput_status st = jemput_store_begin(k->store, JEMPUT_MEDIA_LOCK_WAIT_MS, err);

    memcpy(chunk.oid, entry->oid.id, sizeof chunk.oid);
    if (!st)
        st = jemput_repo_blob_put(k->store, &entry->oid, jemput_buf_bytes(&k->sealed), err);
    if (!st)
        st = jemput_store_chunk_put(k->store, jemput_bytes_of(k->id, sizeof k->id), place, &chunk, err);
    if (!st)
        st = jemput_store_commit(k->store, err);
    if (st)
        jemput_store_rollback(k->store);
    return st;
}

static enum jemput_status chunk_end(struct jemput_media_keep *k, struct jemput_error *err)
{
    enum jemput_status st = entries_room(k, err);

    if (st)
        return st;
    jemput_buf_clear(&k->sealed);
    st = jemput_media_seal(&k->sealed, &k->entries[k->count], jemput_buf_bytes(&k->plain), JEMPUT_MEDIA_CHUNK, k->media_key, err);
    if (!st)
        st = sealed_put(k, k->count + 1, &k->entries[k->count], err);
    if (st)
        return st;
    k->count++;
    k->size_bytes += k->plain.len;
    jemput_buf_clear(&k->plain);
    return JEMPUT_OK;
}

enum jemput_status jemput_media_keep_add(struct jemput_media_keep *k, struct jemput_bytes bytes, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    while (!st && bytes.len) {
        size_t room = k->chunk_bytes - k->plain.len, part = bytes.len < room ? bytes.len : room;

        jemput_buf_append(&k->plain, bytes.data, part);
        st = jemput_buf_check(&k->plain, "attachment", err);
        bytes = jemput_bytes_of(bytes.data + part, bytes.len - part);
        if (!st && k->plain.len == k->chunk_bytes)
            st = chunk_end(k, err);
    }
    return st;
}

enum jemput_status jemput_media_keep_end(struct jemput_media_keep *k, struct jemput_media_content *content, struct jemput_error *err)
{
    struct jemput_media_list list;
    enum jemput_status st = k->plain.len ? chunk_end(k, err) : JEMPUT_OK;

    if (st)
        return st;
    list = (struct jemput_media_list){ .size_bytes = k->size_bytes, .count = k->count, .chunks = k->entries };
    jemput_media_list_write(&k->plain, &list);
    st = jemput_buf_check(&k->plain, "list of chunks", err);
    jemput_buf_clear(&k->sealed);
    content->chunk_bytes = k->chunk_bytes;
    if (!st)
        st = jemput_media_seal(&k->sealed, &content->list, jemput_buf_bytes(&k->plain), JEMPUT_MEDIA_LIST, k->media_key, err);
    return st ? st : sealed_put(k, 0, &content->list, err);
}

/* --- and out again --- */

static enum jemput_status entry_open(struct jemput_buf *plain, struct jemput_source *source, const struct jemput_media_entry *entry,
                                     enum jemput_media_kind kind, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct jemput_bytes sealed;
    enum jemput_status st = jemput_source_blob(source, &entry->oid, JEMPUT_MEDIA_SEALED_BYTES_MAX, &sealed, &arena, err);

    jemput_buf_clear(plain);
    if (!st)
        st = jemput_media_open(plain, sealed, entry, kind, err);
    jemput_arena_release(&arena);
    return st;
}

enum jemput_status jemput_media_list_find(struct jemput_media_list *out, struct jemput_source *source, const struct jemput_media_content *content,
                                          struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_buf plain = JEMPUT_BUF_INIT(JEMPUT_MEDIA_CHUNK_BYTES_MAX + 1);
    enum jemput_status st = entry_open(&plain, source, &content->list, JEMPUT_MEDIA_LIST, err);

    if (!st)
        st = jemput_media_list_read(out, jemput_buf_bytes(&plain), content->chunk_bytes, arena, err);
    jemput_buf_release(&plain);
    return st;
}

enum jemput_status jemput_media_chunk_read(struct jemput_buf *plain, struct jemput_source *source, const struct jemput_media_list *list,
                                           uint32_t chunk_bytes, uint32_t chunk, struct jemput_error *err)
{
    uint64_t rest = list->size_bytes - (uint64_t)chunk * chunk_bytes;
    enum jemput_status st = entry_open(plain, source, &list->chunks[chunk], JEMPUT_MEDIA_CHUNK, err);

    if (!st && plain->len != (rest < chunk_bytes ? rest : chunk_bytes))
        st = jemput_fail(err, JEMPUT_CORRUPT, "chunk %u has not the size that the list says", (unsigned)chunk + 1);
    return st;
}

static enum jemput_status chunks_read(struct jemput_source *source, const struct jemput_media_list *list, uint32_t chunk_bytes,
                                      jemput_media_bytes_fn each, void *ctx, struct jemput_error *err)
{
    struct jemput_buf plain = JEMPUT_BUF_INIT(JEMPUT_MEDIA_CHUNK_BYTES_MAX + 1);
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; !st && i < list->count; i++) {
        st = jemput_media_chunk_read(&plain, source, list, chunk_bytes, i, err);
        if (!st)
            st = each(ctx, jemput_buf_bytes(&plain), err);
    }
    jemput_buf_release(&plain);
    return st;
}

enum jemput_status jemput_media_read(struct jemput_source *source, const struct jemput_media_content *content, jemput_media_bytes_fn each, void *ctx,
                                     struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct jemput_media_list list;
    enum jemput_status st = jemput_media_list_find(&list, source, content, &arena, err);

    if (!st)
        st = chunks_read(source, &list, content->chunk_bytes, each, ctx, err);
    jemput_arena_release(&arena);
    return st;
}
