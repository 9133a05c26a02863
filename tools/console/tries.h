/* tries.h — PINs that were tried, as console.db keeps them: who waits, and where (lockout.h). Under the mutex of accounts. */
#ifndef JEMPUT_CONSOLE_TRIES_H
#define JEMPUT_CONSOLE_TRIES_H

#include "account.h"
#include "base.h"

extern const char tries_sql[]; /* its tables */
/* In how many seconds this place may try; 0 = now. */
unsigned tries_wait_s(struct sqlite3 *db, const struct account_try *t);
/* Names that nobody has are kept as well: who gets them wrong learns nothing by how long there is to wait. */
void tries_wrong(struct sqlite3 *db, const struct account_try *t);
/* Others' wrong ones go on counting where they came from. */
void tries_right(struct sqlite3 *db, const struct account_try *t);
int tries_forget(struct sqlite3 *db, const char *name, struct trouble *why);

#endif
