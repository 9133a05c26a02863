/* leave.c — see leave.h. */
#include "leave.h"

#include "base.h"
#include "buffer.h"
#include "lite.h"
#include "lists.h"

int leave_note(struct office *office, int64_t space, struct trouble *why)
{
    return base_do(office->db, "UPDATE space SET left_ms = coalesce(left_ms, ?2), poke = poke + 1 WHERE id = ?1", why, NULL, NULL, "ii", space,
                   now_ms());
}

/* Every table with a column "space", but the search's own, which come first. */
static const char tables_sql[] =
    "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND c.name = 'space' AND m.name <> 'search_of' "
    "ORDER BY m.name";

static int tables_empty(struct office *office, int64_t space, int64_t *rows, struct trouble *why)
{
    struct sqlite3_stmt *tables;
    int rc, gone = 0;

    if (base_prepare(office->db, &tables, tables_sql, why))
        return -1;
    while (!gone && (rc = sqlite3_step(tables)) == SQLITE_ROW) {
        struct buffer sql = { 0 };

        buffer_text(&sql, "DELETE FROM ");
        lite_name(&sql, (const char *)sqlite3_column_text(tables, 0));
        buffer_text(&sql, " WHERE space = ?1");
        gone = base_do(office->db, sql.data, why, NULL, NULL, "i", space);
        *rows += gone ? 0 : sqlite3_changes(office->db);
        buffer_release(&sql);
    }
    if (!gone && rc != SQLITE_DONE)
        gone = trouble_sqlite(why, "tables", office->db);
    sqlite3_finalize(tables);
    return gone;
}

static int left_check(struct office *office, int64_t space, struct trouble *why)
{
    bool left;

    if (base_do(office->db, "SELECT 1 FROM space WHERE id = ?1 AND left_ms IS NOT NULL", why, &left, NULL, "i", space))
        return -1;
    return left ? 0 : trouble_set(why, TROUBLE_MOVED, "it was added again meanwhile");
}

int leave_lite(struct office *office, int64_t space, int64_t *rows, struct trouble *why)
{
    int rc = base_run(office->db, "BEGIN IMMEDIATE", why);

    *rows = 0;
    if (rc)
        return rc;
    rc = left_check(office, space, why) || search_clear(office->db, space, why) || tables_empty(office, space, rows, why) ||
         base_do(office->db, "UPDATE space SET feed_number = 0, feed_id = zeroblob(16), schema_version = 0, token = NULL, state_hash = NULL, "
                 "projected_ms = NULL, error = NULL, failing_ms = NULL WHERE id = ?1", why, NULL, NULL, "i", space) ||
         base_run(office->db, "INSERT OR REPLACE INTO setting VALUES('" SETTING_SWEEP "', '1')", why) || base_run(office->db, "COMMIT", why) ? -1 : 0;
    if (rc)
        sqlite3_exec(office->db, "ROLLBACK", NULL, NULL, NULL);
    return rc ? rc : lists_sweep(office, why);
}
