/* metric.c — see metric.h. */
#include "metric.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base.h"

#define TARGETS 2

static const int64_t visible_bounds_ms[] = { 250, 500, 1000, 2000, 4000, 8000, 15000, 60000 };
enum { BOUNDS = sizeof visible_bounds_ms / sizeof visible_bounds_ms[0] };
static const char *const target_names[TARGETS] = { "central.db", "postgresql" };

struct counted { /* of one space */
    struct counted *next;
    char space[NAME_BYTES];
    uint64_t later, broken, syncs, syncs_failed, outbox_done, outbox_refused, outbox_waiting, visible, visible_in[BOUNDS];
    int64_t outbox_since_ms; /* monotonic: since then the way back fails; 0 = it went well */
    int64_t sync_ms, visible_ms;
    struct {
        uint64_t rows, batches;
        int64_t ms;
    } target[TARGETS];
};

static struct counted *all;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

/* Locked; to be unlocked by the caller. */
static struct counted *counted_lock(const char *space)
{
    struct counted *c;

    pthread_mutex_lock(&mutex);
    for (c = all; c && strcmp(c->space, space) != 0; c = c->next)
        ;
    if (c)
        return c;
    c = memory_resize(NULL, 1, sizeof *c);
    memset(c, 0, sizeof *c);
    snprintf(c->space, sizeof c->space, "%s", space);
    c->next = all;
    all = c;
    return c;
}

void metric_error(const char *space, const char *kind)
{
    struct counted *c = counted_lock(space);

    if (strcmp(kind, "later") == 0)
        c->later++;
    else
        c->broken++;
    pthread_mutex_unlock(&mutex);
}

void metric_sync(const char *space, int64_t took_ms, bool good)
{
    struct counted *c = counted_lock(space);

    c->syncs++;
    c->syncs_failed += !good;
    c->sync_ms += took_ms;
    pthread_mutex_unlock(&mutex);
}

void metric_outbox(const char *space, uint64_t done, uint64_t refused)
{
    struct counted *c = counted_lock(space);

    c->outbox_done += done;
    c->outbox_refused += refused;
    pthread_mutex_unlock(&mutex);
}

void metric_outbox_waits(const char *space, uint64_t lines, bool stands)
{
    struct counted *c = counted_lock(space);

    c->outbox_waiting = lines;
    c->outbox_since_ms = !stands ? 0 : c->outbox_since_ms ? c->outbox_since_ms : monotonic_ms();
    pthread_mutex_unlock(&mutex);
}

int64_t metric_outbox_stands_ms(void)
{
    int64_t longest = 0, now = monotonic_ms();

    pthread_mutex_lock(&mutex);
    for (const struct counted *c = all; c; c = c->next)
        if (c->outbox_since_ms && now - c->outbox_since_ms > longest)
            longest = now - c->outbox_since_ms;
    pthread_mutex_unlock(&mutex);
    return longest;
}

void metric_batch(const char *space, const char *target, uint64_t rows, int64_t took_ms)
{
    struct counted *c = counted_lock(space);
    unsigned at = strcmp(target, target_names[0]) == 0 ? 0 : 1;

    c->target[at].rows += rows;
    c->target[at].batches++;
    c->target[at].ms += took_ms;
    pthread_mutex_unlock(&mutex);
}

void metric_visible(const char *space, int64_t ms)
{
    struct counted *c = counted_lock(space);

    c->visible++;
    c->visible_ms += ms;
    for (unsigned i = 0; i < BOUNDS; i++)
        c->visible_in[i] += ms <= visible_bounds_ms[i];
    pthread_mutex_unlock(&mutex);
}

void metric_release(void)
{
    while (all) {
        struct counted *c = all;

        all = c->next;
        free(c);
    }
}

/* --- text --- */

static void head(struct buffer *out, const char *name, const char *type, const char *help)
{
    buffer_format(out, "# HELP jemput_%s %s\n# TYPE jemput_%s %s\n", name, help, name, type);
}

static void seconds(struct buffer *out, int64_t ms)
{
    buffer_format(out, "%" PRId64 ".%03d\n", ms / 1000, (int)(ms % 1000));
}

static void errors_write(struct buffer *out)
{
    head(out, "errors_total", "counter", "Steps of rounds that failed, by whether they may work later by themselves.");
    for (const struct counted *c = all; c; c = c->next)
        buffer_format(out, "jemput_errors_total{space=\"%s\",kind=\"later\"} %" PRIu64 "\n"
                           "jemput_errors_total{space=\"%s\",kind=\"broken\"} %" PRIu64 "\n", c->space, c->later, c->space, c->broken);
    head(out, "outbox_done_total", "counter", "Transactions of the office that were signed.");
    for (const struct counted *c = all; c; c = c->next)
        buffer_format(out, "jemput_outbox_done_total{space=\"%s\"} %" PRIu64 "\n", c->space, c->outbox_done);
    head(out, "outbox_refused_total", "counter", "Transactions of the office that policy or a constraint refused.");
    for (const struct counted *c = all; c; c = c->next)
        buffer_format(out, "jemput_outbox_refused_total{space=\"%s\"} %" PRIu64 "\n", c->space, c->outbox_refused);
    head(out, "outbox_waiting", "gauge", "Changed rows of the office that the last round has left.");
    for (const struct counted *c = all; c; c = c->next)
        buffer_format(out, "jemput_outbox_waiting{space=\"%s\"} %" PRIu64 "\n", c->space, c->outbox_waiting);
    head(out, "outbox_stands_seconds", "gauge", "Since when the way back fails without a break; 0 = it went well.");
    for (const struct counted *c = all; c; c = c->next) {
        buffer_format(out, "jemput_outbox_stands_seconds{space=\"%s\"} ", c->space);
        seconds(out, c->outbox_since_ms ? monotonic_ms() - c->outbox_since_ms : 0);
    }
}

static void syncs_write(struct buffer *out)
{
    head(out, "sync_seconds", "summary", "Time of syncs with the hub.");
    for (const struct counted *c = all; c; c = c->next) {
        buffer_format(out, "jemput_sync_seconds_count{space=\"%s\"} %" PRIu64 "\njemput_sync_seconds_sum{space=\"%s\"} ", c->space, c->syncs,
                      c->space);
        seconds(out, c->sync_ms);
    }
    head(out, "syncs_failed_total", "counter", "Syncs that failed.");
    for (const struct counted *c = all; c; c = c->next)
        buffer_format(out, "jemput_syncs_failed_total{space=\"%s\"} %" PRIu64 "\n", c->space, c->syncs_failed);
}

static void batches_write(struct buffer *out)
{
    head(out, "projection_rows_total", "counter", "Rows that were written to a target.");
    for (const struct counted *c = all; c; c = c->next)
        for (unsigned t = 0; t < TARGETS; t++)
            buffer_format(out, "jemput_projection_rows_total{space=\"%s\",target=\"%s\"} %" PRIu64 "\n", c->space, target_names[t],
                          c->target[t].rows);
    head(out, "projection_batches_total", "counter", "Transactions that moved a target's mark.");
    for (const struct counted *c = all; c; c = c->next)
        for (unsigned t = 0; t < TARGETS; t++)
            buffer_format(out, "jemput_projection_batches_total{space=\"%s\",target=\"%s\"} %" PRIu64 "\n", c->space, target_names[t],
                          c->target[t].batches);
    head(out, "projection_seconds_total", "counter", "Time of these transactions.");
    for (const struct counted *c = all; c; c = c->next)
        for (unsigned t = 0; t < TARGETS; t++) {
            buffer_format(out, "jemput_projection_seconds_total{space=\"%s\",target=\"%s\"} ", c->space, target_names[t]);
            seconds(out, c->target[t].ms);
        }
}

static void visible_write(struct buffer *out)
{
    head(out, "push_to_visible_seconds", "histogram", "From the moment that a hub was seen to have moved until central.db had it.");
    for (const struct counted *c = all; c; c = c->next) {
        for (unsigned i = 0; i < BOUNDS; i++)
            buffer_format(out, "jemput_push_to_visible_seconds_bucket{space=\"%s\",le=\"%g\"} %" PRIu64 "\n", c->space,
                          (double)visible_bounds_ms[i] / 1000, c->visible_in[i]);
        buffer_format(out, "jemput_push_to_visible_seconds_bucket{space=\"%s\",le=\"+Inf\"} %" PRIu64 "\n", c->space, c->visible);
        buffer_format(out, "jemput_push_to_visible_seconds_count{space=\"%s\"} %" PRIu64 "\njemput_push_to_visible_seconds_sum{space=\"%s\"} ",
                      c->space, c->visible, c->space);
        seconds(out, c->visible_ms);
    }
}

/* States, each by one query: what stands in its first column is the number, the rest are values of labels. */
struct gauge {
    const char *name, *help, *sql;
    const char *labels[3]; /* of columns 1, 2, … */
};
#define COUNT(name) "SELECT n, s.name FROM count_ c JOIN space s ON s.id = c.space WHERE s.left_ms IS NULL AND c.name = '" name "'"
static const struct gauge gauges[] = {
    { "space_rows", "Rows that the tables show.", COUNT("rows"), { "space" } },
    { "space_conflicts", "Rows in conflict.", COUNT("conflicts"), { "space" } },
    { "space_held", "Rows that a constraint keeps out.", COUNT("held"), { "space" } },
    { "space_refused", "Refused transactions that nobody has adopted.", COUNT("refused"), { "space" } },
    { "space_cases_open", "What a person should look at.", COUNT("cases_open"), { "space" } },
    { "space_segments_unread", "Segments without a key.", COUNT("segments_unread"), { "space" } },
    { "space_logs_stopped", "Logs that stand stopped.", COUNT("logs_stopped"), { "space" } },
    { "space_unsent", "Transactions that no receipt covers yet, as known here.", COUNT("unsent"), { "space" } },
    { "space_last_sync_age_seconds", "Since the last complete sync.",
      "SELECT (?1 - synced_ms) / 1000, name FROM space WHERE left_ms IS NULL AND synced_ms IS NOT NULL", { "space" } },
    { "space_failing_seconds", "Since when every round fails; 0 = the last one went well.",
      "SELECT coalesce((?1 - failing_ms) / 1000, 0), name FROM space WHERE left_ms IS NULL", { "space" } },
    { "projection_behind", "Batches that a target is behind central.db.",
      "SELECT s.feed_number - t.feed_number, s.name, t.name FROM target_ t JOIN space s ON s.id = t.space WHERE s.left_ms IS NULL",
      { "space", "target" } },
    { "outbox_refused_open", "Changes of the office that were refused, and that nobody has settled.",
      "SELECT coalesce(sum(c.count), 0), s.name FROM space s LEFT JOIN case_ c ON c.space = s.id AND c.kind = 'outbox' AND c.open "
      "WHERE s.left_ms IS NULL GROUP BY s.id",
      { "space" } },
    { "devices", "Devices, by state.",
      "SELECT count(*), s.name, d.state FROM device_ d JOIN space s ON s.id = d.space WHERE s.left_ms IS NULL GROUP BY d.space, d.state",
      { "space", "state" } },
    { "checkpoint_age_seconds", "Since the last checkpoint of the night.",
      "SELECT (?1 - checkpoint_ms) / 1000, name FROM space WHERE left_ms IS NULL AND checkpoint_ms IS NOT NULL", { "space" } },
    { "night_age_seconds", "Since the last night's work, which signs the head of looks.db; none where no night ever came.",
      "SELECT (?1 - night_ms) / 1000, name FROM space WHERE left_ms IS NULL AND night_ms IS NOT NULL", { "space" } },
    { "nights_none", "Spaces whose night never came.", "SELECT count(*) FROM space WHERE left_ms IS NULL AND night_ms IS NULL", { NULL } },
    { "backup_age_seconds", "Since the last copy.",
      "SELECT (?1 - backup_ms) / 1000, name FROM space WHERE left_ms IS NULL AND backup_ms IS NOT NULL", { "space" } },
    { "leases", "Spaces that somebody works on.", "SELECT count(*) FROM lease WHERE until_ms >= ?1", { NULL } },
};

static void gauge_row(struct buffer *out, const struct gauge *g, struct sqlite3_stmt *stmt)
{
    buffer_format(out, "jemput_%s", g->name);
    for (int i = 0; i < 3 && g->labels[i]; i++)
        buffer_format(out, "%s%s=\"%s\"", i ? "," : "{", g->labels[i], (const char *)sqlite3_column_text(stmt, i + 1));
    buffer_format(out, "%s %" PRId64 "\n", g->labels[0] ? "}" : "", (int64_t)sqlite3_column_int64(stmt, 0));
}

static void gauges_write(struct buffer *out, struct office *office)
{
    for (unsigned i = 0; i < sizeof gauges / sizeof gauges[0]; i++) {
        struct sqlite3_stmt *stmt;
        struct trouble why;

        head(out, gauges[i].name, "gauge", gauges[i].help);
        if (base_prepare(office->db, &stmt, gauges[i].sql, &why))
            continue;
        sqlite3_bind_int64(stmt, 1, now_ms());
        while (sqlite3_step(stmt) == SQLITE_ROW)
            gauge_row(out, &gauges[i], stmt);
        sqlite3_finalize(stmt);
    }
}

/* Pages of this process in memory: the second number of /proc/self/statm. */
static void memory_write(struct buffer *out)
{
    FILE *f = fopen("/proc/self/statm", "re");
    long pages = 0;

    if (f && fscanf(f, "%*d %ld", &pages) == 1) {
        buffer_text(out, "# HELP process_resident_memory_bytes Memory of this process.\n# TYPE process_resident_memory_bytes gauge\n");
        buffer_format(out, "process_resident_memory_bytes %" PRId64 "\n", (int64_t)pages * sysconf(_SC_PAGESIZE));
    }
    if (f)
        fclose(f);
}

void metric_write(struct buffer *out, struct office *office)
{
    pthread_mutex_lock(&mutex);
    errors_write(out);
    syncs_write(out);
    batches_write(out);
    visible_write(out);
    pthread_mutex_unlock(&mutex);
    gauges_write(out, office);
    memory_write(out);
}
