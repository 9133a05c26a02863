/* repo/commit.h — text of the tree and commit objects that carry a segment, in the one form that we write (schema/formats/commit.md).
 *
 * There is exactly one text for a commit: what the reader accepts, the writer would have written byte for byte. So nothing can hide in a commit
 * beside what the signature and the header check. */
#ifndef JEMPUT_REPO_COMMIT_H
#define JEMPUT_REPO_COMMIT_H

#include "base/alloc.h"
#include "repo/repo.h"

#define JEMPUT_TREE_TEXT_BYTES 35 /* "100644 segment", a zero byte, the blob's id */

bool jemput_commit_time_valid(int64_t time_s); /* 0 … what a 48-bit millisecond clock can say */
bool jemput_message_valid(struct jemput_bytes message); /* lines without a zero byte, ending in a newline; within JEMPUT_HEADER_BYTES_MAX */
bool jemput_armor_valid(struct jemput_bytes armor); /* BEGIN line, lines of base64, END line, no final newline; what they say is crypto's to check */

void jemput_tree_text_write(uint8_t out[JEMPUT_TREE_TEXT_BYTES], const struct jemput_oid *payload);
/* JEMPUT_CORRUPT */
enum jemput_status jemput_tree_text_read(struct jemput_oid *payload, struct jemput_bytes text, struct jemput_error *err) JEMPUT_MUST_USE;

/* Append the text of parents, time, signature (empty = without: what is signed) and message of `commit`. */
void jemput_commit_text_write(struct jemput_buf *out, const struct jemput_oid *tree, const struct jemput_commit *commit);
/* Sign it, and append its text with the signature, which is in `armor` then; both buffers are empty at first. JEMPUT_MISUSE what was signed is no
 * armor    JEMPUT_NOMEM JEMPUT_LIMIT    else the signer's */
enum jemput_status jemput_commit_sign(struct jemput_commit *commit, const struct jemput_oid *tree, jemput_sign_fn sign, void *sign_ctx,
                                      struct jemput_buf *text, struct jemput_buf *armor, struct jemput_error *err) JEMPUT_MUST_USE;
/* Fill parents, time, message, signature and signed text. `text` must live as long as the arena: the message is borrowed from it.
 *   JEMPUT_CORRUPT another form    JEMPUT_LIMIT larger, or more parents, than base/limits.h allows    JEMPUT_NOMEM */
enum jemput_status jemput_commit_text_read(struct jemput_commit *out, struct jemput_oid *tree, struct jemput_bytes text, struct jemput_arena *arena,
                                           struct jemput_error *err) JEMPUT_MUST_USE;

#endif
