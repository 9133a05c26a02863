/* The range-coded part of a payload: payload.md, "Codes". */
package org.jemput.test;

import java.util.HashMap;
import java.util.Map;

final class Codes {
    private static final int[] RATES = {43690, 26214, 18724, 14563, 11915, 10082, 8738, 7710, 6898, 6241, 5698, 5242, 4854, 4519, 4228, 3971, 3744, 3542,
        3360, 3196, 3048, 2912, 2788, 2674, 2570, 2473, 2383, 2299, 2221, 2148, 2080, 2016, 1956, 1899, 1846, 1795, 1747, 1702, 1659, 1618};
    private static final long TOP = 1L << 24;

    private final byte[] in;
    private int at;
    private long range = 0xffffffffL;
    private long code;

    /** What bits of one use have learnt, by name and place. */
    static final class Models {
        private final Map<String, int[]> learnt = new HashMap<>();
    }

    Codes(byte[] in) {
        this.in = in;
        for (int i = 0; i < 4; i++)
            code = code << 8 | next();
    }

    private int next() {
        if (at >= in.length + 4)
            throw new IllegalStateException("codes end");
        at++;
        return at <= in.length ? in[at - 1] & 0xff : 0;
    }

    boolean used() {
        return at >= in.length;
    }

    private void step() {
        while (range < TOP) {
            range <<= 8;
            code = (code << 8 | next()) & 0xffffffffL;
        }
    }

    long even(long n) {
        if (n > 65536) {
            long high = even((n - 1 >> 16) + 1), v = high << 16 | even(65536);

            if (v >= n)
                throw new IllegalStateException("too high");
            return v;
        }
        if (n == 1)
            return 0;
        range /= n;
        long v = code / range;
        if (v >= n)
            throw new IllegalStateException("too high");
        code -= v * range;
        step();
        return v;
    }

    long bits(int count) {
        long v = 0;

        for (int part; count > 0; count -= part) {
            part = Math.min(count, 16);
            v = v << part | even(1L << part);
        }
        return v;
    }

    byte[] raw(int count) {
        byte[] out = new byte[count];

        for (int i = 0; i < count; i++)
            out[i] = (byte) even(256);
        return out;
    }

    int bit(Models models, String key) {
        int[] model = models.learnt.computeIfAbsent(key, k -> new int[] {32768, 0});
        long bound = (range >> 12) * (model[0] >> 4);
        int bit = code >= bound ? 1 : 0;

        if (bit == 1) {
            code -= bound;
            range -= bound;
            model[0] -= (int) ((long) model[0] * RATES[model[1]] >> 16);
        } else {
            range = bound;
            model[0] += (int) ((long) (65536 - model[0]) * RATES[model[1]] >> 16);
        }
        model[0] = Math.max(32, Math.min(model[0], 65504));
        model[1] = Math.min(model[1] + 1, 39);
        step();
        return bit;
    }

    int tree(Models models, int depth, String key) {
        int node = 1;

        for (int i = 0; i < depth; i++)
            node = 2 * node + bit(models, key + " node " + node);
        return node - (1 << depth);
    }

    long number(Models models, String key) {
        int length = tree(models, 3, key + " short"), left;
        long v = 1;

        if (length == 7)
            length += tree(models, 6, key + " long");
        if (length > 64)
            throw new IllegalStateException("too long");
        if (length == 0)
            return 0;
        for (left = length - 1; length <= 16 && left > 0 && v < 8; left--)
            v = 2 * v + bit(models, key + " top " + length + " " + v);
        return left == 0 ? v : v << left | bits(left);
    }

    long signed(Models models, String key) {
        long v = number(models, key);

        return v >>> 1 ^ -(v & 1);
    }
}
