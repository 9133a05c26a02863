/* sidefile.h — the small SQLite files beside central.db: looks.db, console.db. */
#ifndef JEMPUT_CENTRAL_SIDEFILE_H
#define JEMPUT_CENTRAL_SIDEFILE_H

#include "base.h"

/* Open; a missing file is made, with mode 0600, and `sql` (CREATE … IF NOT EXISTS) run. Durable at COMMIT. Close by base_close(). */
int sidefile_open(struct sqlite3 **out, const char *path, const char *sql, struct trouble *why);

#endif
