/* auditjob.c — see auditjob.h. */
#include "auditjob.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "audit.h"
#include "buffer.h"
#include "events.h"
#include "whys.h"

enum { KEPT_MAX = 64, FINDINGS_MAX = 200 };

struct finding {
    enum jemput_audit_part part;
    char *what;
};
struct difference { /* a row of central.db that is not what the logs give; values are not kept */
    char *table, *key, *kind, *columns;
};
struct result {
    int64_t job, space, at_ms;
    bool running;
    enum jemput_status status; /* it could not be finished; what was found until then stands */
    uint64_t findings, differences;
    bool postgres; /* the office has one: its tables are not among what is compared here */
    char state_hash[65];
    struct finding *of;
    unsigned count;
    struct difference *rows;
    unsigned row_count;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct result kept[KEPT_MAX];
static int64_t jobs;
static bool working, joinable;
static pthread_t thread;

struct task {
    const struct console *console;
    struct jemput *store;
    int64_t job, space;
};

static struct result *result_of(int64_t job)
{
    for (unsigned i = 0; i < KEPT_MAX; i++)
        if (kept[i].job == job && job)
            return &kept[i];
    return NULL;
}

/* That of the space, or the oldest. */
static struct result *result_place(int64_t space)
{
    struct result *oldest = &kept[0];

    for (unsigned i = 0; i < KEPT_MAX; i++) {
        if (kept[i].space == space)
            return &kept[i];
        if (kept[i].job < oldest->job)
            oldest = &kept[i];
    }
    return oldest;
}

static void result_clear(struct result *a)
{
    for (unsigned i = 0; i < a->count; i++)
        free(a->of[i].what);
    for (unsigned i = 0; i < a->row_count; i++) {
        free(a->rows[i].table);
        free(a->rows[i].key);
        free(a->rows[i].kind);
        free(a->rows[i].columns);
    }
    free(a->of);
    free(a->rows);
    *a = (struct result){ 0 };
}

static char *copy(const char *text)
{
    return memory_copy(text, strlen(text));
}

static int finding_take(void *ctx, const struct jemput_finding *finding)
{
    struct result *a = ctx;

    if (a->count == FINDINGS_MAX)
        return 0; /* counted all the same */
    a->of = memory_resize(a->of, a->count + 1, sizeof *a->of);
    a->of[a->count++] = (struct finding){ finding->part, copy(finding->what) };
    return 0;
}

static void difference_take(void *ctx, const struct audit_difference *d)
{
    struct result *a = ctx;

    if (a->row_count == FINDINGS_MAX)
        return; /* counted all the same */
    a->rows = memory_resize(a->rows, a->row_count + 1, sizeof *a->rows);
    a->rows[a->row_count++] = (struct difference){ copy(d->table), copy(d->key), copy(d->kind), copy(d->columns) };
}

/* central.db, which all pages are read from, beside the store whose logs were checked just now. */
static int tables_compare(const struct task *t, struct result *found, struct trouble *why)
{
    char number[24];
    struct audit audit = { .jemput = t->store, .each = difference_take, .ctx = found };
    struct office office;
    struct space space;
    int rc = office_open(&office, t->console->folder, true, why);

    office.key = t->console->key;
    snprintf(number, sizeof number, "%lld", (long long)t->space);
    found->postgres = !rc && office.postgres[0];
    audit.space = &space;
    if (!rc)
        rc = space_find(&space, &office, number, why) || shapes_read(&audit.shapes, t->store, why) || audit_lite(&audit, &office, why) ? -1 : 0;
    found->differences = audit.differences;
    shapes_release(&audit.shapes);
    office_close(&office);
    return rc;
}

static void task_do(const struct task *t, struct result *found)
{
    const struct jemput_audit_options options = { .deep = 1, .each = finding_take, .ctx = found };
    struct jemput_audit out;
    struct jemput_error err;
    struct trouble why;

    found->status = jemput_audit(t->store, &options, &out, &err);
    if (found->status) {
        fprintf(stderr, "jemput console: audit: %s\n", err.text);
        return;
    }
    found->findings = out.findings;
    snprintf(found->state_hash, sizeof found->state_hash, "%s", out.state_hash);
    if (tables_compare(t, found, &why)) {
        fprintf(stderr, "jemput console: audit: %s\n", why.text);
        found->status = why.kind == TROUBLE_LATER || why.kind == TROUBLE_MOVED ? JEMPUT_BUSY : JEMPUT_IO;
    }
}

static void *work(void *ctx)
{
    struct task *t = ctx;
    struct result found = { .job = t->job, .space = t->space }, *place;

    task_do(t, &found);
    found.at_ms = now_ms();
    jemput_close(t->store);
    pthread_mutex_lock(&mutex);
    place = result_place(t->space);
    result_clear(place);
    *place = found;
    working = false;
    pthread_mutex_unlock(&mutex);
    events_audit(t->job, t->space);
    free(t);
    return NULL;
}

/* Its number; 0: another one is under way. */
static int64_t task_start(struct task *t)
{
    int64_t job = 0, space = t->space; /* the thread frees it */
    struct result *place;

    pthread_mutex_lock(&mutex);
    if (!working) {
        if (joinable)
            pthread_join(thread, NULL);
        t->job = job = ++jobs;
        joinable = working = pthread_create(&thread, NULL, work, t) == 0;
        job = working ? job : 0;
    }
    if (job) {
        place = result_place(space);
        result_clear(place);
        *place = (struct result){ .job = job, .space = space, .at_ms = now_ms(), .running = true };
    }
    pthread_mutex_unlock(&mutex);
    return job;
}

void audit_stop(void)
{
    pthread_mutex_lock(&mutex);
    working = true; /* no other one begins */
    pthread_mutex_unlock(&mutex);
    if (joinable)
        pthread_join(thread, NULL);
    for (unsigned i = 0; i < KEPT_MAX; i++)
        result_clear(&kept[i]);
}

/* --- telling --- */

static const char *part_word(enum jemput_audit_part part)
{
    static const char *const words[] = { "", "file", "logs", "roster", "keys", "state", "central" };

    return words[part];
}

static void finding_json(struct json *j, const struct finding *f)
{
    struct jemput_finding words = { .part = f->part, .what = f->what };
    struct jemput_error err;

    json_object(j, NULL);
    json_text(j, "part", part_word(f->part));
    json_text(j, "what", f->what);
    if (jemput_finding_words(&words, &err) == JEMPUT_OK) {
        json_text(j, "what_id", words.what_id);
        json_text(j, "what_en", words.what_en);
        json_text(j, "safe_id", words.safe_id);
        json_text(j, "safe_en", words.safe_en);
        json_text(j, "todo_id", words.todo_id);
        json_text(j, "todo_en", words.todo_en);
    }
    json_end_object(j);
}

/* Why it stopped, in words, as errors have them. */
static void stopped_json(struct json *j, const char *key, enum jemput_status status)
{
    const struct jemput_words *id = jemput_status_words(status, "id"), *en = jemput_status_words(status, "en");

    json_object(j, key);
    json_text(j, "code", jemput_status_name(status));
    json_text(j, "text_id", id->what);
    json_text(j, "text_en", en->what);
    json_text(j, "safe_id", id->safe);
    json_text(j, "safe_en", en->safe);
    json_text(j, "todo_id", id->todo);
    json_text(j, "todo_en", en->todo);
    json_end_object(j);
}

static void changed_json(struct json *j, const struct difference *d)
{
    json_object(j, NULL);
    json_text(j, "tbl", d->table);
    json_text(j, "key", d->key);
    json_text(j, "kind", d->kind);
    json_text(j, "columns", d->columns);
    json_end_object(j);
}

/* Keys of rows are for who may see every row of the space; everybody else is told how many. */
static bool result_told(struct request *q, const struct reach_space *space, const struct result *a)
{
    bool known = !a->running && !a->status, rows = (space->roles & (ROLE_VERIFIKATOR | ROLE_ADMIN)) && !space->standing.scope[0];
    struct json *j = &q->answer.json;

    if (!answer_open(&q->answer))
        return false;
    json_object(j, NULL);
    json_integer(j, "job", a->job);
    json_integer(j, "space", a->space);
    json_bool(j, "running", a->running);
    json_integer(j, "at_ms", a->at_ms);
    json_number_or_null(j, "findings", known, (int64_t)(a->findings + a->differences));
    json_number_or_null(j, "differences", known, (int64_t)a->differences);
    json_bool(j, "postgres", a->postgres);
    json_text_or_null(j, "state_hash", a->state_hash[0] ? a->state_hash : NULL);
    if (a->status)
        stopped_json(j, "error", a->status);
    else
        json_null(j, "error");
    json_array(j, "items");
    for (unsigned i = 0; i < a->count; i++)
        finding_json(j, &a->of[i]);
    json_end_array(j);
    json_array(j, "changed");
    for (unsigned i = 0; rows && i < a->row_count; i++)
        changed_json(j, &a->rows[i]);
    json_end_array(j);
    json_end_object(j);
    return true;
}

void audit_last_json(struct json *j, const char *key, int64_t space)
{
    const struct result *found = NULL;

    pthread_mutex_lock(&mutex);
    for (unsigned i = 0; i < KEPT_MAX && !found; i++)
        if (kept[i].job && kept[i].space == space)
            found = &kept[i];
    if (found) {
        json_object(j, key);
        json_integer(j, "at_ms", found->at_ms);
        json_number_or_null(j, "findings", !found->running && !found->status, (int64_t)(found->findings + found->differences));
        json_bool(j, "running", found->running);
        json_integer(j, "job", found->job);
        json_end_object(j);
    } else {
        json_null(j, key);
    }
    pthread_mutex_unlock(&mutex);
}

bool ask_run(struct request *q)
{
    const struct reach_space *space;
    const struct result *a;
    long job;
    bool good;

    pthread_mutex_lock(&mutex);
    a = number_read(q->parts[0], 1, INT32_MAX, &job) ? result_of(job) : NULL;
    space = a ? reach_find(&q->reach, a->space) : NULL;
    good = space ? result_told(q, space, a) : answer_not_found(&q->answer);
    pthread_mutex_unlock(&mutex);
    return good;
}

bool act_audit(struct request *q)
{
    const struct reach_space *space = body_space(q, q->body);
    struct task *t = space ? calloc(1, sizeof *t) : NULL;
    struct result now = { 0 };

    if (!space)
        return false;
    if (!t || !(t->store = central_store(q, space->standing.space)))
        return free(t), answer_status(&q->answer, JEMPUT_IO);
    t->console = q->console;
    t->space = space->standing.space;
    now = (struct result){ .job = task_start(t), .space = space->standing.space, .running = true, .at_ms = now_ms() };
    if (!now.job) {
        jemput_close(t->store);
        free(t);
        return answer_status(&q->answer, JEMPUT_BUSY);
    }
    look_row(q, now.space, "", "");
    return result_told(q, space, &now);
}
