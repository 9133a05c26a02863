/* api/judge/refused.h — refused transactions as they are told: by the call, the view, and the cases. */
#ifndef JEMPUT_API_JUDGE_REFUSED_H
#define JEMPUT_API_JUDGE_REFUSED_H

#include "api/look/look.h"
#include "store/verdict/refusal.h"

struct refused_told {
    struct jemput_refused_txn entry;
    struct jemput_segment segment; /* that it is in */
    jemput_stamp stamp;
    uint64_t adopted; /* version of the transaction that adopts it; 0 = none */
    struct jemput_segment by;
    jemput_stamp by_stamp;
    const char *why_id, *why_en;
    bool gone; /* what it was is not here: it was erased with a row that was forgotten, or this store began with a checkpoint */
};
typedef enum jemput_status (*refused_fn)(void *ctx, const struct refused_told *told, struct jemput_error *err);
/* Each of them, in local order. The store may be used meanwhile. */
enum jemput_status refused_each(struct jemput *j, refused_fn each, void *ctx, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
