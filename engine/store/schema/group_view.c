/* store/schema/group_view.c — SELECT * FROM jemput_groups: which columns merge as one, by what rule, and why. */
#include "store/capture/capture.h"
#include "store/sql/eponymous.h"

static const char *const rule_names[] = { "latest", "rank", "sum", "once" }; /* enum jemput_rule */

static struct jemput_value text_value(const char *text)
{
    return (struct jemput_value){ .type = JEMPUT_TEXT, .bytes = jemput_bytes_str(text) };
}

static struct jemput_value number_value(int64_t number)
{
    return (struct jemput_value){ .type = JEMPUT_INTEGER, .integer = number };
}

/* One row for each column that merges, in the order of groups. Rule and mark are those of the group, whichever of its columns has them. */
static enum jemput_status table_add(struct jemput_rows *rows, const struct jemput_table *t, const char *const *why, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    for (uint16_t g = 0; g < t->group_count; g++) {
        uint16_t ruled = jemput_group_ruled(t, g);
        enum jemput_rule rule = ruled == JEMPUT_GROUP_NONE ? JEMPUT_RULE_LATEST : t->columns[ruled].rule;

        for (uint16_t i = 0; !st && i < t->groups[g].column_count; i++) {
            uint16_t c = t->groups[g].columns[i];
            struct jemput_value row[] = {
                text_value(t->name),
                number_value(g + 1),
                text_value(t->columns[c].name),
                text_value(rule_names[rule]),
                number_value(jemput_group_is_identity(t, g)),
                text_value(why[c] ? why[c] : "alone"),
            };

            st = jemput_rows_add(rows, row, err);
        }
    }
    return st;
}

static enum jemput_status groups_fill(void *ctx, const struct jemput_value *values, struct jemput_rows *rows, struct jemput_error *err)
{
    struct jemput_capture *c = ctx;
    struct jemput_arena arena = { 0 };
    struct jemput_shapes shapes = { 0 };
    enum jemput_status st;

    (void)values;
    c->internal++;
    st = jemput_shapes_read(&shapes, c->db, &arena, err);
    for (uint32_t i = 0; !st && i < shapes.count; i++)
        st = table_add(rows, &shapes.tables[i], shapes.why[i], err);
    c->internal--;
    jemput_arena_release(&arena);
    return st;
}

enum jemput_status jemput_groups_register(struct jemput_capture *c, struct jemput_error *err)
{
    static const char *const columns[] = { "tbl TEXT", "grp INTEGER", "col TEXT", "rule TEXT", "identity INTEGER", "why TEXT", NULL };
    static const struct jemput_eponymous groups = { .name = "jemput_groups", .columns = columns, .fill = groups_fill };

    return jemput_eponymous_register(c, &groups, c, err);
}

/* --- as they were given --- */

enum jemput_status jemput_store_table_options(struct jemput_store *store, uint32_t id, struct jemput_buf *out, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "SELECT options FROM jemput_table WHERE id = ?", err);
    enum jemput_status st = JEMPUT_OK;
    int rc;

    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, id);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        jemput_buf_append(out, sqlite3_column_blob(stmt, 0), (size_t)sqlite3_column_bytes(stmt, 0));
    else
        st = rc == SQLITE_DONE ? jemput_fail(err, JEMPUT_NOTFOUND, "no replicated table has number %u", (unsigned)id)
                               : jemput_sqlite_fail(store->db, rc, err, "read a table's options");
    sqlite3_reset(stmt);
    return st ? st : jemput_buf_check(out, "options", err);
}
