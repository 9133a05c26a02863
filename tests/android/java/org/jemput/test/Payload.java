/* A data payload of codec 1 read as payload.md says, and given back as pending.md's records. */
package org.jemput.test;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

final class Payload {
    private static final int BODY_MAX = 1 << 20; // of the vectors
    private static final int UPDATE = 2, DELETE = 3, DECISION = 4;

    /** One transaction. */
    private static final class Txn {
        long stamp, boot, monotonic;
        byte[] note;
        final List<Change> changes = new ArrayList<>();
    }

    private static final class Change {
        long table;
        int op;
        byte[] key;
        byte[] tail; // cells, spares, successor
    }

    private static final class Shape {
        long table;
        int op, keys;
        boolean marked;
        final List<int[]> cells = new ArrayList<>(); // column, before, delta
        int[] txns;
        Datum[][] columns;
        List<List<byte[]>> spares = new ArrayList<>(); // of each change: column (i32 in front), then stamp and writer
    }

    private final Bytes body;
    private final Codes codes;
    private final List<Txn> txns = new ArrayList<>();
    private final List<byte[]> seeds = new ArrayList<>();
    private final List<long[]> runs = new ArrayList<>(); // first, count
    private final List<Shape> shapes = new ArrayList<>();

    private Payload(byte[] sent, byte[] dictionary) throws DataFormatException {
        Bytes frame = new Bytes(sent);

        for (byte zero : frame.sized())
            need(zero == 0, "padding");
        body = new Bytes(inflate(frame.sized(), dictionary));
        codes = new Codes(frame.rest());
    }

    /** The records of its transactions, in order. */
    static List<byte[]> records(byte[] sent, byte[] dictionary) throws DataFormatException {
        Payload p = new Payload(sent, dictionary);
        List<byte[]> out = new ArrayList<>();

        p.read();
        for (Txn t : p.txns)
            out.add(record(t));
        return out;
    }

    private static void need(boolean condition, String what) {
        if (!condition)
            throw new IllegalStateException(what);
    }

    private static byte[] inflate(byte[] in, byte[] dictionary) throws DataFormatException {
        Inflater z = new Inflater();
        byte[] out = new byte[BODY_MAX];

        z.setInput(in);
        need(z.inflate(out) == 0 && z.needsDictionary(), "no preset dictionary");
        z.setDictionary(dictionary);
        int length = z.inflate(out);

        need(z.finished() && z.getRemaining() == 0, "zlib stream");
        z.end();
        return Arrays.copyOf(out, length);
    }

    private void read() {
        times();
        for (long left = body.varint(); left > 0; left--) {
            seeds.add(codes.raw(32));
            runs.add(new long[] {body.varint(), body.varint()});
        }
        for (long left = body.varint(); left > 0; left--)
            shapes.add(head());
        for (Shape s : shapes) {
            for (int place = 0; place < s.columns.length; place++)
                s.columns[place] = new Columns(place, s).read();
        }
        spares();
        need(body.atEnd() && codes.used(), "bytes follow");
        for (Shape s : shapes)
            place(s);
        for (Txn t : txns)
            t.changes.sort((a, b) -> a.table != b.table ? Long.compare(a.table, b.table) : Arrays.compareUnsigned(a.key, b.key));
    }

    private void times() {
        Codes.Models m = new Codes.Models();
        long stamp = 0, boot = 0, monotonic = 0;

        for (long left = body.varint(); left > 0; left--) {
            Txn t = new Txn();
            long ms = codes.number(m, "ms"), counter = codes.number(m, "counter");

            stamp = (stamp >> 16) + ms << 16 | (ms != 0 ? counter : (stamp & 0xffff) + counter);
            if (codes.bit(m, "boot") == 1) {
                boot = codes.bits(64);
                monotonic = codes.number(m, "monotonic");
            } else {
                monotonic += ms + codes.signed(m, "drift");
            }
            t.note = codes.bit(m, "note") == 1 ? body.sized() : new byte[0];
            t.stamp = stamp;
            t.boot = boot;
            t.monotonic = monotonic;
            txns.add(t);
        }
    }

    private Shape head() {
        Shape s = new Shape();
        Codes.Models m = new Codes.Models();
        long head = body.varint(), keys = body.varint(), txn = 0;
        int column = 0, places;

        s.table = head >> 2;
        s.op = (head & 3) == 0 ? DECISION : (int) head & 3;
        s.keys = (int) keys & 31;
        s.marked = keys >> 5 == 1;
        places = s.keys + (s.marked && s.op == DELETE ? s.keys : 0);
        for (long left = body.varint(); left > 0; left--) {
            long gap = body.varint();

            s.cells.add(new int[] {column += (int) (gap >> 2), (int) gap & 1, (int) gap >> 1 & 1});
            column++;
            places += 1 + (int) (gap & 1);
        }
        s.txns = new int[(int) body.varint()];
        for (int i = 0; i < s.txns.length; i++) {
            s.txns[i] = (int) (txn += codes.number(m, ""));
            s.spares.add(new ArrayList<>());
        }
        s.columns = new Datum[places][];
        need(s.table > 0 && s.keys > 0 && s.keys <= 16 && keys >> 5 <= 1 && s.txns.length > 0 && txn < txns.size(), "a shape");
        need(!s.marked || s.op == UPDATE || s.op == DELETE, "a mark");
        return s;
    }

    /** "Columns": one of them. */
    private final class Columns {
        private final int place;
        private final Shape shape;
        private final Datum[] out;
        private int[] rows; // that the coding gives

        Columns(int place, Shape shape) {
            this.place = place;
            this.shape = shape;
            out = new Datum[shape.txns.length];
            Arrays.fill(out, Datum.NULL);
        }

        private boolean[] flags(int count) {
            boolean[] set = new boolean[count];
            Codes.Models m = new Codes.Models();
            int before = 0;

            for (int i = 0; i < count; i++) {
                before = codes.bit(m, "" + before);
                set[i] = before == 1;
            }
            return set;
        }

        Datum[] read() {
            int head = body.octet(), coding = head & ~0x60;
            boolean[] nulls = (head & 64) != 0 ? flags(out.length) : new boolean[out.length];

            need(coding <= 9, "a newer coding");
            rows = java.util.stream.IntStream.range(0, out.length).filter(i -> !nulls[i]).toArray();
            if ((head & 32) != 0)
                copies();
            if (coding != 0) {
                List<Datum> values = new Coding(Payload.this, ms()).read(coding, rows.length);

                for (int i = 0; i < rows.length; i++)
                    out[rows[i]] = values.get(i);
            }
            return out;
        }

        private long[] ms() {
            return Arrays.stream(rows).mapToLong(row -> txns.get(shape.txns[row]).stamp >> 16).toArray();
        }

        private void copies() {
            int back = (int) body.varint(), source = (int) body.varint(), how = (int) body.varint(), left = 0;
            boolean[] copied = flags(rows.length);
            int[] rest = new int[rows.length];

            for (int i = 0; i < rows.length; i++) {
                if (copied[i])
                    out[rows[i]] = copy(back, source, how, rows[i]);
                else
                    rest[left++] = rows[i];
            }
            rows = Arrays.copyOf(rest, left);
        }

        private Datum copy(int back, int source, int how, int row) {
            Shape from = shapes.get(shapes.indexOf(shape) - back);
            int beside = back == 0 ? row : beside(from, shape.txns[row]);

            need(back != 0 || source < place, "a copy of what comes later");
            Datum v = from.columns[source][beside];
            need(v.type != 0 && how <= 100, "a copy of nothing");
            return how == 0 ? v : birth(v, how - 1);
        }

        private int beside(Shape from, int txn) {
            int last = -1;

            for (int i = 0; i < from.txns.length && from.txns[i] <= txn; i++) {
                if (from.txns[i] == txn)
                    return i;
                last = i;
            }
            need(last >= 0, "nothing stands beside it");
            return last;
        }

        private Datum birth(Datum nik, int pivot) {
            String text = new String(nik.bytes, java.nio.charset.StandardCharsets.US_ASCII);
            int day = Integer.parseInt(text.substring(6, 8)), month = Integer.parseInt(text.substring(8, 10)), year = Integer.parseInt(text.substring(10, 12));

            return Datum.of(Datum.TEXT, String.format("%04d-%02d-%02d", year + (year <= pivot ? 2000 : 1900), month, day > 40 ? day - 40 : day)
                .getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        }
    }

    Bytes body() {
        return body;
    }

    Codes codes() {
        return codes;
    }

    /** An id of a run, by its counter. */
    Datum id(int run, long counter) {
        long[] of = runs.get(run);
        ByteArrayOutputStream at = new ByteArrayOutputStream();

        need(Long.compareUnsigned(counter - of[0], of[1]) < 0, "an id outside its run");
        little(at, counter);
        return Datum.of(Datum.BLOB, Blake2b.hash(16, seeds.get(run), at.toByteArray()));
    }

    long[] firsts() {
        return runs.stream().mapToLong(run -> run[0]).toArray();
    }

    private void spares() {
        Codes.Models m = new Codes.Models();
        List<byte[]> writers = new ArrayList<>(), names = new ArrayList<>();
        long ms = txns.isEmpty() ? 0 : txns.get(0).stamp >> 16;

        if (shapes.stream().noneMatch(s -> s.marked && s.op == UPDATE))
            return;
        long writerCount = body.varint(), nameCount = body.varint();
        for (long i = 0; i < writerCount; i++)
            writers.add(codes.raw(16));
        for (long i = 0; i < nameCount; i++) {
            ByteArrayOutputStream name = new ByteArrayOutputStream();

            ms += codes.signed(m, "ms");
            little(name, ms << 16 | codes.number(m, "counter"));
            name.writeBytes(writers.get((int) codes.even(writers.size())));
            names.add(name.toByteArray());
        }
        for (Shape s : shapes) {
            for (int row = 0; s.marked && s.op == UPDATE && row < s.txns.length; row++)
                spares(s, row, names, m);
        }
    }

    private void spares(Shape s, int row, List<byte[]> names, Codes.Models m) {
        int cell = 0, name = 0;

        for (long left = codes.number(m, "count"); left > 0; left--) {
            int step = (int) codes.even(s.cells.size() - cell);
            ByteArrayOutputStream spare = new ByteArrayOutputStream();

            cell += step;
            name = step == 0 ? name : 0;
            name += (int) codes.even(names.size() - name);
            spare.write(s.cells.get(cell)[0] >> 8);
            spare.write(s.cells.get(cell)[0]);
            spare.writeBytes(names.get(name++));
            s.spares.get(row).add(spare.toByteArray());
        }
    }

    // --- back to records ---

    private static void little(ByteArrayOutputStream out, long v) {
        for (int i = 0; i < 8; i++)
            out.write((int) (v >>> 8 * i));
    }

    private static void sized(ByteArrayOutputStream out, byte[] bytes) {
        Bytes.writeVarint(out, bytes.length);
        out.writeBytes(bytes);
    }

    private void place(Shape s) {
        for (int row = 0; row < s.txns.length; row++) {
            Change c = new Change();
            ByteArrayOutputStream key = new ByteArrayOutputStream(), successor = new ByteArrayOutputStream(), tail = new ByteArrayOutputStream();
            int cells = s.columns.length - (s.marked && s.op == DELETE ? s.keys : 0);

            for (int place = 0; place < s.keys; place++)
                s.columns[place][row].asKey().write(key);
            for (int place = cells; place < s.columns.length && s.columns[place][row].type != 0; place++)
                s.columns[place][row].asKey().write(successor);
            c.table = s.table;
            c.key = key.toByteArray();
            c.op = s.op + (s.spares.get(row).isEmpty() && successor.size() == 0 ? 0 : 8);
            cells(s, row, tail);
            if (!s.spares.get(row).isEmpty())
                spares(s.spares.get(row), tail);
            if (successor.size() > 0)
                sized(tail, successor.toByteArray());
            c.tail = tail.toByteArray();
            txns.get(s.txns[row]).changes.add(c);
        }
    }

    private static void spares(List<byte[]> spares, ByteArrayOutputStream out) {
        int before = 0;

        Bytes.writeVarint(out, spares.size());
        for (byte[] spare : spares) {
            int column = (spare[0] & 0xff) << 8 | spare[1] & 0xff;

            Bytes.writeVarint(out, column - before);
            out.write(spare, 2, spare.length - 2);
            before = column;
        }
    }

    private static void cells(Shape s, int row, ByteArrayOutputStream out) {
        int next = 0, place = s.keys, run;

        Bytes.writeVarint(out, s.cells.size());
        for (int i = 0; i < s.cells.size(); i += run) {
            int[] cell = s.cells.get(i);
            Datum value = s.columns[place++][row];
            int gap = cell[0] - next;

            out.write(value.type | cell[1] << 3 | cell[2] << 4 | Math.min(gap, 7) << 5);
            if (gap >= 7)
                Bytes.writeVarint(out, gap - 7);
            run = 1;
            if (value.type == 0 && cell[1] + cell[2] == 0) {
                while (i + run < s.cells.size() && isPlainNull(s, row, i + run, place) && s.cells.get(i + run)[0] == cell[0] + run) {
                    run++;
                    place++;
                }
                Bytes.writeVarint(out, run - 1);
            } else {
                value.writeBody(out);
                if (cell[1] == 1)
                    s.columns[place++][row].write(out);
            }
            next = cell[0] + run;
        }
    }

    private static boolean isPlainNull(Shape s, int row, int cell, int place) {
        return s.cells.get(cell)[1] + s.cells.get(cell)[2] == 0 && s.columns[place][row].type == 0;
    }

    private static byte[] record(Txn t) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();

        little(out, t.stamp);
        little(out, t.boot);
        Bytes.writeVarint(out, t.monotonic);
        sized(out, t.note);
        Bytes.writeVarint(out, t.changes.size());
        for (Change c : t.changes) {
            Bytes.writeVarint(out, c.table);
            out.write(c.op);
            sized(out, c.key);
            out.writeBytes(c.tail);
        }
        return out.toByteArray();
    }
}
