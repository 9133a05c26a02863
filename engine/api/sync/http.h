/* api/sync/http.h — a client for HTTP, lent to a hub. */
#ifndef JEMPUT_API_SYNC_HTTP_H
#define JEMPUT_API_SYNC_HTTP_H

#include "api/engine.h"

struct engine_lent { /* a client that a caller of ours keeps, given to a hub, which closes what it is given */
    struct jemput_http http;
    struct jemput_http *keeper;
};
/* A client for HTTP: the caller's, through `lent`, which must outlive its use; or, if `keeper` is NULL, what the program gives. JEMPUT_MISUSE: it
 * gives none. */
enum jemput_status engine_http_open(struct jemput_env *env, struct jemput_http *keeper, struct engine_lent *lent, struct jemput_http **out,
                                    struct jemput_error *err) JEMPUT_MUST_USE;

#endif
