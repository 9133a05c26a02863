/* sim/forge.c — see forge.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <git2.h>
#include <git2/sys/odb_backend.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bad.h"
#include "forge.h"

#include "base/limits.h"
#include "log/sealed.h"
#include "repo/commit.h"

static git_odb *odb_open(const char *hub)
{
    git_odb *odb = NULL;

    assert_true(git_libgit2_init() > 0);
    assert_int_equal(git_odb_open(&odb, bad_path(hub, "objects")), 0);
    return odb;
}

static void odb_close(git_odb *odb)
{
    git_odb_free(odb);
    git_libgit2_shutdown();
}

struct jemput_oid forge_object(const char *hub, enum forge_kind kind, const void *data, size_t len)
{
    struct jemput_oid oid;
    git_odb *odb = odb_open(hub);
    git_oid id;

    assert_int_equal(git_odb_write(&id, odb, data ? data : "", len, (git_object_t)kind), 0);
    memcpy(oid.id, id.id, sizeof oid.id);
    odb_close(odb);
    return oid;
}

unsigned char *forge_read(const char *hub, const struct jemput_oid *oid, size_t *len)
{
    git_odb *odb = odb_open(hub);
    git_odb_object *object;
    unsigned char *data;
    git_oid id;

    memset(&id, 0, sizeof id);
    memcpy(id.id, oid->id, sizeof oid->id);
    assert_int_equal(git_odb_read(&object, odb, &id), 0);
    *len = git_odb_object_size(object);
    data = malloc(*len + 1);
    memcpy(data, git_odb_object_data(object), *len);
    data[*len] = 0;
    git_odb_object_free(object);
    odb_close(odb);
    return data;
}

struct jemput_oid forge_tip(const char *hub, const char *ref)
{
    struct jemput_oid oid = { { 0 } };
    size_t len;
    unsigned char *text = bad_file_read(bad_path(hub, "%s", ref), &len);

    assert_true(len >= 40 && jemput_hex_decode(oid.id, sizeof oid.id, jemput_bytes_of(text, 40)));
    free(text);
    return oid;
}

void forge_ref(const char *hub, const char *ref, const struct jemput_oid *oid)
{
    char hex[2 * JEMPUT_OID_BYTES + 2], folder[300];

    snprintf(folder, sizeof folder, "%s", bad_path(hub, "%s", ref));
    *strrchr(folder, '/') = '\0';
    bad_shell("mkdir -p '%s'", folder);
    jemput_hex_encode(hex, oid->id, sizeof oid->id);
    strcat(hex, "\n");
    bad_file_write(bad_path(hub, "%s", ref), hex, strlen(hex));
}

struct jemput_oid forge_tree_of(const char *hub, const struct jemput_oid *commit)
{
    struct jemput_oid oid = { { 0 } };
    size_t len;
    unsigned char *text = forge_read(hub, commit, &len);

    assert_true(len > 45 && jemput_hex_decode(oid.id, sizeof oid.id, jemput_bytes_of(text + 5, 40)));
    free(text);
    return oid;
}

struct jemput_oid forge_payload_of(const char *hub, const struct jemput_oid *commit)
{
    struct jemput_oid oid, tree = forge_tree_of(hub, commit);
    size_t len;
    unsigned char *text = forge_read(hub, &tree, &len);

    assert_int_equal(len, JEMPUT_TREE_TEXT_BYTES);
    memcpy(oid.id, text + len - sizeof oid.id, sizeof oid.id);
    free(text);
    return oid;
}

void forge_next(struct forge_segment *out, struct jemput *j)
{
    struct jemput_segment last;
    struct jemput_error err;

    assert_int_equal(jemput_store_segment_last(j->store, &j->writer, &last, &err), JEMPUT_OK);
    *out = (struct forge_segment){ .parent_count = 1 };
    memcpy(out->parent.id, last.commit, sizeof out->parent.id);
    out->parents = &out->parent;
    out->header = (struct jemput_header){ .klass = JEMPUT_CLASS_CONTROL, .space = j->space, .writer = j->writer, .epoch = j->epoch,
        .number = last.number + 1, .previous = last.hash, .stamp = last.stamp + 65536, .roster_version = j->roster.version, .policy_version = 1,
        .schema_version = j->roster.schema_version };
}

void forge_first(struct forge_segment *out, struct jemput *j, const struct jemput_keypair *key)
{
    *out = (struct forge_segment){ 0 };
    out->header = (struct jemput_header){ .klass = JEMPUT_CLASS_CONTROL, .space = j->space, .epoch = 1, .number = 1,
        .stamp = (jemput_stamp)1749945600000 << 16, .roster_version = j->roster.version, .policy_version = 1, .schema_version = j->roster.schema_version };
    jemput_writer_derive(&out->header.writer, &j->space, key->public_key, 1);
    memcpy(out->header.previous.bytes, j->space.id, sizeof j->space.id);
}

void forge_seal(struct forge_segment *s, struct jemput *j)
{
    static struct jemput_buf sealed;
    uint8_t key[JEMPUT_SEAL_KEY_BYTES];
    struct jemput_error err;

    jemput_buf_release(&sealed);
    sealed = (struct jemput_buf)JEMPUT_BUF_INIT(JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX);
    assert_int_equal(engine_epoch_current(j, &s->header.key_epoch, key, &err), JEMPUT_OK);
    assert_int_equal(jemput_payload_seal(&sealed, &s->header, s->payload, key, &err), JEMPUT_OK);
    s->payload = jemput_buf_bytes(&sealed);
}

static struct jemput_oid commit_sign(const char *hub, struct jemput_commit *commit, const struct jemput_oid *tree, const struct jemput_keypair *key)
{
    struct jemput_buf text = JEMPUT_BUF_INIT(1024 * 1024), armor = JEMPUT_BUF_INIT(4096);
    struct jemput_oid oid;

    jemput_commit_text_write(&text, tree, commit);
    jemput_sshsig_sign(&armor, jemput_buf_bytes(&text), key);
    commit->signature = jemput_buf_bytes(&armor);
    jemput_buf_clear(&text);
    jemput_commit_text_write(&text, tree, commit);
    assert_int_equal(text.failed, JEMPUT_OK);
    oid = forge_object(hub, FORGE_COMMIT, text.data, text.len);
    jemput_buf_release(&armor);
    jemput_buf_release(&text);
    return oid;
}

struct jemput_oid forge_sign(const char *hub, const struct forge_segment *s, const struct jemput_keypair *key, struct jemput_hash *hash)
{
    struct jemput_header h = s->header;
    struct jemput_buf message = JEMPUT_BUF_INIT(1024 * 1024);
    struct jemput_commit commit = { .parents = s->parents, .parent_count = s->parent_count, .time_s = jemput_stamp_ms(h.stamp) / 1000 };
    uint8_t tree_text[JEMPUT_TREE_TEXT_BYTES];
    struct jemput_oid payload = forge_object(hub, FORGE_BLOB, s->payload.data, s->payload.len), tree, oid;

    if (!s->payload_as_said) {
        h.payload_bytes = (uint32_t)s->payload.len;
        jemput_hash256(h.payload_hash.bytes, s->payload, NULL);
    }
    jemput_header_write(&message, &h);
    if (hash)
        jemput_header_hash(hash, jemput_buf_bytes(&message));
    jemput_tree_text_write(tree_text, &payload);
    tree = forge_object(hub, FORGE_TREE, tree_text, sizeof tree_text);
    commit.message = jemput_buf_bytes(&message);
    oid = commit_sign(hub, &commit, &tree, key);
    jemput_buf_release(&message);
    return oid;
}
