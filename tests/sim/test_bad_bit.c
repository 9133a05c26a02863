/* Segments of a tablet in which a hostile hub has flipped one bit and then made every git hash right again: the signature does not fit, and the segment is refused.
 *
 * Central's tables stay as they are, the log of the other tablet goes on, and once the hub shows the true log again, all is received. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bad.h"
#include "folder.h"
#include "forge.h"

#define CENTRAL 0
#define TABLET 1
#define OTHER 2

struct scene {
    struct fleet f;
    char hub[300], ref[128];
    struct jemput_oid tip; /* of the tablet's true log */
    struct folder_state *good;
};

/* Both tablets have sent a row that central has not read. */
static void begin(struct scene *s, uint64_t seed)
{
    memset(s, 0, sizeof *s);
    bad_begin(&s->f, seed);
    snprintf(s->hub, sizeof s->hub, "%s", fleet_hub(&s->f, 0));
    snprintf(s->ref, sizeof s->ref, "%s", bad_ref(&s->f, TABLET));
    bad_write(&s->f, TABLET, "d");
    fleet_sync(&s->f, TABLET, 0);
    s->tip = forge_tip(s->hub, s->ref);
    bad_write(&s->f, OTHER, "e");
    fleet_sync(&s->f, OTHER, 0);
    s->good = folder_remember(s->hub);
}

static void end(struct scene *s)
{
    folder_restore(s->good);
    folder_forget(s->good);
    bad_expect_all_received(&s->f, "abcde");
    bad_end(&s->f);
}

static bool log_at_fault(enum jemput_status st)
{
    return st == JEMPUT_CORRUPT || st == JEMPUT_DENIED || st == JEMPUT_LIMIT || st == JEMPUT_UPGRADE;
}

static int aside_status(void *ctx, const struct jemput_aside *a)
{
    *(enum jemput_status *)ctx = a->status;
    return 0;
}

/* The hub shows this commit as the tablet's newest: central refuses it and takes what the other tablet sent. */
static void expect_refused(struct scene *s, const struct jemput_oid *commit, const char *what, size_t at)
{
    enum jemput_status why = JEMPUT_OK;
    struct jemput_sync_report report;
    struct jemput_error err;

    forge_ref(s->hub, s->ref, commit);
    if (bad_sync(&s->f, CENTRAL, s->hub, &report, &err))
        fail_msg("%s %zu: %s: %s", what, at, jemput_status_name(err.status), err.text);
    if (jemput_aside_each(s->f.devices[CENTRAL].jemput, aside_status, &why, &err) || !log_at_fault(why) || report.logs_stopped != 1)
        fail_msg("%s %zu: %u logs are stopped, the reason is %s", what, at, (unsigned)report.logs_stopped, jemput_status_name(why));
    bad_expect_names(&s->f, CENTRAL, "abce");
}

static void a_commit_with_any_one_bit_flipped_and_a_new_hash_is_refused(void **state)
{
    struct scene s;
    size_t len;
    unsigned char *text;

    (void)state;
    begin(&s, 21);
    text = forge_read(s.hub, &s.tip, &len);
    for (size_t bit = 0; bit < 8 * len; bit += 5) {
        struct jemput_oid forged;

        text[bit / 8] ^= (unsigned char)(1 << bit % 8);
        forged = forge_object(s.hub, FORGE_COMMIT, text, len);
        text[bit / 8] ^= (unsigned char)(1 << bit % 8);
        expect_refused(&s, &forged, "bit", bit);
    }
    free(text);
    end(&s);
}

/* The commit, with another tree. */
static struct jemput_oid commit_of_tree(struct scene *s, const struct jemput_oid *tree)
{
    struct jemput_oid oid;
    size_t len;
    unsigned char *text = forge_read(s->hub, &s->tip, &len);
    char hex[2 * JEMPUT_OID_BYTES + 1];

    jemput_hex_encode(hex, tree->id, sizeof tree->id);
    memcpy(text + 5, hex, 40);
    oid = forge_object(s->hub, FORGE_COMMIT, text, len);
    free(text);
    return oid;
}

static void a_payload_or_tree_with_any_one_bit_flipped_and_new_hashes_is_refused(void **state)
{
    struct scene s;
    struct jemput_oid tree_oid, payload_oid;
    size_t tree_len, payload_len;
    unsigned char *tree, *payload;

    (void)state;
    begin(&s, 22);
    tree_oid = forge_tree_of(s.hub, &s.tip);
    payload_oid = forge_payload_of(s.hub, &s.tip);
    tree = forge_read(s.hub, &tree_oid, &tree_len);
    payload = forge_read(s.hub, &payload_oid, &payload_len);
    for (size_t bit = 0; bit < 8 * payload_len; bit++) {
        struct jemput_oid forged;

        payload[bit / 8] ^= (unsigned char)(1 << bit % 8);
        forged = forge_object(s.hub, FORGE_BLOB, payload, payload_len);
        payload[bit / 8] ^= (unsigned char)(1 << bit % 8);
        memcpy(tree + tree_len - sizeof forged.id, forged.id, sizeof forged.id);
        forged = forge_object(s.hub, FORGE_TREE, tree, tree_len);
        forged = commit_of_tree(&s, &forged);
        expect_refused(&s, &forged, "bit of the payload", bit);
    }
    memcpy(tree + tree_len - sizeof payload_oid.id, payload_oid.id, sizeof payload_oid.id);
    for (size_t bit = 0; bit < 8 * tree_len; bit++) {
        struct jemput_oid forged;

        tree[bit / 8] ^= (unsigned char)(1 << bit % 8);
        forged = forge_object(s.hub, FORGE_TREE, tree, tree_len);
        tree[bit / 8] ^= (unsigned char)(1 << bit % 8);
        forged = commit_of_tree(&s, &forged);
        expect_refused(&s, &forged, "bit of the tree", bit);
    }
    free(tree);
    free(payload);
    end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_commit_with_any_one_bit_flipped_and_a_new_hash_is_refused),
        cmocka_unit_test(a_payload_or_tree_with_any_one_bit_flipped_and_new_hashes_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
