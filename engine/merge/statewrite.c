/* merge/statewrite.c — a row's merge state to bytes (schema/formats/row-state.md): small for the common row, one form for one state.
 *
 * A state names few versions many times, so they are written once, ascending, and then named by their place. Of a row in the table mostly one
 * version fills all groups but a few: that version is the *main* one, and only the registers that differ are written. What few rows have (spares,
 * successors, a second insert) stands at the end. */
#include "merge/state.h"

#include <string.h>

enum { PALETTE_LOCAL = 16 }; /* versions that need no memory of their own */

struct palette {
    struct state_entry *entries; /* ascending by version; `local` or owned */
    uint32_t count, cap;
    uint32_t spared_count;       /* writes that spare others */
    uint32_t successor_count;    /* deletes that name a successor */
    uint32_t insert_count;       /* entries that are inserted */
    struct state_entry local[PALETTE_LOCAL];
};

/* Place of the first entry that is not below `version`. */
static uint32_t palette_place(const struct palette *p, uint64_t version)
{
    uint32_t low = 0, high = p->count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (p->entries[middle].version < version)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool palette_grow(struct palette *p)
{
    uint32_t cap = p->cap * 2;
    struct state_entry *entries = jemput_realloc(p->entries == p->local ? NULL : p->entries, cap * sizeof *entries);

    if (!entries)
        return false;
    if (p->entries == p->local)
        memcpy(entries, p->local, sizeof p->local);
    p->entries = entries;
    p->cap = cap;
    return true;
}

/* Returns the version's entry; NULL = no memory. */
static struct state_entry *palette_add(struct palette *p, uint64_t version)
{
    uint32_t place = palette_place(p, version);

    if (place < p->count && p->entries[place].version == version)
        return &p->entries[place];
    if (p->count == p->cap && !palette_grow(p))
        return NULL;
    memmove(&p->entries[place + 1], &p->entries[place], (p->count - place) * sizeof *p->entries);
    p->entries[place] = (struct state_entry){ .version = version };
    p->count++;
    return &p->entries[place];
}

static bool palette_take_write(struct palette *p, const struct jemput_row *row, const struct jemput_write *write, bool single)
{
    struct state_entry *entry = palette_add(p, write->version);

    if (!entry)
        return false;
    if (write->inserted && write->version != row->created && !entry->inserted) {
        entry->inserted = true;
        p->insert_count++;
    }
    entry->singles += single;
    p->spared_count += write->spare_count > 0;
    return true;
}

static bool palette_collect(struct palette *p, const struct jemput_row *row, const struct jemput_table *table, bool in_table)
{
    *p = (struct palette){ .cap = PALETTE_LOCAL };
    p->entries = p->local;
    if (row->created && !palette_add(p, row->created))
        return false;
    for (uint32_t i = 0; i < row->delete_count; i++) {
        if (!palette_add(p, row->deletes[i]))
            return false;
        p->successor_count += row->successors && row->successors[i].len > 0;
    }
    for (uint32_t g = 0; g < jemput_row_registers(row); g++) {
        const struct jemput_register *r = &row->registers[g];

        for (uint32_t i = 0; i < r->write_count; i++) {
            if (!palette_take_write(p, row, &r->writes[i], in_table && r->write_count == 1 && !state_counts(table, g)))
                return false;
        }
    }
    return true;
}

static void palette_release(struct palette *p)
{
    if (p->entries != p->local)
        jemput_free(p->entries);
}

static void write_gap(struct jemput_buf *out, uint32_t place, uint32_t *next_place)
{
    jemput_buf_varint(out, place - *next_place);
    *next_place = place + 1;
}

static void write_versions(struct jemput_buf *out, const struct palette *p)
{
    for (uint32_t i = 0; i < p->count; i++)
        jemput_buf_varint(out, i == 0 ? p->entries[0].version : p->entries[i].version - p->entries[i - 1].version - 1);
}

static void write_deletes(struct jemput_buf *out, const struct jemput_row *row, const struct palette *p)
{
    uint32_t next_place = 0;

    if (row->delete_count == 0)
        return;
    jemput_buf_varint(out, row->delete_count - 1);
    for (uint32_t i = 0; i < row->delete_count; i++)
        write_gap(out, palette_place(p, row->deletes[i]), &next_place);
}

/* --- registers --- */

/* Registers up to the last that holds a write: a shape that has grown since gives the same bytes. */
static uint32_t row_registers_filled(const struct jemput_row *row)
{
    uint32_t count = jemput_row_registers(row);

    while (count > 0 && row->registers[count - 1].write_count == 0)
        count--;
    return count;
}

static void write_values(struct jemput_buf *out, const struct jemput_value *values, uint32_t column_count)
{
    uint32_t count = column_count;

    while (count > 0 && values[count - 1].type == JEMPUT_NULL)
        count--;
    jemput_buf_varint(out, count);
    for (uint32_t i = 0; i < count; i++)
        jemput_value_write(out, &values[i]);
}

/* `shown`: the write whose values the table holds; 0 = none. */
static void write_register(struct jemput_buf *out, const struct jemput_register *r, const struct palette *p, uint64_t shown, uint32_t column_count)
{
    uint32_t next_place = 0;

    for (uint32_t i = 0; i < r->write_count; i++) {
        const struct jemput_write *write = &r->writes[i];
        uint32_t place = palette_place(p, write->version);
        bool has_values = write->values && write->version != shown;

        /* Else the values in the table would be lost: jemput_row_fill comes first. */
        JEMPUT_ASSERT(write->values || !write->in_table || write->version == shown);
        jemput_buf_varint(out, (uint64_t)(place - next_place) << 1 | has_values);
        if (has_values)
            write_values(out, write->values, column_count);
        next_place = place + 1;
    }
}

static void write_counter(struct jemput_buf *out, const struct jemput_register *r, const struct palette *p)
{
    uint32_t next_place = 0;

    jemput_buf_varint(out, r->write_count);
    for (uint32_t i = 0; i < r->write_count; i++) {
        const struct jemput_write *entry = &r->writes[i];

        JEMPUT_ASSERT(entry->values && !entry->in_table); /* jemput_row_fill came first */
        write_gap(out, palette_place(p, entry->version), &next_place);
        jemput_buf_zigzag(out, entry->values[0].integer);
    }
}

static uint32_t register_place(const struct jemput_register *r, uint64_t version)
{
    uint32_t place = 0;

    while (place < r->write_count && r->writes[place].version != version)
        place++;
    JEMPUT_ASSERT(place < r->write_count);
    return place;
}

/* The registers of a row in the table: the counters, and of the others those that do not hold just the main version. Returns where the last
 * register that was written ends. */
static uint32_t write_registers_in_table(struct jemput_buf *out, const struct jemput_row *row, const struct jemput_table *table,
                                         const struct jemput_view *view, const struct palette *p, uint32_t main_place)
{
    uint32_t next = 0, filled = row_registers_filled(row);

    for (uint32_t g = 0; g < filled; g++) {
        if (state_counts(table, g))
            write_counter(out, &row->registers[g], p);
    }
    for (uint32_t g = 0; g < filled; g++) {
        const struct jemput_register *r = &row->registers[g];

        if (state_counts(table, g) || (r->write_count == 1 && r->writes[0].version == p->entries[main_place].version))
            continue;
        jemput_buf_varint(out, (uint64_t)(g - next) << 1 | (r->write_count != 1));
        next = g + 1;
        if (r->write_count == 1) {
            jemput_buf_varint(out, palette_place(p, r->writes[0].version));
            continue;
        }
        jemput_buf_varint(out, r->write_count);
        if (r->write_count > 0) {
            jemput_buf_varint(out, register_place(r, view->shown[g]->version));
            write_register(out, r, p, view->shown[g]->version, jemput_shape_columns(table, g));
        }
    }
    return next;
}

static void write_registers_apart(struct jemput_buf *out, const struct jemput_row *row, const struct jemput_table *table, const struct palette *p)
{
    for (uint32_t g = 0; g < row_registers_filled(row); g++) {
        if (state_counts(table, g)) {
            write_counter(out, &row->registers[g], p);
            continue;
        }
        jemput_buf_varint(out, row->registers[g].write_count);
        write_register(out, &row->registers[g], p, 0, jemput_shape_columns(table, g));
    }
}

/* --- what few rows have --- */

static void write_spares(struct jemput_buf *out, const struct jemput_row *row)
{
    uint32_t place = 0, next_place = 0; /* of a write among all of the row */

    for (uint32_t g = 0; g < jemput_row_registers(row); g++) {
        for (uint32_t i = 0; i < row->registers[g].write_count; i++, place++) {
            const struct jemput_write *write = &row->registers[g].writes[i];

            if (write->spare_count == 0)
                continue;
            write_gap(out, place, &next_place);
            jemput_buf_varint(out, write->spare_count - 1);
            for (uint32_t k = 0; k < write->spare_count; k++) {
                jemput_buf_u64le(out, write->spares[k].stamp);
                jemput_buf_append(out, write->spares[k].writer.id, JEMPUT_WRITER_BYTES);
            }
        }
    }
}

static void write_successors(struct jemput_buf *out, const struct jemput_row *row, const struct palette *p)
{
    uint32_t next_place = 0;

    jemput_buf_varint(out, p->successor_count);
    for (uint32_t i = 0; i < row->delete_count && row->successors; i++) {
        if (row->successors[i].len == 0)
            continue;
        write_gap(out, i, &next_place);
        jemput_buf_sized(out, row->successors[i]);
    }
}

static void write_extras(struct jemput_buf *out, const struct jemput_row *row, const struct palette *p)
{
    uint32_t next_place = 0;

    jemput_buf_varint(out, p->spared_count);
    write_spares(out, row);
    if (row->delete_count > 0)
        write_successors(out, row, p);
    for (uint32_t i = 0; i < p->count && p->insert_count > 0; i++) {
        if (p->entries[i].inserted)
            write_gap(out, i, &next_place);
    }
}

static void write_state(struct jemput_buf *out, const struct jemput_row *row, const struct jemput_table *table, const struct jemput_view *view,
                        bool in_table, const struct palette *p)
{
    uint32_t filled = row_registers_filled(row), main_place = state_main(p->entries, p->count), next = 0;
    bool created_lowest = row->created && p->entries[0].version == row->created;
    uint32_t flags = (in_table ? STATE_IN_TABLE : 0) | (created_lowest ? STATE_CREATED_LOWEST : 0) | (row->delete_count ? STATE_HAS_DELETES : 0) |
                     (main_place ? STATE_MAIN_NAMED : 0);

    jemput_buf_varint(out, (uint64_t)p->count << STATE_FLAG_BITS | flags);
    write_versions(out, p);
    if (!created_lowest)
        jemput_buf_varint(out, row->created ? palette_place(p, row->created) : 0);
    write_deletes(out, row, p);
    jemput_buf_varint(out, filled);
    if (main_place)
        jemput_buf_varint(out, main_place);
    if (in_table)
        next = write_registers_in_table(out, row, table, view, p, main_place);
    else
        write_registers_apart(out, row, table, p);
    if (p->spared_count == 0 && p->successor_count == 0 && p->insert_count == 0)
        return;
    if (in_table)
        jemput_buf_varint(out, (uint64_t)(filled - next) << 1); /* no register: they end here */
    write_extras(out, row, p);
}

void jemput_row_write(struct jemput_buf *out, const struct jemput_row *row, const struct jemput_table *table, const struct jemput_view *view,
                      bool in_table)
{
    struct palette p;

    in_table = in_table && row_registers_filled(row) > 0;
    if (in_table && state_is_uniform(row, table))
        return;
    if (palette_collect(&p, row, table, in_table))
        write_state(out, row, table, view, in_table, &p);
    else if (!out->failed)
        out->failed = JEMPUT_NOMEM;
    palette_release(&p);
}
