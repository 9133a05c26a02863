/* A form being filled in: one question at a time, each answer saved at once, back without loss. What it asks is Questions'; where it stands is kept
 * in two tables of this tablet's own, which are never sent: nothing leaves before the officer has finished. */
package id.contoh.jemput.logic;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.jemput.Cursor;
import org.jemput.Store;

public final class Form {
    /** The answer to "who": nobody of the household. */
    public static final String SOMEBODY_ELSE = "LAIN";

    private static final String TABLES = "CREATE TABLE IF NOT EXISTS draf_isian(id BLOB PRIMARY KEY NOT NULL, layanan TEXT NOT NULL,"
        + " keluarga_id BLOB NOT NULL, kunjungan_id BLOB, dasar INTEGER NOT NULL, posisi INTEGER NOT NULL DEFAULT 0);"
        + "CREATE TABLE IF NOT EXISTS draf_jawaban(draf BLOB NOT NULL, soal TEXT NOT NULL, jawaban TEXT, PRIMARY KEY(draf, soal)) WITHOUT ROWID";

    /** Something to choose. */
    public static final class Option {
        public final String code, label;

        Option(String code, String label) {
            this.code = code;
            this.label = label;
        }
    }

    public final byte[] id, visit;
    public final String service;
    /** jemput_token() of when the form was opened: what came in since is a difference to be shown, not overwritten. */
    final long token;

    private final Store store;
    private final List<Question> questions;
    private final Map<String, String> answers = new HashMap<>();
    private int at;
    private String reminded;
    private byte[] household; // as which it goes on, where the office has made two one

    private Form(Store store, Cursor row) {
        this.store = store;
        id = row.getBytes(0);
        service = row.getString(1);
        household = row.getBytes(2);
        visit = row.getBytes(3);
        token = row.getLong(4);
        at = row.getInt(5);
        questions = Questions.of(service);
    }

    /** Whose form it is; null: that household is not there any more. */
    public byte[] household() {
        return household;
    }

    /** Who was named may go on as somebody else, where the office has made two rows one: asks the store. */
    void follow() {
        household = household == null ? null : Household.now(store, "keluarga", household);
        for (Question q : questions) {
            String answer = q.kind == Question.Kind.PERSON ? answers.get(q.id) : null;
            byte[] now = answer == null || answer.equals(SOMEBODY_ELSE) ? null : Household.now(store, "orang", bytes(answer));
            if (now != null)
                answers.put(q.id, hex(now));
        }
    }

    /** A new one. visit: during which it is taken down; null: none. */
    public static Form start(Store store, String service, byte[] household, byte[] visit) {
        if (Questions.of(service) == null)
            throw new IllegalArgumentException("not one of this app's services: " + service);
        store.script(TABLES);
        byte[] id = store.write(tx -> {
            byte[] fresh = tx.newId();
            tx.exec("INSERT INTO draf_isian(id, layanan, keluarga_id, kunjungan_id, dasar) VALUES(?, ?, ?, ?, ?)", fresh, service, household, visit,
                tx.token());
            return fresh;
        });
        return resume(store, id);
    }

    /** One that was begun before: after a call, a flat battery, a day. Null: it is finished or was thrown away. */
    public static Form resume(Store store, byte[] id) {
        store.script(TABLES);
        Form form = store.one("SELECT id, layanan, keluarga_id, kunjungan_id, dasar, posisi FROM draf_isian WHERE id = ?",
            row -> new Form(store, row), id);
        if (form == null)
            return null;
        try (Cursor row = store.query("SELECT soal, jawaban FROM draf_jawaban WHERE draf = ?", id)) {
            while (row.next())
                form.answers.put(row.getString(0), row.getString(1));
        }
        form.follow();
        return form;
    }

    /** Forms of a household that are not finished, oldest first; also those of one that goes on as this one. */
    public static List<byte[]> open(Store store, byte[] household) {
        List<byte[]> list = new ArrayList<>();
        store.script(TABLES);
        try (Cursor row = store.query("SELECT id, keluarga_id, keluarga_id IN (SELECT id FROM keluarga) FROM draf_isian ORDER BY rowid")) {
            while (row.next()) {
                byte[] of = row.getBytes(1);
                if (Arrays.equals(of, household) || row.getLong(2) == 0 && Arrays.equals(Household.now(store, "keluarga", of), household))
                    list.add(row.getBytes(0));
            }
        }
        return list;
    }

    /** Forms whose household is not there any more, and goes on as no other: nobody would find them. */
    public static List<byte[]> lost(Store store) {
        List<byte[]> list = new ArrayList<>();
        store.script(TABLES);
        try (Cursor row = store.query("SELECT id, keluarga_id FROM draf_isian WHERE keluarga_id NOT IN (SELECT id FROM keluarga) ORDER BY rowid")) {
            while (row.next()) {
                if (Household.now(store, "keluarga", row.getBytes(1)) == null)
                    list.add(row.getBytes(0));
            }
        }
        return list;
    }

    /** All questions are answered. */
    public boolean done() {
        return at >= questions.size();
    }

    /** The question now; not after {@link #done()}. */
    public Question question() {
        return questions.get(at);
    }

    /** "3 dari 9": of those that are asked as far as the answers say. */
    public String place() {
        int place = 0, all = 0;
        for (int i = 0; i < questions.size(); i++) {
            if (questions.get(i).isAsked(answers)) {
                all++;
                place += i <= at ? 1 : 0;
            }
        }
        return place + " dari " + all;
    }

    /** What is answered to a question so far; null: nothing. */
    public String answer(String question) {
        return answers.get(question);
    }

    /** What can be chosen for the question now; empty unless it is a choice. */
    public List<Option> options() {
        Question q = question();
        List<Option> list = new ArrayList<>();
        if (q.kind == Question.Kind.CHOICE) {
            boolean variant = q.list.equals("varian_layanan");
            try (Cursor row = store.query("SELECT kode, label FROM v_kode WHERE nama_daftar = ? AND dipakai AND (? OR kelompok = ?)"
                + " ORDER BY urutan, length(kode), kode", q.list, !variant, service)) {
                while (row.next())
                    list.add(new Option(row.getString(0), row.getString(1)));
            }
        } else if (q.kind == Question.Kind.PERSON) {
            follow(); // the office may have gone on meanwhile
            Household home = household == null ? null : Household.of(store, household);
            for (Household.Person p : home == null ? Collections.<Household.Person>emptyList() : home.people())
                list.add(new Option(hex(p.id), p.place == null ? p.name : p.name + " (" + p.place + ")"));
            list.add(new Option(SOMEBODY_ELSE, "Orang lain"));
        }
        return list;
    }

    /**
     * Answers the question and goes on to the next one. Gives what is in the way, in words; null: nothing. What is only a reminder is taken if the
     * same answer is given again.
     */
    public String put(String typed) {
        Question q = question();
        String answer = Words.given(typed);
        String words = q.refuse(answer);
        if (words == null && q.id.equals("pemohon"))
            words = alreadyOpen(answer);
        if (words != null)
            return words;
        words = q.remind(answer);
        String key = q.id + "=" + answer;
        if (words != null && !key.equals(reminded)) {
            reminded = key;
            return words;
        }
        int next = at + 1;
        answers.put(q.id, answer);
        while (next < questions.size() && !questions.get(next).isAsked(answers))
            next++;
        save(q.id, answer, next);
        return null;
    }

    /** To the question before; false: this was the first. The answers stay. */
    public boolean back() {
        int before = at - 1;
        while (before >= 0 && !questions.get(before).isAsked(answers))
            before--;
        if (before < 0)
            return false;
        save(null, null, before);
        return true;
    }

    private void save(String question, String answer, int next) {
        store.write(tx -> {
            if (question != null)
                tx.exec("INSERT INTO draf_jawaban(draf, soal, jawaban) VALUES(?, ?, ?)"
                    + " ON CONFLICT(draf, soal) DO UPDATE SET jawaban = excluded.jawaban", id, question, answer);
            tx.exec("UPDATE draf_isian SET posisi = ? WHERE id = ?", next, id);
            return null;
        });
        at = next;
    }

    /** Keeps an answer to what is no question of the form, such as a requirement's state. */
    void keep(String name, String value) {
        answers.put(name, value);
        save(name, value, at);
    }

    /* The table takes one open application for a person and a service: better told now than at the end. */
    private String alreadyOpen(String person) {
        if (person == null || person.equals(SOMEBODY_ELSE))
            return null;
        String code = store.one("SELECT coalesce(p.kode_tanda_terima, '(tanpa kode)') FROM v_permohonan_terbuka t JOIN permohonan p ON p.id = t.id"
            + " WHERE t.pemohon_id = ? AND t.layanan = ? AND t.varian = coalesce(?, '')", row -> row.getString(0), bytes(person), service,
            answers.get("varian"));
        return code == null ? null : "Orang ini sudah punya permohonan yang sama dan belum selesai: " + code + ".";
    }

    /** Of a question that is asked with the answers as they are; else null, though it may have been answered before. */
    String valid(String question) {
        for (Question q : questions) {
            if (q.id.equals(question))
                return q.isAsked(answers) ? q.clean(answers.get(question)) : null;
        }
        return answers.get(question);
    }

    /** What the paper says where it is not the clean value; else null. */
    String written(String question) {
        for (Question q : questions) {
            if (q.id.equals(question) && q.isAsked(answers))
                return q.written(answers.get(question));
        }
        return null;
    }

    /** Throws the draft away. */
    public void discard() {
        store.write(tx -> {
            forget(tx);
            return null;
        });
    }

    void forget(org.jemput.Tx tx) {
        tx.exec("DELETE FROM draf_jawaban WHERE draf = ?", id);
        tx.exec("DELETE FROM draf_isian WHERE id = ?", id);
    }

    /** The answers as they are; for tests and screens that show them together. */
    public Map<String, String> answers() {
        return Collections.unmodifiableMap(answers);
    }

    static String hex(byte[] id) {
        StringBuilder s = new StringBuilder();
        for (byte b : id)
            s.append(Character.forDigit(b >> 4 & 15, 16)).append(Character.forDigit(b & 15, 16));
        return s.toString();
    }

    static byte[] bytes(String hex) {
        byte[] id = new byte[hex.length() / 2];
        for (int i = 0; i < id.length; i++)
            id[i] = (byte) (Character.digit(hex.charAt(2 * i), 16) << 4 | Character.digit(hex.charAt(2 * i + 1), 16));
        return id;
    }
}
