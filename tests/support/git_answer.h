/* support/git_answer.h — what a git server answers over smart HTTP, protocol version 2, as far as jemput speaks it. Where objects and branches lie is
 * the caller's affair: in memory (sim/mem_git.h) or in a hub's folder (sim/world/server.h). What stock git does is judged elsewhere (git_http.h).
 *
 * As git does, it shows nothing that leads to what it has not got, and takes no push that leads there, or that does not go on from where the branch
 * is. It ends the test's process where a name or a pack is not well formed; of what it does not know (deepen) it says nothing. */
#ifndef TESTS_SUPPORT_GIT_ANSWER_H
#define TESTS_SUPPORT_GIT_ANSWER_H

#include <stdbool.h>

#include "base/bytes.h"
#include "repo/internal.h"

struct git_storage {
    /* One object; its bytes stay until the answer is made. false = it is not there, or damaged. */
    bool (*find)(struct git_storage *s, const struct jemput_oid *oid, git_object_t *kind, struct jemput_bytes *bytes);
    void (*put)(struct git_storage *s, const struct jemput_oid *oid, git_object_t kind, struct jemput_bytes bytes);
    void (*each_ref)(struct git_storage *s, void (*each)(void *ctx, const char *name, const struct jemput_oid *oid), void *ctx);
    /* From where it is expected to be (NULL = nowhere). false = it is elsewhere, or locked. */
    bool (*move_ref)(struct git_storage *s, const char *name, const struct jemput_oid *from, const struct jemput_oid *to);
    /* History begins at this commit: its parents are not there on purpose ("shallow"). */
    bool (*is_root)(struct git_storage *s, const struct jemput_oid *commit);
    void (*note_root)(struct git_storage *s, const struct jemput_oid *commit);
};

/* What is said of a push that is well formed; NULL = what comes of it. */
struct git_refusal {
    const char *unpack; /* "unpack …" */
    const char *ref;    /* "ng <ref> …" */
};

/* The answer to a POST at git-upload-pack (branches, objects) or git-receive-pack (a push of one branch), appended. What a push brings is kept once
 * its branch may move. */
void git_answer_upload(struct git_storage *s, struct jemput_bytes body, struct jemput_buf *answer);
void git_answer_receive(struct git_storage *s, struct jemput_bytes body, const struct git_refusal *refusal, struct jemput_buf *answer);

#endif
