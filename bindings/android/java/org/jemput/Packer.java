/* Writes packed messages; see Packed. */
package org.jemput;

import java.util.Arrays;

final class Packer {
    private byte[] bytes = new byte[64];
    private int len;

    byte[] take() {
        byte[] all = Arrays.copyOf(bytes, len);

        Arrays.fill(bytes, 0, len, (byte) 0);
        len = 0;
        return all;
    }

    private void room(int more) {
        if (more > Integer.MAX_VALUE - 64 - len)
            throw new JemputException(Code.LIMIT, "the values are too large together");
        if (len + more <= bytes.length)
            return;
        byte[] old = bytes;

        bytes = Arrays.copyOf(old, Math.max(len + more, (int) Math.min(2L * old.length, Integer.MAX_VALUE - 64)));
        Arrays.fill(old, (byte) 0);
    }

    private void little(long v, int count) {
        room(count);
        for (int i = 0; i < count; i++)
            bytes[len++] = (byte) (v >>> 8 * i);
    }

    Packer i32(int v) {
        little(v, 4);
        return this;
    }

    Packer i64(long v) {
        little(v, 8);
        return this;
    }

    /** Null is kept apart from "". */
    Packer text(byte[] utf8) {
        if (utf8 == null)
            return i32(-1);
        i32(utf8.length);
        room(utf8.length);
        System.arraycopy(utf8, 0, bytes, len, utf8.length);
        len += utf8.length;
        return this;
    }

    Packer value(Object v) {
        if (v instanceof Float || v instanceof Double)
            return real(((Number) v).doubleValue());
        if (v instanceof Long || v instanceof Integer || v instanceof Short || v instanceof Byte)
            return integer(((Number) v).longValue());
        if (v instanceof Boolean)
            return integer((Boolean) v ? 1 : 0);
        if (v == null)
            little(Type.NULL.number(), 1);
        else if (v instanceof CharSequence)
            bytes(Type.TEXT, Utf8.bytes((CharSequence) v));
        else if (v instanceof byte[])
            bytes(Type.BLOB, (byte[]) v);
        else
            throw JemputException.misuse("a value is of " + v.getClass().getName() + ": null, numbers, text, Boolean and byte[] can be stored");
        return this;
    }

    private Packer integer(long v) {
        little(Type.INTEGER.number(), 1);
        return i64(v);
    }

    private Packer real(double v) {
        if (Double.isNaN(v))
            return value(null); // as SQLite does
        little(Type.REAL.number(), 1);
        return i64(Double.doubleToRawLongBits(v));
    }

    private void bytes(Type type, byte[] v) {
        little(type.number(), 1);
        text(v);
    }

    Packer values(Object... values) {
        for (Object v : values)
            value(v);
        return this;
    }
}
