/* beat.h — the heartbeat of a round: whoever works long says so now and then, else the service counts as stuck and is started anew. */
#ifndef JEMPUT_CENTRAL_BEAT_H
#define JEMPUT_CENTRAL_BEAT_H

#include <stdint.h>

typedef struct sqlite3 sqlite3;

/* From now on this thread's beats are kept at `place`, as monotonic_ms(); NULL = nobody wants to know, as in the beginning. */
void beat_at(_Atomic int64_t *place);
void beat(void);
/* What comes now is one call that says nothing on its way, and may take so long: the place is set to when that is over. */
void beat_for(int64_t ms);
/* A long statement of that connection beats; it has no other progress handler. Until beat_sqlite_end(). */
void beat_sqlite(sqlite3 *db);
void beat_sqlite_end(sqlite3 *db);

#endif
