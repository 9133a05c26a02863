/* Tests of merging where memory runs out or the disk fails, once, at each possible moment: the store stays as it was or is as it should become,
 * nothing leaks, and the same segments can be merged afterwards. Two histories: one of writes, one of deletions and what comes back. */
#include "merge_world.h"
#include "store/internal.h"
#include "support/fault_alloc.h"

static struct fault_alloc mem;

enum { BEFORE = 3, AFTER = 3 }; /* segments that are merged before, and those that are merged under faults */

/* Inserts, an update that makes a conflict, a delete that holds a child, a row that is held, one that is let in, a fork, and a head that others
 * waited for. */
static void write_history(struct world *w)
{
    int base = world_segment(w, 1, -1), edit, waits, clone, late;
    struct jemput_txn *txn = world_txn(w, base, 100);

    world_insert_keluarga(w, txn, "k1", "16", "Jl. Melati");
    world_insert_keluarga(w, txn, "k2", "17", "Jl. Melati");
    world_insert_orang(w, txn, "p1", "A", "Ani", 30, "k1", NULL);
    world_insert_orang(w, txn, "p2", "B", "Budi", 31, "k2", "p1");
    edit = world_segment(w, 2, -1);
    world_merged(w, edit, base, false);
    txn = world_txn(w, edit, 200);
    world_update(w, txn, KELUARGA, "k1", K_ALAMAT, "Jl. Kenanga");
    world_insert_orang(w, txn, "p3", "A", "Citra", 32, "k1", NULL); /* held: p1 has the number */
    waits = world_segment(w, 3, -1);
    world_merged(w, waits, 5, false); /* not made yet: number 0 */
    world_update(w, world_txn(w, waits, 250), KELUARGA, "k2", K_ALAMAT, "Jl. Dahlia");

    clone = world_segment(w, 2, edit);
    world_update(w, world_txn(w, clone, 300), ORANG, "p1", O_NIK, "C"); /* lets p3 in */
    late = world_segment(w, 2, edit);
    world_merged(w, late, base, false);
    txn = world_txn(w, late, 310);
    world_update(w, txn, KELUARGA, "k1", K_ALAMAT, "Jl. Mawar");
    world_delete(w, txn, KELUARGA, "k2"); /* holds p2 */
    txn = world_txn(w, late, 320);
    world_insert_orang(w, txn, "p4", "D", NULL, 1, NULL, NULL);
    world_insert_orang(w, txn, "p8", "H", "Hasan", 33, "k8", NULL); /* held: no such family */
    late = world_segment(w, 4, -1); /* the one that `waits` names */
    assert_int_equal(late, 5);
    world_insert_keluarga(w, world_txn(w, late, 50), "k3", "18", NULL);
    for (int i = 0; i < w->count; i++) /* heads that were named before they were made */
        for (uint32_t k = 0; k < w->segments[i].merged.count; k++)
            if (w->segments[i].merged.heads[k].number == 0)
                w->segments[i].merged.heads[k] = (struct jemput_head){ .writer = w->segments[5].meta.writer, .number = 1,
                    .hash = w->segments[5].meta.hash };
}

static const char orphan_schema[] =
    "CREATE TABLE keluarga(id TEXT PRIMARY KEY NOT NULL, no_kk TEXT UNIQUE COLLATE NOCASE, alamat TEXT);"
    "CREATE TABLE orang(id TEXT PRIMARY KEY NOT NULL, nik TEXT UNIQUE, keluarga TEXT REFERENCES keluarga(id));"
    "CREATE TABLE akta(id TEXT PRIMARY KEY NOT NULL, no_kk TEXT REFERENCES keluarga(no_kk), orang TEXT REFERENCES orang(id));"
    "SELECT jemput_replicate('keluarga'); SELECT jemput_replicate('orang'); SELECT jemput_replicate('akta', 'parent=orang:cascade');";
enum { AKTA = 3 };

static void put(struct world *w, struct jemput_txn *txn, uint32_t table, const char *key, const char *a, const char *b)
{
    struct jemput_change *c = world_change(w, txn, table, JEMPUT_OP_INSERT, key);

    world_cell(c, 1, world_text(w, a));
    world_cell(c, 2, world_text(w, b));
}

/* Families that are deleted with their people while others add to them: by key, and by number; one that comes back for an edit of its own, one that
 * comes back no more, a row that goes with its parent. */
static void delete_history(struct world *w)
{
    int base = world_segment(w, 1, -1), at = world_segment(w, 2, -1);
    struct jemput_txn *txn = world_txn(w, base, 100);

    for (int i = 0; i < 4; i++) {
        const char key[] = { 'k', (char)('1' + i), 0 }, person[] = { 'p', (char)('1' + i), 0 };

        put(w, txn, KELUARGA, key, key, "Melati");
        put(w, txn, ORANG, person, person, key);
        put(w, txn, AKTA, key, NULL, person);
    }
    world_merged(w, at, base, false);
    txn = world_txn(w, at, 150);
    put(w, txn, ORANG, "p5", "x", "k1");
    put(w, txn, AKTA, "a5", "K2", NULL);
    put(w, txn, AKTA, "a6", NULL, "p4");
    world_update(w, txn, KELUARGA, "k3", 2, "Mawar");
    at = world_segment(w, 3, -1);
    world_merged(w, at, base, false);
    txn = world_txn(w, at, 160);
    world_delete(w, txn, KELUARGA, "k1");
    world_delete(w, txn, ORANG, "p1");
    world_delete(w, txn, AKTA, "k1");

    at = world_segment(w, 3, at);
    txn = world_txn(w, at, 170);
    for (int i = 1; i < 4; i++) {
        const char key[] = { 'k', (char)('1' + i), 0 }, person[] = { 'p', (char)('1' + i), 0 };

        world_delete(w, txn, KELUARGA, key);
        world_delete(w, txn, ORANG, person);
        world_delete(w, txn, AKTA, key);
    }
    at = world_segment(w, 4, -1);
    world_merged(w, at, base, false);
    put(w, world_txn(w, at, 900), KELUARGA, "k6", "K2", NULL); /* takes the number of one that would come back */
    at = world_segment(w, 2, 1);
    world_delete(w, world_txn(w, at, 300), ORANG, "p5"); /* k1 goes again */
}

struct trial {
    struct world w;
    struct world_store s;
    struct crash_snapshot *ready;
    char *before, *after;
    size_t live;
};

static void trial_open(struct trial *t)
{
    static const struct jemput_store_hooks hooks = { .make_id = world_make_id };
    struct jemput_error err;

    crash_vfs_restore(t->s.vfs, t->ready);
    t->live = mem.live_blocks;
    WORLD_OK(jemput_store_open(&t->s.store, &t->s.sim.env, "a.db", false, &hooks, &err));
    WORLD_OK(jemput_store_ready(t->s.store, &err));
}

static void trial_close(struct trial *t)
{
    jemput_store_close(t->s.store);
    t->s.store = NULL;
    assert_int_equal(mem.live_blocks, t->live);
}

static enum jemput_status merge_all(struct trial *t, struct jemput_error *err)
{
    enum jemput_status st = jemput_store_begin(t->s.store, 0, err);

    for (int i = BEFORE; !st && i < BEFORE + AFTER; i++)
        st = world_try(&t->w, &t->s, i, err);
    if (!st)
        st = jemput_store_commit(t->s.store, err);
    if (st)
        jemput_store_rollback(t->s.store);
    return st;
}

static char *look(struct trial *t)
{
    struct jemput_error err;
    uint64_t problems = 0;
    char *dump = world_dump(&t->s);

    WORLD_OK(jemput_store_check(t->s.store, NULL, NULL, &problems, &err));
    assert_int_equal(problems, 0);
    return dump;
}

static void trial_init(struct trial *t, const char *schema, void (*make_history)(struct world *w))
{
    static const int order[] = { 0, 1, 2 };
    struct jemput_error err;

    memset(t, 0, sizeof *t);
    world_init(&t->w, 1);
    make_history(&t->w);
    assert_int_equal(t->w.count, BEFORE + AFTER);
    world_open(&t->s, "trial", schema);
    world_deliver(&t->w, &t->s, order, BEFORE);
    t->before = look(t);
    jemput_store_close(t->s.store);
    t->ready = crash_vfs_snapshot(t->s.vfs);
    trial_open(t);
    WORLD_OK(merge_all(t, &err));
    t->after = look(t);
    assert_string_not_equal(t->before, t->after);
    trial_close(t);
}

static void trial_release(struct trial *t)
{
    free(t->before);
    free(t->after);
    crash_snapshot_free(t->ready);
    crash_vfs_free(t->s.vfs);
    world_release(&t->w);
}

/* What the store is after the nth thing failed; then it must still be able to go on. */
static void judge(struct trial *t, uint64_t n, enum jemput_status st, const struct jemput_error *why)
{
    struct jemput_error err;
    char *dump = look(t);
    bool done = strcmp(dump, t->after) == 0;

    if (!done && strcmp(dump, t->before) != 0)
        fail_msg("%llu (%s): half is merged:\n%s", (unsigned long long)n, why->text, dump);
    if (!st && !done)
        fail_msg("%llu: what was acknowledged is not there", (unsigned long long)n);
    free(dump);
    if (!done)
        WORLD_OK(merge_all(t, &err));
    dump = look(t);
    assert_string_equal(dump, t->after);
    free(dump);
}

static void fail_each_allocation(const char *schema, void (*make_history)(struct world *w))
{
    struct trial t;
    uint64_t n = 0, met = 1;

    trial_init(&t, schema, make_history);
    for (; met; n += fault_step() + n / 200) { /* all of the first, which are of all kinds; then some */
        struct jemput_error err = { 0 };
        enum jemput_status st;

        trial_open(&t);
        fault_alloc_arm(&mem, n, false);
        st = merge_all(&t, &err);
        fault_alloc_disarm(&mem);
        met = mem.failures;
        if (st && st != JEMPUT_NOMEM)
            fail_msg("allocation %llu: %s: %s", (unsigned long long)n, jemput_status_name(st), err.text);
        judge(&t, n, st, &err);
        trial_close(&t);
    }
    assert_true(n > 200);
    trial_release(&t);
}

static void each_allocation_may_fail(void **state)
{
    (void)state;
    fail_each_allocation(world_schema, write_history);
}

static void each_allocation_may_fail_where_deleted_rows_come_back(void **state)
{
    (void)state;
    fail_each_allocation(orphan_schema, delete_history);
}

static void each_call_of_the_disk_may_fail(void **state)
{
    struct trial t;

    (void)state;
    trial_init(&t, world_schema, write_history);
    for (int kind = CRASH_FAULT_IO; kind <= CRASH_FAULT_FULL; kind++) {
        for (int sticky = 0; sticky < 2; sticky++) {
            uint64_t n = 0, met = 1;

            for (; met; n += fault_step()) {
                struct jemput_error err = { 0 };
                enum jemput_status st;

                trial_open(&t);
                crash_vfs_counters_reset(t.s.vfs);
                crash_vfs_fail_at(t.s.vfs, n, (enum crash_fault)kind, sticky);
                st = merge_all(&t, &err);
                met = crash_vfs_counters(t.s.vfs)->faults;
                crash_vfs_fail_at(t.s.vfs, 0, CRASH_FAULT_NONE, false);
                if (st && st != JEMPUT_IO && st != JEMPUT_FULL && st != JEMPUT_BUSY)
                    fail_msg("call %llu: %s: %s", (unsigned long long)n, jemput_status_name(st), err.text);
                judge(&t, n, st, &err);
                trial_close(&t);
            }
            assert_true(n > (kind == CRASH_FAULT_IO ? 5 : 0)); /* all that a merge writes may be one call */
        }
    }
    trial_release(&t);
}

static int memory_watch(void **state)
{
    (void)state;
    fault_alloc_install(&mem);
    jemput_sqlite_start();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_allocation_may_fail),
        cmocka_unit_test(each_allocation_may_fail_where_deleted_rows_come_back),
        cmocka_unit_test(each_call_of_the_disk_may_fail),
    };

    world_weak_hashes = false; /* the store is opened again without it */
    return cmocka_run_group_tests_name("apply_fault", tests, memory_watch, NULL);
}
