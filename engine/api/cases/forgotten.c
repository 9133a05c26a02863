/* api/cases/forgotten.c — cases of edits that came in after their row was forgotten: one for each writer. They count nowhere, and lie in the log
 * until the next checkpoint lets that go. */
#include "api/cases/cases.h"
#include "api/forget/erase.h"

struct gathering {
    struct jemput *j;
    struct case_writers writers;
};

static enum jemput_status gather(void *ctx, const struct jemput_segment *segment, struct jemput_error *err)
{
    struct gathering *g = ctx;
    bool touches = false;
    enum jemput_status st = engine_segment_touches(g->j, segment, &touches, err);

    return st || !touches ? st : case_writers_note(&g->writers, &segment->writer, segment->stamp, true, err);
}

static const struct jemput_case words = {
    .kind = "forgotten",
    .what_id = "Perangkat ini menyunting baris yang sudah dilupakan (jemput forget); suntingannya tiba sesudah itu. Baris itu tidak muncul lagi.",
    .what_en = "This device has edited a row that had been forgotten (jemput forget), and the edit came in after that. The row has not come back.",
    .safe_id = "Ya: pekerjaannya yang lain dihitung seperti biasa, dan suntingan ini masih utuh di catatan sampai checkpoint berikutnya.",
    .safe_en = "Yes: its other work counts as ever, and this edit is kept whole in the log until the next checkpoint.",
    .todo_id = "Tanyakan petugasnya. Kalau orangnya datang lagi dan ingin dilayani, catat sebagai baris baru. Kalau tidak, buat checkpoint lagi "
               "(jemput checkpoint --days 0, lalu --backed-up): suntingan ini ikut terhapus pada sync berikutnya.",
    .todo_en = "Ask the officer. If the person has come again and wants to be served, enter a new row. If not, make another checkpoint "
               "(jemput checkpoint --days 0, then --backed-up): the next syncs erase this edit, too.",
};

/* The oldest record by which a row was forgotten; 0 = there is none. */
static int64_t forgets_begin(const struct jemput *j)
{
    int64_t first = 0;

    for (uint32_t i = 0; j->forgets.count && i < j->acts.count; i++)
        if (j->acts.of[i].act.record.kind == JEMPUT_RECORD_FORGET && (!first || j->acts.of[i].segment < first))
            first = j->acts.of[i].segment;
    return first;
}

static const struct jemput_case *words_of(struct jemput *j, const struct jemput_writer *writer)
{
    (void)j;
    (void)writer;
    return &words;
}

enum jemput_status cases_forgotten(struct jemput *j, case_fn tell, void *ctx, struct jemput_error *err)
{
    struct gathering g = { .j = j };
    int64_t first = forgets_begin(j);
    enum jemput_status st;

    case_writers_init(&g.writers);
    st = first ? jemput_store_segments_after(j->store, first, gather, &g, err) : JEMPUT_OK;
    if (!st)
        st = case_writers_tell(j, &g.writers, words_of, tell, ctx, err);
    case_writers_release(&g.writers);
    return st;
}
