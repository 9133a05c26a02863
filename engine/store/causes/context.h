/* store/causes/context.h — contexts: what was seen, as a map from line to number: "of this line, everything up to here".
 *
 * A line's own earlier segments are always seen and never stand in the map, so that most segments of a log share one interned context. */
#ifndef JEMPUT_STORE_CAUSES_CONTEXT_H
#define JEMPUT_STORE_CAUSES_CONTEXT_H

#include "store/internal.h"

struct jemput_seen {
    int64_t line;
    uint64_t number; /* everything of the line up to it */
};

struct jemput_map { /* ascending by line */
    uint32_t count;
    uint32_t room;
    struct jemput_seen *seen;
};

uint32_t jemput_map_place(const struct jemput_map *map, int64_t line); /* of the first entry that is not below `line` */
uint64_t jemput_map_get(const struct jemput_map *map, int64_t line); /* 0 = not in it */
/* Raise `line` to at least `number`. JEMPUT_NOMEM. */
enum jemput_status jemput_map_raise(struct jemput_map *map, int64_t line, uint64_t number, struct jemput_arena *arena,
                                    struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_map_join(struct jemput_map *map, const struct jemput_map *other, struct jemput_arena *arena,
                                   struct jemput_error *err) JEMPUT_MUST_USE;
/* Raise what the chain that ends at (line, number) covers: itself, and what it forked from. */
enum jemput_status jemput_map_chain(struct jemput_store *store, struct jemput_map *map, int64_t line, uint64_t number, struct jemput_arena *arena,
                                    struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_map_read(struct jemput_map *out, struct jemput_bytes in, struct jemput_arena *arena,
                                   struct jemput_error *err) JEMPUT_MUST_USE;
void jemput_map_write(struct jemput_buf *out, const struct jemput_map *map);
/* The local number of a context with this map: the one there is, or a new one. */
enum jemput_status jemput_context_intern(struct jemput_store *store, const struct jemput_map *map, int64_t *id,
                                         struct jemput_error *err) JEMPUT_MUST_USE;
/* What a set of heads covers. *whole is cleared if one is not known here, or if the frontier of a `through` is not whole; the hashes of
 * unknown ones are noted in jemput_unresolved for `waiting` (0 = not noted). */
enum jemput_status jemput_context_resolve(struct jemput_store *store, const struct jemput_context *heads, int64_t waiting, struct jemput_map *map,
                                          bool *whole, struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
