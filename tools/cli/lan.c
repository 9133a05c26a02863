/* lan.c — see lan.h. avahi-browse tells what was announced, one service a line: "=;wlan0;IPv4;NAME;TYPE;DOMAIN;HOST;ADDRESS;PORT;"TEXT" …". All of it
 * comes from whoever is in the room, so only what is of the expected form is taken: a numeric address, a port, a plain path. */
#define _GNU_SOURCE
#include "lan.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SPACE_DIGITS 16
#define PATH_BYTES 80
#define LINE_BYTES 4096
#define BROWSE_MS 8000 /* avahi-browse ends by itself, after a second or two */

extern char **environ;

/* --- a line --- */

enum { FIELD_NETWORK = 1, FIELD_ADDRESS = 7, FIELD_PORT, FIELD_TEXT, FIELDS };

/* The value of a text record, if it is made of plain letters. */
static bool text_find(const char *texts, const char *name, char *out, size_t room)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/";
    size_t len = strlen(name);

    for (const char *at = texts; (at = strchr(at, '"')) != NULL;) {
        const char *end = strchr(++at, '"');
        size_t value;

        if (!end)
            return false;
        if ((size_t)(end - at) > len && strncmp(at, name, len) == 0 && at[len] == '=') {
            value = strspn(at + len + 1, plain);
            if (at + len + 1 + value != end || value >= room)
                return false;
            snprintf(out, room, "%.*s", (int)value, at + len + 1);
            return true;
        }
        at = end + 1;
    }
    return false;
}

#define HOST_BYTES (INET6_ADDRSTRLEN + IF_NAMESIZE + 6)

/* "[fd00::1]" as it stands in an address. A link's own addresses of IPv6 mean nothing without their network: "[fe80::1%25wlan0]" (RFC 6874). */
static bool host_write(char out[HOST_BYTES], const char *address, const char *network, bool *links_own)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    struct in6_addr six;
    struct in_addr four;
    size_t len = strlen(network);

    *links_own = false;
    if (inet_pton(AF_INET, address, &four) == 1)
        return snprintf(out, HOST_BYTES, "%s", address) > 0;
    if (inet_pton(AF_INET6, address, &six) != 1)
        return false;
    *links_own = IN6_IS_ADDR_LINKLOCAL(&six);
    if (!*links_own)
        return snprintf(out, HOST_BYTES, "[%s]", address) > 0;
    return len && len < IF_NAMESIZE && strspn(network, plain) == len && snprintf(out, HOST_BYTES, "[%s%%25%s]", address, network) > 0;
}

/* Those that other programs understand, too, go first. */
static void hub_put(struct lan_hubs *out, const struct lan_hub *hub)
{
    unsigned at = out->count;

    while (!hub->links_own && at && out->of[at - 1].links_own)
        at--;
    memmove(&out->of[at + 1], &out->of[at], (out->count - at) * sizeof out->of[0]);
    out->of[at] = *hub;
    out->count++;
}

static void hub_add(struct lan_hubs *out, char *fields[FIELDS], const char *path)
{
    char host[HOST_BYTES], tls[4], *end;
    long port = strtol(fields[FIELD_PORT], &end, 10);
    struct lan_hub hub;

    if (*end || port < 1 || port > 65535 || out->count == LAN_HUBS_MAX ||
        !host_write(host, fields[FIELD_ADDRESS], fields[FIELD_NETWORK], &hub.links_own))
        return;
    snprintf(hub.url, sizeof hub.url, "%s://%s:%ld%s", text_find(fields[FIELD_TEXT], "tls", tls, sizeof tls) ? "https" : "http", host, port, path);
    snprintf(hub.network, sizeof hub.network, "%s", fields[FIELD_NETWORK]);
    for (unsigned i = 0; i < out->count; i++)
        if (strcmp(out->of[i].url, hub.url) == 0)
            return;
    hub_put(out, &hub);
}

void lan_line_take(struct lan_hubs *out, const char *line, const char *space)
{
    char copy[LINE_BYTES], said[SPACE_DIGITS + 1], path[PATH_BYTES], *fields[FIELDS], *at = copy;
    unsigned count = 0;

    if (snprintf(copy, sizeof copy, "%s", line) >= (int)sizeof copy)
        return;
    while (at && count < FIELDS) {
        fields[count++] = at;
        at = count < FIELDS ? strchr(at, ';') : NULL; /* names escape theirs; texts, which may hold some, are the last field */
        if (at)
            *at++ = '\0';
    }
    if (count < FIELDS || strcmp(fields[0], "=") != 0 || !text_find(fields[FIELD_TEXT], "space", said, sizeof said) ||
        !text_find(fields[FIELD_TEXT], "path", path, sizeof path) || path[0] != '/' || strstr(path, ".."))
        return;
    if (strlen(said) != SPACE_DIGITS || strncmp(said, space, SPACE_DIGITS) != 0)
        out->others++;
    else
        hub_add(out, fields, path);
}

/* --- asking --- */

static long long clock_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool browse_start(int out, pid_t *pid)
{
    char *const argv[] = { "avahi-browse", "-p", "-r", "-t", "-k", "_jemput._tcp", NULL };
    posix_spawn_file_actions_t actions;
    int rc;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    rc = posix_spawnp(pid, argv[0], &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    return rc == 0;
}

/* Line by line, until it ends or its time is over. */
static void browse_read(int from, struct lan_hubs *out, const char *space)
{
    char text[LINE_BYTES];
    long long end = clock_ms() + BROWSE_MS, left;
    size_t len = 0;
    ssize_t got = 1;

    while (got > 0 && (left = end - clock_ms()) > 0) {
        struct pollfd p = { .fd = from, .events = POLLIN };
        char *newline;

        if (poll(&p, 1, (int)left) <= 0)
            continue;
        got = read(from, text + len, sizeof text - 1 - len);
        len += got > 0 ? (size_t)got : 0;
        text[len] = '\0';
        while ((newline = strchr(text, '\n')) != NULL) {
            *newline = '\0';
            lan_line_take(out, text, space);
            len -= (size_t)(newline + 1 - text);
            memmove(text, newline + 1, len + 1);
        }
        if (len == sizeof text - 1) /* no line is so long */
            len = 0;
    }
}

bool lan_find(struct lan_hubs *out, const char *space)
{
    int ends[2], status = 0;
    pid_t pid;

    *out = (struct lan_hubs){ .count = 0 };
    if (pipe2(ends, O_CLOEXEC))
        return false;
    if (!browse_start(ends[1], &pid)) {
        close(ends[0]);
        close(ends[1]);
        return false;
    }
    close(ends[1]);
    browse_read(ends[0], out, space);
    close(ends[0]);
    kill(pid, SIGTERM); /* it has ended, or takes too long */
    while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
        ;
    return out->count || out->others || (WIFEXITED(status) && WEXITSTATUS(status) == 0) || WIFSIGNALED(status);
}
