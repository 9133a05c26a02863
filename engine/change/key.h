/* change/key.h — row key: the primary key's values as canonical bytes, so that keys compare and hash as bytes on every device.
 *
 * Values in the order of the PRIMARY KEY, one after the other, each as change/value.h writes it; a REAL with an integer value in ±2^53 is
 * written as INTEGER (SQLite holds them equal). NULL is not allowed. At most JEMPUT_KEY_BYTES_MAX bytes. */
#ifndef JEMPUT_CHANGE_KEY_H
#define JEMPUT_CHANGE_KEY_H

#include "change/value.h"

/* Is a REAL written as INTEGER? */
bool jemput_key_is_integer(double real);
/* Append the key of `count` values; nothing is appended unless all is well. JEMPUT_DENIED: a NULL; JEMPUT_LIMIT: too long, or too many values. */
enum jemput_status jemput_key_write(struct jemput_buf *out, const struct jemput_value *values, unsigned count,
                                    struct jemput_error *err) JEMPUT_MUST_USE;
/* Split a key into exactly `count` values, borrowed from `key`. JEMPUT_CORRUPT: not a canonical key of so many values. */
enum jemput_status jemput_key_read(struct jemput_value *values, unsigned count, struct jemput_bytes key, struct jemput_error *err) JEMPUT_MUST_USE;
/* Of how many values a canonical key is made; 0 = it is not one. */
unsigned jemput_key_count(struct jemput_bytes key);

#endif
