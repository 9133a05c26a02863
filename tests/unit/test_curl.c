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
    unsigned drip_ms; /* one byte of the answer each time; 0 = nothing is said */
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
    static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 100000\r\n\r\n";
    struct server *s = ctx;
    char request[4096];
    int fd = accept(s->listening, NULL, NULL);

    if (fd < 0 || recv(fd, request, sizeof request, 0) <= 0)
        return NULL;
    if (s->drip_ms && send(fd, head, sizeof head - 1, MSG_NOSIGNAL) < 0)
        return NULL;
    while (!atomic_load(&s->over)) {
        pause_ms(s->drip_ms ? s->drip_ms : 10);
        if (s->drip_ms && send(fd, "x", 1, MSG_NOSIGNAL) < 0)
            break;
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
    const struct jemput_http_request request = { .url = s->url, .stall_ms = stall_ms, .deadline_ms = 8000, .cancelled = cancelled, .cancelled_ctx = s,
        .take = take };
    struct jemput_http_answer answer = { 0 };
    struct jemput_http *http;
    enum jemput_status st;

    server_start(s);
    assert_int_equal(jemput_curl_open(&http, &(struct jemput_curl_options){ 0 }, err), JEMPUT_OK);
    st = http->exchange(http, &request, &answer, err);
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

/* A byte now and then would keep a sync going for days. */
static void a_server_that_drips_is_left_as_one_that_says_nothing(void **state)
{
    struct server s = { .drip_ms = 50 };
    struct jemput_error err;

    (void)state;
    assert_int_equal(ask(&s, 500, &err), JEMPUT_OFFLINE);
    assert_non_null(strstr(err.text, "nothing moved"));
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
        cmocka_unit_test(a_server_that_drips_is_left_as_one_that_says_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
