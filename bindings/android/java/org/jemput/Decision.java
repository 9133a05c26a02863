package org.jemput;

import java.util.ArrayList;
import java.util.List;

/**
 * What a person decides about one row: of a conflict, of a held row, or of any row of a replicated table. See {@link Store#resolve}.
 *
 * <pre>{@code
 * store.resolve(Decision.of(conflict.row()).set("nama", "Siti").hide("nama", "Sitti").because("KK lama dilihat"));
 * }</pre>
 */
public final class Decision {
    private final Key row;
    private final List<Object[]> set = new ArrayList<Object[]>();
    private final List<Object[]> hidden = new ArrayList<Object[]>();
    private boolean remove;
    private boolean restore;
    private String reason;

    private Decision(Key row) {
        this.row = row;
    }

    /**
     * Begins one.
     *
     * @param row which row
     * @return to be filled
     */
    public static Decision of(Key row) {
        if (row == null)
            throw JemputException.misuse("a decision is about a row");
        return new Decision(row);
    }

    /**
     * A column gets a value: one of those that were written, or a new one.
     *
     * @param column which
     * @param value what it gets
     * @return this
     */
    public Decision set(String column, Object value) {
        set.add(new Object[] {column, value});
        return this;
    }

    /**
     * A value that is decided against. All that the columns' conflicts hide must be named, so that nothing is closed that nobody has seen.
     *
     * @param column of which column
     * @param value the other side's
     * @return this
     */
    public Decision hide(String column, Object value) {
        hidden.add(new Object[] {column, value});
        return this;
    }

    /**
     * A held row is dropped; its values stay in the history.
     *
     * @return this
     */
    public Decision remove() {
        remove = true;
        return this;
    }

    /**
     * A deleted or dropped row comes back as it was.
     *
     * @return this
     */
    public Decision restore() {
        restore = true;
        return this;
    }

    /**
     * Why, for those who read it later. It must be said.
     *
     * @param why 1 to 1,024 bytes
     * @return this
     */
    public Decision because(String why) {
        reason = why;
        return this;
    }

    byte[] packed() {
        Packer out = new Packer().text(row.packedTable()).i32(row.values.size()).values(row.values.toArray());

        pairs(out, set);
        pairs(out, hidden);
        return out.i32(remove ? 1 : 0).i32(restore ? 1 : 0).text(Utf8.plain(reason == null ? "" : reason, "the reason")).take();
    }

    private static void pairs(Packer out, List<Object[]> pairs) {
        out.i32(pairs.size());
        for (Object[] p : pairs)
            out.text(Utf8.plain((String) p[0], "a column's name")).value(p[1]);
    }
}
