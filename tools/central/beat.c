/* beat.c — see beat.h. */
#include "beat.h"

#include <sqlite3.h>
#include <stdatomic.h>
#include <stddef.h>

#include "central.h"

#define STEPS 10000 /* of SQLite's machine between two beats: far less than a second */

static _Thread_local _Atomic int64_t *place_of;

void beat_at(_Atomic int64_t *place)
{
    place_of = place;
}

void beat_for(int64_t ms)
{
    if (place_of)
        atomic_store(place_of, monotonic_ms() + ms);
}

void beat(void)
{
    beat_for(0);
}

static int go_on(void *ctx)
{
    (void)ctx;
    beat();
    return 0;
}

void beat_sqlite(sqlite3 *db)
{
    sqlite3_progress_handler(db, STEPS, go_on, NULL);
}

void beat_sqlite_end(sqlite3 *db)
{
    sqlite3_progress_handler(db, 0, NULL, NULL);
}
