/* explain.h — one segment explained, on a page or as JSON: callbacks of jemput_log_explain(). */
#ifndef JEMPUT_CLI_EXPLAIN_H
#define JEMPUT_CLI_EXPLAIN_H

#include <jemput/jemput.h>

int explain_text(void *ctx, const struct jemput_explained *explained); /* ctx is not used */
int explain_json(void *ctx, const struct jemput_explained *explained);

#endif
