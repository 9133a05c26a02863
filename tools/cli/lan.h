/* lan.h — hubs that say in the room that they are there: what Avahi has heard. Nothing that it says is believed but where to ask
 * (schema/formats/lan.md). */
#ifndef JEMPUT_CLI_LAN_H
#define JEMPUT_CLI_LAN_H

#include <stdbool.h>

#define LAN_HUBS_MAX 8

struct lan_hub {
    char url[384];     /* "http://192.168.43.1:8418/wonosari.git" */
    char network[64];  /* "wlan0" */
    bool links_own;    /* an address that counts in that network alone */
};
struct lan_hubs {
    struct lan_hub of[LAN_HUBS_MAX];
    unsigned count;
    unsigned others; /* announcements of other spaces, which are left alone */
};
/* Ask avahi-browse for hubs of this space (hex). false: there is no Avahi here, or it gives no answer. */
bool lan_find(struct lan_hubs *out, const char *space);
/* One line of what it prints. */
void lan_line_take(struct lan_hubs *out, const char *line, const char *space);

#endif
