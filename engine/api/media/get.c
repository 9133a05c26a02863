/* api/media/get.c — attachments that are to be had here: their lists read as far as the chunks are here, and what is missing asked of the hub by
 * name. */
#include <string.h>

#include "api/media/media.h"
#include "base/limits.h"

#define GET_BYTES (1024u * 1024) /* asked for together */
#define GETS_MAX 64              /* attachments that central asks for by name in one run: what a branch brings need not be asked for */
#define TOGETHER_MAX 16

struct getting { /* one attachment */
    struct jemput *j;
    uint8_t id[JEMPUT_MEDIA_ID_BYTES];
    struct jemput_media_content content;
    struct jemput_media_row row; /* its numbers */
    struct jemput_arena arena;
    struct jemput_media_list list;
    bool listed; /* the list is here */
    bool carried; /* it comes by stick: no hub is known to have it */
    uint32_t lacking;
};

/* --- what is here --- */

static enum jemput_status entry_note(struct getting *g, uint32_t place, const struct jemput_media_entry *entry, bool *here, struct jemput_error *err)
{
    struct jemput_chunk chunk = { .sent = JEMPUT_CHUNK_UNSENT }; /* unless it is known to be: the hub may lack it, and this device yet add the same */
    size_t size = 0;
    enum jemput_status st = jemput_store_object_get(g->j->store, entry->oid.id, NULL, &size, NULL, err);

    *here = st == JEMPUT_OK;
    if (st)
        return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
    memcpy(chunk.oid, entry->oid.id, sizeof chunk.oid);
    chunk.bytes = (uint32_t)size;
    return jemput_store_chunk_put(g->j->store, jemput_bytes_of(g->id, sizeof g->id), place, &chunk, err);
}

/* Note its chunks, and whether it is whole. */
static enum jemput_status getting_note(struct getting *g, struct jemput_error *err)
{
    struct jemput_store *store = g->j->store;
    struct jemput_bytes id = jemput_bytes_of(g->id, sizeof g->id);
    bool here = false;
    enum jemput_status st = jemput_store_begin(store, ENGINE_LOCK_WAIT_MS, err);

    if (st)
        return st;
    g->row.id = id;
    st = jemput_store_media_note(store, &g->row, err);
    if (!st)
        st = entry_note(g, 0, &g->content.list, &here, err);
    g->lacking = !here;
    for (uint32_t i = 0; !st && g->listed && i < g->list.count; i++) {
        st = entry_note(g, i + 1, &g->list.chunks[i], &here, err);
        g->lacking += !here;
    }
    if (!st && g->listed && !g->lacking)
        st = jemput_store_media_whole(store, id, true, err);
    if (!st)
        st = jemput_store_commit(store, err);
    if (st)
        jemput_store_rollback(store);
    return st;
}

/* The list if it is here, then the notes. */
static enum jemput_status getting_look(struct getting *g, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    if (!g->listed) {
        st = jemput_media_list_find(&g->list, jemput_repo_source(g->j->repo), &g->content, &g->arena, err);
        g->listed = st == JEMPUT_OK;
        if (!st && g->list.size_bytes != (uint64_t)g->row.size_bytes)
            st = jemput_fail(err, JEMPUT_CORRUPT, "its list has another size than its row");
    }
    return st && st != JEMPUT_NOTFOUND ? st : getting_note(g, err);
}

/* --- what is missing --- */

static enum jemput_status blob_keep(struct getting *g, struct jemput_source *source, const struct jemput_media_entry *entry, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct jemput_store *store = g->j->store;
    struct jemput_reader place = { .rest = jemput_bytes_of(entry->oid.id, 8) };
    struct jemput_chunk chunk = { .sent = g->carried ? JEMPUT_CHUNK_UNSENT : JEMPUT_CHUNK_ELSEWHERE };
    struct jemput_bytes sealed;
    enum jemput_status st = jemput_source_blob(source, &entry->oid, JEMPUT_MEDIA_SEALED_BYTES_MAX, &sealed, &arena, err);

    if (!st && !jemput_media_is_named(sealed, entry->name))
        st = jemput_fail(err, JEMPUT_CORRUPT, "the chunk's bytes are not those that its name says");
    if (!st)
        st = jemput_store_begin(store, ENGINE_LOCK_WAIT_MS, err);
    if (!st) {
        memcpy(chunk.oid, entry->oid.id, sizeof chunk.oid);
        chunk.bytes = (uint32_t)sealed.len;
        st = jemput_repo_blob_put(store, &entry->oid, sealed, err);
        if (!st)
            st = jemput_store_chunk_arrived(store, jemput_read_u64le(&place) >> 1, &chunk, err);
        if (!st)
            st = jemput_store_incoming_drop(store, entry->oid.id, err);
        if (!st)
            st = jemput_store_commit(store, err);
        if (st)
            jemput_store_rollback(store);
    }
    jemput_arena_release(&arena);
    return st;
}

static enum jemput_status entries_get(struct media_run *m, struct getting *g, const struct jemput_media_entry *const *entries, unsigned count,
                                      struct jemput_error *err)
{
    struct jemput_oid oids[TOGETHER_MAX];
    enum jemput_status st;

    for (unsigned i = 0; i < count; i++)
        oids[i] = entries[i]->oid;
    st = run_is_over(m->r, err);
    if (!st)
        st = jemput_hub_bring_blobs(m->r->hub, oids, count, err);
    for (unsigned i = 0; !st && i < count; i++)
        st = blob_keep(g, jemput_hub_source(m->r->hub), entries[i], err);
    m->r->report->attachment_chunks_fetched += st ? 0 : count;
    return st;
}

static enum jemput_status chunks_get(struct media_run *m, struct getting *g, struct jemput_error *err)
{
    const struct jemput_media_entry *wanted[TOGETHER_MAX];
    unsigned most = GET_BYTES / g->content.chunk_bytes, count = 0;
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; !st && i < g->list.count; i++) {
        struct jemput_oid oid = g->list.chunks[i].oid;

        if (!jemput_repo_has(g->j->repo, &oid) && jemput_hub_may_have(m->r->hub, &oid))
            wanted[count++] = &g->list.chunks[i];
        if (count == most || (count && i + 1 == g->list.count)) {
            st = entries_get(m, g, wanted, count, err);
            count = 0;
        }
    }
    return st;
}

_Static_assert(GET_BYTES / JEMPUT_MEDIA_CHUNK_BYTES_MIN <= TOGETHER_MAX, "a request has room for as many");

static enum jemput_status getting_get(struct media_run *m, struct getting *g, struct jemput_error *err)
{
    const struct jemput_media_entry *list = &g->content.list;
    enum jemput_status st = JEMPUT_OK;

    if (!g->listed)
        st = entries_get(m, g, &list, 1, err);
    if (!st)
        st = getting_look(g, err);
    if (!st)
        st = chunks_get(m, g, err);
    return st ? st : getting_look(g, err);
}

/* --- all of them --- */

static enum jemput_status lacking_see(void *ctx, const struct jemput_media_row *row, struct jemput_error *err)
{
    struct media_run *m = ctx;
    struct media_lack lack = { .size_bytes = row->size_bytes, .urgent = row->urgent };

    if (row->id.len != JEMPUT_MEDIA_ID_BYTES || jemput_media_content_read(&lack.content, row->content, err))
        return JEMPUT_OK; /* of a newer form, or none at all: nothing can be got */
    lack.signed_for = m->world.central && engine_media_signer(m->r->j, row, row->received) == m->own_number;
    memcpy(lack.id, row->id.data, sizeof lack.id);
    if (m->lack_count == m->lack_room) {
        uint32_t room = m->lack_room ? 2 * m->lack_room : 32;
        struct media_lack *grown = jemput_realloc(m->lacks, room * sizeof *grown);

        if (!grown)
            return jemput_fail(err, JEMPUT_NOMEM, "no memory for %u attachments", (unsigned)room);
        m->lacks = grown;
        m->lack_room = room;
    }
    m->lacks[m->lack_count++] = lack;
    return JEMPUT_OK;
}

static enum jemput_status lacks_gather(struct media_run *m, struct jemput_error *err)
{
    const struct jemput_media_ask ask = { .filter = JEMPUT_MEDIA_LACKING, .asked = !m->world.central };
    const struct jemput_member *self = jemput_roster_member(&m->r->j->roster, &m->r->j->writer);

    m->gathered = true;
    m->own_number = self ? self->device_number : UINT32_MAX; /* nobody's */
    return jemput_store_media_each(m->r->j->store, &ask, lacking_see, m, err);
}

static enum jemput_status lack_get(struct media_run *m, struct getting *g, struct jemput_error *err)
{
    enum jemput_status st = getting_look(g, err);

    if (st || !g->lacking || m->gets >= GETS_MAX)
        return st;
    m->gets += m->world.central && !m->r->bundle;
    return getting_get(m, g, err);
}

/* One attachment. That the hub has not got it, or that its row says nonsense, is no failure of the others. */
enum jemput_status media_get(struct media_run *m, struct jemput_error *err)
{
    struct getting g = { .j = m->r->j, .carried = m->r->bundle };
    struct media_lack *lack;
    enum jemput_status st = m->gathered ? JEMPUT_OK : lacks_gather(m, err);

    m->world.wanted = m->lack_count - m->lack_done;
    if (st || !m->world.wanted)
        return st;
    memcpy(g.id, m->lacks[m->lack_done].id, sizeof g.id);
    g.content = m->lacks[m->lack_done].content;
    g.row = (struct jemput_media_row){ .size_bytes = m->lacks[m->lack_done].size_bytes, .urgent = m->lacks[m->lack_done].urgent,
                                       .made_ms = m->r->j->env->now_ms(m->r->j->env) };
    lack = &m->lacks[m->lack_done++];
    m->world.wanted--;
    st = lack_get(m, &g, err);
    lack->nowhere = st == JEMPUT_NOTFOUND && lack->signed_for && !m->r->bundle; /* of a bundle nobody expects it */
    m->nowhere += lack->nowhere;
    if (!st && !g.lacking)
        m->r->report->attachments_fetched++;
    if (st == JEMPUT_CORRUPT)
        media_note(m, err);
    jemput_wipe(&g.content, sizeof g.content);
    jemput_arena_release(&g.arena);
    return st == JEMPUT_NOTFOUND || st == JEMPUT_CORRUPT || st == JEMPUT_UPGRADE ? JEMPUT_OK : st;
}
