/* hubmove.h — has a hub in a folder moved since? Told by what the file system says of its branches, without reading them: cheap enough for twice a
 * second and hundreds of hubs. (A hub behind an address is asked by syncing.) */
#ifndef JEMPUT_CENTRAL_HUBMOVE_H
#define JEMPUT_CENTRAL_HUBMOVE_H

#include <stdbool.h>
#include <stdint.h>

/* "https://…", "http://…"; else a folder. */
bool hub_is_address(const char *hub);
/* One number for the state of its branches of logs. 0: it cannot be looked at, so not there now. Every push gives another one: git puts a branch's
 * new file in the place of the old one by renaming, which its folder's time shows. */
uint64_t hub_signature(const char *folder);

#endif
