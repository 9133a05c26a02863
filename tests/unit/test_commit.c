/* unit/test_commit.c — commits that carry segments: one text a commit, strictly read; written into and read from the store.
 * Golden vectors: see unit/vectors.h (JEMPUT_VECTORS). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "repo/commit.h"
#include "repo/internal.h"
#include "repo_world.h"
#include "support/fault_alloc.h"
#include "vectors.h"

static const char *const vector_names[] = { "commit-root.txt", "commit-child.txt", "commit-office.txt" };
#define VECTOR_COUNT (sizeof vector_names / sizeof vector_names[0])

static enum jemput_status text_read(struct jemput_bytes text, struct jemput_commit *c, struct jemput_oid *tree, struct jemput_arena *arena)
{
    struct jemput_error err = { JEMPUT_OK, "" };
    struct jemput_commit before;
    enum jemput_status st;

    memset(c, 0x5a, sizeof *c);
    memset(&before, 0x5a, sizeof before);
    st = jemput_commit_text_read(c, tree, text, arena, &err);
    if (st) {
        assert_int_equal(err.status, st);
        assert_true(err.text[0] != '\0');
        assert_memory_equal(c, &before, sizeof before);
    }
    return st;
}

/* What was read, written again, must be the same bytes: then nothing can hide in a commit. */
static void assert_one_text(struct jemput_bytes text, const struct jemput_commit *c, const struct jemput_oid *tree)
{
    struct jemput_buf again = JEMPUT_BUF_INIT(JEMPUT_COMMIT_BYTES_MAX);
    struct jemput_commit bare = *c;

    jemput_commit_text_write(&again, tree, c);
    assert_true(jemput_bytes_equal(jemput_buf_bytes(&again), text));
    jemput_buf_clear(&again);
    bare.signature = (struct jemput_bytes){ 0 };
    jemput_commit_text_write(&again, tree, &bare);
    assert_true(jemput_bytes_equal(jemput_buf_bytes(&again), c->signed_text));
    jemput_buf_release(&again);
}

static void vectors_have_the_ids_that_git_gives(void **state)
{
    struct jemput_bytes table = vector_load("commit-ids.txt"), rest = table;
    char line[512], name[64], payload_hex[200], payload_oid[64], tree_oid[64], commit_oid[64];
    struct jemput_arena arena = { 0 };
    unsigned seen = 0;

    (void)state;
    while (vector_line(&rest, line, sizeof line)) {
        struct jemput_error err;
        struct jemput_bytes text;
        struct jemput_commit c;
        struct jemput_oid oid, tree;
        uint8_t payload[100], tree_text[JEMPUT_TREE_TEXT_BYTES];
        size_t payload_len;

        assert_int_equal(sscanf(line, "%63s %199s %63s %63s %63s", name, payload_hex, payload_oid, tree_oid, commit_oid), 5);
        text = vector_load(name);
        payload_len = vector_hex(payload, sizeof payload, payload_hex);
        assert_int_equal(text_read(text, &c, &tree, &arena), JEMPUT_OK);
        assert_one_text(text, &c, &tree);
        assert_string_equal(world_hex(&tree), tree_oid);
        assert_int_equal(jemput_oid_of(&oid, GIT_OBJECT_BLOB, jemput_bytes_of(payload, payload_len), &err), JEMPUT_OK);
        assert_string_equal(world_hex(&oid), payload_oid);
        jemput_tree_text_write(tree_text, &oid);
        assert_int_equal(jemput_oid_of(&oid, GIT_OBJECT_TREE, jemput_bytes_of(tree_text, sizeof tree_text), &err), JEMPUT_OK);
        assert_string_equal(world_hex(&oid), tree_oid);
        assert_int_equal(jemput_oid_of(&oid, GIT_OBJECT_COMMIT, text, &err), JEMPUT_OK);
        assert_string_equal(world_hex(&oid), commit_oid);
        vector_free(text);
        seen++;
    }
    assert_int_equal(seen, VECTOR_COUNT);
    jemput_arena_release(&arena);
    vector_free(table);
}

/* A text cut within its message, just after a newline, is a whole commit with a shorter message: another one, which the signature does not cover. */
static void every_truncation_is_refused_or_another_commit(void **state)
{
    struct jemput_arena arena = { 0 };

    (void)state;
    for (size_t v = 0; v < VECTOR_COUNT; v++) {
        struct jemput_bytes text = vector_load(vector_names[v]);
        struct jemput_commit c, whole;
        struct jemput_oid tree;

        for (size_t len = 0; len < text.len; len++) {
            uint8_t *cut = malloc(len ? len : 1); /* of exactly this size, so that sanitizers see a read past the end */
            enum jemput_status st;

            memcpy(cut, text.data, len);
            st = text_read(jemput_bytes_of(cut, len), &c, &tree, &arena);
            if (st == JEMPUT_OK) {
                assert_one_text(jemput_bytes_of(cut, len), &c, &tree);
                assert_int_equal(text_read(text, &whole, &tree, &arena), JEMPUT_OK);
                assert_false(jemput_bytes_equal(c.signed_text, whole.signed_text));
            } else {
                assert_int_equal(st, JEMPUT_CORRUPT);
            }
            jemput_arena_clear(&arena);
            free(cut);
        }
        vector_free(text);
    }
    jemput_arena_release(&arena);
}

static void every_bit_flip_is_refused_or_another_commit(void **state)
{
    struct jemput_arena arena = { 0 };
    unsigned refused = 0, other = 0;

    (void)state;
    for (size_t v = 0; v < VECTOR_COUNT; v++) {
        struct jemput_bytes text = vector_load(vector_names[v]);
        uint8_t *bent = malloc(text.len);
        struct jemput_commit whole;
        struct jemput_arena whole_arena = { 0 };
        struct jemput_oid tree;

        assert_int_equal(text_read(text, &whole, &tree, &whole_arena), JEMPUT_OK);
        memcpy(bent, text.data, text.len);
        for (size_t bit = 0; bit < text.len * 8; bit++) {
            struct jemput_commit c;
            enum jemput_status st;

            bent[bit / 8] ^= (uint8_t)(1u << bit % 8);
            st = text_read(jemput_bytes_of(bent, text.len), &c, &tree, &arena);
            if (st == JEMPUT_OK) { /* a hex digit, a digit of the signature, a letter of the message: then what is signed, or the signature, is another */
                assert_one_text(jemput_bytes_of(bent, text.len), &c, &tree);
                assert_false(jemput_bytes_equal(c.signed_text, whole.signed_text) && jemput_bytes_equal(c.signature, whole.signature));
                other++;
            } else {
                assert_int_equal(st, JEMPUT_CORRUPT);
                refused++;
            }
            bent[bit / 8] ^= (uint8_t)(1u << bit % 8);
            jemput_arena_clear(&arena);
        }
        free(bent);
        jemput_arena_release(&whole_arena);
        vector_free(text);
    }
    assert_true(refused > 1000 && other > 1000);
    jemput_arena_release(&arena);
}

#define TREE "tree 35fa33f6ca97f0a8b9d4a2f6f0ed2b3d2dfa0d29\n"
#define PARENT "parent e69de29bb2d1d6434b8b29ae775ad8c2e48c5391\n"
#define AUTHOR "author jemput <> 1750000000 +0000\n"
#define COMMITTER "committer jemput <> 1750000000 +0000\n"
#define SIG "gpgsig -----BEGIN SSH SIGNATURE-----\n U1NIU0lHAAAAAQ==\n -----END SSH SIGNATURE-----\n"
#define ID AUTHOR COMMITTER
#define DIGITS70 "1234567890123456789012345678901234567890123456789012345678901234567890"

struct form {
    const char *what, *text;
    enum jemput_status status;
};

static const struct form forms[] = {
    { "the good one", TREE PARENT ID SIG "\nm\n", JEMPUT_OK },
    { "no parent", TREE ID SIG "\nm\n", JEMPUT_OK },
    { "two parents", TREE PARENT PARENT ID SIG "\nm\n", JEMPUT_OK },
    { "time 0", TREE "author jemput <> 0 +0000\ncommitter jemput <> 0 +0000\n" SIG "\nm\n", JEMPUT_OK },
    { "latest time", TREE "author jemput <> 281474976710 +0000\ncommitter jemput <> 281474976710 +0000\n" SIG "\nm\n", JEMPUT_OK },
    { "a line of 70", TREE ID "gpgsig -----BEGIN SSH SIGNATURE-----\n " DIGITS70 "\n -----END SSH SIGNATURE-----\n\nm\n", JEMPUT_OK },
    { "nothing", "", JEMPUT_CORRUPT },
    { "no tree", PARENT ID SIG "\nm\n", JEMPUT_CORRUPT },
    { "two trees", TREE TREE ID SIG "\nm\n", JEMPUT_CORRUPT },
    { "upper case id", "tree 35FA33f6ca97f0a8b9d4a2f6f0ed2b3d2dfa0d29\n" ID SIG "\nm\n", JEMPUT_CORRUPT },
    { "short id", "tree 35fa33f6ca97f0a8b9d4a2f6f0ed2b3d2dfa0d2\n" ID SIG "\nm\n", JEMPUT_CORRUPT },
    { "long id", "tree 35fa33f6ca97f0a8b9d4a2f6f0ed2b3d2dfa0d2900\n" ID SIG "\nm\n", JEMPUT_CORRUPT },
    { "space behind", "tree 35fa33f6ca97f0a8b9d4a2f6f0ed2b3d2dfa0d29 \n" ID SIG "\nm\n", JEMPUT_CORRUPT },
    { "short parent", TREE "parent e69de29bb2d1d6434b8b29ae775ad8c2e48c539\n" ID SIG "\nm\n", JEMPUT_CORRUPT },
    { "parent at the end", TREE "parent ", JEMPUT_CORRUPT },
    { "parent behind author", TREE AUTHOR PARENT COMMITTER SIG "\nm\n", JEMPUT_CORRUPT },
    { "no author", TREE COMMITTER SIG "\nm\n", JEMPUT_CORRUPT },
    { "no committer", TREE AUTHOR SIG "\nm\n", JEMPUT_CORRUPT },
    { "committer first", TREE COMMITTER AUTHOR SIG "\nm\n", JEMPUT_CORRUPT },
    { "a person", TREE "author siti <s@x> 1750000000 +0000\n" COMMITTER SIG "\nm\n", JEMPUT_CORRUPT },
    { "two times", TREE "author jemput <> 1750000001 +0000\n" COMMITTER SIG "\nm\n", JEMPUT_CORRUPT },
    { "time zone", TREE "author jemput <> 1750000000 +0700\ncommitter jemput <> 1750000000 +0700\n" SIG "\nm\n", JEMPUT_CORRUPT },
    { "negative time", TREE "author jemput <> -1 +0000\ncommitter jemput <> -1 +0000\n" SIG "\nm\n", JEMPUT_CORRUPT },
    { "no time", TREE "author jemput <>  +0000\ncommitter jemput <>  +0000\n" SIG "\nm\n", JEMPUT_CORRUPT },
    { "leading zero", TREE "author jemput <> 01 +0000\ncommitter jemput <> 01 +0000\n" SIG "\nm\n", JEMPUT_CORRUPT },
    { "time past the clock", TREE "author jemput <> 281474976711 +0000\ncommitter jemput <> 281474976711 +0000\n" SIG "\nm\n", JEMPUT_CORRUPT },
    { "time of 40 digits", TREE "author jemput <> 1111111111222222222233333333334444444444 +0000\n" COMMITTER SIG "\nm\n", JEMPUT_CORRUPT },
    { "no signature", TREE ID "\nm\n", JEMPUT_CORRUPT },
    { "two signatures", TREE ID SIG SIG "\nm\n", JEMPUT_CORRUPT },
    { "signature first", TREE SIG ID "\nm\n", JEMPUT_CORRUPT },
    { "PGP", TREE ID "gpgsig -----BEGIN PGP SIGNATURE-----\n aa\n -----END PGP SIGNATURE-----\n\nm\n", JEMPUT_CORRUPT },
    { "sha256 signature", TREE ID "gpgsig-sha256 -----BEGIN SSH SIGNATURE-----\n aa\n -----END SSH SIGNATURE-----\n\nm\n", JEMPUT_CORRUPT },
    { "empty line in it", TREE ID "gpgsig -----BEGIN SSH SIGNATURE-----\n \n aa\n -----END SSH SIGNATURE-----\n\nm\n", JEMPUT_CORRUPT },
    { "newline behind it", TREE ID "gpgsig -----BEGIN SSH SIGNATURE-----\n aa\n -----END SSH SIGNATURE-----\n \n\nm\n", JEMPUT_CORRUPT },
    { "a line of 71", TREE ID "gpgsig -----BEGIN SSH SIGNATURE-----\n " DIGITS70 "1\n -----END SSH SIGNATURE-----\n\nm\n", JEMPUT_CORRUPT },
    { "carriage return", TREE ID "gpgsig -----BEGIN SSH SIGNATURE-----\r\n aa\r\n -----END SSH SIGNATURE-----\r\n\nm\n", JEMPUT_CORRUPT },
    { "no end", TREE ID "gpgsig -----BEGIN SSH SIGNATURE-----\n aa\n\nm\n", JEMPUT_CORRUPT },
    { "cut in it", TREE ID "gpgsig -----BEGIN SSH SIGNATURE-----\n aa", JEMPUT_CORRUPT },
    { "encoding", TREE ID SIG "encoding latin1\n\nm\n", JEMPUT_CORRUPT },
    { "header that goes on", TREE ID SIG "x y\n z\n\nm\n", JEMPUT_CORRUPT },
    { "merge tag", TREE ID "mergetag object 35fa33f6ca97f0a8b9d4a2f6f0ed2b3d2dfa0d29\n" SIG "\nm\n", JEMPUT_CORRUPT },
    { "no message", TREE ID SIG "\n", JEMPUT_CORRUPT },
    { "no blank line", TREE ID SIG "m\n", JEMPUT_CORRUPT },
    { "no final newline", TREE ID SIG "\nm", JEMPUT_CORRUPT },
};

static void only_the_one_form_is_read(void **state)
{
    struct jemput_arena arena = { 0 };

    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        struct jemput_bytes text = jemput_bytes_str(forms[i].text);
        struct jemput_commit c;
        struct jemput_oid tree;
        enum jemput_status st = text_read(text, &c, &tree, &arena);

        if (st != forms[i].status)
            printf("form '%s'\n", forms[i].what);
        assert_int_equal(st, forms[i].status);
        if (!st)
            assert_one_text(text, &c, &tree);
    }
    jemput_arena_release(&arena);
}

static void a_zero_byte_in_the_message_is_refused(void **state)
{
    static const char text[] = TREE ID SIG "\na\0b\n";
    struct jemput_arena arena = { 0 };
    struct jemput_commit c;
    struct jemput_oid tree;

    (void)state;
    assert_int_equal(text_read(jemput_bytes_of(text, sizeof text - 1), &c, &tree, &arena), JEMPUT_CORRUPT);
    jemput_arena_release(&arena);
}

static enum jemput_status sized_read(unsigned parents, size_t message)
{
    struct jemput_buf text = JEMPUT_BUF_INIT(4 * JEMPUT_COMMIT_BYTES_MAX);
    struct jemput_arena arena = { 0 };
    struct jemput_commit c;
    struct jemput_oid tree;
    enum jemput_status st;

    jemput_buf_append_str(&text, TREE);
    for (unsigned i = 0; i < parents; i++)
        jemput_buf_append_str(&text, PARENT);
    jemput_buf_append_str(&text, ID SIG "\n");
    for (size_t i = 0; i + 1 < message; i++)
        jemput_buf_u8(&text, 'm');
    jemput_buf_u8(&text, '\n');
    st = text_read(jemput_buf_bytes(&text), &c, &tree, &arena);
    if (!st) {
        assert_int_equal(c.parent_count, parents);
        assert_int_equal(c.message.len, message);
        assert_one_text(jemput_buf_bytes(&text), &c, &tree);
    }
    jemput_buf_release(&text);
    jemput_arena_release(&arena);
    return st;
}

static void limits_are_met_exactly(void **state)
{
    (void)state;
    assert_int_equal(sized_read(JEMPUT_PARENTS_MAX, JEMPUT_HEADER_BYTES_MAX), JEMPUT_OK);
    assert_int_equal(sized_read(JEMPUT_PARENTS_MAX + 1, 10), JEMPUT_LIMIT);
    assert_int_equal(sized_read(1, JEMPUT_HEADER_BYTES_MAX + 1), JEMPUT_LIMIT);
    assert_int_equal(sized_read(0, JEMPUT_COMMIT_BYTES_MAX), JEMPUT_LIMIT);
    assert_int_equal(sized_read(4000, 10), JEMPUT_LIMIT);
}

static void only_the_one_tree_is_read(void **state)
{
    struct jemput_oid payload = { { 1, 2, 3 } }, out;
    struct jemput_error err;
    uint8_t text[JEMPUT_TREE_TEXT_BYTES + 1] = { 0 };

    (void)state;
    jemput_tree_text_write(text, &payload);
    assert_int_equal(jemput_tree_text_read(&out, jemput_bytes_of(text, JEMPUT_TREE_TEXT_BYTES), &err), JEMPUT_OK);
    assert_memory_equal(&out, &payload, sizeof out);
    for (size_t len = 0; len <= sizeof text; len++) {
        if (len != JEMPUT_TREE_TEXT_BYTES)
            assert_int_equal(jemput_tree_text_read(&out, jemput_bytes_of(text, len), &err), JEMPUT_CORRUPT);
    }
    for (size_t bit = 0; bit < 15 * 8; bit++) { /* mode, name and zero byte; the rest is the id */
        text[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(jemput_tree_text_read(&out, jemput_bytes_of(text, JEMPUT_TREE_TEXT_BYTES), &err), JEMPUT_CORRUPT);
        text[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

/* --- in the store --- */

struct signer {
    struct jemput_buf seen;
    const char *armor;
    enum jemput_status status;
};

static enum jemput_status signer_sign(void *ctx, struct jemput_bytes text, struct jemput_buf *armor, struct jemput_error *err)
{
    struct signer *s = ctx;

    jemput_buf_clear(&s->seen);
    jemput_buf_append_bytes(&s->seen, text);
    jemput_buf_append_str(armor, s->armor);
    return s->status ? jemput_fail(err, s->status, "the signer says no") : JEMPUT_OK;
}

static void a_commit_reads_as_it_was_written(void **state)
{
    struct world w;
    struct signer s = { .seen = JEMPUT_BUF_INIT(1 << 20), .armor = WORLD_ARMOR };
    struct jemput_oid parents[3], oid;
    struct jemput_commit c;

    (void)state;
    world_open(&w);
    parents[0] = world_commit(&w, NULL, "first\n", "one");
    parents[1] = world_commit(&w, NULL, "other\n", "");
    parents[2] = world_commit(&w, &parents[0], "third\n", "one");
    oid = world_commit_by(&w, parents, 3, "line 1\n\nline 3\n", jemput_bytes_of("\0\xff\n", 3), signer_sign, &s);

    assert_true(jemput_repo_has(w.repo, &oid));
    assert_int_equal(jemput_source_commit(jemput_repo_source(w.repo), &oid, true, &c, &w.arena, &w.err), JEMPUT_OK);
    assert_memory_equal(&c.oid, &oid, sizeof oid);
    assert_int_equal(c.parent_count, 3);
    assert_memory_equal(c.parents, parents, sizeof parents);
    assert_int_equal(c.time_s, 1750000000);
    assert_true(jemput_bytes_equal(c.message, jemput_bytes_str("line 1\n\nline 3\n")));
    assert_true(jemput_bytes_equal(c.signature, jemput_bytes_str(WORLD_ARMOR)));
    assert_true(jemput_bytes_equal(c.signed_text, jemput_buf_bytes(&s.seen)));
    assert_true(jemput_bytes_equal(c.payload, jemput_bytes_of("\0\xff\n", 3)));

    assert_int_equal(jemput_source_commit(jemput_repo_source(w.repo), &oid, false, &c, &w.arena, &w.err), JEMPUT_OK);
    assert_int_equal(c.payload.len, 0);
    assert_int_equal(jemput_source_commit(jemput_repo_source(w.repo), &parents[1], true, &c, &w.arena, &w.err), JEMPUT_OK);
    assert_int_equal(c.payload.len, 0);
    jemput_buf_release(&s.seen);
    world_close(&w);
}

static enum jemput_status try_write(struct world *w, struct jemput_commit_new commit, struct signer *s)
{
    struct jemput_oid oid, untouched;
    enum jemput_status st;

    memset(&oid, 7, sizeof oid);
    memset(&untouched, 7, sizeof untouched);
    assert_int_equal(jemput_store_begin(w->store, 1000, &w->err), JEMPUT_OK);
    st = jemput_repo_commit_write(w->repo, &commit, signer_sign, s, &oid, &w->err);
    if (st)
        assert_memory_equal(&oid, &untouched, sizeof oid);
    jemput_store_rollback(w->store);
    return st;
}

static void what_cannot_be_read_is_not_written(void **state)
{
    struct world w;
    struct signer s = { .seen = JEMPUT_BUF_INIT(1 << 20), .armor = WORLD_ARMOR };
    static struct jemput_oid many[JEMPUT_PARENTS_MAX + 1];
    static uint8_t large[JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX + 1];
    struct jemput_commit_new good = { .message = jemput_bytes_str("m\n"), .payload = jemput_bytes_str("p") }, bad;

    (void)state;
    world_open(&w);
    assert_int_equal(try_write(&w, good, &s), JEMPUT_OK);
    bad = good, bad.message = jemput_bytes_str("");
    assert_int_equal(try_write(&w, bad, &s), JEMPUT_MISUSE);
    bad = good, bad.message = jemput_bytes_str("m");
    assert_int_equal(try_write(&w, bad, &s), JEMPUT_MISUSE);
    bad = good, bad.message = jemput_bytes_of("\0\n", 2);
    assert_int_equal(try_write(&w, bad, &s), JEMPUT_MISUSE);
    bad = good, bad.time_s = -1;
    assert_int_equal(try_write(&w, bad, &s), JEMPUT_MISUSE);
    bad = good, bad.time_s = INT64_MAX;
    assert_int_equal(try_write(&w, bad, &s), JEMPUT_MISUSE);
    bad = good, bad.message = jemput_bytes_of(large, JEMPUT_HEADER_BYTES_MAX + 1);
    assert_int_equal(try_write(&w, bad, &s), JEMPUT_LIMIT);
    bad = good, bad.parents = many, bad.parent_count = JEMPUT_PARENTS_MAX + 1;
    assert_int_equal(try_write(&w, bad, &s), JEMPUT_LIMIT);
    bad = good, bad.payload = jemput_bytes_of(large, sizeof large);
    assert_int_equal(try_write(&w, bad, &s), JEMPUT_LIMIT);

    s.armor = "-----BEGIN SSH SIGNATURE-----\naa\n-----END SSH SIGNATURE-----\n";
    assert_int_equal(try_write(&w, good, &s), JEMPUT_MISUSE);
    s.armor = "";
    assert_int_equal(try_write(&w, good, &s), JEMPUT_MISUSE);
    s.armor = WORLD_ARMOR;
    s.status = JEMPUT_DENIED;
    assert_int_equal(try_write(&w, good, &s), JEMPUT_DENIED);
    assert_non_null(strstr(w.err.text, "the signer says no"));
    jemput_buf_release(&s.seen);
    world_close(&w);
}

/* Plant an object under a name that may be a lie. */
static struct jemput_oid plant(struct world *w, git_object_t kind, struct jemput_bytes data)
{
    struct jemput_oid oid;

    assert_int_equal(jemput_oid_of(&oid, kind, data, &w->err), JEMPUT_OK);
    assert_int_equal(jemput_store_begin(w->store, 1000, &w->err), JEMPUT_OK);
    assert_int_equal(jemput_store_object_put(w->store, oid.id, (int)kind, data, &w->err), JEMPUT_OK);
    assert_int_equal(jemput_store_commit(w->store, &w->err), JEMPUT_OK);
    return oid;
}

static struct jemput_oid plant_commit(struct world *w, const struct jemput_oid *tree)
{
    struct jemput_buf text = JEMPUT_BUF_INIT(1 << 20);
    struct jemput_commit c = { .time_s = 5, .message = jemput_bytes_str("m\n"), .signature = jemput_bytes_str(WORLD_ARMOR) };
    struct jemput_oid oid;

    jemput_commit_text_write(&text, tree, &c);
    oid = plant(w, GIT_OBJECT_COMMIT, jemput_buf_bytes(&text));
    jemput_buf_release(&text);
    return oid;
}

static struct jemput_oid plant_tree(struct world *w, const struct jemput_oid *payload)
{
    uint8_t text[JEMPUT_TREE_TEXT_BYTES];

    jemput_tree_text_write(text, payload);
    return plant(w, GIT_OBJECT_TREE, jemput_bytes_of(text, sizeof text));
}

static enum jemput_status read_whole(struct world *w, const struct jemput_oid *oid)
{
    struct jemput_commit c, untouched;
    enum jemput_status st;

    memset(&c, 9, sizeof c);
    memset(&untouched, 9, sizeof untouched);
    st = jemput_source_commit(jemput_repo_source(w->repo), oid, true, &c, &w->arena, &w->err);
    if (st)
        assert_memory_equal(&c, &untouched, sizeof c);
    jemput_arena_clear(&w->arena);
    return st;
}

static void missing_and_foreign_parts_are_told_apart(void **state)
{
    static uint8_t large[JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX + 1];
    static const char long_tree[] = "100644 a\0aaaaaaaaaaaaaaaaaaaa100644 segment\0bbbbbbbbbbbbbbbbbbbb";
    struct world w;
    struct jemput_oid nowhere = { { 1 } }, blob, tree, commit;
    struct jemput_commit c;

    (void)state;
    world_open(&w);
    assert_int_equal(read_whole(&w, &nowhere), JEMPUT_NOTFOUND);
    assert_false(jemput_repo_has(w.repo, &nowhere));
    commit = plant_commit(&w, &nowhere);
    assert_int_equal(read_whole(&w, &commit), JEMPUT_NOTFOUND);
    tree = plant_tree(&w, &nowhere);
    commit = plant_commit(&w, &tree);
    assert_int_equal(read_whole(&w, &commit), JEMPUT_NOTFOUND);
    assert_int_equal(jemput_source_commit(jemput_repo_source(w.repo), &commit, false, &c, &w.arena, &w.err), JEMPUT_NOTFOUND);

    blob = plant(&w, GIT_OBJECT_BLOB, jemput_bytes_str("x"));
    assert_int_equal(read_whole(&w, &blob), JEMPUT_CORRUPT);
    commit = plant_commit(&w, &blob);
    assert_int_equal(read_whole(&w, &commit), JEMPUT_CORRUPT);
    tree = plant_tree(&w, &tree);
    commit = plant_commit(&w, &tree);
    assert_int_equal(read_whole(&w, &commit), JEMPUT_CORRUPT);
    tree = plant(&w, GIT_OBJECT_TREE, jemput_bytes_of(long_tree, sizeof long_tree - 1));
    commit = plant_commit(&w, &tree);
    assert_int_equal(read_whole(&w, &commit), JEMPUT_CORRUPT);
    tree = plant(&w, GIT_OBJECT_TREE, jemput_bytes_str(""));
    commit = plant_commit(&w, &tree);
    assert_int_equal(read_whole(&w, &commit), JEMPUT_CORRUPT);

    blob = plant(&w, GIT_OBJECT_BLOB, jemput_bytes_of(large, sizeof large));
    tree = plant_tree(&w, &blob);
    commit = plant_commit(&w, &tree);
    assert_int_equal(read_whole(&w, &commit), JEMPUT_LIMIT);
    commit = plant(&w, GIT_OBJECT_COMMIT, jemput_bytes_of(large, JEMPUT_COMMIT_BYTES_MAX + 1));
    assert_int_equal(read_whole(&w, &commit), JEMPUT_LIMIT);
    blob = plant(&w, GIT_OBJECT_BLOB, jemput_bytes_of(large, sizeof large - 1));
    tree = plant_tree(&w, &blob);
    commit = plant_commit(&w, &tree);
    assert_int_equal(read_whole(&w, &commit), JEMPUT_OK);

    assert_int_equal(jemput_store_begin(w.store, 1000, &w.err), JEMPUT_OK);
    assert_int_equal(jemput_store_object_put(w.store, nowhere.id, GIT_OBJECT_COMMIT, jemput_bytes_str(TREE ID SIG "\nm\n"), &w.err), JEMPUT_OK);
    assert_int_equal(read_whole(&w, &nowhere), JEMPUT_CORRUPT); /* its id is not the hash of it */
    jemput_store_rollback(w.store);
    world_close(&w);
}

static void a_kept_commit_is_the_same_elsewhere(void **state)
{
    struct world w;
    struct jemput_store *store;
    struct jemput_repo *repo;
    struct jemput_oid oid, parent;
    struct jemput_commit c, kept;

    (void)state;
    world_open(&w);
    parent = world_commit(&w, NULL, "first\n", "one");
    oid = world_commit(&w, &parent, "second\n", "two");
    store = world_store(&w, "other.db");
    assert_int_equal(jemput_repo_open(&repo, store, &w.err), JEMPUT_OK);

    assert_int_equal(jemput_store_begin(store, 1000, &w.err), JEMPUT_OK);
    assert_int_equal(jemput_source_commit(jemput_repo_source(w.repo), &oid, false, &c, &w.arena, &w.err), JEMPUT_OK);
    assert_int_equal(jemput_repo_commit_keep(repo, &c, &w.err), JEMPUT_MISUSE); /* the payload was left out */
    jemput_store_rollback(store);
    assert_int_equal(jemput_store_begin(store, 1000, &w.err), JEMPUT_OK);
    assert_int_equal(jemput_source_commit(jemput_repo_source(w.repo), &oid, true, &c, &w.arena, &w.err), JEMPUT_OK);
    assert_int_equal(jemput_repo_commit_keep(repo, &c, &w.err), JEMPUT_OK);
    assert_int_equal(jemput_repo_commit_keep(repo, &c, &w.err), JEMPUT_OK); /* twice is once */
    assert_int_equal(jemput_store_commit(store, &w.err), JEMPUT_OK);

    assert_true(jemput_repo_has(repo, &oid));
    assert_false(jemput_repo_has(repo, &parent));
    assert_int_equal(jemput_source_commit(jemput_repo_source(repo), &oid, true, &kept, &w.arena, &w.err), JEMPUT_OK);
    assert_true(jemput_bytes_equal(kept.payload, jemput_bytes_str("two")));
    assert_true(jemput_bytes_equal(kept.signed_text, c.signed_text));
    jemput_repo_close(repo);
    jemput_store_close(store);
    world_close(&w);
}

static void what_was_rolled_back_is_not_there(void **state)
{
    struct world w;
    struct jemput_commit_new commit = { .message = jemput_bytes_str("m\n"), .payload = jemput_bytes_str("p") };
    struct jemput_oid oid;

    (void)state;
    world_open(&w);
    assert_int_equal(jemput_store_begin(w.store, 1000, &w.err), JEMPUT_OK);
    assert_int_equal(jemput_repo_commit_write(w.repo, &commit, world_sign, NULL, &oid, &w.err), JEMPUT_OK);
    assert_int_equal(read_whole(&w, &oid), JEMPUT_OK);
    jemput_store_rollback(w.store);
    assert_int_equal(read_whole(&w, &oid), JEMPUT_NOTFOUND);
    assert_false(jemput_repo_has(w.repo, &oid));
    world_close(&w);
}

/* --- faults --- */

static void assert_fault_status(struct world *w, enum jemput_status st)
{
    if (st != JEMPUT_OK && st != JEMPUT_NOMEM)
        printf("status %d: %s\n", (int)st, w->err.text);
    assert_true(st == JEMPUT_OK || st == JEMPUT_NOMEM);
}

static void no_memory_anywhere_is_survived(void **state)
{
    struct fault_alloc *mem = *state;
    struct world w;
    struct jemput_oid parent, made;
    struct jemput_commit c;
    struct jemput_repo *repo;
    enum jemput_status st;
    bool failed;

    world_open(&w);
    parent = world_commit(&w, NULL, "first\n", "one");
    made = world_commit(&w, &parent, "again\n", "two");
    assert_int_equal(read_whole(&w, &made), JEMPUT_OK); /* the store keeps its statements */
    for (uint64_t n = 0, failures = 1; failures; n++) { /* open */
        size_t live = mem->live_blocks;

        fault_alloc_arm(mem, n, false);
        st = jemput_repo_open(&repo, w.store, &w.err);
        fault_alloc_disarm(mem);
        failures = mem->failures;
        assert_fault_status(&w, st);
        assert_true(st == JEMPUT_OK ? repo != NULL : repo == NULL);
        jemput_repo_close(repo);
        assert_int_equal(mem->live_blocks, live);
    }
    for (int sticky = 0; sticky < 2; sticky++) {
        failed = true;
        for (uint64_t n = 0; failed; n++) { /* read */
            size_t live;

            jemput_arena_release(&w.arena);
            live = mem->live_blocks;
            fault_alloc_arm(mem, n, sticky);
            st = jemput_source_commit(jemput_repo_source(w.repo), &made, true, &c, &w.arena, &w.err);
            fault_alloc_disarm(mem);
            failed = mem->failures > 0;
            assert_fault_status(&w, st);
            jemput_arena_release(&w.arena);
            assert_int_equal(mem->live_blocks, live);
        }
    }
    world_close(&w);
}

static void no_memory_while_writing_is_survived(void **state)
{
    struct fault_alloc *mem = *state;
    struct world w;
    struct jemput_oid parent, oid;
    struct jemput_commit c;
    enum jemput_status st;
    size_t live = mem->live_blocks;

    world_open(&w);
    parent = world_commit(&w, NULL, "first\n", "one");
    oid = world_commit(&w, &parent, "warm\n", "up");
    assert_int_equal(jemput_source_commit(jemput_repo_source(w.repo), &oid, true, &c, &w.arena, &w.err), JEMPUT_OK);
    for (uint64_t n = 0, failures = 1; failures; n++) {
        char payload[32];
        struct jemput_commit_new commit = { .message = jemput_bytes_str("m\n"), .parents = &parent, .parent_count = 1, .time_s = 9 };

        snprintf(payload, sizeof payload, "payload %u", (unsigned)n);
        commit.payload = jemput_bytes_str(payload);
        assert_int_equal(jemput_store_begin(w.store, 1000, &w.err), JEMPUT_OK);
        fault_alloc_arm(mem, n, false);
        st = jemput_repo_commit_write(w.repo, &commit, world_sign, NULL, &oid, &w.err);
        fault_alloc_disarm(mem);
        failures = mem->failures;
        assert_fault_status(&w, st);
        jemput_store_rollback(w.store);
    }
    for (uint64_t n = 0, failures = 1; failures; n++) {
        assert_int_equal(jemput_store_begin(w.store, 1000, &w.err), JEMPUT_OK);
        fault_alloc_arm(mem, n, false);
        st = jemput_repo_commit_keep(w.repo, &c, &w.err);
        fault_alloc_disarm(mem);
        failures = mem->failures;
        assert_fault_status(&w, st);
        jemput_store_rollback(w.store);
    }
    world_close(&w);
    assert_int_equal(mem->live_blocks, live); /* the store keeps statements while it is open, so only now */
}

/* The allocator watches from before anything else allocates: what libgit2 keeps for good is warmed up, and the store's share is not ours to count. */
static int faults_start(void **state)
{
    static struct fault_alloc mem;
    struct jemput_error err;

    fault_alloc_install(&mem);
    assert_int_equal(jemput_git_ready(&err), JEMPUT_OK);
    *state = &mem;
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_have_the_ids_that_git_gives),
        cmocka_unit_test(every_truncation_is_refused_or_another_commit),
        cmocka_unit_test(every_bit_flip_is_refused_or_another_commit),
        cmocka_unit_test(only_the_one_form_is_read),
        cmocka_unit_test(a_zero_byte_in_the_message_is_refused),
        cmocka_unit_test(limits_are_met_exactly),
        cmocka_unit_test(only_the_one_tree_is_read),
        cmocka_unit_test(a_commit_reads_as_it_was_written),
        cmocka_unit_test(what_cannot_be_read_is_not_written),
        cmocka_unit_test(missing_and_foreign_parts_are_told_apart),
        cmocka_unit_test(a_kept_commit_is_the_same_elsewhere),
        cmocka_unit_test(what_was_rolled_back_is_not_there),
        cmocka_unit_test(no_memory_anywhere_is_survived),
        cmocka_unit_test(no_memory_while_writing_is_survived),
    };

    return cmocka_run_group_tests_name("commit", tests, faults_start, NULL);
}
