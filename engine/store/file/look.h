/* store/file/look.h — looking at a store beside its work: a handle of its own that only reads, and what the views of the app's connection ask of it.
 *
 * Everything here reads one moment of the file, from jemput_store_look_begin to _end, while other connections go on writing. */
#ifndef JEMPUT_STORE_FILE_LOOK_H
#define JEMPUT_STORE_FILE_LOOK_H

#include "store/store.h"

/* Open the file of `of` for looking: the engine's connection alone, which cannot write; jemput_store_app() is NULL. `of` may be in use on another
 * thread. As jemput_store_open. */
enum jemput_status jemput_store_open_look(struct jemput_store **out, const struct jemput_store *of, const char *path,
                                          struct jemput_error *err) JEMPUT_MUST_USE;
/* From here on all calls see one moment of the file. JEMPUT_MISUSE they do already   JEMPUT_BUSY JEMPUT_IO JEMPUT_CORRUPT JEMPUT_NOMEM */
enum jemput_status jemput_store_look_begin(struct jemput_store *store, struct jemput_error *err) JEMPUT_MUST_USE;
void jemput_store_look_end(struct jemput_store *store); /* safe at any time */
/* What a begin of either kind says between the two: a call-back has called the engine with the handle that tells it something. JEMPUT_MISUSE */
enum jemput_status jemput_store_look_fail(struct jemput_error *err);

/* --- the writes that a row is made of (shown/in_force.c) --- */

struct jemput_kept { /* a write in force, or one that shows; or a delete */
    uint64_t version;
    struct jemput_writer writer; /* all zero: it came with the schema */
    jemput_stamp stamp;
    int64_t segment_id; /* local; 0: it came with the schema */
    uint64_t segment;   /* its number in the writer's log */
    bool shown;
    bool gone;                         /* a delete had seen it */
    bool parallel;                     /* another write, kept here, had not seen it and was not seen by it, and the two are no conflict */
    const struct jemput_value *values; /* one for each column of the group; NULL: a delete's */
    struct jemput_bytes successor;     /* of a delete: key of the row that goes on in its place; empty = none */
};
struct jemput_kept_group {
    const struct jemput_group *group; /* NULL: of a table that has none */
    enum jemput_rule rule;
    uint16_t ruled; /* the column that has it; JEMPUT_GROUP_NONE: none, rule LATEST */
    bool conflict, identity;
    uint32_t count;
    const struct jemput_kept *writes; /* ascending by version */
};
struct jemput_kept_row {
    const struct jemput_table *table;
    struct jemput_bytes key;
    bool shown, held;           /* neither: deleted, or its insert has not come */
    bool incomplete;            /* its insert has not come */
    bool revived;               /* an edit won over a concurrent delete */
    bool restored;              /* deleted, and shown all the same: what needs it was written meanwhile */
    bool cascaded;              /* alive, and gone with its parent */
    struct jemput_kept created; /* version 0: no insert came yet */
    uint32_t delete_count;
    const struct jemput_kept *deletes;
    uint32_t group_count;
    const struct jemput_kept_group *groups;
    bool parallel; /* some write is */
};
typedef enum jemput_status (*jemput_kept_fn)(void *ctx, const struct jemput_kept_row *row, struct jemput_error *err);
/* One row, as far as it is sealed and merged (what is pending is in no log yet, though the table shows it). JEMPUT_NOTFOUND: nobody knows it. */
enum jemput_status jemput_store_kept_of(struct jemput_store *store, const struct jemput_table *table, struct jemput_bytes key, jemput_kept_fn each,
                                        void *ctx, struct jemput_error *err) JEMPUT_MUST_USE;
/* Every row with writes that are parallel, in table and key order. */
enum jemput_status jemput_store_parallels_each(struct jemput_store *store, jemput_kept_fn each, void *ctx, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- what stands against a held row (against.c) --- */

struct jemput_against { /* table NULL: nothing that could be named */
    const char *table;
    struct jemput_bytes key; /* empty: a parent that is not named by its key, or of a table that is not replicated; in the arena */
    uint16_t column_count;
    const uint16_t *columns; /* of the held row's table: that the constraint is over; NULL: of an index over expressions, or a partial one */
};
/* The row that has what this one claims (UNIQUE), or the parent that is not there or held itself (FOREIGN KEY). `reason`: as the held row tells. */
enum jemput_status jemput_store_against(struct jemput_store *store, const struct jemput_table *table, struct jemput_bytes key, const char *reason,
                                        struct jemput_against *out, struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- time (witness.c) --- */

struct jemput_bounds {     /* milliseconds since 1970; 0 = unknown */
    int64_t not_before_ms; /* what central's newest segment that it had seen claims */
    int64_t not_after_ms;  /* what central's first segment that says it has merged it claims */
};
/* Between which signed times of central's the transactions of a segment were made. */
enum jemput_status jemput_store_segment_bounds(struct jemput_store *store, int64_t segment_id, const struct jemput_writer *central,
                                               struct jemput_bounds *out, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- what no segment carries yet (look.c) --- */

typedef enum jemput_status (*jemput_pending_fn)(void *ctx, const struct jemput_txn *txn, struct jemput_error *err);
/* Every pending transaction, oldest first, whatever it was written under. */
enum jemput_status jemput_store_pending_each(struct jemput_store *store, jemput_pending_fn each, void *ctx, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
