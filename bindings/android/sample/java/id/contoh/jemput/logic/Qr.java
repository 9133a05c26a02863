/* A QR code (ISO/IEC 18004) of a short text: byte mode, error correction M, versions 1 to 6. Enough for a receipt code on paper. */
package id.contoh.jemput.logic;

import java.nio.charset.StandardCharsets;

/** The modules of one code, without the quiet zone of four modules that whoever draws it leaves around it. */
public final class Qr {
    /* By version: bytes of data in each block, bytes of correction in each, blocks. */
    private static final int[] DATA = {16, 28, 44, 32, 43, 27};
    private static final int[] CORRECTION = {10, 16, 26, 18, 24, 16};
    private static final int[] BLOCKS = {1, 1, 1, 2, 2, 4};

    private final int size;
    private final boolean[][] dark;
    private final boolean[][] fixed; // patterns and format: not data

    /** Up to 106 bytes of UTF-8; more is an IllegalArgumentException. */
    public Qr(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int version = 1;
        while (version <= 6 && bytes.length + 2 > DATA[version - 1] * BLOCKS[version - 1])
            version++;
        if (version > 6)
            throw new IllegalArgumentException(bytes.length + " bytes are too many for a code");
        size = 17 + 4 * version;
        dark = new boolean[size][size];
        fixed = new boolean[size][size];
        patterns(version);
        place(codewords(bytes, DATA[version - 1], CORRECTION[version - 1], BLOCKS[version - 1]));
        mask(best());
    }

    /** Modules in a row, and rows. */
    public int size() {
        return size;
    }

    public boolean dark(int x, int y) {
        return dark[y][x];
    }

    /* --- the bytes --- */

    private static byte[] codewords(byte[] text, int data, int correction, int blocks) {
        byte[] all = new byte[data * blocks];
        int at = 0;
        all[at++] = (byte) (0x40 | text.length >> 4); // mode 0100, eight bits of length, then the text: each byte lies over two
        all[at++] = (byte) (text.length << 4);
        for (byte b : text) {
            all[at - 1] |= (byte) ((b & 0xff) >> 4);
            all[at++] = (byte) (b << 4);
        }
        for (int pad = 0xec; at < all.length; pad ^= 0xec ^ 0x11)
            all[at++] = (byte) pad;

        byte[] out = new byte[(data + correction) * blocks]; // first bytes of all blocks, then second ones, …
        for (int b = 0; b < blocks; b++) {
            byte[] rest = remainder(all, b * data, data, correction);
            for (int i = 0; i < data; i++)
                out[i * blocks + b] = all[b * data + i];
            for (int i = 0; i < correction; i++)
                out[(data + i) * blocks + b] = rest[i];
        }
        return out;
    }

    /* Reed-Solomon: what is left of the block, divided by the product of (x - 2^i). */
    private static byte[] remainder(byte[] all, int from, int data, int correction) {
        int[] by = new int[correction];
        by[correction - 1] = 1;
        for (int i = 0, root = 1; i < correction; i++, root = times(root, 2))
            for (int k = 0; k < correction; k++)
                by[k] = times(by[k], root) ^ (k + 1 < correction ? by[k + 1] : 0);
        int[] rest = new int[correction];
        for (int i = 0; i < data; i++) {
            int factor = all[from + i] & 0xff ^ rest[0];
            for (int k = 0; k < correction; k++)
                rest[k] = (k + 1 < correction ? rest[k + 1] : 0) ^ times(by[k], factor);
        }
        byte[] out = new byte[correction];
        for (int k = 0; k < correction; k++)
            out[k] = (byte) rest[k];
        return out;
    }

    private static int times(int a, int b) { // in the field of 256 with x^8 + x^4 + x^3 + x^2 + 1
        int product = 0;
        for (int i = 7; i >= 0; i--)
            product = product << 1 ^ (product >> 7) * 0x11d ^ (b >> i & 1) * a;
        return product;
    }

    /* --- the picture --- */

    private void patterns(int version) {
        for (int i = 0; i < size; i++) { // timing
            fix(6, i, i % 2 == 0);
            fix(i, 6, i % 2 == 0);
        }
        finder(3, 3);
        finder(size - 4, 3);
        finder(3, size - 4);
        if (version > 1)
            rings(size - 7, size - 7, 2, 1);
        format(0); // keeps its place free
        fix(8, size - 8, true);
    }

    private void finder(int x, int y) {
        rings(x, y, 4, 2);
        rings(x, y, 4, 4);
    }

    /* Squares around a place: dark at distance 0, 1 and 3 of a finder, 0 and 2 of an alignment pattern. */
    private void rings(int x, int y, int radius, int light) {
        for (int dy = -radius; dy <= radius; dy++)
            for (int dx = -radius; dx <= radius; dx++) {
                int far = Math.max(Math.abs(dx), Math.abs(dy));
                if (x + dx >= 0 && x + dx < size && y + dy >= 0 && y + dy < size)
                    fix(x + dx, y + dy, radius == 4 ? far != 2 && far != 4 : far != light);
            }
    }

    private void fix(int x, int y, boolean is) {
        dark[y][x] = is;
        fixed[y][x] = true;
    }

    /* Level M is 00; the mask's number; ten bits of BCH; all of it mixed with a pattern. Written twice. */
    private void format(int mask) {
        int rest = mask;
        for (int i = 0; i < 10; i++)
            rest = rest << 1 ^ (rest >> 9) * 0x537;
        int bits = (mask << 10 | rest & 0x3ff) ^ 0x5412;
        for (int i = 0; i < 15; i++) {
            boolean is = (bits >> i & 1) != 0;
            fix(8, i < 6 ? i : i < 8 ? i + 1 : size - 15 + i, is);
            fix(i < 8 ? size - 1 - i : i < 9 ? 7 : 14 - i, 8, is);
        }
    }

    /* Pairs of columns from the right, up and down in turn, around the column of the timing pattern. */
    private void place(byte[] codewords) {
        int bit = 0;
        boolean up = true;
        for (int right = size - 1; right > 0; right -= 2, up = !up) {
            if (right == 6)
                right--;
            for (int i = 0; i < size; i++) {
                int y = up ? size - 1 - i : i;
                for (int x = right; x > right - 2; x--)
                    if (!fixed[y][x] && bit < codewords.length * 8) {
                        dark[y][x] = (codewords[bit / 8] >> 7 - bit % 8 & 1) != 0;
                        bit++;
                    }
            }
        }
    }

    private void mask(int number) {
        for (int y = 0; y < size; y++)
            for (int x = 0; x < size; x++)
                if (!fixed[y][x])
                    dark[y][x] ^= masked(number, x, y);
        format(number);
    }

    private static boolean masked(int number, int x, int y) {
        switch (number) {
        case 0: return (x + y) % 2 == 0;
        case 1: return y % 2 == 0;
        case 2: return x % 3 == 0;
        case 3: return (x + y) % 3 == 0;
        case 4: return (y / 2 + x / 3) % 2 == 0;
        case 5: return x * y % 2 + x * y % 3 == 0;
        case 6: return (x * y % 2 + x * y % 3) % 2 == 0;
        default: return ((x + y) % 2 + x * y % 3) % 2 == 0;
        }
    }

    /* The mask that leaves the fewest runs, blocks and false finders, and the most even picture. */
    private int best() {
        int best = 0, least = Integer.MAX_VALUE;
        for (int number = 0; number < 8; number++) {
            mask(number);
            int now = penalty();
            mask(number); // twice is none
            if (now < least) {
                least = now;
                best = number;
            }
        }
        return best;
    }

    private int penalty() {
        int sum = 0, count = 0;
        for (int y = 0; y < size; y++) {
            sum += line(y, true) + line(y, false);
            for (int x = 0; x < size; x++) {
                count += dark[y][x] ? 1 : 0;
                if (x > 0 && y > 0 && dark[y][x] == dark[y][x - 1] && dark[y][x] == dark[y - 1][x] && dark[y][x] == dark[y - 1][x - 1])
                    sum += 3;
            }
        }
        return sum + 10 * (Math.abs(count * 20 - size * size * 10) / (size * size));
    }

    private int line(int at, boolean row) {
        int sum = 0, run = 0, last = 0;
        boolean before = false;
        for (int i = 0; i < size; i++) {
            boolean is = row ? dark[at][i] : dark[i][at];
            run = i > 0 && is == before ? run + 1 : 1;
            sum += run == 5 ? 3 : run > 5 ? 1 : 0;
            before = is;
            last = (last << 1 | (is ? 1 : 0)) & 0x7ff;
            if (i >= 10 && (last == 0x5d0 || last == 0x05d))
                sum += 40;
        }
        return sum;
    }
}
