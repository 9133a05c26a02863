/* space.h — opening the store that a command works on, and naming its hub. */
#ifndef JEMPUT_CLI_SPACE_H
#define JEMPUT_CLI_SPACE_H

#include <stdbool.h>

#include <jemput/jemput.h>

#include "buffer.h"
#include "options.h"

/* The path of the store; NULL: none was said, which has been reported with *code. */
const char *space_path(const struct cli *cli, int *code);
/* Open it. NULL: it could not be, which has been reported with *code. Owned by the caller: jemput_close(). */
struct jemput *space_open(const struct cli *cli, int *code);
/* A hub's folder as the store should remember it: from the root, so that it is still right when the program is started elsewhere. Release `out`. */
void space_hub_path(struct buffer *out, const char *path);
/* 1 if the connection has this table or view. */
bool space_has(struct jemput *jemput, const char *name);

#endif
