/* unit/test_limits_repo.c — hubs and packs at their limits: as large as allowed goes, one larger is told so. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "repo/commit.h"
#include "repo/pack.h"
#include "repo_world.h"

#define REFS_MAX (256 * 1024) /* as repo/hub.h says */

/* --- names --- */

static void a_ref_s_name_has_255_bytes_at_most(void **state)
{
    (void)state;
    for (unsigned over = 0; over < 2; over++) {
        char name[JEMPUT_REF_NAME_BYTES_MAX + 2] = "refs/heads/";

        memset(name + 11, 'x', JEMPUT_REF_NAME_BYTES_MAX + over - 11);
        name[JEMPUT_REF_NAME_BYTES_MAX + over] = '\0';
        assert_int_equal(jemput_ref_name_valid(name), !over);
    }
}

struct refs_seen {
    uint32_t count;
    size_t longest;
};

static enum jemput_status ref_see(void *ctx, const char *name, const struct jemput_oid *oid, struct jemput_error *err)
{
    struct refs_seen *seen = ctx;

    (void)oid;
    (void)err;
    seen->count++;
    if (strlen(name) > seen->longest)
        seen->longest = strlen(name);
    return JEMPUT_OK;
}

static enum jemput_status refs_list(struct world *w, const char *hub_path, struct refs_seen *seen, unsigned *skipped)
{
    struct jemput_hub *hub;
    enum jemput_status st;

    assert_int_equal(jemput_hub_open_folder(&hub, w->env, hub_path, &w->err), JEMPUT_OK);
    *seen = (struct refs_seen){ 0 };
    *skipped = 0;
    st = jemput_hub_refs(hub, "refs/heads/log/", ref_see, seen, skipped, &w->err);
    jemput_hub_close(hub);
    return st;
}

/* A folder's name may be longer than a ref's may be, with what is in front. */
static void a_ref_file_with_a_longer_name_is_skipped_and_counted(void **state)
{
    char command[1200], name[256];
    struct refs_seen seen;
    unsigned skipped;
    struct world w;

    (void)state;
    world_open(&w);
    assert_int_equal(jemput_hub_create_folder(w.env, world_path(&w, "hub"), &w.err), JEMPUT_OK);
    for (unsigned over = 0; over < 2; over++) {
        size_t len = JEMPUT_REF_NAME_BYTES_MAX + over - strlen("refs/heads/log/");

        memset(name, over ? 'b' : 'a', len);
        name[len] = '\0';
        snprintf(command, sizeof command, "mkdir -p hub/refs/heads/log && echo %040d > hub/refs/heads/log/%s", 7, name);
        world_must(&w, command);
    }
    assert_int_equal(refs_list(&w, world_path(&w, "hub"), &seen, &skipped), JEMPUT_OK);
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.longest, JEMPUT_REF_NAME_BYTES_MAX);
    assert_int_equal(skipped, 1);
    world_close(&w);
}

static void a_hub_has_so_many_refs_at_most(void **state)
{
    struct world w;

    (void)state;
    world_open(&w);
    assert_int_equal(jemput_hub_create_folder(w.env, world_path(&w, "hub"), &w.err), JEMPUT_OK);
    for (unsigned over = 0; over < 2; over++) {
        struct jemput_buf text = JEMPUT_BUF_INIT(64 * 1024 * 1024);
        struct refs_seen seen;
        unsigned skipped;

        jemput_buf_append_str(&text, "# pack-refs with: peeled fully-peeled sorted \n");
        for (uint32_t i = 0; i < REFS_MAX + over; i++)
            jemput_buf_printf(&text, "%040d refs/heads/log/%06x\n", 7, i);
        assert_int_equal(text.failed, JEMPUT_OK);
        world_file(&w, "hub/packed-refs", text.data, text.len);
        assert_int_equal(refs_list(&w, world_path(&w, "hub"), &seen, &skipped), over ? JEMPUT_LIMIT : JEMPUT_OK);
        assert_int_equal(seen.count, over ? 0 : REFS_MAX);
        jemput_buf_release(&text);
    }
    world_close(&w);
}

static void a_path_in_a_hub_has_4095_bytes_at_most(void **state)
{
    (void)state;
    for (unsigned over = 0; over < 2; over++) {
        static char folder[JEMPUT_PATH_BYTES_MAX + 1];
        struct jemput_hub hub = { .path = folder };
        struct jemput_buf path = { 0 };
        struct jemput_error err;
        size_t len = JEMPUT_PATH_BYTES_MAX - 1 - strlen("/HEAD") + over;

        memset(folder, 'f', len);
        folder[len] = '\0';
        assert_int_equal(jemput_hub_path(&path, &hub, "HEAD", &err), over ? JEMPUT_LIMIT : JEMPUT_OK);
        if (!over)
            assert_int_equal(strlen((const char *)path.data), JEMPUT_PATH_BYTES_MAX - 1);
        jemput_buf_release(&path);
    }
}

/* --- signatures --- */

/* An armor of so many bytes: lines of 70, and a last one. */
static void armor_fill(char *out, size_t len)
{
    static const char begin[] = "-----BEGIN SSH SIGNATURE-----\n", end[] = "\n-----END SSH SIGNATURE-----";
    size_t at = strlen(begin), stop = len - strlen(end), on_line = 0;

    memcpy(out, begin, at);
    for (; at < stop; at++, on_line++) {
        bool breaks = on_line == 70 && at + 1 < stop;

        out[at] = breaks ? '\n' : 'A';
        on_line = breaks ? (size_t)-1 : on_line;
    }
    memcpy(out + stop, end, strlen(end) + 1);
}

static void a_signature_has_so_many_bytes_at_most_alone_and_in_a_commit(void **state)
{
    (void)state;
    for (unsigned over = 0; over < 2; over++) {
        char armor[JEMPUT_ARMOR_BYTES_MAX + 2];
        struct jemput_buf text = JEMPUT_BUF_INIT(JEMPUT_COMMIT_BYTES_MAX);
        struct jemput_arena arena = { 0 };
        struct jemput_oid tree = { { 1 } }, read_tree;
        struct jemput_commit commit = { .message = jemput_bytes_str("pesan\n"), .time_s = 1750000000 }, read;
        struct jemput_error err;

        armor_fill(armor, JEMPUT_ARMOR_BYTES_MAX + over);
        assert_int_equal(strlen(armor), JEMPUT_ARMOR_BYTES_MAX + over);
        assert_int_equal(jemput_armor_valid(jemput_bytes_str(armor)), !over);
        commit.signature = jemput_bytes_str(armor);
        jemput_commit_text_write(&text, &tree, &commit);
        if (jemput_commit_text_read(&read, &read_tree, jemput_buf_bytes(&text), &arena, &err) != (over ? JEMPUT_CORRUPT : JEMPUT_OK)) {
            printf("%s\n%.*s\n", err.text, (int)text.len, (const char *)text.data);
            fail();
        }
        jemput_arena_release(&arena);
        jemput_buf_release(&text);
    }
}

/* --- packs --- */

#define COMMITS 5

static void random_fill(uint8_t *out, size_t len)
{
    uint64_t x = 88172645463325252u;

    for (size_t i = 0; i < len; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        out[i] = (uint8_t)(x >> 32);
    }
}

/* Commits of random payloads, the last of `last` bytes: the status of their pack, and its length. */
static enum jemput_status pack_try(struct world *w, struct jemput_oid *commits, uint8_t *bytes, size_t last, size_t *len)
{
    struct jemput_pack pack;
    enum jemput_status st;

    commits[COMMITS - 1] = world_commit_by(w, NULL, 0, "pesan\n", jemput_bytes_of(bytes, last), world_sign, NULL);
    st = jemput_pack_write(&pack, jemput_repo_source(w->repo), commits, COMMITS, &w->err);
    *len = pack.bytes.len;
    jemput_pack_release(&pack);
    return st;
}

static void a_pack_has_64_MiB_at_most(void **state)
{
    size_t whole = 15 * 1024 * 1024, last = 3 * 1024 * 1024, len = 0;
    uint8_t *bytes = malloc(whole);
    struct jemput_oid commits[COMMITS];
    enum jemput_status st;
    struct world w;

    (void)state;
    world_open(&w);
    random_fill(bytes, whole);
    for (unsigned i = 0; i + 1 < COMMITS; i++)
        commits[i] = world_commit_by(&w, NULL, 0, "pesan\n", jemput_bytes_of(bytes, whole - i), world_sign, NULL);
    for (unsigned i = 0; i < 4 && len != JEMPUT_PACK_BYTES_MAX; i++) { /* random bytes take their own length, and a little for each block */
        assert_int_equal(pack_try(&w, commits, bytes, last, &len), JEMPUT_OK);
        last += JEMPUT_PACK_BYTES_MAX - len;
        if (len + 4096 < JEMPUT_PACK_BYTES_MAX)
            last -= (JEMPUT_PACK_BYTES_MAX - len) / 2048; /* below it, so that the next step is small */
    }
    assert_int_equal(len, JEMPUT_PACK_BYTES_MAX);
    for (unsigned i = 1; (st = pack_try(&w, commits, bytes, last + i, &len)) == JEMPUT_OK && i < 8; i++) /* a byte more may take none */
        assert_int_equal(len, JEMPUT_PACK_BYTES_MAX);
    assert_int_equal(st, JEMPUT_LIMIT);
    free(bytes);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ref_s_name_has_255_bytes_at_most),
        cmocka_unit_test(a_ref_file_with_a_longer_name_is_skipped_and_counted),
        cmocka_unit_test(a_hub_has_so_many_refs_at_most),
        cmocka_unit_test(a_path_in_a_hub_has_4095_bytes_at_most),
        cmocka_unit_test(a_signature_has_so_many_bytes_at_most_alone_and_in_a_commit),
        cmocka_unit_test(a_pack_has_64_MiB_at_most),
    };

    return cmocka_run_group_tests_name("limits of hubs and packs", tests, NULL, NULL);
}
