/* store/check/log.c — lines, segments and contexts: each whole, and each there that another one names. See check.h. */
#include "store/check/check.h"

static enum jemput_status found(struct jemput_tally *t, const char *table, const char *what, sqlite3_stmt *stmt, struct jemput_error *err)
{
    return jemput_tally_add(t, table, what, (struct jemput_bytes){ 0 }, (uint64_t)sqlite3_column_int64(stmt, 0), err);
}

/* --- what names what: each query gives the ids of rows that name something which is not there --- */

static const struct naming {
    const char *table, *what, *sql;
} namings[] = {
    { "jemput_segment", "a segment's line is missing",
      "SELECT id FROM jemput_segment s WHERE NOT EXISTS(SELECT 1 FROM jemput_line WHERE id = s.line)" },
    { "jemput_segment", "the segment before a segment is missing",
      "SELECT id FROM jemput_segment s WHERE number > 1 "
      "AND NOT EXISTS(SELECT 1 FROM jemput_segment WHERE hash = s.previous AND number = s.number - 1)" },
    { "jemput_segment", "a segment's context is missing",
      "SELECT id FROM jemput_segment s WHERE context > 1 AND NOT EXISTS(SELECT 1 FROM jemput_context WHERE id = s.context)" },
    { "jemput_segment", "a segment's frontier is missing",
      "SELECT id FROM jemput_segment s WHERE frontier > 1 AND NOT EXISTS(SELECT 1 FROM jemput_context WHERE id = s.frontier)" },
    { "jemput_segment", "a segment that is not whole has lost the heads it waits for",
      "SELECT id FROM jemput_segment WHERE heads IS NULL AND NOT (context_whole AND frontier_whole)" },
    { "jemput_line", "a line's newest segment is missing, or is not its newest",
      "SELECT id FROM jemput_line l WHERE NOT EXISTS(SELECT 1 FROM jemput_segment WHERE id = l.last AND line = l.id AND number = l.last_number) "
      "OR l.last_number <> (SELECT max(number) FROM jemput_segment WHERE line = l.id)" },
    { "jemput_line", "the line that a line forks off is missing",
      "SELECT id FROM jemput_line l WHERE fork_of AND NOT EXISTS(SELECT 1 FROM jemput_segment WHERE line = l.fork_of AND number = l.fork_number)" },
    { "jemput_fact", "the frontier is missing",
      "SELECT 0 FROM jemput_fact f WHERE name = 'frontier' AND value > 1 AND NOT EXISTS(SELECT 1 FROM jemput_context WHERE id = f.value)" },
    { "jemput_unresolved", "a segment that waits for another is missing",
      "SELECT 0 FROM jemput_unresolved u WHERE NOT EXISTS(SELECT 1 FROM jemput_segment WHERE id = u.segment)" },
    { "jemput_early", "a row is noted to be judged again for a segment that waits for nothing",
      "SELECT 0 FROM jemput_early e WHERE NOT EXISTS(SELECT 1 FROM jemput_segment WHERE id = e.segment AND NOT context_whole)" },
    { "jemput_withheld", "a row is listed as held that is not",
      "SELECT 0 FROM jemput_withheld h WHERE fault < 4 AND NOT EXISTS(SELECT 1 FROM jemput_row WHERE tbl = h.tbl AND key = h.key AND state & 2)" },
    { "jemput_withheld", "a row is noted as back, or as gone with its parent, that is not",
      "SELECT 0 FROM jemput_withheld h WHERE fault >= 4 AND NOT EXISTS(SELECT 1 FROM jemput_row WHERE tbl = h.tbl AND key = h.key "
      "AND CASE h.fault WHEN 4 THEN state & 16 WHEN 5 THEN state & 64 ELSE coalesce(state, 0) & 86 = 0 END)" },
    { "jemput_removed", "a deletion is noted of a row or a segment that is not there",
      "SELECT 0 FROM jemput_removed r WHERE NOT EXISTS(SELECT 1 FROM jemput_row WHERE tbl = r.tbl AND key = r.key) "
      "OR NOT EXISTS(SELECT 1 FROM jemput_segment WHERE id = r.version / 4096)" },
    { "jemput_departed", "a deleted row is noted that is not there",
      "SELECT 0 FROM jemput_departed d WHERE key <> x'' AND NOT EXISTS(SELECT 1 FROM jemput_row WHERE tbl = d.tbl AND key = d.key)" },
    { "jemput_stood", "what a conflict showed is noted of a row or a context that is not there",
      "SELECT 0 FROM jemput_stood s WHERE NOT EXISTS(SELECT 1 FROM jemput_row WHERE tbl = s.tbl AND key = s.key) "
      "OR (until > 1 AND NOT EXISTS(SELECT 1 FROM jemput_context WHERE id = s.until))" },
};

static enum jemput_status check_naming(struct jemput_store *store, const struct naming *n, struct jemput_tally *t, struct jemput_error *err)
{
    sqlite3_stmt *stmt;
    enum jemput_status st = jemput_sqlite_prepare(&stmt, store->db, n->sql, 0, err);
    int rc = SQLITE_DONE;

    while (!st && (rc = sqlite3_step(stmt)) == SQLITE_ROW)
        st = found(t, n->table, n->what, stmt, err);
    if (!st && rc != SQLITE_DONE)
        st = jemput_sqlite_fail(store->db, rc, err, "check logs");
    sqlite3_finalize(stmt);
    return st;
}

/* --- whether each can be read --- */

static enum jemput_status segment_look(struct jemput_store *store, int64_t id, struct jemput_error *err)
{
    const struct jemput_cause *cause;
    struct jemput_segment segment;
    struct jemput_hash hash;
    enum jemput_status st;

    jemput_causes_trim(store);
    st = jemput_causes_segment(store, id, &cause, err);
    if (st)
        return st;
    hash = cause->hash;
    st = jemput_store_segment_find(store, &hash, &segment, err);
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st; /* its line is missing, which is found elsewhere */
}

static enum jemput_status line_look(struct jemput_store *store, int64_t id, struct jemput_error *err)
{
    const struct jemput_line *line;

    return jemput_causes_line(store, id, &line, err);
}

const char jemput_check_context_told[] = "a context is damaged, or names what is not there";

enum jemput_status jemput_check_context(struct jemput_store *store, int64_t id, struct jemput_error *err)
{
    const struct jemput_map *map;
    enum jemput_status st;

    jemput_causes_trim(store);
    st = jemput_causes_context(store, id, &map, err);
    for (uint32_t i = 0; !st && i < map->count; i++) {
        const struct jemput_line *line;

        st = jemput_causes_line(store, map->seen[i].line, &line, err);
        if (!st && map->seen[i].number > line->last_number)
            st = jemput_fail(err, JEMPUT_CORRUPT, "a context names a segment that is not there");
    }
    return st;
}

static const struct looking {
    const char *table, *what, *ids;
    enum jemput_status (*look)(struct jemput_store *store, int64_t id, struct jemput_error *err);
} lookings[] = {
    { "jemput_line", "a line's entry is damaged", "SELECT id FROM jemput_line", line_look },
    { "jemput_segment", "a segment's entry is damaged", "SELECT id FROM jemput_segment", segment_look },
    { "jemput_context", jemput_check_context_told, "SELECT id FROM jemput_context", jemput_check_context },
};

static enum jemput_status check_looking(struct jemput_store *store, const struct looking *l, struct jemput_tally *t, struct jemput_error *err)
{
    sqlite3_stmt *stmt;
    enum jemput_status st = jemput_sqlite_prepare(&stmt, store->db, l->ids, 0, err);
    int rc = SQLITE_DONE;

    while (!st && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        st = l->look(store, sqlite3_column_int64(stmt, 0), err);
        if (st == JEMPUT_CORRUPT || st == JEMPUT_NOTFOUND)
            st = found(t, l->table, l->what, stmt, err);
    }
    if (!st && rc != SQLITE_DONE)
        st = jemput_sqlite_fail(store->db, rc, err, "check logs");
    sqlite3_finalize(stmt);
    return st;
}

enum jemput_status jemput_check_logs(struct jemput_store *store, struct jemput_tally *t, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    for (size_t i = 0; !st && i < sizeof namings / sizeof namings[0]; i++)
        st = check_naming(store, &namings[i], t, err);
    for (size_t i = 0; !st && i < sizeof lookings / sizeof lookings[0]; i++)
        st = check_looking(store, &lookings[i], t, err);
    return st;
}
