/* api/handle/secret.h — what opens a sealed store, as the public header has it, turned into what the store has. */
#ifndef JEMPUT_API_HANDLE_SECRET_H
#define JEMPUT_API_HANDLE_SECRET_H

#include <jemput/jemput.h>

#include "store/vault/key_slot.h"

/* The data key of the store at `path`; the caller wipes it. All zero where no sealed store lies: opening it says what is wrong. JEMPUT_LOCKED
 * JEMPUT_DENIED and others as jemput_lid_unlock(), JEMPUT_MISUSE: no recovery code. */
enum jemput_status engine_secret_open(uint8_t key[JEMPUT_DATA_KEY_BYTES], struct jemput_env *env, const char *path,
                                      const struct jemput_secret *secret, struct jemput_error *err) JEMPUT_MUST_USE;
/* A new data key, and the ways in to it. JEMPUT_MISUSE: neither PIN nor key. The caller wipes `key`. */
enum jemput_status engine_secret_make(uint8_t key[JEMPUT_DATA_KEY_BYTES], struct jemput_keyslots *slots, struct jemput_env *env,
                                      const struct jemput_secret *secret, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
