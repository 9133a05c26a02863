/* listen.c — see listen.h. */
#define _GNU_SOURCE
#include "listen.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "text.h"

static int refused(char why[LISTEN_WHY_BYTES], const char *text)
{
    snprintf(why, LISTEN_WHY_BYTES, "%s", text);
    return -1;
}

int socket_listen(const char *host_port, char why[LISTEN_WHY_BYTES])
{
    struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV }, *found = NULL;
    char host[256];
    const char *colon = strrchr(host_port, ':');
    size_t len = colon ? (size_t)(colon - host_port) : 0;
    int fd = -1, rc, on = 1;

    if (!colon || len == 0 || len >= sizeof host)
        return refused(why, T("sebutkan ALAMAT:PORT", "give ADDRESS:PORT"));
    snprintf(host, sizeof host, "%.*s", (int)len, host_port);
    if (host[0] == '[' && host[len - 1] == ']') {
        memmove(host, host + 1, len - 2);
        host[len - 2] = '\0';
    }
    rc = getaddrinfo(host, colon + 1, &hints, &found);
    if (rc)
        return refused(why, gai_strerror(rc));
    for (const struct addrinfo *a = found; a && fd == -1; a = a->ai_next) {
        fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd != -1 && (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) || bind(fd, a->ai_addr, a->ai_addrlen) || listen(fd, 4096))) {
            rc = errno;
            close(fd);
            errno = rc;
            fd = -1;
        }
    }
    if (fd == -1)
        refused(why, strerror(errno));
    freeaddrinfo(found);
    return fd;
}
