/* notify.c — see notify.h. One datagram to the socket that systemd names: "sd_notify(3)", without its library. */
#include "notify.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void notify_send(const char *state)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un where = { .sun_family = AF_UNIX };
    size_t len = path ? strlen(path) : 0;
    int fd;

    if (len < 2 || len >= sizeof where.sun_path || (path[0] != '/' && path[0] != '@'))
        return;
    memcpy(where.sun_path, path, len);
    if (path[0] == '@') /* an abstract name */
        where.sun_path[0] = '\0';
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd == -1)
        return;
    (void)!sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&where, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
    close(fd);
}
