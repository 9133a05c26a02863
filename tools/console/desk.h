/* desk.h — an account's desks: its own device, one in each space where it has been invited, whose store lies sealed in the folder
 * (accounts/NAME/SPACE.db). What a person decides is written there, signed by that device's key, and sent to the space's hub.
 *
 * One set of desks for all sessions of an account; a set is used by one thread at a time (desks_lock), but for what desks_standing() tells. */
#ifndef JEMPUT_CONSOLE_DESK_H
#define JEMPUT_CONSOLE_DESK_H

#include <jemput/jemput.h>

#include "console.h"

enum { DESK_SYNC_MS = 15000, ROLES_BYTES = 64 };

struct standing { /* what an account is in one space */
    int64_t space;
    char name[NAME_BYTES]; /* of the space */
    char key[65];          /* of its device there; "" = not in its own roster yet */
    char writer[33];       /* of its log there */
    uint32_t device;
    char roles[ROLES_BYTES], scope[SCOPE_BYTES]; /* "" = none (now); "" = all of it */
    bool admitted;
    bool unsent; /* something is signed that the hub could not be given yet: it is tried again by itself (resend.h) */
};

struct desk {
    struct standing standing;
    struct jemput *jemput;
    char hub[1024]; /* "" = the one that the store remembers */
    char host[256]; /* of the hub */
    bool due;       /* to be sent without anybody asking */
    int64_t due_at; /* monotonic */
    unsigned tries; /* that did not go well, one behind the other */
};

struct desks;
/* All that the account has in the office's spaces, also what was made since they were opened. One that cannot be opened is left out, with a line on
 * stderr. The seed is kept until the last user has released them, in memory that is not swapped. NULL: no memory. */
struct desks *desks_get(struct office *office, const char *account, const uint8_t seed[SEED_BYTES]);
/* The last one closes them; but while something is unsent they stay open for an hour, to be sent. */
void desks_release(struct desks *d);
/* The one that has had something to send for longest, or one that stays open for nothing, kept once more; NULL: none. */
struct desks *desks_due(int64_t now);
/* Send of it the desk that has been due longest; whoever acts in another one does not wait for more than that. */
void desks_send(struct desks *d, int64_t now);
/* The spaces where something is unsent; how many, `max` at most. May be called by any thread. */
unsigned desks_unsent(struct desks *d, int64_t *spaces, unsigned max);
/* At the server's end: none stays open. */
void desks_close_all(void);
/* Copies of the standings, `max` at most. May be called by any thread. */
unsigned desks_standings(struct desks *d, struct standing *out, unsigned max);
/* One thread at a time from here on. */
void desks_lock(struct desks *d);
void desks_unlock(struct desks *d);
/* NULL: none there. The lock is held. */
struct desk *desk_find(struct desks *d, int64_t space);

/* Send what was signed, take in what others have; the standing is as of then. */
enum jemput_status desk_sync(struct desks *d, struct desk *desk, struct jemput_error *err);
/* How many segments its own log has: what an answer's "n" is. */
uint64_t desk_segments(struct desk *desk);

/* Where it lies; pinkey_desk() is what opens it. */
void desk_path(char out[PATH_BYTES], const struct office *office, const char *account, const struct space *space);

#endif
