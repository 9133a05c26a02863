/* api/view/refused.c — jemput_refused: logs that stand stopped, and transactions that are kept and count nowhere; jemput_case: what a person
 * should know of, or decide. */
#include <string.h>

#include "api/cases/cases.h"
#include "api/judge/refused.h"
#include "api/view/view.h"
#include "store/object/aside.h"

/* --- stopped logs --- */

struct refused {
    struct refused *next;
    char *ref, *detail;
    uint8_t commit[20];
    enum jemput_status status;
    int64_t since_ms;
};

struct refused_list {
    struct view *v;
    struct refused *first, **end;
};

static const char *refused_reason(enum jemput_status status)
{
    switch (status) {
    case JEMPUT_UPGRADE:
        return "butuh pembaruan";
    case JEMPUT_DENIED:
        return "penulisnya tidak berhak";
    case JEMPUT_CORRUPT:
        return "rusak atau palsu";
    case JEMPUT_LIMIT:
        return "melebihi batas";
    case JEMPUT_EXISTS:
        return "nama tabel skema baru sudah dipakai di perangkat ini; ganti nama yang di sini, lalu sinkronkan";
    case JEMPUT_NOTFOUND:
        return "ada bagian yang hilang";
    default:
        return "belum dapat diperiksa";
    }
}

static enum jemput_status refused_take(void *ctx, const char *ref, const uint8_t commit[20], enum jemput_status status, const char *reason,
                                       int64_t seen_ms, struct jemput_error *err)
{
    struct refused_list *list = ctx;
    struct jemput_arena *keep = &list->v->keep;
    struct refused *r = jemput_arena_alloc(keep, sizeof *r);

    if (r) {
        r->ref = jemput_arena_str(keep, jemput_bytes_str(ref));
        r->detail = jemput_arena_str(keep, jemput_bytes_str(reason));
    }
    if (!r || !r->ref || !r->detail)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for stopped logs");
    memcpy(r->commit, commit, sizeof r->commit);
    r->status = status;
    r->since_ms = seen_ms;
    *list->end = r;
    list->end = &r->next;
    return JEMPUT_OK;
}

/* The writer that a log's name says; false: it says none. */
static bool ref_writer(const char *ref, struct jemput_writer *out)
{
    size_t prefix = strlen(LOG_REF_PREFIX);

    return strncmp(ref, LOG_REF_PREFIX, prefix) == 0 && strlen(ref) > prefix + 2 * JEMPUT_WRITER_BYTES &&
           jemput_hex_decode(out->id, sizeof out->id, jemput_bytes_of(ref + prefix, 2 * JEMPUT_WRITER_BYTES));
}

/* Who, and the number of the segment at which the log stands: the one after the last that was taken. */
static enum jemput_status refused_writer(struct view *v, const struct refused *r, struct jemput_value *cells, struct jemput_error *err)
{
    struct jemput_writer writer;
    struct jemput_segment last = { 0 };
    enum jemput_status st;

    for (unsigned i = 0; i < 3; i++)
        cells[REFUSED_WHO + i] = view_null();
    cells[REFUSED_SEGMENT] = view_null();
    if (!ref_writer(r->ref, &writer))
        return JEMPUT_OK;
    st = jemput_store_segment_last(v->j->store, &writer, &last, err);
    if (st == JEMPUT_NOTFOUND)
        st = JEMPUT_OK;
    cells[REFUSED_SEGMENT] = view_integer((int64_t)last.number + 1);
    return st ? st : view_who(v, &cells[REFUSED_WHO], &writer, err);
}

static enum jemput_status refused_tell(struct view *v, const struct refused *r, struct jemput_error *err)
{
    struct jemput_buf commit = JEMPUT_BUF_INIT(2 * sizeof r->commit);
    struct jemput_value cells[REFUSED_CELLS];
    enum jemput_status st = refused_writer(v, r, cells, err);

    jemput_buf_hex(&commit, jemput_bytes_of(r->commit, sizeof r->commit));
    if (!st)
        st = view_taken(&cells[REFUSED_COMMIT], &commit, &v->row, err);
    jemput_buf_release(&commit);
    cells[REFUSED_KIND] = view_text("log");
    for (unsigned i = REFUSED_TBL; i < REFUSED_CELLS; i++)
        cells[i] = view_null();
    cells[REFUSED_PLACE] = view_null();
    cells[REFUSED_REF] = view_text(r->ref);
    cells[REFUSED_STATUS] = view_text(jemput_status_name(r->status));
    cells[REFUSED_REASON] = view_text(refused_reason(r->status));
    cells[REFUSED_DETAIL] = view_text(r->detail);
    cells[REFUSED_SINCE] = view_ms(r->since_ms);
    return st ? st : view_add(v, cells, err);
}

/* --- refused transactions --- */

static enum jemput_status adopted_tell(struct view *v, const struct refused_told *told, struct jemput_value *cells, struct jemput_error *err)
{
    struct jemput_value who[3];
    enum jemput_status st;

    cells[REFUSED_ADOPTED_BY] = cells[REFUSED_ADOPTED_MS] = view_null();
    if (!told->adopted)
        return JEMPUT_OK;
    st = view_who(v, who, &told->by.writer, err);
    cells[REFUSED_ADOPTED_BY] = who[2];
    cells[REFUSED_ADOPTED_MS] = view_ms(jemput_stamp_ms(told->by_stamp));
    return st;
}

static enum jemput_status fault_tell(struct view *v, const struct refused_told *told, struct jemput_value *cells, struct jemput_error *err)
{
    const struct jemput_table *table = told->entry.table ? jemput_store_table(v->j->store, told->entry.table) : NULL;

    cells[REFUSED_TBL] = view_text(table ? table->name : NULL);
    cells[REFUSED_KEY] = view_null();
    cells[REFUSED_COL] = view_text(table && told->entry.column < table->column_count ? table->columns[told->entry.column].name : NULL);
    return table ? view_key(&cells[REFUSED_KEY], table, told->entry.key, &v->row, err) : JEMPUT_OK;
}

static enum jemput_status txn_tell(void *ctx, const struct refused_told *told, struct jemput_error *err)
{
    struct view *v = ctx;
    struct jemput_buf commit = JEMPUT_BUF_INIT(2 * sizeof told->segment.commit);
    struct jemput_value cells[REFUSED_CELLS];
    enum jemput_status st = view_who(v, &cells[REFUSED_WHO], &told->segment.writer, err);

    jemput_buf_hex(&commit, jemput_bytes_of(told->segment.commit, sizeof told->segment.commit));
    if (!st)
        st = view_taken(&cells[REFUSED_COMMIT], &commit, &v->row, err);
    jemput_buf_release(&commit);
    if (!st)
        st = fault_tell(v, told, cells, err);
    if (!st)
        st = adopted_tell(v, told, cells, err);
    cells[REFUSED_KIND] = view_text("transaksi");
    cells[REFUSED_REF] = cells[REFUSED_STATUS] = view_null();
    cells[REFUSED_SEGMENT] = view_integer((int64_t)told->segment.number);
    cells[REFUSED_PLACE] = view_integer((int64_t)(told->entry.version % JEMPUT_SEGMENT_TXNS_MAX) + 1);
    cells[REFUSED_REASON] = view_text(told->why_id);
    cells[REFUSED_DETAIL] = view_text(told->why_en);
    cells[REFUSED_SINCE] = view_ms(jemput_stamp_ms(told->stamp));
    cells[REFUSED_GONE] = view_integer(told->gone);
    return st ? st : view_add(v, cells, err);
}

enum jemput_status view_refused(struct view *v, const struct jemput_value *values, struct jemput_error *err)
{
    struct refused_list list = { .v = v, .end = &list.first };
    enum jemput_status st = jemput_store_asides_each(v->j->store, refused_take, &list, err);

    (void)values;
    for (struct refused *r = list.first; !st && r; r = r->next)
        st = refused_tell(v, r, err);
    return st ? st : refused_each(v->j, txn_tell, v, err);
}

/* --- cases --- */

static enum jemput_status case_tell(void *ctx, const struct jemput_case *told, struct jemput_error *err)
{
    struct view *v = ctx;
    struct jemput_value cells[CASE_CELLS] = { [CASE_KIND] = view_text(told->kind), [CASE_ABOUT] = view_text(told->about),
        [CASE_LABEL] = view_text(told->label), [CASE_SINCE] = view_ms(told->since_ms), [CASE_COUNT] = view_integer((int64_t)told->count),
        [CASE_OPEN] = view_integer(told->open), [CASE_WHAT] = view_text(told->what_id), [CASE_SAFE] = view_text(told->safe_id),
        [CASE_TODO] = view_text(told->todo_id) };

    return view_add(v, cells, err);
}

enum jemput_status view_cases(struct view *v, const struct jemput_value *values, struct jemput_error *err)
{
    (void)values;
    return cases_each(v->j, case_tell, v, err);
}
