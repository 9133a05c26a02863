/* told.h — the session as its person sees it. */
#ifndef JEMPUT_CONSOLE_TOLD_H
#define JEMPUT_CONSOLE_TOLD_H

#include "account.h"
#include "route.h"

/* The answer of GET /api/session, sign-in and renewal; `all`: where the account is something. */
bool session_told(struct request *q, const struct session *s, const struct reach *all);
/* "__Host-jemput=…; …"; value NULL takes it back. */
void cookie_write(struct request *q, const char *value);
/* The PIN of the account that asks, tried in the name of its session: nobody's wrong ones elsewhere keep it waiting. */
enum account_answer session_pin(struct request *q, const char *pin, uint8_t seed[SEED_BYTES], unsigned *retry_s, struct trouble *why);
/* 429: too many tries. Always false. */
bool wait_told(struct request *q, unsigned retry_s);

#endif
