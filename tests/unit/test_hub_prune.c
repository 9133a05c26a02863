/* Tests of repo/hub_prune.c and hub_drop.c: what a ref leads to stays, wherever it is cut; what none leads to goes; what is young stays. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "repo_world.h"
#include "support/fault_alloc.h"
#include "support/sim_env.h"

#define OLD "refs/heads/log/00112233445566778899aabbccddeeff/0"
#define NEW "refs/heads/log/00112233445566778899aabbccddeeff/1"
#define OTHER "refs/heads/log/ffeeddccbbaa99887766554433221100/0"

static struct fault_alloc memory;

/* Three logs of four commits: an old generation, its successor, another writer's. In packs, or as git makes loose objects and packed refs of them. */
static void hub_make(struct world *w, struct jemput_oid old[4], bool loose)
{
    static const char *const refs[] = { OLD, NEW, OTHER };
    struct jemput_hub *hub;
    uint64_t bytes;

    world_open(w);
    assert_int_equal(jemput_hub_create_folder(w->env, world_path(w, "made"), &w->err), JEMPUT_OK);
    assert_int_equal(jemput_hub_open_folder(&hub, w->env, world_path(w, "made"), &w->err), JEMPUT_OK);
    for (unsigned i = 0; i < 3; i++) {
        struct jemput_oid log[4];
        char message[32];

        for (unsigned k = 0; k < 4; k++) {
            snprintf(message, sizeof message, "segment %u of log %u\n", k + 1, i);
            log[k] = world_commit(w, k ? &log[k - 1] : NULL, message, message);
        }
        assert_int_equal(jemput_hub_push(hub, w->repo, refs[i], NULL, log, 2, &bytes, &w->err), JEMPUT_OK);
        assert_int_equal(jemput_hub_push(hub, w->repo, refs[i], &log[1], log + 2, 2, &bytes, &w->err), JEMPUT_OK);
        if (i == 0)
            memcpy(old, log, sizeof log);
    }
    jemput_hub_close(hub);
    if (loose)
        world_must(w, "cd made && mkdir ../packs && mv objects/pack/* ../packs && for p in ../packs/*.pack; do git unpack-objects -q < $p; done && "
                      "git pack-refs --all");
    world_must(w, "find made/objects -type f -exec touch -d '1 hour ago' {} +");
}

static bool let_go; /* what is missing was let go on purpose */

static enum jemput_status lacks(void *ctx, const struct jemput_oid *commit, bool *out, struct jemput_error *err)
{
    (void)ctx, (void)commit, (void)err;
    *out = let_go;
    return JEMPUT_OK;
}

static enum jemput_status prune(struct world *w, struct jemput_env *env, const struct jemput_oid *tip, struct jemput_hub_pruned *out)
{
    const struct jemput_hub_drop drop = { OLD, *tip };
    struct jemput_hub *hub;
    enum jemput_status st = jemput_hub_open_folder(&hub, env, world_path(w, "hub"), &w->err);

    if (!st)
        st = jemput_hub_prune(hub, jemput_bytes_str("jemput roster 1\n"), &drop, 1, lacks, NULL, out, &w->err);
    jemput_hub_close(hub);
    return st;
}

static const char COPY[] = "rm -rf hub; cp -a made hub";
static const char WHOLE[] = "git -C hub fsck --full --strict && git -C hub rev-parse -q --verify " NEW " && git -C hub rev-parse -q --verify " OTHER
                            " && test $(git -C hub rev-list --objects " NEW " " OTHER " | wc -l) = 24"
                            " && { git -C hub rev-parse -q --verify " OLD " || grep -qx 'jemput roster 1' hub/jemput/records; }"; /* before a ref goes */
static const char GONE[] = "! git -C hub rev-parse -q --verify " OLD " && test $(git -C hub cat-file --batch-all-objects --batch-check | wc -l) = 24";

static void what_no_ref_leads_to_goes_and_all_else_stays(void **state)
{
    struct jemput_hub_pruned out;
    struct jemput_oid old[4];
    struct world w;

    (void)state;
    for (unsigned loose = 0; loose < 2; loose++) {
        hub_make(&w, old, loose);
        world_must(&w, COPY);
        assert_int_equal(prune(&w, w.env, &old[3], &out), JEMPUT_OK);
        assert_int_equal(out.refs, 1);
        assert_int_equal(out.young, 0);
        assert_true(loose || out.packs == 6);
        world_must(&w, WHOLE);
        world_must(&w, GONE);
        assert_int_equal(prune(&w, w.env, &old[3], &out), JEMPUT_OK); /* and once more */
        world_must(&w, WHOLE);
        world_must(&w, GONE);
        world_close(&w);
    }
}

static void what_is_young_or_not_ours_stays(void **state)
{
    struct jemput_hub_pruned out;
    struct jemput_oid old[4];
    struct world w;

    (void)state;
    hub_make(&w, old, false);
    world_must(&w, COPY);
    world_must(&w, "find hub/objects -type f -exec touch {} +");
    assert_int_equal(prune(&w, w.env, &old[3], &out), JEMPUT_OK);
    assert_int_equal(out.young, 6);
    world_must(&w, WHOLE);
    world_must(&w, "git -C hub cat-file -e $(git -C made rev-parse " OLD ")");
    world_must(&w, COPY);
    assert_int_equal(prune(&w, w.env, &old[2], &out), JEMPUT_BUSY); /* it is not where it was seen */
    world_must(&w, "git -C hub rev-parse -q --verify " OLD);
    world_must(&w, "git -C hub update-ref refs/heads/main " NEW);
    assert_int_equal(prune(&w, w.env, &old[3], &out), JEMPUT_DENIED);
    world_must(&w, "git -C hub rev-parse -q --verify " OLD " && git -C hub fsck --full --strict");
    world_close(&w);
}

static void a_damaged_hub_loses_nothing(void **state)
{
    struct jemput_hub_pruned out;
    struct jemput_oid old[4];
    struct world w;

    (void)state;
    hub_make(&w, old, true);
    world_must(&w, COPY);
    world_must(&w, "cd hub && f=$(git rev-parse " NEW "~1 | sed 's#^..#objects/&/#') && rm $f && find objects -type f | sort > ../before");
    assert_int_equal(prune(&w, w.env, &old[3], &out), JEMPUT_CORRUPT);
    world_must(&w, "cd hub && find objects -type f | sort > ../after && ! comm -23 ../before ../after | grep .");
    let_go = true;
    assert_int_equal(prune(&w, w.env, &old[3], &out), JEMPUT_OK);
    world_must(&w, "! git -C hub cat-file -e $(git -C made rev-parse " NEW "~2)");
    let_go = false;
    world_must(&w, COPY);
    world_must(&w, "cd hub && f=$(git rev-parse " NEW "^{tree} | sed 's#^..#objects/&/#') && chmod u+w $f && echo x > $f && find objects -type f | sort > ../before");
    assert_int_not_equal(prune(&w, w.env, &old[3], &out), JEMPUT_OK);
    world_must(&w, "cd hub && find objects -type f | sort > ../after && ! comm -23 ../before ../after | grep .");
    world_close(&w);
}

static void wherever_it_fails_what_a_ref_leads_to_is_there(void **state)
{
    struct jemput_hub_pruned out;
    struct jemput_oid old[4];
    struct sim_env sim;
    struct world w;
    unsigned failed = 0;

    (void)state;
    hub_make(&w, old, false);
    sim_env_init(&sim, NULL, 1);
    sim_env_use_real_files(&sim, w.env);
    for (uint64_t n = 0, failures = 1; failures; n += 5) {
        enum jemput_status st;

        world_must(&w, COPY);
        sim_env_fail_at(&sim, n, JEMPUT_IO, n % 2);
        st = prune(&w, &sim.env, &old[3], &out);
        failures = sim.failures;
        sim_env_fail_at(&sim, UINT64_MAX, JEMPUT_OK, false);
        failed += st != JEMPUT_OK;
        world_must(&w, WHOLE);
        assert_int_equal(prune(&w, w.env, &old[3], &out), JEMPUT_OK);
        world_must(&w, WHOLE);
    }
    assert_true(failed > 5);
    for (uint64_t n = 0, failures = 1; failures; n += 1 + n / 4) {
        enum jemput_status st;

        world_must(&w, COPY);
        fault_alloc_arm(&memory, n, false);
        st = prune(&w, w.env, &old[3], &out);
        fault_alloc_disarm(&memory);
        failures = memory.failures;
        assert_true(st == JEMPUT_OK || st == JEMPUT_NOMEM);
        world_must(&w, WHOLE);
    }
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_no_ref_leads_to_goes_and_all_else_stays),
        cmocka_unit_test(what_is_young_or_not_ours_stays),
        cmocka_unit_test(a_damaged_hub_loses_nothing),
        cmocka_unit_test(wherever_it_fails_what_a_ref_leads_to_is_there),
    };

    fault_alloc_install(&memory);
    return cmocka_run_group_tests_name("hub prune", tests, NULL, NULL);
}
