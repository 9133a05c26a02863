/* api/handle/observe.c — telling what has changed after each COMMIT, and what a statement reads. The work is the store's (store/feed/moved.h). */
#include "api/engine.h"
#include "store/feed/moved.h"

void jemput_observe(struct jemput *j, jemput_changed_cb each, void *ctx)
{
    j->changed = each;
    j->changed_ctx = ctx;
    if (j->store)
        jemput_store_observe(j->store, each, ctx);
}

enum jemput_status jemput_tables_read(struct jemput *j, const char *sql, jemput_table_read_cb each, void *ctx, struct jemput_error *err)
{
    enum jemput_status st = engine_unlocked(j, err);

    return st ? st : jemput_store_tables_read(j->store, sql, each, ctx, err);
}
