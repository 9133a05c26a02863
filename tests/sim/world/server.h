/* sim/world/server.h — hubs behind addresses: the same folders (hub.h), shown over smart HTTP by a git server (support/git_answer.h), for those
 * devices that reach them so. The link to it fails as it is told (support/git_link.h). */
#ifndef TESTS_SIM_WORLD_SERVER_H
#define TESTS_SIM_WORLD_SERVER_H

#include "history.h"
#include "support/git_link.h"

void server_init(void); /* once, before any file of a hub */
const char *server_address(unsigned hub); /* static, until the next call */
/* Before a sync with this hub: which time it is there; fresh: what was read of it before may not be there any more. Gives the link, in order. */
struct git_link *server_begin(unsigned hub, int64_t now_ms, bool fresh);
/* For the env of a device. */
enum jemput_status server_open(struct jemput_env *env, struct jemput_http **out, struct jemput_error *err);

#endif
