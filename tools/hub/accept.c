/* accept.c — further addresses that the hub listens on: libmicrohttpd accepts on one socket, and is given what comes on the others. */
#define _GNU_SOURCE
#include "lan.h"

#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "listen.h"

#define FULL_MS 100 /* no descriptors are free: not at once again */

static struct accepting {
    struct MHD_Daemon *daemon;
    struct pollfd sockets[LAN_LISTENS_MAX + 1]; /* the last one ends it */
    unsigned count;
    int ends[2];
    pthread_t thread;
} at = { .ends = { -1, -1 } };

static void connection_take(int socket)
{
    struct sockaddr_storage from;
    socklen_t len = sizeof from;
    int fd = accept4(socket, (struct sockaddr *)(void *)&from, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd >= 0)
        (void)MHD_add_connection(at.daemon, fd, (const struct sockaddr *)(const void *)&from, len); /* what it does not take it closes */
    else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
        nanosleep(&(struct timespec){ .tv_nsec = FULL_MS * 1000000L }, NULL);
}

static void *accepting_run(void *ctx)
{
    for (;;) {
        if (poll(at.sockets, at.count + 1, -1) == -1)
            continue;
        if (at.sockets[at.count].revents)
            return ctx;
        for (unsigned i = 0; i < at.count; i++)
            if (at.sockets[i].revents)
                connection_take(at.sockets[i].fd);
    }
}

static void sockets_close(void)
{
    for (unsigned i = 0; i < at.count; i++)
        close(at.sockets[i].fd);
    for (unsigned i = 0; i < 2 && at.ends[i] != -1; i++)
        close(at.ends[i]);
    at = (struct accepting){ .ends = { -1, -1 } };
}

int accepting_start(struct MHD_Daemon *daemon, const struct listens *listens)
{
    char why[LISTEN_WHY_BYTES];
    int rc;

    for (unsigned i = 1; i < listens->count; i++) {
        at.sockets[at.count] = (struct pollfd){ .fd = socket_listen(listens->of[i], why), .events = POLLIN };
        if (at.sockets[at.count].fd == -1)
            return sockets_close(), problem("--listen %s: %s", listens->of[i], why);
        at.count++;
    }
    if (!at.count)
        return EXIT_DONE;
    at.daemon = daemon;
    rc = pipe2(at.ends, O_CLOEXEC) ? errno : 0;
    at.sockets[at.count] = (struct pollfd){ .fd = at.ends[0], .events = POLLIN };
    if (!rc)
        rc = pthread_create(&at.thread, NULL, accepting_run, NULL);
    if (rc)
        sockets_close();
    return rc ? problem("%s", strerror(rc)) : EXIT_DONE;
}

void accepting_stop(void)
{
    if (!at.count)
        return;
    close(at.ends[1]);
    at.ends[1] = -1;
    pthread_join(at.thread, NULL);
    sockets_close();
}
