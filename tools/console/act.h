/* act.h — writing on an account's desk: what every act does around its own part. */
#ifndef JEMPUT_CONSOLE_ACT_H
#define JEMPUT_CONSOLE_ACT_H

#include "row.h"

enum { ACT_ITEMS_MAX = 100 };

/* What became of one item. */
struct act_result {
    enum { ACT_OK, ACT_CHANGED, ACT_DENIED, ACT_FAILED } kind;
    enum jemput_status status;
    const char *text_id, *text_en; /* static; NULL = the status's own words */
    char detail[256];              /* of a refusal by the policy: the engine's words; "" = none */
};
struct act_result act_ok(void);
struct act_result act_changed(void);
/* Of an engine call that failed. DENIED of a decision means that something came in since: `seen` */
struct act_result act_engine(const struct jemput_error *err, bool seen);
/* Of a statement on the desk's connection that failed: the policy's refusals have their text there. */
struct act_result act_sql(struct desk *desk, int rc);

/* The desk in a space, locked, with all that its hub has taken in. NULL: *why says what was wrong; nothing is locked. */
struct desk *act_begin(struct request *q, const struct reach_space *space, struct act_result *why);
/* Send what was signed, have central look, unlock. false: it is not all at the hub; it goes by itself (resend.h). */
bool act_end(struct request *q, struct desk *desk);

/* Members of an object that is open: result, code, text_id, text_en, segment, n. */
void act_members(struct json *j, const struct act_result *r, uint64_t n);
/* The whole answer of an act on one thing: an item, and no others. */
bool act_told(struct request *q, const struct act_result *r, uint64_t n);

/* A row that a body names by members space, tbl, key. false, answered. Release it. */
bool body_row(struct request *q, const struct json_t *body, struct row *out);

#endif
