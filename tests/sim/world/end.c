/* sim/world/end.c — nothing goes wrong any more: all sync, and must then be alike. */
#include "state.h"

#include <stdio.h>
#include <string.h>

#include "beside.h"
#include "check.h"
#include "failure.h"
#include "fold.h"
#include "sometimes.h"
#include "support/spy_vfs.h"
#include "verdict.h"

static void end_sync(struct world *w, unsigned device, unsigned hub, struct jemput_sync_report *report)
{
    struct fault none = { .kind = FAULT_NONE, .sim = &w->devices[device].sim };
    struct beside beside = { .fault = &none };

    failure_note("end: device %u syncs with hub %u", device, hub);
    sim_env_advance(&w->devices[device].sim, 60000); /* a lock of which half was written is nobody's after 30 s */
    for (unsigned i = 0; sync_device(w, &w->devices[device], hub, &beside, report) == JEMPUT_BUSY; i++) {
        if (i == 3)
            failure("device %u: hub %u is locked for hours", device, hub);
        sim_env_advance(&w->devices[device].sim, 3600000);
    }
}

/* The last that came has to be let in first. */
static unsigned rounds_max(const struct world *w)
{
    return w->base->trusts ? 10 : w->joined ? 6 : 3;
}

/* Nothing goes wrong any more: whatever lies on another hub is brought to central, then all sync in turn. */
static void world_heal(struct world *w)
{
    struct jemput_sync_report report;
    uint64_t moved = 0;

    for (unsigned hub = 0; hub < w->hub_count; hub++)
        liar_end(w, hub);
    for (unsigned hub = 1; hub < w->hub_count && w->base->central >= 0; hub++)
        end_sync(w, (unsigned)w->base->central, hub, &report);
    for (unsigned round = 0; round < rounds_max(w); round++) {
        moved = 0;
        for (unsigned i = 0; i < w->base->count; i++) {
            end_sync(w, i, 0, &report);
            moved += report.segments_sent + report.segments_fetched;
            if (i == 0)
                join_admit(w);
        }
        if (round >= 2 && !moved)
            return;
    }
    if (w->base->trusts)
        failure("%llu segments went up or down in round %u in which nobody wrote", (unsigned long long)moved, rounds_max(w));
}

static void end_live(struct world *w, const struct device *d)
{
    struct jemput_error err;
    struct jemput_info info;

    if (jemput_info_get(d->jemput, &info, &err))
        failure("device %u: %s", d->number, err.text);
    if (info.own.on_device || info.pending_changes)
        failure("device %u: %llu transactions are pending after %u rounds", d->number, (unsigned long long)info.own.on_device, rounds_max(w));
    if (check_stopped(w, d, false) != info.logs_stopped)
        failure("device %u: says that %llu logs stand stopped, and names others", d->number, (unsigned long long)info.logs_stopped);
    if (w->base->central >= 0 && info.own.waiting)
        failure("device %u: %llu transactions are without receipt after %u rounds", d->number, (unsigned long long)info.own.waiting, rounds_max(w));
}

/* All replicas have merged the same transactions, and whatever a device that lived on had committed is among them. */
static void end_sets(struct world *w)
{
    const struct txnset *all = &w->devices[0].knows.merged;
    struct txnset expected = { { 0 } };

    for (unsigned i = 0; i < w->base->count; i++)
        set_join(&expected, &w->devices[i].knows.own);
    for (uint32_t t = 0; t < w->history.txn_count; t++) {
        bool apart = !set_has(all, t) && is_shut_out_writer(w, t);

        if (set_has(&expected, t) && !set_has(all, t) && !apart)
            failure("transaction %u of device %u did not reach device 0", t, w->history.txns[t].device);
        for (unsigned i = 1; i < w->base->count; i++)
            if (!w->shut_out[i] && !apart && set_has(all, t) != set_has(&w->devices[i].knows.merged, t))
                failure("transaction %u of device %u is %s device %u, and not at %s", t, w->history.txns[t].device,
                        set_has(all, t) ? "at device 0, and not at" : "at", i, set_has(all, t) ? "that" : "device 0");
    }
}

static void end_equal(struct world *w)
{
    for (unsigned i = 1; i < w->base->count; i++) {
        const struct device *d = &w->devices[i];

        if (w->shut_out[i])
            continue;
        for (uint32_t row = 0; row < w->history.row_count; row++) {
            const val *a = w->devices[0].knows.image[row], *b = d->knows.image[row];
            unsigned columns = w->base->schema.tables[w->history.rows[row].table].column_count;

            if (!a != !b || (a && memcmp(a, b, columns * sizeof *a) != 0))
                failure("%s is not the same on devices 0 and %u", history_row_print(&w->history, row), i);
        }
    }
}

/* Nothing of a sealed store's file can be read: every page of a plain one that has a schema says so in clear. */
static void end_sealed(const struct device *d)
{
    static const char *const words[] = { "CREATE TABLE", "CREATE INDEX", "SQLite format 3" };

    sqlite3_wal_checkpoint_v2(d->sql, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL); /* one that has just joined may have all in its log */
    for (const struct crash_node *n = crash_vfs_disk(d->vfs)->nodes; n; n = n->next)
        for (unsigned i = 0; n->linked && i < sizeof words / sizeof words[0]; i++)
            if (spy_has(n->now.data, n->now.len, words[i]) != !d->secret && (d->secret || strcmp(n->name, "device.db") == 0))
                failure("device %u: '%s' is %s in clear in '%s'", d->number, words[i], d->secret ? "there" : "not", n->name);
    sometimes(d->secret ? SOMETIMES_SEALED_STORE : SOMETIMES_PLAIN_STORE);
}

/* Equal sets have equal hashes. */
static void end_hashes(struct world *w)
{
    char first[65], hex[65];

    check_hash(&w->devices[0], first);
    failure_note("end: state hash %s", first);
    for (unsigned i = 1; i < w->base->count; i++) {
        if (w->shut_out[i])
            continue;
        check_hash(&w->devices[i], hex);
        if (strcmp(first, hex) != 0)
            failure("devices 0 and %u have merged the same, and have not the same state hash", i);
    }
}

/* Nothing waits for another segment any more; but for what a device sealed that has no rights, and that names what it wrote behind the cut, under a
 * key that has been destroyed since: nobody accepts that, so nobody fetches it. */
static void end_whole(struct world *w, const struct device *d)
{
    sqlite3_stmt *stmt;

    if (w->base->trusts)
        fold_run(&w->history, &w->devices[0].knows.segments);
    if (sqlite3_prepare_v2(d->sql, "SELECT l.writer FROM jemput_segment s JOIN jemput_line l ON l.id = s.line WHERE s.heads IS NOT NULL", -1, &stmt,
                           NULL))
        failure("device %u: %s", d->number, sqlite3_errmsg(d->sql));
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        struct fold_rights r = { .member = true, .roles = 1 };

        if (w->base->trusts)
            fold_rights_of(sqlite3_column_blob(stmt, 0), NONE, &r);
        if (r.member && !r.is_void && r.roles)
            failure("device %u: a segment still waits for another", d->number);
    }
    sqlite3_finalize(stmt);
}

void world_end(struct world *w)
{
    world_heal(w);
    for (unsigned i = 0; i < w->base->count; i++)
        w->shut_out[i] = w->base->trusts && is_shut_out(w, &w->devices[i]);
    end_sets(w);
    end_equal(w);
    for (unsigned i = 0; i < w->base->count; i++) {
        struct device *d = &w->devices[i];

        if (!w->shut_out[i])
            end_live(w, d);
        end_sealed(d);
        verdict_check_told(d);
        check_forks(d);
        if (w->base->trusts)
            check_roster(d);
        if (w->shut_out[i] && !check_is_whole(d)) /* what it has no key to, it does not know either */
            continue;
        end_whole(w, d);
        check_state(d, &w->oracle);
        check_no_loss(d, &w->oracle);
        check_sqlite(d);
        if (w->options->seed % 16 == 0 || (w->options->seed % 2 && i == w->options->seed / 2 % w->base->count)) /* takes as long as all else */
            check_verify(d);
    }
    check_carried(w, &w->devices[0]);
    end_hashes(w);
    count_equal_stamps(&w->history);
    count_forks(&w->devices[0]);
}
