/* store/vault/recovery.h — a recovery code as people write it down: 28 characters in seven groups, such as 7Q2M-K0V4-….
 *
 * 16 random bytes and 12 bits that catch a slip of the pen. Read back without regard for case, blanks and dashes, O for 0, I and L for 1.
 * Format: schema/formats/vault.md, "Recovery code". */
#ifndef JEMPUT_STORE_VAULT_RECOVERY_H
#define JEMPUT_STORE_VAULT_RECOVERY_H

#include "store/vault/key_slot.h"

#define JEMPUT_RECOVERY_TEXT_BYTES 35 /* with its NUL */

void jemput_recovery_write(char out[JEMPUT_RECOVERY_TEXT_BYTES], const uint8_t code[JEMPUT_RECOVERY_BYTES]);
/* JEMPUT_MISUSE: it is none, or has a slip in it. */
enum jemput_status jemput_recovery_read(uint8_t code[JEMPUT_RECOVERY_BYTES], const char *text, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
