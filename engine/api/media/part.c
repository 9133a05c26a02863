/* api/media/part.c — an attachment's bytes from any place on: for viewers that leap about in a file. What was opened last is kept, so that reading on
 * opens no chunk twice. */
#include <string.h>

#include "api/media/media.h"

struct engine_part { /* of one attachment */
    uint8_t id[JEMPUT_MEDIA_ID_BYTES];
    struct jemput_media_content content;
    struct jemput_media_list list;
    struct jemput_arena arena; /* of the list */
    struct jemput_buf plain;   /* of chunk `chunk`; empty = none was opened yet */
    uint32_t chunk;
};

void engine_part_free(struct engine_part *p)
{
    if (!p)
        return;
    if (p->plain.data)
        jemput_wipe(p->plain.data, p->plain.len);
    for (uint32_t i = 0; i < p->list.count; i++)
        jemput_wipe((void *)(uintptr_t)p->list.chunks[i].key, sizeof p->list.chunks[i].key);
    jemput_wipe(&p->content, sizeof p->content);
    jemput_buf_release(&p->plain);
    jemput_arena_release(&p->arena);
    jemput_free(p);
}

static void part_forget(struct jemput *j)
{
    engine_part_free(j->part);
    j->part = NULL;
}

struct looking {
    struct jemput_media_content content;
    bool whole;
};

static enum jemput_status row_look(void *ctx, const struct jemput_media_row *row, struct jemput_error *err)
{
    struct looking *l = ctx;

    l->whole = row->whole;
    return jemput_media_content_read(&l->content, row->content, err);
}

static enum jemput_status part_begin(struct jemput *j, const uint8_t id[JEMPUT_MEDIA_ID_BYTES], const struct jemput_media_content *content,
                                     struct jemput_error *err)
{
    struct engine_part *p = jemput_alloc_zero(1, sizeof *p);

    part_forget(j);
    j->part = p;
    if (!p)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for an attachment");
    memcpy(p->id, id, sizeof p->id);
    p->content = *content;
    p->plain.max = JEMPUT_MEDIA_CHUNK_BYTES_MAX + 1;
    return jemput_media_list_find(&p->list, jemput_repo_source(j->repo), content, &p->arena, err);
}

/* The row is asked each time: it may have been deleted or forgotten meanwhile, or its bytes let go. */
static enum jemput_status part_find(struct jemput *j, const uint8_t id[JEMPUT_MEDIA_ID_BYTES], struct jemput_error *err)
{
    struct looking l = { .whole = false };
    const struct engine_part *p = j->part;
    enum jemput_status st = engine_media_find(j, id, row_look, &l, err);

    if (!st && !l.whole)
        st = jemput_fail(err, JEMPUT_NOTFOUND, "not all of it is here: ask for it, then sync");
    if (!st && (!p || memcmp(p->id, id, sizeof p->id) != 0 || memcmp(&p->content.list, &l.content.list, sizeof p->content.list) != 0))
        st = part_begin(j, id, &l.content, err);
    jemput_wipe(&l, sizeof l);
    return st;
}

static enum jemput_status chunk_open(struct jemput *j, uint32_t chunk, struct jemput_error *err)
{
    struct engine_part *p = j->part;

    if (p->plain.len && p->chunk == chunk)
        return JEMPUT_OK;
    p->chunk = chunk;
    return jemput_media_chunk_read(&p->plain, jemput_repo_source(j->repo), &p->list, p->content.chunk_bytes, chunk, err);
}

enum jemput_status jemput_attachment_part(struct jemput *j, const uint8_t id[JEMPUT_ATTACHMENT_ID_BYTES], uint64_t offset, void *out, size_t size,
                                          size_t *got, struct jemput_error *err)
{
    enum jemput_status st = engine_awake(j, err);
    size_t done = 0;

    if (!st)
        st = part_find(j, id, err);
    while (!st && done < size && offset + done < j->part->list.size_bytes) {
        uint64_t at = offset + done, chunk = at / j->part->content.chunk_bytes;
        size_t from = (size_t)(at - chunk * j->part->content.chunk_bytes), len;

        st = chunk_open(j, (uint32_t)chunk, err);
        if (st)
            break;
        len = j->part->plain.len - from;
        len = len < size - done ? len : size - done;
        memcpy((uint8_t *)out + done, j->part->plain.data + from, len);
        done += len;
    }
    if (st) {
        part_forget(j);
        return jemput_wrap(err, "read attachment");
    }
    *got = done;
    return JEMPUT_OK;
}
