/* guard.h — may this request come in, and what is it about? Host, Origin, token, role and scope. */
#ifndef JEMPUT_CONSOLE_GUARD_H
#define JEMPUT_CONSOLE_GUARD_H

#include "session.h"

/* Where an account may do what a route does. */
struct reach_space {
    struct standing standing;
    unsigned roles;
    uint64_t n; /* segments of the account's own log that central.db knows of, */
    bool shown; /* and their rows are in it */
};
struct reach { /* zeroed = nowhere */
    unsigned count;
    struct reach_space *of;
    unsigned roles; /* of all together */
};
/* What the desks' rosters say, or, where central knows the device, what central's does: so that who is revoked is out at once. */
int reach_read(struct reach *out, struct desks *desks, struct sqlite3 *central, struct trouble *why);
void reach_release(struct reach *r);
/* Leave only the spaces where one of the roles is had. */
void reach_narrow(struct reach *r, unsigned roles);
const struct reach_space *reach_find(const struct reach *r, int64_t space);
/* May a row of that region be seen? `kel` NULL or "": nobody wrote it down, so only who may see the whole space. */
bool reach_has(const struct reach *r, int64_t space, const char *kel);
/* The kelurahan, if it is one alone that may be seen: then it is found by that, and all others' rows are not walked over. NULL: more, or less. */
const char *reach_only_kel(const struct reach *r);
/* 16.74 covers 16.74 and 16.74.05; "" covers all. */
bool scope_covers(const char *scope, const char *kel);
/* Of a path's number or name. NULL: not there, or nothing there for this account. */
const struct reach_space *reach_named(const struct reach *r, const char *text);

/* Is it one of this server's names: of --address, of --listen, or loopback's? Against pages that point their own name here. */
bool guard_host(const struct console *c, const char *host);
/* Of a request that changes something. NULL headers = not sent. */
bool guard_origin(const struct console *c, const char *origin, const char *fetch_site);

#endif
