/* merge/row.h — one row's merge state: which writes of it are still in force, and what the table shows. Pure.
 *
 * The state is a function of the SET of writes it was given, never of their order. Terms:
 *   version   a transaction, as a local number (0 = none). The causality table answers what version had seen what.
 *   write     an insert, update or decision of one cell group, with the group's values, and the writes that it spares (change/change.h).
 *   within(u, r)   r had seen u and everything that u had seen.
 *   replaces(r, u)  r had seen u and does not spare it; and, where r inserts the row, some delete had seen u: who inserts a row has not seen it, but
 *                   for one that was deleted. (A row that is held is in no table; a program that was changed inserts what it likes.) Or u is an
 *                   insert of the same writer's: else one writer alone could make the row as large as he likes.
 *   covers(r, u)    within(u, r), replaces(r, u), and u spares all that r spares: whatever u replaces, r replaces. Where r inserts, and u is no
 *                   insert of the same writer's, within(u, d) for some delete d, too: what u replaces, that had seen as well.
 * A register keeps the writes that no other write covers. Its siblings are the kept writes that no kept write replaces; a kept write that is no
 * sibling is a shadow: replaced, remembered only because it had seen something that its replacer had not, so that a late write which it
 * had replaced is still recognised. (If some write replaces w, a kept one does: `covers` passes it on.) Deletes are kept the same way, apart
 * from the registers; each with its successor.
 *   alive     some sibling of some group was not seen by any delete (an edit wins over a concurrent delete), and the row was inserted
 *   shown     of a group: the highest sibling in the order of `order`, among those no delete had seen if there are such, else among all
 *             (values that come back with the row). In a group with a column of rule RANK: the one that ranks highest there, then by `order`
 *   conflict  two such siblings with different values, in a row that is alive (a row that is not there leaves nothing to decide), unless the group
 *             has a rule other than LATEST.
 * Equal values are no conflict, however many siblings carry them.
 *
 * Rule ONCE: of each value but NULL, the write that is lowest in `order` is kept besides, with its values. (A covered write that is not the lowest
 * carrier of its value goes, a replaced one is a shadow without values, as elsewhere.) What shows is the lowest kept write whose value is not NULL,
 * whether sibling, shadow or deleted; else as elsewhere.
 * Rule SUM: the register has one entry a line: the last version of that line that was merged and, as its value, the sum of the line's deltas (an
 * INTEGER, modulo 2^64; a cell that is no delta counts as one from 0). A version that is not above its line's entry is in already, unless it is let
 * in. All entries are siblings; nothing is replaced, spared or pruned. What shows is the sum of all entries; view.sums has it, view.shown the
 * highest entry in `order`. As an entry is never replaced, an addition that won over a delete is listed until a write that the row keeps had seen
 * both. Deleting a row does not take back its facts and counts: if it comes again, they are there (the store makes the delta of a renewed insert the
 * difference to the sum that its writer saw). In tables with such columns (table->merges_values) the values of a row in the table must have been
 * filled in (jemput_row_fill) before it is merged into, pruned, shown or written, and the values of SUM are never left in the table: state bytes
 * hold them.
 *
 * An insert writes every group that it carries a cell of. A group of which it carries none (it was made under an older schema) has no write of
 * it, so the column's default shows; of a group that it carries in part, the missing values are NULL. An insert that carries no cell at all (a
 * table whose columns are all of the key) writes the first register, with NULLs if it has columns: the row's life needs one write to hang on.
 */
#ifndef JEMPUT_MERGE_ROW_H
#define JEMPUT_MERGE_ROW_H

#include "change/change.h"
#include "change/table.h"

/* Causality between versions, answered by the owner of the log. All calls pure for the time of a merge. `saw` and `within` may become true for
 * more pairs later (a log's missing part came), never false again. */
struct jemput_causality {
    void *ctx;
    bool (*saw)(void *ctx, uint64_t later, uint64_t earlier);      /* strictly: never saw itself */
    bool (*within)(void *ctx, uint64_t earlier, uint64_t later);   /* see above; implies saw(later, earlier) */
    int (*order)(void *ctx, uint64_t a, uint64_t b);               /* total order: stamp, then segment hash; 0 only if a == b */
    void (*name)(void *ctx, uint64_t version, struct jemput_txn_name *out); /* the transaction, as spares name it */
    uint64_t (*line)(void *ctx, uint64_t version); /* chain that it is on; of one chain, versions and what they had seen ascend together */
    bool let_in; /* what is merged was refused when it came, and counts now: it is not in yet, though later versions of its line may be */
};

struct jemput_write {
    uint64_t version;
    struct jemput_value *values; /* one per column of the group, in the group's column order; NULL = a shadow's, or in the table (in_table) */
    bool in_table;               /* the values are those that the table row holds (set by the codec, resolved by jemput_row_fill) */
    bool inserted;               /* the version inserted the row. Not told of a counter's entry */
    uint32_t spare_count;
    struct jemput_txn_name *spares; /* ascending; borrowed from the change or the state's bytes, or in the arena */
};

struct jemput_register {
    uint32_t write_count;
    struct jemput_write *writes; /* ascending by version */
};

/* Zeroed = valid and empty: nothing of the row has come. A row in memory keeps to one shape of its table. */
struct jemput_row {
    uint64_t created;     /* the insert that is lowest in `order`; 0 = no insert came yet */
    uint32_t delete_count;
    uint64_t *deletes;    /* ascending */
    struct jemput_bytes *successors; /* of each delete: key of the row that goes on in its place; empty = none. NULL = none has one */
    uint16_t group_count; /* of the table's shape when read; missing registers are empty */
    struct jemput_register *registers; /* jemput_row_registers() of them */
};

/* How many registers `row` holds: one per group, and one without columns for a table that has no groups. */
static inline uint32_t jemput_row_registers(const struct jemput_row *row)
{
    if (!row->registers)
        return 0;
    return row->group_count ? row->group_count : 1;
}

/* What the table shows of a row. Arrays of the table's group_count (of 1 if that is 0) in the arena given. */
struct jemput_view {
    bool alive;
    bool incomplete;        /* not alive only because its insert has not come yet */
    bool edit_over_delete;  /* alive, and a sibling that makes it so is concurrent with a delete that no other delete had seen: to be listed (of rule
                             * SUM, unless a kept write had seen both) */
    bool conflict;          /* some group has siblings with different values (edit_over_delete not counted) */
    const struct jemput_write **shown; /* per group; NULL = no write (column default) */
    bool *group_conflict;
    struct jemput_value *sums;           /* per group; of rule SUM what the table shows, else a NULL value. No array if !merges_values */
};

/* The values that the table shows of a group whose shown write has some: view->sums for SUM, else view->shown[group]->values. */
const struct jemput_value *jemput_view_values(const struct jemput_view *view, const struct jemput_table *table, uint16_t group);

/* The state of a row whose every group has the one write `version`, its values in the table, and that has no deletes: what 0 bytes mean.
 * `table` may be the shape under which `version` was written: a group that came later then has no write of it, as after jemput_row_merge. */
enum jemput_status jemput_row_uniform(struct jemput_row *out, const struct jemput_table *table, uint64_t version, struct jemput_arena *arena,
                                      struct jemput_error *err) JEMPUT_MUST_USE;

/* Merge one change, made by `version`, into `row`. All memory from `arena`; values and successor are borrowed from the change, its key is ignored.
 * Merging a change that is already in changes nothing. JEMPUT_NOMEM. JEMPUT_CORRUPT: a cell's column is not of the shape, cells do not ascend, a cell
 * of rule SUM is no INTEGER, one of another rule is a delta; spares do not ascend, or name another column than the lowest of a group that is written;
 * values are missing that should have been filled in.
 * `row` changes on success only. */
enum jemput_status jemput_row_merge(struct jemput_row *row, const struct jemput_table *table, const struct jemput_causality *causality,
                                    const struct jemput_change *change, uint64_t version, struct jemput_arena *arena,
                                    struct jemput_error *err) JEMPUT_MUST_USE;

/* Forget what is no longer needed after `causality` has learned more (a log's missing part came). */
void jemput_row_prune(struct jemput_row *row, const struct jemput_table *table, const struct jemput_causality *causality);

/* Must the table row be read before jemput_row_show? True if a write in the table has company, or a delete may take the row out of the table.
 * The common case needs no look at the table: every group has one write and nothing was deleted. */
bool jemput_row_wants_table(const struct jemput_row *row);
/* Give the writes that are in the table their values: `by_column` holds the table row, one value per column number, borrowed for the life of `row`.
 * Also before a row that leaves the table for another reason (held) is written. JEMPUT_NOMEM. JEMPUT_CORRUPT: a column of rule SUM has no INTEGER. */
enum jemput_status jemput_row_fill(struct jemput_row *row, const struct jemput_table *table, const struct jemput_value *by_column,
                                   struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;

/* What the table shows. Two siblings of one group are compared, so their values must be there (jemput_row_wants_table).
 * JEMPUT_NOMEM. JEMPUT_CORRUPT: a sibling has no values, or a register's writes saw each other in a circle: the stored state is damaged. */
enum jemput_status jemput_row_show(struct jemput_view *out, const struct jemput_row *row, const struct jemput_table *table,
                                   const struct jemput_causality *causality, struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;

/* Is this kept write of the group's register a sibling: does no other kept write of it replace it? (Of rule SUM: had no other entry seen it?) */
bool jemput_row_is_sibling(const struct jemput_row *row, uint32_t group, uint32_t index, const struct jemput_causality *causality);
/* Had a kept delete of the row seen `version`? */
bool jemput_row_is_deleted(const struct jemput_row *row, uint64_t version, const struct jemput_causality *causality);
/* Had two siblings of the row, of the same group or of two, not seen each other? Whether they are at odds, or merged without anyone noticing, says
 * view->conflict. */
bool jemput_row_is_parallel(const struct jemput_row *row, const struct jemput_table *table, const struct jemput_causality *causality);

/* Give all versions that the state names other numbers, one for one: its lists ascend by the new ones, and `view`, made before (NULL = there is
 * none), shows the same writes. Values and spares are left as they are.
 *   JEMPUT_CORRUPT   `number` gives 0: it knows no such version. The row is void then    JEMPUT_NOMEM */
struct jemput_numbering {
    uint64_t (*number)(void *ctx, uint64_t version);
    void *ctx;
};
enum jemput_status jemput_row_renumber(struct jemput_row *row, struct jemput_view *view, const struct jemput_numbering *n, struct jemput_arena *arena,
                                       struct jemput_error *err) JEMPUT_MUST_USE;

/* Bytes of a state (schema/formats/row-state.md). A write equal to view->shown of a row that is in the table is written without its values.
 * The state of a row in the table in which every group of `table` has the one write `created` and there are no deletes is written as 0 bytes: the
 * caller keeps just the version. Reading refuses 0 bytes (jemput_row_uniform is for them) and whatever jemput_row_write would not have written:
 * JEMPUT_CORRUPT. Values borrow from `in`. JEMPUT_NOMEM. `view` is not looked at unless in_table. */
void jemput_row_write(struct jemput_buf *out, const struct jemput_row *row, const struct jemput_table *table, const struct jemput_view *view,
                      bool in_table);
enum jemput_status jemput_row_read(struct jemput_row *out, struct jemput_bytes in, const struct jemput_table *table, struct jemput_arena *arena,
                                   struct jemput_error *err) JEMPUT_MUST_USE;

#endif
