/* api/view/view.c — the views of the app's connection: their columns, and the handle that looks for them. Documented in schema/views.md. */
#include "api/roster/roster.h"
#include "api/view/view.h"

#include <string.h>

/* --- the handle --- */

/* Opened at the first reading, kept for the life of the app's connection. Who this device is never changes after the handle was opened. */
static enum jemput_status look_new(struct jemput *j, struct jemput_error *err)
{
    struct jemput *look = jemput_alloc_zero(1, sizeof *look);
    enum jemput_status st;

    if (!look)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a handle");
    look->env = j->env;
    look->space = j->space;
    look->writer = j->writer;
    look->epoch = j->epoch;
    st = jemput_store_open_look(&look->store, j->store, j->path, err);
    if (!st)
        st = jemput_repo_open(&look->repo, look->store, err);
    if (st) {
        jemput_close(look);
        return st;
    }
    j->look = look;
    return JEMPUT_OK;
}

enum jemput_status view_look(struct jemput *j, struct jemput **out, struct jemput_error *err)
{
    enum jemput_status st = j->look ? JEMPUT_OK : look_new(j, err);

    *out = j->look;
    return st ? st : jemput_store_look_begin(j->look->store, err);
}

static enum jemput_status view_fill(void *engine, const struct jemput_value *values, struct jemput_rows *rows,
                                    enum jemput_status (*fill)(struct view *, const struct jemput_value *, struct jemput_error *),
                                    struct jemput_error *err)
{
    struct jemput *j = engine;
    struct view v = { .rows = rows };
    enum jemput_status st = view_look(j, &v.j, err);

    if (st)
        return st;
    st = engine_roster_refresh(v.j, err);
    if (!st)
        st = fill(&v, values, err);
    jemput_store_look_end(v.j->store);
    jemput_arena_release(&v.row);
    jemput_arena_release(&v.keep);
    return st;
}

/* --- the views --- */

#define VIEW(name)                                                                                                                                   \
    static enum jemput_status fill_##name(void *engine, const struct jemput_value *values, struct jemput_rows *rows, struct jemput_error *err)       \
    {                                                                                                                                                \
        return view_fill(engine, values, rows, view_##name, err);                                                                                    \
    }

VIEW(conflicts)
VIEW(parallels)
VIEW(held)
VIEW(refused)
VIEW(cases)
VIEW(history)
VIEW(delivery)
VIEW(why)

static const char *const conflict_columns[] = {
    "tbl TEXT", "key",  "grp TEXT",           "side INTEGER", "shown INTEGER",    "deleted INTEGER", "value",     VIEW_WHO, "claimed_ms INTEGER",
    VIEW_TRUST, "base", "base_known INTEGER", "hard INTEGER", "since_ms INTEGER", "segment INTEGER", "note TEXT", NULL
};
static const char *const parallel_columns[] = { "tbl TEXT",           "key",      "grp TEXT",        "how TEXT", "shown INTEGER", "value", VIEW_WHO,
                                                "claimed_ms INTEGER", VIEW_TRUST, "segment INTEGER", NULL };
static const char *const held_columns[] = { "tbl TEXT",         "key",    "row TEXT",        "reason TEXT", "against_tbl TEXT", "against_key",
                                            "since_ms INTEGER", VIEW_WHO, "segment INTEGER", NULL };
static const char *const refused_columns[] = { "kind TEXT",   "ref TEXT",         VIEW_WHO,   "segment INTEGER", "place INTEGER", "\"commit\" TEXT",
                                               "status TEXT", "reason TEXT",      "detail TEXT", "since_ms INTEGER", "tbl TEXT", "key",
                                               "col TEXT",    "adopted_by TEXT", "adopted_ms INTEGER", "gone INTEGER", NULL };
static const char *const case_columns[] = { "kind TEXT", "about TEXT", "label TEXT", "since_ms INTEGER", "count INTEGER", "open INTEGER",
                                            "what TEXT", "safe TEXT",  "todo TEXT",  NULL };
static const char *const history_columns[] = { "at INTEGER", VIEW_WHO,    VIEW_TRUST,        "op TEXT",        "col TEXT",        "old",
                                               "new",        "note TEXT", "segment INTEGER", "signature TEXT", "receipt INTEGER", NULL };
static const char *const delivery_columns[] = {
    "state TEXT", "newest INTEGER", "own INTEGER", "claimed_ms INTEGER", VIEW_WHO, "segment INTEGER", NULL
};
static const char *const why_columns[] = {
    "grp TEXT",         "state TEXT", "rule TEXT", "conflict INTEGER",   "shown INTEGER", "deleted INTEGER", "gone INTEGER",
    "parallel INTEGER", "value",      VIEW_WHO,    "claimed_ms INTEGER", VIEW_TRUST,      "segment INTEGER", NULL
};
static const char *const row_parameters[] = { "tbl", "key", NULL };

#define CELLS(columns, count) _Static_assert(sizeof(columns) / sizeof(columns)[0] == (count) + 1 && (count) <= VIEW_CELLS_MAX, #columns)
CELLS(conflict_columns, CONFLICT_CELLS);
CELLS(parallel_columns, PARALLEL_CELLS);
CELLS(held_columns, HELD_CELLS);
CELLS(refused_columns, REFUSED_CELLS);
CELLS(case_columns, CASE_CELLS);
CELLS(history_columns, HISTORY_CELLS);
CELLS(delivery_columns, DELIVERY_CELLS);
CELLS(why_columns, WHY_CELLS);

const struct jemput_eponymous engine_views[ENGINE_VIEW_COUNT] = {
    { .name = "jemput_conflict", .columns = conflict_columns, .by_row = true, .fill = fill_conflicts },
    { .name = "jemput_parallel", .columns = parallel_columns, .fill = fill_parallels },
    { .name = "jemput_held", .columns = held_columns, .by_row = true, .fill = fill_held },
    { .name = "jemput_refused", .columns = refused_columns, .fill = fill_refused },
    { .name = "jemput_case", .columns = case_columns, .fill = fill_cases },
    { .name = "jemput_history", .columns = history_columns, .parameters = row_parameters, .fill = fill_history },
    { .name = "jemput_delivery", .columns = delivery_columns, .parameters = row_parameters, .fill = fill_delivery },
    { .name = "jemput_why", .columns = why_columns, .parameters = row_parameters, .fill = fill_why },
};
