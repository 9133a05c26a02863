/* identity/hubtoken.h — the token by which a device shows a hub whose it is: signed anew for each sync, for one address and one moment.
 *
 * Format: schema/formats/hub-token.md. Whoever reads a token on the way can use it at that address for some minutes, and can sign no segment by it.
 * A hub that was given one can use it at no other. Pure. */
#ifndef JEMPUT_IDENTITY_HUBTOKEN_H
#define JEMPUT_IDENTITY_HUBTOKEN_H

#include "base/limits.h"
#include "identity/record.h"

struct jemput_hub_token {
    uint8_t public_key[32]; /* the device's; or the one-time key of an invitation, to read what a short one leaves out */
    int64_t time_s;         /* since 1970, as the hub has it */
    bool joins;             /* the device has not been let in yet: `join` is its request, whose public_key is the one above */
    struct jemput_join join;
};

/* An address in the form that is signed: host in small letters, port unless it is the scheme's own, path without a slash at its end; no scheme, since
 * something before the hub may take TLS off. false = it is none, or too long. */
bool jemput_hub_address_write(char out[JEMPUT_HUB_ADDRESS_MAX], const char *url);

/* The text, NUL-terminated. token->public_key is taken from `key`. */
enum jemput_status jemput_hub_token_write(char out[JEMPUT_HUB_TOKEN_TEXT_MAX], const struct jemput_hub_token *token, const char *address,
                                          const struct jemput_keypair *key, struct jemput_error *err) JEMPUT_MUST_USE;
/* Read it, and check that its key has signed it for this address. That the invitation's key has signed the join request is the caller's to check,
 * who knows the space.   JEMPUT_CORRUPT it is none, or is not for this address   JEMPUT_UPGRADE of a newer form */
enum jemput_status jemput_hub_token_read(struct jemput_hub_token *out, struct jemput_bytes text, const char *address,
                                         struct jemput_error *err) JEMPUT_MUST_USE;

#endif
