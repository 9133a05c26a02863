/* identity/lines.h — lines "word value\n" in one fixed order and one form: what control records and invitations are made of.
 *
 * The reader works like base's byte reader: a line that is not as it has to be gives zeros and stays noted, so a decoder reads like the format's
 * table and checks once with jemput_lines_check(). Values: lower-case hex; decimal without leading zeros; roles and scope in their one form; a block,
 * which is "word <bytes>\n", so many bytes, "\n". */
#ifndef JEMPUT_IDENTITY_LINES_H
#define JEMPUT_IDENTITY_LINES_H

#include "base/bytes.h"

struct jemput_lines {
    struct jemput_bytes rest; /* borrowed from the caller of the decoder */
    const char *bad;          /* word of the first line that was not as it has to be; NULL = all well so far */
};

struct jemput_bytes jemput_lines_value(struct jemput_lines *l, const char *word); /* may be empty: "word\n" */
uint64_t jemput_lines_number(struct jemput_lines *l, const char *word, uint64_t min, uint64_t max);
void jemput_lines_hex(struct jemput_lines *l, const char *word, uint8_t *out, size_t len);
unsigned jemput_lines_roles(struct jemput_lines *l, const char *word);
struct jemput_bytes jemput_lines_scope(struct jemput_lines *l, const char *word);
struct jemput_bytes jemput_lines_block(struct jemput_lines *l, const char *word, size_t min, size_t max);
void jemput_lines_fail(struct jemput_lines *l, const char *word); /* note it, if it is the first */
/* JEMPUT_OK, or JEMPUT_CORRUPT with the word of the bad line. With `whole`, bytes left over are bad as well. */
enum jemput_status jemput_lines_check(const struct jemput_lines *l, bool whole, struct jemput_error *err) JEMPUT_MUST_USE;

/* Decimal digits without leading zeros, in min..max; false = anything else. */
bool jemput_decimal_read(uint64_t *out, struct jemput_bytes text, uint64_t min, uint64_t max);

void jemput_lines_put_hex(struct jemput_buf *out, const char *word, const uint8_t *value, size_t len);
void jemput_lines_put_number(struct jemput_buf *out, const char *word, uint64_t value);
void jemput_lines_put_roles(struct jemput_buf *out, const char *word, unsigned roles);
void jemput_lines_put_scope(struct jemput_buf *out, const char *word, struct jemput_bytes scope);
void jemput_lines_put_block(struct jemput_buf *out, const char *word, struct jemput_bytes block);

#endif
