/* store/replace/compare.c — comparing what two stores hold. See compare.h. */
#include "store/replace/compare.h"

#include <string.h>

#include "base/limits.h"
#include "store/check/check.h"
#include "store/replace/in_step.h"

const char *const jemput_compare_rows[] = { "a row is here and not in the logs", "a row is in the logs and not here",
                                            "a row is here with other values than in the logs" };
const char *const jemput_compare_states[] = { "a row has a conflict, is held or deleted here and not in the logs",
                                              "a row has a conflict, is held or deleted in the logs and not here",
                                              "a row's conflict or deletion is another in the logs" };
static const char *const compare_refusals[] = { "a transaction is refused here and not by the logs",
                                                "a transaction is refused by the logs and not here",
                                                "a transaction is refused for another reason by the logs" };
const char *const jemput_compare_contexts[] = { "a segment is here and not in the logs", "a segment is in the logs and not here",
                                                "what a segment had seen is another in the logs" };

static const char *compare_tables[] = { "a table is replicated here and not by the logs", "a table is replicated by the logs and not here",
                                        "the options of a table are others in the logs" };
static const char *compare_policy[] = { "a rule of the policy is here and not in the logs", "a rule of the policy is in the logs and not here",
                                        "a rule of the policy is another in the logs" };

struct comparison {
    struct jemput_store *a, *b;
    struct jemput_tally tally;
    struct jemput_buf key; /* scratch */
};

struct list { /* how to tell of two sorted lists */
    struct comparison *c;
    const char *table;
    int keys;           /* so many leading columns are the key */
    bool keyed;         /* and it is the app's */
    const char *const *what; /* by enum jemput_instep */
};

/* The key of the app's row that `stmt` stands on: it is named if it is random ids. */
static enum jemput_status key_read(const struct list *l, sqlite3_stmt *stmt, struct jemput_error *err)
{
    struct jemput_value values[JEMPUT_KEY_COLUMNS_MAX];
    enum jemput_status st;

    for (int i = 0; i < l->keys; i++)
        jemput_value_from_column(&values[i], stmt, i);
    st = jemput_key_write(&l->c->key, values, (unsigned)l->keys, err);
    return st == JEMPUT_DENIED || st == JEMPUT_LIMIT ? JEMPUT_OK : st; /* no key at all */
}

static enum jemput_status problem(void *ctx, enum jemput_instep where, sqlite3_stmt *a, sqlite3_stmt *b, uint64_t place, struct jemput_error *err)
{
    const struct list *l = ctx;
    enum jemput_status st = JEMPUT_OK;

    jemput_buf_clear(&l->c->key);
    if (l->keyed)
        st = key_read(l, where == JEMPUT_INSTEP_RIGHT ? b : a, err);
    return st ? st : jemput_tally_add(&l->c->tally, l->table, l->what[where], jemput_buf_bytes(&l->c->key), place, err);
}

static enum jemput_status statements_compare(sqlite3_stmt *a, sqlite3_stmt *b, struct list *list, struct jemput_error *err)
{
    struct jemput_instep_lists lists = { .left = a, .right = b, .keys = list->keys, .each = problem, .ctx = list };

    return jemput_instep_go(&lists, err);
}

static enum jemput_status table_compare(struct comparison *c, const struct jemput_table *table, struct jemput_error *err)
{
    struct list list = { c, table->name, table->key_count, true, jemput_compare_rows };
    sqlite3_stmt *a = NULL, *b = NULL;
    enum jemput_status st = jemput_rows_prepare(&a, c->a, table, NULL, err);

    if (!st)
        st = jemput_rows_prepare(&b, c->b, table, NULL, err);
    if (!st)
        st = statements_compare(a, b, &list, err);
    sqlite3_finalize(a);
    sqlite3_finalize(b);
    return st;
}

static enum jemput_status list_compare(const char *sql, struct list *list, struct jemput_error *err)
{
    sqlite3_stmt *a = NULL, *b = NULL;
    enum jemput_status st = jemput_sqlite_prepare(&a, list->c->a->db, sql, 0, err);

    if (!st)
        st = jemput_sqlite_prepare(&b, list->c->b->db, sql, 0, err);
    if (!st)
        st = statements_compare(a, b, list, err);
    sqlite3_finalize(a);
    sqlite3_finalize(b);
    return st;
}

/* Conflicts, held rows and tombstones: the state of each row that has one. */
static enum jemput_status states_compare(struct comparison *c, struct jemput_error *err)
{
    struct list list = { c, "jemput_row", 2, false, jemput_compare_states };

    return list_compare("SELECT tbl, key, state FROM jemput_row WHERE state IS NOT NULL ORDER BY tbl, key", &list, err);
}

static enum jemput_status refusals_compare(struct comparison *c, struct jemput_error *err)
{
    struct list list = { c, "jemput_refusal", 1, false, compare_refusals };

    return list_compare("SELECT version, reason, tbl, key, col FROM jemput_refusal ORDER BY version", &list, err);
}

/* What merging and judging go by, as the schema's calls have left it. */
static enum jemput_status schema_compare(struct comparison *c, struct jemput_error *err)
{
    struct list tables = { c, "jemput_table", 1, false, compare_tables }, policy = { c, "jemput_policy", 1, false, compare_policy };
    enum jemput_status st = list_compare("SELECT id, name, options FROM jemput_table ORDER BY id", &tables, err);

    return st ? st : list_compare("SELECT id, since, tbl, roles, rules, steps FROM jemput_policy ORDER BY id", &policy, err);
}

enum jemput_status jemput_store_schema_same(struct jemput_store *a, struct jemput_store *b, bool *out, struct jemput_error *err)
{
    struct comparison c = { .a = a, .b = b, .key = JEMPUT_BUF_INIT(JEMPUT_KEY_BYTES_MAX) };
    enum jemput_status st = schema_compare(&c, err);

    *out = !st && c.tally.count == 0;
    jemput_buf_release(&c.key);
    jemput_tally_release(&c.tally);
    return st;
}

/* What each segment had seen. Both stores have registered the segments in one order, so that lines have the same numbers. */
static enum jemput_status contexts_compare(struct comparison *c, struct jemput_error *err)
{
    struct list list = { c, "jemput_segment", 1, false, jemput_compare_contexts };

    return list_compare("SELECT s.hash, s.number, s.line, s.context_whole, s.frontier_whole, c.lines, f.lines FROM jemput_segment s "
                        "LEFT JOIN jemput_context c ON c.id = s.context LEFT JOIN jemput_context f ON f.id = s.frontier ORDER BY s.hash",
                        &list, err);
}

enum jemput_status jemput_store_compare(struct jemput_store *a, struct jemput_store *b, jemput_problem_fn each, void *ctx, uint64_t *problems,
                                        struct jemput_error *err)
{
    struct comparison c = { .a = a, .b = b, .key = JEMPUT_BUF_INIT(JEMPUT_KEY_BYTES_MAX) };
    enum jemput_status st = jemput_catalog_refresh(a, err);

    if (!st)
        st = jemput_catalog_refresh(b, err);
    for (uint32_t id = 1; !st && id <= jemput_store_table_count(a); id++) {
        const struct jemput_table *table = jemput_store_table(a, id);

        if (!jemput_store_table(b, id))
            st = jemput_tally_add(&c.tally, table->name, "it cannot be compared: the logs do not have the table", (struct jemput_bytes){ 0 }, 0, err);
        else
            st = table_compare(&c, table, err);
    }
    if (!st)
        st = schema_compare(&c, err);
    if (!st)
        st = states_compare(&c, err);
    if (!st)
        st = refusals_compare(&c, err);
    if (!st)
        st = contexts_compare(&c, err);
    if (!st)
        *problems = jemput_tally_tell(&c.tally, each, ctx);
    jemput_buf_release(&c.key);
    jemput_tally_release(&c.tally);
    return st;
}
