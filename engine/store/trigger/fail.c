/* store/trigger/fail.c — triggers for merged rows that have failed, and what `verify` tells of them. See trigger/merge.h.
 *
 * A fact notes them: of each its name, its text at the time, and the reason; each sized. A trigger that has another text by now counts as mended. */
#include "store/trigger/merge.h"

#include <string.h>

#include "base/limits.h"
#include "store/check/check.h"
#include "store/file/layout.h"

#define FAILED_BYTES_MAX (4 * JEMPUT_SCHEMA_BYTES_MAX) /* of the fact */

static bool failed_next(struct jemput_reader *r, struct jemput_bytes entry[3])
{
    if (!r->rest.len)
        return false;
    for (int i = 0; i < 3; i++)
        entry[i] = jemput_read_sized(r);
    return !r->overrun;
}

static bool entry_is(const struct jemput_bytes *entry, const struct jemput_trigger_copy *copy)
{
    return jemput_bytes_equal(entry[0], jemput_bytes_str(copy->name)) && jemput_bytes_equal(entry[1], jemput_bytes_str(copy->create));
}

static enum jemput_status failed_read(struct jemput_store *store, struct jemput_buf *out, struct jemput_error *err)
{
    enum jemput_status st = jemput_store_fact_get(store, JEMPUT_FACT_FAILED_TRIGGERS, out, err);

    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

/* Once for each text that a trigger has had: an entry of an older text goes. */
enum jemput_status jemput_trigger_failed(struct jemput_store *store, const struct jemput_trigger_copy *copy, const char *reason,
                                         struct jemput_error *err)
{
    struct jemput_buf old = JEMPUT_BUF_INIT(FAILED_BYTES_MAX), new = JEMPUT_BUF_INIT(FAILED_BYTES_MAX);
    struct jemput_bytes entry[3];
    struct jemput_reader r;
    bool noted = false;
    enum jemput_status st = failed_read(store, &old, err);

    r = (struct jemput_reader){ .rest = jemput_buf_bytes(&old) };
    while (!st && failed_next(&r, entry)) {
        noted = noted || entry_is(entry, copy);
        for (int i = 0; i < 3 && !jemput_bytes_equal(entry[0], jemput_bytes_str(copy->name)); i++)
            jemput_buf_sized(&new, entry[i]);
    }
    jemput_buf_sized(&new, jemput_bytes_str(copy->name));
    jemput_buf_sized(&new, jemput_bytes_str(copy->create));
    jemput_buf_sized(&new, jemput_bytes_str(reason));
    if (!st && !noted)
        st = jemput_buf_check(&new, "failed triggers", err);
    if (!st && !noted)
        st = jemput_store_fact_put(store, JEMPUT_FACT_FAILED_TRIGGERS, jemput_buf_bytes(&new), err);
    jemput_buf_release(&old);
    jemput_buf_release(&new);
    return st;
}

/* --- verify --- */

static enum jemput_status found(struct jemput_tally *tally, const struct jemput_trigger_copy *copy, const char *before, struct jemput_bytes reason,
                                const char *after, struct jemput_error *err)
{
    struct jemput_buf what = JEMPUT_BUF_INIT(4 * JEMPUT_TRIGGER_FAULT_BYTES);
    char *text, *table = jemput_arena_str(&tally->arena, jemput_bytes_str(copy->table));

    jemput_buf_printf(&what, "trigger '%s' %s", copy->name, before);
    jemput_buf_append_bytes(&what, reason);
    jemput_buf_append_str(&what, after);
    text = what.failed ? NULL : jemput_arena_str(&tally->arena, jemput_buf_bytes(&what));
    jemput_buf_release(&what);
    if (!text || !table)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for findings");
    return jemput_tally_add(tally, table, text, (struct jemput_bytes){ 0 }, 0, err);
}

static enum jemput_status copy_look(const struct jemput_trigger_copy *copy, struct jemput_bytes failed, struct jemput_tally *tally,
                                    struct jemput_error *err)
{
    struct jemput_reader r = { .rest = failed };
    struct jemput_bytes entry[3];
    enum jemput_status st = JEMPUT_OK;

    if (copy->fault[0])
        st = found(tally, copy, "", jemput_bytes_str(copy->fault), "; merged rows do not run it", err);
    while (!st && failed_next(&r, entry))
        if (entry_is(entry, copy))
            st = found(tally, copy, "has failed (", entry[2],
                       "), and merged rows were written without it: correct it, create it again, and rebuild what it keeps", err);
    return st;
}

enum jemput_status jemput_merge_triggers_look(struct jemput_store *store, struct jemput_tally *tally, struct jemput_error *err)
{
    struct jemput_merge_triggers *triggers = store->merge_triggers;
    struct jemput_buf failed = JEMPUT_BUF_INIT(FAILED_BYTES_MAX);
    struct jemput_bytes entry[3];
    struct jemput_reader r;
    enum jemput_status st = failed_read(store, &failed, err);

    r = (struct jemput_reader){ .rest = jemput_buf_bytes(&failed) };
    while (!st && failed_next(&r, entry))
        continue;
    if (!st && r.overrun)
        st = jemput_tally_add(tally, "jemput_fact", "what is noted of failed triggers is damaged", (struct jemput_bytes){ 0 }, 0, err);
    for (uint32_t i = 0; triggers && !st && i < triggers->count; i++)
        st = copy_look(&triggers->copies[i], jemput_buf_bytes(&failed), tally, err);
    jemput_buf_release(&failed);
    return st;
}
