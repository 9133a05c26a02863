/* listen.h — the socket that a server listens on. */
#ifndef JEMPUT_SHARED_LISTEN_H
#define JEMPUT_SHARED_LISTEN_H

enum { LISTEN_WHY_BYTES = 160 };

/* "127.0.0.1:8418", "[::1]:8418". -1: `why` says it. Owned by the caller: close(). */
int socket_listen(const char *host_port, char why[LISTEN_WHY_BYTES]);

#endif
