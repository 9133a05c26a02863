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
/* A command that looks at the store and has no operands nor options of its own: read its options, open, `look`, close. The exit code. */
int space_look(struct cli *cli, int argc, char **argv, int (*look)(const struct cli *cli, struct jemput *jemput));
/* A hub's folder as the store should remember it: from the root, so that it is still right when the program is started elsewhere. Release `out`. */
void space_hub_path(struct buffer *out, const char *path);
/* Is there a bare repository, by the look of it? */
bool space_hub_is_address(const char *hub); /* "https://…" or "http://…" */
bool space_hub_is(const char *path);
/* 't' = the connection has a table of this name, 'v' = a view; 0 = neither. */
char space_has(struct jemput *jemput, const char *name);
/* A path as it can be typed at a shell: in quotes where it must be. */
void space_word(struct buffer *out, const char *path);

#endif
