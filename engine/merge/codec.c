/* merge/codec.c — a row's merge state as bytes (schema/formats/row-state.md): small for the common row, one form for one state.
 *
 * A state names few versions many times, so they are written once, ascending, and then named by their place. Of a row in the table mostly one
 * version fills all groups but a few: that version is the *main* one, and only the registers that differ are written. */
#include "merge/row.h"

#include <string.h>

#include "merge/shape.h"

enum {
    STATE_IN_TABLE = 1,
    STATE_CREATED_LOWEST = 2, /* created is the lowest version */
    STATE_HAS_DELETES = 4,
    STATE_MAIN_NAMED = 8,     /* the main version is not the lowest: its place is written */
    STATE_FLAG_BITS = 4,
    PALETTE_LOCAL = 16        /* versions that need no memory of their own */
};

struct palette_entry {
    uint64_t version;
    uint32_t singles; /* registers of a row in the table that hold just this version */
    bool used;        /* reading: something named it */
};

/* The version that most registers hold alone, the lowest of several. */
static uint32_t palette_main(const struct palette_entry *entries, uint32_t count)
{
    uint32_t best = 0;

    for (uint32_t i = 1; i < count; i++) {
        if (entries[i].singles > entries[best].singles)
            best = i;
    }
    return best;
}

/* --- writing --- */

struct palette {
    struct palette_entry *entries; /* ascending by version; `local` or owned */
    uint32_t count, cap;
    struct palette_entry local[PALETTE_LOCAL];
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
    struct palette_entry *entries = jemput_realloc(p->entries == p->local ? NULL : p->entries, cap * sizeof *entries);

    if (!entries)
        return false;
    if (p->entries == p->local)
        memcpy(entries, p->local, sizeof p->local);
    p->entries = entries;
    p->cap = cap;
    return true;
}

/* Returns the version's entry; NULL = no memory. */
static struct palette_entry *palette_add(struct palette *p, uint64_t version)
{
    uint32_t place = palette_place(p, version);

    if (place < p->count && p->entries[place].version == version)
        return &p->entries[place];
    if (p->count == p->cap && !palette_grow(p))
        return NULL;
    memmove(&p->entries[place + 1], &p->entries[place], (p->count - place) * sizeof *p->entries);
    p->entries[place] = (struct palette_entry){ .version = version };
    p->count++;
    return &p->entries[place];
}

static bool palette_collect(struct palette *p, const struct jemput_row *row, bool in_table)
{
    *p = (struct palette){ .cap = PALETTE_LOCAL };
    p->entries = p->local;
    if (row->created && !palette_add(p, row->created))
        return false;
    for (uint32_t i = 0; i < row->delete_count; i++) {
        if (!palette_add(p, row->deletes[i]))
            return false;
    }
    for (uint32_t g = 0; g < jemput_row_registers(row); g++) {
        const struct jemput_register *r = &row->registers[g];

        for (uint32_t i = 0; i < r->write_count; i++) {
            struct palette_entry *entry = palette_add(p, r->writes[i].version);

            if (!entry)
                return false;
            if (in_table && r->write_count == 1)
                entry->singles++;
        }
    }
    return true;
}

static void palette_release(struct palette *p)
{
    if (p->entries != p->local)
        jemput_free(p->entries);
}

static bool row_is_uniform(const struct jemput_row *row, const struct jemput_table *table)
{
    if (row->created == 0 || row->delete_count > 0 || jemput_row_registers(row) != jemput_shape_registers(table))
        return false;
    for (uint32_t g = 0; g < jemput_row_registers(row); g++) {
        if (row->registers[g].write_count != 1 || row->registers[g].writes[0].version != row->created)
            return false;
    }
    return true;
}

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

static uint32_t register_place(const struct jemput_register *r, uint64_t version)
{
    uint32_t place = 0;

    while (place < r->write_count && r->writes[place].version != version)
        place++;
    JEMPUT_ASSERT(place < r->write_count);
    return place;
}

/* The registers of a row in the table: only those that do not hold just the main version. */
static void write_exceptions(struct jemput_buf *out, const struct jemput_row *row, const struct jemput_table *table, const struct jemput_view *view,
                             const struct palette *p, uint32_t main_place)
{
    uint32_t next = 0;

    for (uint32_t g = 0; g < row_registers_filled(row); g++) {
        const struct jemput_register *r = &row->registers[g];

        if (r->write_count == 1 && r->writes[0].version == p->entries[main_place].version)
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
}

static void write_deletes(struct jemput_buf *out, const struct jemput_row *row, const struct palette *p)
{
    uint32_t next_place = 0;

    if (row->delete_count == 0)
        return;
    jemput_buf_varint(out, row->delete_count - 1);
    for (uint32_t i = 0; i < row->delete_count; i++) {
        uint32_t place = palette_place(p, row->deletes[i]);

        jemput_buf_varint(out, place - next_place);
        next_place = place + 1;
    }
}

static void write_versions(struct jemput_buf *out, const struct palette *p)
{
    for (uint32_t i = 0; i < p->count; i++)
        jemput_buf_varint(out, i == 0 ? p->entries[0].version : p->entries[i].version - p->entries[i - 1].version - 1);
}

void jemput_row_write(struct jemput_buf *out, const struct jemput_row *row, const struct jemput_table *table, const struct jemput_view *view,
                      bool in_table)
{
    struct palette p;
    uint32_t filled = row_registers_filled(row), main_place, flags;
    bool created_lowest;

    in_table = in_table && filled > 0;
    if (in_table && row_is_uniform(row, table))
        return;
    if (!palette_collect(&p, row, in_table)) {
        if (!out->failed)
            out->failed = JEMPUT_NOMEM;
        palette_release(&p);
        return;
    }
    main_place = palette_main(p.entries, p.count);
    created_lowest = row->created && p.entries[0].version == row->created;
    flags = (in_table ? STATE_IN_TABLE : 0) | (created_lowest ? STATE_CREATED_LOWEST : 0) | (row->delete_count ? STATE_HAS_DELETES : 0) |
            (main_place ? STATE_MAIN_NAMED : 0);

    jemput_buf_varint(out, (uint64_t)p.count << STATE_FLAG_BITS | flags);
    write_versions(out, &p);
    if (!created_lowest)
        jemput_buf_varint(out, row->created ? palette_place(&p, row->created) : 0);
    write_deletes(out, row, &p);
    jemput_buf_varint(out, filled);
    if (main_place)
        jemput_buf_varint(out, main_place);
    if (in_table)
        write_exceptions(out, row, table, view, &p, main_place);
    for (uint32_t g = 0; g < filled && !in_table; g++) {
        jemput_buf_varint(out, row->registers[g].write_count);
        write_register(out, &row->registers[g], &p, 0, jemput_shape_columns(table, g));
    }
    palette_release(&p);
}

/* --- reading --- */

struct state_reader {
    struct jemput_reader in;
    const struct jemput_table *table;
    struct jemput_arena *arena;
    struct jemput_error *err;
    struct palette_entry *entries;
    uint32_t count; /* of entries */
    uint32_t flags;
    struct jemput_row row;
    uint32_t filled;
};

static enum jemput_status state_corrupt(struct state_reader *r, const char *what)
{
    return jemput_fail(r->err, JEMPUT_CORRUPT, "row state: %s", r->in.overrun ? "cut short, or a malformed number or value" : what);
}

static enum jemput_status state_nomem(struct state_reader *r)
{
    return jemput_fail(r->err, JEMPUT_NOMEM, "row state: no memory");
}

static bool state_in_table(const struct state_reader *r)
{
    return r->flags & STATE_IN_TABLE;
}

/* The version at a place `gap` behind *next_place, which moves behind it; 0 = there is none. */
static uint64_t state_version(struct state_reader *r, uint32_t *next_place, uint64_t gap)
{
    struct palette_entry *entry;

    if (*next_place > r->count || gap >= r->count - *next_place)
        return 0;
    entry = &r->entries[*next_place + gap];
    entry->used = true;
    *next_place += (uint32_t)gap + 1;
    return entry->version;
}

static enum jemput_status read_versions(struct state_reader *r)
{
    uint64_t head = jemput_read_varint(&r->in);
    uint64_t count = head >> STATE_FLAG_BITS, version = 0;

    r->flags = head & ((1U << STATE_FLAG_BITS) - 1);
    if (r->in.overrun || count > r->in.rest.len) /* each takes a byte at least */
        return state_corrupt(r, "more versions than bytes");
    r->count = (uint32_t)count;
    r->entries = jemput_arena_array(r->arena, r->count, sizeof *r->entries);
    if (!r->entries)
        return state_nomem(r);
    for (uint32_t i = 0; i < r->count; i++) {
        uint64_t gap = jemput_read_varint(&r->in);

        if (i == 0 ? gap == 0 : gap >= UINT64_MAX - version)
            return state_corrupt(r, "a version is 0 or too large");
        version = i == 0 ? gap : version + gap + 1;
        r->entries[i].version = version;
    }
    return JEMPUT_OK;
}

static enum jemput_status read_life(struct state_reader *r)
{
    uint32_t place = 0;
    uint64_t count;

    if (r->flags & STATE_CREATED_LOWEST) {
        r->row.created = state_version(r, &place, 0);
        if (!r->row.created)
            return state_corrupt(r, "created names no version");
    } else {
        uint64_t created = jemput_read_varint(&r->in);

        if (created > 0) {
            r->row.created = state_version(r, &place, created);
            if (!r->row.created)
                return state_corrupt(r, "created names no version");
        }
    }
    if (!(r->flags & STATE_HAS_DELETES))
        return JEMPUT_OK;
    count = jemput_read_varint(&r->in);
    if (count >= r->count)
        return state_corrupt(r, "more deletes than versions");
    r->row.delete_count = (uint32_t)count + 1;
    r->row.deletes = jemput_arena_array(r->arena, r->row.delete_count, sizeof *r->row.deletes);
    if (!r->row.deletes)
        return state_nomem(r);
    place = 0;
    for (uint32_t i = 0; i < r->row.delete_count; i++) {
        r->row.deletes[i] = state_version(r, &place, jemput_read_varint(&r->in));
        if (!r->row.deletes[i])
            return state_corrupt(r, "a delete names no version");
    }
    return JEMPUT_OK;
}

static enum jemput_status read_values(struct state_reader *r, struct jemput_write *write, uint32_t column_count)
{
    uint64_t count = jemput_read_varint(&r->in);

    if (count > column_count)
        return state_corrupt(r, "a write has more values than its group has columns");
    write->values = jemput_arena_array(r->arena, column_count, sizeof *write->values);
    if (!write->values)
        return state_nomem(r);
    for (uint32_t i = 0; i < count; i++)
        jemput_value_read(&r->in, &write->values[i]);
    if (r->in.overrun || (count > 0 && write->values[count - 1].type == JEMPUT_NULL))
        return state_corrupt(r, "a write's last value is NULL");
    return JEMPUT_OK;
}

/* shown_place: the write whose values the table holds; UINT64_MAX = none. */
static enum jemput_status read_register(struct state_reader *r, uint32_t group, uint64_t write_count, uint64_t shown_place)
{
    struct jemput_register *out = &r->row.registers[group];
    uint32_t place = 0, with_values = 0;

    if (write_count > r->count)
        return state_corrupt(r, "more writes than versions");
    out->writes = jemput_arena_array(r->arena, (size_t)write_count, sizeof *out->writes);
    if (!out->writes)
        return state_nomem(r);
    out->write_count = (uint32_t)write_count;
    for (uint32_t i = 0; i < out->write_count; i++) {
        struct jemput_write *write = &out->writes[i];
        uint64_t word = jemput_read_varint(&r->in);

        write->version = state_version(r, &place, word >> 1);
        write->in_table = i == shown_place;
        if (!write->version)
            return state_corrupt(r, "a write names no version");
        if (write->in_table && (word & 1))
            return state_corrupt(r, "a write in the table has values");
        if (word & 1) {
            enum jemput_status st = read_values(r, write, jemput_shape_columns(r->table, group));

            if (st)
                return st;
            with_values++;
        }
    }
    if (!state_in_table(r) && out->write_count > 0 && with_values == 0)
        return state_corrupt(r, "a group has lost its values");
    return JEMPUT_OK;
}

/* One register that differs from the main version. */
static enum jemput_status read_exception(struct state_reader *r, uint32_t *next, uint32_t main_place)
{
    uint64_t word = jemput_read_varint(&r->in), count, shown;
    uint32_t group, place = 0;

    if (word >> 1 >= r->filled - *next)
        return state_corrupt(r, "a register is beyond the last");
    group = *next + (uint32_t)(word >> 1);
    *next = group + 1;
    if (!(word & 1)) {
        uint64_t at = jemput_read_varint(&r->in), version = state_version(r, &place, at);

        if (!version || at == main_place)
            return state_corrupt(r, "a register names no version, or the main one");
        r->entries[at].singles++;
        r->row.registers[group].writes[0] = (struct jemput_write){ .version = version, .in_table = true };
        return JEMPUT_OK;
    }
    count = jemput_read_varint(&r->in);
    r->row.registers[group] = (struct jemput_register){ 0 };
    if (count == 0)
        return group + 1 < r->filled && !r->in.overrun ? JEMPUT_OK : state_corrupt(r, "the last register is empty");
    shown = jemput_read_varint(&r->in);
    if (count == 1 || shown >= count)
        return state_corrupt(r, "a register has one write where several are said to be, or its shown write is none of them");
    return read_register(r, group, count, shown);
}

static enum jemput_status read_registers_in_table(struct state_reader *r)
{
    struct jemput_write *writes = jemput_arena_array(r->arena, r->filled, sizeof *writes);
    uint64_t main_place = r->flags & STATE_MAIN_NAMED ? jemput_read_varint(&r->in) : 0;
    uint32_t next = 0;

    if (!writes)
        return state_nomem(r);
    if (r->in.overrun || r->filled == 0 || main_place >= r->count || (r->flags & STATE_MAIN_NAMED && main_place == 0))
        return state_corrupt(r, "the main version is none");
    for (uint32_t g = 0; g < r->filled; g++) {
        writes[g] = (struct jemput_write){ .version = r->entries[main_place].version, .in_table = true };
        r->row.registers[g] = (struct jemput_register){ .write_count = 1, .writes = &writes[g] };
    }
    while (r->in.rest.len > 0 && !r->in.overrun) {
        enum jemput_status st = read_exception(r, &next, (uint32_t)main_place);

        if (st)
            return st;
    }
    for (uint32_t g = 0; g < r->filled; g++) {
        if (r->row.registers[g].write_count == 1 && r->row.registers[g].writes[0].version == r->entries[main_place].version)
            r->entries[main_place].singles++;
    }
    if (palette_main(r->entries, r->count) != main_place)
        return state_corrupt(r, "another version fills more registers than the main one");
    if (r->entries[main_place].singles > 0)
        r->entries[main_place].used = true;
    return JEMPUT_OK;
}

static enum jemput_status read_registers_apart(struct state_reader *r)
{
    if (r->flags & STATE_MAIN_NAMED)
        return state_corrupt(r, "a main version for a row that is not in the table");
    for (uint32_t g = 0; g < r->filled; g++) {
        uint64_t count = jemput_read_varint(&r->in);
        enum jemput_status st = read_register(r, g, count, UINT64_MAX);

        if (st)
            return st;
    }
    if (r->filled > 0 && r->row.registers[r->filled - 1].write_count == 0)
        return state_corrupt(r, "the last register is empty");
    return JEMPUT_OK;
}

static enum jemput_status read_registers(struct state_reader *r)
{
    uint64_t filled = jemput_read_varint(&r->in);
    enum jemput_status st;

    if (filled > jemput_shape_registers(r->table))
        return state_corrupt(r, "more registers than the table has groups");
    r->filled = (uint32_t)filled;
    r->row.group_count = r->table->group_count;
    r->row.registers = jemput_arena_array(r->arena, jemput_shape_registers(r->table), sizeof *r->row.registers);
    if (!r->row.registers)
        return state_nomem(r);
    st = state_in_table(r) ? read_registers_in_table(r) : read_registers_apart(r);
    if (st)
        return st;
    for (uint32_t i = 0; i < r->count; i++) {
        if (!r->entries[i].used)
            return state_corrupt(r, "a version that nothing names");
    }
    if (state_in_table(r) && row_is_uniform(&r->row, r->table))
        return state_corrupt(r, "a uniform state is written as 0 bytes");
    return JEMPUT_OK;
}

enum jemput_status jemput_row_read(struct jemput_row *out, struct jemput_bytes in, const struct jemput_table *table, struct jemput_arena *arena,
                                   struct jemput_error *err)
{
    struct state_reader r = { .in = { .rest = in }, .table = table, .arena = arena, .err = err };
    enum jemput_status st = read_versions(&r);

    if (!st)
        st = read_life(&r);
    if (!st)
        st = read_registers(&r);
    if (st)
        return st;
    if (r.in.overrun || r.in.rest.len > 0)
        return state_corrupt(&r, "bytes follow the end");
    *out = r.row;
    return JEMPUT_OK;
}
