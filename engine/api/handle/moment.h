/* api/handle/moment.h — a call that looks sees one moment of the file: another handle of the store may be merging meanwhile. */
#ifndef JEMPUT_API_HANDLE_MOMENT_H
#define JEMPUT_API_HANDLE_MOMENT_H

#include "api/engine.h"

/* From here to engine_moment_end() nothing that is read changes. *mine: false if a transaction of this handle's, or an outer call, has fixed the
 * moment already. JEMPUT_BUSY JEMPUT_IO JEMPUT_CORRUPT JEMPUT_NOMEM */
enum jemput_status engine_moment(struct jemput *j, bool *mine, struct jemput_error *err) JEMPUT_MUST_USE;
void engine_moment_end(struct jemput *j, bool mine);
/* How a call that looks begins: the store is open, from here on nothing changes, and the roster is what the file says. Ends likewise, also after a
 * failure. Else as engine_awake() and engine_roster_refresh(). */
enum jemput_status engine_look_begin(struct jemput *j, bool *mine, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
