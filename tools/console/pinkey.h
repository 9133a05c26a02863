/* pinkey.h — an account's key file, accounts/NAME.key in the office's folder: the seed of its desks, sealed by a PIN (schema/formats/account.md).
 *
 * It says itself whether its person has chosen the PIN, so that a PIN and whose choice it is change at one moment: by one rename. */
#ifndef JEMPUT_CONSOLE_PINKEY_H
#define JEMPUT_CONSOLE_PINKEY_H

#include <jemput/jemput.h>

#include "console.h"

/* Seal the seed in the place of what was there. `own`: its person chose the PIN. 0: it holds; -1: what was there holds. */
int pinkey_write(const char *folder, const char *name, const char *pin, const uint8_t seed[SEED_BYTES], bool own, struct trouble *why);
/* JEMPUT_NOTFOUND: no such file. JEMPUT_DENIED: another PIN. JEMPUT_CORRUPT: it is not one. */
enum jemput_status pinkey_open(const char *folder, const char *name, const char *pin, uint8_t seed[SEED_BYTES], struct jemput_error *err);
/* Has its person chosen the PIN that it has now? */
bool pinkey_own(const char *folder, const char *name);
bool pinkey_there(const char *folder, const char *name);
void pinkey_remove(const char *folder, const char *name);

/* What opens the desk in a space: each has a key of its own, so that one that leaks opens no other. */
void pinkey_desk(uint8_t out[JEMPUT_SECRET_KEY], const uint8_t seed[SEED_BYTES], const char *space_hex);

#endif
