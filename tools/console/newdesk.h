/* newdesk.h — a desk is made: an administrator's store invites, and a store of the account's joins by that.
 *
 * In this order, so that nothing half-done is left: whoever is in already is refused before anything is signed; a store that cannot be used is taken
 * back; console.db knows the desk before anything is sent; and what cannot be sent then is sent like everything else that was signed (resend.h). */
#ifndef JEMPUT_CONSOLE_NEWDESK_H
#define JEMPUT_CONSOLE_NEWDESK_H

#include "desk.h"

struct desk_invitation {
    const char *roles, *scope; /* "" = the whole space */
};

struct newdesk {
    struct jemput *jemput;
    char path[PATH_BYTES];
    char writer[33]; /* of its log, in hexadecimal digits */
    bool born;       /* the store was not there before */
};

/* Invite and join. `admin` has just been synced: else the device number may be another's by now. It has the invitation to send then, also if this
 * fails. Somebody who waits to be let in may be invited again.
 * -1 MOVED: the account is in the space, and nothing was signed. */
int newdesk_make(struct newdesk *out, struct office *office, const struct space *space, const char *account, const uint8_t seed[SEED_BYTES],
                 struct jemput *admin, const struct desk_invitation *as, struct trouble *why);
/* Send the desk's first words, behind the invitation. It may write once central has merged both. */
int newdesk_send(struct newdesk *d, const struct space *space, struct trouble *why);
void newdesk_close(struct newdesk *d);
/* Close it, and take back the store that was made. */
void newdesk_drop(struct newdesk *d);

/* A sync of a store that is nobody's open desk. */
int store_sync(const struct space *space, struct jemput *store, const char *doing, struct trouble *why);

#endif
