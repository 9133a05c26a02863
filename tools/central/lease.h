/* lease.h — who works on a space: a line in central.db, so that of several programs on one folder each does what no other does. It saves work, and
 * nothing rests on it: two rounds over one space at once are harmless (the store is shared by processes, targets compare their marks, and the outbox
 * looks for its own inside the transaction). */
#ifndef JEMPUT_CENTRAL_LEASE_H
#define JEMPUT_CENTRAL_LEASE_H

#include "central.h"

#define LEASE_MS 15000      /* it lasts so long */
#define LEASE_RENEW_MS 5000 /* and is renewed so often */

/* Take it, or keep it, until now + LEASE_MS; also from a process of this machine that is not there any more. *held: it is ours. holder:
 * "machine:process:…", one a program. 0, or -1 and why. */
int lease_take(struct office *office, int64_t space, const char *holder, int64_t now, bool *held, struct trouble *why);
/* All that it holds: at its end. */
int leases_drop(struct office *office, const char *holder, struct trouble *why);
/* Of this process. */
const char *lease_holder(void);

#endif
