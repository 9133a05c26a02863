/* uplink.c — see uplink.h. */
#include "uplink.h"

#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "space.h"

int uplink_open(void)
{
    struct sockaddr_nl where = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE };
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

    if (fd >= 0 && bind(fd, (const struct sockaddr *)&where, sizeof where) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

bool uplink_changed(int fd)
{
    char message[8192];
    bool any = false;

    while (fd >= 0 && recv(fd, message, sizeof message, 0) > 0) /* what it says is looked at anew: it may have been lost, too */
        any = true;
    return any;
}

static bool address_counts(const struct ifaddrs *a)
{
    if (!a->ifa_addr || (a->ifa_flags & IFF_LOOPBACK) || !(a->ifa_flags & IFF_UP) || !(a->ifa_flags & IFF_RUNNING))
        return false;
    if (a->ifa_addr->sa_family == AF_INET6)
        return !IN6_IS_ADDR_LINKLOCAL(&((const struct sockaddr_in6 *)(const void *)a->ifa_addr)->sin6_addr);
    return a->ifa_addr->sa_family == AF_INET;
}

bool uplink_is_up(void)
{
    struct ifaddrs *all = NULL;
    bool up = false;

    if (getifaddrs(&all) != 0)
        return true; /* that cannot be told: the hub will */
    for (const struct ifaddrs *a = all; a && !up; a = a->ifa_next)
        up = address_counts(a);
    freeifaddrs(all);
    return up;
}

bool uplink_needless(const char *hub)
{
    const char *host = strstr(hub, "://");

    if (!space_hub_is_address(hub))
        return true;
    return host && (strncmp(host + 3, "localhost", 9) == 0 || strncmp(host + 3, "127.", 4) == 0 || strncmp(host + 3, "[::1]", 5) == 0);
}
