/* api/view/view.h — the views of the app's connection (schema/views.md), shared by the files that fill them.
 *
 * A view is read on the app's thread, while another may be inside jemput_sync() with the engine's connection and the roster in memory. So it has a
 * handle of its own on the same file, which only looks, and touches of the app's handle what never changes after it was opened. */
#ifndef JEMPUT_API_VIEW_VIEW_H
#define JEMPUT_API_VIEW_VIEW_H

#include "api/engine.h"
#include "store/file/look.h"
#include "store/sql/eponymous.h"

/* The handle that looks, opened when it is first needed, at one moment of the file: end that by jemput_store_look_end(). */
enum jemput_status view_look(struct jemput *j, struct jemput **out, struct jemput_error *err) JEMPUT_MUST_USE;

struct view {         /* one filling */
    struct jemput *j; /* the handle that looks: at one moment of the file */
    struct jemput_rows *rows;
    struct jemput_arena row;  /* of the line being told: cleared by view_add */
    struct jemput_arena keep; /* of the filling */
    int64_t founding_ms;      /* of the space; 0 = not read yet */
    int64_t bounds_segment;   /* that `bounds` are of; 0 = none */
    struct jemput_bounds bounds;
};

/* --- the views, each given its parameters' values; columns in the order of their tables in view.c --- */

enum jemput_status view_conflicts(struct view *v, const struct jemput_value *values, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status view_parallels(struct view *v, const struct jemput_value *values, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status view_held(struct view *v, const struct jemput_value *values, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status view_refused(struct view *v, const struct jemput_value *values, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status view_cases(struct view *v, const struct jemput_value *values, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status view_history(struct view *v, const struct jemput_value *values, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status view_delivery(struct view *v, const struct jemput_value *values, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status view_why(struct view *v, const struct jemput_value *values, struct jemput_error *err) JEMPUT_MUST_USE;

#define VIEW_WHO "writer TEXT", "device INTEGER", "label TEXT"
#define VIEW_TRUST "trust TEXT", "not_before_ms INTEGER", "not_after_ms INTEGER"
#define VIEW_CELLS_MAX 32

enum conflict_cell {
    CONFLICT_TBL,
    CONFLICT_KEY,
    CONFLICT_GRP,
    CONFLICT_SIDE,
    CONFLICT_SHOWN,
    CONFLICT_DELETED,
    CONFLICT_VALUE,
    CONFLICT_WHO,
    CONFLICT_CLAIMED = CONFLICT_WHO + 3,
    CONFLICT_TRUST,
    CONFLICT_BASE = CONFLICT_TRUST + 3,
    CONFLICT_BASE_KNOWN,
    CONFLICT_HARD,
    CONFLICT_SINCE,
    CONFLICT_SEGMENT,
    CONFLICT_NOTE,
    CONFLICT_CELLS
};
enum parallel_cell {
    PARALLEL_TBL,
    PARALLEL_KEY,
    PARALLEL_GRP,
    PARALLEL_HOW,
    PARALLEL_SHOWN,
    PARALLEL_VALUE,
    PARALLEL_WHO,
    PARALLEL_CLAIMED = PARALLEL_WHO + 3,
    PARALLEL_TRUST,
    PARALLEL_SEGMENT = PARALLEL_TRUST + 3,
    PARALLEL_CELLS
};
enum held_cell {
    HELD_TBL,
    HELD_KEY,
    HELD_ROW,
    HELD_REASON,
    HELD_AGAINST_TBL,
    HELD_AGAINST_KEY,
    HELD_SINCE,
    HELD_WHO,
    HELD_SEGMENT = HELD_WHO + 3,
    HELD_CELLS
};
enum refused_cell {
    REFUSED_KIND,
    REFUSED_REF,
    REFUSED_WHO,
    REFUSED_SEGMENT = REFUSED_WHO + 3,
    REFUSED_PLACE,
    REFUSED_COMMIT,
    REFUSED_STATUS,
    REFUSED_REASON,
    REFUSED_DETAIL,
    REFUSED_SINCE,
    REFUSED_TBL,
    REFUSED_KEY,
    REFUSED_COL,
    REFUSED_ADOPTED_BY,
    REFUSED_ADOPTED_MS,
    REFUSED_GONE,
    REFUSED_CELLS
};
enum case_cell {
    CASE_KIND,
    CASE_ABOUT,
    CASE_LABEL,
    CASE_SINCE,
    CASE_COUNT,
    CASE_OPEN,
    CASE_WHAT,
    CASE_SAFE,
    CASE_TODO,
    CASE_CELLS
};
enum history_cell {
    HISTORY_AT,
    HISTORY_WHO,
    HISTORY_TRUST = HISTORY_WHO + 3,
    HISTORY_OP = HISTORY_TRUST + 3,
    HISTORY_COL,
    HISTORY_OLD,
    HISTORY_NEW,
    HISTORY_NOTE,
    HISTORY_SEGMENT,
    HISTORY_SIGNATURE,
    HISTORY_RECEIPT,
    HISTORY_CELLS
};
enum delivery_cell {
    DELIVERY_STATE,
    DELIVERY_NEWEST,
    DELIVERY_OWN,
    DELIVERY_CLAIMED,
    DELIVERY_WHO,
    DELIVERY_SEGMENT = DELIVERY_WHO + 3,
    DELIVERY_CELLS
};
enum why_cell {
    WHY_GRP,
    WHY_STATE,
    WHY_RULE,
    WHY_CONFLICT,
    WHY_SHOWN,
    WHY_DELETED,
    WHY_GONE,
    WHY_PARALLEL,
    WHY_VALUE,
    WHY_WHO,
    WHY_CLAIMED = WHY_WHO + 3,
    WHY_TRUST,
    WHY_SEGMENT = WHY_TRUST + 3,
    WHY_CELLS
};

/* --- cells (view/cell.c); text lives in the arena given, or is static --- */

struct jemput_value view_null(void);
struct jemput_value view_integer(int64_t number);
struct jemput_value view_ms(int64_t ms);         /* 0 = NULL */
struct jemput_value view_text(const char *text); /* borrowed; NULL = NULL */
/* A buffer's contents as text; the buffer is emptied. JEMPUT_LIMIT JEMPUT_NOMEM */
enum jemput_status view_taken(struct jemput_value *out, struct jemput_buf *text, struct jemput_arena *arena,
                              struct jemput_error *err) JEMPUT_MUST_USE;
/* Add a line, and clear v->row. */
enum jemput_status view_add(struct view *v, const struct jemput_value *cells, struct jemput_error *err) JEMPUT_MUST_USE;

/* A key as one value: that of its one column, else a JSON array, BLOBs in it as text "x'0f…'" (schema/views.md, "Keys"). */
enum jemput_status view_key(struct jemput_value *out, const struct jemput_table *table, struct jemput_bytes key, struct jemput_arena *arena,
                            struct jemput_error *err) JEMPUT_MUST_USE;
/* The same the other way, into canonical bytes, from the parameters (tbl, key). JEMPUT_NOTFOUND JEMPUT_MISUSE */
enum jemput_status view_row_named(struct view *v, const struct jemput_value *values, const struct jemput_table **table, struct jemput_bytes *key,
                                  struct jemput_error *err) JEMPUT_MUST_USE;
/* Of a view by row (eponymous.h): the row that alone is asked for; *table NULL: all are to be told. */
enum jemput_status view_row_asked(struct view *v, const struct jemput_value *values, const struct jemput_table **table, struct jemput_bytes *key,
                                  struct jemput_error *err) JEMPUT_MUST_USE;
/* Of one column its value, of several a JSON object; columns NULL = none: NULL. */
enum jemput_status view_values(struct jemput_value *out, const struct jemput_table *table, const struct jemput_group *group,
                               const struct jemput_value *values, struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;
/* All columns but generated ones as a JSON object. */
enum jemput_status view_row(struct jemput_value *out, const struct jemput_table *table, const struct jemput_value *by_column,
                            struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;
/* Names of a group's columns, comma separated; NULL = none. */
enum jemput_status view_group(struct jemput_value *out, const struct jemput_table *table, const struct jemput_group *group,
                              struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- who and when (view/who.c) --- */

/* Three cells: writer, device, label. A writer that is all zero: it came with the schema. */
enum jemput_status view_who(struct view *v, struct jemput_value *cells, const struct jemput_writer *writer, struct jemput_error *err) JEMPUT_MUST_USE;
/* Three cells: trust of a claimed time, and between which of central's times it must lie. segment_id 0: pending here. */
enum jemput_status view_trust(struct view *v, struct jemput_value *cells, jemput_stamp stamp, int64_t segment_id,
                              struct jemput_error *err) JEMPUT_MUST_USE;

/* --- the logs of a row (history.c) --- */

struct engine_row_edit {
    const struct jemput_txn *txn;
    const struct jemput_change *change;
    const struct jemput_writer *writer;
    int64_t segment_id; /* local; 0 = pending here */
    uint64_t segment;
    uint32_t place; /* of the transaction in the segment */
    bool received;  /* covered by a receipt known here */
};
typedef enum jemput_status (*engine_row_edit_fn)(void *ctx, const struct engine_row_edit *edit, struct jemput_error *err);
/* Every edit of a row: of one log (writer NULL = all) in local order, then what is pending here. */
enum jemput_status engine_row_edits(struct jemput *j, const struct jemput_writer *writer, const struct jemput_table *table, struct jemput_bytes key,
                                    engine_row_edit_fn each, void *ctx, struct jemput_error *err) JEMPUT_MUST_USE;
/* Every transaction of every log once, in the same order: `change` is NULL. */
enum jemput_status engine_txns_told(struct jemput *j, engine_row_edit_fn each, void *ctx, struct jemput_error *err) JEMPUT_MUST_USE;
/* The same of segments with a higher local number than `after`, and nothing that is pending. */
enum jemput_status engine_txns_since(struct jemput *j, int64_t after, engine_row_edit_fn each, void *ctx, struct jemput_error *err) JEMPUT_MUST_USE;

/* What the app's connection may read besides (schema/views.md). */
#define ENGINE_VIEW_COUNT 8
extern const struct jemput_eponymous engine_views[ENGINE_VIEW_COUNT];

#endif
