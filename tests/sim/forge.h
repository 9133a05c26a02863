/* sim/forge.h — the hand of a hostile hub or device: objects, refs and whole segments put into a hub as the forger likes them, valid for git in every way. */
#ifndef TESTS_SIM_FORGE_H
#define TESTS_SIM_FORGE_H

#include <jemput/jemput.h>

#include "api/engine.h"

enum forge_kind { FORGE_COMMIT = 1, FORGE_TREE = 2, FORGE_BLOB = 3 };

struct jemput_oid forge_object(const char *hub, enum forge_kind kind, const void *data, size_t len);
/* An object's bytes; owned by the caller: free(). */
unsigned char *forge_read(const char *hub, const struct jemput_oid *oid, size_t *len);
struct jemput_oid forge_tip(const char *hub, const char *ref);
void forge_ref(const char *hub, const char *ref, const struct jemput_oid *oid);
/* The commit's tree, and the tree's one entry. */
struct jemput_oid forge_tree_of(const char *hub, const struct jemput_oid *commit);
struct jemput_oid forge_payload_of(const char *hub, const struct jemput_oid *commit);

struct forge_segment {
    struct jemput_header header;
    struct jemput_bytes payload; /* forge_sign() puts its length and hash into the header, unless `payload_as_said` */
    bool payload_as_said;
    struct jemput_oid parent; /* 0 or 1 of them, or a list of the caller's */
    const struct jemput_oid *parents;
    unsigned parent_count;
};
/* What this device's next segment would be, without payload: a control segment that says nothing. Not to be copied: it points into itself. */
void forge_next(struct forge_segment *out, struct jemput *jemput);
/* The first segment of a key that nobody knows. */
void forge_first(struct forge_segment *out, struct jemput *space_of, const struct jemput_keypair *key);
/* Seal the payload under the key that this device seals with, as the last thing before it is signed: so that what it holds is what is judged. The bytes
 * live until the next call. */
void forge_seal(struct forge_segment *segment, struct jemput *jemput);
/* Write it into the hub, signed by `key`; gives the commit. *hash (may be NULL) is what the next one names as its previous. */
struct jemput_oid forge_sign(const char *hub, const struct forge_segment *segment, const struct jemput_keypair *key, struct jemput_hash *hash);

#endif
