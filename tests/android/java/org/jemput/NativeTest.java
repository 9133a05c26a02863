/* Handles: a number that is not open, or not of that kind, is an exception, and never more than that. */
package org.jemput;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

class NativeTest {
    private static final byte[] B = {1, 2};
    private static final Upcall UP = new Upcall() {
        @Override
        boolean item(int kind, byte[] packed) {
            return true;
        }
    };

    private static Executable[] calls(long h) {
        return new Executable[] {() -> Native.beside(h), () -> Native.restrict(h), () -> Native.seal(h), () -> Native.stateHash(h),
            () -> Native.verify(h, UP), () -> Native.rebuild(h, UP), () -> Native.cut(h), () -> Native.actAs(h, null, null), () -> Native.invite(h, B, B, B, 0), () -> Native.inviteShort(h, B), () -> Native.lock(h),
            () -> Native.unlock(h, B, null, null), () -> Native.pinSet(h, B, null), () -> Native.keySet(h, null), () -> Native.recoveryMake(h),
            () -> Native.prepare(h, B, 0), () -> Native.script(h, B), () -> Native.inTransaction(h), () -> Native.interrupt(h),
            () -> Native.tablesRead(h, B), () -> Native.observe(h, 0, 1), () -> Native.sync(h, null, null, null, 0, false, null, UP), () -> Native.cancel(h),
            () -> Native.bundleMake(h, B, null, true, null, -1, UP), () -> Native.bundleTake(h, B, null, UP), () -> Native.attach(h, B, B, B, B, null, 0),
            () -> Native.attachments(h, null, null, UP), () -> Native.attachmentPart(h, B, 0, B, 1), () -> Native.attachmentAsk(h, B),
            () -> Native.attachmentRemove(h, B), () -> Native.purge(h, 1), () -> Native.attachmentCount(h), () -> Native.info(h),
            () -> Native.list(h, 1, UP), () -> Native.history(h, B, B, UP), () -> Native.decide(h, B), () -> Native.mergeRows(h, B, UP), () -> Native.shape(h),
            () -> Native.parameter(h, B), () -> Native.bind(h, 1, B), () -> Native.run(h, B), () -> Native.window(h, B, 1),
            () -> Native.httpBody(h, B, 1), () -> Native.httpRewind(h), () -> Native.httpTake(h, B, 1), () -> Native.httpCancelled(h)};
    }

    private static void refused(long h) {
        int n = 0;

        for (Executable call : calls(h)) {
            JemputException e = assertThrows(JemputException.class, call, "call " + n++ + " of " + Long.toHexString(h));

            assertEquals(Code.MISUSE, e.status());
        }
        Native.close(h);
        Native.reset(h);
        Native.finish(h);
    }

    @Test
    void handles_that_are_none_are_refused_by_every_call(@TempDir Path folder) {
        long store = Native.found(Utf8.bytes(folder.resolve("a.db").toString()), Utf8.bytes(""), null, null, null);
        long statement = Native.prepare(store, Utf8.bytes("SELECT 1"), 0);

        for (long h : new long[] {0, -1, 1, Long.MAX_VALUE, Long.MIN_VALUE, store + 1, store ^ 1L << 32, store ^ 1L << 56, statement + (1L << 32)})
            refused(h);
        Native.close(store);
        refused(store);
        assertThrows(JemputException.class, () -> Native.run(statement, null));
        Native.finish(statement);
        refused(statement);
    }

    @Test
    void messages_that_are_none_are_refused(@TempDir Path folder) {
        long store = Native.found(Utf8.bytes(folder.resolve("a.db").toString()), Utf8.bytes("CREATE TABLE t(a TEXT PRIMARY KEY, b); "
            + "SELECT jemput_replicate('t');"), null, null, null);
        byte[] order = Merging.of(Key.of("t", "x"), Key.of("t", "y")).because("z").packed();
        byte[] choice = Decision.of(Key.of("t", "x")).set("b", 1).hide("b", 2).because("y").packed();

        try {
            for (int len = 0; len < choice.length; len++) {
                byte[] cut = java.util.Arrays.copyOf(choice, len);

                assertEquals(Code.MISUSE, assertThrows(JemputException.class, () -> Native.decide(store, cut)).status());
            }
            for (int len = 0; len < order.length; len++) {
                byte[] cut = java.util.Arrays.copyOf(order, len);

                assertEquals(Code.MISUSE, assertThrows(JemputException.class, () -> Native.mergeRows(store, cut, UP)).status());
            }
            for (byte[] key : new byte[][] {{}, {1}, {1, 0, 0, 0}, {-1, -1, -1, 127}, {1, 0, 0, 0, 9}, {1, 0, 0, 0, 3, -1, 0, 0, 0}})
                assertEquals(Code.MISUSE, assertThrows(JemputException.class, () -> Native.history(store, Utf8.bytes("t"), key, UP)).status());
            long st = Native.prepare(store, Utf8.bytes("SELECT ?"), 0);

            for (byte[] values : new byte[][] {{1}, {5}, {3, 4, 0, 0, 0, 1}, {2, 0, 0}})
                assertEquals(Code.MISUSE, assertThrows(JemputException.class, () -> Native.run(st, values)).status());
            assertEquals(Code.MISUSE, assertThrows(JemputException.class, () -> Native.bind(st, 7, new byte[] {0})).status());
        } finally {
            Native.close(store);
        }
    }

    @Test
    void text_is_taken_by_what_it_is() {
        assertEquals("A\u00e9\u6f22\uD83D\uDE00", Utf8.text(Utf8.bytes("A\u00e9\u6f22\uD83D\uDE00")));
        assertEquals(4, Utf8.bytes("\uD83D\uDE00").length);
        assertEquals(6, Utf8.secret("\u00e9\uD83D\uDE00".toCharArray(), "x").length);
        for (String bad : new String[] {"\uD83D", "\uDE00", "\uD83Dx", "x\uDE00"}) {
            assertThrows(JemputException.class, () -> Utf8.bytes(bad));
            assertThrows(JemputException.class, () -> Utf8.secret(bad.toCharArray(), "x"));
        }
    }
}
