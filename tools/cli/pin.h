/* pin.h — the PIN of a sealed store: where a command gets it from, and what is said when it is wrong. */
#ifndef JEMPUT_CLI_PIN_H
#define JEMPUT_CLI_PIN_H

#include <jemput/jemput.h>

#include "options.h"

enum { PIN_TEXT_MAX = 258, PIN_LEAST = 6 };

/* The PIN of the store: of --pin-file, else of JEMPUT_PIN, else asked for on the terminal. false: there is none. Whoever has it wipes it. */
bool pin_get(const struct cli *cli, char out[PIN_TEXT_MAX], int *code);
/* A PIN that is to be the new one: of `file` (NULL: not said), else of --pin-file and JEMPUT_PIN if `own`, else asked for twice. false: reported. */
bool pin_new(const struct cli *cli, const char *file, bool own, char out[PIN_TEXT_MAX], int *code);

/* Open a sealed store by its PIN. NULL: reported with *code. */
struct jemput *pin_open(const struct cli *cli, const char *path, const struct jemput_sealing *sealing, int *code);
/* The exit code, having said why a secret does not open the store. */
int pin_failed(const char *path, const struct jemput_error *err);
/* Make a new recovery code and print it; the exit code. */
int pin_recovery_make(struct jemput *jemput);
/* Print a recovery code, with what to do with it. */
void pin_recovery_print(const char *code);

#endif
