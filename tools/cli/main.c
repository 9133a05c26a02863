/* main.c — jemput: the command line program. One table holds the commands, for dispatch, help and suggestions. */
#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jemput/curl.h>

#include "cmd.h"
#include "failure.h"
#include "help.h"
#include "terminal.h"
#include "text.h"

static const struct command commands[] = {
    {
        .name = "init",
        .operands = "[--schema FILE] [--roles admin,pusat] [--hub PATH] [--pin] [--root FILE]… [--threshold M]",
        .summary_id = "Dirikan ruang data baru; perangkat ini menjadi administratornya.",
        .summary_en = "Found a new space; this device becomes its administrator.",
        .example = "jemput -s kantor.db init --hub /srv/jemput/wonosari.git",
        .run = cmd_init,
        .more_id = "Tanpa --schema ruang berisi skema adminduk beserta daftar kodenya. Hub dibuat bila belum ada, lalu diingat.\n"
                   "--root: bagian umum sebuah kunci induk (jemput root new); boleh sampai empat kali, yang pertama paling senior. "
                   "Dengan --threshold 2 yang menyangkut administrator perlu dua tanda tangan.",
        .more_en = "Without --schema the space has the adminduk schema and its code lists. The hub is made if it is not there, and remembered.\n"
                   "--root: the public part of a root key (jemput root new); up to four times, the first is the most senior. With --threshold 2 "
                   "what concerns administrators needs two signatures.",
    },
    {
        .name = "invite",
        .operands = "--role ROLES [--scope CODE] [--hub PATH] [--days N] [--out FILE] [--qr] [--qr-file FILE]",
        .summary_id = "Buat undangan untuk satu perangkat.",
        .summary_en = "Make an invitation for one device.",
        .example = "jemput -s kantor.db invite --role petugas --scope 16.74.05.1003 --out tablet.undangan",
        .run = cmd_invite,
        .more_id = "Siapa memegang berkas undangan dapat bergabung sebagai perangkat itu: serahkan langsung. Lalu jalankan sync, agar undangan "
                   "diketahui hub.\nQR memuat undangan yang sama, dan sama rahasianya; perangkat itu mengambil skemanya dari hub saat bergabung.",
        .more_en = "Whoever holds the file can join as that device: hand it over yourself. Then run sync, so that the hub knows of it.\n"
                   "A QR code holds the same invitation, as secret; the device takes the schema from the hub when it joins.",
    },
    {
        .name = "join",
        .operands = "INVITATION [--hub PATH] [--pin]",
        .summary_id = "Buat berkas data di perangkat ini dari undangan.",
        .summary_en = "Make this device's store from an invitation.",
        .example = "jemput -s tablet.db join tablet.undangan",
        .run = cmd_join,
        .more_id = "INVITATION: berkas undangan, atau teks sebuah QR (JEMPUT1/…), yang perlu hub.\n"
                   "Dapat dipakai seketika tanpa sinyal; diterima pada sinkronisasi pertama. '-' = masukan baku.\n"
                   "Kalau undangan lama sudah kedaluwarsa atau dipakai perangkat lain: join sekali lagi dengan undangan baru; "
                   "semua yang tersimpan di sini tetap ada.",
        .more_en = "INVITATION: the file, or the text of a QR code (JEMPUT1/…), which needs the hub.\n"
                   "Works at once without a signal; it is admitted at its first sync. '-' = standard input.\n"
                   "If the old invitation expired, or another device used it: join once more with a new one; "
                   "everything that is saved here stays.",
    },
    {
        .name = "devices",
        .operands = "",
        .summary_id = "Perangkat ruang ini, dan yang menunggu keputusan.",
        .summary_en = "The devices of this space, and what waits for a decision.",
        .example = "jemput -s kantor.db devices",
        .run = cmd_devices,
        .json = true,
        .more_id = "Tiap perangkat: nomor, awal kuncinya, keadaan, peran, wilayah; segmen terakhirnya yang dikenal di sini, yang terakhir "
                   "diterima pusat (waktu menurut pengakuan perangkat), transaksinya yang belum tercakup tanda terima, versi skemanya.\n"
                   "Lalu perangkat yang meminta diterima: kunci selengkapnya dan sebabnya menunggu. Undangan yang dipakai dua perangkat "
                   "tidak menerima satu pun: tanyakan kepada petugasnya, lalu jemput admit KEY.\n"
                   "Lalu tindakan induk yang tanda tangannya belum cukup.",
        .more_en = "Each device: number, how its key begins, state, roles, scope; its newest segment known here, the newest that central has "
                   "(times as the device claims them), its transactions that no receipt covers, its schema version.\n"
                   "Then devices that ask to be let in: their whole key, and why they wait. An invitation that two devices use lets in "
                   "neither: ask the officer, then jemput admit KEY.\n"
                   "Then root acts that too few have signed.",
    },
    {
        .name = "device",
        .operands = "change|suspend|resume|revoke DEVICE | replace OLD NEW | rotate",
        .summary_id = "Ubah hak sebuah perangkat, cabut, atau ganti kuncinya.",
        .summary_en = "Change what a device may do, revoke it, or change its key.",
        .example = "jemput -s kantor.db device revoke 7 --reason stolen --since 41 --dry-run",
        .run = cmd_device,
        .json = true,
        .more_id = "DEVICE: nomornya, atau sekurangnya 4 digit awal kuncinya (lihat devices).\n"
                   "  change   peran atau wilayah lain untuk yang ditulisnya sesudah ini\n"
                   "  suspend  tanpa hak untuk sementara; resume mengembalikannya\n"
                   "  revoke   untuk selamanya: yang ditandatanganinya sampai titik potong tetap berlaku, yang lain gugur di semua perangkat\n"
                   "  replace  perangkat NEW melanjutkan OLD yang hilang atau rusak\n"
                   "  rotate   perangkat ini sendiri mendapat kunci baru\n"
                   "Titik potong: yang dikenal di sini, atau --after, atau --since. Lihat dulu dengan --dry-run.\n"
                   "Yang menyangkut administrator berlaku sesudah cukup banyak administrator induk menandatangani (jemput approve).",
        .more_en = "DEVICE: its number, or at least the first 4 digits of its key (see devices).\n"
                   "  change   other roles or scope for what it writes from here on\n"
                   "  suspend  no rights for a while; resume gives them back\n"
                   "  revoke   for good: what it signed up to the cut stands, all else falls on every device\n"
                   "  replace  device NEW carries on for OLD, which was lost or broke\n"
                   "  rotate   this device itself gets a new key\n"
                   "The cut: what is known here, or --after, or --since. Look first, with --dry-run.\n"
                   "What concerns administrators takes effect when enough root administrators have signed (jemput approve).",
    },
    {
        .name = "admit",
        .operands = "KEY [--role ROLES] [--scope CODE]",
        .summary_id = "Terima perangkat yang menunggu keputusan.",
        .summary_en = "Let in a device that waits for a decision.",
        .example = "jemput -s kantor.db admit 3f09c1d2",
        .run = cmd_admit,
        .json = true,
        .more_id = "KEY: kunci perangkat itu, atau awalnya, dari jemput devices. Kalau undangannya sudah dipakai perangkat lain, ia mendapat "
                   "nomor perangkat sendiri; yang sudah dicatatnya tetap ada.",
        .more_en = "KEY: the device's key, or how it begins, from jemput devices. If another device has used its invitation, it gets a device "
                   "number of its own; what it has collected stays.",
    },
    {
        .name = "approve",
        .operands = "ACT [--root FILE]",
        .summary_id = "Tandatangani tindakan induk yang menunggu.",
        .summary_en = "Sign a root act that waits.",
        .example = "jemput -s kantor.db approve 9c41aa20 --root /media/usb/induk.key",
        .run = cmd_approve,
        .json = true,
        .more_id = "ACT: tindakannya, atau awalnya, dari jemput devices; apa isinya: jemput devices --json.",
        .more_en = "ACT: the act, or how it begins, from jemput devices; what it says: jemput devices --json.",
    },
    {
        .name = "root",
        .operands = "new FILE [--plain]",
        .summary_id = "Buat kunci induk di flashdisk, di luar semua perangkat.",
        .summary_en = "Make a root administrator's key on a stick, outside of all devices.",
        .example = "jemput root new /media/usb/induk.key",
        .run = cmd_root,
        .more_id = "FILE dikunci PIN; di sampingnya FILE.pub, bagian umumnya, untuk jemput init --root FILE.pub. Kunci itu tidak pernah masuk "
                   "ke berkas data: dipakai dengan --root FILE pada device, approve, dan admit, lalu cabut flashdisknya.",
        .more_en = "FILE is locked by a PIN; beside it FILE.pub, its public part, for jemput init --root FILE.pub. The key never enters a "
                   "store: use it by --root FILE with device, approve and admit, then take the stick out.",
    },
    {
        .name = "import",
        .operands = "FILE [--layout permohonan|opensid|auto] [--dry-run] [--only-petugas N]",
        .summary_id = "Masukkan permohonan atau data penduduk dari CSV.",
        .summary_en = "Take applications or residents from a CSV file.",
        .example = "jemput -s tablet.db import desember-2022.csv --dry-run",
        .run = cmd_import,
        .json = true,
        .more_id = "NIK dan nomor KK tetap teks. Baris yang salah dilaporkan (baris, kolom, sebab, apa yang harus dilakukan), yang benar masuk.\n"
                   "Mengimpor berkas yang sama dua kali tidak mengubah apa pun, juga bila barisnya sudah disunting petugas. Pemisah: koma, titik "
                   "koma, atau tab.",
        .more_en = "NIK and KK numbers stay text. Bad rows are reported (line, column, reason, what to do), good ones go in.\n"
                   "Importing a file again changes nothing, even where an officer has edited its rows since. Separator: comma, semicolon or tab.",
    },
    {
        .name = "sql",
        .operands = "[QUERY|-] [--csv]",
        .summary_id = "Jalankan SQL pada data.",
        .summary_en = "Run SQL on the data.",
        .example = "jemput -s tablet.db sql \"SELECT count(*) FROM permohonan\"",
        .run = cmd_sql,
        .json = true,
        .more_id = "Tanpa QUERY perintah dibaca dari masukan baku. --json: satu larik objek per pernyataan, satu baris masing-masing.\n"
                   "Kode keluar 1: sebuah pernyataan gagal, dan yang sesudahnya tidak dijalankan.",
        .more_en = "Without QUERY it is read from standard input. --json: one array of objects a statement, each on a line of its own.\n"
                   "Exit code 1: a statement failed, and those after it were not run.",
    },
    {
        .name = "sync",
        .operands = "[--hub PATH] [--timeout SECONDS]",
        .summary_id = "Kirim pekerjaan sendiri, ambil dan gabungkan milik yang lain.",
        .summary_en = "Send own work, fetch and merge that of others.",
        .example = "jemput -s tablet.db sync --timeout 60",
        .run = cmd_sync,
        .json = true,
        .more_id = "Aman dihentikan kapan saja (Ctrl-C) dan dimulai lagi: tidak ada yang hilang atau ganda.\n"
                   "Kode keluar 1: ada catatan perangkat lain yang dihentikan; sebabnya ada di status.",
        .more_en = "Safe to stop at any moment (Ctrl-C) and to start again: nothing is lost or doubled.\n"
                   "Exit code 1: the log of some device was stopped; status says why.",
    },
    {
        .name = "status",
        .operands = "",
        .summary_id = "Keadaan data di perangkat ini.",
        .summary_en = "The state of the data on this device.",
        .example = "jemput -s tablet.db status",
        .run = cmd_status,
        .json = true,
        .more_id = "Pekerjaan sendiri dihitung dalam transaksi, masing-masing dalam satu dari tiga keadaan:\n"
                   "  di tablet ini    tersimpan di sini; berangkat pada sync berikutnya\n"
                   "  menunggu sinyal  disegel, mungkin sudah terkirim; tanda terima pusat belum sampai di sini\n"
                   "  diterima pusat   sudah digabungkan pusat, dengan tanda terima bertanda tangan\n"
                   "Bentrok: lihat conflicts. Tertahan: lihat held. Dihentikan: catatan perangkat yang tidak lolos pemeriksaan, beserta sebabnya.",
        .more_en = "Own work is counted in transactions, each in one of three states:\n"
                   "  on this device        saved here; leaves at the next sync\n"
                   "  waiting for a signal  sealed, perhaps sent; central's receipt has not come here yet\n"
                   "  received by central   merged by central, with a signed receipt\n"
                   "Conflicts: see conflicts. Held: see held. Stopped: logs of devices that failed a check, and why.",
    },
    {
        .name = "log",
        .operands = "[--writer HEX]",
        .summary_id = "Segmen bertanda tangan dari semua perangkat.",
        .summary_en = "Signed segments of all devices.",
        .example = "jemput -s pusat.db log --writer 3f09",
        .run = cmd_log,
        .json = true,
        .more_id = "Satu baris satu segmen, menurut urutan dikenal di sini: penulis, nomor dalam catatan penulis itu, jenis (data; kendali = "
                   "keanggotaan dan "
                   "tanda terima), banyaknya transaksi, besarnya, waktu menurut jam penulis (pengakuan, bukan bukti), keadaan, dan commit git-nya.",
        .more_en = "One line is one segment, in the order in which they became known here: writer, number in that writer's log, class (data; control "
                   "= members "
                   "and receipts), transactions, size, time by the writer's clock (claimed, not evidence), state, and its git commit.",
    },
    {
        .name = "history",
        .operands = "TABLE KEY…",
        .summary_id = "Siapa mengubah apa pada satu baris.",
        .summary_en = "Who changed what in one row.",
        .example = "jemput -s pusat.db history permohonan 0f1e...",
        .run = cmd_history,
        .json = true,
        .more_id = "KEY: kunci baris seperti yang dicetak perintah lain: teks, angka, atau heksadesimal (juga x'0f…') untuk kunci BLOB; "
                   "cukup awalnya dengan ... di belakang (0f1e...), kalau hanya satu baris yang cocok. Waktu: menurut pengakuan "
                   "perangkat, bukan bukti.\n"
                   "Satu tulisan satu alinea: waktu, apa (dibuat, diubah, dihapus, diputuskan), penulis, keadaan, catatan; lalu kolom "
                   "yang diubah. --json: op I, U, D, K.",
        .more_en = "KEY: the row's key as other commands print it: text, a number, or hex (also x'0f…') for a BLOB key; its beginning "
                   "with ... behind it is enough (0f1e...), if one row alone has it. Times are by the device's clock: claimed, not "
                   "evidence.\n"
                   "One paragraph is one write: when, what (made, changed, deleted, decided), who, how far it has come, its note; then "
                   "the columns that it changed. --json: op I, U, D, K.",
    },
    {
        .name = "conflicts",
        .operands = "",
        .summary_id = "Nilai yang ditulis bersamaan dan berbeda.",
        .summary_en = "Values that were written at the same time and differ.",
        .example = "jemput -s pusat.db conflicts",
        .run = cmd_conflicts,
        .json = true,
        .more_id = "Tiap bentrok: tabel, kunci, kolom; lalu setiap pihak: nilainya, penulisnya, waktu menurut pengakuan perangkatnya. '*' "
                   "tampil di tabel; yang lain tersimpan.\n"
                   "Memutuskan: di pusat, sesudah semua pihak digabungkan, jemput resolve; yang bukan [identitas] tertutup juga oleh "
                   "UPDATE (atau DELETE) biasa pada baris itu. [identitas] hanya tertutup oleh resolve (atau dengan menghapus barisnya). Satu baris "
                   "dapat memuat beberapa "
                   "bentrok; status dan sync menghitung baris.\n"
                   "--json: op U = menulis nilai, D = menghapus baris.",
        .more_en = "Each conflict: table, key, columns; then each side: what it wrote, who, and the time that its device claims. '*' is "
                   "shown in the table; the others are kept.\n"
                   "To decide: at central, once all sides are merged, jemput resolve; one that is not [identity] is closed by an ordinary "
                   "UPDATE (or DELETE) of that row, too. [identity] is closed by resolve only (or by deleting the row). A row may have several "
                   "conflicts; status "
                   "and sync count rows.\n"
                   "--json: op U = wrote values, D = deleted the row.",
    },
    {
        .name = "held",
        .operands = "",
        .summary_id = "Baris yang disimpan tetapi belum dapat ditampilkan.",
        .summary_en = "Rows that are kept but cannot be shown yet.",
        .example = "jemput -s pusat.db held",
        .run = cmd_held,
        .json = true,
        .more_id = "Tiap baris: tabel, kunci, sebabnya; aturan yang dilanggarnya sesudah digabungkan, baris yang menghalanginya, penulis "
                   "terakhir; lalu isinya. Semuanya tersimpan utuh. Riwayatnya: jemput history TABLE KEY.\n"
                   "Baris ini masuk sendiri kalau sebabnya hilang. Yang dapat dilakukan:\n"
                   "  - perbaiki dengan UPDATE, atau hapus, baris yang menghalanginya\n"
                   "  - perbaiki baris ini: jemput resolve TABLE KEY --set KOLOM=NILAI\n"
                   "  - kalau keduanya satu hal: jemput merge-rows TABLE KEY-TETAP KEY-PERGI\n"
                   "  - buang baris ini: jemput resolve TABLE KEY --drop (dapat dikembalikan)",
        .more_en = "Each row: table, key, the reason; the constraint that it broke after merging, the row in its way, who wrote it last; "
                   "then its values. All of it is kept whole. Its history: jemput history TABLE KEY.\n"
                   "Such a row comes in by itself when the reason goes. What can be done:\n"
                   "  - mend by UPDATE, or delete, the row in its way\n"
                   "  - mend this row: jemput resolve TABLE KEY --set COLUMN=VALUE\n"
                   "  - if both are one thing: jemput merge-rows TABLE KEEP GONE\n"
                   "  - drop this row: jemput resolve TABLE KEY --drop (it can be brought back)",
    },
    {
        .name = "refused",
        .operands = "",
        .summary_id = "Pekerjaan yang tersimpan tetapi tidak dihitung.",
        .summary_en = "Work that is kept and counts nowhere.",
        .example = "jemput -s pusat.db refused",
        .run = cmd_refused,
        .json = true,
        .more_id = "Satu alinea satu transaksi: SEGMENT:NOMOR, waktu (pengakuan), penulis; sebabnya; baris dan kolomnya; siapa yang menerimanya. "
                   "Ditolak karena kebijakan skema (jemput_policy) tidak mengizinkan perangkat itu, atau karena perangkatnya sudah dicabut (dicabut). "
                   "Setiap perangkat menolak yang sama.",
        .more_en = "One paragraph is one transaction: SEGMENT:PLACE, time (claimed), who; the reason; its row and column; who has adopted it. It is "
                   "refused because the schema's policy (jemput_policy) does not allow that device to do it, or because the device was revoked. "
                   "Every device refuses the same.",
    },
    {
        .name = "adopt",
        .operands = "SEGMENT[:PLACE] --reason REASON",
        .summary_id = "Terima pekerjaan yang ditolak.",
        .summary_en = "Let refused work count.",
        .example = "jemput -s kantor.db adopt 3f09a1b2:1 --reason \"hari terakhir, sudah dicek\"",
        .run = cmd_adopt,
        .json = true,
        .more_id = "Di perangkat administrator atau pusat. SEGMENT: awal commit seperti yang dicetak refused. Tanpa :PLACE semua yang ditolak di segmen itu.\n"
                   "Nilai akhirnya ditulis lagi atas nama perangkat ini, menurut wewenangnya, semua atau tidak sama sekali.",
        .more_en = "On an administrator's or central's device. SEGMENT: how the commit begins that refused prints. Without :PLACE all that is refused in it.\n"
                   "Its final values are written again in this device's name, by this device's rights, all of them or none.",
    },
    {
        .name = "cases",
        .operands = "",
        .summary_id = "Hal yang perlu diketahui atau diputuskan orang.",
        .summary_en = "What a person should know of, or decide.",
        .example = "jemput -s kantor.db cases",
        .run = cmd_cases,
        .json = true,
        .more_id = "Tiap kasus: apa yang terjadi, apakah datanya aman, apa yang dapat dilakukan. Sebuah kasus selesai dengan sendirinya kalau halnya beres.\n"
                   "Kode keluar 1: ada kasus yang terbuka.",
        .more_en = "Each case: what happened, whether the data is safe, what to do. A case is settled by itself when the matter is.\n"
                   "Exit code 1: a case is open.",
    },
    {
        .name = "resolve",
        .operands = "TABLE KEY… (--set COLUMN=VALUE | --keep | --drop | --restore | --undo) [--hide COLUMN=VALUE] --reason TEXT",
        .summary_id = "Putuskan bentrok atau baris tertahan, dengan alasan.",
        .summary_en = "Decide a conflict or a held row, with a reason.",
        .example = "jemput -s pusat.db resolve orang 0f3a... --set 'nama=SITI AMINAH' --hide 'nama=SITI AMINA' --reason 'sesuai akta'",
        .run = cmd_resolve,
        .more_id = "Lihat dulu conflicts dan held. KEY: seperti pada history. Nilai lain yang sedang bentrok harus disebut dengan --hide, "
                   "agar tidak ada yang tertutup tanpa dilihat; kalau ada yang belum disebut, daftarnya ditampilkan dan tidak ada yang "
                   "diubah. Keputusan ditandatangani dan terlihat di history. Baris tertahan masuk sendiri bila sebabnya hilang; kalau "
                   "masih tertahan sesudah diputuskan, sebabnya disebut.\n"
                   "--undo membatalkan keputusan terakhir pada baris itu (juga --drop dan --restore); --undo sekali lagi "
                   "mengembalikannya. Keputusan lain selalu boleh menggantikannya. Menghapus baris yang tampil: jemput sql dengan DELETE.",
        .more_en = "Look at conflicts and held first. KEY: as in history. Other values of the conflict must be named with --hide, so that "
                   "nothing is closed unseen; if some are not named they are listed, and nothing is changed. A decision is signed, and "
                   "shows in history. A held row comes in by itself when its reason is gone; if it is held still after the decision, that "
                   "is told.\n"
                   "--undo undoes the last decision on that row (--drop and --restore, too); --undo once more brings it back. Another "
                   "decision may always replace it. To delete a row that is shown: jemput sql with DELETE.",
    },
    {
        .name = "duplicates",
        .operands = "[--table orang|keluarga] [--min SCORE] [--all]",
        .summary_id = "Orang atau keluarga yang mungkin tercatat dua kali.",
        .summary_en = "Persons or households that may be there twice.",
        .example = "jemput -s pusat.db duplicates --table orang --min 80",
        .run = cmd_duplicates,
        .json = true,
        .more_id = "Tiap dugaan: nilai 0 sampai 100, kedua baris, dan alasannya satu per satu. Yang dibandingkan: NIK dan nomor KK "
                   "seperti tertulis, juga bila salah satu angka atau dua angka tertukar; nama menurut ejaannya (oe/u, dj/j, tj/c, y/i, "
                   "huruf ganda, gelar, bin/binti, M./Muhammad); tanggal lahir; kepala keluarga dan alamat. Baris tertahan ikut "
                   "diperiksa. Tidak ada yang diubah.\n"
                   "Kalau keduanya satu: jemput merge-rows. Kalau dua orang yang berbeda, catat itu; pasangan yang sudah diputus tidak "
                   "ditampilkan lagi, kecuali dengan --all:\n"
                   "  INSERT INTO putusan_ganda(orang_a, orang_b, putusan, alasan) VALUES(x'KEY1', x'KEY2', 'BEDA', '...')",
        .more_en = "Each suspicion: a score from 0 to 100, both rows, and the reasons one by one. Compared are: NIK and KK numbers as "
                   "written, also with one digit wrong or two swapped; names by their spelling (oe/u, dj/j, tj/c, y/i, double letters, "
                   "titles, bin/binti, M./Muhammad); birth dates; heads of households and addresses. Held rows are looked at, too. "
                   "Nothing is changed.\n"
                   "If they are one: jemput merge-rows. If they are two persons, write that down; pairs that were decided are not shown "
                   "again, unless --all is given:\n"
                   "  INSERT INTO putusan_ganda(orang_a, orang_b, putusan, alasan) VALUES(x'KEY1', x'KEY2', 'BEDA', '...')",
    },
    {
        .name = "merge-rows",
        .operands = "TABLE KEEP… GONE… --reason TEXT [--dry-run] | TABLE GONE… --undo --reason TEXT",
        .summary_id = "Jadikan dua baris untuk satu hal satu baris; atau batalkan.",
        .summary_en = "Make two rows for one thing one row; or undo that.",
        .example = "jemput -s pusat.db merge-rows orang 0f1e... 1f2e... --reason 'orang yang sama'",
        .run = cmd_merge_rows,
        .json = true,
        .more_id = "KEEP: kunci baris yang tetap; GONE: kunci baris yang pergi; masing-masing sebanyak kolom kunci tabelnya, ditulis seperti pada "
                   "history. Isian yang kosong di baris yang tetap diisi dari baris yang pergi, penghitung dijumlahkan, dan semua yang merujuk "
                   "baris yang pergi merujuk baris yang tetap. Bila keduanya berisi, isian baris yang tetap berlaku; yang lain ada di history.\n"
                   "Tulisan perangkat lain yang menyusul ke baris yang pergi sampai ke baris yang tetap saat pusat sync. --undo mengembalikan "
                   "baris yang pergi beserta rujukannya.",
        .more_en = "KEEP: key of the row that stays; GONE: key of the row that goes; each with as many values as the table's key has, as in "
                   "history. What is empty in the row that stays is filled from the one that goes, counters are added up, and whatever named the "
                   "row that goes names the row that stays. Where both have a value, that of the row that stays holds; the other is in the "
                   "history. What other devices write to the row that is gone reaches the row that stays when central syncs. --undo brings the "
                   "row back, with what named it.",
    },
    {
        .name = "why",
        .operands = "TABLE KEY… [COLUMN]",
        .summary_id = "Mengapa satu baris, atau satu kolomnya, menampilkan isinya.",
        .summary_en = "Why a row, or one of its columns, shows what it shows.",
        .example = "jemput -s pusat.db why orang 0f1e... nama",
        .run = cmd_why,
        .json = true,
        .more_id = "KEY: seperti pada history. Tiap kolom (atau kolom yang digabung bersama) yang tidak sepele: aturan yang memutuskan, "
                   "lalu setiap tulisan yang masih berlaku dan penulisnya; '*' tampil. Kolom tanpa bentrok satu baris masing-masing; yang "
                   "kosong hanya namanya. Dengan COLUMN: kolom itu selengkapnya. Juga: tertahan oleh aturan dan baris mana, dihapus oleh "
                   "siapa, apa yang menunggu di sini, dan sampai di mana.",
        .more_en = "KEY: as in history. Each column (or columns that merge together) that is not plain: the rule that decided, then every "
                   "write still in force, and who made it; '*' is shown. Columns that are not in conflict take a line each; of empty ones "
                   "the name alone. With COLUMN: that one in full. Also: held by which constraint and row, deleted by whom, what waits "
                   "here, and how far it has come.",
    },
    {
        .name = "diff",
        .operands = "[--hub PATH]",
        .summary_id = "Apa yang akan diubah sinkronisasi berikutnya.",
        .summary_en = "What the next sync would change here.",
        .example = "jemput -s pusat.db diff",
        .run = cmd_diff,
        .json = true,
        .more_id = "Mengambil dan menggabungkan dalam salinan sementara, lalu membuang salinan itu: tidak ada yang ditulis di sini atau di hub.\n"
                   "Tiap baris: baru, berubah (nilai sekarang → nilai nanti), hilang; lalu bentrok dan baris tertahan yang akan muncul atau selesai.",
        .more_en = "Fetches and merges in a copy for the moment, and throws that away: nothing is written here or to the hub.\n"
                   "Each row: new, changes (value now → value then), goes; then conflicts and held rows that would come or go.",
    },
    {
        .name = "rebuild",
        .operands = "",
        .summary_id = "Hitung ulang isi dari catatan bertanda tangan.",
        .summary_en = "Compute the contents anew from the signed logs.",
        .example = "jemput -s pusat.db rebuild",
        .run = cmd_rebuild,
        .json = true,
        .more_id =
            "Untuk berkas yang menurut verify bermasalah. Tabel dan data penggabungan menjadi seperti yang dikatakan segmen bertanda tangan; yang "
            "berbeda disebut. Pekerjaan yang belum disegel disegel dulu dan tetap ada. Aman dihentikan kapan saja (Ctrl-C, listrik padam):\n"
            "sebelum selesai tidak ada yang berubah. Catatan yang rusak menghentikannya sebelum ada yang diubah.",
        .more_en = "For a store in which verify finds problems. Tables and merge state become what the signed segments say; what differed is "
                   "told. Work that is not sealed yet is sealed first, and stays. Safe to stop at any moment (Ctrl-C, power cut): before it is done "
                   "nothing has changed. A damaged log stops it before anything is changed.",
    },
    {
        .name = "checkpoint",
        .operands = "[--days DAYS | --backed-up | --cut]",
        .summary_id = "Tandatangani seluruh isi; potong data lama.",
        .summary_en = "Sign the whole state; cut off older data.",
        .example = "jemput -s pusat.db checkpoint",
        .run = cmd_checkpoint,
        .json = true,
        .more_id = "Tanpa pilihan, di pusat: isi dihitung ulang dari segmen bertanda tangan, sampai 30 hari yang lalu, dan ditandatangani. Perangkat baru\n"
                   "mulai dari situ. Tidak ada yang dipotong sebelum pusat menyatakan salinannya aman (--backed-up). Sesudah itu --cut, di perangkat mana\n"
                   "pun, membuang data lama: isi tetap, riwayat mulai dari titik itu, dan perangkat itu memeriksa dulu bahwa isinya sama.",
        .more_en = "Without an option, at central: the state is computed anew from the signed segments, up to 30 days ago, and signed. New devices begin\n"
                   "there. Nothing is cut off before central says that a copy is safe (--backed-up). After that --cut, on any device, drops older data:\n"
                   "the contents stay, histories begin at that point, and the device first checks that it has the same state.",
    },
    {
        .name = "forget",
        .operands = "TABLE KEY... --basis BASIS | --report",
        .summary_id = "Hapus satu baris di mana-mana, untuk selamanya.",
        .summary_en = "Erase a row everywhere, for ever.",
        .example = "jemput -s kantor.db forget orang 5f0c… --basis \"UU 27/2022 pasal 8, surat 12\"",
        .run = cmd_forget,
        .json = true,
        .more_id = "Di perangkat administrator atau pusat. Tidak dapat dibatalkan. Baris yang menunjuk ke baris itu menjadi tertahan (held).\n"
                   "Data lamanya hilang dari berkas sesudah titik pangkal baru dan checkpoint --cut. Kunci lama tidak dimusnahkan: salinan di luar\n"
                   "(cadangan, hub lama) masih terbaca oleh yang memegang kuncinya.",
        .more_en = "On an administrator's or central's device. It cannot be undone. Rows that name it are held.\n"
                   "Its old data goes from a store after a new checkpoint and checkpoint --cut. Old keys are not destroyed: copies elsewhere (backups, an\n"
                   "old hub) can still be read by who has their keys.",
    },
    {
        .name = "pin",
        .operands = "set | change | remove | recovery [--recovery] [--new-pin-file FILE]",
        .summary_id = "Segel berkas data dengan PIN, agar pencuri tidak membacanya.",
        .summary_en = "Seal the store with a PIN, so that a thief reads nothing.",
        .example = "jemput -s tablet.db pin set",
        .run = cmd_pin,
        .more_id = "set: semua isi berkas disandikan; sejak itu setiap perintah menanyakan PIN. Sebuah kode pemulihan dicetak sekali: simpan di "
                   "kantor.\n"
                   "change: ganti PIN. Lupa PIN: change --recovery. recovery: kode pemulihan baru; yang lama tidak berlaku lagi. remove: lepas segel.\n"
                   "PIN dari: --pin-file FILE (perintah apa pun), JEMPUT_PIN, atau terminal. Sesudah lima PIN salah harus menunggu, makin lama; data "
                   "tidak pernah dihapus karenanya. Isi lama tetap ada di penyimpanan sampai tertimpa: segel perangkat sebelum dipakai.",
        .more_en = "set: all that is in the file is encrypted; from then on each command asks for the PIN. A recovery code is printed once: keep it "
                   "at the office.\n"
                   "change: another PIN. PIN forgotten: change --recovery. recovery: a new recovery code; the old one is void. remove: take the seal "
                   "off.\n"
                   "The PIN comes from --pin-file FILE (any command), JEMPUT_PIN, or the terminal. After five wrong ones there is a wait that grows; "
                   "nothing is ever deleted for it. What the file held before stays on the flash until it is overwritten: seal a device before it is "
                   "used.",
    },
    {
        .name = "verify",
        .operands = "",
        .summary_id = "Periksa berkas, tanda tangan, rantai, dan isi.",
        .summary_en = "Check the file, signatures, chains and contents.",
        .example = "jemput -s pusat.db verify",
        .run = cmd_verify,
        .json = true,
        .more_id = "Kode keluar 1: ada masalah.",
        .more_en = "Exit code 1: there are problems.",
    },
    {
        .name = "recap",
        .operands = "[--month YYYY-MM] [--kelurahan CODE]",
        .summary_id = "Rekap permohonan per bulan dan layanan.",
        .summary_en = "Applications by month and service.",
        .example = "jemput -s pusat.db recap --month 2022-12",
        .run = cmd_recap,
        .json = true,
    },
    {
        .name = "export",
        .operands = "TABLE | --query SQL [--out FILE] [--raw]",
        .summary_id = "Tulis tabel atau kueri sebagai CSV.",
        .summary_en = "Write a table or a query as CSV.",
        .example = "jemput -s pusat.db export v_permohonan --out permohonan.csv",
        .run = cmd_export,
        .more_id =
            "Agar lembar sebar membacanya sebagai teks, sel teks yang diawali = + - @ ' TAB CR, dan angka panjang atau berawalan nol (NIK, KK, RT), "
            "diberi tanda petik (') di depan; impor membuangnya lagi. --raw: tanpa tanda itu, untuk program.",
        .more_en =
            "So that a spreadsheet takes them as text, text cells that begin with = + - @ ' TAB CR, and long numbers or ones with leading zeros "
            "(NIK, KK, RT), get an apostrophe (') in front; import takes it off again. --raw: without it, for programs.",
    },
    {
        .name = "signers",
        .operands = "[--out FILE]",
        .summary_id = "Tulis berkas allowed_signers untuk git verify-commit.",
        .summary_en = "Write an allowed_signers file for git verify-commit.",
        .example = "jemput -s pusat.db signers --out allowed_signers",
        .run = cmd_signers,
    },
    {
        .name = "fork-proof",
        .operands = "[DEVICE] [--out DIR] | --check DIR",
        .summary_id = "Catatan perangkat yang bercabang, dan buktinya.",
        .summary_en = "Logs of devices that have branched, and the proof of it.",
        .example = "jemput -s pusat.db fork-proof 7 --out bukti",
        .run = cmd_fork_proof,
        .json = true,
        .more_id = "Bercabang: berkas data perangkat itu disalin, atau dikembalikan ke salinan lama, lalu keduanya dipakai. Tidak ada yang hilang: "
                   "kedua cabang digabungkan di semua perangkat, dan tiap salinan melanjutkan sendiri sebagai penulis baru.\n"
                   "DEVICE: nomor perangkat, atau awal penulisnya; tanpa itu: semua. --out menulis dua kepala segmen dengan tanda tangannya; siapa pun "
                   "dapat memeriksanya dengan ssh-keygen, tanpa jemput dan tanpa mempercayai siapa pun.",
        .more_en = "Branched: the device's store was copied, or put back to an older copy, and both were used. Nothing is lost: both branches are "
                   "merged on all devices, and each copy goes on as a new writer by itself.\n"
                   "DEVICE: the device's number, or how its writer begins; else all. --out writes the two segment headers with their signatures; "
                   "anyone can check them with ssh-keygen, without jemput and without trusting anybody.",
    },
    {
        .name = "version",
        .operands = "",
        .summary_id = "Versi program dan pustakanya.",
        .summary_en = "Versions of the program and its libraries.",
        .example = "jemput version --json",
        .run = cmd_version,
        .json = true,
    },
};

enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

static const struct command *command_find(const char *name)
{
    for (unsigned i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static int command_unknown(const char *name)
{
    const char *names[COMMAND_COUNT];
    const char *nearest;

    for (unsigned i = 0; i < COMMAND_COUNT; i++)
        names[i] = commands[i].name;
    nearest = options_nearest(name, names, COMMAND_COUNT);
    if (nearest)
        return failure_usage(NULL, T("perintah '%s' tidak ada; mungkin '%s'?", "there is no command '%s'; did you mean '%s'?"), name, nearest);
    return failure_usage(NULL, T("perintah '%s' tidak ada", "there is no command '%s'"), name);
}

static int help(void)
{
    help_program(commands, COMMAND_COUNT);
    return EXIT_OK;
}

static int version(struct cli *cli)
{
    static char name[] = "version";
    char *argv[] = { name, NULL };

    cli->command = command_find(name);
    return cmd_version(cli, 1, argv);
}

/* What a command printed must have arrived: a full disk behind a redirection is an error too. */
static int output_check(int code)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    return code != EXIT_OK ? code : failure_file(T("keluaran baku", "standard output"), errno ? errno : EIO);
}

static int command_run(struct cli *cli, int argc, char **argv)
{
    if (strcmp(argv[0], "help") == 0) {
        static char wanted[] = "--help";
        char *again[] = { argc > 1 ? argv[1] : wanted, wanted, NULL };

        return argc == 1 || again[0][0] == '-' || strcmp(again[0], "help") == 0 ? help() : command_run(cli, 2, again);
    }
    cli->command = command_find(argv[0]);
    return cli->command ? cli->command->run(cli, argc, argv) : command_unknown(argv[0]);
}

/* Options before the command's name: -1 = the rest is for the command, from optind on; else the exit code. */
static int options_before(struct cli *cli, int argc, char **argv)
{
    static const struct option table[] = { { "help", no_argument, NULL, 'h' },
                                           { "version", no_argument, NULL, 'v' },
                                           { "store", required_argument, NULL, 's' },
                                           { "lang", required_argument, NULL, 'l' },
                                           { "pin-file", required_argument, NULL, 'p' },
                                           { 0 } };
    bool wants_help = false;
    int c;

    opterr = 0;
    while ((c = getopt_long(argc, argv, "+:hs:", table, NULL)) != -1) {
        if (c == 'h')
            wants_help = true;
        else if (c == 's')
            cli->store = optarg;
        else if (c == 'p')
            cli->pin_file = optarg;
        else if (c == 'v')
            return version(cli);
        else if (c == 'l' && !text_language_set(optarg))
            return failure_usage(NULL, T("bahasa '%s' tidak ada: id atau en", "there is no language '%s': id or en"), optarg);
        else if (c == ':')
            return failure_usage(NULL, T("pilihan '%s' perlu nilai", "option '%s' needs a value"), argv[optind - 1]);
        else if (c == '?')
            return failure_usage(NULL, T("pilihan '%s' tidak dikenal", "unknown option '%s'"), argv[optind - 1]);
    }
    if (wants_help)
        return help();
    return optind < argc ? -1 : failure_usage(NULL, "%s", T("perintah belum disebut", "no command was given"));
}

int main(int argc, char **argv)
{
    struct cli cli = { 0 };
    struct jemput_error err;
    int code;

    setlocale(LC_CTYPE, "");
    signal(SIGPIPE, SIG_DFL); /* `jemput … | head`: whoever has read enough ends the program, quietly. What was committed stays */
    text_language_set(NULL);
    if (jemput_curl_use(&(struct jemput_curl_options){ .ca_file = getenv("JEMPUT_CA_FILE"), .pin = getenv("JEMPUT_HUB_PIN") }, &err))
        return failure_status(&err);
    code = options_before(&cli, argc, argv);
    if (code < 0)
        code = command_run(&cli, argc - optind, argv + optind);
    progress_end();
    return output_check(code);
}
