/* base/status.c — status codes as names, as advice for a person, and the text that grows in front as an error travels up.
 *
 * The front of a text is what the reader needs first, so whatever does not fit is cut off at the tail, between two characters. */
#include "base/status.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct status_row {
    const char *name;
    int retryable;
    struct jemput_words id, en;
    const char *advice_id, *advice_en; /* the three of each, one after another */
};

#define WORDS(id_what, id_safe, id_todo, en_what, en_safe, en_todo)                                               \
    { id_what, id_safe, id_todo }, { en_what, en_safe, en_todo }, id_what " " id_safe " " id_todo, en_what " " en_safe " " en_todo

static const struct status_row status_rows[] = {
    [JEMPUT_OK] = { "JEMPUT_OK", 0,
        WORDS("Berhasil.", "Data Anda aman.", "Tidak ada yang perlu dilakukan.",
              "It worked.", "Your data is safe.", "There is nothing to do.") },
    [JEMPUT_MISUSE] = { "JEMPUT_MISUSE", 0,
        WORDS("Aplikasi memanggil mesin data dengan cara yang salah.",
              "Data yang sudah tersimpan tetap aman; langkah terakhir tidak dikerjakan.",
              "Ulangi sekali lagi; jika tetap muncul, laporkan kepada pembuat aplikasi.",
              "The app used the data engine in a wrong way.",
              "What was saved is safe; the last step was not done.",
              "Try once more; if it comes back, report it to the people who make the app.") },
    [JEMPUT_IO] = { "JEMPUT_IO", 1,
        WORDS("Penyimpanan perangkat tidak dapat dibaca atau ditulis.",
              "Data yang sudah tersimpan tetap ada; langkah terakhir belum tersimpan.",
              "Coba lagi; jika tetap gagal, mulai ulang perangkat dan hubungi administrator.",
              "The device's storage could not be read or written.",
              "What was saved is still there; the last step was not saved.",
              "Try again; if it keeps failing, restart the device and call your administrator.") },
    [JEMPUT_NOMEM] = { "JEMPUT_NOMEM", 1,
        WORDS("Memori perangkat habis.",
              "Data yang sudah tersimpan tetap aman; langkah terakhir belum tersimpan.",
              "Tutup aplikasi lain, lalu coba lagi.",
              "The device ran out of memory.",
              "What was saved is safe; the last step was not saved.",
              "Close other apps, then try again.") },
    [JEMPUT_BUSY] = { "JEMPUT_BUSY", 1,
        WORDS("Data sedang dipakai oleh proses lain.",
              "Data yang sudah tersimpan tetap aman; langkah terakhir belum tersimpan.",
              "Tunggu sebentar, lalu coba lagi.",
              "The data is in use by something else just now.",
              "What was saved is safe; the last step was not saved.",
              "Wait a moment, then try again.") },
    [JEMPUT_FULL] = { "JEMPUT_FULL", 1,
        WORDS("Ruang penyimpanan penuh.",
              "Data yang sudah tersimpan tetap aman; langkah terakhir belum tersimpan.",
              "Hapus foto, video, atau aplikasi lain yang tidak perlu (bukan aplikasi ini), lalu coba lagi.",
              "There is no storage space left.",
              "What was saved is safe; the last step was not saved.",
              "Remove photos, videos or other apps that you do not need (not this app), then try again.") },
    [JEMPUT_OFFLINE] = { "JEMPUT_OFFLINE", 1,
        WORDS("Hub tidak dapat dihubungi.",
              "Data aman di perangkat ini dan akan dikirim nanti.",
              "Lanjutkan bekerja; sinkronkan lagi bila ada sinyal.",
              "The hub cannot be reached.",
              "Your data is safe on this device and will be sent later.",
              "Carry on working; sync again when there is a signal.") },
    [JEMPUT_LIMIT] = { "JEMPUT_LIMIT", 0,
        WORDS("Isian atau berkas terlalu besar.",
              "Data yang sudah tersimpan tetap aman; yang terlalu besar itu tidak disimpan.",
              "Perkecil atau bagi menjadi beberapa bagian, lalu coba lagi.",
              "An entry or file is too large.",
              "What was saved is safe; the part that is too large was not saved.",
              "Make it smaller or split it, then try again.") },
    [JEMPUT_CORRUPT] = { "JEMPUT_CORRUPT", 0,
        WORDS("Ada data yang rusak atau tidak asli, dan data itu ditolak.",
              "Data lain tidak diubah.",
              "Jangan menghapus apa pun dan jangan memasang ulang aplikasi; hubungi administrator.",
              "Some data is damaged or not genuine, and it was refused.",
              "Nothing else was changed.",
              "Do not delete anything and do not reinstall the app; call your administrator.") },
    [JEMPUT_DENIED] = { "JEMPUT_DENIED", 0,
        WORDS("Perangkat atau akun ini tidak berhak melakukan langkah tersebut.",
              "Data yang sudah tersimpan tetap aman; langkah terakhir tidak dikerjakan.",
              "Mintalah administrator memeriksa hak akses dan masa berlakunya.",
              "This device or account is not allowed to do that.",
              "What was saved is safe; the last step was not done.",
              "Ask your administrator to check its rights and whether they have expired.") },
    [JEMPUT_NOTFOUND] = { "JEMPUT_NOTFOUND", 0,
        WORDS("Yang dicari tidak ditemukan.",
              "Tidak ada data yang diubah atau dihapus.",
              "Periksa nama, nomor, atau alamatnya, lalu coba lagi.",
              "What you asked for was not found.",
              "No data was changed or deleted.",
              "Check the name, number or address, then try again.") },
    [JEMPUT_EXISTS] = { "JEMPUT_EXISTS", 0,
        WORDS("Data atau berkas dengan nama itu sudah ada.",
              "Yang lama tetap aman dan tidak ditimpa.",
              "Buka yang sudah ada, atau pakai nama lain.",
              "There is already something with that name.",
              "The old one is safe and was not overwritten.",
              "Open the existing one, or use another name.") },
    [JEMPUT_CANCELLED] = { "JEMPUT_CANCELLED", 0,
        WORDS("Proses dihentikan atau waktunya habis.",
              "Data yang sudah tersimpan tetap aman.",
              "Mulai lagi kapan saja.",
              "It was stopped, or time ran out.",
              "What was saved is safe.",
              "Start it again at any time.") },
    [JEMPUT_UPGRADE] = { "JEMPUT_UPGRADE", 0,
        WORDS("Data ini dibuat oleh aplikasi versi lebih baru.",
              "Data disimpan utuh tetapi belum dapat ditampilkan di sini.",
              "Perbarui aplikasi di perangkat ini.",
              "This data was made by a newer version of the app.",
              "It is kept whole but cannot be shown here yet.",
              "Update the app on this device.") },
    [JEMPUT_LOCKED] = { "JEMPUT_LOCKED", 0,
        WORDS("Data di perangkat ini terkunci.",
              "Data aman dan tidak dihapus.",
              "Buka dengan PIN; sesudah beberapa PIN salah, tunggu dulu. Kalau PIN terlupa: pakai kode pemulihan.",
              "The data on this device is locked.",
              "It is safe, and is not deleted.",
              "Open it with the PIN; after several wrong ones, wait first. If the PIN is forgotten: use the recovery code.") },
    [JEMPUT_UNTRUSTED] = { "JEMPUT_UNTRUSTED", 1,
        WORDS("Jalan ke hub tidak dapat dipercaya, jadi tidak ada yang dikirim.",
              "Data aman di sini.",
              "Periksa tanggal dan jam perangkat ini; bila Wi-Fi ini meminta masuk, masuklah dulu, atau pakai jaringan lain. "
              "Kalau tetap begini, hubungi administrator: mungkin ada yang menyadap.",
              "The way to the hub cannot be trusted, so nothing was sent.",
              "The data is safe here.",
              "Check this device's date and time; if this Wi-Fi wants you to sign in, do that first, or use another network. "
              "If it stays so, call your administrator: somebody may be listening in.") },
};

static const struct status_row status_unknown = { "JEMPUT_UNKNOWN", 0,
    WORDS("Terjadi kesalahan yang belum dikenal.",
          "Data yang sudah tersimpan tetap ada; jangan menghapus aplikasi.",
          "Hubungi administrator.",
          "An unknown error happened.",
          "What was saved is still there; do not remove the app.",
          "Call your administrator.") };

static const struct status_row *status_row_of(enum jemput_status status)
{
    long long code = (long long)status; /* a binding may hand in any integer */

    if (code < 0 || code >= (long long)(sizeof status_rows / sizeof status_rows[0]))
        return &status_unknown;
    return &status_rows[code];
}

const char *jemput_status_name(enum jemput_status status)
{
    return status_row_of(status)->name;
}

int jemput_status_retryable(enum jemput_status status)
{
    return status_row_of(status)->retryable;
}

int jemput_status_safe(enum jemput_status status)
{
    const struct status_row *row = status_row_of(status);

    return row != &status_unknown && status != JEMPUT_CORRUPT;
}

static bool is_english(const char *language)
{
    return language && strncmp(language, "en", 2) == 0 && (!language[2] || language[2] == '-' || language[2] == '_');
}

const struct jemput_words *jemput_status_words(enum jemput_status status, const char *language)
{
    const struct status_row *row = status_row_of(status);

    return is_english(language) ? &row->en : &row->id;
}

const char *jemput_status_advice(enum jemput_status status, const char *language)
{
    const struct status_row *row = status_row_of(status);

    return is_english(language) ? row->advice_en : row->advice_id;
}

/* A text that filled its room may end inside a UTF-8 character: drop that piece. */
static void text_trim(char *text, size_t room)
{
    size_t len = strlen(text);
    size_t start = len;
    unsigned char lead;
    size_t want;

    if (len + 1 < room)
        return;
    while (start > 0 && len - start < 3 && ((unsigned char)text[start - 1] & 0xc0) == 0x80)
        start--;
    if (start == 0)
        return;
    lead = (unsigned char)text[start - 1];
    want = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
    if (len - (start - 1) < want)
        text[start - 1] = '\0';
}

enum jemput_status jemput_fail(struct jemput_error *err, enum jemput_status status, const char *fmt, ...)
{
    char text[JEMPUT_ERROR_TEXT_BYTES]; /* the arguments may point into err->text */
    va_list args;

    JEMPUT_ASSERT(status != JEMPUT_OK);
    va_start(args, fmt);
    if (vsnprintf(text, sizeof text, fmt, args) < 0)
        text[0] = '\0';
    va_end(args);
    text_trim(text, sizeof text);

    err->status = status;
    memcpy(err->text, text, strlen(text) + 1);
    return status;
}

enum jemput_status jemput_wrap(struct jemput_error *err, const char *fmt, ...)
{
    char text[JEMPUT_ERROR_TEXT_BYTES];
    size_t len;
    va_list args;

    JEMPUT_ASSERT(err->status != JEMPUT_OK);
    va_start(args, fmt);
    if (vsnprintf(text, sizeof text, fmt, args) < 0)
        text[0] = '\0';
    va_end(args);

    len = strlen(text);
    for (const char *from = ": "; *from && len + 1 < sizeof text; from++)
        text[len++] = *from;
    for (const char *from = err->text; *from && len + 1 < sizeof text; from++)
        text[len++] = *from;
    text[len] = '\0';
    text_trim(text, sizeof text);
    memcpy(err->text, text, strlen(text) + 1);
    return err->status;
}

void jemput_bug(const char *expr, const char *file, int line)
{
    fprintf(stderr, "jemput: bug at %s:%d: %s\n", file, line, expr);
    abort();
}
