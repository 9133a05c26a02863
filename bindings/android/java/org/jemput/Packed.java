/* Reads what native code packed: little-endian; i32, i64; text = i32 length + UTF-8, -1 = null; value = u8 type + i64, double's bits, or text.
 * Fields come in the order of the C struct, counts before lists. What does not fit is a defect of the binding, told as CORRUPT. */
package org.jemput;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

final class Packed {
    private final byte[] bytes;
    private int at;

    Packed(byte[] bytes) {
        this.bytes = bytes;
    }

    private int step(int count) {
        int from = at;

        if (count < 0 || count > bytes.length - at)
            throw new JemputException(Code.CORRUPT, "a message of the library ends at " + bytes.length + ", and goes on: versions do not fit");
        at += count;
        return from;
    }

    static long little(byte[] bytes, int from, int count) {
        long v = 0;

        for (int i = count; i-- > 0;)
            v = v << 8 | bytes[from + i] & 0xff;
        return v;
    }

    int i32() {
        return (int) little(bytes, step(4), 4);
    }

    boolean flag() {
        return i32() != 0;
    }

    long i64() {
        return little(bytes, step(8), 8);
    }

    String text() {
        int len = i32();

        return len < 0 ? null : Utf8.text(bytes, step(len), len);
    }

    byte[] blob() {
        int len = i32();

        if (len < 0)
            return null;
        int from = step(len);

        return Arrays.copyOfRange(bytes, from, from + len);
    }

    Object value() {
        int type = bytes[step(1)];

        switch (type) {
        case 0:
            return null;
        case 1:
            return i64();
        case 2:
            return Double.longBitsToDouble(i64());
        case 3:
            return text();
        case 4:
            return blob();
        default:
            throw new JemputException(Code.CORRUPT, "a value of the library is of type " + type + ": versions do not fit");
        }
    }

    List<String> texts(int count) {
        List<String> list = new ArrayList<String>();

        for (int i = 0; i < count; i++)
            list.add(text());
        return Collections.unmodifiableList(list);
    }

    List<Object> values(int count) {
        List<Object> list = new ArrayList<Object>();

        for (int i = 0; i < count; i++)
            list.add(value());
        return Collections.unmodifiableList(list);
    }

    int left() {
        return bytes.length - at;
    }
}
