/* waits.h — what waits for people, as counts: for "Hari ini", and told to open pages when it moves. */
#ifndef JEMPUT_CONSOLE_WAITS_H
#define JEMPUT_CONSOLE_WAITS_H

#include "json.h"
#include "reader.h"

enum { STALE_DAYS = 3 };
struct waits {
    int64_t conflicts, hard, held, twins, refused, cases, overdue, outbox_refused, clocks, stale, forks;
};
/* Of case_ c: of a device within the account's scope, or of the whole space for who may see all of it. */
#define CASE_REACHED                                                                                                                                 \
    "(reach(c.space, '') OR EXISTS(SELECT 1 FROM device_ d WHERE d.space = c.space AND (d.writer = c.about OR d.key = c.about) AND reach(d.space, "  \
    "d.scope)))"
/* Of refused_ r: likewise by the device that wrote it. */
#define REFUSED_REACHED                                                                                                                              \
    "(reach(r.space, '') OR EXISTS(SELECT 1 FROM device_ e WHERE e.space = r.space AND e.writer = r.writer AND reach(e.space, e.scope)))"

/* Within what reader->reach says. Of spaces where the account may see no persons it is counted by what central has counted. */
int waits_read(struct waits *out, struct reader *reader, struct trouble *why);
/* An object of them. */
void waits_json(struct json *j, const char *key, const struct waits *w);

#endif
