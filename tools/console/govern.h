/* govern.h — whose accounts, sessions and looks an administrator sees and ends: those of the spaces, and within the scopes, that are their own. An
 * account may have desks in several spaces, and be nobody else's business in each of them but one. */
#ifndef JEMPUT_CONSOLE_GOVERN_H
#define JEMPUT_CONSOLE_GOVERN_H

#include "route.h"

/* Whether each of the account's desks is in a space where the one who asks is an administrator, over a scope that holds the desk's. */
bool governs(struct request *q, const char *account);
/* Whether one of them is. */
bool governs_some(struct request *q, const char *account);
/* Whether they are an administrator of all of each space that there is. */
bool governs_all(struct request *q);
/* For queries: a JSON array of the spaces of which they administer the whole, one of the accounts that they govern, and their own. malloc(); NULL: no
 * memory. */
char *governed_spaces(struct request *q);
char *governed_accounts(struct request *q);

/* The names of all accounts; free `of`. */
struct account_names {
    char (*of)[ACCOUNT_BYTES];
    size_t count;
};
int account_names_read(struct account_names *out, struct trouble *why);

#endif
