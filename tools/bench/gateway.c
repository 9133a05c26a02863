/* gateway.c — see gateway.h. Requests and answers pass through files without names, so that neither side waits for the other. */
#include "gateway.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "trouble.h"

#define HEAD_BYTES 4096

static const char *header_of(const struct jemput_http_request *q, const char *name)
{
    size_t len = strlen(name);

    for (unsigned i = 0; i < q->header_count; i++)
        if (strncmp(q->headers[i], name, len) == 0 && q->headers[i][len] == ':')
            return q->headers[i] + len + 1 + (q->headers[i][len + 1] == ' ');
    return "";
}

/* As a web server would call it. */
static void backend_environment(const struct gateway *g, const struct jemput_http_request *q, uint64_t body_bytes)
{
    char path[FOLDER_PATH_BYTES], bytes[24], *query;

    snprintf(path, sizeof path, "/%s", q->url + strlen(GATEWAY_URL));
    query = strchr(path, '?');
    if (query)
        *query++ = '\0';
    snprintf(bytes, sizeof bytes, "%llu", (unsigned long long)body_bytes);
    setenv("GIT_PROJECT_ROOT", g->folder, 1);
    setenv("GIT_HTTP_EXPORT_ALL", "1", 1);
    setenv("REMOTE_USER", "bench", 1);
    setenv("PATH_INFO", path, 1);
    setenv("QUERY_STRING", query ? query : "", 1);
    setenv("REQUEST_METHOD", q->post ? "POST" : "GET", 1);
    setenv("CONTENT_TYPE", header_of(q, "Content-Type"), 1);
    setenv("CONTENT_LENGTH", bytes, 1);
    setenv("GIT_PROTOCOL", header_of(q, "Git-Protocol"), 1);
    setenv("HTTP_CONTENT_ENCODING", header_of(q, "Content-Encoding"), 1);
}

static void backend_run(const struct gateway *g, const struct jemput_http_request *q, uint64_t body_bytes, FILE *in, FILE *out)
{
    int status;
    pid_t child = fork();

    if (child < 0)
        trouble("start git http-backend");
    if (child == 0) {
        backend_environment(g, q, body_bytes);
        dup2(fileno(in), STDIN_FILENO);
        dup2(fileno(out), STDOUT_FILENO);
        execlp("git", "git", "http-backend", (char *)NULL);
        _exit(127);
    }
    if (waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) == 127)
        trouble("git http-backend did not run");
}

/* The heads that it answers with, up to the empty line; what follows is the body. */
static void answer_head_read(FILE *out, struct jemput_http_answer *answer, uint64_t *head_bytes)
{
    char line[HEAD_BYTES];

    answer->status = 200;
    while (fgets(line, sizeof line, out)) {
        *head_bytes += strlen(line);
        line[strcspn(line, "\r\n")] = '\0';
        if (!line[0])
            return;
        if (strncmp(line, "Status: ", 8) == 0)
            answer->status = (unsigned)strtoul(line + 8, NULL, 10);
        else if (strncmp(line, "Content-Type: ", 14) == 0)
            snprintf(answer->content_type, sizeof answer->content_type, "%.*s", (int)sizeof answer->content_type - 1, line + 14);
    }
    trouble("git http-backend gave no answer");
}

static enum jemput_status answer_body_read(FILE *out, const struct jemput_http_request *q, struct jemput_http_answer *answer,
                                           struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;
    char bytes[65536];
    size_t len;

    while (!st && (len = fread(bytes, 1, sizeof bytes, out)) > 0) {
        answer->bytes_received += len;
        if (answer->status == 200)
            st = q->take(q->take_ctx, bytes, len, err);
    }
    return st;
}

static uint64_t body_write(FILE *in, const struct jemput_http_request *q)
{
    uint64_t bytes = 0;

    for (unsigned i = 0; i < q->body_count; i++) {
        if (fwrite(q->body[i].data, 1, q->body[i].len, in) != q->body[i].len)
            trouble("write a request");
        bytes += q->body[i].len;
    }
    if (fflush(in) || fseek(in, 0, SEEK_SET))
        trouble("write a request");
    return bytes;
}

static enum jemput_status gateway_exchange(struct jemput_http *http, const struct jemput_http_request *q, struct jemput_http_answer *answer,
                                           struct jemput_error *err)
{
    struct gateway *g = (struct gateway *)http;
    FILE *in = tmpfile(), *out = tmpfile();
    uint64_t body_bytes, head_bytes = 0;
    enum jemput_status st;

    if (!in || !out)
        trouble("make a file for a request");
    body_bytes = body_write(in, q);
    backend_run(g, q, body_bytes, in, out);
    rewind(out);
    answer_head_read(out, answer, &head_bytes);
    st = answer_body_read(out, q, answer, err);
    answer->bytes_received += head_bytes;
    answer->bytes_sent = body_bytes + strlen("POST  HTTP/1.1\r\nHost: \r\n\r\n") + strlen(q->url);
    for (unsigned i = 0; i < q->header_count; i++)
        answer->bytes_sent += strlen(q->headers[i]) + 2;
    fclose(in);
    fclose(out);
    g->exchanges++;
    g->bytes_sent += answer->bytes_sent;
    g->bytes_received += answer->bytes_received;
    if (strstr(q->url, "/git-receive-pack")) {
        g->up.exchanges = g->exchanges;
        g->up.bytes = g->bytes_sent + g->bytes_received;
    }
    return st;
}

static void gateway_close(struct jemput_http *http)
{
    (void)http;
}

bool gateway_open(struct gateway *g, const char *folder)
{
    *g = (struct gateway){ .http = { gateway_exchange, gateway_close } };
    snprintf(g->folder, sizeof g->folder, "%s", folder);
    return system("test -x \"$(git --exec-path 2>/dev/null)/git-http-backend\"") == 0;
}

void gateway_reset(struct gateway *g)
{
    g->exchanges = 0;
    g->bytes_sent = g->bytes_received = 0;
    memset(&g->up, 0, sizeof g->up);
}
