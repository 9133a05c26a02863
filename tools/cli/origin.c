/* origin.c — who made a write. */
#include "origin.h"

#include "roles.h"
#include "text.h"

/* The word that people have for a device, as the views have it (schema/views.md, "Who"). */
static const char *device_word(const char *roles)
{
    static const char *const words[][2] = { { "pusat", "pusat" },         { "admin", "admin" },    { "verifikator", "verifikator" },
                                            { "kelurahan", "kelurahan" }, { "petugas", "tablet" }, { "kominfo", "kominfo" } };

    for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++)
        if (roles && roles_have(roles, words[i][0]))
            return words[i][1];
    return T("perangkat", "device");
}

void origin_write(struct buffer *out, const struct jemput_origin *origin)
{
    if (origin->device_number)
        buffer_format(out, "%s %02u", device_word(origin->roles), (unsigned)origin->device_number);
    else
        buffer_text(out, T("perangkat belum dikenal", "unknown device"));
    buffer_format(out, " (%.8s)", origin->writer);
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
