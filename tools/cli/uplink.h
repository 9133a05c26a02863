/* uplink.h — is this machine on a network, and when does that change? Linux: rtnetlink. */
#ifndef JEMPUT_CLI_UPLINK_H
#define JEMPUT_CLI_UPLINK_H

#include <stdbool.h>

/* A socket that can be read when addresses or links of this machine change; -1 = there is none, and uplink_is_up() has to be asked now and then. */
int uplink_open(void);
/* Reads what has come: true = something did. */
bool uplink_changed(int fd);
/* An interface other than loopback is up, and has an address of its own. */
bool uplink_is_up(void);
/* A folder, or an address on this machine: whatever the network does. */
bool uplink_needless(const char *hub);

#endif
