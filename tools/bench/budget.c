/* budget.c — see budget.h. */
#include "budget.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const struct section sections[] = {
    { "Local write, one application a transaction",
      { { "write_ram", "write, on a RAM disk (processor time)", "us", 1, true, BUDGET_RATIO_MOST, { 1.35, 1.35, 1.35 }, LINE_PLAIN },
        { "write_normal", "write, synchronous=NORMAL", "us", 1, true, BUDGET_RATIO_MOST, { 1.30, 1.30, 1.30 }, LINE_PLAIN },
        { "write_full", "write, synchronous=FULL", "us", 1, true, BUDGET_RATIO_MOST, { 1.05, 1.05, 1.05 }, LINE_PLAIN },
        { "write_bytes", "bytes written, checkpoints included", "B", 0, false, BUDGET_RATIO_MOST, { 1.3, 1.3, 1.3 }, LINE_PLAIN },
        { "sent_bytes", "the same until it is sealed and on the hub", "B", 0, false, BUDGET_RATIO_MOST, { 1.3, 1.3, 1.3 }, LINE_PLAIN } } },
    { "Sealing and sending, a tablet's day in one session",
      { { "seal", "seal, per application", "us", 1, true, BUDGET_NONE, { 0 }, LINE_PLAIN },
        { "seal_payload", "payload, per application", "B", 1, false, BUDGET_NONE, { 0 }, LINE_PLAIN },
        { "seal_segment", "applications in a segment", "", 0, false, BUDGET_NONE, { 0 }, LINE_NEUTRAL },
        { "send", "sync, per application", "us", 1, true, BUDGET_NONE, { 0 }, LINE_PLAIN },
        { "upload", "upload, per application (raw: CSV, xz -9)", "B", 1, false, BUDGET_MOST, { 64, 64, 0 }, LINE_COLUMNS },
        { "csv_zlib", "the same rows as CSV, zlib", "B", 1, false, BUDGET_NONE, { 0 }, LINE_PLAIN },
        { "csv_zstd", "the same rows as CSV, zstd -19", "B", 1, false, BUDGET_NONE, { 0 }, LINE_PLAIN },
        { "csv_xz", "the same rows as CSV, xz -9", "B", 1, false, BUDGET_NONE, { 0 }, LINE_PLAIN },
        { "upload_folder", "the hub's folder grows by", "B", 1, false, BUDGET_NONE, { 0 }, LINE_PLAIN },
        { "upload_edit", "upload, per edit", "B", 1, false, BUDGET_NONE, { 0 }, LINE_PLAIN },
        { "seal_memory", "peak memory of writing and sealing", "MB", 1, false, BUDGET_MOST, { 20, 20, 20 }, LINE_PLAIN },
        { "send_memory", "peak memory of sending", "MB", 1, false, BUDGET_MOST, { 20, 20, 20 }, LINE_PLAIN } } },
    { "Central takes in all tablets (raw: bulk insert of the same rows)",
      { { "merge", "merge, per application", "us", 2, true, BUDGET_RATIO_MOST, { 2.0, 1.8, 2.0 }, LINE_PLAIN },
        { "merge_cpu", "merge, processor time", "us", 2, true, BUDGET_RATIO_MOST, { 2.0, 1.8, 2.0 }, LINE_PLAIN },
        { "merge_rate", "applications a second", "/s", 0, false, BUDGET_LEAST, { 0, 90000, 0 }, LINE_COLUMNS },
        { "merge_changes", "changed rows a second", "/s", 0, false, BUDGET_NONE, { 0 }, LINE_PLAIN },
        { "merge_lock", "merge, the longest that a batch held the lock", "ms", 0, false, BUDGET_MOST, { 50, 50, 50 }, LINE_PLAIN },
        { "merge_rows", "changed rows", "", 0, false, BUDGET_NONE, { 0 }, LINE_NEUTRAL },
        { "merge_memory", "merge, peak memory", "MB", 1, false, BUDGET_MOST, { 24, 0, 24 }, LINE_PLAIN },
        { "merge_memory_many", "merge, peak memory, 250,000 rows and more", "MB", 1, false, BUDGET_MOST, { 0, 24, 0 }, LINE_PLAIN },
        { "extension", "session extension, per application", "us", 2, true, BUDGET_NONE, { 0 }, LINE_PLAIN },
        { "extension_cpu", "session extension, processor time", "us", 2, true, BUDGET_NONE, { 0 }, LINE_PLAIN },
        { "extension_memory", "session extension, peak memory", "MB", 1, false, BUDGET_NONE, { 0 }, LINE_PLAIN },
        { "followed", "merge with the change feed (raw: without)", "us", 2, true, BUDGET_RATIO_MOST, { 1.05, 1.05, 1.05 }, LINE_PLAIN },
        { "followed_cpu", "merge with the feed, processor time", "us", 2, true, BUDGET_RATIO_MOST, { 1.05, 1.05, 1.05 }, LINE_PLAIN },
        { "follow", "the feed, per row moved (raw: SELECT by id)", "us", 2, true, BUDGET_NONE, { 0 }, LINE_PLAIN },
        { "follow_whole", "the feed whole, per row (raw: SELECT in order)", "us", 2, true, BUDGET_NONE, { 0 }, LINE_PLAIN },
        { "take_over", "a tablet takes over, per application", "us", 2, true, BUDGET_NONE, { 0 }, LINE_PLAIN },
        { "take_over_memory", "a tablet takes over, peak memory", "MB", 1, false, BUDGET_MOST, { 20, 0, 20 }, LINE_PLAIN } } },
    { "Store file (raw: the same rows)",
      { { "store_tablet", "a tablet with its log", "MB", 2, false, BUDGET_RATIO_MOST, { 1.6, 1.6, 1.6 }, LINE_PLAIN },
        { "store_free", "of it free pages, to be used again", "MB", 2, false, BUDGET_NONE, { 0 }, LINE_NEUTRAL },
        { "store_central", "central with all logs", "MB", 2, false, BUDGET_NONE, { 0 }, LINE_PLAIN },
        { "store_cut", "central after a checkpoint, the rest cut off", "MB", 2, false, BUDGET_RATIO_MOST, { 1.25, 1.25, 1.25 }, LINE_PLAIN },
        { "store_whole", "a tablet with all logs", "MB", 2, false, BUDGET_NONE, { 0 }, LINE_PLAIN },
        { "checkpoint", "make the checkpoint (raw: bulk insert)", "us", 2, true, BUDGET_NONE, { 0 }, LINE_PLAIN },
        { "cut", "prove it and cut off (raw: bulk insert)", "us", 2, true, BUDGET_NONE, { 0 }, LINE_PLAIN },
        { "checkpoint_memory", "checkpoint and cut, peak memory", "MB", 1, false, BUDGET_NONE, { 0 }, LINE_PLAIN } } },
    { "Does the officer wait? (raw: the app alone; jemput: while a sync takes in all others' work)",
      { { "read_p50", "opening a form, median", "ms", 3, false, BUDGET_NONE, { 0 }, LINE_PLAIN },
        { "read_p999", "opening a form, 999 of 1,000 within", "ms", 2, false, BUDGET_NONE, { 0 }, LINE_PLAIN },
        { "save_p50", "saving, median", "ms", 2, false, BUDGET_NONE, { 0 }, LINE_PLAIN },
        { "save_p999", "saving, 999 of 1,000 within", "ms", 2, false, BUDGET_NONE, { 0 }, LINE_PLAIN },
        { "save_most", "saving, the longest", "ms", 2, false, BUDGET_NONE, { 0 }, LINE_PLAIN },
        { "beside_lock", "tablet, the longest that a batch held the lock", "ms", 0, false, BUDGET_MOST, { 50, 50, 50 }, LINE_PLAIN } } },
    { "The office's copies",
      { { "project", "into central.db, per row", "us", 2, true, BUDGET_NONE, { 0 }, LINE_PLAIN },
        { "project_cpu", "into central.db, processor time", "us", 2, true, BUDGET_NONE, { 0 }, LINE_PLAIN },
        { "store_projected", "central.db", "MB", 2, false, BUDGET_NONE, { 0 }, LINE_PLAIN },
        { "project_postgres", "into central.db and PostgreSQL, per row", "us", 2, true, BUDGET_NONE, { 0 }, LINE_PLAIN },
        { "project_postgres_cpu", "into both, processor time without the server's", "us", 2, true, BUDGET_NONE, { 0 }, LINE_PLAIN } } },
    { "A day with photos: 10,000 changes, 100 MB (at the small size; in proportion where fewer were asked for)",
      { { "photo_add", "add a photo of 250 kB", "ms", 2, false, BUDGET_NONE, { 0 }, LINE_PLAIN },
        { "photo_send", "send a photo", "ms", 2, false, BUDGET_NONE, { 0 }, LINE_PLAIN },
        { "photo_take", "central takes a photo in", "ms", 2, false, BUDGET_NONE, { 0 }, LINE_PLAIN },
        { "photo_bytes", "bytes sent for a photo (raw: its own)", "B", 0, false, BUDGET_NONE, { 0 }, LINE_PLAIN },
        { "photo_again", "bytes sent for a photo that is there already", "B", 0, false, BUDGET_NONE, { 0 }, LINE_PLAIN },
        { "photo_send_memory", "memory of sending, above SQLite's cache", "MB", 1, false, BUDGET_MOST, { 16, 0, 0 }, LINE_PHOTOS },
        { "photo_take_memory", "memory of taking in, above SQLite's cache", "MB", 1, false, BUDGET_MOST, { 16, 0, 0 }, LINE_PHOTOS } } },
    { "Over HTTP, to stock git http-backend (raw: stock git)",
      { { "trips_idle", "nothing new: round trips", "", 0, false, BUDGET_MOST, { 1, 1, 1 }, LINE_PLAIN },
        { "http_idle", "nothing new: bytes, heads included", "B", 0, false, BUDGET_MOST, { 1024, 1024, 1024 }, LINE_PLAIN },
        { "trips_up", "50 applications up: round trips, the list's too", "", 0, false, BUDGET_MOST, { 1, 1, 1 }, LINE_PLAIN },
        { "weak_link", "the same at 40 kbit/s, 600 ms, 5 % lost; computed", "s", 1, false, BUDGET_MOST, { 20, 20, 20 }, LINE_PLAIN },
        { "trips_session", "50 up and what is new down: round trips", "", 0, false, BUDGET_NONE, { 0 }, LINE_PLAIN },
        { "http_one", "bytes: a sync of one application", "B", 0, false, BUDGET_NONE, { 0 }, LINE_PLAIN },
        { "http_session", "bytes: a sync of 50, per application", "B", 1, false, BUDGET_NONE, { 0 }, LINE_PLAIN },
        { "git_objects", "all objects, per application (raw: git push)", "B", 1, false, BUDGET_NONE, { 0 }, LINE_PLAIN },
        { "git_json", "the rows as JSON, git push, per application", "B", 1, false, BUDGET_NONE, { 0 }, LINE_PLAIN } } },
    { "The peer, on the same work (in jemput's column)",
      { { "peer_write", "local write, synchronous as it has it", "us", 1, true, BUDGET_NONE, { 0 }, LINE_PLAIN },
        { "peer_upload", "upload, per application", "B", 1, false, BUDGET_NONE, { 0 }, LINE_PLAIN },
        { "peer_trips", "round trips of it", "", 0, false, BUDGET_NONE, { 0 }, LINE_PLAIN },
        { "peer_merge", "central merge, per application", "us", 2, true, BUDGET_NONE, { 0 }, LINE_PLAIN },
        { "peer_memory", "peak memory of it", "MB", 1, false, BUDGET_NONE, { 0 }, LINE_PLAIN },
        { "peer_tablet", "a tablet's store", "MB", 2, false, BUDGET_NONE, { 0 }, LINE_PLAIN },
        { "peer_central", "central's store", "MB", 2, false, BUDGET_NONE, { 0 }, LINE_PLAIN } } },
    { "Small things when all that is there",
      { { "idle", "sync with nothing to do, tablet", "ms", 2, true, BUDGET_NONE, { 0 }, LINE_PLAIN },
        { "idle_bytes", "sync with nothing to do, bytes", "B", 0, false, BUDGET_MOST, { 1024, 1024, 1024 }, LINE_PLAIN },
        { "idle_central", "sync with nothing to do, central", "ms", 2, true, BUDGET_NONE, { 0 }, LINE_PLAIN },
        { "one", "sync of one new application", "ms", 2, true, BUDGET_NONE, { 0 }, LINE_PLAIN },
        { "one_bytes", "sync of one new application, bytes", "B", 0, false, BUDGET_NONE, { 0 }, LINE_PLAIN },
        { "session", "sync of 50 applications (raw: save their rows)", "ms", 2, true, BUDGET_NONE, { 0 }, LINE_PLAIN },
        { "upload_50", "upload of 50, per application (raw: CSV, xz)", "B", 1, false, BUDGET_RATIO_MOST, { 1.0, 1.0, 1.0 }, LINE_PLAIN },
        { "open", "open central's store", "ms", 2, true, BUDGET_NONE, { 0 }, LINE_PLAIN },
        { "sign", "sign a segment (raw: Ed25519 alone)", "us", 1, false, BUDGET_NONE, { 0 }, LINE_PLAIN },
        { "check", "small segments checked (raw: Ed25519 alone)", "/s", 0, false, BUDGET_LEAST, { 15000, 15000, 15000 }, LINE_PLAIN },
        { "segments", "small segments fetched, checked, merged, noted", "/s", 0, false, BUDGET_NONE, { 0 }, LINE_PLAIN } } },
};
const unsigned section_count = sizeof sections / sizeof sections[0];

struct shown shown_of(const struct bench *b, unsigned at, const struct line *l)
{
    const struct figures *f = &b->figures[at];

    return (struct shown){ figures_range(f, l->figure, "jemput"), figures_range(f, l->figure, "raw"), figures_ratio(f, l->figure) };
}

bool shown_is_there(const struct shown *s)
{
    return s->jemput.samples || s->raw.samples;
}

bool line_is_measured(const struct bench *b, const struct line *l)
{
    for (unsigned at = 0; at < SIZES_MAX; at++) {
        struct shown s = shown_of(b, at, l);

        if (b->measured[at] && shown_is_there(&s))
            return true;
    }
    return false;
}

const char *size_unjudged(const struct bench *b, unsigned at)
{
    static const unsigned applications[SIZES_MAX] = { 1000, 10000, 2500 };

    if (b->options.sealed)
        return "stores are sealed at rest";
    return b->sizes[at].tablets != 10 || b->sizes[at].applications != applications[at] ? "they are for another size" : NULL;
}

double budget_of(const struct bench *b, const struct line *l, unsigned at)
{
    if (l->kind == BUDGET_NONE || l->budget[at] == 0 || size_unjudged(b, at))
        return NAN;
    if (l->nature == LINE_COLUMNS && strcmp(b->sizes[at].shape->name, "reference") != 0)
        return NAN;
    return l->nature == LINE_PHOTOS && b->options.photos != PHOTOS_JUDGED ? NAN : l->budget[at];
}

bool line_is_open(const struct bench *b, const struct line *l, unsigned at)
{
    struct shown s = shown_of(b, at, l);

    return b->measured[at] && l->kind != BUDGET_NONE && l->budget[at] != 0 && isnan(share_of(b, l, at, &s).median);
}

static bool line_is_missed(const struct bench *b, const struct line *l)
{
    for (unsigned at = 0; at < SIZES_MAX; at++) {
        struct shown s = shown_of(b, at, l);

        if (b->measured[at] && share_of(b, l, at, &s).median > 1)
            return true;
    }
    return false;
}

#define BIRTHS "who made a row stands in the order of a hash: a page for each row, of which fewer are in the cache (README.md, \"Growth\")"

const char *line_excuse(const struct bench *b, const struct line *l)
{
    static const struct {
        const char *figure, *reason;
        bool of_growth;
    } reasons[] = {
        { "trips_up", "the list goes before the push: a number is signed only after it was looked whether another copy of this device has used it", false },
        { "merge_rate", "the budget is of a machine on which raw SQLite takes in 182,000 a second; what holds everywhere is the ratio to raw", false },
        { "check", "Ed25519 alone takes 50 us of the 67; the commit, its hash, the payload and its rows take 26 (README.md, \"Floors\")", false },
        { "follow", BIRTHS, true },
        { "follow_whole", BIRTHS, true },
        { "write_full", "one row more in a table of its own takes raw SQLite nearly as long; the disk's noise is larger (README.md, \"Floors\")", false },
        { "store_tablet", "a page for each table and index that a store has: 0.2 MB, half of what the rows of 1,000 applications take", false },
        { "store_cut", "a page for each table and index that a store has, most of what is over the budget (README.md, \"Floors\")", false },
    };

    for (unsigned i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        if (strcmp(l->figure, reasons[i].figure) == 0 && (reasons[i].of_growth ? growth_share(b, l) > 1 : line_is_missed(b, l)))
            return reasons[i].reason;
    return NULL;
}

struct range share_of(const struct bench *b, const struct line *l, unsigned at, const struct shown *s)
{
    double budget = budget_of(b, l, at);
    struct range r = l->kind == BUDGET_RATIO_MOST ? s->ratio : s->jemput;

    if (l->kind == BUDGET_LEAST)
        return (struct range){ budget / r.median, budget / r.most, budget / r.least, r.samples };
    return (struct range){ r.median / budget, r.least / budget, r.most / budget, r.samples };
}

double growth_of(const struct bench *b, const struct line *l)
{
    struct shown small = shown_of(b, SIZE_SMALL, l), large = shown_of(b, SIZE_LARGE, l);
    double growth = large.jemput.median / small.jemput.median, raw = large.raw.median / small.raw.median;

    if (!l->grows || !b->measured[SIZE_LARGE])
        return NAN;
    return isnan(raw) ? growth : growth / raw;
}

double growth_share(const struct bench *b, const struct line *l)
{
    return size_unjudged(b, SIZE_SMALL) || size_unjudged(b, SIZE_LARGE) ? NAN : growth_of(b, l) / GROWTH_MOST;
}

void budget_text(char out[BUDGET_TEXT_BYTES], const struct line *l, const struct bench *b)
{
    const char *sign = l->kind == BUDGET_LEAST ? ">=" : "<=", *unit = l->kind == BUDGET_RATIO_MOST ? "x raw" : l->unit;
    double first = budget_of(b, l, SIZE_SMALL), second = b->measured[SIZE_LARGE] ? budget_of(b, l, SIZE_LARGE) : first;

    out[0] = '\0';
    if (isnan(first) && isnan(second))
        return;
    if (first == second || isnan(first) || isnan(second))
        snprintf(out, BUDGET_TEXT_BYTES, "%s %g %s", sign, isnan(second) ? first : second, unit);
    else
        snprintf(out, BUDGET_TEXT_BYTES, "%s %g, %g %s", sign, first, second, unit);
}
