/* api/space/birth.h — how a store comes to be: shared by opening, founding a space, and joining one.
 *
 * A store is made whole or not at all: all that it needs is written in one transaction, and if that fails the file is removed again. */
#ifndef JEMPUT_API_SPACE_BIRTH_H
#define JEMPUT_API_SPACE_BIRTH_H

#include "api/engine.h"

/* A handle with its store and repository, and nothing yet of who this device is. `secret`: of a sealed store; NULL = plain. */
enum jemput_status engine_new(struct jemput **out, const char *path, bool create, const struct jemput_secret *secret, struct jemput_env *env,
                              struct jemput_error *err) JEMPUT_MUST_USE;
/* The same in a handle that has neither: env and path alone are set. After an error: engine_stop(). */
enum jemput_status engine_start(struct jemput *j, const char *path, bool create, const struct jemput_secret *secret,
                                struct jemput_error *err) JEMPUT_MUST_USE;
/* The same beside another handle of the same store, by the key that this one has (beside.c). */
enum jemput_status engine_start_beside(struct jemput *j, struct jemput *of, struct jemput_error *err) JEMPUT_MUST_USE;
/* And away with them, and with all that was read: env and path stay. */
void engine_stop(struct jemput *j);
void engine_lock(struct jemput *j); /* the same, and no key of a sealed store stays, whatever the app has left on its connection */
/* Who this device is, from the store; an administrator's also who the others are. */
enum jemput_status engine_who(struct jemput *j, struct jemput_error *err) JEMPUT_MUST_USE;

/* A new device key in j, epoch 1; its seed, for the caller to store and wipe. */
void engine_birth_key(struct jemput *j, uint8_t seed[JEMPUT_SEED_BYTES]);
/* Write who this device is. */
enum jemput_status engine_birth_facts(struct jemput *j, const uint8_t seed[JEMPUT_SEED_BYTES], uint32_t device_number,
                                      struct jemput_bytes genesis_header, struct jemput_bytes genesis_payload,
                                      struct jemput_error *err) JEMPUT_MUST_USE;
/* Close and remove a store that could not be finished. Only for a file that this very call made. */
void engine_birth_undo(struct jemput *j, const char *path, struct jemput_env *env);

#endif
