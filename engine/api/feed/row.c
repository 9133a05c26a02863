/* api/feed/row.c — a row of the change feed, as jemput/feed.h has it: values, writes, what stands against it, conflicts. */
#include "api/feed/row.h"

#include <stdio.h>
#include <string.h>

#include "api/look/look.h"
#include "store/file/look.h"

void feed_telling_release(struct feed_telling *t)
{
    jemput_arena_release(&t->row);
}

static enum jemput_status nomem(struct jemput_error *err)
{
    return jemput_fail(err, JEMPUT_NOMEM, "no memory for a row");
}

/* --- values --- */

static enum jemput_status values_tell(struct feed_telling *t, const struct jemput_feed_told *told, struct jemput_feed_row *out,
                                      struct jemput_error *err)
{
    uint16_t count = told->values ? told->table->column_count : 0;
    struct jemput_datum *values = jemput_arena_array(&t->row, count, sizeof *values);
    const char **columns = jemput_arena_array(&t->row, count, sizeof *columns);

    if (!values || !columns)
        return nomem(err);
    for (uint16_t i = 0; i < count; i++) {
        columns[i] = told->table->columns[i].name;
        look_datum(&values[i], &told->values[i]);
    }
    out->column_count = count;
    out->columns = columns;
    out->values = values;
    return JEMPUT_OK;
}

/* --- who wrote --- */

static enum jemput_status received_ask(struct feed_telling *t, const struct jemput_feed_source *source, bool *out, struct jemput_error *err)
{
    struct feed_receipt *kept = &t->receipts[(uint64_t)source->segment_id & (FEED_RECEIPTS_KEPT - 1)];
    enum jemput_status st = JEMPUT_OK;

    if (kept->segment_id != source->segment_id) {
        st = look_received(t->j, &source->writer, source->segment, source->segment_id, &kept->received, err);
        kept->segment_id = st ? 0 : source->segment_id;
    }
    *out = !st && kept->received;
    return st;
}

static const char *group_name(struct feed_telling *t, const struct jemput_table *table, const struct jemput_group *group)
{
    size_t room = 1, len = 0;
    char *text;

    for (uint16_t i = 0; i < group->column_count; i++)
        room += strlen(table->columns[group->columns[i]].name) + 1;
    text = jemput_arena_alloc(&t->row, room);
    for (uint16_t i = 0; text && i < group->column_count; i++)
        len += (size_t)snprintf(text + len, room - len, "%s%s", i ? "," : "", table->columns[group->columns[i]].name);
    return text;
}

static enum jemput_status write_tell(struct feed_telling *t, const struct jemput_table *table, const struct jemput_feed_source *source,
                                     struct jemput_feed_write *out, struct jemput_error *err)
{
    struct look_origin *origin = jemput_arena_alloc(&t->row, sizeof *origin);
    bool received = false;
    enum jemput_status st = origin ? JEMPUT_OK : nomem(err);

    if (!st && source->group) {
        out->columns = group_name(t, table, source->group);
        st = out->columns ? JEMPUT_OK : nomem(err);
    }
    if (!st && !source->stamp) { /* it came with the schema */
        out->origin.roles = "";
        out->origin.receipt = 1;
        return JEMPUT_OK;
    }
    if (!st)
        st = received_ask(t, source, &received, err);
    if (st)
        return st;
    look_origin(t->j, &source->writer, source->stamp, source->segment, received, origin);
    out->origin = origin->origin; /* whose roles are the origin's own, in the arena */
    jemput_hex_encode(out->commit, source->commit, sizeof source->commit);
    return JEMPUT_OK;
}

static enum jemput_status writes_tell(struct feed_telling *t, const struct jemput_feed_told *told, struct jemput_feed_row *out,
                                      struct jemput_error *err)
{
    struct jemput_feed_write *writes = jemput_arena_array(&t->row, told->source_count, sizeof *writes);
    enum jemput_status st = writes ? JEMPUT_OK : nomem(err);

    for (; !st && out->write_count < told->source_count; out->write_count++)
        st = write_tell(t, told->table, &told->sources[out->write_count], &writes[out->write_count], err);
    out->writes = writes;
    return st;
}

/* --- what stands against it --- */

static enum jemput_status against_tell(struct feed_telling *t, const struct jemput_feed_told *told, struct jemput_feed_row *out,
                                       struct jemput_error *err)
{
    struct jemput_against against;
    const struct jemput_table *table;
    enum jemput_status st = jemput_store_against(t->j->store, told->table, told->key, told->reason, &against, &t->row, err);

    if (st || !against.table)
        return st;
    out->against_table = against.table;
    table = against.key.len ? jemput_store_table_named(t->j->store, against.table) : NULL;
    if (!table)
        return JEMPUT_OK;
    out->against_count = table->key_count;
    return look_key(table, against.key, &out->against, &t->row, err);
}

/* --- conflicts --- */

struct conflicts { /* of the row at hand */
    struct feed_telling *t;
    struct jemput_conflict *of;
    unsigned count, room;
    bool failed; /* no memory */
};

static bool bytes_keep(struct jemput_arena *arena, struct jemput_datum *v)
{
    if (v->type != JEMPUT_TYPE_TEXT && v->type != JEMPUT_TYPE_BLOB)
        return true;
    v->data = jemput_arena_copy(arena, jemput_bytes_of(v->data, v->len)).data;
    return v->data != NULL;
}

static struct jemput_datum *values_keep(struct jemput_arena *arena, const struct jemput_datum *values, unsigned count)
{
    struct jemput_datum *kept = jemput_arena_array(arena, count, sizeof *kept);

    for (unsigned i = 0; kept && i < count; i++) {
        kept[i] = values[i];
        if (!bytes_keep(arena, &kept[i]))
            return NULL;
    }
    return kept;
}

static struct jemput_conflict_side *sides_keep(struct jemput_arena *arena, const struct jemput_conflict *c)
{
    struct jemput_conflict_side *kept = jemput_arena_array(arena, c->side_count, sizeof *kept);

    for (unsigned i = 0; kept && i < c->side_count; i++) {
        kept[i] = c->sides[i];
        kept[i].values = values_keep(arena, c->sides[i].values, c->column_count);
        kept[i].origin.roles = jemput_arena_str(arena, jemput_bytes_str(c->sides[i].origin.roles));
        if (!kept[i].values || !kept[i].origin.roles)
            return NULL;
    }
    return kept;
}

/* jemput_conflict_cb: what it is given lives for the call alone. */
static int conflict_keep(void *ctx, const struct jemput_conflict *c)
{
    struct conflicts *all = ctx;
    struct jemput_arena *arena = &all->t->row;
    struct jemput_conflict *kept;
    const char **columns = jemput_arena_array(arena, c->column_count, sizeof *columns);

    all->failed = true;
    if (all->count == all->room) {
        unsigned room = all->room ? 2 * all->room : 4;
        struct jemput_conflict *grown = jemput_arena_array(arena, room, sizeof *grown);

        if (!grown)
            return 1;
        if (all->count)
            memcpy(grown, all->of, all->count * sizeof *grown);
        all->of = grown;
        all->room = room;
    }
    kept = &all->of[all->count];
    *kept = *c;
    kept->key = values_keep(arena, c->key, c->key_count);
    kept->sides = sides_keep(arena, c);
    if (!columns || !kept->key || !kept->sides)
        return 1;
    for (unsigned i = 0; i < c->column_count; i++)
        columns[i] = c->columns[i]; /* the catalog's, which outlives the moment */
    kept->columns = columns;
    all->failed = false;
    all->count++;
    return 0;
}

static enum jemput_status conflict_take(void *ctx, const struct jemput_row_conflict *c, struct jemput_error *err)
{
    struct conflicts *all = ctx;
    enum jemput_status st = look_conflict(all->t->j, c, conflict_keep, all, err);

    return all->failed ? nomem(err) : st;
}

static enum jemput_status conflicts_tell(struct feed_telling *t, const struct jemput_feed_told *told, struct jemput_feed_row *out,
                                         struct jemput_error *err)
{
    struct conflicts all = { .t = t };
    enum jemput_status st = jemput_store_conflicts_of(t->j->store, told->table, told->key, conflict_take, &all, err);

    out->conflicts = all.of;
    out->conflict_count = all.count;
    return st;
}

/* --- the row --- */

enum jemput_status feed_row_tell(void *telling, const struct jemput_feed_told *told, struct jemput_error *err)
{
    struct feed_telling *t = telling;
    struct jemput_feed_row out = { .table = told->table->name, .key_count = told->table->key_count, .reason = told->reason };
    enum jemput_status st;

    jemput_arena_clear(&t->row);
    out.state = told->shown ? JEMPUT_FEED_SHOWN : told->held ? JEMPUT_FEED_HELD : JEMPUT_FEED_GONE;
    st = look_key(told->table, told->key, &out.key, &t->row, err);
    if (!st)
        st = values_tell(t, told, &out, err);
    if (!st)
        st = writes_tell(t, told, &out, err);
    if (!st && told->held && strcmp(told->reason, "INSERT") != 0)
        st = against_tell(t, told, &out, err);
    if (!st && told->conflict)
        st = conflicts_tell(t, told, &out, err);
    if (st)
        return st;
    return t->each(t->ctx, &out) ? jemput_fail(err, JEMPUT_CANCELLED, "stopped") : JEMPUT_OK;
}
