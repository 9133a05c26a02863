/* origin.c — who made a write. */
#include "origin.h"

#include "text.h"

void origin_write(struct buffer *out, const struct jemput_origin *origin)
{
    if (origin->device_number)
        buffer_format(out, T("perangkat %u", "device %u"), (unsigned)origin->device_number);
    else
        buffer_text(out, T("perangkat belum dikenal", "unknown device"));
    if (origin->roles && origin->roles[0])
        buffer_format(out, " (%s)", origin->roles);
    buffer_format(out, " %.8s", origin->writer);
}

const char *origin_state(const struct jemput_origin *origin)
{
    if (origin->segment == 0)
        return T("di tablet ini", "on this device");
    return origin->receipt ? T("diterima pusat", "received by central") : T("menunggu sinyal", "waiting for a signal");
}

void origin_json(struct json *j, const struct jemput_origin *origin)
{
    json_text(j, "writer", origin->writer);
    json_count(j, "device_number", origin->device_number);
    json_text(j, "roles", origin->roles ? origin->roles : "");
    json_moment(j, "claimed", origin->claimed_ms);
    json_bool(j, "received", origin->receipt == 1);
}
