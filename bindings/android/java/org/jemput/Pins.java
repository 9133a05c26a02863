/* The pinned keys of hubs, as a store remembers them, in a table of this device's own: who syncs with the hub as it is remembered means the one whose
 * key was pinned, and its token must go to no other. Noted before a sync that brings pins, so that none gets in without; taken back after one that
 * named the hub without pins, and got in. Keys are no secrets. */
package org.jemput;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;

final class Pins {
    private final Store store;
    private final Link link; // nobody else uses it meanwhile

    Pins(Store store, Link link) {
        this.store = store;
        this.link = link;
    }

    /** The way with the pins that belong to it, before it is gone. */
    Transport with(Transport t) {
        if (t.isFolder() || t.isInRoom() || t.hub() != null && t.pins.isEmpty())
            return t;
        String hub = hub(t);
        List<String> known = of(hub);

        if (t.pins.isEmpty())
            return known.isEmpty() ? t : t.pinned(known);
        if (known.isEmpty() && !hub.isEmpty())
            put(hub, t.pins);
        return t;
    }

    /** It got in: what it brought is what is remembered. */
    void keep(Transport t) {
        if (t.isFolder() || t.isInRoom() || t.hub() == null && t.pins.isEmpty())
            return;
        try {
            String hub = hub(t);

            if (!of(hub).equals(t.pins))
                put(hub, t.pins);
        } catch (JemputException e) {
            Leaks.trouble("which keys a hub has could not be noted; those from before are asked for", e); // the sync itself went well
        }
    }

    private String hub(Transport t) {
        return t.hub() == null ? new Status(new Packed(Native.info(link.handle()))).hub : Utf8.text(t.hub());
    }

    private List<String> of(String hub) {
        String pins = text("SELECT name FROM sqlite_master WHERE type='table' AND name=?", "hub_pin") == null ? null
            : text("SELECT pins FROM hub_pin WHERE hub=?", hub);

        return pins == null || pins.isEmpty() ? Collections.<String>emptyList() : Arrays.asList(pins.split(" "));
    }

    private void put(String hub, List<String> pins) {
        StringBuilder all = new StringBuilder();

        for (String pin : pins)
            all.append(all.length() == 0 ? "" : " ").append(pin);
        run("CREATE TABLE IF NOT EXISTS hub_pin(hub TEXT PRIMARY KEY NOT NULL, pins TEXT NOT NULL)");
        run("INSERT INTO hub_pin VALUES(?, ?) ON CONFLICT(hub) DO UPDATE SET pins=excluded.pins", hub, all.toString());
    }

    private void run(String sql, Object... args) {
        link.enter();
        try {
            Prepared st = link.prepared(sql, false);

            try {
                st.run(args);
            } finally {
                st.done();
            }
        } finally {
            link.leave();
        }
    }

    /* Null: there is no row. */
    private String text(String sql, String arg) {
        link.enter();
        try {
            Prepared st = link.prepared(sql, true);
            Cursor at = new Cursor(store, new Rows(link, st, st.values(new Object[] {arg}), new Rows.End() {
                @Override
                public void ended(Rows rows) {
                    // the link stays
                }
            }));

            try {
                return at.next() ? at.getString(0) : null;
            } finally {
                at.close();
            }
        } finally {
            link.leave();
        }
    }
}
