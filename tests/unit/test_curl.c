/* HTTP by libcurl: a server that says nothing, or next to nothing, is left within the time that was given, and a cancel is seen soon. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <jemput/curl.h>

struct server {
    int listening;
    atomic_bool over;
    unsigned drip_ms; /* so many bytes of the answer each time; 0 = nothing is said */
    unsigned drip_bytes; /* 0 = one */
    unsigned work_ms; /* before it says anything */
    unsigned whole;   /* bytes of the answer's body, then it ends; 0 = it does not */
    const char *status; /* NULL = 200 OK */
    uint64_t answer_ms;
    unsigned answered; /* what the client made of it */
    pthread_t thread;
    char url[64];
    unsigned asked, ends_at; /* calls of cancelled(); which one says yes, 0 = none */
};

static void pause_ms(unsigned ms)
{
    nanosleep(&(struct timespec){ .tv_nsec = (long)ms * 1000000 }, NULL);
}

static void *server_run(void *ctx)
{
    static const char bytes[65536];
    struct server *s = ctx;
    char request[4096], head[128];
    unsigned sent = 0, each = s->drip_bytes ? s->drip_bytes : 1;
    int fd = accept(s->listening, NULL, NULL), len;

    len = snprintf(head, sizeof head, "HTTP/1.1 %s\r\nContent-Type: text/plain\r\nContent-Length: %u\r\n\r\n", s->status ? s->status : "200 OK",
                   s->whole ? s->whole : 2000000000u);
    if (fd < 0 || recv(fd, request, sizeof request, 0) <= 0)
        return NULL;
    for (unsigned waited = 0; waited < s->work_ms && !atomic_load(&s->over); waited += 10)
        pause_ms(10);
    if (s->drip_ms && send(fd, head, (size_t)len, MSG_NOSIGNAL) < 0)
        return NULL;
    while (!atomic_load(&s->over)) {
        pause_ms(s->drip_ms ? s->drip_ms : 10);
        if (s->drip_ms && !(s->whole && sent >= s->whole) && send(fd, bytes, each, MSG_NOSIGNAL) < 0)
            break;
        sent += each;
    }
    close(fd);
    return NULL;
}

static void server_start(struct server *s)
{
    struct sockaddr_in where = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof where;

    s->listening = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(s->listening >= 0 && bind(s->listening, (struct sockaddr *)&where, len) == 0 && listen(s->listening, 1) == 0);
    assert_int_equal(getsockname(s->listening, (struct sockaddr *)&where, &len), 0);
    snprintf(s->url, sizeof s->url, "http://127.0.0.1:%u/x", (unsigned)ntohs(where.sin_port));
    assert_int_equal(pthread_create(&s->thread, NULL, server_run, s), 0);
}

static void server_end(struct server *s)
{
    atomic_store(&s->over, true);
    pthread_join(s->thread, NULL);
    close(s->listening);
}

static int cancelled(void *ctx)
{
    struct server *s = ctx;

    return ++s->asked == s->ends_at;
}

static enum jemput_status take(void *ctx, const void *data, size_t len, struct jemput_error *err)
{
    (void)ctx, (void)data, (void)len, (void)err;
    return JEMPUT_OK;
}

static enum jemput_status ask(struct server *s, uint64_t stall_ms, struct jemput_error *err)
{
    const struct jemput_http_request request = { .url = s->url, .stall_ms = stall_ms, .answer_ms = s->answer_ms, .deadline_ms = 8000, .cancelled = cancelled, .cancelled_ctx = s,
        .take = take };
    struct jemput_http_answer answer = { 0 };
    struct jemput_http *http;
    enum jemput_status st;

    server_start(s);
    assert_int_equal(jemput_curl_open(&http, &(struct jemput_curl_options){ 0 }, err), JEMPUT_OK);
    st = http->exchange(http, &request, &answer, err);
    s->answered = answer.status;
    http->close(http);
    server_end(s);
    return st;
}

static void a_server_that_says_nothing_is_left_and_meanwhile_a_cancel_is_looked_for(void **state)
{
    struct server s = { .drip_ms = 0 };
    struct jemput_error err;

    (void)state;
    assert_int_equal(ask(&s, 1000, &err), JEMPUT_OFFLINE);
    assert_non_null(strstr(err.text, "nothing moved"));
    assert_in_range(s.asked, 10, 100); /* twenty times a second, on a machine that is free */
}

static void a_cancel_ends_a_wait_at_the_first_look(void **state)
{
    struct server s = { .ends_at = 4 };
    struct jemput_error err;

    (void)state;
    assert_int_equal(ask(&s, 5000, &err), JEMPUT_CANCELLED);
    assert_int_equal(s.asked, 4);
}

/* --- how soon a cancel is obeyed --- */

#define CANCEL_AFTER_MS 500
#define SOON_MS 200
#define TRIES 4 /* the machine may be busy with something else */

static uint64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static int cancelled_by_now(void *at_ms)
{
    return now_ms() >= *(const uint64_t *)at_ms;
}

/* How long after the moment of the cancel it ended. */
static uint64_t cancel_took(const char *url, const struct jemput_http_part *body)
{
    uint64_t at_ms = now_ms() + CANCEL_AFTER_MS, end_ms;
    const struct jemput_http_request request = { .url = url, .post = body != NULL, .body = body, .body_count = body != NULL, .stall_ms = 20000,
        .answer_ms = 60000, .cancelled = cancelled_by_now, .cancelled_ctx = &at_ms, .take = take };
    struct jemput_http_answer answer = { 0 };
    struct jemput_http *http;
    struct jemput_error err;

    assert_int_equal(jemput_curl_open(&http, &(struct jemput_curl_options){ 0 }, &err), JEMPUT_OK);
    assert_int_equal(http->exchange(http, &request, &answer, &err), JEMPUT_CANCELLED);
    end_ms = now_ms();
    http->close(http);
    assert_true(end_ms >= at_ms);
    return end_ms - at_ms;
}

static uint64_t cancel_took_there(const struct server *like, const struct jemput_http_part *body)
{
    struct server s = *like;
    uint64_t ms;

    server_start(&s);
    ms = cancel_took(s.url, body);
    server_end(&s);
    return ms;
}

/* While it waits for an answer, for its next bytes, for a server at work, and while a body goes out that nobody reads. */
static void a_cancel_ends_every_wait_for_a_server_within_200_ms(void **state)
{
    static const char much[8 << 20];
    const struct jemput_http_part small = { "x", 1 }, large = { much, sizeof much };
    const struct server silent = { 0 }, drips = { .drip_ms = 20, .drip_bytes = 4096 };
    const struct {
        const struct server *server;
        const struct jemput_http_part *body;
    } waits[] = { { &silent, NULL }, { &drips, NULL }, { &silent, &small }, { &silent, &large } };

    (void)state;
    for (unsigned i = 0; i < sizeof waits / sizeof waits[0]; i++) {
        uint64_t least = UINT64_MAX;

        for (unsigned tries = 0; tries < TRIES && least >= SOON_MS; tries++) {
            uint64_t ms = cancel_took_there(waits[i].server, waits[i].body);

            least = ms < least ? ms : least;
        }
        if (least >= SOON_MS)
            fail_msg("wait %u: %u ms", i, (unsigned)least);
    }
}

/* Its queue is full: what would open a connection gets no answer at all, as where a link has gone. */
static void a_cancel_ends_a_wait_for_a_connection_within_200_ms(void **state)
{
    struct sockaddr_in where = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof where;
    int listening = socket(AF_INET, SOCK_STREAM, 0), fill[4];
    uint64_t least = UINT64_MAX;
    char url[64];

    (void)state;
    assert_true(listening >= 0 && bind(listening, (struct sockaddr *)&where, len) == 0 && listen(listening, 0) == 0);
    assert_int_equal(getsockname(listening, (struct sockaddr *)&where, &len), 0);
    for (unsigned i = 0; i < sizeof fill / sizeof fill[0]; i++) {
        fill[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        (void)connect(fill[i], (struct sockaddr *)&where, len);
    }
    snprintf(url, sizeof url, "http://127.0.0.1:%u/x", (unsigned)ntohs(where.sin_port));
    for (unsigned tries = 0; tries < TRIES && least >= SOON_MS; tries++) {
        uint64_t ms = cancel_took(url, NULL);

        least = ms < least ? ms : least;
    }
    assert_in_range(least, 0, SOON_MS - 1);
    for (unsigned i = 0; i < sizeof fill / sizeof fill[0]; i++)
        close(fill[i]);
    close(listening);
}

/* A byte now and then would keep a sync going for days. */
static void a_server_that_drips_is_left_as_one_that_says_nothing(void **state)
{
    struct server s = { .drip_ms = 50 };
    struct jemput_error err;

    (void)state;
    assert_int_equal(ask(&s, 500, &err), JEMPUT_OFFLINE);
    assert_non_null(strstr(err.text, "nothing moved"));
}

/* A hub that looks at a large push, or counts what it is to send, is silent for longer than a dead link is waited for. */
static void a_server_at_work_is_waited_for_longer_and_not_for_ever(void **state)
{
    struct server works = { .work_ms = 900, .drip_ms = 10, .whole = 1, .answer_ms = 5000 }, silent = { .answer_ms = 1200 };
    struct jemput_error err;

    (void)state;
    assert_int_equal(ask(&works, 300, &err), JEMPUT_OK);
    assert_int_equal(works.answered, 200);
    assert_int_equal(ask(&silent, 300, &err), JEMPUT_OFFLINE);
    assert_non_null(strstr(err.text, "no answer within 1 s"));
}

/* Five bytes in five seconds are what git sends while it works; a minute of that here takes 1.2 s. */
static void a_server_that_says_as_git_does_that_it_is_at_work_is_waited_for(void **state)
{
    struct server s = { .drip_ms = 100, .drip_bytes = 5, .whole = 250 };
    struct jemput_error err;

    (void)state;
    if (ask(&s, 1200, &err))
        fail_msg("%s", err.text);
}

/* Enough to be no silence, and too little to come to an end. */
static void a_server_that_never_comes_to_an_end_is_left(void **state)
{
    struct server s = { .drip_ms = 20, .drip_bytes = 40 };
    struct jemput_error err;

    (void)state;
    assert_int_equal(ask(&s, 200, &err), JEMPUT_OFFLINE);
    assert_non_null(strstr(err.text, "too slow to come to an end"));
}

static void of_a_page_that_nobody_wants_not_all_is_taken(void **state)
{
    struct server s = { .drip_ms = 1, .drip_bytes = 65536, .status = "404 Not Found" };
    struct jemput_error err;

    (void)state;
    assert_int_equal(ask(&s, 1000, &err), JEMPUT_OK);
    assert_int_equal(s.answered, 404);
}

static void no_options_mean_the_system_s_authorities(void **state)
{
    struct jemput_http *http;
    struct jemput_error err;

    (void)state;
    assert_int_equal(jemput_curl_open(&http, NULL, &err), JEMPUT_OK);
    http->close(http);
    assert_int_equal(jemput_curl_use(NULL, &err), JEMPUT_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_options_mean_the_system_s_authorities),
        cmocka_unit_test(a_server_that_says_nothing_is_left_and_meanwhile_a_cancel_is_looked_for),
        cmocka_unit_test(a_cancel_ends_a_wait_at_the_first_look),
        cmocka_unit_test(a_cancel_ends_every_wait_for_a_server_within_200_ms),
        cmocka_unit_test(a_cancel_ends_a_wait_for_a_connection_within_200_ms),
        cmocka_unit_test(a_server_that_drips_is_left_as_one_that_says_nothing),
        cmocka_unit_test(a_server_at_work_is_waited_for_longer_and_not_for_ever),
        cmocka_unit_test(a_server_that_says_as_git_does_that_it_is_at_work_is_waited_for),
        cmocka_unit_test(a_server_that_never_comes_to_an_end_is_left),
        cmocka_unit_test(of_a_page_that_nobody_wants_not_all_is_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
