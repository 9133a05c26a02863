/* pgbatch.c — the rows of one space on their way into PostgreSQL. */
#include "pgbatch.h"

#include <stdlib.h>
#include <string.h>

#include "pgcopy.h"

enum { SEND_BYTES = 256 * 1024 };

/* --- staging tables --- */

void pgstaged_release(struct pgstaged **staged)
{
    while (*staged) {
        struct pgstaged *next = (*staged)->next;

        free((*staged)->name);
        free((*staged)->create);
        free(*staged);
        *staged = next;
    }
}

int pgstaged_make(struct pgbatch *b, const char *name, const char *create, struct trouble *why)
{
    struct pgstaged *known = *b->staged;
    struct buffer sql = { 0 };
    int rc;

    while (known && strcmp(known->name, name) != 0)
        known = known->next;
    if (known && strcmp(known->create, create) == 0)
        return 0;
    if (known) {
        buffer_text(&sql, "DROP TABLE pg_temp.");
        pg_name(&sql, name);
        buffer_text(&sql, ";\n");
        free(known->create);
    } else {
        known = memory_resize(NULL, 1, sizeof *known);
        known->name = memory_copy(name, strlen(name));
        known->next = *b->staged;
        *b->staged = known;
    }
    known->create = memory_copy(create, strlen(create));
    buffer_text(&sql, create);
    rc = pg_run(b->db, sql.data, why);
    buffer_release(&sql);
    return rc;
}

static int stage_make(struct pgbatch *b, struct pgstage *stage, struct trouble *why)
{
    struct buffer sql = { 0 }, name = { 0 };
    int rc;

    buffer_format(&name, "s_%s", stage->shape->name);
    pgddl_stage(&sql, stage->shape);
    rc = pgstaged_make(b, name.data, sql.data, why);
    buffer_release(&sql);
    buffer_release(&name);
    stage->made = rc == 0;
    return rc;
}

/* Has the table a row of the space? */
static int table_empty(struct pgbatch *b, const struct pgstage *stage, bool *empty, struct trouble *why)
{
    struct buffer sql = { 0 };
    char number[16];
    const char *const values[] = { number };
    PGresult *result;

    snprintf(number, sizeof number, "%d", b->space);
    buffer_text(&sql, "SELECT EXISTS(SELECT FROM ");
    pg_name_in(&sql, b->place->schema, stage->shape->name);
    buffer_text(&sql, " WHERE \"space\" = $1::integer)");
    result = pg_ask(b->db, sql.data, 1, values, why);
    buffer_release(&sql);
    if (!result)
        return -1;
    *empty = strcmp(PQgetvalue(result, 0, 0), "f") == 0;
    PQclear(result);
    return 0;
}

/* --- sending --- */

static void copy_sql(struct buffer *sql, const struct pgbatch *b, const struct pgstage *stage)
{
    buffer_text(sql, "COPY ");
    if (stage->direct)
        pg_name_in(sql, b->place->schema, stage->shape->name);
    else
        pgddl_stage_name(sql, stage->shape);
    buffer_text(sql, stage->direct ? "(\"space\"" : "(\"space\", \"told \"");
    for (unsigned i = 0; i < stage->shape->column_count; i++) {
        buffer_text(sql, ", ");
        pg_name(sql, stage->shape->columns[i].name);
    }
    buffer_text(sql, ") FROM STDIN (FORMAT binary)");
}

static int stage_send(struct pgbatch *b, struct pgstage *stage, struct trouble *why)
{
    struct buffer sql = { 0 };
    int rc;

    if (stage->copy.len == 0)
        return 0;
    if (!stage->direct && !stage->made && stage_make(b, stage, why))
        return -1;
    pgcopy_end(&stage->copy);
    copy_sql(&sql, b, stage);
    rc = pg_copy(b->db, sql.data, &stage->copy, why);
    stage->copy.len = 0;
    buffer_release(&sql);
    return rc;
}

/* --- rows --- */

static bool too_long(const struct pgstage *stage, unsigned column, const struct jemput_datum *v)
{
    return stage->indexed[column] && (v->type == JEMPUT_TYPE_TEXT || v->type == JEMPUT_TYPE_BLOB) && v->len > PG_INDEXED_BYTES_MAX;
}

static bool field_put(struct pgstage *stage, unsigned column, const struct jemput_datum *v)
{
    enum pg_type type = pg_type_of(&stage->shape->columns[column]);
    struct jemput_datum cut = *v;

    if (!too_long(stage, column, v))
        return pg_value_put(&stage->copy, type, stage->exact[column], v);
    if (stage->exact[column]) {
        pgcopy_null(&stage->copy);
        return false;
    }
    for (cut.len = PG_INDEXED_BYTES_MAX; cut.len > 0 && (((const uint8_t *)v->data)[cut.len] & 0xc0) == 0x80;)
        cut.len--;
    pg_value_put(&stage->copy, type, false, &cut);
    return false;
}

/* Can the row be found again by its key? */
static bool key_good(const struct pgstage *stage, const struct jemput_datum *key, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        unsigned column = stage->shape->key[i];
        enum pg_type type = pg_type_of(&stage->shape->columns[column]);

        if (key[i].type == JEMPUT_TYPE_NULL || too_long(stage, column, &key[i]) || !pg_value_fits(type, &key[i]))
            return false;
    }
    return true;
}

static void row_begin(const struct pgbatch *b, struct pgstage *stage, char told)
{
    if (stage->copy.len == 0)
        pgcopy_head(&stage->copy);
    pgcopy_row(&stage->copy, stage->shape->column_count + (stage->direct ? 1 : 2));
    pgcopy_int4(&stage->copy, b->space);
    if (!stage->direct)
        pgcopy_bytes(&stage->copy, &told, 1);
}

static void shown_put(struct pgbatch *b, struct pgstage *stage, const struct jemput_feed_row *row)
{
    row_begin(b, stage, 'S');
    for (unsigned i = 0; i < row->column_count; i++)
        if (!field_put(stage, i, &row->values[i]))
            pgside_misfit(b, stage->shape, i, &row->values[i], true);
}

/* Its key alone. */
static void gone_put(struct pgbatch *b, struct pgstage *stage, const struct jemput_feed_row *row, char told)
{
    static const struct jemput_datum none = { .type = JEMPUT_TYPE_NULL };

    row_begin(b, stage, told);
    for (unsigned i = 0; i < stage->shape->column_count; i++) {
        unsigned place = stage->shape->columns[i].key_place;

        field_put(stage, i, place ? &row->key[place - 1] : &none);
    }
}

/* It is told, and not in its table. */
static void left_out(struct pgbatch *b, const struct pgstage *stage, const struct jemput_feed_row *row)
{
    for (unsigned i = 0; i < row->column_count; i++)
        pgside_misfit(b, stage->shape, i, &row->values[i], false);
}

static struct pgstage *stage_of(struct pgbatch *b, const char *table)
{
    for (unsigned i = 0; i < b->shape_count; i++, b->last = (b->last + 1) % b->shape_count)
        if (strcmp(b->shapes[b->last].name, table) == 0)
            return &b->stages[b->last];
    return NULL;
}

static bool columns_match(const struct shape *shape, const struct jemput_feed_row *row)
{
    bool match = row->key_count == shape->key_count && (row->state == JEMPUT_FEED_GONE || row->column_count == shape->column_count);

    for (unsigned i = 0; match && i < row->column_count; i++)
        match = strcmp(row->columns[i], shape->columns[i].name) == 0;
    return match;
}

static int stage_first(struct pgbatch *b, struct pgstage *stage, struct trouble *why)
{
    bool touched = stage->touched;

    stage->touched = true;
    return touched || !b->whole || b->compares ? 0 : table_empty(b, stage, &stage->direct, why);
}

int pgbatch_row(struct pgbatch *b, const struct jemput_feed_row *row, struct trouble *why)
{
    struct pgstage *stage = stage_of(b, row->table);

    if (!stage || !columns_match(stage->shape, row))
        return trouble_set(why, TROUBLE_MOVED, "table %s is not as its schema said", row->table);
    if (stage_first(b, stage, why))
        return -1;
    pgside_add(b, stage->shape, row);
    if (!key_good(stage, row->key, row->key_count))
        left_out(b, stage, row);
    else if (row->state == JEMPUT_FEED_SHOWN)
        shown_put(b, stage, row);
    else if (!stage->direct)
        gone_put(b, stage, row, row->state == JEMPUT_FEED_HELD ? 'H' : 'G');
    if (stage->copy.len > SEND_BYTES && stage_send(b, stage, why))
        return -1;
    return pgside_flush(b, false, why);
}

int pgbatch_excuse(struct pgbatch *b, const struct jemput_feed_row *row, struct trouble *why)
{
    struct pgstage *stage = stage_of(b, row->table);

    if (!stage || row->key_count != stage->shape->key_count)
        return trouble_set(why, TROUBLE_MOVED, "table %s is not as its schema said", row->table);
    if (key_good(stage, row->key, row->key_count))
        gone_put(b, stage, row, 'X');
    pgside_excuse(b, stage->shape, row);
    return 0;
}

/* --- the whole --- */

/* Everything against everything, in tables of which the server may have no statistics yet: then it would go through one for each row of the other. */
static int joins_choose(struct pgbatch *b, struct trouble *why)
{
    return b->whole || b->compares ? pg_run(b->db, "SET LOCAL enable_nestloop = off", why) : 0;
}

int pgbatch_begin(struct pgbatch *b, struct trouble *why)
{
    b->stages = memory_resize(NULL, b->shape_count, sizeof *b->stages);
    for (unsigned t = 0; t < b->shape_count; t++) {
        const struct shape *shape = &b->shapes[t];
        struct pgstage *stage = &b->stages[t];

        *stage = (struct pgstage){ .shape = shape };
        stage->exact = memory_resize(NULL, shape->column_count, sizeof *stage->exact);
        stage->indexed = memory_resize(NULL, shape->column_count, sizeof *stage->indexed);
        for (unsigned i = 0; i < shape->column_count; i++) {
            stage->exact[i] = pgddl_exact(shape, i);
            stage->indexed[i] = pgddl_indexed(shape, i);
        }
    }
    return joins_choose(b, why) || pgside_begin(b, why) ? -1 : 0;
}

int pgbatch_end(struct pgbatch *b, struct trouble *why)
{
    int rc = pgside_flush(b, true, why);

    for (unsigned t = 0; !rc && t < b->shape_count; t++) {
        struct pgstage *stage = &b->stages[t];

        rc = stage_send(b, stage, why);
        if (!rc && b->compares && !stage->made)
            rc = stage_make(b, stage, why);
        if (!rc && !b->compares && !stage->direct && (b->whole || stage->touched))
            rc = pgmerge(b, stage, why);
    }
    return rc;
}

void pgbatch_release(struct pgbatch *b)
{
    for (unsigned t = 0; b->stages && t < b->shape_count; t++) {
        free(b->stages[t].exact);
        free(b->stages[t].indexed);
        buffer_release(&b->stages[t].copy);
    }
    free(b->stages);
    b->stages = NULL;
    for (unsigned i = 0; i < SIDE_COUNT; i++)
        buffer_release(&b->sides[i]);
    buffer_release(&b->key);
}
