/* store/schema/former.c — the shapes that a table had before columns came. See former.h. Of two growths without a segment between, the first counts.
 * */
#include "store/schema/former.h"

#include <string.h>

enum jemput_status jemput_former_note(sqlite3 *db, const struct jemput_table *before, struct jemput_error *err)
{
    sqlite3_stmt *stmt = NULL;
    enum jemput_status st = jemput_sqlite_prepare(&stmt, db,
                                                  "INSERT OR IGNORE INTO main.jemput_former(tbl, segment, groups) "
                                                  "SELECT ?1, coalesce(max(id), 0), ?2 FROM main.jemput_segment",
                                                  0, err);

    if (st)
        return st;
    sqlite3_bind_int64(stmt, 1, before->id);
    sqlite3_bind_int(stmt, 2, before->group_count);
    if (sqlite3_step(stmt) != SQLITE_DONE)
        st = jemput_sqlite_fail(db, sqlite3_errcode(db), err, "note a table's shape");
    sqlite3_finalize(stmt);
    return st;
}

static enum jemput_status former_add(struct jemput_appliers *as, struct jemput_applier *a, int64_t segment, int64_t groups, struct jemput_error *err)
{
    struct jemput_former *grown;

    if (groups < 0 || groups > a->table->group_count)
        return jemput_fail(err, JEMPUT_CORRUPT, "table '%s': what is noted of its former shape is damaged", a->table->name);
    grown = jemput_arena_array(&as->arena, (size_t)a->former_count + 1, sizeof *grown); /* few ever */
    if (!grown)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a table");
    if (a->former_count)
        memcpy(grown, a->formers, a->former_count * sizeof *grown);
    grown[a->former_count] = (struct jemput_former){ segment, *a->table };
    grown[a->former_count++].shape.group_count = (uint16_t)groups;
    a->formers = grown;
    return JEMPUT_OK;
}

enum jemput_status jemput_formers_load(struct jemput_store *store, struct jemput_appliers *as, struct jemput_error *err)
{
    sqlite3_stmt *stmt = NULL;
    enum jemput_status st =
        jemput_sqlite_prepare(&stmt, store->db, "SELECT tbl, segment, groups FROM jemput_former ORDER BY tbl, segment", 0, err);
    int rc = SQLITE_DONE;

    while (!st && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        int64_t table = sqlite3_column_int64(stmt, 0);

        if (table >= 1 && table <= as->count)
            st = former_add(as, &as->of[table - 1], sqlite3_column_int64(stmt, 1), sqlite3_column_int64(stmt, 2), err);
    }
    if (!st && rc != SQLITE_DONE)
        st = jemput_sqlite_fail(store->db, rc, err, "read the tables' former shapes");
    sqlite3_finalize(stmt);
    return st;
}

static const struct jemput_table *shape_of(const struct jemput_applier *a, uint64_t version)
{
    const struct jemput_table *shape = a->table;

    for (uint16_t i = a->former_count; i-- > 0;)
        if ((int64_t)(version / JEMPUT_VERSION_PLACES) <= a->formers[i].segment)
            shape = &a->formers[i].shape;
    return shape;
}

uint16_t jemput_former_groups(const struct jemput_applier *a, uint64_t version)
{
    return shape_of(a, version)->group_count;
}

enum jemput_status jemput_plain_row(struct jemput_row *out, const struct jemput_applier *a, uint64_t version, struct jemput_arena *arena,
                                    struct jemput_error *err)
{
    return jemput_row_uniform(out, shape_of(a, version), version, arena, err);
}
