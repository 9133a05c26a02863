/* api/cases/forgotten.c — cases of edits that came in after their row was forgotten: one for each writer. They count nowhere, and lie in the log
 * until the next checkpoint lets that go. */
#include <string.h>

#include "api/cases/cases.h"
#include "api/forget/erase.h"

struct of_writer {
    struct of_writer *next;
    struct jemput_writer writer;
    uint64_t count;
    int64_t since_ms;
};

struct gathering {
    struct jemput *j;
    struct of_writer *first, **end;
    struct jemput_arena arena;
};

static enum jemput_status gather(void *ctx, const struct jemput_segment *segment, struct jemput_error *err)
{
    struct gathering *g = ctx;
    struct of_writer *w = g->first;
    int64_t ms = jemput_stamp_ms(segment->stamp);
    bool touches = false;
    enum jemput_status st = engine_segment_touches(g->j, segment, &touches, err);

    if (st || !touches)
        return st;
    while (w && jemput_writer_compare(&w->writer, &segment->writer) != 0)
        w = w->next;
    if (!w) {
        w = jemput_arena_alloc(&g->arena, sizeof *w);
        if (!w)
            return jemput_fail(err, JEMPUT_NOMEM, "no memory for cases");
        *w = (struct of_writer){ .writer = segment->writer, .since_ms = ms };
        *g->end = w;
        g->end = &w->next;
    }
    w->count++;
    w->since_ms = ms < w->since_ms ? ms : w->since_ms;
    return JEMPUT_OK;
}

static const struct jemput_case words = {
    .kind = "forgotten",
    .open = 1,
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

enum jemput_status cases_forgotten(struct jemput *j, case_fn tell, void *ctx, struct jemput_error *err)
{
    struct gathering g = { .j = j, .end = &g.first };
    int64_t first = forgets_begin(j);
    enum jemput_status st = first ? jemput_store_segments_after(j->store, first, gather, &g, err) : JEMPUT_OK;

    for (const struct of_writer *w = g.first; !st && w; w = w->next) {
        struct jemput_case told = words;
        char about[2 * JEMPUT_WRITER_BYTES + 1], label[CASE_LABEL_BYTES];

        jemput_hex_encode(about, w->writer.id, sizeof w->writer.id);
        case_label(j, &w->writer, label);
        told.about = about;
        told.label = label;
        told.since_ms = w->since_ms;
        told.count = w->count;
        st = tell(ctx, &told, err);
    }
    jemput_arena_release(&g.arena);
    return st;
}
