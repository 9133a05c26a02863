/* auditjob.c — see auditjob.h. */
#include "auditjob.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "events.h"
#include "whys.h"

enum { KEPT_MAX = 64, FINDINGS_MAX = 200 };

struct finding {
    enum jemput_audit_part part;
    char *what;
};
struct audit {
    int64_t job, space, at_ms;
    bool running;
    enum jemput_status status; /* it could not be finished */
    uint64_t findings;
    char state_hash[65];
    struct finding *of;
    unsigned count;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct audit kept[KEPT_MAX];
static int64_t jobs;
static bool working, joinable;
static pthread_t thread;

struct task {
    struct jemput *store;
    int64_t job, space;
};

static struct audit *audit_of(int64_t job)
{
    for (unsigned i = 0; i < KEPT_MAX; i++)
        if (kept[i].job == job && job)
            return &kept[i];
    return NULL;
}

/* That of the space, or the oldest. */
static struct audit *audit_place(int64_t space)
{
    struct audit *oldest = &kept[0];

    for (unsigned i = 0; i < KEPT_MAX; i++) {
        if (kept[i].space == space)
            return &kept[i];
        if (kept[i].job < oldest->job)
            oldest = &kept[i];
    }
    return oldest;
}

static void audit_clear(struct audit *a)
{
    for (unsigned i = 0; i < a->count; i++)
        free(a->of[i].what);
    free(a->of);
    *a = (struct audit){ 0 };
}

static int finding_take(void *ctx, const struct jemput_finding *finding)
{
    struct audit *a = ctx;

    if (a->count == FINDINGS_MAX)
        return 1;
    a->of = memory_resize(a->of, a->count + 1, sizeof *a->of);
    a->of[a->count++] = (struct finding){ finding->part, memory_copy(finding->what, strlen(finding->what)) };
    return 0;
}

static void *work(void *ctx)
{
    struct task *t = ctx;
    struct audit found = { .job = t->job, .space = t->space };
    const struct jemput_audit_options options = { .deep = 1, .each = finding_take, .ctx = &found };
    struct jemput_audit out;
    struct jemput_error err;
    struct audit *place;

    found.status = jemput_audit(t->store, &options, &out, &err);
    found.findings = found.status ? 0 : out.findings;
    snprintf(found.state_hash, sizeof found.state_hash, "%s", found.status ? "" : out.state_hash);
    found.at_ms = now_ms();
    jemput_close(t->store);
    pthread_mutex_lock(&mutex);
    place = audit_place(t->space);
    audit_clear(place);
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
    struct audit *place;

    pthread_mutex_lock(&mutex);
    if (!working) {
        if (joinable)
            pthread_join(thread, NULL);
        t->job = job = ++jobs;
        joinable = working = pthread_create(&thread, NULL, work, t) == 0;
        job = working ? job : 0;
    }
    if (job) {
        place = audit_place(space);
        audit_clear(place);
        *place = (struct audit){ .job = job, .space = space, .at_ms = now_ms(), .running = true };
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
        audit_clear(&kept[i]);
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

static bool audit_told(struct request *q, const struct audit *a)
{
    struct json *j = &q->answer.json;
    bool known = !a->running && !a->status;

    if (!answer_open(&q->answer))
        return false;
    json_object(j, NULL);
    json_integer(j, "job", a->job);
    json_integer(j, "space", a->space);
    json_bool(j, "running", a->running);
    json_integer(j, "at_ms", a->at_ms);
    json_number_or_null(j, "findings", known, (int64_t)a->findings);
    json_text_or_null(j, "state_hash", a->state_hash[0] ? a->state_hash : NULL);
    json_text_or_null(j, "error", a->status ? jemput_status_name(a->status) : NULL);
    json_array(j, "items");
    for (unsigned i = 0; i < a->count; i++)
        finding_json(j, &a->of[i]);
    json_end_array(j);
    json_end_object(j);
    return true;
}

void audit_last_json(struct json *j, const char *key, int64_t space)
{
    const struct audit *found = NULL;

    pthread_mutex_lock(&mutex);
    for (unsigned i = 0; i < KEPT_MAX && !found; i++)
        if (kept[i].job && kept[i].space == space)
            found = &kept[i];
    if (found) {
        json_object(j, key);
        json_integer(j, "at_ms", found->at_ms);
        json_number_or_null(j, "findings", !found->running && !found->status, (int64_t)found->findings);
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
    const struct audit *a;
    long job;
    bool good;

    pthread_mutex_lock(&mutex);
    a = number_read(q->parts[0], 1, INT32_MAX, &job) ? audit_of(job) : NULL;
    good = a && reach_find(&q->reach, a->space) ? audit_told(q, a) : answer_not_found(&q->answer);
    pthread_mutex_unlock(&mutex);
    return good;
}

bool act_audit(struct request *q)
{
    const struct reach_space *space = body_space(q, q->body);
    struct task *t = space ? calloc(1, sizeof *t) : NULL;
    struct audit now = { 0 };

    if (!space)
        return false;
    if (!t || !(t->store = central_store(q, space->standing.space)))
        return free(t), answer_status(&q->answer, JEMPUT_IO);
    t->space = space->standing.space;
    now = (struct audit){ .job = task_start(t), .space = space->standing.space, .running = true, .at_ms = now_ms() };
    if (!now.job) {
        jemput_close(t->store);
        free(t);
        return answer_status(&q->answer, JEMPUT_BUSY);
    }
    look_row(q, now.space, "", "");
    return audit_told(q, &now);
}
