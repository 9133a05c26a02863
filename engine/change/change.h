/* change/change.h — change: one edit to one row; transaction: what one COMMIT made, never split. Plain data over borrowed bytes.
 *
 * A transaction is a set of changes: at most one for each row, in the order (table id, key bytes). Insert carries a cell for every
 * carried column of the table that is not of the key; update carries a cell for each column of each changed group (all of a group's columns, so that
 * a group stays whole); delete carries none. Cells ascend by column. */
#ifndef JEMPUT_CHANGE_CHANGE_H
#define JEMPUT_CHANGE_CHANGE_H

#include "change/value.h"
#include "clock/hlc.h"

/* Cells in memory cost more than bytes on disk (a run of NULLs is two bytes), so a transaction is also limited by weight: each change weighs 1 + key
 * bytes / 8, each cell 1 + text or blob bytes / 64, its before-value included. The writer of a transaction refuses a heavier one with
 * JEMPUT_LIMIT. */
enum { JEMPUT_TXN_WEIGHT_MAX = 1024 * 1024 };

enum jemput_op { JEMPUT_OP_INSERT = 1, JEMPUT_OP_UPDATE = 2, JEMPUT_OP_DELETE = 3 };

struct jemput_cell {
    uint16_t column;
    bool has_before;
    bool is_delta;              /* rule sum: `value` is what was added */
    struct jemput_value value;
    struct jemput_value before; /* valid if has_before */
};

struct jemput_change {
    uint32_t table;
    enum jemput_op op;
    struct jemput_bytes key; /* change/key.h */
    uint16_t cell_count;
    struct jemput_cell *cells;
};

struct jemput_txn {
    jemput_stamp stamp;       /* grows strictly within a log */
    uint64_t boot_id;         /* evidence of time: which boot, and milliseconds into it; 0 = unknown */
    uint64_t monotonic_ms;
    struct jemput_bytes note; /* reason attached by jemput_note(); may be empty */
    uint32_t change_count;
    struct jemput_change *changes;
};

uint64_t jemput_txn_weight(const struct jemput_txn *txn);

/* Row-wise bytes of one transaction, as the store keeps it until it is sealed (schema/formats/pending.md). */
void jemput_txn_write(struct jemput_buf *out, const struct jemput_txn *txn);
/* Arrays come from `arena`, bytes are borrowed from `in`. Only what jemput_txn_write makes is accepted. JEMPUT_CORRUPT, JEMPUT_NOMEM. */
enum jemput_status jemput_txn_read(struct jemput_txn *out, struct jemput_bytes in, struct jemput_arena *arena,
                                   struct jemput_error *err) JEMPUT_MUST_USE;

#endif
