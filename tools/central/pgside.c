/* pgside.c — what is kept in schema `jemput` beside the rows: who wrote them, conflicts, held rows, misfits. Of each row that is told all of it is
 * written anew, piece by piece as it is sent: a batch tells a row once. */
#include "pgbatch.h"

#include <string.h>

#include "pgcopy.h"

enum { SEND_BYTES = 256 * 1024, KEY_BYTES_MAX = 1000, UUID_HALF = 8 };

static const struct {
    const char *table, *columns;
} sides[SIDE_COUNT] = {
    [SIDE_TOLD] = { "jemput_told", "tbl, key, gone" },
    [SIDE_ROW] = { "row", "space, tbl, key, writer, device, roles, claimed_at, segment, commit" },
    [SIDE_CELL] = { "cell", "space, tbl, key, grp, writer, device, roles, claimed_at, segment, commit" },
    [SIDE_CONFLICT] = { "conflict", "space, tbl, key, grp, side, shown, deleted, hard, value, writer, device, roles, claimed_at, segment" },
    [SIDE_HELD] = { "held", "space, tbl, key, \"row\", reason, against_tbl, against_key, writer, device, roles, claimed_at, segment" },
    [SIDE_MISFIT] = { "misfit", "space, tbl, key, col, value, shown" },
};

/* --- fields that several have --- */

/* A key that no index could hold is told by its beginning and a hash. */
static void key_limit(struct buffer *key)
{
    struct buffer cut = { 0 };
    uint64_t hash = UINT64_C(14695981039346656037);

    if (key->len <= KEY_BYTES_MAX)
        return;
    for (size_t i = 0; i < key->len; i++)
        hash = (hash ^ (uint8_t)key->data[i]) * UINT64_C(1099511628211);
    buffer_text(&cut, "{\"long\":");
    pg_text_json(&cut, key->data, KEY_BYTES_MAX / 4);
    buffer_format(&cut, ",\"hash\":\"%016llx\"}", (unsigned long long)hash);
    buffer_release(key);
    *key = cut;
}

static struct buffer *line_begin(struct pgbatch *b, enum pgside side, unsigned fields, const char *table)
{
    struct buffer *out = &b->sides[side];

    if (out->len == 0)
        pgcopy_head(out);
    pgcopy_row(out, fields);
    if (side != SIDE_TOLD)
        pgcopy_int4(out, b->space);
    pgcopy_text(out, table);
    pgcopy_jsonb(out, b->key.data, b->key.len);
    return out;
}

static unsigned hex_digit(char c)
{
    return c <= '9' ? (unsigned)(c - '0') : (unsigned)(c - 'a' + 10);
}

/* writer, device, roles, claimed_at, segment */
static void origin_put(struct buffer *out, const struct jemput_origin *origin)
{
    uint8_t writer[2 * UUID_HALF];

    if (strlen(origin->writer) != 2 * sizeof writer)
        pgcopy_null(out); /* it came with the schema */
    else {
        for (unsigned i = 0; i < sizeof writer; i++)
            writer[i] = (uint8_t)(hex_digit(origin->writer[2 * i]) << 4 | hex_digit(origin->writer[2 * i + 1]));
        pgcopy_bytes(out, writer, sizeof writer);
    }
    if (origin->device_number)
        pgcopy_int4(out, (int32_t)origin->device_number);
    else
        pgcopy_null(out);
    pgcopy_text(out, origin->roles);
    if (origin->claimed_ms)
        pgcopy_time(out, origin->claimed_ms);
    else
        pgcopy_null(out);
    if (origin->segment)
        pgcopy_int8(out, (int64_t)origin->segment);
    else
        pgcopy_null(out);
}

static void json_put(struct buffer *out, struct buffer *json)
{
    pgcopy_jsonb(out, json->data, json->len);
    buffer_release(json);
}

static void object_add(struct buffer *json, const struct shape *shape, unsigned count, const char *const *columns, const struct jemput_datum *values)
{
    buffer_text(json, "{");
    for (unsigned i = 0; i < count; i++) {
        int column = shape_column(shape, columns[i]);

        if (i)
            buffer_text(json, ",");
        pg_text_json(json, columns[i], strlen(columns[i]));
        buffer_text(json, ":");
        pg_value_json(json, column < 0 ? PG_TEXT : pg_type_of(&shape->columns[column]), &values[i]);
    }
    buffer_text(json, "}");
}

/* --- lines --- */

static void writes_add(struct pgbatch *b, const struct jemput_feed_row *row)
{
    for (unsigned i = 0; i < row->write_count; i++) {
        const struct jemput_feed_write *w = &row->writes[i];
        struct buffer *out = line_begin(b, w->columns ? SIDE_CELL : SIDE_ROW, w->columns ? 10 : 9, row->table);

        if (w->columns)
            pgcopy_text(out, w->columns);
        origin_put(out, &w->origin);
        pgcopy_text(out, w->commit[0] ? w->commit : NULL);
    }
}

static void conflict_add(struct pgbatch *b, const struct shape *shape, const struct jemput_conflict *c)
{
    struct buffer group = { 0 };

    for (unsigned i = 0; i < c->column_count; i++)
        buffer_format(&group, i ? ",%s" : "%s", c->columns[i]);
    for (unsigned i = 0; i < c->side_count; i++) {
        const struct jemput_conflict_side *side = &c->sides[i];
        struct buffer *out = line_begin(b, SIDE_CONFLICT, 14, c->table), json = { 0 };

        pgcopy_text(out, buffer_string(&group));
        pgcopy_int4(out, (int32_t)i + 1);
        pgcopy_bool(out, side->shown);
        pgcopy_bool(out, side->deleted);
        pgcopy_bool(out, c->identity);
        if (side->deleted || c->column_count == 0)
            pgcopy_null(out);
        else {
            object_add(&json, shape, c->column_count, c->columns, side->values);
            json_put(out, &json);
        }
        origin_put(out, &side->origin);
    }
    buffer_release(&group);
}

static void held_add(struct pgbatch *b, const struct shape *shape, const struct jemput_feed_row *row)
{
    static const struct jemput_origin nobody = { .device_number = 0 };
    const struct jemput_origin *last = &nobody;
    struct buffer *out = line_begin(b, SIDE_HELD, 12, row->table), json = { 0 };
    const struct shape *against = NULL;

    for (unsigned i = 0; row->against_table && i < b->shape_count; i++)
        if (strcmp(b->shapes[i].name, row->against_table) == 0)
            against = &b->shapes[i];
    for (unsigned i = 0; i < row->write_count; i++)
        if (row->writes[i].origin.claimed_ms >= last->claimed_ms)
            last = &row->writes[i].origin;
    object_add(&json, shape, row->column_count, row->columns, row->values);
    json_put(out, &json);
    pgcopy_text(out, row->reason ? row->reason : "");
    pgcopy_text(out, row->against_table);
    if (against && row->against_count == against->key_count) {
        pg_key_json(&json, against, row->against, row->against_count);
        key_limit(&json);
        json_put(out, &json);
    } else
        pgcopy_null(out);
    origin_put(out, last);
}

void pgside_add(struct pgbatch *b, const struct shape *shape, const struct jemput_feed_row *row)
{
    b->key.len = 0;
    pg_key_json(&b->key, shape, row->key, row->key_count);
    key_limit(&b->key);
    if (!b->whole && !b->compares)
        pgcopy_bool(line_begin(b, SIDE_TOLD, 3, row->table), row->state == JEMPUT_FEED_GONE);
    b->gone = b->gone || row->state == JEMPUT_FEED_GONE;
    if (row->state != JEMPUT_FEED_GONE)
        writes_add(b, row);
    if (row->state == JEMPUT_FEED_HELD)
        held_add(b, shape, row);
    for (unsigned i = 0; i < row->conflict_count; i++)
        conflict_add(b, shape, &row->conflicts[i]);
}

void pgside_excuse(struct pgbatch *b, const struct shape *shape, const struct jemput_feed_row *row)
{
    b->key.len = 0;
    pg_key_json(&b->key, shape, row->key, row->key_count);
    key_limit(&b->key);
    pgcopy_bool(line_begin(b, SIDE_TOLD, 3, row->table), false);
}

void pgside_misfit(struct pgbatch *b, const struct shape *shape, unsigned column, const struct jemput_datum *value, bool shown)
{
    struct buffer *out = line_begin(b, SIDE_MISFIT, 6, shape->name), json = { 0 };

    pgcopy_text(out, shape->columns[column].name);
    pg_value_json(&json, pg_type_of(&shape->columns[column]), value);
    json_put(out, &json);
    pgcopy_bool(out, shown);
}

/* --- sending --- */

/* Of comparing they are tables of this transaction's alone, called as those of schema jemput are. */
static int aside_make(struct pgbatch *b, struct trouble *why)
{
    struct buffer sql = { 0 };
    int rc;

    for (unsigned i = SIDE_ROW; i < SIDE_COUNT; i++) {
        buffer_text(&sql, "CREATE TEMP TABLE ");
        pg_name(&sql, sides[i].table);
        buffer_text(&sql, " ON COMMIT DROP AS TABLE ");
        pg_name_in(&sql, "jemput", sides[i].table);
        buffer_text(&sql, " WITH NO DATA;\n");
    }
    rc = pg_run(b->db, sql.data, why);
    buffer_release(&sql);
    return rc;
}

int pgside_begin(struct pgbatch *b, struct trouble *why)
{
    struct buffer sql = { 0 };
    int rc;

    if (!b->whole &&
        pgstaged_make(b, sides[SIDE_TOLD].table, "CREATE TEMP TABLE jemput_told(tbl text, key jsonb, gone boolean) ON COMMIT DELETE ROWS", why))
        return -1;
    if (b->compares)
        return aside_make(b, why);
    for (unsigned i = SIDE_ROW; b->whole && i < SIDE_COUNT; i++) {
        buffer_text(&sql, "DELETE FROM ");
        pg_name_in(&sql, "jemput", sides[i].table);
        buffer_format(&sql, " WHERE space = %d;\n", b->space);
    }
    if (!sql.len)
        return 0;
    rc = pg_run(b->db, sql.data, why);
    buffer_release(&sql);
    return rc;
}

static int side_send(struct pgbatch *b, enum pgside side, struct trouble *why)
{
    struct buffer sql = { 0 };
    int rc;

    if (!b->sides[side].len)
        return 0;
    pgcopy_end(&b->sides[side]);
    buffer_text(&sql, "COPY ");
    pg_name_in(&sql, side == SIDE_TOLD || b->compares ? "pg_temp" : "jemput", sides[side].table);
    buffer_text(&sql, "(");
    buffer_text(&sql, sides[side].columns);
    buffer_text(&sql, ") FROM STDIN (FORMAT binary)");
    rc = pg_copy(b->db, sql.data, &b->sides[side], why);
    b->sides[side].len = 0;
    buffer_release(&sql);
    return rc;
}

/* What stood there of the rows that are told. */
static int told_delete(struct pgbatch *b, struct trouble *why)
{
    struct buffer sql = { 0 };
    int rc;

    for (unsigned i = SIDE_ROW; i < SIDE_COUNT; i++) {
        buffer_text(&sql, "DELETE FROM ");
        pg_name_in(&sql, "jemput", sides[i].table);
        buffer_format(&sql, " t USING pg_temp.jemput_told s WHERE t.space = %d AND t.tbl = s.tbl AND t.key = s.key;\n", b->space);
    }
    if (b->gone) /* what the office had written there goes, too, but for rows that never came to be: that is still to be looked at */
        buffer_format(&sql, "UPDATE jemput.outbox o SET new = NULL, old = NULL FROM pg_temp.jemput_told s WHERE s.gone AND o.space = %d "
                            "AND o.tbl = s.tbl AND o.key = s.key AND o.state IN ('diteruskan', 'ditolak') "
                            "AND NOT (o.op = 'I' AND o.state = 'ditolak');\n", b->space);
    buffer_text(&sql, "DELETE FROM pg_temp.jemput_told");
    rc = pg_run(b->db, sql.data, why);
    buffer_release(&sql);
    return rc;
}

int pgside_flush(struct pgbatch *b, bool all, struct trouble *why)
{
    size_t waiting = 0;

    for (unsigned i = 0; i < SIDE_COUNT; i++)
        waiting += b->sides[i].len;
    if (waiting == 0 || (!all && waiting < SEND_BYTES))
        return 0;
    if (b->sides[SIDE_TOLD].len && (side_send(b, SIDE_TOLD, why) || (!b->compares && told_delete(b, why))))
        return -1;
    for (unsigned i = SIDE_ROW; i < SIDE_COUNT; i++)
        if (side_send(b, i, why))
            return -1;
    return 0;
}

/* --- comparing --- */

/* Lines that one has and the other has not, of rows that have not moved since, named by their row. */
static void difference_make(struct buffer *sql, const struct pgbatch *b, enum pgside side)
{
    for (int turn = 0; turn < 2; turn++) {
        buffer_text(sql, turn ? " UNION (SELECT " : "SELECT DISTINCT tbl, key::text FROM ((SELECT ");
        buffer_text(sql, sides[side].columns);
        buffer_text(sql, " FROM ");
        pg_name_in(sql, turn ? "pg_temp" : "jemput", sides[side].table);
        buffer_format(sql, " WHERE space = %d EXCEPT SELECT ", b->space);
        buffer_text(sql, sides[side].columns);
        buffer_text(sql, " FROM ");
        pg_name_in(sql, turn ? "jemput" : "pg_temp", sides[side].table);
        buffer_format(sql, " WHERE space = %d)", b->space);
    }
    buffer_text(sql, ") d WHERE NOT EXISTS(SELECT FROM pg_temp.jemput_told m WHERE m.tbl = d.tbl AND m.key = d.key) ORDER BY 1, 2");
}

int pgside_compare(struct pgbatch *b, pgside_difference each, void *ctx, struct trouble *why)
{
    for (unsigned side = SIDE_ROW; side < SIDE_COUNT; side++) {
        struct buffer sql = { 0 };
        PGresult *result;

        difference_make(&sql, b, side);
        result = pg_ask(b->db, sql.data, 0, NULL, why);
        buffer_release(&sql);
        if (!result)
            return -1;
        for (int i = 0; i < PQntuples(result); i++)
            each(ctx, sides[side].table, PQgetvalue(result, i, 0), PQgetvalue(result, i, 1));
        PQclear(result);
    }
    return 0;
}
