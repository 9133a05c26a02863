/* lan.c — where a hub of one room can be reached from, and what the person who starts it has to know. */
#define _GNU_SOURCE
#include "lan.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qr.h"

#define URL_BYTES 512

bool listens_read(struct listens *out, const char *given)
{
    out->count = 0;
    if (snprintf(out->text, sizeof out->text, "%s", given) >= (int)sizeof out->text)
        return false;
    for (char *at = out->text, *next; at; at = next) {
        next = strchr(at, ',');
        if (next)
            *next++ = '\0';
        if (out->count == LAN_LISTENS_MAX)
            return false;
        out->of[out->count++] = at;
    }
    return true;
}

/* --- networks of this machine --- */

struct network {
    const char *name;               /* "wlan0" */
    char host[INET6_ADDRSTRLEN + 2]; /* "192.168.43.1", "[fd00::1]" */
};

/* Addresses by which somebody else reaches this machine; links' own ones of IPv6 are of no use in an address that is typed. */
static bool network_of(const struct ifaddrs *a, struct network *out)
{
    char text[INET6_ADDRSTRLEN];

    if (!a->ifa_addr || !(a->ifa_flags & IFF_UP) || (a->ifa_flags & IFF_LOOPBACK))
        return false;
    out->name = a->ifa_name;
    if (a->ifa_addr->sa_family == AF_INET) {
        inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)a->ifa_addr)->sin_addr, out->host, sizeof out->host);
        return true;
    }
    if (a->ifa_addr->sa_family != AF_INET6 || IN6_IS_ADDR_LINKLOCAL(&((const struct sockaddr_in6 *)(const void *)a->ifa_addr)->sin6_addr))
        return false;
    inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)(const void *)a->ifa_addr)->sin6_addr, text, sizeof text);
    snprintf(out->host, sizeof out->host, "[%s]", text);
    return true;
}

static void networks_each(void (*each)(void *ctx, const struct network *network), void *ctx)
{
    struct ifaddrs *all = NULL;
    struct network network;

    if (getifaddrs(&all))
        return;
    for (const struct ifaddrs *a = all; a; a = a->ifa_next)
        if (network_of(a, &network))
            each(ctx, &network);
    freeifaddrs(all);
}

static bool host_is(const char *host_port, const char *host)
{
    size_t len = strlen(host);

    return strncmp(host_port, host, len) == 0 && host_port[len] == ':' && !strchr(host_port + len + 1, ':');
}

static bool is_all(const char *host_port)
{
    return host_is(host_port, "0.0.0.0") || host_is(host_port, "[::]");
}

static bool is_loopback(const char *host_port)
{
    return strncmp(host_port, "127.", 4) == 0 || host_is(host_port, "localhost") || host_is(host_port, "[::1]");
}

/* --- before it serves --- */

static void network_offer(void *ctx, const struct network *network)
{
    (void)ctx;
    fprintf(stderr, "  --listen %s:8418    (%s)\n", network->host, network->name);
}

int lan_which(const struct hub_command *self)
{
    fputs(T("--lan: sebutkan alamat laptop ini di jaringan yang Anda percaya (beberapa: dipisah koma):\n",
            "--lan: name this laptop's address in the network that you trust (several: with commas):\n"), stderr);
    networks_each(network_offer, NULL);
    return wrong_use(self, "%s", T("atau semua jaringan, bila Anda percaya kepada SETIAP orang di semuanya: --listen 0.0.0.0:8418",
                                   "or all networks, if you trust EVERYBODY on all of them: --listen 0.0.0.0:8418"));
}

unsigned lan_port(const struct hub_command *self, const struct listens *listens)
{
    const char *port = "";

    for (unsigned i = 0; i < listens->count; i++) {
        const char *colon = strrchr(listens->of[i], ':');

        if (!colon || (i && strcmp(colon + 1, port) != 0) || atoi(colon + 1) < 1 || atoi(colon + 1) > 65535) {
            wrong_use(self, "%s", T("--lan: semua --listen memakai satu nomor porta", "--lan: all of --listen has one port number"));
            return 0;
        }
        port = colon + 1;
    }
    return (unsigned)atoi(port);
}

/* --- what is told --- */

static void network_tell(void *ctx, const struct network *network)
{
    (void)ctx;
    printf("  %s (%s)\n", network->host, network->name);
}

void lan_tell(const struct listens *listens, bool tls)
{
    bool all = false, loopback = true;

    for (unsigned i = 0; i < listens->count; i++) {
        all |= is_all(listens->of[i]);
        loopback &= is_loopback(listens->of[i]);
    }
    if (all) {
        puts(T("PERCAYAKAH Anda kepada setiap orang di SEMUA jaringan ini? Mereka semua dapat menghubungi hub ini:",
               "DO YOU TRUST everybody on ALL of these networks? All of them can reach this hub:"));
        networks_each(network_tell, NULL);
        puts(T("Bila tidak: Ctrl-C, lalu sebut satu alamat saja dengan --listen.", "If not: Ctrl-C, and name one address only with --listen."));
    }
    if (loopback)
        puts(T("Hanya laptop ini sendiri yang dapat menghubungi alamat itu: tablet di ruangan tidak.",
               "Only this laptop itself reaches that address: no tablet in the room does."));
    puts(T("Isi catatan tersegel dan ditandatangani: orang lain di jaringan tidak dapat membacanya atau mengubahnya tanpa ketahuan.",
           "What is in the logs is sealed and signed: others on the network can neither read it nor change it unseen."));
    if (!tls)
        puts(T("Tanpa TLS mereka melihat perangkat mana yang sinkron, kapan dan berapa banyak, daftar perangkat dan perannya, dan dapat memutus\n"
               "sambungan. Pakailah di jaringan yang sandinya hanya Anda bagikan kepada tim.",
               "Without TLS they see which device syncs, when, and how much, and the list of devices and their roles, and can cut the link.\n"
               "Use it in a network whose password only your team has."));
}

/* --- addresses --- */

struct showing {
    const char *scheme, *port, *name;
};

static void address_show(const struct showing *s, const char *host)
{
    char url[URL_BYTES];

    if (snprintf(url, sizeof url, "%s://%s:%s/%s.git", s->scheme, host, s->port, s->name) >= (int)sizeof url)
        return;
    printf("\n  jemput sync --hub %s\n", url);
    qr_show(stdout, url);
}

static void network_show(void *ctx, const struct network *network)
{
    address_show(ctx, network->host);
}

struct repository_showing {
    const struct listens *listens;
    bool tls;
};

static int repository_show(void *ctx, const char *path)
{
    const struct repository_showing *r = ctx;
    char name[NAME_MAX_BYTES + 1];

    snprintf(name, sizeof name, "%.*s", (int)(strlen(strrchr(path, '/') + 1) - 4), strrchr(path, '/') + 1);
    for (unsigned i = 0; i < r->listens->count; i++) {
        const char *colon = strrchr(r->listens->of[i], ':');
        struct showing s = { r->tls ? "https" : "http", colon + 1, name };
        char host[256];

        snprintf(host, sizeof host, "%.*s", (int)(colon - r->listens->of[i]), r->listens->of[i]);
        if (is_all(r->listens->of[i]))
            networks_each(network_show, &s);
        else
            address_show(&s, host);
    }
    return 0;
}

void lan_addresses_show(const struct serve *s, const struct listens *listens, bool tls)
{
    struct repository_showing r = { listens, tls };

    puts(T("Avahi tidak berjalan di laptop ini (perlu: avahi-daemon dan avahi-utils), jadi tablet tidak menemukan hub ini sendiri. Beri tahu alamatnya,\n"
           "atau biarkan tablet memindai:",
           "Avahi does not run on this laptop (needed: avahi-daemon and avahi-utils), so tablets do not find this hub by themselves. Tell them its\n"
           "address, or let them scan it:"));
    repositories_each(s->folder, repository_show, &r);
    fflush(stdout);
}
