/* backup.h — copies to a safe place, each looked at before it takes the place of the one before. */
#ifndef JEMPUT_CENTRAL_BACKUP_H
#define JEMPUT_CENTRAL_BACKUP_H

#include "opened.h"

/* FOLDER/NAME.db from the store: sealed if that is. It is opened, and must give the same state hash. The copy before stays as NAME.sebelumnya.db. */
int backup_store(const char *folder, const struct office *office, struct opened *o, struct trouble *why);
/* What belongs to no space, unless a copy of it is there that is younger than half a day: FOLDER/central.db; and of the console, where there is one,
 * who saw what (looks.db), its accounts (console.db) and their key files (FOLDER/accounts/NAME.key). Not the accounts' desks: whatever they signed is
 * at the hub, and a device that goes on from an old copy of itself would fork its log. An account whose desk was lost is given another.
 * Each is tried; what failed first is told. */
int backup_base(const char *folder, struct office *office, struct trouble *why);
/* A space cannot be called so: the copy of something else has that name. */
bool backup_name_taken(const char *name);

#endif
