/* api/state/diff.c — what the next sync would change, before it does.
 *
 * The sync is made, but for sending, with a copy of the store, by the same code as ever, so that what is told is what would be. A reading
 * transaction on the store holds the moment at which the copy was taken; the two are compared, and the copy is thrown away. */
#include "api/look/look.h"
#include "api/roster/roster.h"
#include "api/sync/run.h"

#include <string.h>

#include "store/file/look.h"
#include "store/replace/compare.h"
#include "store/replace/differ.h"

struct diffing {
    struct jemput *j;
    struct jemput *trial; /* a handle on the copy */
    const struct jemput_sync_options *options;
    struct jemput_sync_report *report;
    jemput_difference_cb each;
    void *ctx;
    enum jemput_difference_kind kind; /* that is being told */
    bool stopped;                     /* the callback wants no more */
    struct jemput_arena arena;        /* of one difference */
};

/* --- trying --- */

static enum jemput_status trial_new(struct diffing *d, struct jemput_error *err)
{
    struct jemput *trial = jemput_alloc_zero(1, sizeof *trial);
    enum jemput_status st;

    if (!trial)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a handle");
    d->trial = trial;
    trial->env = d->j->env;
    trial->space = d->j->space;
    trial->key = d->j->key;
    trial->writer = d->j->writer;
    trial->epoch = d->j->epoch;
    st = jemput_store_open_scratch(&trial->store, d->j->store, true, err);
    if (!st)
        st = jemput_repo_open(&trial->repo, trial->store, err);
    return st ? st : engine_roster_load(trial, err);
}

/* jemput_cancel() is given the handle of the store, not that of the copy. */
static int trial_progress(void *ctx, const struct jemput_progress *progress)
{
    struct diffing *d = ctx;

    if (d->options->progress && d->options->progress(d->options->ctx, progress))
        return 1;
    return atomic_load(&d->j->cancelled);
}

static enum jemput_status trial_run(struct diffing *d, struct jemput_error *err)
{
    struct jemput_sync_options options = *d->options;
    struct run r = { .j = d->trial, .of = d->j, .options = &options, .report = d->report, .trial = true, .world.send_stopped = true };
    struct jemput_buf hub = JEMPUT_BUF_INIT(RUN_HUB_BYTES_MAX);
    enum jemput_status st = run_hub_name(d->j, options.hub, &hub, err);

    options.progress = trial_progress;
    options.ctx = d;
    r.start_ms = d->j->env->monotonic_ms(d->j->env);
    jemput_store_lock_watch(d->trial->store);
    if (!st)
        st = run_hub_open(&r, (const char *)hub.data, err);
    st = run_hub_status(st, &r, err);
    if (!st)
        st = run_loop(&r, err);
    if (!st && atomic_load(&d->trial->cancelled)) /* at its very last step */
        st = JEMPUT_CANCELLED;
    run_release(&r);
    jemput_buf_release(&hub);
    return st;
}

/* --- telling --- */

static enum jemput_status tell(struct diffing *d, struct jemput_difference *out, const struct jemput_table *table, struct jemput_bytes key,
                               struct jemput_error *err)
{
    enum jemput_status st = look_key(table, key, &out->key, &d->arena, err);

    out->kind = d->kind;
    out->table = table->name;
    out->key_count = table->key_count;
    if (!st && atomic_load(&d->j->cancelled))
        st = jemput_fail(err, JEMPUT_CANCELLED, "cancelled");
    if (!st && d->each(d->ctx, out)) {
        d->stopped = true;
        st = jemput_fail(err, JEMPUT_CANCELLED, "stopped");
    }
    return st;
}

static enum jemput_status tell_row(void *ctx, const struct jemput_row_differ *row, struct jemput_error *err)
{
    struct diffing *d = ctx;
    uint16_t count = row->table->column_count;
    struct jemput_difference out = { 0 };
    struct jemput_datum *before, *after;
    const char **columns;

    jemput_arena_clear(&d->arena);
    before = jemput_arena_array(&d->arena, count, sizeof *before);
    after = jemput_arena_array(&d->arena, count, sizeof *after);
    columns = jemput_arena_array(&d->arena, count, sizeof *columns);
    if (!before || !after || !columns)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a difference");
    for (uint16_t i = 0; i < count; i++) {
        if (!row->differs[i])
            continue;
        if (row->before)
            look_datum(&before[out.column_count], &row->before[i]);
        if (row->after)
            look_datum(&after[out.column_count], &row->after[i]);
        columns[out.column_count++] = row->table->columns[i].name;
    }
    out.columns = columns;
    out.before = row->before ? before : NULL;
    out.after = row->after ? after : NULL;
    d->kind = !row->before ? JEMPUT_DIFFERENCE_INSERT : !row->after ? JEMPUT_DIFFERENCE_DELETE : JEMPUT_DIFFERENCE_UPDATE;
    return tell(d, &out, row->table, row->key, err);
}

struct telling_one { /* a conflict or held row as jemput.h has it, on its way into a difference */
    struct diffing *d;
    const struct jemput_table *table;
    struct jemput_bytes key;
    struct jemput_error *err;
    enum jemput_status st;
};

static int conflict_told(void *ctx, const struct jemput_conflict *conflict)
{
    struct telling_one *one = ctx;
    struct jemput_difference out = { .conflict = conflict };

    one->st = tell(one->d, &out, one->table, one->key, one->err);
    return one->st != JEMPUT_OK;
}

static int held_told(void *ctx, const struct jemput_held_row *held)
{
    struct telling_one *one = ctx;
    struct jemput_difference out = { .held = held };

    one->st = tell(one->d, &out, one->table, one->key, one->err);
    return one->st != JEMPUT_OK;
}

/* What stops the telling is the difference's own error, if it has one. */
static enum jemput_status told(const struct telling_one *one, enum jemput_status st, const struct jemput_error *why, struct jemput_error *err)
{
    if (!st)
        return JEMPUT_OK;
    *err = one->st ? *one->err : *why;
    return err->status;
}

static enum jemput_status tell_conflict(void *ctx, const struct jemput_row_conflict *conflict, struct jemput_error *err)
{
    struct diffing *d = ctx;
    struct jemput_error own, why;
    struct telling_one one = { d, conflict->table, conflict->key, &own, JEMPUT_OK };
    struct jemput *of = d->kind == JEMPUT_DIFFERENCE_CONFLICT ? d->trial : d->j;
    enum jemput_status st;

    jemput_arena_clear(&d->arena);
    st = look_conflict(of, conflict, conflict_told, &one, &why);
    return told(&one, st, &why, err);
}

static enum jemput_status tell_held(void *ctx, const struct jemput_row_held *held, struct jemput_error *err)
{
    struct diffing *d = ctx;
    struct jemput_error own, why;
    struct telling_one one = { d, held->table, held->key, &own, JEMPUT_OK };
    enum jemput_status st;

    jemput_arena_clear(&d->arena);
    st = look_held(held, held_told, &one, &why);
    return told(&one, st, &why, err);
}

static enum jemput_status tell_all(struct diffing *d, struct jemput_error *err)
{
    struct jemput_store *is = d->j->store, *would_be = d->trial->store;
    enum jemput_status st = jemput_store_rows_differ(is, would_be, tell_row, d, err);

    d->kind = JEMPUT_DIFFERENCE_CONFLICT;
    if (!st)
        st = jemput_store_conflicts_differ(is, would_be, tell_conflict, d, err);
    d->kind = JEMPUT_DIFFERENCE_CONFLICT_GONE;
    if (!st)
        st = jemput_store_conflicts_gone(is, would_be, tell_conflict, d, err);
    d->kind = JEMPUT_DIFFERENCE_HELD;
    if (!st)
        st = jemput_store_held_differ(is, would_be, tell_held, d, err);
    d->kind = JEMPUT_DIFFERENCE_HELD_GONE;
    return st ? st : jemput_store_held_gone(is, would_be, tell_held, d, err);
}

static enum jemput_status diff(struct diffing *d, struct jemput_error *err)
{
    enum jemput_status st = engine_roster_refresh(d->j, err);

    if (!st)
        st = jemput_store_look_begin(d->j->store, err);
    if (st)
        return st;
    st = trial_new(d, err);
    if (!st)
        st = trial_run(d, err);
    if (!st)
        st = tell_all(d, err);
    jemput_store_look_end(d->j->store);
    if (st == JEMPUT_CANCELLED)
        (void)jemput_fail(err, st, "cancelled; nothing was changed"); /* a sync says that something was kept */
    return d->stopped ? JEMPUT_OK : st;
}

enum jemput_status jemput_diff(struct jemput *j, const struct jemput_sync_options *options, jemput_difference_cb each, void *ctx,
                               struct jemput_sync_report *report, struct jemput_error *err)
{
    static const struct jemput_sync_options none;
    struct jemput_sync_report unasked;
    struct diffing d = { .j = j, .options = options ? options : &none, .report = report ? report : &unasked, .each = each, .ctx = ctx };
    enum jemput_status st = engine_awake(j, err);

    memset(d.report, 0, sizeof *d.report);
    if (st)
        return st;
    atomic_store(&j->cancelled, false);
    st = diff(&d, err);
    jemput_close(d.trial);
    jemput_arena_release(&d.arena);
    return st ? jemput_wrap(err, "diff") : JEMPUT_OK;
}
