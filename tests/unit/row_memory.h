/* unit/row_memory.h — a history (row_play.h) merged and shown with each allocation failing once. */
#ifndef TESTS_UNIT_ROW_MEMORY_H
#define TESTS_UNIT_ROW_MEMORY_H

#include "row_play.h"
#include "../support/fault_alloc.h"

enum { ARENA_PIECE = 4096 };

/* An arena asks for memory in large pieces: with `room` bytes left of its first one (and some further pieces to come), each place of an allocation
 * comes to be the one that fails. */
static inline void arena_leave_room(struct jemput_arena *arena, size_t room)
{
    do {
        assert_non_null(jemput_arena_alloc(arena, 1));
    } while (arena->total_bytes - arena->used_bytes > room);
}

/* What fails leaves the row as it was. */
static inline enum jemput_status merge_without_memory(struct world *w, struct jemput_row *row, unsigned index, struct jemput_arena *arena)
{
    struct jemput_causality causality = history_causality(&w->h);
    const struct act *a = &w->h.acts[index];
    struct jemput_row before = *row;
    struct jemput_register registers[GROUPS];
    struct jemput_error err;
    enum jemput_status st;

    memcpy(registers, row->registers, row->group_count * sizeof *registers);
    st = jemput_row_merge(row, w->h.table, &causality, &a->change, a->version, arena, &err);
    if (st) {
        assert_memory_equal(&before, row, sizeof before);
        assert_memory_equal(registers, row->registers, row->group_count * sizeof *registers);
    }
    return st;
}

static inline enum jemput_status play_without_memory(struct world *w, struct jemput_arena *arena)
{
    struct jemput_causality causality = history_causality(&w->h);
    struct jemput_row row = { 0 };
    struct jemput_view view = { 0 };
    struct jemput_error err;
    enum jemput_status st = jemput_row_uniform(&row, w->h.table, w->h.acts[0].version, arena, &err);

    if (st)
        assert_null(row.registers);
    if (!st && w->h.table->merges_values)
        st = jemput_row_fill(&row, w->h.table, w->table_row, arena, &err);
    for (unsigned i = 1; i < w->h.act_count && !st; i++)
        st = merge_without_memory(w, &row, i, arena);
    if (!st)
        st = jemput_row_fill(&row, w->h.table, w->table_row, arena, &err);
    if (!st) {
        st = jemput_row_show(&view, &row, w->h.table, &causality, arena, &err);
        assert_true((st == JEMPUT_OK) == (view.shown != NULL));
    }
    return st;
}

/* Returns whether the history got through. `sticky`: once there is no memory, there is none any more. */
static inline bool play_with_room(struct world *w, size_t room, bool sticky, struct fault_alloc *mem)
{
    struct jemput_arena arena = { 0 };
    enum jemput_status st;

    arena_leave_room(&arena, room % ARENA_PIECE);
    fault_alloc_arm(mem, room / ARENA_PIECE, sticky);
    st = play_without_memory(w, &arena);
    fault_alloc_disarm(mem);
    assert_int_equal(st, mem->failures ? JEMPUT_NOMEM : JEMPUT_OK);
    jemput_arena_release(&arena);
    assert_int_equal(mem->live_blocks, 0);
    return mem->failures == 0;
}

/* Returns how many allocations there were to fail. The history's first act is an insert of every group, and in the table. */
static inline unsigned world_fails_at_every_allocation(struct world *w)
{
    struct fault_alloc mem;
    unsigned failures = 0;

    for (uint16_t c = 0; c < w->h.table->column_count; c++)
        w->table_row[c] = act_value(&w->h.acts[0], c);
    fault_alloc_install(&mem);
    for (int sticky = 0; sticky < 2; sticky++) {
        for (size_t room = 0; !play_with_room(w, room, sticky, &mem); room += 16)
            failures++;
    }
    assert_int_equal(fault_alloc_uninstall(&mem), 0);
    return failures;
}

#endif
