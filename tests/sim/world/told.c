/* sim/world/told.c — see told.h. */
#include "told.h"

#include <stdio.h>
#include <string.h>

#include "failure.h"

struct told told;

void datum_of(struct jemput_datum *out, val v)
{
    const struct value *of = value_of(v);

    *out = (struct jemput_datum){ .type = (enum jemput_type)of->kind, .integer = of->integer, .real = of->real, .data = of->data, .len = of->len };
}

static val datum_val(const struct jemput_datum *d)
{
    return value_take(&(struct value){ .kind = (enum value_kind)d->type,
                                       .integer = d->type == JEMPUT_TYPE_INTEGER ? d->integer : 0,
                                       .real = d->type == JEMPUT_TYPE_REAL ? d->real : 0,
                                       .data = d->data,
                                       .len = d->type == JEMPUT_TYPE_TEXT || d->type == JEMPUT_TYPE_BLOB ? (uint32_t)d->len : 0 });
}

static unsigned table_named(const struct schema *s, const char *name)
{
    for (unsigned i = 0; i < s->table_count; i++)
        if (strcmp(s->tables[i].name, name) == 0)
            return i;
    failure("the engine tells of a table '%s'", name);
}

static unsigned column_named(const struct table *t, const char *name)
{
    for (unsigned i = 0; i < t->column_count; i++)
        if (strcmp(t->columns[i].name, name) == 0)
            return i;
    failure("the engine tells of a column '%s' of table %s", name, t->name);
}

static int told_held_row(void *ctx, const struct jemput_held_row *row)
{
    struct told *t = ctx;
    struct history *h = t->device->history;
    unsigned table = table_named(h->schema, row->table);
    struct told_held *out = &t->held[t->held_count];
    val key[KEY_MAX] = { 0 };

    if (++t->held_count == TOLD_MAX)
        failure("too many held rows");
    memset(out->values, 0, sizeof out->values);
    for (unsigned i = 0; i < row->column_count; i++)
        out->values[column_named(&h->schema->tables[table], row->columns[i])] = datum_val(&row->values[i]);
    for (unsigned i = 0; i < h->schema->tables[table].key_count; i++)
        key[i] = out->values[h->schema->tables[table].key[i]];
    out->row = history_row(h, table, key);
    snprintf(out->reason, sizeof out->reason, "%s", row->reason);
    return 0;
}

static int told_conflict(void *ctx, const struct jemput_conflict *c)
{
    struct told *t = ctx;
    struct history *h = t->device->history;
    unsigned table = table_named(h->schema, c->table);
    struct told_conflict *out = &t->conflicts[t->conflict_count];
    val key[KEY_MAX] = { 0 };

    if (++t->conflict_count == TOLD_MAX || c->side_count > SIDES_MAX)
        failure("too many conflicts");
    for (unsigned i = 0; i < c->key_count && i < KEY_MAX; i++)
        key[i] = datum_val(&c->key[i]);
    out->row = history_row(h, table, key);
    out->group = 0;
    out->side_count = c->side_count;
    memset(out->sides, 0, c->side_count * sizeof out->sides[0]);
    for (unsigned i = 0; i < c->column_count; i++) {
        unsigned column = column_named(&h->schema->tables[table], c->columns[i]);

        out->group |= 1u << h->schema->tables[table].columns[column].group;
        for (unsigned s = 0; s < c->side_count; s++)
            out->sides[s][column] = datum_val(&c->sides[s].values[i]);
    }
    return 0;
}

void told_read(const struct device *d)
{
    struct jemput_error err;

    told.device = d;
    told.held_count = told.conflict_count = 0;
    if (jemput_held_rows(d->jemput, told_held_row, &told, &err) || jemput_conflicts(d->jemput, told_conflict, &told, &err))
        failure("device %u: %s", d->number, err.text);
}

const struct told_held *told_held_of(uint32_t row)
{
    for (uint32_t i = 0; i < told.held_count; i++)
        if (told.held[i].row == row)
            return &told.held[i];
    return NULL;
}

const struct told_conflict *told_conflict_of(uint32_t row, uint32_t group)
{
    for (uint32_t i = 0; i < told.conflict_count; i++)
        if (told.conflicts[i].row == row && told.conflicts[i].group == group)
            return &told.conflicts[i];
    return NULL;
}
