/* change/change.h — change: one edit to one row; transaction: what one COMMIT made, never split. Plain data over borrowed bytes.
 *
 * A transaction is a set of changes: at most one for each row, in the order (table id, key bytes). Insert carries a cell for every
 * carried column of the table that is not of the key; update carries a cell for each column of each changed group (all of a group's columns, so that
 * a group stays whole); delete carries none. Cells ascend by column.
 * A decision is an update that a person made of a conflict or of a held row, with a reason (the transaction's note): it closes all values that it had
 * seen. An ordinary update closes them, too, but in the groups that the schema calls identity: there it replaces the value that was shown, and
 * names the ones that it leaves open (its spares). A decision carries one cell at least. */
#ifndef JEMPUT_CHANGE_CHANGE_H
#define JEMPUT_CHANGE_CHANGE_H

#include "base/limits.h"
#include "change/context.h"
#include "change/value.h"
#include "clock/hlc.h"

/* Cells in memory cost more than bytes on disk (a run of NULLs is two bytes), so a transaction is also limited by weight: each change weighs 1 + key
 * bytes / 8, each cell 1 + text or blob bytes / 64, its before-value included, each spare 1, a successor 1 + its bytes / 8. The writer of a
 * transaction refuses one above JEMPUT_TXN_WEIGHT_MAX with JEMPUT_LIMIT. */

enum jemput_op { JEMPUT_OP_INSERT = 1, JEMPUT_OP_UPDATE = 2, JEMPUT_OP_DELETE = 3, JEMPUT_OP_DECIDE = 4 };

/* Names a transaction on every replica. Rows that came with the schema: all zero. */
struct jemput_txn_name {
    jemput_stamp stamp;
    struct jemput_writer writer;
};

struct jemput_spare { /* a write of a group that stays open although this one had seen it */
    uint16_t column;  /* lowest of the group */
    struct jemput_txn_name txn;
};

struct jemput_cell {
    uint16_t column;
    bool has_before;
    bool is_delta;              /* rule sum: `value` is what was added (INTEGER); in a cell of an insert, too */
    struct jemput_value value;
    struct jemput_value before; /* valid if has_before */
};

struct jemput_change {
    uint32_t table;
    enum jemput_op op;
    struct jemput_bytes key; /* change/key.h */
    uint16_t cell_count;
    struct jemput_cell *cells;
    uint32_t spare_count;           /* update only */
    struct jemput_spare *spares;    /* ascending by (column, stamp, writer) */
    struct jemput_bytes successor;  /* delete only: key of the row, of the same table, that goes on in its place; empty = none */
};

struct jemput_txn {
    jemput_stamp stamp;       /* grows strictly within a log */
    uint64_t boot_id;         /* evidence of time: which boot, and milliseconds into it; 0 = unknown */
    uint64_t monotonic_ms;
    struct jemput_bytes note; /* reason attached by jemput_note(); may be empty */
    uint32_t change_count;
    struct jemput_change *changes;
};

int jemput_txn_name_compare(const struct jemput_txn_name *a, const struct jemput_txn_name *b); /* by stamp, then writer */
/* Sort and drop equal ones, in place; how many are left. (A writer that forked may have given one name to two transactions.) */
uint32_t jemput_spares_normalise(struct jemput_spare *spares, uint32_t count);

uint64_t jemput_change_weight(const struct jemput_change *change);
uint64_t jemput_txn_weight(const struct jemput_txn *txn);

/* Does a change hold what its operation may? Spares: of an update, at most JEMPUT_SPARES_MAX, strictly ascending by (column, stamp, writer), each of
 * the column of a cell, stamps up to JEMPUT_STAMP_MAX. Successor: of a delete, a canonical key of as many values as the row's, but another one.
 * Cells: none in a delete, at least one in a decision. (That cells ascend and the row's key is canonical, their readers see.) */
bool jemput_change_is_sound(const struct jemput_change *change);

/* Row-wise bytes of one transaction, as the store keeps it until it is sealed (schema/formats/pending.md). Its changes are sound. */
void jemput_txn_write(struct jemput_buf *out, const struct jemput_txn *txn);
/* Arrays come from `arena`, bytes are borrowed from `in`. Only what jemput_txn_write makes is accepted. JEMPUT_CORRUPT, JEMPUT_NOMEM. */
enum jemput_status jemput_txn_read(struct jemput_txn *out, struct jemput_bytes in, struct jemput_arena *arena,
                                   struct jemput_error *err) JEMPUT_MUST_USE;

#endif
