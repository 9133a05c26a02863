/* origin.h — who made a write, as text and as JSON. */
#ifndef JEMPUT_CLI_ORIGIN_H
#define JEMPUT_CLI_ORIGIN_H

#include <jemput/jemput.h>

#include "buffer.h"
#include "json.h"

/* "tablet 07 (3f09a1b2)": what people call the device, and the beginning of its writer. */
void origin_write(struct buffer *out, const struct jemput_origin *origin);
/* "di tablet ini", "menunggu sinyal" or "diterima pusat". */
const char *origin_state(const struct jemput_origin *origin);
/* Members writer, device_number, roles, claimed, received of the object that is open. */
void origin_json(struct json *j, const struct jemput_origin *origin);

#endif
