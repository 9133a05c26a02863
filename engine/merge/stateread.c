/* merge/stateread.c — a row's merge state from bytes (schema/formats/row-state.md). What jemput_row_write would not have written is refused. */
#include "merge/state.h"

struct state_reader {
    struct jemput_reader in;
    const struct jemput_table *table;
    struct jemput_arena *arena;
    struct jemput_error *err;
    struct state_entry *entries;
    uint32_t count; /* of entries */
    uint32_t flags;
    struct jemput_row row;
    uint32_t filled;
    bool has_extras, has_inserts;
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
    struct state_entry *entry;

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

/* --- registers --- */

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

static enum jemput_status register_reserve(struct state_reader *r, uint32_t group, uint64_t write_count)
{
    struct jemput_register *out = &r->row.registers[group];

    if (write_count > r->count)
        return state_corrupt(r, "more writes than versions");
    out->writes = jemput_arena_array(r->arena, (size_t)write_count, sizeof *out->writes);
    if (!out->writes)
        return state_nomem(r);
    out->write_count = (uint32_t)write_count;
    return JEMPUT_OK;
}

/* shown_place: the write whose values the table holds; UINT64_MAX = none. */
static enum jemput_status read_register(struct state_reader *r, uint32_t group, uint64_t write_count, uint64_t shown_place)
{
    struct jemput_register *out = &r->row.registers[group];
    uint32_t place = 0, with_values = 0;
    enum jemput_status st = register_reserve(r, group, write_count);

    for (uint32_t i = 0; !st && i < out->write_count; i++) {
        struct jemput_write *write = &out->writes[i];
        uint64_t word = jemput_read_varint(&r->in);

        write->version = state_version(r, &place, word >> 1);
        write->in_table = i == shown_place;
        if (!write->version)
            return state_corrupt(r, "a write names no version");
        if (write->in_table && (word & 1))
            return state_corrupt(r, "a write in the table has values");
        if (word & 1) {
            st = read_values(r, write, jemput_shape_columns(r->table, group));
            with_values++;
        }
    }
    if (!st && !state_in_table(r) && out->write_count > 0 && with_values == 0)
        return state_corrupt(r, "a group has lost its values");
    return st;
}

static enum jemput_status read_counter(struct state_reader *r, uint32_t group)
{
    struct jemput_register *out = &r->row.registers[group];
    enum jemput_status st = register_reserve(r, group, jemput_read_varint(&r->in));
    struct jemput_value *sums;
    uint32_t place = 0;

    if (st)
        return st;
    sums = jemput_arena_array(r->arena, out->write_count, sizeof *sums);
    if (!sums)
        return state_nomem(r);
    for (uint32_t i = 0; i < out->write_count; i++) {
        out->writes[i].version = state_version(r, &place, jemput_read_varint(&r->in));
        if (!out->writes[i].version)
            return state_corrupt(r, "a counter's entry names no version");
        sums[i] = (struct jemput_value){ .type = JEMPUT_INTEGER, .integer = jemput_read_zigzag(&r->in) };
        out->writes[i].values = &sums[i];
    }
    return JEMPUT_OK;
}

/* One register that differs from the main version; or, behind the last of them, the word that says that extras follow. */
static enum jemput_status read_exception(struct state_reader *r, uint32_t *next, uint32_t main_place)
{
    uint64_t word = jemput_read_varint(&r->in), count, shown;
    uint32_t group, place = 0;

    if (word == (uint64_t)(r->filled - *next) << 1) {
        r->has_extras = true;
        return JEMPUT_OK;
    }
    if (word >> 1 >= r->filled - *next)
        return state_corrupt(r, "a register is beyond the last");
    group = *next + (uint32_t)(word >> 1);
    *next = group + 1;
    if (state_counts(r->table, group))
        return state_corrupt(r, "a counter is among the other registers");
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
        return JEMPUT_OK;
    shown = jemput_read_varint(&r->in);
    if (count == 1 || shown >= count)
        return state_corrupt(r, "a register has one write where several were announced, or its shown write is out of range");
    return read_register(r, group, count, shown);
}

/* Counters are there; the others hold the main version until an exception says otherwise. */
static enum jemput_status registers_begin(struct state_reader *r, uint64_t main_version)
{
    struct jemput_write *writes = jemput_arena_array(r->arena, r->filled, sizeof *writes);
    enum jemput_status st = JEMPUT_OK;

    if (!writes)
        return state_nomem(r);
    for (uint32_t g = 0; !st && g < r->filled; g++) {
        if (state_counts(r->table, g)) {
            st = read_counter(r, g);
            continue;
        }
        writes[g] = (struct jemput_write){ .version = main_version, .in_table = true };
        r->row.registers[g] = (struct jemput_register){ .write_count = 1, .writes = &writes[g] };
    }
    return st;
}

static enum jemput_status read_registers_in_table(struct state_reader *r)
{
    uint64_t main_place = r->flags & STATE_MAIN_NAMED ? jemput_read_varint(&r->in) : 0;
    struct state_entry *main_entry;
    enum jemput_status st;
    uint32_t next = 0;

    if (r->in.overrun || r->filled == 0 || main_place >= r->count || (r->flags & STATE_MAIN_NAMED && main_place == 0))
        return state_corrupt(r, "the main version is missing or out of range");
    main_entry = &r->entries[main_place];
    st = registers_begin(r, main_entry->version);
    while (!st && r->in.rest.len > 0 && !r->in.overrun && !r->has_extras)
        st = read_exception(r, &next, (uint32_t)main_place);
    if (st)
        return st;
    for (uint32_t g = 0; g < r->filled; g++) {
        const struct jemput_register *known = &r->row.registers[g];

        if (known->write_count == 1 && known->writes[0].version == main_entry->version && !state_counts(r->table, g))
            main_entry->singles++;
    }
    if (state_main(r->entries, r->count) != main_place)
        return state_corrupt(r, "another version fills more registers than the main one");
    if (main_entry->singles > 0)
        main_entry->used = true;
    return JEMPUT_OK;
}

static enum jemput_status read_registers_apart(struct state_reader *r)
{
    if (r->flags & STATE_MAIN_NAMED)
        return state_corrupt(r, "a main version for a row that is not in the table");
    for (uint32_t g = 0; g < r->filled; g++) {
        enum jemput_status st =
            state_counts(r->table, g) ? read_counter(r, g) : read_register(r, g, jemput_read_varint(&r->in), UINT64_MAX);

        if (st)
            return st;
    }
    r->has_extras = r->in.rest.len > 0;
    return JEMPUT_OK;
}

/* --- what few rows have --- */

static enum jemput_status read_spares(struct state_reader *r, struct jemput_write *write)
{
    uint64_t count = jemput_read_varint(&r->in);

    if (r->in.overrun || count >= r->in.rest.len / STATE_NAME_BYTES)
        return state_corrupt(r, "more spares than bytes");
    write->spare_count = (uint32_t)count + 1;
    write->spares = jemput_arena_array(r->arena, write->spare_count, sizeof *write->spares);
    if (!write->spares)
        return state_nomem(r);
    for (uint32_t i = 0; i < write->spare_count; i++) {
        write->spares[i].stamp = jemput_read_u64le(&r->in);
        jemput_read_raw(&r->in, write->spares[i].writer.id, JEMPUT_WRITER_BYTES);
        if (i > 0 && jemput_txn_name_compare(&write->spares[i - 1], &write->spares[i]) >= 0)
            return state_corrupt(r, "the spares of a write do not ascend");
    }
    return JEMPUT_OK;
}

struct write_cursor { /* behind a write, in the order of the registers */
    uint32_t group, index;
};

/* The write `gap` behind the cursor, which moves behind it; NULL = there is none. */
static struct jemput_write *cursor_next(const struct state_reader *r, struct write_cursor *c, uint64_t gap)
{
    for (; c->group < r->filled; c->group++, c->index = 0) {
        const struct jemput_register *known = &r->row.registers[c->group];
        uint32_t left = known->write_count - c->index;

        if (gap < left) {
            c->index += (uint32_t)gap + 1;
            return &known->writes[c->index - 1];
        }
        gap -= left;
    }
    return NULL;
}

static enum jemput_status read_spared_writes(struct state_reader *r, uint64_t count)
{
    struct write_cursor cursor = { 0 };

    for (uint64_t i = 0; i < count; i++) {
        struct jemput_write *write = cursor_next(r, &cursor, jemput_read_varint(&r->in));
        enum jemput_status st;

        if (!write || state_counts(r->table, cursor.group))
            return state_corrupt(r, "spares of no write, or of a counter's");
        st = read_spares(r, write);
        if (st)
            return st;
    }
    return JEMPUT_OK;
}

static enum jemput_status read_successors(struct state_reader *r, uint64_t count)
{
    uint32_t next = 0;

    if (count == 0)
        return JEMPUT_OK;
    r->row.successors = jemput_arena_array(r->arena, r->row.delete_count, sizeof *r->row.successors);
    if (!r->row.successors)
        return state_nomem(r);
    for (uint64_t i = 0; i < count; i++) {
        uint64_t gap = jemput_read_varint(&r->in);

        if (r->in.overrun || gap >= r->row.delete_count - next)
            return state_corrupt(r, "a successor of no delete");
        next += (uint32_t)gap + 1;
        r->row.successors[next - 1] = jemput_read_sized(&r->in);
        if (r->row.successors[next - 1].len == 0)
            return state_corrupt(r, "a successor without a key");
    }
    return JEMPUT_OK;
}

/* To the end of the bytes. */
static enum jemput_status read_inserts(struct state_reader *r)
{
    uint32_t place = 0;

    while (r->in.rest.len > 0) {
        uint64_t version = state_version(r, &place, jemput_read_varint(&r->in));

        if (r->in.overrun || !version || version == r->row.created || !r->row.created)
            return state_corrupt(r, "an insert names no version, or the one that created the row");
        r->entries[place - 1].inserted = true;
    }
    return JEMPUT_OK;
}

static enum jemput_status read_extras(struct state_reader *r)
{
    uint64_t spared_count = jemput_read_varint(&r->in), successor_count = 0;
    enum jemput_status st = read_spared_writes(r, spared_count);

    if (!st && r->flags & STATE_HAS_DELETES) {
        successor_count = jemput_read_varint(&r->in);
        st = read_successors(r, successor_count);
    }
    r->has_inserts = r->in.rest.len > 0;
    if (!st && spared_count == 0 && successor_count == 0 && !r->has_inserts)
        return state_corrupt(r, "extras that say nothing");
    return st ? st : read_inserts(r);
}

/* --- inserts --- */

static struct state_entry *entry_of(const struct state_reader *r, uint64_t version)
{
    uint32_t low = 0, high = r->count;

    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;

        if (r->entries[middle].version <= version)
            low = middle;
        else
            high = middle;
    }
    return &r->entries[low];
}

/* The writes that inserted the row: of `created`, and of those among the extras, each of which must have written something. */
static enum jemput_status inserts_mark(struct state_reader *r)
{
    for (uint32_t g = 0; g < r->filled; g++) {
        struct jemput_register *known = &r->row.registers[g];

        for (uint32_t i = 0; i < known->write_count && !state_counts(r->table, g); i++) {
            struct state_entry *entry = r->has_inserts ? entry_of(r, known->writes[i].version) : NULL;

            known->writes[i].inserted = known->writes[i].version == r->row.created || (entry && entry->inserted);
            if (entry)
                entry->wrote = true;
        }
    }
    for (uint32_t i = 0; r->has_inserts && i < r->count; i++) {
        if (r->entries[i].inserted && !r->entries[i].wrote)
            return state_corrupt(r, "an insert that wrote nothing");
    }
    return JEMPUT_OK;
}

/* --- the whole --- */

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
    if (!st && r->filled > 0 && r->row.registers[r->filled - 1].write_count == 0)
        return state_corrupt(r, "the last register is empty");
    for (uint32_t i = 0; !st && i < r->count; i++) {
        if (!r->entries[i].used)
            return state_corrupt(r, "a version that nothing names");
    }
    return st;
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
    if (!st && r.has_extras)
        st = read_extras(&r);
    if (!st)
        st = inserts_mark(&r);
    if (st)
        return st;
    if (state_in_table(&r) && state_is_uniform(&r.row, table))
        return state_corrupt(&r, "a uniform state is written as 0 bytes");
    if (r.in.overrun || r.in.rest.len > 0)
        return state_corrupt(&r, "bytes follow the end");
    *out = r.row;
    return JEMPUT_OK;
}
