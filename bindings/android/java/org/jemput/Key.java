package org.jemput;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** A row of a replicated table: the table's name, and the values of its primary key in the key's order. */
public final class Key {
    /** The table. */
    public final String table;
    /** The values. */
    public final List<Object> values;

    private Key(String table, List<Object> values) {
        this.table = table;
        this.values = values;
    }

    /**
     * A row.
     *
     * @param table its table
     * @param values of the primary key, in key order: null, numbers, text or byte[]
     * @return for calls that are about one row
     */
    public static Key of(String table, Object... values) {
        if (table == null || values == null || values.length == 0)
            throw JemputException.misuse("a key is a table and at least one value");
        List<Object> list = new ArrayList<Object>(values.length);

        for (Object v : values)
            list.add(v instanceof byte[] ? ((byte[]) v).clone() : v);
        return new Key(table, Collections.unmodifiableList(list));
    }

    /**
     * The key as functions such as {@code jemput_history(tbl, key)} take it: of one column the value itself, of several a JSON array.
     *
     * @return a value to be bound
     */
    public Object parameter() {
        return values.size() == 1 ? values.get(0) : json();
    }

    /**
     * The key as a JSON array, in the form that is told in schema/views.md: bytes are the text {@code "x'0f…'"}, and a text that begins with
     * {@code x'} or {@code t'} has {@code t'} in front.
     *
     * @return such as {@code ["3374…",2]}
     */
    public String json() {
        StringBuilder out = new StringBuilder("[");

        for (Object v : values) {
            if (out.length() > 1)
                out.append(',');
            if (v instanceof byte[])
                quote(out, "x'" + Hex.of((byte[]) v) + "'");
            else if (v instanceof CharSequence)
                quote(out, marked(v.toString()));
            else if (v instanceof Float || v instanceof Double)
                out.append(Numbers.text(((Number) v).doubleValue()));
            else if (v instanceof Boolean)
                out.append((Boolean) v ? 1 : 0);
            else
                out.append(v);
        }
        return out.append(']').toString();
    }

    private static String marked(String text) {
        return text.startsWith("x'") || text.startsWith("t'") ? "t'" + text : text;
    }

    private static void quote(StringBuilder out, String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);

            if (c == '"' || c == '\\')
                out.append('\\').append(c);
            else if (c < 0x20)
                out.append("\\u00").append(Character.forDigit(c >> 4, 16)).append(Character.forDigit(c & 15, 16));
            else
                out.append(c);
        }
        out.append('"');
    }

    /** i32 count, then the values. */
    byte[] packed() {
        return new Packer().i32(values.size()).values(values.toArray()).take();
    }

    byte[] packedTable() {
        return Utf8.plain(table, "a table's name");
    }
}
