/* api/cases/writers.c — cases of which there is one for each writer: what it is about is gathered, and told writer by writer. */
#include "api/cases/cases.h"

void case_writers_init(struct case_writers *w)
{
    *w = (struct case_writers){ .end = &w->first };
}

void case_writers_release(struct case_writers *w)
{
    jemput_arena_release(&w->arena);
}

enum jemput_status case_writers_note(struct case_writers *w, const struct jemput_writer *writer, jemput_stamp stamp, bool open,
                                     struct jemput_error *err)
{
    int64_t ms = jemput_stamp_ms(stamp);
    struct case_writer *of = w->first;

    while (of && jemput_writer_compare(&of->writer, writer) != 0)
        of = of->next;
    if (!of) {
        of = jemput_arena_alloc(&w->arena, sizeof *of);
        if (!of)
            return jemput_fail(err, JEMPUT_NOMEM, "no memory for cases");
        *of = (struct case_writer){ .writer = *writer, .since_ms = ms };
        *w->end = of;
        w->end = &of->next;
    }
    of->count++;
    of->open += open;
    of->since_ms = ms < of->since_ms ? ms : of->since_ms;
    return JEMPUT_OK;
}

enum jemput_status case_writers_tell(struct jemput *j, const struct case_writers *w, case_words_fn words, case_fn tell, void *ctx,
                                     struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    for (const struct case_writer *of = w->first; !st && of; of = of->next) {
        struct jemput_case told = *words(j, &of->writer);
        char about[2 * JEMPUT_WRITER_BYTES + 1], label[CASE_LABEL_BYTES];

        jemput_hex_encode(about, of->writer.id, sizeof of->writer.id);
        case_label(j, &of->writer, label);
        told.about = about;
        told.label = label;
        told.since_ms = of->since_ms;
        told.count = of->count;
        told.open = of->open > 0;
        st = tell(ctx, &told, err);
    }
    return st;
}
