/* told.h — the session as its person sees it. */
#ifndef JEMPUT_CONSOLE_TOLD_H
#define JEMPUT_CONSOLE_TOLD_H

#include "route.h"

/* The answer of GET /api/session, sign-in and renewal; `all`: where the account is something. */
bool session_told(struct request *q, const struct session *s, const struct reach *all);
/* "__Host-jemput=…; …"; value NULL takes it back. */
void cookie_write(struct request *q, const char *value);

#endif
