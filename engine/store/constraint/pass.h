/* store/constraint/pass.h — which rows the tables show, where constraints and deletions do not let them show all. Parts among themselves.
 *
 * The tables show what this gives, carried out on all rows there are (merge/row.h says which are alive, and what each shows):
 *
 *   A row and the parents of it that are not taken yet are a *unit*, with their parents in turn, cycles whole. A unit can be taken if each row of it
 *   passes NOT NULL and CHECK, no two of it and none of it and a taken row claim the same by a UNIQUE index, and each parent that one of it names
 *   is taken or of the unit. (Where a FOREIGN KEY names other columns than the key, several rows may be meant: then the taken one; else, of those
 *   that pass NOT NULL and CHECK and claim nothing that a taken row has, a living one before a deleted one, the first made before the others.)
 *   1. Living rows, in the order of their creation (of one transaction: by table, then key): each is taken with its unit, if it can be. No deleted
 *      row is of a unit yet.
 *   2. Living rows that are not taken, in that order, again and again until nothing more comes. Now a deleted parent may be of a unit, if it was
 *      deleted while the row was being written: a living row must *want* it (merge/restore.h), by a FOREIGN KEY that is declared, or by default,
 *      `restore`; where a deleted row of the unit names it, the row whose unit it is must want it, by such a FOREIGN KEY, too. So parents that come
 *      back rank after all others.
 *   3. Deleted rows that go along with a parent, in that order: one that names a taken row whose deletion is undone (it came back in 2 or 3, or is
 *      alive again, and not made anew), and that each delete of it in force deleted, too. Its unit may hold deleted parents that the same deletes
 *      took.
 *   Then 2 and 3 again, until nothing more comes.
 *   Living rows that are not taken are *held*; but those that name, by a FOREIGN KEY declared `cascade`, a deleted row that is not taken, or a row
 *   that is itself *gone* in this way, are gone with it. Deleted rows that are taken are *restored*: the table has what they last held.
 *
 * It is carried out on the rows whose fate is open: held, gone and restored ones (all in jemput_withheld); shown ones that have what a living one of
 * these claims, or that name no row in the table; the shown children of open shown ones; deleted rows that one of them may bring back, and those
 * that may go along. Nothing else collides with or depends on anything that may go: it is taken in any case, and changes nothing for the
 * others. So the result is that of the pass over everything. Of the held rows, too, only those need be looked at that the batch touched, with all
 * that they stand and fall with: pass_partial.c. */
#ifndef JEMPUT_STORE_CONSTRAINT_PASS_H
#define JEMPUT_STORE_CONSTRAINT_PASS_H

#include "merge/restore.h"
#include "store/apply/apply.h"

struct jemput_spot { /* one set of values that a UNIQUE index lets one row have, or that a FOREIGN KEY names, or one key; and the rows that have it */
    struct jemput_spot *next;
    const void *owner; /* the claim, the link to other columns than the key, or (of a key) the applier */
    struct jemput_bytes bytes;
    uint32_t count, room;
    struct jemput_node **nodes;
    bool absent;                /* of a key: there is no such row (jemput_node_of) */
    struct jemput_node *holder; /* of a claim: the node that is taken; there is at most one */
    uint32_t in_unit;           /* of a claim: so many of the nodes are in the unit */
};

struct jemput_end { /* where one FOREIGN KEY of a row leads */
    bool names;               /* false: nowhere */
    bool there;               /* the table has it, and it is not open */
    struct jemput_bytes key;  /* the row that the table had */
    struct jemput_spot *spot; /* nodes that are named; NULL: the table is not replicated, or no key is so long */
};

struct jemput_node {
    struct jemput_applier *applier;
    struct jemput_bytes key;
    struct jemput_row row;
    struct jemput_view view;
    struct jemput_value *values; /* by column */
    uint8_t *has;
    unsigned state;              /* as jemput_row has it */
    bool alive;
    bool was_shown, shown;       /* the table had it when the pass began; has it now */
    bool open;                   /* its fate is decided here; else it is shown and stays, or deleted and stays so */
    bool brings;                 /* rows were deleted with it that may go along */
    bool fresh;                  /* this batch has held it */
    bool woken;                  /* what waits for it was opened (pass_partial.c) */
    bool taken, failed, in_unit; /* failed: it cannot be taken, whatever else is */
    bool gone;
    enum jemput_fault fault;     /* OWN, REFUSED: it can never be taken, for `reason` */
    const char *reason;
    uint32_t rank;               /* in the order of creation */
    bool is_noted;
    struct jemput_withheld noted; /* as jemput_withheld has it */
    struct jemput_value **claimed; /* per claim; NULL = it claims nothing. As a whole NULL until it is asked for */
    struct jemput_spot **claims;  /* per claim, likewise */
    struct jemput_end *ends;      /* per link; of open ones */
};

struct jemput_pass {
    struct jemput_batch *b;
    struct jemput_arena arena;
    struct jemput_spot **table; /* hash table of spots */
    uint32_t table_room, spot_count;
    uint32_t count, room;
    struct jemput_node **nodes;
    uint32_t todo_count, todo_done, todo_room; /* open ones, whose neighbours are to be found */
    struct jemput_node **todo;
    uint32_t unit_count, unit_room;
    struct jemput_node **unit;
    uint32_t noted_count; /* of a partial pass: nodes that were looked up in jemput_withheld */
    uint32_t woken_count, woken_done, woken_room; /* and deleted ones that may come back now, whatever they wait for */
    struct jemput_node **woken;
    bool forgets;         /* what held rows wait for is not remembered */
};

static inline enum jemput_status jemput_pass_nomem(struct jemput_error *err)
{
    return jemput_fail(err, JEMPUT_NOMEM, "no memory for held rows");
}

/* --- spot.c --- */

/* Room for one more pointer in a list of the arena. */
bool jemput_nodes_reserve(struct jemput_node ***list, uint32_t count, uint32_t *room, struct jemput_arena *arena);
/* The spot of these bytes, perhaps a new one without nodes. NULL = no memory. */
struct jemput_spot *jemput_spot_of(struct jemput_pass *p, const void *owner, struct jemput_bytes bytes);
bool jemput_spot_join(struct jemput_pass *p, struct jemput_spot *spot, struct jemput_node *node);

/* --- node.c --- */

/* The node of a row, made if there is none yet. NULL: there is no such row, its insert has not come, or the table lacks it although it should have it
 * (the app has deleted it, and that is not merged yet): no part of the pass. */
enum jemput_status jemput_node_of(struct jemput_pass *p, struct jemput_applier *a, struct jemput_bytes key, struct jemput_node **out,
                                  struct jemput_error *err) JEMPUT_MUST_USE;
/* Find what the node claims. */
enum jemput_status jemput_node_claim(struct jemput_pass *p, struct jemput_node *n, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_node_insert(struct jemput_pass *p, struct jemput_node *n, struct jemput_refusal *refusal,
                                      struct jemput_error *err) JEMPUT_MUST_USE;
/* Ask SQLite for NOT NULL and CHECK of a row that the table does not have. */
enum jemput_status jemput_node_try(struct jemput_pass *p, struct jemput_node *n, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- gather.c --- */

/* All rows whose fate is open, and what they stand and fall with, in the order of creation. */
enum jemput_status jemput_pass_gather(struct jemput_pass *p, struct jemput_error *err) JEMPUT_MUST_USE;

/* An entry of jemput_withheld from (tbl, key, fault, reason, against_tbl, against_key), in the arena; and its row, opened. */
enum jemput_status jemput_withheld_take(struct jemput_pass *p, sqlite3_stmt *stmt, struct jemput_withheld *entry,
                                        struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_noted_open(struct jemput_pass *p, const struct jemput_row_name *name, const struct jemput_withheld *entry,
                                     struct jemput_error *err) JEMPUT_MUST_USE;

/* Its fate is decided in this pass. */
enum jemput_status jemput_node_open(struct jemput_pass *p, struct jemput_node *n, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- pass_partial.c; the first four: of a partial pass --- */

/* Open what the batch touched. */
enum jemput_status jemput_pass_touched(struct jemput_pass *p, struct jemput_error *err) JEMPUT_MUST_USE;
/* Open what waits for this row, which is open itself. */
enum jemput_status jemput_node_waited_for(struct jemput_pass *p, const struct jemput_node *n, struct jemput_error *err) JEMPUT_MUST_USE;
/* Rows that have come into the pass and are held, came back, or are gone are open, too; and what waits for one that may come back. */
bool jemput_pass_sees_more(const struct jemput_pass *p);
enum jemput_status jemput_pass_see_more(struct jemput_pass *p, struct jemput_error *err) JEMPUT_MUST_USE;
/* What the rows wait for that are in jemput_withheld after this pass: each of its nodes is told between begin and end. entry NULL = it has none. */
void jemput_pass_remember_begin(struct jemput_pass *p);
void jemput_node_remember(struct jemput_pass *p, const struct jemput_node *n, const struct jemput_withheld *entry);
void jemput_pass_remember_end(struct jemput_pass *p);

/* --- unit.c --- */

/* Does the row that `end` names, or one of those, lie taken (or in the unit)? */
bool jemput_end_is_met(const struct jemput_end *end);
/* Set node->taken, and that it holds what it claims; in the same way node->in_unit. */
void jemput_node_set_taken(struct jemput_node *n, bool taken);
/* May a deleted row that the end of a link names come back on the row's account (a living one), or go along with it (a deleted one)? */
bool jemput_node_brings(const struct jemput_pass *p, const struct jemput_node *n, const struct jemput_link *link, const struct jemput_node *deleted);
/* Does the deleted row go along with this one, whose deletion is undone? */
bool jemput_node_follows(const struct jemput_pass *p, const struct jemput_node *deleted, const struct jemput_node *parent);
/* Take the node's unit if it can be taken. restoring: deleted rows may be of it. */
enum jemput_status jemput_unit_take(struct jemput_pass *p, struct jemput_node *root, bool restoring, struct jemput_error *err) JEMPUT_MUST_USE;
/* Of the rows that the end names, none of them taken: a living one before a deleted one, the first made before the others. NULL = there is none. */
const struct jemput_node *jemput_end_meant(const struct jemput_end *end);
/* What stands against a living row that is not taken, when all is decided. */
void jemput_node_explain(const struct jemput_node *n, struct jemput_withheld *out);

#endif
