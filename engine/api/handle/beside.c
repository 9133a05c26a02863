/* api/handle/beside.c — another handle of a store that is open already: for a second thread, and for readers, each with a snapshot of its own. */
#include "api/space/birth.h"

/* Nothing is read of the handle but what stays as it is while it is open: another thread may be using it. */
static enum jemput_status start(struct jemput *b, struct jemput *j, struct jemput_error *err)
{
    enum jemput_status st = engine_start_beside(b, j, err);

    return st ? st : engine_who(b, err);
}

enum jemput_status jemput_beside(struct jemput *j, struct jemput **out, struct jemput_error *err)
{
    struct jemput *b = NULL;
    enum jemput_status st = engine_unlocked(j, err);

    *out = NULL;
    if (!st) {
        b = jemput_alloc_zero(1, sizeof *b);
        st = b ? JEMPUT_OK : jemput_fail(err, JEMPUT_NOMEM, "no memory for a handle");
    }
    if (!st) {
        b->env = j->env;
        b->restricted = j->restricted;
        b->acting = j->acting;
        b->path = jemput_strdup(j->path);
        st = b->path ? start(b, j, err) : jemput_fail(err, JEMPUT_NOMEM, "no memory for a path");
    }
    if (st) {
        jemput_close(b);
        return jemput_wrap(err, "open beside");
    }
    *out = b;
    return JEMPUT_OK;
}
