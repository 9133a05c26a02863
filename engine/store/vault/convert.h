/* store/vault/convert.h — a plain store turned into a sealed one, a sealed one into a plain one, or under a new data key.
 *
 * The new file is made beside the old one (VACUUM INTO), checked, synced, and renamed into its place: the power may go at any moment, and at `path`
 * lies the one or the other, whole. What is left over of a cut-off attempt (path + "-baru") goes at the next one, and when the store is opened.
 * Nobody may have the store open; who waits for it meanwhile is told that it has moved (file.h).
 * A store that becomes plain keeps 40 bytes of each page free: SQLite never takes them back. The old file's bytes stay on the flash until the file
 * system uses them again: that is for the disk's own encryption. */
#ifndef JEMPUT_STORE_VAULT_CONVERT_H
#define JEMPUT_STORE_VAULT_CONVERT_H

#include "store/vault/key_slot.h"

#define JEMPUT_CONVERT_TAIL "-baru"

struct jemput_conversion {
    struct jemput_env *env;
    const char *path;
    const uint8_t *from; /* the old file's data key; NULL = it is plain */
    const uint8_t *to;   /* the new one's; NULL = it shall be plain */
    const struct jemput_keyslots *slots; /* the new one's ways in; with `to` alone */
};

/*   JEMPUT_BUSY   somebody has it open    JEMPUT_CORRUPT   the file is damaged, or no jemput store: verify
 *   JEMPUT_LOCKED JEMPUT_DENIED   as jemput_store_open_sealed()     JEMPUT_FULL JEMPUT_IO JEMPUT_NOMEM: the old file is as it was */
enum jemput_status jemput_store_convert(const struct jemput_conversion *c, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
