/* room.c — see room.h. */
#include "room.h"

#include <stdio.h>
#include <string.h>

#include "failure.h"
#include "text.h"

static void hub_tell(struct room *room, const struct lan_hub *hub)
{
    if (strcmp(room->hub, hub->url) == 0)
        return;
    snprintf(room->hub, sizeof room->hub, "%s", hub->url);
    fprintf(stderr, T("Hub di ruangan ini: %s (%s)\n", "Hub in this room: %s (%s)\n"), hub->url, hub->network);
}

enum jemput_status room_sync(struct room *room, struct jemput *jemput, const struct jemput_sync_options *asked, room_sync_fn sync,
                             struct jemput_sync_report *report, struct jemput_error *err)
{
    struct jemput_sync_options options = *asked;
    struct jemput_info now;
    enum jemput_status st = jemput_info_get(jemput, &now, err);

    if (st)
        return st;
    room->avahi = lan_find(&room->hubs, now.space);
    *err = (struct jemput_error){ .status = JEMPUT_OFFLINE, .text = "no hub of this space is in the network" };
    st = JEMPUT_OFFLINE;
    options.hub_in_room = 1;
    for (unsigned i = 0; i < room->hubs.count; i++) {
        hub_tell(room, &room->hubs.of[i]);
        options.hub = room->hubs.of[i].url;
        st = sync(jemput, &options, report, err);
        if (!st || st == JEMPUT_CANCELLED)
            break;
        if (i + 1 < room->hubs.count)
            fprintf(stderr, T("%s\n", "%s (%s)\n"), jemput_status_advice(st, text_language()), err->text);
    }
    return st;
}

int room_failed(const struct room *room, const struct syncing *asked, const struct jemput_sync_report *report, const struct jemput_error *err)
{
    struct syncing tried = *asked;

    if (err->status == JEMPUT_OFFLINE && !room->avahi)
        return failure_told(JEMPUT_OFFLINE, "%s",
                            T("Avahi tidak ada di perangkat ini (pasang: avahi-daemon dan avahi-utils), jadi hub di ruangan tidak dapat dicari. Data tetap "
                              "aman di sini. Tanyakan alamat yang tampil di layar laptop hub, lalu: sync --hub ALAMAT",
                              "There is no Avahi on this device (install avahi-daemon and avahi-utils), so no hub can be looked for in the room. The data "
                              "is safe here. Ask for the address that the hub's laptop shows, then: sync --hub ADDRESS"));
    if (err->status == JEMPUT_OFFLINE && !room->hubs.count)
        return failure_told(JEMPUT_OFFLINE,
                            T("Tidak ada hub ruang ini di jaringan (%u milik ruang lain). Data tetap aman di sini. Periksa apakah tablet dan laptop hub di "
                              "Wi-Fi yang sama; atau: sync --hub ALAMAT",
                              "No hub of this space is in the network (%u are other spaces'). The data is safe here. See that the tablet and the hub's laptop "
                              "are in the same Wi-Fi; or: sync --hub ADDRESS"),
                            room->hubs.others);
    tried.hub = room->hub;
    tried.hub_given = true;
    return syncing_failed(&tried, report, err);
}
