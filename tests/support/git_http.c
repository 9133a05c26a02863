/* support/git_http.c — see git_http.h. Request and answer go through files: what git's CGI program reads and writes. */
#include "support/git_http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *header_of(const struct jemput_http_request *request, const char *name)
{
    size_t len = strlen(name);

    for (unsigned i = 0; i < request->header_count; i++)
        if (strncmp(request->headers[i], name, len) == 0)
            return request->headers[i] + len;
    return "";
}

static FILE *body_file(struct git_http *g, const struct jemput_http_request *request, size_t *len)
{
    FILE *file = tmpfile();
    size_t left = g->cut_up >= 0 ? (size_t)g->cut_up : SIZE_MAX;

    *len = 0;
    g->body_bytes = 0;
    for (unsigned i = 0; file && i < request->body_count; i++) {
        size_t take = request->body[i].len < left ? request->body[i].len : left;

        if (fwrite(request->body[i].data, 1, take, file) != take)
            abort();
        left -= take;
        *len += take;
        g->body_bytes += request->body[i].len;
    }
    if (!file || fflush(file) != 0)
        abort();
    rewind(file);
    return file;
}

static void child_run(struct git_http *g, const struct jemput_http_request *request, size_t body_len, FILE *in, FILE *out)
{
    char length[32], *path = strdup(strchr(strstr(request->url, "://") + 3, '/')), *query = strchr(path, '?');

    if (query)
        *query++ = '\0';
    snprintf(length, sizeof length, "%zu", body_len);
    clearenv();
    setenv("PATH", "/usr/local/bin:/usr/bin:/bin", 1);
    setenv("HOME", "/nonexistent", 1);
    setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
    setenv("GIT_CONFIG_COUNT", "1", 1);
    setenv("GIT_CONFIG_KEY_0", "safe.directory", 1);
    setenv("GIT_CONFIG_VALUE_0", "*", 1);
    setenv("GIT_PROJECT_ROOT", g->root, 1);
    setenv("GIT_HTTP_EXPORT_ALL", "1", 1);
    setenv("REMOTE_USER", "tablet", 1);
    setenv("REQUEST_METHOD", request->post ? "POST" : "GET", 1);
    setenv("PATH_INFO", path, 1);
    setenv("QUERY_STRING", query ? query : "", 1);
    setenv("CONTENT_TYPE", header_of(request, "Content-Type: "), 1);
    setenv("CONTENT_LENGTH", length, 1);
    if (!g->old)
        setenv("GIT_PROTOCOL", header_of(request, "Git-Protocol: "), 1);
    dup2(fileno(in), 0);
    dup2(fileno(out), 1);
    if (!freopen("/dev/null", "w", stderr))
        _exit(126);
    execlp("git", "git", "http-backend", (char *)NULL);
    _exit(127);
}

struct answer_bytes { /* not by base/alloc.h: a test that makes allocations fail means those of the client */
    uint8_t *data;
    size_t len;
};

static void answer_add(struct answer_bytes *answer, const char *piece, size_t len)
{
    answer->data = realloc(answer->data, answer->len + len);
    if (!answer->data)
        abort();
    memcpy(answer->data + answer->len, piece, len);
    answer->len += len;
}

static void git_ask(struct git_http *g, const struct jemput_http_request *request, struct answer_bytes *answer)
{
    size_t len, got;
    FILE *in = body_file(g, request, &len), *out = tmpfile();
    char piece[65536];
    pid_t child;
    int status;

    if (!out)
        abort();
    child = fork();
    if (child == 0)
        child_run(g, request, len, in, out);
    if (child < 0 || waitpid(child, &status, 0) != child)
        abort();
    rewind(out);
    while ((got = fread(piece, 1, sizeof piece, out)) > 0)
        answer_add(answer, piece, got);
    fclose(in);
    fclose(out);
}

/* "Status: 404 …" and "Content-Type: …" stand before an empty line. */
static struct jemput_bytes cgi_read(const struct answer_bytes *raw, struct jemput_http_answer *answer)
{
    size_t at = 0;

    answer->status = 200;
    for (;;) {
        const char *line = (const char *)raw->data + at;
        size_t len = 0;

        while (at + len < raw->len && line[len] != '\n')
            len++;
        if (len <= 1) {
            at += len + (at + len < raw->len);
            break;
        }
        if (len > 8 && strncmp(line, "Status: ", 8) == 0)
            answer->status = (unsigned)atoi(line + 8);
        if (len > 14 && strncmp(line, "Content-Type: ", 14) == 0)
            snprintf(answer->content_type, sizeof answer->content_type, "%.*s", (int)strcspn(line + 14, "\r\n;"), line + 14);
        at += len + 1;
    }
    return jemput_bytes_of(raw->data + at, raw->len - at);
}

/* To the caller in pieces of odd length, as a link does. */
static enum jemput_status answer_give(struct git_http *g, const struct jemput_http_request *request, struct jemput_http_answer *answer,
                                      struct jemput_bytes body, struct jemput_error *err)
{
    bool cut = g->cut_end > 0 || (g->cut_down >= 0 && (size_t)g->cut_down < body.len);
    size_t left = g->cut_end > body.len ? 0 : body.len - g->cut_end, step = 1;
    enum jemput_status st = JEMPUT_OK;

    if (!g->cut_end && cut)
        left = (size_t)g->cut_down;
    g->answer_bytes = body.len;
    answer->bytes_received = left;
    while (!st && left && answer->status == 200) {
        size_t take = step < left ? step : left;

        st = request->take(request->take_ctx, body.data, take, err);
        body.data += take;
        left -= take;
        step = step * 3 % 4093 + 1;
    }
    return !st && cut ? jemput_fail(err, JEMPUT_OFFLINE, "cut") : st;
}

static void answer_fixed(const struct git_http *g, struct jemput_http_answer *answer)
{
    answer->status = g->status;
    snprintf(answer->content_type, sizeof answer->content_type, "%s", g->type ? g->type : "text/plain");
    snprintf(answer->location, sizeof answer->location, "%s", g->location ? g->location : "");
    snprintf(answer->authenticate, sizeof answer->authenticate, "%s", g->authenticate ? g->authenticate : "");
}

static enum jemput_status git_exchange(struct jemput_http *http, const struct jemput_http_request *request, struct jemput_http_answer *answer,
                                       struct jemput_error *err)
{
    struct git_http *g = (struct git_http *)http;
    struct answer_bytes raw = { 0 };
    struct jemput_bytes body;
    struct git_http later = *g;
    bool cut_up, waits = g->cut_after > 0;
    enum jemput_status st;

    if (waits)
        g->cut_up = g->cut_down = g->flip_down = -1;
    cut_up = g->cut_up >= 0;
    g->exchanges++;
    g->pushes += strstr(request->url, "/git-receive-pack") != NULL;
    snprintf(g->last_url, sizeof g->last_url, "%s", request->url);
    snprintf(g->last_authorization, sizeof g->last_authorization, "%s", header_of(request, "Authorization: "));
    if (g->status) {
        answer_fixed(g, answer);
        body = jemput_bytes_str(g->page ? g->page : "");
    } else {
        if (!cut_up || g->starts_early)
            git_ask(g, request, &raw);
        body = raw.len ? cgi_read(&raw, answer) : (struct jemput_bytes){ 0 };
    }
    if (raw.len && g->flip_down >= 0 && (size_t)g->flip_down / 8 < body.len)
        raw.data[raw.len - body.len + (size_t)g->flip_down / 8] ^= (uint8_t)(1u << g->flip_down % 8);
    answer->bytes_sent = g->body_bytes;
    st = cut_up ? jemput_fail(err, JEMPUT_OFFLINE, "cut") : answer_give(g, request, answer, body, err);
    free(raw.data);
    g->cut_up = g->cut_down = g->flip_down = -1;
    g->cut_end = 0;
    g->status = 0;
    g->starts_early = false;
    if (waits) {
        g->cut_up = later.cut_up;
        g->cut_down = later.cut_down;
        g->starts_early = later.starts_early;
        g->cut_after = later.cut_after - 1;
    }
    return st;
}

static void git_close(struct jemput_http *http)
{
    (void)http;
}

void git_http_open(struct git_http *g, const char *root)
{
    *g = (struct git_http){ .http = { .exchange = git_exchange, .close = git_close }, .cut_up = -1, .cut_down = -1, .flip_down = -1 };
    snprintf(g->root, sizeof g->root, "%s", root);
}
