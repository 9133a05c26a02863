/* sim/store_text.h — looking into a device's store file from outside of the engine: all that it holds as text, and changes behind the engine's back. */
#ifndef TESTS_SIM_STORE_TEXT_H
#define TESTS_SIM_STORE_TEXT_H

#include "fleet.h"

/* Every ordinary table, row by row, as it is in the file; owned by the caller: free(). */
char *store_text(struct fleet *f, unsigned device);
/* Run SQL on the file by a plain connection without triggers, while the device is closed; it is open again afterwards. */
void store_damage(struct fleet *f, unsigned device, const char *sql);
/* The same where the damage may be seen when the store is opened: then the device stays closed. */
enum jemput_status store_damage_try(struct fleet *f, unsigned device, const char *sql, struct jemput_error *err);

#endif
