/* api/sync/token.h — signing the tokens that a hub asks for: with the device's key, or before there is one with that of the invitation. */
#ifndef JEMPUT_API_SYNC_TOKEN_H
#define JEMPUT_API_SYNC_TOKEN_H

#include "api/engine.h"
#include "repo/smart.h"

struct engine_signer {
    struct jemput_smart_signer smart; /* what is given to the hub: points back here, so that this stays where it is */
    struct jemput *j;                 /* whose key and clock; NULL = the next two */
    struct jemput_keypair key;        /* one-time */
    struct jemput_env *env;
    bool asked; /* the hub has asked for a token */
};

/* For this hub of the store. */
enum jemput_status engine_signer_make(struct engine_signer *out, struct jemput *j, const char *hub, struct jemput_error *err) JEMPUT_MUST_USE;
/* For whoever holds the invitation. Holds its key: wipe it when done. */
void engine_signer_of_invitation(struct engine_signer *out, struct jemput_env *env, const uint8_t one_time_seed[JEMPUT_SEED_BYTES]);
void engine_signer_wipe(struct engine_signer *signer);

#endif
