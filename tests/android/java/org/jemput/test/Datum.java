/* A value as pending.md has it: type byte and body. */
package org.jemput.test;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

final class Datum {
    static final int INTEGER = 1, REAL = 2, TEXT = 3, BLOB = 4;
    static final Datum NULL = new Datum(0, 0, null);

    final int type;
    final long number; // of a REAL its bits
    final byte[] bytes;

    private Datum(int type, long number, byte[] bytes) {
        this.type = type;
        this.number = number;
        this.bytes = bytes;
    }

    static Datum of(long integer) {
        return new Datum(INTEGER, integer, null);
    }

    static Datum of(int type, byte[] bytes) {
        return new Datum(type, 0, bytes);
    }

    static Datum read(Bytes in) {
        int type = in.octet();

        switch (type) {
        case 0:
            return NULL;
        case INTEGER:
            return of(in.zigzag());
        case REAL:
            return new Datum(REAL, in.u64(), null);
        case TEXT:
        case BLOB:
            return of(type, in.sized());
        default:
            throw new IllegalStateException("type " + type);
        }
    }

    void writeBody(ByteArrayOutputStream out) {
        if (type == INTEGER) {
            Bytes.writeVarint(out, number << 1 ^ number >> 63);
        } else if (type == REAL) {
            out.writeBytes(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(number).array());
        } else if (type != 0) {
            Bytes.writeVarint(out, bytes.length);
            out.writeBytes(bytes);
        }
    }

    void write(ByteArrayOutputStream out) {
        out.write(type);
        writeBody(out);
    }

    /** pending.md, "Key": a REAL that is an integer of at most 2^53 in size is that integer. */
    Datum asKey() {
        double real = Double.longBitsToDouble(number);

        if (type == 0)
            throw new IllegalStateException("NULL in a key");
        return type == REAL && Math.rint(real) == real && Math.abs(real) <= 0x1p53 ? of((long) real) : this;
    }
}
