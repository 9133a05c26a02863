/* api/handle/moment.c — see moment.h. */
#include "api/handle/moment.h"

#include "api/roster/roster.h"
#include "store/file/look.h"

enum jemput_status engine_moment(struct jemput *j, bool *mine, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    *mine = !jemput_store_writing(j->store);
    if (*mine)
        st = jemput_store_look_begin(j->store, err);
    *mine = *mine && !st;
    return st;
}

void engine_moment_end(struct jemput *j, bool mine)
{
    if (mine)
        jemput_store_look_end(j->store);
}

enum jemput_status engine_look_begin(struct jemput *j, bool *mine, struct jemput_error *err)
{
    enum jemput_status st = engine_awake(j, err);

    *mine = false;
    if (!st)
        st = engine_moment(j, mine, err);
    return st ? st : engine_roster_refresh(j, err);
}
