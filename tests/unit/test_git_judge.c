/* unit/test_git_judge.c — stock git judges what we push: fsck, verify-commit, log, gc, repack, clone; and refuses what was changed by one byte.
 * Links repo and crypto: the signatures are real. Needs git (2.34 or later) and ssh-keygen; skipped where they are missing. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "crypto/crypto.h"
#include "repo_world.h"

#define LOG_LENGTH 8
#define LOGS 3

struct judge {
    struct world w;
    struct jemput_keypair keys[LOGS];
    struct jemput_oid logs[LOGS][LOG_LENGTH];
    struct jemput_hub *hub;
};

static enum jemput_status key_sign(void *ctx, struct jemput_bytes text, struct jemput_buf *armor, struct jemput_error *err)
{
    (void)err;
    jemput_sshsig_sign(armor, text, ctx);
    return JEMPUT_OK;
}

static const char *ref_of(unsigned log)
{
    static char names[LOGS][80];

    snprintf(names[log], sizeof names[log], "refs/heads/log/%032x/0", log + 1);
    return names[log];
}

static void signers_write(struct judge *j)
{
    struct jemput_buf text = JEMPUT_BUF_INIT(1 << 16);

    for (unsigned log = 0; log < LOGS; log++) {
        jemput_buf_printf(&text, "writer-%u namespaces=\"git\" ", log + 1);
        jemput_ssh_public_key(&text, j->keys[log].public_key);
        jemput_buf_append_str(&text, "\n");
    }
    world_file(&j->w, "signers", text.data, text.len);
    jemput_buf_release(&text);
}

/* Payloads resemble each other, so that git's repacking makes deltas of them. */
static struct jemput_oid judge_commit(struct judge *j, unsigned log, unsigned number, const struct jemput_oid *parents, unsigned parent_count)
{
    char payload[3000], message[100];
    size_t len = 0;

    for (unsigned line = 0; len + 60 < sizeof payload; line++)
        len += (size_t)snprintf(payload + len, sizeof payload - len, "row %u of a long text that repeats itself, log %u\n", line, line % 40 == 7 ? number : log);
    snprintf(message, sizeof message, "jemput 1\nclass control\nnumber %u\n", number);
    return world_commit_by(&j->w, parents, parent_count, message, jemput_bytes_of(payload, len), key_sign, &j->keys[log]);
}

/* Two writers' logs, and an office's whose commits also have the writers' heads as parents. */
static void logs_write(struct judge *j)
{
    for (unsigned number = 0; number < LOG_LENGTH; number++) {
        struct jemput_oid parents[3];
        unsigned parent_count = 0;

        for (unsigned log = 0; log < LOGS - 1; log++)
            j->logs[log][number] = judge_commit(j, log, number, number ? &j->logs[log][number - 1] : NULL, number ? 1 : 0);
        if (number)
            parents[parent_count++] = j->logs[LOGS - 1][number - 1];
        for (unsigned log = 0; log < LOGS - 1 && number; log++)
            parents[parent_count++] = j->logs[log][number];
        j->logs[LOGS - 1][number] = judge_commit(j, LOGS - 1, number, parents, parent_count);
    }
}

static void push_stretch(struct judge *j, unsigned log, unsigned from, unsigned count)
{
    uint64_t bytes;
    enum jemput_status st = jemput_hub_push(j->hub, j->w.repo, ref_of(log), from ? &j->logs[log][from - 1] : NULL, &j->logs[log][from], count, &bytes,
                                            &j->w.err);

    if (st)
        printf("%s\n", j->w.err.text);
    assert_int_equal(st, JEMPUT_OK);
}

static bool judge_open(struct judge *j)
{
    world_open(&j->w);
    if (world_run(&j->w, "git --version && command -v ssh-keygen") != 0) {
        world_close(&j->w);
        print_message("no git or no ssh-keygen here\n");
        return false;
    }
    for (unsigned log = 0; log < LOGS; log++) {
        uint8_t seed[32] = { (uint8_t)(log + 1) };

        jemput_keypair_from_seed(&j->keys[log], seed);
    }
    signers_write(j);
    logs_write(j);
    assert_int_equal(jemput_hub_create_folder(j->w.env, world_path(&j->w, "hub"), &j->w.err), JEMPUT_OK);
    assert_int_equal(jemput_hub_open_folder(&j->hub, j->w.env, world_path(&j->w, "hub"), &j->w.err), JEMPUT_OK);
    return true;
}

static void judge_close(struct judge *j)
{
    jemput_hub_close(j->hub);
    world_close(&j->w);
}

#define GIT "git -C hub -c gpg.ssh.allowedSignersFile=$PWD/signers -c log.showSignature=false "

/* Every commit that a ref reaches is good, and git has nothing to remark. */
static void assert_git_accepts(struct judge *j, unsigned commits)
{
    char command[256];

    world_must(&j->w, "test -z \"$(git -C hub fsck --strict --full --no-dangling 2>&1 | grep -v '^notice: ')\"");
    world_must(&j->w, GIT "rev-list --all >ids; " GIT "verify-commit $(cat ids)");
    world_must(&j->w, GIT "log --all --show-signature >shown 2>&1");
    snprintf(command, sizeof command, "test $(wc -l <ids) = %u && test $(grep -c '^Good \"git\" signature for writer-' shown) = %u", commits, commits);
    world_must(&j->w, command);
}

static enum jemput_status ref_count(void *ctx, const char *name, const struct jemput_oid *oid, struct jemput_error *err)
{
    (void)name;
    (void)oid;
    (void)err;
    ++*(unsigned *)ctx;
    return JEMPUT_OK;
}

/* We read everything back from the hub, and the signatures hold for us as well. */
static void assert_we_accept(struct judge *j, unsigned count)
{
    unsigned refs = 0, skipped;

    assert_int_equal(jemput_hub_refs(j->hub, "refs/heads/log/", ref_count, &refs, &skipped, &j->w.err), JEMPUT_OK);
    assert_int_equal(refs, LOGS);
    assert_int_equal(skipped, 0);
    for (unsigned log = 0; log < LOGS; log++) {
        struct jemput_oid tip;

        assert_int_equal(jemput_hub_ref(j->hub, ref_of(log), &tip, &j->w.err), JEMPUT_OK);
        assert_memory_equal(&tip, &j->logs[log][count - 1], sizeof tip);
        for (unsigned i = 0; i < count; i++) {
            struct jemput_commit c;
            uint8_t key[32];
            enum jemput_status st = jemput_source_commit(jemput_hub_source(j->hub), &j->logs[log][i], true, &c, &j->w.arena, &j->w.err);

            if (st)
                printf("%s\n", j->w.err.text);
            assert_int_equal(st, JEMPUT_OK);
            assert_int_equal(jemput_sshsig_verify(key, c.signature, c.signed_text, &j->w.err), JEMPUT_OK);
            assert_memory_equal(key, j->keys[log].public_key, sizeof key);
        }
    }
    jemput_arena_clear(&j->w.arena);
}

static void git_accepts_every_log(void **state)
{
    struct judge j;

    (void)state;
    if (!judge_open(&j))
        skip();
    for (unsigned log = 0; log < LOGS; log++)
        push_stretch(&j, log, 0, LOG_LENGTH);
    assert_git_accepts(&j, LOGS * LOG_LENGTH);
    assert_we_accept(&j, LOG_LENGTH);
    judge_close(&j);
}

static void the_hub_lives_on_after_gits_own_housekeeping(void **state)
{
    struct judge j;

    (void)state;
    if (!judge_open(&j))
        skip();
    for (unsigned log = 0; log < LOGS; log++) /* a pack each: what many small pushes leave behind */
        for (unsigned i = 0; i < LOG_LENGTH - 2; i++)
            push_stretch(&j, log, i, 1);
    world_must(&j.w, "test $(ls hub/objects/pack/*.pack | wc -l) = 18");
    assert_we_accept(&j, LOG_LENGTH - 2);
    world_must(&j.w, "git -C hub repack -adf --depth=50 --window=50 && test $(ls hub/objects/pack/*.pack | wc -l) = 1"); /* under the open hub */
    world_must(&j.w, "git -C hub verify-pack -v hub/objects/pack/*.idx >/dev/null 2>&1; git verify-pack -v hub/objects/pack/*.idx | grep -q 'chain length'");
    assert_we_accept(&j, LOG_LENGTH - 2);
    for (unsigned log = 0; log < LOGS; log++)
        push_stretch(&j, log, LOG_LENGTH - 2, 1);
    world_must(&j.w, "git -C hub gc --quiet --prune=now && test -f hub/packed-refs && ! test -e hub/refs/heads/log");
    assert_we_accept(&j, LOG_LENGTH - 1);
    for (unsigned log = 0; log < LOGS; log++)
        push_stretch(&j, log, LOG_LENGTH - 1, 1);
    assert_git_accepts(&j, LOGS * LOG_LENGTH);
    assert_we_accept(&j, LOG_LENGTH);
    world_must(&j.w, "git -C hub multi-pack-index write && git -C hub commit-graph write --reachable && git -C hub prune-packed");
    assert_we_accept(&j, LOG_LENGTH);
    judge_close(&j);
}

static void git_fetches_and_pushes_through_the_hub(void **state)
{
    struct judge j;

    (void)state;
    if (!judge_open(&j))
        skip();
    for (unsigned log = 0; log < LOGS; log++)
        push_stretch(&j, log, 0, LOG_LENGTH - 2);
    world_must(&j.w, "git clone -q --mirror hub mirror && test $(git -C mirror rev-list --all | wc -l) = 18 && git -C mirror fsck --strict");
    world_must(&j.w, "git -c protocol.version=2 -C mirror fetch -q");
    assert_int_not_equal(world_run(&j.w, "git -C mirror push -q -f origin refs/heads/log/00000000000000000000000000000001/0~2:refs/heads/log/00000000000000000000000000000001/0"), 0);
    assert_int_not_equal(world_run(&j.w, "git -C mirror push -q origin :refs/heads/log/00000000000000000000000000000001/0"), 0);
    push_stretch(&j, 0, LOG_LENGTH - 2, 2);
    world_must(&j.w, "git -C mirror fetch -q && test $(git -C mirror rev-list --all | wc -l) = 20");
    world_must(&j.w, "git init -q --bare second && git -C mirror push -q ../second 'refs/heads/log/*:refs/heads/log/*'"); /* loose objects there */
    jemput_hub_close(j.hub);
    assert_int_equal(jemput_hub_open_folder(&j.hub, j.w.env, world_path(&j.w, "second"), &j.w.err), JEMPUT_OK);
    push_stretch(&j, 1, LOG_LENGTH - 2, 2);
    push_stretch(&j, 2, LOG_LENGTH - 2, 2);
    assert_we_accept(&j, LOG_LENGTH);
    judge_close(&j);
}

/* What we make of the altered commit `id` in the hub: 0 = refused, 1 = accepted. */
static unsigned we_accept_altered(struct judge *j, const char *id)
{
    struct jemput_oid oid = world_oid(id);
    struct jemput_commit c;
    uint8_t key[32];
    unsigned accepted = jemput_source_commit(jemput_hub_source(j->hub), &oid, true, &c, &j->w.arena, &j->w.err) == JEMPUT_OK &&
                        jemput_sshsig_verify(key, c.signature, c.signed_text, &j->w.err) == JEMPUT_OK;

    jemput_arena_clear(&j->w.arena);
    return accepted;
}

/* Of the altered commits git may accept only those where a line break within the signature's armor became other white space, which base64 decoders overlook:
 * what is signed, and by whom, is then still the same. (We are stricter.) Number text.len is the unchanged commit. */
static void assert_git_accepted(struct judge *j, struct jemput_bytes text)
{
    FILE *accepted = fopen(world_path(&j->w, "accepted"), "r");
    size_t signature_at = 0, at = 0;
    char line[32];

    while (memcmp(text.data + signature_at, "gpgsig ", 7) != 0)
        signature_at++;
    assert_non_null(accepted);
    while (fgets(line, sizeof line, accepted)) {
        at = (size_t)strtoul(line, NULL, 10);
        assert_true(at == text.len || (at > signature_at && text.data[at] == '\n' && text.data[at + 1] == ' '));
    }
    fclose(accepted);
    assert_int_equal(at, text.len);
}

static void a_commit_with_one_byte_changed_is_refused(void **state)
{
    struct judge j;
    struct jemput_buf text = JEMPUT_BUF_INIT(1 << 16);
    char line[64], name[32];
    unsigned good = 0, seen = 0;
    FILE *ids;

    (void)state;
    if (!judge_open(&j))
        skip();
    push_stretch(&j, 0, 0, 2);
    snprintf(line, sizeof line, "git -C hub cat-file commit %s", world_hex(&j.logs[0][1]));
    world_must(&j.w, line);
    assert_int_equal(j.w.env->read(j.w.env, world_path(&j.w, "log"), &text, &j.w.err), JEMPUT_OK);
    world_must(&j.w, "mkdir bent");
    for (size_t at = 0; at < text.len; at++) {
        snprintf(name, sizeof name, "bent/%04zu", at);
        text.data[at] ^= (uint8_t)(1u << at % 7);
        world_file(&j.w, name, text.data, text.len);
        text.data[at] ^= (uint8_t)(1u << at % 7);
    }
    world_must(&j.w, "for f in bent/*; do echo $PWD/$f; done | git -C hub hash-object -w -t commit --literally --stdin-paths >ids");

    snprintf(line, sizeof line, "echo %s >>ids", world_hex(&j.logs[0][1])); /* the unchanged one comes last */
    world_must(&j.w, line);
    world_must(&j.w, "n=0; for id in $(cat ids); do " GIT "verify-commit $id >judged 2>&1 && echo $n >>accepted; n=$((n + 1)); done; true");
    assert_git_accepted(&j, jemput_buf_bytes(&text));

    ids = fopen(world_path(&j.w, "ids"), "r");
    assert_non_null(ids);
    while (fgets(line, sizeof line, ids)) {
        line[strcspn(line, "\n")] = '\0';
        good += we_accept_altered(&j, line);
        seen++;
    }
    fclose(ids);
    assert_int_equal(seen, text.len + 1);
    assert_int_equal(good, 1);
    jemput_buf_release(&text);
    judge_close(&j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(git_accepts_every_log),
        cmocka_unit_test(the_hub_lives_on_after_gits_own_housekeeping),
        cmocka_unit_test(git_fetches_and_pushes_through_the_hub),
        cmocka_unit_test(a_commit_with_one_byte_changed_is_refused),
    };
    struct jemput_error err;

    if (jemput_crypto_init(&err) != JEMPUT_OK)
        return 1;
    return cmocka_run_group_tests_name("git_judge", tests, NULL, NULL);
}
