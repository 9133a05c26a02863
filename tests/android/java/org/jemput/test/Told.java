/* What Java was told of a store, in the form of the command line's --json: so that the two can be compared. */
package org.jemput.test;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.jemput.AttachmentCounts;
import org.jemput.Conflict;
import org.jemput.Edit;
import org.jemput.Key;
import org.jemput.Origin;
import org.jemput.Side;
import org.jemput.Status;
import org.jemput.Store;

final class Told {
    private final StringBuilder out = new StringBuilder();

    private Told() {
    }

    private static String quoted(String text) {
        StringBuilder q = new StringBuilder("\"");

        for (char c : text.toCharArray())
            q.append(c < 0x20 || c == '"' || c == '\\' || c > 0x7e ? String.format("\\u%04x", (int) c) : "" + c);
        return q.append('"').toString();
    }

    private static Object blob(byte[] bytes) {
        StringBuilder hex = new StringBuilder();

        for (byte b : bytes)
            hex.append(String.format("%02x", b));
        return Map.of("blob", hex.toString());
    }

    private Told put(Object v) {
        if (v instanceof byte[]) {
            put(blob((byte[]) v));
        } else if (v instanceof String) {
            out.append(quoted((String) v));
        } else if (v instanceof List) {
            String between = "[";

            for (Object o : (List<?>) v) {
                out.append(between);
                put(o);
                between = ",";
            }
            out.append(((List<?>) v).isEmpty() ? "[]" : "]");
        } else if (v instanceof Map) {
            String between = "{";

            for (Map.Entry<?, ?> e : ((Map<?, ?>) v).entrySet()) {
                out.append(between).append(quoted((String) e.getKey())).append(':');
                put(e.getValue());
                between = ",";
            }
            out.append(((Map<?, ?>) v).isEmpty() ? "{}" : "}");
        } else {
            out.append(v);
        }
        return this;
    }

    private static Map<String, Object> map(Object... pairs) {
        Map<String, Object> m = new LinkedHashMap<>();

        for (int i = 0; i < pairs.length; i += 2)
            m.put((String) pairs[i], pairs[i + 1]);
        return m;
    }

    private static Map<String, Object> origin(String op, Origin o) {
        return map("op", op, "writer", o.writer, "device_number", o.device, "roles", o.roles == null ? "" : o.roles, "claimed", o.claimedMs,
            "received", o.receipt, "segment", o.segment);
    }

    private static Map<String, Object> values(List<String> columns, List<Object> values) {
        Map<String, Object> m = new LinkedHashMap<>();

        for (int i = 0; i < columns.size(); i++)
            m.put(columns.get(i), values.get(i));
        return m;
    }

    static String status(Store store) {
        Status s = store.status();
        AttachmentCounts a = store.attachments().counts();

        return new Told().put(map("space", s.space, "writer", s.writer, "key", s.key, "device_number", s.device, "admitted", s.admitted,
            "revoked", s.revoked, "sealed", s.sealed,
            "roles", s.roles, "scope", s.scope, "hub", s.hub, "roster_version", s.rosterVersion, "schema_version", s.schemaVersion, "own",
            map("on_device", s.own.onDevice, "waiting", s.own.waiting, "received", s.own.received), "pending_changes", s.pendingChanges, "rows",
            s.rows, "conflicts", s.conflicts, "held", s.held, "logs", s.logs, "logs_stopped", s.logsStopped, "segments_unread", s.unread, "last_sync",
            s.lastSyncMs, "last_receipt", s.lastReceiptMs, "clock_error_ms", s.clockErrorMs, "logs_ahead", s.logsAhead, "hub_behind", s.hubBehind,
            "attachments", map("unsent", a.unsent, "partly", a.partly, "received", a.received, "asked", a.asked, "here", a.here, "bytes_here",
                a.bytesHere))).out.toString();
    }

    static String conflicts(Store store) {
        Told told = new Told();
        List<Object> all = new java.util.ArrayList<>();

        for (Conflict c : store.conflicts()) {
            List<Object> sides = new java.util.ArrayList<>();

            for (Side side : c.sides) {
                Map<String, Object> m = origin(side.deleted ? "D" : "U", side.origin);

                m.put("shown", side.shown);
                m.put("values", values(c.columns, side.values));
                sides.add(m);
            }
            all.add(map("table", c.table, "key", c.key, "identity", c.identity, "columns", c.columns, "sides", sides));
        }
        return told.put(all).out.toString();
    }

    static String history(Store store, Key key) {
        List<Object> all = new java.util.ArrayList<>();

        for (Edit e : store.history(key)) {
            Map<String, Object> m = origin("IUDKC".substring(e.op.ordinal(), e.op.ordinal() + 1), e.origin);

            m.put("note", e.note);
            m.put("values", values(e.columns, e.values));
            all.add(m);
        }
        return new Told().put(all).out.toString();
    }
}
