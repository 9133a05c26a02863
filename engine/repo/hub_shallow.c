/* repo/hub_shallow.c — where the history of a folder's branches begins, said as git says it: the names of those commits, one a line, in the file
 * "shallow". Without it stock git takes a hub that was begun behind a checkpoint for a damaged one, and serves nothing of it. */
#include "repo/hub_write.h"

#include <string.h>

#define SHALLOW "shallow"
#define SHALLOW_LOCK SHALLOW ".lock" /* as git has it */
#define SHALLOW_BYTES_MAX (4u * 1024 * 1024)
#define LINE_BYTES (2 * JEMPUT_OID_BYTES + 1)

/* Is its predecessor not here? Of most commits that is `before`, which is. Where a head that central had accepted is missing alone, nothing is said:
 * git would take the commit for one without a predecessor, too. */
static enum jemput_status predecessor_lacks(struct jemput_hub *hub, struct jemput_repo *repo, const struct jemput_oid *commit,
                                            const struct jemput_oid *before, bool *lacks, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct jemput_commit c;
    bool has = true;
    enum jemput_status st = jemput_source_signed(jemput_repo_source(repo), commit, &c, &arena, err);

    if (!st && c.parent_count && (!before || !jemput_oid_equal(&c.parents[0], before)))
        st = jemput_source_has(&hub->source, &c.parents[0], &has, err);
    *lacks = !st && !has;
    jemput_arena_release(&arena);
    return st;
}

static enum jemput_status file_read(struct jemput_hub *hub, struct jemput_buf *out, struct jemput_error *err)
{
    struct jemput_buf path = { 0 };
    enum jemput_status st = jemput_hub_path(&path, hub, SHALLOW, err);

    if (!st)
        st = hub->env->read(hub->env, (const char *)path.data, out, err);
    jemput_buf_release(&path);
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

static bool line_is_there(const struct jemput_buf *text, const char line[LINE_BYTES])
{
    for (size_t at = 0; at + LINE_BYTES <= text->len; at++)
        if (memcmp(text->data + at, line, LINE_BYTES) == 0)
            return true;
    return false;
}

static enum jemput_status lines_add(struct jemput_hub *hub, const struct jemput_oid *roots, unsigned count, struct jemput_error *err)
{
    struct jemput_buf text = JEMPUT_BUF_INIT(SHALLOW_BYTES_MAX);
    enum jemput_status st = file_read(hub, &text, err);
    size_t had = text.len;

    for (unsigned i = 0; !st && i < count; i++) {
        char line[LINE_BYTES + 1];

        jemput_oid_hex(line, &roots[i]);
        line[LINE_BYTES - 1] = '\n';
        if (!line_is_there(&text, line))
            jemput_buf_append(&text, line, LINE_BYTES);
    }
    if (!st)
        st = jemput_buf_check(&text, SHALLOW, err);
    if (!st && text.len > had)
        st = jemput_hub_file_place(hub, SHALLOW, jemput_buf_bytes(&text), err);
    jemput_buf_release(&text);
    return st;
}

enum jemput_status jemput_hub_roots_note(struct jemput_hub *hub, struct jemput_repo *repo, const struct jemput_oid *expected,
                                         const struct jemput_oid *commits, unsigned count, struct jemput_error *err)
{
    struct jemput_oid *roots = jemput_alloc((count + 1) * sizeof *roots);
    unsigned found = 0;
    enum jemput_status st = roots ? JEMPUT_OK : jemput_fail(err, JEMPUT_NOMEM, "no memory for %u commits", count);

    for (unsigned i = 0; !st && i < count; i++) {
        bool lacks = false;

        st = predecessor_lacks(hub, repo, &commits[i], i ? &commits[i - 1] : expected, &lacks, err);
        if (lacks)
            roots[found++] = commits[i];
    }
    if (!st && found)
        st = jemput_hub_lock(hub, SHALLOW_LOCK, err);
    if (!st && found) {
        st = lines_add(hub, roots, found, err);
        jemput_hub_discard(hub, SHALLOW_LOCK);
    }
    jemput_free(roots);
    return st;
}
