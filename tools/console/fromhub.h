/* fromhub.h — files of tools/hub that are linked here, too. */
#ifndef JEMPUT_CONSOLE_FROMHUB_H
#define JEMPUT_CONSOLE_FROMHUB_H

#include <stdint.h>

/* listen.c: "127.0.0.1:8421", "[::1]:8421". -1: told on stderr. */
int socket_listen(const char *host_port);
/* bucket.c: may whoever this names have so many more now, of those that there are in `span_ms`? 0, or in so many seconds. */
unsigned bucket_take(const char *who, uint64_t count, uint64_t of, int64_t span_ms);

#endif
