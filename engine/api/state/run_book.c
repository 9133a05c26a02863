/* api/state/run_book.c — id runs by segment. See run_book.h. */
#include "api/state/run_book.h"

#include <stdlib.h>

#include "base/limits.h"

#define BOOK_BYTES_MAX ((size_t)JEMPUT_RUN_BOOK_BYTES_MAX)

struct place {
    int64_t segment;
    size_t at, len;
};

void engine_run_book_init(struct engine_run_book *book)
{
    *book = (struct engine_run_book){ .runs = JEMPUT_BUF_INIT(BOOK_BYTES_MAX), .places = JEMPUT_BUF_INIT(BOOK_BYTES_MAX) };
}

void engine_run_book_release(struct engine_run_book *book)
{
    jemput_buf_release(&book->runs);
    jemput_buf_release(&book->places);
}

enum jemput_status engine_run_book_note(void *ctx, int64_t segment, struct jemput_bytes runs, struct jemput_error *err)
{
    struct engine_run_book *book = ctx;
    struct place place = { segment, book->runs.len, runs.len };

    if (!runs.len)
        return JEMPUT_OK;
    jemput_buf_append_bytes(&book->runs, runs);
    if (!book->runs.failed)
        jemput_buf_append(&book->places, &place, sizeof place);
    book->sorted = false;
    if (book->runs.failed == JEMPUT_NOMEM || book->places.failed == JEMPUT_NOMEM)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for id runs");
    return JEMPUT_OK;
}

static int place_order(const void *a, const void *b)
{
    int64_t x = ((const struct place *)a)->segment, y = ((const struct place *)b)->segment;

    return x < y ? -1 : x > y;
}

enum jemput_status engine_run_book_find(void *ctx, int64_t segment, struct jemput_bytes *runs, struct jemput_error *err)
{
    struct engine_run_book *book = ctx;
    const struct place wanted = { .segment = segment }, *found;
    size_t count = book->places.len / sizeof wanted;

    (void)err;
    *runs = (struct jemput_bytes){ 0 };
    if (count && !book->sorted)
        qsort(book->places.data, count, sizeof wanted, place_order);
    book->sorted = true;
    found = count ? bsearch(&wanted, book->places.data, count, sizeof wanted, place_order) : NULL;
    if (found)
        *runs = jemput_bytes_of(book->runs.data + found->at, found->len);
    return JEMPUT_OK;
}
