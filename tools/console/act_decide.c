/* act_decide.c — POST /api/decisions: a person closes conflicts, corrects or drops held rows, and says why. One result an item. */
#include <stdlib.h>
#include <string.h>

#include "act.h"
#include "detail.h"
#include "undo.h"

enum { COLUMNS_MAX = 64 };

struct decision {
    int64_t space;
    struct row row;
    bool readable; /* row was read */
    const char *seen;
    unsigned set_count, hide_count;
    const char *columns[COLUMNS_MAX];
    struct jemput_datum values[COLUMNS_MAX];
    struct jemput_hidden_value hidden[COLUMNS_MAX];
    uint8_t bytes[2 * COLUMNS_MAX][64];
    unsigned bytes_count;
    bool remove, restore;
    struct act_result result;
    uint64_t n;
};

/* A blob's bytes are the body's value's own: keep them. */
static struct jemput_datum keep(struct decision *d, const struct body_value *v)
{
    struct jemput_datum datum = v->datum;

    if (datum.type == JEMPUT_TYPE_BLOB && d->bytes_count < 2 * COLUMNS_MAX) {
        memcpy(d->bytes[d->bytes_count], v->bytes, sizeof v->bytes);
        datum.data = d->bytes[d->bytes_count++];
    }
    return datum;
}

static int set_take(void *ctx, const char *name, const struct body_value *value)
{
    struct decision *d = ctx;

    if (d->set_count == COLUMNS_MAX)
        return -1;
    d->columns[d->set_count] = name;
    d->values[d->set_count++] = keep(d, value);
    return 0;
}

static bool hide_take(struct decision *d, const struct json_t *hide, size_t count)
{
    if (count > COLUMNS_MAX)
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct json_t *one = body_at(hide, i);
        const char *column = one ? body_text(one, "column", 127) : NULL;
        struct body_value value;

        if (!column || !body_value(one, "value", &value))
            return false;
        d->hidden[d->hide_count++] = (struct jemput_hidden_value){ column, keep(d, &value) };
    }
    return true;
}

/* false, answered. A row that is not there is the item's result, not the request's. */
static bool decision_read(struct request *q, const struct json_t *item, struct decision *d)
{
    const struct json_t *set = item ? body_object(item, "set") : NULL, *hide;
    size_t count;

    if (!item || (set && body_each(set, set_take, d)))
        return answer_misuse(&q->answer, "items: objects; set: column to value");
    hide = body_list(item, "hide", &count);
    if (!hide_take(d, hide, count))
        return answer_misuse(&q->answer, "hide: objects of column and value");
    d->seen = body_text(item, "seen", SEEN_BYTES);
    d->remove = body_flag(item, "drop");
    d->restore = body_flag(item, "restore");
    d->readable = body_row(q, item, &d->row);
    if (!d->readable) {
        d->result = (struct act_result){ .kind = ACT_FAILED, .status = JEMPUT_NOTFOUND };
        answer_release(&q->answer);
    }
    return true;
}

/* What central.db shows is what the person was shown: is it still so? */
static bool is_as_seen(struct request *q, const struct decision *d)
{
    char seen[SEEN_BYTES];

    row_seen(q, &d->row, seen);
    return !d->seen || strcmp(seen, d->seen) == 0;
}

static void decide(struct request *q, struct decision *d, struct desk *desk, const char *reason)
{
    const struct jemput_choice choice = { .table = d->row.tbl,
                                          .key = d->row.values,
                                          .key_count = d->row.count,
                                          .column_count = d->set_count,
                                          .columns = d->columns,
                                          .values = d->values,
                                          .hidden_count = d->hide_count,
                                          .hidden = d->hidden,
                                          .remove = d->remove,
                                          .restore = d->restore,
                                          .reason = reason };
    struct jemput_error err;

    if (!is_as_seen(q, d)) {
        d->result = act_changed();
        return;
    }
    d->result = jemput_decide(desk->jemput, &choice, &err) ? act_engine(&err, d->hide_count > 0 || d->seen) : act_ok();
    if (d->result.kind == ACT_OK)
        d->n = desk_segments(desk);
}

/* All items of one space together: one sync before, one behind. */
static void space_decide(struct request *q, struct decision *all, size_t count, size_t first, const char *reason)
{
    struct act_result why;
    struct desk *desk = act_begin(q, all[first].row.reach, &why);
    int64_t space = all[first].space;

    for (size_t i = first; i < count; i++) {
        if (!all[i].readable || all[i].space != space)
            continue;
        if (desk)
            decide(q, &all[i], desk, reason);
        else
            all[i].result = why;
        all[i].space = 0; /* done */
    }
    if (desk)
        act_end(q, desk);
}

static bool decisions_told(struct request *q, const struct decision *all, size_t count)
{
    struct json *j = &q->answer.json;

    if (!answer_open(&q->answer))
        return false;
    json_object(j, NULL);
    json_array(j, "items");
    for (size_t i = 0; i < count; i++) {
        json_object(j, NULL);
        json_integer(j, "i", (int64_t)i);
        act_members(j, &all[i].result, all[i].n);
        json_end_object(j);
        if (all[i].readable)
            look_note(q, "%s%s %s %s", i ? "; " : "", all[i].row.tbl, all[i].row.text, all[i].result.kind == ACT_OK ? "ok" : "no");
    }
    json_end_array(j);
    json_end_object(j);
    if (count == 1 && all[0].readable)
        look_row(q, all[0].row.space, all[0].row.tbl, all[0].row.text);
    q->look.count = (int64_t)count;
    return true;
}

bool act_decide(struct request *q)
{
    const char *reason = body_reason(q);
    const struct json_t *items;
    struct decision *all;
    size_t count;
    bool good = true;

    if (!reason)
        return false;
    items = body_list(q->body, "items", &count);
    if (count == 0 || count > ACT_ITEMS_MAX)
        return answer_misuse(&q->answer, "items: 1 to 100");
    all = calloc(count, sizeof *all);
    if (!all)
        return answer_status(&q->answer, JEMPUT_NOMEM);
    for (size_t i = 0; i < count && good; i++) {
        good = decision_read(q, body_at(items, i), &all[i]);
        all[i].space = all[i].readable ? all[i].row.space : 0;
    }
    for (size_t i = 0; i < count && good; i++)
        if (all[i].space)
            space_decide(q, all, count, i, reason);
    good = good && decisions_told(q, all, count);
    for (size_t i = 0; i < count; i++)
        if (all[i].readable)
            row_release(&all[i].row);
    free(all);
    return good;
}

/* --- taking it back --- */

static struct act_result undo_do(struct desk *desk, const struct row *row, struct undo *undo, const char *reason)
{
    struct jemput_choice choice = { .table = row->tbl,
                                    .key = row->values,
                                    .key_count = row->count,
                                    .reason = reason,
                                    .remove = undo->way == UNDO_DROP,
                                    .restore = undo->way == UNDO_RESTORE };
    const char *columns[COLUMNS_MAX];
    struct jemput_datum values[COLUMNS_MAX];
    struct jemput_error err;

    for (unsigned i = 0; undo->way == UNDO_SET && i < undo->sets.count && i < COLUMNS_MAX; i++) {
        columns[choice.column_count] = undo->sets.of[i].column;
        values[choice.column_count++] = undo->sets.of[i].value;
    }
    choice.columns = columns;
    choice.values = values;
    return jemput_decide(desk->jemput, &choice, &err) ? act_engine(&err, false) : act_ok();
}

/* As a person saw it (ask_decision.c), or it is not undone: another decision may be the last one now, or something was written behind it. */
static struct act_result undo_look(struct desk *desk, const struct row *row, const char *seen, const char *reason)
{
    struct act_result r = { .kind = ACT_FAILED,
                            .status = JEMPUT_NOTFOUND,
                            .text_id = "Tidak ada putusan yang dapat ditarik kembali pada baris ini.",
                            .text_en = "There is no decision on this row that could be taken back." };
    struct undo *undo = calloc(1, sizeof *undo);

    if (!undo)
        return (struct act_result){ .kind = ACT_FAILED, .status = JEMPUT_NOMEM };
    if (undo_read(undo, desk->jemput, row->tbl, row->values, row->count) < 0) {
        if (undo->way == UNDO_MERGED) {
            r.text_id = "Baris ini disatukan dengan yang lain: pakai Pisahkan.";
            r.text_en = "This row was made one with another: part them.";
        } else if (strcmp(undo->seen, seen) != 0) {
            r = act_changed();
        } else if (undo->way != UNDO_NONE && (undo->way != UNDO_SET || undo->sets.count)) {
            r = undo_do(desk, row, undo, reason);
        }
    }
    undo_release(undo);
    free(undo);
    return r;
}

bool act_undo(struct request *q)
{
    const char *reason = body_reason(q), *seen = body_text(q->body, "seen", UNDO_SEEN_BYTES - 1);
    struct act_result result;
    struct desk *desk;
    struct row row;
    uint64_t n = 0;
    bool good;

    if (!reason)
        return false;
    if (!seen)
        return answer_misuse(&q->answer, "seen: of GET /api/decisions");
    if (!body_row(q, q->body, &row))
        return false;
    desk = act_begin(q, row.reach, &result);
    if (desk) {
        result = undo_look(desk, &row, seen, reason);
        n = desk_segments(desk);
        act_end(q, desk);
    }
    look_row(q, row.space, row.tbl, row.text);
    look_note(q, "undo");
    q->look.count = 1;
    good = act_told(q, &result, n);
    row_release(&row);
    return good;
}
