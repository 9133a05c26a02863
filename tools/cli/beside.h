/* beside.h — programs that are installed beside this one, which some commands start: so that a tablet's program needs no web server. */
#ifndef JEMPUT_CLI_BESIDE_H
#define JEMPUT_CLI_BESIDE_H

/* Become that program: beside this one, or else where the shell would look. `argv` is the command's own, from its name on. Returns only if that failed:
 * told, and the exit code. */
int beside_start(const char *name, char **argv);

#endif
