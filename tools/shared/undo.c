/* undo.c — the last decision on a row, turned round.
 *
 * A decision is told as such by the history. Dropping a row is told as a deletion, and bringing it back as an insert: an insert after a deletion.
 * A deletion in favour of another row was made by merge-rows, which undoes it. */
#include "undo.h"

#include <string.h>

#include <sodium.h>

#include "failure.h"
#include "text.h"
#include "value.h"

struct looking {
    struct undo *undo;
    sqlite3 *db;
    const char *table;
    bool deleted; /* the row, as far as it was told */
    crypto_generichash_state seen;
};

static void number_take(struct looking *l, uint64_t number)
{
    uint8_t bytes[8];

    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(number >> (8 * i));
    crypto_generichash_update(&l->seen, bytes, sizeof bytes);
}

static void edit_take(struct looking *l, const struct jemput_edit *edit)
{
    crypto_generichash_update(&l->seen, (const uint8_t *)edit->origin.writer, sizeof edit->origin.writer - 1);
    number_take(l, (uint64_t)edit->op);
    number_take(l, edit->origin.segment);
    number_take(l, (uint64_t)edit->origin.claimed_ms);
}

/* From here on it is told what there is to undo. */
static void begin(struct looking *l, const struct jemput_edit *edit)
{
    undo_release(l->undo);
    crypto_generichash_init(&l->seen, NULL, 0, (UNDO_SEEN_BYTES - 1) / 2);
    l->undo->by = edit->origin;
    l->undo->by.roles = NULL;
    snprintf(l->undo->note, sizeof l->undo->note, "%s", edit->note ? edit->note : "");
    l->undo->later = 0;
}

static bool is_counter(const struct looking *l, const char *column)
{
    sqlite3_stmt *stmt;
    bool found = false;

    if (sqlite3_prepare_v2(l->db, "SELECT 1 FROM jemput_groups WHERE tbl=?1 COLLATE NOCASE AND col=?2 AND rule='sum'", -1, &stmt, NULL) ==
        SQLITE_OK) {
        sqlite3_bind_text(stmt, 1, l->table, -1, SQLITE_STATIC);
        sqlite3_bind_text(stmt, 2, column, -1, SQLITE_STATIC);
        found = sqlite3_step(stmt) == SQLITE_ROW;
    }
    sqlite3_finalize(stmt);
    return found;
}

static void decision_see(struct looking *l, const struct jemput_edit *edit)
{
    begin(l, edit);
    l->undo->way = UNDO_SET;
    for (unsigned i = 0; i < edit->column_count; i++)
        if (!value_equal(&edit->values[i], &edit->before[i]))
            named_put(&l->undo->sets, edit->columns[i], &edit->before[i]);
}

static void life_see(struct looking *l, const struct jemput_edit *edit)
{
    bool reason = edit->note && edit->note[0]; /* a decision has one */

    begin(l, edit);
    if (edit->op == 'D')
        l->undo->way = edit->successor_count ? UNDO_MERGED : reason ? UNDO_RESTORE : UNDO_NONE;
    else if (l->deleted)
        l->undo->way = reason ? UNDO_DROP : UNDO_NONE;
    l->deleted = edit->op == 'D';
}

static int edit_see(void *ctx, const struct jemput_edit *edit)
{
    struct looking *l = ctx;

    if (edit->op == 'K')
        decision_see(l, edit);
    else if (edit->op == 'D' || edit->op == 'I')
        life_see(l, edit);
    else
        l->undo->later++;
    edit_take(l, edit);
    return 0;
}

/* What a counter had before is not what it should have now: others have added to it. */
static void counters_leave(const struct looking *l)
{
    struct named_list *sets = &l->undo->sets;
    unsigned kept = 0;

    for (unsigned i = 0; i < sets->count; i++) {
        if (is_counter(l, sets->of[i].column)) {
            l->undo->counters = true;
            named_clear(&sets->of[i]);
        } else {
            sets->of[kept++] = sets->of[i]; /* its value points into its bytes, which stay where they are */
        }
    }
    sets->count = kept;
}

int undo_read(struct undo *out, struct jemput *jemput, const char *table, const struct jemput_datum *key, unsigned count)
{
    struct looking l = { .undo = out, .db = jemput_app(jemput), .table = table };
    uint8_t seen[(UNDO_SEEN_BYTES - 1) / 2];
    struct jemput_error err;

    crypto_generichash_init(&l.seen, NULL, 0, sizeof seen);
    if (jemput_history(jemput, table, key, count, edit_see, &l, &err))
        return failure_status(&err);
    counters_leave(&l);
    crypto_generichash_final(&l.seen, seen, sizeof seen);
    sodium_bin2hex(out->seen, sizeof out->seen, seen, sizeof seen);
    return -1;
}

void undo_release(struct undo *undo)
{
    named_release(&undo->sets);
    undo->counters = false;
    undo->way = UNDO_NONE;
}
