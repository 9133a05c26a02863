/* change/context.h — context: what a transaction had seen of every other log, as heads (writer, number, segment hash).
 *
 * A head covers that hash's ancestry only: its own segment and those before it in the same chain. A head marked `through` covers besides
 * what that segment's log had itself merged when it was sealed (its frontier); a writer states it only if it has in fact merged all of that. So a
 * tablet that follows central's one branch names one head, however many tablets there are. No bare number is ever trusted: the hash says which
 * chain. */
#ifndef JEMPUT_CHANGE_CONTEXT_H
#define JEMPUT_CHANGE_CONTEXT_H

#include "base/alloc.h"
#include "base/bytes.h"

#define JEMPUT_WRITER_BYTES 16
#define JEMPUT_HASH_BYTES 32

struct jemput_writer {
    uint8_t id[JEMPUT_WRITER_BYTES]; /* identity/writer.h derives it from space, key and epoch */
};

struct jemput_hash {
    uint8_t bytes[JEMPUT_HASH_BYTES]; /* BLAKE2b-256 */
};

struct jemput_head {
    struct jemput_writer writer;
    uint64_t number; /* of the segment, from 1 */
    struct jemput_hash hash; /* of the segment's header text */
    bool through;
};

/* A set of heads, ascending by (writer, number, hash, through); no two equal. Two heads of one writer = a fork, both branches seen. */
struct jemput_context {
    uint32_t count;
    struct jemput_head *heads; /* in the owner's arena */
};

int jemput_writer_compare(const struct jemput_writer *a, const struct jemput_writer *b);
int jemput_head_compare(const struct jemput_head *a, const struct jemput_head *b);
bool jemput_hash_equal(const struct jemput_hash *a, const struct jemput_hash *b);
/* Sort and drop equal ones, in place. */
void jemput_context_normalise(struct jemput_context *c);

/* varint count, then per head: 16 writer, varint number << 1 | through, 32 hash. Reading refuses what is not ascending. */
void jemput_context_write(struct jemput_buf *out, const struct jemput_context *c);
enum jemput_status jemput_context_read(struct jemput_context *out, struct jemput_reader *r, struct jemput_arena *arena,
                                       struct jemput_error *err) JEMPUT_MUST_USE;

#endif
