/* api/judge/adopt_note.c — the note of a transaction that adopts a refused one (schema/formats/payload.md, "Notes that say more"). */
#include <string.h>

#include "api/judge/judge.h"

#define HASH_DIGITS (2 * (size_t)JEMPUT_HASH_BYTES)

bool adopt_note_read(struct jemput_bytes note, struct jemput_hash *hash, uint32_t *place)
{
    size_t word = strlen(ADOPT_NOTE_WORD), at = word + HASH_DIGITS + 1;
    uint32_t number = 0;

    if (note.len < at + 2 || memcmp(note.data, ADOPT_NOTE_WORD, word) != 0 || note.data[at - 1] != ':' || note.data[at] == '0')
        return false;
    if (!jemput_hex_decode(hash->bytes, sizeof hash->bytes, jemput_bytes_of(note.data + word, HASH_DIGITS)))
        return false;
    for (; at < note.len && note.data[at] >= '0' && note.data[at] <= '9' && number <= JEMPUT_SEGMENT_TXNS_MAX; at++)
        number = number * 10 + (uint32_t)(note.data[at] - '0');
    if (at == note.len || note.data[at] != ' ' || number == 0 || number > JEMPUT_SEGMENT_TXNS_MAX)
        return false;
    *place = number - 1;
    return true;
}

void adopt_note_write(struct jemput_buf *out, const struct jemput_hash *hash, uint32_t place, const char *reason)
{
    jemput_buf_append_str(out, ADOPT_NOTE_WORD);
    jemput_buf_hex(out, jemput_bytes_of(hash->bytes, sizeof hash->bytes));
    jemput_buf_printf(out, ":%u ", (unsigned)place + 1);
    jemput_buf_append_str(out, reason);
}
