/* roles.h — the words for roles, checked before the engine is asked: so the answer is in the user's language. */
#ifndef JEMPUT_SHARED_ROLES_H
#define JEMPUT_SHARED_ROLES_H

#include <stdbool.h>

#define ROLES_ALL "petugas, kelurahan, verifikator, admin, pusat, kominfo"

/* Words with commas between, no blanks, no word twice. */
bool roles_valid(const char *roles);
/* Is `word` among them? */
bool roles_have(const char *roles, const char *word);

#endif
