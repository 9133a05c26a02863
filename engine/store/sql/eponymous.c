/* store/sql/eponymous.c — read-only eponymous virtual tables. See eponymous.h; the contract with SQLite: https://www.sqlite.org/vtab.html, 1.1.2,
 * 3.1. */
#include "store/sql/eponymous.h"

#include "store/capture/capture.h"

#define PARAMETERS_MAX 4 /* of a function */

struct eponymous { /* one of them on one connection; the module's */
    const struct jemput_eponymous *what;
    struct jemput_capture *capture;
    void *ctx;
    int column_count, parameter_count;
};

struct row {
    struct row *next;
    struct jemput_value values[];
};

struct jemput_rows {
    const struct eponymous *of;
    uint32_t unwanted; /* a bit for each of the first 32 columns */
    struct jemput_arena arena;
    struct row *first, *last;
};

struct eponymous_vtab {
    sqlite3_vtab base; /* SQLite's part; first */
    const struct eponymous *of;
};

struct eponymous_cursor {
    sqlite3_vtab_cursor base; /* SQLite's part; first */
    struct jemput_rows rows;
    int count;
    struct jemput_value *parameters; /* that the rows were filled for; in their arena */
    bool filled;
    const struct row *at;
    sqlite3_int64 place;
};

/* --- rows --- */

static enum jemput_status rows_limit(struct jemput_error *err)
{
    return jemput_fail(err, JEMPUT_LIMIT, "it is more than %d MiB at once; the calls of jemput.h tell the same piece by piece",
                       JEMPUT_LOOK_BYTES_MAX / (1024 * 1024));
}

static size_t value_size(const struct jemput_value *v)
{
    return v->type == JEMPUT_TEXT || v->type == JEMPUT_BLOB ? v->bytes.len : 0;
}

enum jemput_status jemput_rows_add(struct jemput_rows *rows, const struct jemput_value *values, struct jemput_error *err)
{
    size_t count = (size_t)rows->of->column_count, size = sizeof(struct row) + count * sizeof *values;
    struct row *row;

    for (size_t i = 0, more = size; i < count; i++) {
        more += value_size(&values[i]);
        if (more > JEMPUT_LOOK_BYTES_MAX || rows->arena.total_bytes > JEMPUT_LOOK_BYTES_MAX - more)
            return rows_limit(err);
    }
    row = jemput_arena_alloc(&rows->arena, size);
    for (size_t i = 0; row && i < count; i++)
        if (!jemput_value_copy(&row->values[i], &values[i], &rows->arena))
            row = NULL;
    if (!row)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a row");
    if (rows->last)
        rows->last->next = row;
    else
        rows->first = row;
    rows->last = row;
    return JEMPUT_OK;
}

bool jemput_rows_want(const struct jemput_rows *rows, unsigned column)
{
    return column >= 32 || !(rows->unwanted >> column & 1);
}

static void rows_release(struct jemput_rows *rows)
{
    jemput_arena_release(&rows->arena);
    rows->first = rows->last = NULL;
}

/* --- the table --- */

static int vtab_fail(sqlite3_vtab *base, struct jemput_error *err)
{
    const struct eponymous *of = ((struct eponymous_vtab *)base)->of;

    sqlite3_free(base->zErrMsg);
    base->zErrMsg = sqlite3_mprintf("%s: %s", of->what->name, err->text); /* NULL when out of memory: then the code alone speaks */
    return jemput_sqlite_code(err->status);
}

static enum jemput_status vtab_declare(sqlite3 *db, const struct eponymous *of, struct jemput_error *err)
{
    struct jemput_buf sql = JEMPUT_BUF_INIT(JEMPUT_SCHEMA_BYTES_MAX);
    enum jemput_status st;
    int rc = SQLITE_OK;

    for (int i = 0; i < of->column_count; i++)
        jemput_buf_printf(&sql, "%s%s", i ? ", " : "CREATE TABLE x(", of->what->columns[i]);
    for (int i = 0; i < of->parameter_count; i++)
        jemput_buf_printf(&sql, ", %s HIDDEN", of->what->parameters[i]);
    jemput_buf_append(&sql, ")", 2);
    st = jemput_buf_check(&sql, "virtual table", err);
    if (!st)
        rc = sqlite3_declare_vtab(db, (const char *)sql.data);
    jemput_buf_release(&sql);
    return rc == SQLITE_OK ? st : jemput_sqlite_fail(db, rc, err, "declare a virtual table");
}

static int vtab_connect(sqlite3 *db, void *aux, int argc, const char *const *argv, sqlite3_vtab **out, char **message)
{
    struct eponymous_vtab *v = NULL;
    struct jemput_error err;
    enum jemput_status st = vtab_declare(db, aux, &err);

    (void)argc, (void)argv;
    if (!st) {
        v = jemput_alloc_zero(1, sizeof *v);
        if (!v)
            st = jemput_fail(&err, JEMPUT_NOMEM, "no memory for a virtual table");
    }
    if (st) {
        *message = sqlite3_mprintf("jemput: %s", err.text);
        return jemput_sqlite_code(st);
    }
    v->of = aux;
    *out = &v->base;
    return SQLITE_OK;
}

static int vtab_disconnect(sqlite3_vtab *v)
{
    jemput_free(v);
    return SQLITE_OK;
}

static int parameter_missing(sqlite3_vtab *base)
{
    const struct eponymous *of = ((struct eponymous_vtab *)base)->of;
    struct jemput_buf names = JEMPUT_BUF_INIT(1024);
    struct jemput_error err;

    for (int i = 0; i < of->parameter_count; i++)
        jemput_buf_printf(&names, "%s%s", i ? ", " : "", of->what->parameters[i]);
    jemput_fail(&err, JEMPUT_MISUSE, "write %s(%.*s), with all its values", of->what->name, (int)names.len, names.data ? (char *)names.data : "");
    jemput_buf_release(&names);
    return vtab_fail(base, &err);
}

/* Both of the columns that name a row, each by an equality: SQLite looks at them again, by its own rules. */
static bool row_asked(sqlite3_index_info *info)
{
    int given[2] = { -1, -1 };

    for (int i = 0; i < info->nConstraint; i++)
        if (info->aConstraint[i].usable && info->aConstraint[i].op == SQLITE_INDEX_CONSTRAINT_EQ && info->aConstraint[i].iColumn >= 0 &&
            info->aConstraint[i].iColumn < 2)
            given[info->aConstraint[i].iColumn] = i;
    if (given[0] < 0 || given[1] < 0)
        return false;
    for (int i = 0; i < 2; i++)
        info->aConstraintUsage[given[i]].argvIndex = i + 1;
    return true;
}

/* The parameters, each given by an equality, in their order; all else SQLite looks at itself. Filling is dear: other tables are gone over inside. */
static int vtab_best_index(sqlite3_vtab *base, sqlite3_index_info *info)
{
    const struct eponymous *of = ((struct eponymous_vtab *)base)->of;

    for (int p = 0; p < of->parameter_count; p++) {
        bool named = false, given = false;

        for (int i = 0; i < info->nConstraint && !given; i++) {
            if (info->aConstraint[i].iColumn != of->column_count + p || info->aConstraint[i].op != SQLITE_INDEX_CONSTRAINT_EQ)
                continue;
            named = true;
            given = info->aConstraint[i].usable;
            if (given) {
                info->aConstraintUsage[i].argvIndex = p + 1;
                info->aConstraintUsage[i].omit = 1;
            }
        }
        if (!given)
            return named ? SQLITE_CONSTRAINT : parameter_missing(base);
    }
    info->idxNum = (int)(uint32_t)info->colUsed; /* bits 0 … 31: for jemput_rows_want */
    info->estimatedCost = 1e6;
    info->estimatedRows = of->parameter_count || (of->what->by_row && row_asked(info)) ? 20 : 1000;
    return SQLITE_OK;
}

/* --- going over it --- */

static int cursor_open(sqlite3_vtab *base, sqlite3_vtab_cursor **out)
{
    struct eponymous_cursor *c = jemput_alloc_zero(1, sizeof *c);

    if (!c)
        return SQLITE_NOMEM;
    c->rows.of = ((struct eponymous_vtab *)base)->of;
    *out = &c->base;
    return SQLITE_OK;
}

static int cursor_close(sqlite3_vtab_cursor *base)
{
    struct eponymous_cursor *c = (struct eponymous_cursor *)base;

    rows_release(&c->rows);
    jemput_free(c);
    return SQLITE_OK;
}

/* The values as they are now, in the arena of the rows; *same: those that it was filled for. */
static enum jemput_status parameters_take(struct eponymous_cursor *c, int count, sqlite3_value **argv, bool *same, bool *null,
                                          struct jemput_error *err)
{
    struct jemput_value values[PARAMETERS_MAX];
    struct jemput_value *kept;

    *same = c->filled && c->count == count;
    *null = false;
    for (int i = 0; i < count; i++) {
        if (!jemput_value_from_sql(&values[i], argv[i]))
            return jemput_fail(err, JEMPUT_NOMEM, "no memory for a parameter");
        *same = *same && jemput_value_equal(&values[i], &c->parameters[i]);
        *null = *null || values[i].type == JEMPUT_NULL;
    }
    if (*same)
        return JEMPUT_OK;
    rows_release(&c->rows);
    c->filled = false;
    kept = jemput_arena_array(&c->rows.arena, (size_t)count, sizeof *kept);
    for (int i = 0; kept && i < count; i++)
        if (!jemput_value_copy(&kept[i], &values[i], &c->rows.arena))
            kept = NULL;
    c->parameters = kept;
    c->count = count;
    return kept ? JEMPUT_OK : jemput_fail(err, JEMPUT_NOMEM, "no memory for a parameter");
}

static int cursor_filter(sqlite3_vtab_cursor *base, int number, const char *text, int argc, sqlite3_value **argv)
{
    struct eponymous_cursor *c = (struct eponymous_cursor *)base;
    const struct eponymous *of = c->rows.of;
    struct jemput_error err;
    bool same, null;
    enum jemput_status st = JEMPUT_OK;

    (void)text;
    c->rows.unwanted = ~(uint32_t)number;
    JEMPUT_ASSERT(argc == of->parameter_count || (of->what->by_row && argc == 2));
    if (of->capture->stopped)
        st = jemput_fail(&err, JEMPUT_MISUSE, "the store has been closed");
    if (!st)
        st = parameters_take(c, argc, argv, &same, &null, &err);
    if (!st && !same && !null)
        st = of->what->fill(of->ctx, argc ? c->parameters : NULL, &c->rows, &err);
    if (st) {
        rows_release(&c->rows);
        c->filled = false;
    } else
        c->filled = true;
    c->at = c->rows.first;
    c->place = 1;
    return st ? vtab_fail(base->pVtab, &err) : SQLITE_OK;
}

static int cursor_next(sqlite3_vtab_cursor *base)
{
    struct eponymous_cursor *c = (struct eponymous_cursor *)base;

    c->at = c->at->next;
    c->place++;
    return SQLITE_OK;
}

static int cursor_eof(sqlite3_vtab_cursor *base)
{
    return ((struct eponymous_cursor *)base)->at == NULL;
}

static void value_result(sqlite3_context *context, const struct jemput_value *v)
{
    switch (v->type) {
    case JEMPUT_NULL:
        sqlite3_result_null(context);
        break;
    case JEMPUT_INTEGER:
        sqlite3_result_int64(context, v->integer);
        break;
    case JEMPUT_REAL:
        sqlite3_result_double(context, v->real);
        break;
    case JEMPUT_TEXT:
        sqlite3_result_text64(context, v->bytes.data ? (const char *)v->bytes.data : "", v->bytes.len, SQLITE_TRANSIENT, SQLITE_UTF8);
        break;
    case JEMPUT_BLOB:
        sqlite3_result_blob64(context, v->bytes.data ? (const void *)v->bytes.data : "", v->bytes.len, SQLITE_TRANSIENT);
        break;
    }
}

static int cursor_column(sqlite3_vtab_cursor *base, sqlite3_context *context, int column)
{
    struct eponymous_cursor *c = (struct eponymous_cursor *)base;
    int count = c->rows.of->column_count;

    value_result(context, column < count ? &c->at->values[column] : &c->parameters[column - count]);
    return SQLITE_OK;
}

static int cursor_rowid(sqlite3_vtab_cursor *base, sqlite3_int64 *out)
{
    *out = ((struct eponymous_cursor *)base)->place;
    return SQLITE_OK;
}

/* No xCreate: it can be read by its name, and nothing else can be made of it. No xUpdate: it cannot be written. */
static const sqlite3_module eponymous_module = {
    .iVersion = 1,
    .xConnect = vtab_connect,
    .xBestIndex = vtab_best_index,
    .xDisconnect = vtab_disconnect,
    .xOpen = cursor_open,
    .xClose = cursor_close,
    .xFilter = cursor_filter,
    .xNext = cursor_next,
    .xEof = cursor_eof,
    .xColumn = cursor_column,
    .xRowid = cursor_rowid,
};

enum jemput_status jemput_eponymous_register(struct jemput_capture *c, const struct jemput_eponymous *what, void *ctx, struct jemput_error *err)
{
    struct eponymous *of = jemput_alloc_zero(1, sizeof *of);
    int rc;

    if (!of)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a virtual table");
    *of = (struct eponymous){ .what = what, .capture = c, .ctx = ctx };
    while (what->columns[of->column_count])
        of->column_count++;
    while (what->parameters && what->parameters[of->parameter_count])
        of->parameter_count++;
    JEMPUT_ASSERT(of->column_count > 0 && of->parameter_count <= PARAMETERS_MAX);
    rc = sqlite3_create_module_v2(c->db, what->name, &eponymous_module, of, jemput_free); /* frees it also when it fails */
    return rc == SQLITE_OK ? JEMPUT_OK : jemput_sqlite_fail(c->db, rc, err, "register a virtual table");
}
