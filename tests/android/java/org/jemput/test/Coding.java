/* How the cells of a column are written: payload.md, "Columns", codings 1 to 9. */
package org.jemput.test;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;

final class Coding {
    private static final String[] FORMS = {"D", "DTS", "D S", "DTSZ", "DTm", "D m", "DTmZ", "DTM", "D M"};
    private static final long DAY = 86_400_000;
    private static final long[] UNITS = {DAY, 1000, 1000, 1000, 1, 1, 1, 60_000, 60_000};

    private final Payload payload;
    private final Bytes body;
    private final Codes codes;
    private final long[] ms; // of each cell's transaction
    private final Codes.Models m = new Codes.Models();

    Coding(Payload payload, long[] ms) {
        this.payload = payload;
        this.ms = ms;
        body = payload.body();
        codes = payload.codes();
    }

    private static void need(boolean condition, String what) {
        if (!condition)
            throw new IllegalStateException(what);
    }

    List<Datum> read(int coding, int count) {
        List<Datum> out = new ArrayList<>();

        switch (coding) {
        case 1:
            out.addAll(java.util.Collections.nCopies(count, Datum.read(body)));
            break;
        case 2:
            for (int i = 0; i < count; i++)
                out.add(Datum.read(body));
            break;
        case 3:
            strings(count, out);
            break;
        case 4:
            choice(count, out);
            break;
        case 5:
            integers(count, out);
            break;
        case 6:
            words(count, out);
            break;
        case 7:
            template(count, out);
            break;
        case 8:
            moments(count, out);
            break;
        default:
            ids(count, out);
        }
        return out;
    }

    /** "Numbers". bases null: there are none. */
    private long[] numbers(int count, long[] bases) {
        long[] out = new long[count];
        int way = count == 0 ? -1 : body.octet();

        need(way <= 5, "a newer way");
        if (way == 5)
            table(out);
        else if (way >= 0)
            series(way, bases, out);
        return out;
    }

    private void table(long[] out) {
        Codes.Models own = new Codes.Models();
        long[] values = new long[(int) body.varint() + 2];

        for (int i = 0; i < values.length; i++)
            values[i] = i == 0 ? body.zigzag() : values[i - 1] + body.varint() + 1;
        for (int i = 0; i < out.length; i++)
            out[i] = values[codes.tree(own, 32 - Integer.numberOfLeadingZeros(values.length - 1), "")];
    }

    private void series(int way, long[] bases, long[] out) {
        Codes.Models own = new Codes.Models();
        long first = body.zigzag(), more = way == 2 ? body.zigzag() : way == 4 ? body.varint() : 0;

        need(way != 3 || bases != null, "no bases");
        for (int i = 0; i < out.length; i++) {
            if (way == 0 || way == 2 && i == 0)
                out[i] = first;
            else if (way == 1)
                out[i] = first + codes.number(own, "");
            else if (way == 2)
                out[i] = out[i - 1] + more + codes.signed(own, "");
            else if (way == 3)
                out[i] = bases[i] + first + codes.signed(own, "");
            else
                out[i] = first + codes.even(more + 1);
        }
    }

    private void strings(int count, List<Datum> out) {
        int head = body.octet();

        for (int i = 0; i < count; i++) {
            int length = (int) codes.number(m, "");

            out.add(Datum.of(head & 7, (head & 8) != 0 ? codes.raw(length) : body.raw(length)));
        }
    }

    private void choice(int count, List<Datum> out) {
        long head = body.varint();
        int different = (int) (head % 256) + 2, context = 0;
        List<Datum> seen = new ArrayList<>();

        for (int i = 0; i < count; i++) {
            int at = codes.tree(m, 32 - Integer.numberOfLeadingZeros(different - 1), "after " + context);

            need(at <= seen.size() && at < different, "a choice that is none");
            if (at == seen.size())
                seen.add(Datum.read(body));
            out.add(seen.get(at));
            context = head >= 256 ? at : 0;
        }
    }

    private long[] basesIn(long unit) {
        long[] bases = ms.clone();

        for (int i = 0; i < bases.length; i++)
            bases[i] /= unit;
        return bases;
    }

    private void integers(int count, List<Datum> out) {
        int unit = body.octet();

        need(unit <= 1, "a newer unit");
        for (long x : numbers(count, basesIn(unit == 1 ? 1000 : 1)))
            out.add(Datum.of(x));
    }

    private void words(int count, List<Datum> out) {
        long head = body.varint();
        int depth = head >> 1 == 0 ? 0 : 64 - Long.numberOfLeadingZeros((head >> 1) - 1);
        List<byte[]> seen = new ArrayList<>(), before = new ArrayList<>();

        for (int i = 0; i < count; i++) {
            ByteArrayOutputStream text = new ByteArrayOutputStream();
            List<byte[]> tokens = new ArrayList<>();
            long left = codes.number(m, "count");

            for (int k = 0; k < left; k++) {
                int place = Math.min(k, 3);

                if (k > 0 && codes.bit(m, "glued " + place) == 0)
                    text.write(' ');
                tokens.add(token(codes.tree(m, 2, "kind " + place), place, k, (head & 1) != 0 ? depth : -1, seen, before));
                text.writeBytes(tokens.get(k));
            }
            before = tokens;
            out.add(Datum.of(Datum.TEXT, text.toByteArray()));
        }
    }

    /** depth below 0: without in_tree. */
    private byte[] token(int kind, int place, int k, int depth, List<byte[]> seen, List<byte[]> before) {
        if (kind == 0 && depth < 0)
            return seen.get((int) codes.even(seen.size()));
        if (kind == 0) {
            int low = Math.max(depth - 8, 0), high = codes.tree(m, depth - low, "known " + place);

            return seen.get(high << low | (int) codes.bits(low));
        }
        if (kind == 1) {
            seen.add(body.raw((int) codes.number(m, "length")));
            return seen.get(seen.size() - 1);
        }
        return kind == 2 ? Long.toUnsignedString(codes.number(m, "number " + place)).getBytes(StandardCharsets.US_ASCII) : before.get(k);
    }

    private void template(int count, List<Datum> out) {
        List<List<Object[]>> templates = new ArrayList<>(); // pieces: kind, width, fixed bytes
        int[] which = new int[count];
        ByteArrayOutputStream[] texts = new ByteArrayOutputStream[count];

        for (long left = body.varint() + 1; left > 0; left--)
            templates.add(pieces());
        for (int i = 0; i < count; i++) {
            which[i] = templates.size() > 1 ? codes.tree(m, 3, "") : 0;
            texts[i] = new ByteArrayOutputStream();
        }
        for (int t = 0; t < templates.size(); t++) {
            int of = t;
            int[] mine = java.util.stream.IntStream.range(0, count).filter(i -> which[i] == of).toArray();

            for (Object[] piece : templates.get(t))
                piece(piece, mine, texts);
        }
        for (ByteArrayOutputStream text : texts)
            out.add(Datum.of(Datum.TEXT, text.toByteArray()));
    }

    private List<Object[]> pieces() {
        List<Object[]> out = new ArrayList<>();
        long left = body.varint();

        while (left > 0) {
            long head = body.varint();
            int width = (int) (head >> 2);

            out.add(new Object[] {(int) head & 3, width, (head & 3) == 0 ? body.raw(width) : null});
            left -= width;
        }
        need(left == 0, "pieces that are longer than their text");
        return out;
    }

    private void piece(Object[] piece, int[] mine, ByteArrayOutputStream[] texts) {
        int kind = (int) piece[0];
        long[] numbers = kind == 0 ? null : numbers(mine.length, null);

        for (int i = 0; i < mine.length; i++) {
            if (kind == 0)
                texts[mine[i]].writeBytes((byte[]) piece[2]);
            else if (kind == 1)
                texts[mine[i]].writeBytes(String.format("%0" + piece[1] + "d", numbers[i]).getBytes(StandardCharsets.US_ASCII));
            else
                texts[mine[i]].write((int) numbers[i]);
        }
    }

    private void moments(int count, List<Datum> out) {
        int form = body.octet();

        need(form < FORMS.length, "a newer form");
        for (long x : numbers(count, basesIn(UNITS[form])))
            out.add(Datum.of(Datum.TEXT, moment(FORMS[form], x * UNITS[form]).getBytes(StandardCharsets.US_ASCII)));
    }

    private static String moment(String form, long at) {
        LocalDate day = LocalDate.ofEpochDay(Math.floorDiv(at, DAY));
        long of = Math.floorMod(at, DAY);
        String clock = String.format("%02d:%02d:%02d.%03d", of / 3_600_000, of / 60_000 % 60, of / 1000 % 60, of % 1000);
        StringBuilder out = new StringBuilder();

        for (char letter : form.toCharArray()) {
            if (letter == 'D')
                out.append(String.format("%04d-%02d-%02d", day.getYear(), day.getMonthValue(), day.getDayOfMonth()));
            else if ("MSm".indexOf(letter) >= 0)
                out.append(clock, 0, letter == 'M' ? 5 : letter == 'S' ? 8 : 12);
            else
                out.append(letter);
        }
        return out.toString();
    }

    private void ids(int count, List<Datum> out) {
        long[] counters = payload.firsts();

        for (int i = 0; i < count; i++) {
            if (counters.length == 0 || codes.bit(m, "literal") == 1) {
                out.add(Datum.of(Datum.BLOB, codes.raw(16)));
                continue;
            }
            int run = counters.length > 1 ? codes.tree(m, 8, "run") : 0;

            counters[run] += codes.signed(m, "step");
            out.add(payload.id(run, counters[run]));
        }
    }
}
