/* api/handle/lock.c — a handle locked and unlocked. What a locked one keeps is the path of its file; all else is closed and freed, and keys are
 * wiped. */
#include "api/roster/roster.h"
#include "api/space/birth.h"

enum jemput_status engine_unlocked(const struct jemput *j, struct jemput_error *err)
{
    return j->store ? JEMPUT_OK : jemput_fail(err, JEMPUT_LOCKED, "the store is locked: jemput_unlock()");
}

enum jemput_status engine_awake(struct jemput *j, struct jemput_error *err)
{
    enum jemput_status st = engine_unlocked(j, err);

    if (!st)
        st = jemput_store_ready(j->store, err);
    return st || j->roster_loads ? st : engine_roster_load(j, err);
}

enum jemput_status jemput_lock(struct jemput *j, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    if (!j->store)
        return JEMPUT_OK;
    if (!jemput_store_is_sealed(j->store))
        st = jemput_fail(err, JEMPUT_MISUSE, "the store is not sealed, so it cannot be locked: jemput_protect()");
    if (!st)
        st = jemput_store_idle(j->store, err);
    if (st)
        return jemput_wrap(err, "lock");
    engine_lock(j);
    return JEMPUT_OK;
}

enum jemput_status jemput_unlock(struct jemput *j, const struct jemput_secret *secret, struct jemput_error *err)
{
    enum jemput_status st;

    if (j->store)
        return JEMPUT_OK;
    st = engine_start(j, j->path, false, secret, err);
    if (!st)
        st = engine_who(j, err);
    if (!st)
        return JEMPUT_OK;
    engine_stop(j);
    return jemput_wrap(err, "unlock");
}
