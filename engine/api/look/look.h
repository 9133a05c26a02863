/* api/look/look.h — turning what the store says into what jemput.h shows: values, origins, roles. */
#ifndef JEMPUT_API_LOOK_LOOK_H
#define JEMPUT_API_LOOK_LOOK_H

#include "api/engine.h"

/* Who a writer is, filled from the roster; roles text goes to `roles`, which origin borrows. */
struct look_origin {
    struct jemput_origin origin;
    char roles[64];
};
void look_origin(struct jemput *j, const struct jemput_writer *writer, jemput_stamp stamp, uint64_t segment, bool received, struct look_origin *out);
/* What people call a device with these roles: "tablet", "pusat"; static. With its number behind it, it is its label. */
const char *look_role_word(unsigned roles);
void look_datum(struct jemput_datum *out, const struct jemput_value *value);
void look_value(struct jemput_value *out, const struct jemput_datum *datum);
/* Append the key that these values make. JEMPUT_MISUSE: the table has another number of key columns */
enum jemput_status look_key_write(const struct jemput_table *table, const struct jemput_datum *key, unsigned key_count, struct jemput_buf *out,
                                  struct jemput_error *err) JEMPUT_MUST_USE;
/* A key's values, borrowed from it; the array in the arena. */
enum jemput_status look_key(const struct jemput_table *table, struct jemput_bytes key, const struct jemput_datum **out, struct jemput_arena *arena,
                            struct jemput_error *err) JEMPUT_MUST_USE;
/* Is a segment of this writer (id: its local number, 0 = the writer's first branch is meant) covered by central's newest receipt here? */
enum jemput_status look_received(struct jemput *j, const struct jemput_writer *writer, uint64_t number, int64_t id, bool *received,
                                 struct jemput_error *err) JEMPUT_MUST_USE;
/* Tell one conflict, one held row, as jemput.h has them. JEMPUT_CANCELLED: the callback stops. */
enum jemput_status look_conflict(struct jemput *j, const struct jemput_row_conflict *conflict, jemput_conflict_cb each, void *ctx,
                                 struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status look_held(const struct jemput_row_held *held, jemput_held_row_cb each, void *ctx, struct jemput_error *err) JEMPUT_MUST_USE;
/* A callback stopped the listing: the JEMPUT_CANCELLED that it caused is no error. */
enum jemput_status look_stopped(enum jemput_status st);

/* Text of an allowed_signers file: a line for each member. Owned by the caller: jemput_text_free(). */
enum jemput_status look_signers(const struct jemput_roster *roster, char **out, size_t *out_len, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
