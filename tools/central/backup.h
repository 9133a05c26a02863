/* backup.h — copies to a safe place, each looked at before it takes the place of the one before. */
#ifndef JEMPUT_CENTRAL_BACKUP_H
#define JEMPUT_CENTRAL_BACKUP_H

#include "opened.h"

/* FOLDER/NAME.db from the store: sealed if that is. It is opened, and must give the same state hash. The copy before stays as NAME.sebelumnya.db. */
int backup_store(const char *folder, const struct office *office, struct opened *o, struct trouble *why);
/* FOLDER/central.db, unless one is there that is younger than half a day. */
int backup_base(const char *folder, struct office *office, struct trouble *why);

#endif
