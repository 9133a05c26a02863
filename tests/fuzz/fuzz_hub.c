/* fuzz/fuzz_hub.c — a hub's folder that somebody filled with malice: every file that the read side looks at, through libgit2 and our own readers.
 *
 * The first byte of an input says what the rest is:
 *     0 … 4   HEAD, config, packed-refs, a ref, an index: the file as it is (the index beside a small sound pack)
 *     5       a loose object's file as it is        6   a loose object's text, which is packed and named by its hash
 *     7       a pack's objects: for each a byte h, h bytes of its head (kind, size, base), a byte n, and n × 16 bytes that are packed
 * Whatever comes: one of the errors that hub.h names, memory within its bound, no crash. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/zip.h"
#include "repo/internal.h"
#include "repo/sha1.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MEMORY_MAX ((size_t)48 << 20) /* libgit2's bound for a commit, our own buffers, and the windows on packs */
#define PACK_OBJECTS_MAX 6
#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static char hub[256]; /* its folder */
static size_t memory_used;
static struct jemput_oid wanted[PACK_OBJECTS_MAX + 2]; /* ids that something may answer to */
static unsigned wanted_count;

/* --- memory: counted, so that a bomb is a finding --- */

struct block {
    union {
        size_t size;
        max_align_t align;
    };
};

static void *counted(void *ctx, void *ptr, size_t size)
{
    struct block *old = ptr ? (struct block *)ptr - 1 : NULL, *block;
    size_t old_size = old ? old->size : 0;

    (void)ctx;
    if (size == 0) {
        memory_used -= old_size;
        free(old);
        return NULL;
    }
    JEMPUT_ASSERT(size < MEMORY_MAX && memory_used - old_size + size < MEMORY_MAX);
    block = realloc(old, sizeof *block + size);
    if (!block)
        return NULL;
    memory_used += size - old_size;
    block->size = size;
    return block + 1;
}

/* --- the folder --- */

static const char *path_of(const char *name)
{
    static char path[512];

    snprintf(path, sizeof path, "%s/%s", hub, name);
    return path;
}

static void file_put(const char *name, struct jemput_bytes bytes)
{
    FILE *file = fopen(path_of(name), "wb");

    JEMPUT_ASSERT(file && fwrite(bytes.data ? bytes.data : (const uint8_t *)"", 1, bytes.len, file) == bytes.len && fclose(file) == 0);
}

static void folder_remove(void)
{
    char line[300];

    snprintf(line, sizeof line, "rm -rf '%s'", hub);
    JEMPUT_ASSERT(system(line) == 0);
}

static void folder_make(void)
{
    const char *tmp = getenv("TMPDIR");
    struct jemput_error err;

    jemput_allocator_set(counted, NULL);
    snprintf(hub, sizeof hub, "%s/jemput-fuzz-XXXXXX", tmp ? tmp : "/tmp");
    JEMPUT_ASSERT(mkdtemp(hub));
    atexit(folder_remove);
    JEMPUT_ASSERT(jemput_hub_create_folder(jemput_env_posix(), hub, &err) == JEMPUT_OK);
    JEMPUT_ASSERT(jemput_env_posix()->make_folder(jemput_env_posix(), path_of("refs/heads/log/a"), &err) == JEMPUT_OK);
}

/* --- objects --- */

static struct jemput_buf deflated(struct jemput_bytes in)
{
    struct jemput_buf out = JEMPUT_BUF_INIT(1 << 24);
    struct jemput_error err;

    JEMPUT_ASSERT(jemput_zip_deflate(&out, in, 1, (struct jemput_bytes){ 0 }, &err) == JEMPUT_OK);
    return out;
}

static void loose_put(const struct jemput_oid *oid, struct jemput_bytes file)
{
    char hex[2 * JEMPUT_OID_BYTES + 1], name[80];
    struct jemput_error err;

    jemput_oid_hex(hex, oid);
    snprintf(name, sizeof name, "objects/%.2s", hex);
    JEMPUT_ASSERT(jemput_env_posix()->make_folder(jemput_env_posix(), path_of(name), &err) == JEMPUT_OK);
    snprintf(name, sizeof name, "objects/%.2s/%s", hex, hex + 2);
    file_put(name, file);
    wanted[wanted_count++] = *oid;
}

static void loose_text_put(struct jemput_bytes text)
{
    struct jemput_oid oid;
    struct jemput_buf file = deflated(text);

    jemput_sha1(oid.id, text);
    loose_put(&oid, jemput_buf_bytes(&file));
    jemput_buf_release(&file);
}

static void hashed(struct jemput_buf *b)
{
    uint8_t hash[20];

    jemput_sha1(hash, jemput_buf_bytes(b));
    jemput_buf_append(b, hash, sizeof hash);
}

/* Objects under the ids 1111…, 2222… and so on, at these offsets. */
static void pack_put(struct jemput_buf *pack, const uint32_t *offsets, unsigned count, struct jemput_bytes index_instead)
{
    struct jemput_buf index = JEMPUT_BUF_INIT(1 << 16);

    hashed(pack);
    jemput_buf_u32be(&index, 0xff744f63u);
    jemput_buf_u32be(&index, 2);
    for (unsigned first = 0; first < 256; first++)
        jemput_buf_u32be(&index, first / 0x11 < count ? first / 0x11 : count);
    for (unsigned i = 0; i < count; i++) {
        memset(wanted[wanted_count].id, (int)(0x11 * (i + 1)), JEMPUT_OID_BYTES);
        jemput_buf_append(&index, wanted[wanted_count++].id, JEMPUT_OID_BYTES);
    }
    for (unsigned i = 0; i < count; i++)
        jemput_buf_u32be(&index, 0);
    for (unsigned i = 0; i < count; i++)
        jemput_buf_u32be(&index, offsets[i]);
    jemput_buf_append(&index, pack->data + pack->len - 20, 20);
    hashed(&index);
    file_put("objects/pack/pack-1111111111111111111111111111111111111111.pack", jemput_buf_bytes(pack));
    file_put("objects/pack/pack-1111111111111111111111111111111111111111.idx", index_instead.data ? index_instead : jemput_buf_bytes(&index));
    jemput_buf_release(&index);
}

static struct jemput_buf pack_begin(unsigned count)
{
    struct jemput_buf pack = JEMPUT_BUF_INIT(1 << 24);

    jemput_buf_append(&pack, "PACK", 4);
    jemput_buf_u32be(&pack, 2);
    jemput_buf_u32be(&pack, count);
    return pack;
}

static void pack_objects_put(struct jemput_bytes in)
{
    struct jemput_reader r = { .rest = in };
    struct jemput_buf pack = pack_begin(PACK_OBJECTS_MAX);
    uint32_t offsets[PACK_OBJECTS_MAX];
    unsigned count = 0;

    for (; count < PACK_OBJECTS_MAX && r.rest.len; count++) {
        struct jemput_bytes head = jemput_read_bytes(&r, jemput_read_u8(&r) % 32), text;
        struct jemput_buf packed;
        size_t len = (size_t)jemput_read_u8(&r) * 16;

        text = jemput_read_bytes(&r, len < r.rest.len ? len : r.rest.len);
        packed = deflated(text);
        offsets[count] = (uint32_t)pack.len;
        jemput_buf_append_bytes(&pack, head);
        jemput_buf_append_bytes(&pack, jemput_buf_bytes(&packed));
        jemput_buf_release(&packed);
    }
    pack_put(&pack, offsets, count, (struct jemput_bytes){ 0 });
    jemput_buf_release(&pack);
}

static void index_put(struct jemput_bytes index)
{
    static const uint8_t blob[] = { 0x30 }; /* kind blob, no bytes */
    struct jemput_buf pack = pack_begin(1), packed = deflated((struct jemput_bytes){ 0 });
    uint32_t offset = 12;

    jemput_buf_append(&pack, blob, sizeof blob);
    jemput_buf_append_bytes(&pack, jemput_buf_bytes(&packed));
    pack_put(&pack, &offset, 1, index);
    jemput_buf_release(&packed);
    jemput_buf_release(&pack);
}

static void input_put(unsigned what, struct jemput_bytes rest)
{
    static const char *const names[] = { "HEAD", "config", "packed-refs", "refs/heads/log/a/0" };
    static const struct jemput_oid loose = { { 0xab } };

    if (what < COUNT(names))
        file_put(names[what], rest);
    else if (what == 4)
        index_put(jemput_bytes_of(rest.data ? rest.data : (const uint8_t *)"", rest.len));
    else if (what == 5)
        loose_put(&loose, rest);
    else if (what == 6)
        loose_text_put(rest);
    else
        pack_objects_put(rest);
}

/* As it was made, but for the folders of objects. */
static void folder_reset(void)
{
    static const char *const gone[] = { "packed-refs", "refs/heads/log/a/0", "objects/pack/pack-1111111111111111111111111111111111111111.pack",
        "objects/pack/pack-1111111111111111111111111111111111111111.idx" };
    char hex[2 * JEMPUT_OID_BYTES + 1], name[80];

    file_put("HEAD", jemput_bytes_str("ref: refs/heads/main\n"));
    file_put("config", jemput_bytes_str("[core]\n\trepositoryformatversion = 0\n\tbare = true\n"));
    for (size_t i = 0; i < COUNT(gone); i++)
        unlink(path_of(gone[i]));
    for (unsigned i = 0; i < wanted_count; i++) {
        jemput_oid_hex(hex, &wanted[i]);
        snprintf(name, sizeof name, "objects/%.2s/%s", hex, hex + 2);
        unlink(path_of(name));
        *strrchr(name, '/') = '\0';
        rmdir(path_of(name));
    }
    wanted_count = 0;
}

/* --- reading --- */

static enum jemput_status ref_see(void *ctx, const char *name, const struct jemput_oid *oid, struct jemput_error *err)
{
    struct jemput_hub *h = ctx;
    struct jemput_oid again;

    JEMPUT_ASSERT(jemput_ref_name_valid(name));
    JEMPUT_ASSERT(jemput_hub_ref(h, name, &again, err) == JEMPUT_OK && jemput_oid_equal(&again, oid));
    return JEMPUT_OK;
}

static void assert_named(enum jemput_status st)
{
    JEMPUT_ASSERT(st == JEMPUT_OK || st == JEMPUT_NOTFOUND || st == JEMPUT_CORRUPT || st == JEMPUT_LIMIT || st == JEMPUT_IO);
}

static void objects_read(struct jemput_hub *h)
{
    struct jemput_source *source = jemput_hub_source(h);
    struct jemput_arena arena = { 0 };
    struct jemput_commit commit;
    struct jemput_bytes bytes;
    struct jemput_error err;
    bool has;

    for (unsigned i = 0; i < wanted_count; i++) {
        assert_named(jemput_source_has(source, &wanted[i], &has, &err));
        assert_named(jemput_source_commit(source, &wanted[i], true, &commit, &arena, &err));
        assert_named(jemput_source_read(source, &wanted[i], GIT_OBJECT_BLOB, 4096, &bytes, &arena, &err));
        jemput_arena_clear(&arena);
    }
    jemput_arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct jemput_hub *h;
    unsigned skipped;
    struct jemput_error err;
    enum jemput_status st;

    if (size == 0 || data[0] > 7)
        return 0;
    if (!hub[0])
        folder_make();
    folder_reset();
    input_put(data[0], jemput_bytes_of(data + 1, size - 1));
    st = jemput_hub_open_folder(&h, jemput_env_posix(), hub, &err);
    assert_named(st);
    if (st)
        return 0;
    assert_named(jemput_hub_refs(h, "refs/heads/log/", ref_see, h, &skipped, &err));
    objects_read(h);
    jemput_hub_close(h);
    return 0;
}
