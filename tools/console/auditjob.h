/* auditjob.h — checking a space in the background: its store (jemput_audit), and central.db's tables beside it (audit_lite). One at a time, the
 * newest result of each space is kept. */
#ifndef JEMPUT_CONSOLE_AUDITJOB_H
#define JEMPUT_CONSOLE_AUDITJOB_H

#include "route.h"

/* Member: what the last one of a space found; null = none yet. */
void audit_last_json(struct json *j, const char *key, int64_t space);
/* Let the one that runs end, and wait for it. */
void audit_stop(void);
/* What people call a device; "" = unknown (ask_device.c). */
void device_label(struct request *q, int64_t space, int64_t number, char *out, size_t room);

#endif
