/* exchange.h — one request and its answer, as http.c and httphead.c share it. */
#ifndef JEMPUT_CONSOLE_EXCHANGE_H
#define JEMPUT_CONSOLE_EXCHANGE_H

#include "asset.h"
#include "job.h"
#include "texts.h"

enum { CSV_BYTES_MAX = 8 * 1024 * 1024 };
struct MHD_Connection;

struct exchange { /* one request, from its head to the end of its answer */
    struct job job;
    struct MHD_Connection *connection;
    bool worked, refused; /* refused: by its head; the answer is there */
    size_t dropped;
    const struct asset *asset;
    bool head;           /* HEAD */
    struct texts path;   /* its parts, decoded */
    struct texts values; /* the parameters, likewise */
    bool wrong;
};
extern const struct console *http_console; /* that this process serves */

const char *exchange_header(struct MHD_Connection *c, const char *name);
/* Whose request it is: the other end, or whom nginx says. */
void exchange_address(struct request *q, struct MHD_Connection *c);
/* By the head alone: host, route, whose page it comes from, its kind and size. false: it is refused, and the answer is there. */
bool exchange_judge(struct exchange *x, const char *url, const char *method);
bool exchange_refuse(struct exchange *x, unsigned status, const char *code, const char *id, const char *en);
size_t exchange_body_max(const struct request *q);

#endif
