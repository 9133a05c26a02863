/* lan.h — `jemput hub serve --lan`: a hub for the tablets of one room. Where it can be reached, what to ask the person who starts it, and its
 * announcement through Avahi (mDNS, DNS-SD), so that `jemput sync --lan` finds it without internet.
 *
 * Nothing rests on the announcement: whoever is in the room can hear it, and can announce what they like. A device lets itself be led by it to an
 * address, where the hub has to show a log of the device's own space before anything is sent (schema/formats/lan.md). */
#ifndef JEMPUT_HUB_LAN_H
#define JEMPUT_HUB_LAN_H

#include "serve.h"

#define LAN_LISTENS_MAX 8

struct listens { /* "192.168.43.1:8418,[fd00::1]:8418", apart */
    const char *of[LAN_LISTENS_MAX];
    unsigned count;
    char text[512]; /* what `of` points into */
};
/* false: too many, or too long. */
bool listens_read(struct listens *out, const char *given);

/* --- accept.c --- */

struct MHD_Daemon;
/* Listen on all but the first of these, for a daemon that listens on that. */
int accepting_start(struct MHD_Daemon *daemon, const struct listens *listens);
void accepting_stop(void); /* before the daemon is */

/* --- lan.c --- */

/* "--lan" without an address: which there are, and how to name one. EXIT_WRONG_USE. */
int lan_which(const struct hub_command *self);
/* Its addresses must have one port, which the announcement names. 0 = they have not; that was told. */
unsigned lan_port(const struct hub_command *self, const struct listens *listens);
/* Where the hub can be reached from, whom that trusts, and what protects what is sent. */
void lan_tell(const struct listens *listens, bool tls);
/* For each repository its address as text and as a QR code: of a room without Avahi, this is how a tablet is told. */
void lan_addresses_show(const struct serve *s, const struct listens *listens, bool tls);

/* --- announce.c --- */

/* Announce each repository that has a space. avahi-publish does it, one process each, which ends with this one. */
void announce_begin(const struct serve *s, unsigned port, bool tls);
/* To be called each second: repositories that are new, processes that have ended, what there is to tell. true, once: Avahi is not there. */
bool announce_look(void);
void announce_end(void);

#endif
