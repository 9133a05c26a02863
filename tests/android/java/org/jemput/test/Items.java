/* The items of a checkpoint, in their order: checkpoint.md, "Items". Each is told in words. */
package org.jemput.test;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.DataFormatException;

final class Items {
    private static final int[] STAGES = {8, 0, 1, 2, 5, 6, 6, 7, 7, 7, 7, 7, 7, 4, 6, 3};

    private final List<long[]> lines = new ArrayList<>(); // segments wanted, come, forks off
    private final List<Integer> columns = new ArrayList<>(); // of each table
    private int segments;
    private int contexts = 1;
    private int stage;
    private final byte[] dictionary; // of payloads

    Items(byte[] dictionary) {
        this.dictionary = dictionary;
    }

    boolean ended() {
        return stage == STAGES[0];
    }

    String read(byte[] item) throws DataFormatException {
        Bytes in = new Bytes(item);
        int kind = in.octet();

        if (kind >= STAGES.length || STAGES[kind] < stage)
            throw new IllegalStateException("an item out of order");
        stage = STAGES[kind];
        String told = kind < 7 ? state(kind, in) : kind < 13 ? fate(kind, in) : whole(kind, in);
        if (!in.atEnd())
            throw new IllegalStateException("an item has bytes too many");
        return told;
    }

    private String state(int kind, Bytes in) {
        switch (kind) {
        case 0:
            for (long[] line : lines) {
                if (line[0] != line[1])
                    throw new IllegalStateException("a line lacks segments");
            }
            return "end";
        case 1:
            return line(in);
        case 2:
            return segment(in);
        case 3:
            return context(in);
        case 4:
            return table(in);
        case 5:
            long table = in.varint();

            return "plain row of table " + table + ", by " + txn(in.varint()) + ": " + values(in, columns.get((int) table - 1));
        default:
            return row(in);
        }
    }

    private String fate(int kind, Bytes in) {
        switch (kind) {
        case 7:
            return held(in);
        case 8:
            return "removed by " + txn(in.varint()) + ": table " + in.varint() + ", " + key(in.sized());
        case 9:
            return refused(in);
        case 10:
            return "waits " + txn(in.varint()) + ": table " + in.varint() + ", " + key(in.sized());
        case 11:
            return region(in);
        default:
            return adopted(in);
        }
    }

    private String whole(int kind, Bytes in) throws DataFormatException {
        switch (kind) {
        case 13:
            return "whole segment: commit of " + in.sized().length + " bytes, payload of " + in.sized().length;
        case 14:
            return rows(in);
        default:
            return runs(in);
        }
    }

    private String rows(Bytes in) throws DataFormatException {
        List<String> told = new ArrayList<>(), states = new ArrayList<>();
        long at = 0;

        for (byte[] record : Payload.records(in.sized(), dictionary)) {
            Bytes txn = new Bytes(record);
            String by = txn(txn.u64());

            txn.raw(8);
            txn.varint();
            if (txn.sized().length != 0)
                throw new IllegalStateException("packed rows with a note");
            told.add("by " + by + " [" + String.join("; ", txn.changes()) + "]");
        }
        while (!in.atEnd()) {
            at += in.varint();
            String state = "of " + at + " state " + in.varint() + ", merge state ";
            byte[] merge = in.sized();

            states.add(state + (merge.length == 0 ? "plain" : hex(merge)));
        }
        return "rows " + String.join(", ", told) + "; " + (states.isEmpty() ? "all plain" : String.join("; ", states));
    }

    private String runs(Bytes in) {
        String head = "runs of segment " + in.varint() + ": ";
        List<String> told = new ArrayList<>();

        while (!in.atEnd())
            told.add(hex(in.raw(32)) + " from " + in.varint() + ", " + in.varint() + " ids");
        return head + String.join(", ", told);
    }

    private String line(Bytes in) {
        String writer = hex(in.raw(16));
        long of = in.varint(), at = in.varint(), first = in.varint(), count = in.varint();

        lines.add(new long[] {count, 0, of});
        return "line " + lines.size() + ": writer " + writer + ", forks off " + of + " at " + at + ", from number " + first + ", " + count + " segments";
    }

    private String segment(Bytes in) {
        long number = in.varint();
        long[] of = lines.get((int) number - 1);
        String hash = hex(in.raw(32)), before = of[1] == 0 && of[2] == 0 ? ", behind " + hex(in.raw(32)) : "";
        int flags = in.octet();
        StringBuilder out = new StringBuilder("segment " + ++segments + ": line " + number + ", hash " + hash + before);

        of[1]++;
        out.append((flags & 1) != 0 ? ", control" : ", data").append(", stamp ").append(in.varint()).append(", commit ").append(hex(in.raw(20)));
        out.append(", context ").append(in.varint()).append(", frontier ").append(in.varint());
        long count = in.varint(), ms = 0;
        Bytes stamps = new Bytes(in.sized());
        List<String> told = new ArrayList<>();

        for (; count > 0; count--) {
            long step = stamps.varint();

            ms += step >> 1;
            told.add(Long.toString(ms << 16 | ((step & 1) != 0 ? stamps.varint() : 0)));
        }
        out.append(", stamps [").append(String.join(" ", told)).append("], heads ");
        byte[] heads = (flags & 6) != 6 ? in.sized() : new byte[0];
        return out.append(heads.length == 0 ? "whole" : hex(heads)).append(", schema ").append(in.varint()).toString();
    }

    private String context(Bytes in) {
        List<String> told = new ArrayList<>();
        long line = 0;

        while (!in.atEnd())
            told.add("line " + (line += in.varint()) + " up to " + in.varint());
        return "context " + ++contexts + ": " + String.join(", ", told);
    }

    private String table(Bytes in) {
        long number = in.varint();
        String name = text(in);
        List<String> names = new ArrayList<>();

        long keys = in.varint();
        for (long left = in.varint(); left > 0; left--)
            names.add(text(in));
        columns.add(names.size());
        return "table " + number + ": " + name + "(" + String.join(", ", names) + "), " + keys + " of them its key";
    }

    private String row(Bytes in) {
        long table = in.varint();
        String key = key(in.sized());
        long state = in.varint(), made = in.varint();
        byte[] merge = in.sized();
        int shown = in.octet();

        if (shown != ((state & 6) != 0 ? 0 : 1))
            throw new IllegalStateException("a row is shown and is not");
        return "row " + key + " of table " + table + ", state " + state + ", by " + (made == 0 ? "none" : txn(made)) + ", merge state "
            + (merge.length == 0 ? "plain" : hex(merge)) + (shown == 1 ? ": " + values(in, columns.get((int) table - 1)) : "");
    }

    private String held(Bytes in) {
        long table = in.varint();
        String key = key(in.sized());
        long fault = in.varint();
        String reason = text(in);
        long against = in.varint();

        return "held " + key + " of table " + table + ": fault " + fault + ", '" + reason + "', against " + key(in.sized()) + " of table " + against;
    }

    private String refused(Bytes in) {
        String head = "refused " + txn(in.varint()) + ": reason " + in.varint() + ", table " + in.varint() + ", " + key(in.sized());
        long column = in.varint();

        return head + ", column " + (column == 0 ? "none" : Long.toString(column - 1));
    }

    private String region(Bytes in) {
        long table = in.varint();
        String key = key(in.sized());

        return "region of " + key + " of table " + table + ", column " + in.varint() + ": " + text(in);
    }

    private String adopted(Bytes in) {
        String hash = hex(in.raw(32));

        return "adopted: place " + in.varint() + " of " + hash + ", by " + txn(in.varint());
    }

    private String txn(long number) {
        if (number == 1)
            return "the schema";
        if (number >> 12 < 1 || number >> 12 > segments)
            throw new IllegalStateException("a transaction of no segment");
        return "segment " + (number >> 12) + ", place " + (number & 4095);
    }

    private static String text(Bytes in) {
        return new String(in.sized(), StandardCharsets.UTF_8);
    }

    private static String hex(byte[] bytes) {
        StringBuilder out = new StringBuilder();

        for (byte b : bytes)
            out.append(String.format("%02x", b));
        return out.toString();
    }

    private static String value(Object v) {
        if (v instanceof String)
            return "'" + v + "'";
        return v instanceof byte[] ? "x'" + hex((byte[]) v) + "'" : v == null ? "NULL" : v.toString();
    }

    private static String values(Bytes in, int count) {
        List<String> out = new ArrayList<>();

        for (int i = 0; i < count; i++)
            out.add(value(in.value()));
        return String.join(", ", out);
    }

    private static String key(byte[] key) {
        Bytes in = new Bytes(key);
        List<String> out = new ArrayList<>();

        while (!in.atEnd())
            out.add(value(in.value()));
        return "(" + String.join(", ", out) + ")";
    }
}
