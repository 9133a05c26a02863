/* A prepared statement of a link. Whoever uses it holds the link's lock. */
package org.jemput;

final class Prepared {
    static final int CACHED = 1; // it stays ready in its link when it is done with
    static final int ONCE = 2;   // it ends then
    static final int OWNED = 3;  // by a Statement, which ends it

    final Link link;
    final boolean reads;
    final int parameters;
    String[] columns; // their names
    boolean inUse = true;
    private final int mode;
    private long handle;

    Prepared(Link link, String sql, int mode, boolean reads) {
        int flags = (mode == ONCE ? 0 : Native.PREPARE_KEEP) | (reads ? Native.PREPARE_READS : 0);

        this.link = link;
        this.mode = mode;
        handle = Native.prepare(link.handle(), Utf8.plain(sql, "SQL"), flags);
        boolean good = false;

        try {
            Packed shape = new Packed(Native.shape(handle));

            this.reads = shape.flag();
            parameters = shape.i32();
            columns = names(shape);
            good = true;
        } finally {
            if (!good)
                finish();
        }
    }

    private static String[] names(Packed shape) {
        String[] names = new String[shape.i32()];

        for (int i = 0; i < names.length; i++)
            names[i] = shape.text();
        return names;
    }

    long handle() {
        if (handle == 0)
            throw JemputException.misuse("the statement is closed");
        return handle;
    }

    byte[] values(Object[] given) {
        Object[] args = given == null ? new Object[] {null} : given; // query(sql, null) is one value

        if (args.length != parameters)
            throw JemputException.misuse("the statement has " + parameters + " parameters, and " + args.length + " values were given");
        return args.length == 0 ? new byte[0] : new Packer().values(args).take();
    }

    /** A merged migration may have changed what '*' stands for. */
    void lookAgain() {
        Packed shape = new Packed(Native.shape(handle()));

        shape.i32();
        shape.i32();
        columns = names(shape);
    }

    long run(Object[] args) {
        return Native.run(handle(), values(args));
    }

    /** Done with, after run(): it stays ready, or ends. */
    void done() {
        if (mode == ONCE)
            finish();
        inUse = false;
    }

    /** The same, in the middle of its rows. */
    void release() {
        if (mode != ONCE && handle != 0)
            Native.reset(handle);
        done();
    }

    /** False: it had ended already. */
    boolean finish() {
        long h = handle;

        handle = 0;
        if (h != 0)
            Native.finish(h);
        return h != 0;
    }
}
