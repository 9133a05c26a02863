/* repo/pack.c — packs without deltas and their index. Formats: git's Documentation/gitformat-pack, versions 2. */
#include "repo/pack.h"

#include <stdlib.h>
#include <string.h>

#include "base/zip.h"
#include "repo/commit.h"
#include "repo/sha1.h"

#define TRAILER_BYTES 20
#define INDEX_MAGIC 0xff744f63u /* "\377tOc" */
#define INDEX_BYTES_MAX ((size_t)256 * 1024 * 1024)
#define FORMAT_VERSION 2
#define TEXT_LEVEL 6
#define PAYLOAD_LEVEL 1 /* sealed payloads do not shrink: zlib then stores them, and clear ones are small */

/* --- which objects --- */

static enum jemput_status object_add(struct jemput_pack *pack, const struct jemput_oid *oid, git_object_t kind, struct jemput_error *err)
{
    if (pack->object_count == pack->object_cap) {
        uint32_t cap = pack->object_cap ? 2 * pack->object_cap : 64;
        struct jemput_pack_object *grown = jemput_realloc(pack->objects, cap * sizeof *grown);

        if (!grown)
            return jemput_fail(err, JEMPUT_NOMEM, "no memory for %u objects", (unsigned)cap);
        pack->objects = grown;
        pack->object_cap = cap;
    }
    pack->objects[pack->object_count++] = (struct jemput_pack_object){ .oid = *oid, .kind = kind };
    return JEMPUT_OK;
}

static enum jemput_status commit_objects_add(struct jemput_pack *pack, struct jemput_source *source, const struct jemput_oid *oid,
                                             struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_commit commit;
    struct jemput_oid tree;
    uint8_t text[JEMPUT_TREE_TEXT_BYTES];
    enum jemput_status st = jemput_source_commit(source, oid, false, &commit, arena, err);

    if (st)
        return st;
    jemput_tree_text_write(text, &commit.payload_oid);
    jemput_oid_of_own(&tree, GIT_OBJECT_TREE, jemput_bytes_of(text, sizeof text));
    st = object_add(pack, oid, GIT_OBJECT_COMMIT, err);
    if (!st)
        st = object_add(pack, &tree, GIT_OBJECT_TREE, err);
    if (!st)
        st = object_add(pack, &commit.payload_oid, GIT_OBJECT_BLOB, err);
    return st;
}

static int object_order(const void *a, const void *b)
{
    const struct jemput_pack_object *x = a, *y = b;

    return memcmp(x->oid.id, y->oid.id, sizeof x->oid.id);
}

/* Two segments may share a payload, and so a tree: a pack must name each object once. */
static void objects_sort(struct jemput_pack *pack)
{
    uint32_t kept = 0;

    if (pack->object_count)
        qsort(pack->objects, pack->object_count, sizeof *pack->objects, object_order);
    for (uint32_t i = 0; i < pack->object_count; i++) {
        if (kept == 0 || object_order(&pack->objects[kept - 1], &pack->objects[i]) != 0)
            pack->objects[kept++] = pack->objects[i];
    }
    pack->object_count = kept;
}

/* --- the pack --- */

static uint32_t crc32_of(struct jemput_bytes in)
{
    static const uint32_t by_nibble[16] = {
        0x00000000u, 0x1db71064u, 0x3b6e20c8u, 0x26d930acu, 0x76dc4190u, 0x6b6b51f4u, 0x4db26158u, 0x5005713cu,
        0xedb88320u, 0xf00f9344u, 0xd6d6a3e8u, 0xcb61b38cu, 0x9b64c2b0u, 0x86d3d2d4u, 0xa00ae278u, 0xbdbdf21cu,
    };
    uint32_t crc = 0xffffffffu;

    for (size_t i = 0; i < in.len; i++) {
        crc ^= in.data[i];
        crc = crc >> 4 ^ by_nibble[crc & 15];
        crc = crc >> 4 ^ by_nibble[crc & 15];
    }
    return ~crc;
}

/* Kind and size: four bits of the size beside the kind, then seven a byte, low ones first. */
static void object_head_write(struct jemput_buf *out, git_object_t kind, size_t size)
{
    uint8_t byte = (uint8_t)((unsigned)kind << 4 | (size & 15));

    for (size >>= 4; size; size >>= 7) {
        jemput_buf_u8(out, byte | 0x80);
        byte = (uint8_t)(size & 0x7f);
    }
    jemput_buf_u8(out, byte);
}

size_t jemput_pack_object_max(git_object_t kind)
{
    return kind == GIT_OBJECT_BLOB ? JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX : JEMPUT_COMMIT_BYTES_MAX;
}

enum jemput_status jemput_pack_object_write(struct jemput_buf *out, git_object_t kind, struct jemput_bytes contents, struct jemput_error *err)
{
    object_head_write(out, kind, contents.len);
    return jemput_zip_deflate(out, contents, kind == GIT_OBJECT_BLOB ? PAYLOAD_LEVEL : TEXT_LEVEL, (struct jemput_bytes){ 0 }, err);
}

static enum jemput_status object_write(struct jemput_pack *pack, struct jemput_pack_object *object, struct jemput_source *source,
                                       struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_bytes contents;
    size_t start = pack->bytes.len;
    enum jemput_status st = jemput_source_read(source, &object->oid, object->kind, jemput_pack_object_max(object->kind), &contents, arena, err);

    if (st)
        return st;
    st = jemput_pack_object_write(&pack->bytes, object->kind, contents, err);
    if (st)
        return st;
    object->offset = (uint32_t)start;
    object->crc = crc32_of(jemput_bytes_of(pack->bytes.data + start, pack->bytes.len - start));
    return JEMPUT_OK;
}

static enum jemput_status objects_write(struct jemput_pack *pack, struct jemput_source *source, struct jemput_arena *arena, struct jemput_error *err)
{
    uint8_t trailer[TRAILER_BYTES];
    enum jemput_status st;

    jemput_buf_append(&pack->bytes, "PACK", 4);
    jemput_buf_u32be(&pack->bytes, FORMAT_VERSION);
    jemput_buf_u32be(&pack->bytes, pack->object_count);
    for (uint32_t i = 0; i < pack->object_count; i++) {
        jemput_arena_clear(arena);
        st = object_write(pack, &pack->objects[i], source, arena, err);
        if (st)
            return st;
    }
    st = jemput_buf_check(&pack->bytes, "pack", err);
    if (st)
        return st;
    jemput_sha1(trailer, jemput_buf_bytes(&pack->bytes));
    jemput_hex_encode(pack->name, trailer, sizeof trailer);
    jemput_buf_append(&pack->bytes, trailer, sizeof trailer);
    return jemput_buf_check(&pack->bytes, "pack", err);
}

/* --- the index --- */

/* 256 counts: how many objects have a first byte up to this one. */
static void fanout_write(struct jemput_buf *out, const struct jemput_pack *pack)
{
    uint32_t count = 0;

    for (unsigned first = 0; first < 256; first++) {
        while (count < pack->object_count && pack->objects[count].oid.id[0] == first)
            count++;
        jemput_buf_u32be(out, count);
    }
}

static enum jemput_status index_write(struct jemput_pack *pack, struct jemput_error *err)
{
    struct jemput_buf *out = &pack->index;
    uint8_t checksum[TRAILER_BYTES];
    enum jemput_status st;

    jemput_buf_u32be(out, INDEX_MAGIC);
    jemput_buf_u32be(out, FORMAT_VERSION);
    fanout_write(out, pack);
    for (uint32_t i = 0; i < pack->object_count; i++)
        jemput_buf_append(out, pack->objects[i].oid.id, sizeof pack->objects[i].oid.id);
    for (uint32_t i = 0; i < pack->object_count; i++)
        jemput_buf_u32be(out, pack->objects[i].crc);
    for (uint32_t i = 0; i < pack->object_count; i++)
        jemput_buf_u32be(out, pack->objects[i].offset); /* below 2^31, so the table of long ones is not needed */
    jemput_buf_append(out, pack->bytes.data + pack->bytes.len - TRAILER_BYTES, TRAILER_BYTES);
    st = jemput_buf_check(out, "index", err);
    if (st)
        return st;
    jemput_sha1(checksum, jemput_buf_bytes(out));
    jemput_buf_append(out, checksum, sizeof checksum);
    return jemput_buf_check(out, "index", err);
}

_Static_assert(JEMPUT_PACK_BYTES_MAX < 0x80000000u, "offsets fit into the short table");

enum jemput_status jemput_pack_write(struct jemput_pack *out, struct jemput_source *source, const struct jemput_oid *commits,
                                     unsigned commit_count, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    enum jemput_status st = JEMPUT_OK;

    *out = (struct jemput_pack){ .bytes = JEMPUT_BUF_INIT(JEMPUT_PACK_BYTES_MAX), .index = JEMPUT_BUF_INIT(INDEX_BYTES_MAX) };
    for (unsigned i = 0; i < commit_count && !st; i++) {
        st = commit_objects_add(out, source, &commits[i], &arena, err);
        jemput_arena_clear(&arena);
    }
    if (!st) {
        objects_sort(out);
        st = objects_write(out, source, &arena, err);
    }
    if (!st)
        st = index_write(out, err);
    jemput_arena_release(&arena);
    return st ? jemput_wrap(err, "write pack") : JEMPUT_OK;
}

void jemput_pack_release(struct jemput_pack *pack)
{
    jemput_buf_release(&pack->bytes);
    jemput_buf_release(&pack->index);
    jemput_free(pack->objects);
    *pack = (struct jemput_pack){ 0 };
}
