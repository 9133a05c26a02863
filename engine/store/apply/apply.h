/* store/apply/apply.h — merging's parts among themselves: a row's merge state in the file, a batch of merging, and the pass over held rows. */
#ifndef JEMPUT_STORE_APPLY_APPLY_H
#define JEMPUT_STORE_APPLY_APPLY_H

#include "store/apply/applier.h"

#define JEMPUT_VERSION_SCHEMA 1 /* of rows that came with the schema: every transaction has seen them */

enum { /* bits of jemput_row.state; 0 is kept as NULL, which the index on it leaves out */
    JEMPUT_ROW_CONFLICT = 1,   /* concurrent writes with different values */
    JEMPUT_ROW_HELD = 2,       /* alive, but a constraint keeps it out of the table: jemput_withheld says which */
    JEMPUT_ROW_ABSENT = 4,     /* not alive: deleted, or its insert has not come yet */
    JEMPUT_ROW_REVIVED = 8,    /* alive although it was deleted concurrently */
    JEMPUT_ROW_RESTORED = 16,  /* deleted, and in the table all the same: what needs it was written meanwhile */
    JEMPUT_ROW_SUCCEEDED = 32, /* a deletion of it, whether or not it is there again, names the row that goes on in its place */
    JEMPUT_ROW_CASCADED = 64   /* with ABSENT: alive, and gone with its parent, as the schema declares */
};

enum jemput_fault { /* jemput_withheld.fault: why a row is held */
    JEMPUT_FAULT_OTHER = 0,    /* another row keeps it out */
    JEMPUT_FAULT_OWN = 1,      /* NOT NULL or CHECK: nothing but a change of the row itself helps */
    JEMPUT_FAULT_UNKNOWN = 2,  /* not looked at yet */
    JEMPUT_FAULT_REFUSED = 3,  /* SQLite refused it for a reason that is no claim (constraint.c) */
    /* it is not held, but other rows may change what becomes of it, so the pass must find it */
    JEMPUT_FAULT_RESTORED = 4,
    JEMPUT_FAULT_CASCADED = 5,
    JEMPUT_FAULT_RETURNED = 6  /* alive again, and rows that its deletion took along may come back with it */
};

/* --- one row's merge state (apply/row_state.c) --- */

struct jemput_known {
    bool known;      /* some change of it was merged before */
    bool born;       /* known by its birth alone */
    bool shown;      /* the table has it */
    unsigned state;
    struct jemput_row row;
};

/* Read and decode. A row that the table has although no change of it was merged came with the schema (`own`: one that an own change
 * names must have, whatever the table holds by now). */
enum jemput_status jemput_known_read(struct jemput_store *store, struct jemput_applier *a, struct jemput_bytes key, bool own,
                                     struct jemput_known *out, struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_known_write(struct jemput_store *store, struct jemput_applier *a, struct jemput_bytes key, const struct jemput_row *row,
                                      const struct jemput_view *view, unsigned state, bool in_table, struct jemput_error *err) JEMPUT_MUST_USE;
/* a->row and a->has from what a view shows (all groups, or only those that are not in the table yet). */
enum jemput_status jemput_view_take(struct jemput_applier *a, struct jemput_bytes key, const struct jemput_view *view, bool changed_only,
                                    struct jemput_error *err) JEMPUT_MUST_USE;
/* Step `stmt`, which takes (table, key) as its first parameters and gives the row after them: tbl, key, and what the caller reads then, who resets
 * it. table, key and *a move on to that row; *done: there is none. */
enum jemput_status jemput_row_step(struct jemput_store *store, sqlite3_stmt *stmt, int64_t *table, struct jemput_buf *key, struct jemput_applier **a,
                                   bool *done, struct jemput_error *err) JEMPUT_MUST_USE;
/* JEMPUT_ROW_SUCCEEDED if some delete names a successor, else 0. */
static inline unsigned jemput_succeeded_state(const struct jemput_row *row)
{
    for (uint32_t i = 0; row->successors && i < row->delete_count; i++)
        if (row->successors[i].len)
            return JEMPUT_ROW_SUCCEEDED;
    return 0;
}
static inline unsigned jemput_view_state(const struct jemput_view *view)
{
    return (view->conflict ? (unsigned)JEMPUT_ROW_CONFLICT : 0u) | (view->edit_over_delete ? (unsigned)JEMPUT_ROW_REVIVED : 0u);
}

/* What the row held before an own transaction's change of it, as capture kept it where it may be needed (record.c): by column; NULL = not kept.
 * Columns that came later are NULL values. In the arena. */
enum jemput_status jemput_before_read(struct jemput_store *store, jemput_stamp stamp, struct jemput_applier *a, struct jemput_bytes key,
                                      struct jemput_value **out, struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- a batch --- */

struct jemput_row_name { /* names a row; the key in the batch's arena */
    struct jemput_applier *applier;
    struct jemput_bytes key;
};
struct jemput_row_names {
    uint32_t count, room;
    struct jemput_row_name *names;
};

struct jemput_newrows { /* inserts that wait to be written together (apply/new_row.c) */
    struct jemput_applier *applier;
    unsigned count;
    struct jemput_entry of[JEMPUT_INSERT_MANY];
};

struct jemput_batch {
    struct jemput_store *store;
    struct jemput_appliers *appliers;
    struct jemput_causality causality;
    struct jemput_arena arena; /* of the batch */
    struct jemput_arena row;   /* of the row at hand */
    struct jemput_row_names dangling; /* rows whose parents must be looked at when all changes are in */
    struct jemput_row_names orphans;  /* those of them whose parents are missing: shown for the moment */
    struct jemput_row_names returned; /* rows that are alive and were deleted once */
    struct jemput_row_names withheld; /* rows that this batch has held */
    struct jemput_newrows new_rows;
    bool partial; /* the pass looks only at held rows that wait for something in `touched` or `judged` (constraint/pass_partial.c) */
    const struct jemput_apply *touched;
    uint32_t touched_count;
    struct jemput_row_names judged; /* rows that are judged again, though nothing is merged into them (early.c) */
    struct jemput_merge_counts counts;
};

enum jemput_status jemput_batch_begin(struct jemput_batch *b, struct jemput_store *store, struct jemput_error *err) JEMPUT_MUST_USE;
/* Bring the table and jemput_row in line with known->row (apply.c). */
enum jemput_status jemput_batch_follow(struct jemput_batch *b, struct jemput_applier *a, struct jemput_bytes key, struct jemput_known *known,
                                       struct jemput_error *err) JEMPUT_MUST_USE;
/* The changes of segments, sorted by table, key, version (entry.c). In the batch's arena. */
enum jemput_status jemput_entries_make(struct jemput_entry **out, size_t *entry_count, struct jemput_batch *b, const struct jemput_apply *segments,
                                       uint32_t segment_count, struct jemput_error *err) JEMPUT_MUST_USE;
/* Sort by number, table, key, version. `spare` has room for as many. */
void jemput_entries_sort(struct jemput_entry *entries, struct jemput_entry *spare, size_t count);
/* Merge one change, whatever is known of its row (apply.c). */
enum jemput_status jemput_change_merge(struct jemput_batch *b, struct jemput_applier *a, const struct jemput_entry *entry,
                                       struct jemput_error *err) JEMPUT_MUST_USE;
/* Are the parents of the row in a->row there? If not yet, look again when all changes are in. */
enum jemput_status jemput_batch_parents(struct jemput_batch *b, struct jemput_applier *a, struct jemput_bytes key,
                                        struct jemput_error *err) JEMPUT_MUST_USE;
/* What is merged now. The pass may keep to it, unless rows were written otherwise that no pass has seen yet. */
enum jemput_status jemput_batch_touches(struct jemput_batch *b, const struct jemput_apply *segments, uint32_t count,
                                        struct jemput_error *err) JEMPUT_MUST_USE;
/* Causality has learned more of a row's writes: forget what these had seen, and bring the table in line (apply.c). */
enum jemput_status jemput_batch_judge(struct jemput_batch *b, struct jemput_applier *a, struct jemput_bytes key,
                                      struct jemput_error *err) JEMPUT_MUST_USE;
/* Look at foreign keys, then at held rows. */
enum jemput_status jemput_batch_end(struct jemput_batch *b, struct jemput_error *err) JEMPUT_MUST_USE;
void jemput_batch_release(struct jemput_batch *b);
enum jemput_status jemput_names_add(struct jemput_row_names *names, struct jemput_arena *arena, struct jemput_applier *a, struct jemput_bytes key,
                                    struct jemput_error *err) JEMPUT_MUST_USE;
/* Note the shown children of the parent row in a->row, which leaves the table or has given up the values that they name. */
enum jemput_status jemput_batch_children(struct jemput_batch *b, struct jemput_applier *a, bool by_key, struct jemput_error *err) JEMPUT_MUST_USE;

/* Note in b->dangling what an own change, whose state is written already, has left without a parent, or may have (constraint/own_orphan.c). */
enum jemput_status jemput_own_orphans(struct jemput_batch *b, const struct jemput_change *change, jemput_stamp stamp,
                                      struct jemput_error *err) JEMPUT_MUST_USE;

/* --- held rows, and others whose fate is open (held.c) --- */

struct jemput_withheld { /* an entry of jemput_withheld */
    enum jemput_fault fault;
    const char *reason;              /* "UNIQUE orang.nik"; "" = none */
    uint32_t against;                /* table of the row that stands against it: what has its claim, or the parent that is not shown; 0 = none */
    struct jemput_bytes against_key; /* empty: it is not known by its key */
};

/* Keep a row out of the table: its state (all values in it) and the reason. The table has it no more. */
enum jemput_status jemput_hold(struct jemput_batch *b, struct jemput_applier *a, struct jemput_bytes key, const struct jemput_row *row,
                               const struct jemput_view *view, enum jemput_fault fault, const char *reason, struct jemput_error *err) JEMPUT_MUST_USE;
/* Take a row that the table has out of it, and hold it. */
enum jemput_status jemput_eject(struct jemput_batch *b, struct jemput_applier *a, struct jemput_bytes key, struct jemput_row *row,
                                enum jemput_fault fault, const char *reason, struct jemput_error *err) JEMPUT_MUST_USE;
/* A row of this state is no longer held, or otherwise open: its entry goes, and what was held counts as let in. */
enum jemput_status jemput_open_drop(struct jemput_batch *b, struct jemput_applier *a, struct jemput_bytes key, unsigned state,
                                    struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_withheld_put(struct jemput_batch *b, const struct jemput_applier *a, struct jemput_bytes key,
                                       const struct jemput_withheld *entry, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_withheld_drop(struct jemput_batch *b, const struct jemput_applier *a, struct jemput_bytes key,
                                        struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_open_count(struct jemput_store *store, int64_t *out, struct jemput_error *err) JEMPUT_MUST_USE;
/* Decide anew what becomes of the rows whose fate is open, and of those that stand or fall with them (pass.h). */
enum jemput_status jemput_pass(struct jemput_batch *b, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
