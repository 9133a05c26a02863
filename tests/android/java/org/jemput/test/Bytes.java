/* Reads what pending.md describes: integers, values, the changes of a record. */
package org.jemput.test;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

final class Bytes {
    private final ByteBuffer in;

    Bytes(byte[] bytes) {
        in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    boolean atEnd() {
        return !in.hasRemaining();
    }

    int octet() {
        return in.get() & 0xff;
    }

    byte[] raw(int count) {
        byte[] out = new byte[count];

        in.get(out);
        return out;
    }

    /** All that is left. */
    byte[] rest() {
        return raw(in.remaining());
    }

    long zigzag() {
        long v = varint();

        return v >>> 1 ^ -(v & 1);
    }

    long u64() {
        return in.getLong();
    }

    long varint() {
        long value = 0;
        byte next;

        for (int shift = 0;; shift += 7) {
            next = in.get();
            value |= (long) (next & 0x7f) << shift;
            if (next >= 0)
                break;
        }
        return value;
    }

    byte[] sized() {
        byte[] out = new byte[(int) varint()];

        in.get(out);
        return out;
    }

    Object value() {
        return body(in.get());
    }

    private Object body(int type) {
        switch (type) {
        case 0:
            return null;
        case 1:
            return zigzag();
        case 2:
            return in.getDouble();
        case 3:
            return new String(sized(), StandardCharsets.UTF_8);
        case 4:
            return sized();
        default:
            throw new IllegalArgumentException("type " + type);
        }
    }

    static void writeVarint(ByteArrayOutputStream out, long value) {
        for (; value < 0 || value > 0x7f; value >>>= 7)
            out.write((int) (value & 0x7f | 0x80));
        out.write((int) value);
    }

    static void writeValue(ByteArrayOutputStream out, Object value) {
        if (value instanceof Long) {
            out.write(1);
            writeVarint(out, (Long) value << 1 ^ (Long) value >> 63);
        } else if (value instanceof Double) {
            out.write(2);
            out.writeBytes(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putDouble((Double) value).array());
        } else {
            byte[] bytes = value instanceof String ? ((String) value).getBytes(StandardCharsets.UTF_8) : (byte[]) value;

            out.write(value instanceof String ? 3 : 4);
            writeVarint(out, bytes.length);
            out.writeBytes(bytes);
        }
    }

    /** Each as one line, without spares and successors. */
    List<String> changes() {
        List<String> out = new ArrayList<>();

        for (long left = varint(); left > 0; left--) {
            StringBuilder line = new StringBuilder("table " + varint() + " op " + in.get() + " key ");

            for (byte b : sized())
                line.append(String.format("%02x", b));
            out.add(line.append(":").append(cells(varint())).toString());
        }
        return out;
    }

    private String cells(long count) {
        StringBuilder out = new StringBuilder();
        long column = 0;

        for (long done = 0; done < count; done++) {
            int head = in.get() & 0xff;

            column += head >> 5 == 7 ? 7 + varint() : head >> 5;
            if ((head & 31) == 0) { // one NULL, and so many more
                for (long run = varint(); run > 0; run--, done++)
                    out.append(done == 0 ? " " : ", ").append(column++).append(" NULL");
                out.append(out.length() == 0 ? " " : ", ").append(column++).append(" NULL");
                continue;
            }
            out.append(out.length() == 0 ? " " : ", ").append(column++).append((head & 16) != 0 ? " delta " : " ").append(body(head & 7));
            if ((head & 8) != 0)
                out.append(" was ").append(value());
        }
        return out.toString();
    }
}
