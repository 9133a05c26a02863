/* hubtext.c — why a hub behind an address could not be synced with, for a person: what happened, that the data is safe, what to do. */
#include "hubtext.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "failure.h"
#include "text.h"

struct cause {
    enum jemput_status status;
    const char *mark; /* in the library's words; NULL = any */
    const char *in_indonesian, *in_english; /* behind "Hub '…': " */
};

#define SAFE_ID " Data tetap aman di sini. "
#define SAFE_EN " The data is safe here. "

/* The first that fits counts. */
static const struct cause causes[] = {
    { JEMPUT_UNTRUSTED, "in the clear",
      "alamatnya http://, jadi kata sandi akan terbaca di jalan. Tidak ada yang dikirim." SAFE_ID "Pakai alamat https://",
      "its address is http://, so the password could be read on its way. Nothing was sent." SAFE_EN "Use its https:// address" },
    { JEMPUT_UNTRUSTED, "another host", "jawabannya mengalihkan ke alamat lain, jadi tidak ada yang dikirim ke sana." SAFE_ID
      "Bila Wi-Fi ini meminta masuk, masuklah dulu, atau pakai jaringan lain; kalau tetap begini, tanyakan alamat hub ke administrator",
      "it redirects to another address, and nothing was sent there." SAFE_EN
      "If this Wi-Fi wants you to sign in, do that first, or use another network; if it stays so, ask your administrator for the hub's address" },
    { JEMPUT_UNTRUSTED, NULL, "server ini tidak dapat membuktikan bahwa ia hub yang benar, jadi tidak ada yang dikirim." SAFE_ID
      "Periksa tanggal dan jam perangkat ini; bila Wi-Fi ini meminta masuk, masuklah dulu, atau pakai jaringan lain. "
      "Kalau tetap begini, hubungi administrator: mungkin ada yang menyadap",
      "this server does not prove that it is the right hub, so nothing was sent." SAFE_EN
      "Check this device's date and time; if this Wi-Fi wants you to sign in, do that first, or use another network. "
      "If it stays so, call your administrator: somebody may be listening in" },
    { JEMPUT_OFFLINE, "sign in",
      "yang menjawab bukan hub; mungkin Wi-Fi ini meminta masuk dulu." SAFE_ID "Buka peramban dan masuk, atau pakai jaringan lain",
      "something other than the hub answered; perhaps this Wi-Fi wants you to sign in first."
      SAFE_EN "Open a browser and sign in, or use another network" },
    { JEMPUT_OFFLINE, "resolve host",
      "tidak terjangkau: namanya tidak ditemukan." SAFE_ID "Coba lagi bila ada sinyal; kalau sinyal ada, periksa alamatnya",
      "it cannot be reached: there is no such name." SAFE_EN "Try again when there is a signal; if there is one, check the address" },
    { JEMPUT_OFFLINE, "answered with", "hub sedang terganggu." SAFE_ID "Coba lagi nanti; kalau tetap begini, beri tahu pengelola hub",
      "it has a problem of its own." SAFE_EN "Try again later; if it stays so, tell whoever keeps the hub" },
    { JEMPUT_OFFLINE, "gave up", "hub sedang terganggu." SAFE_ID "Coba lagi nanti; kalau tetap begini, beri tahu pengelola hub",
      "it has a problem of its own." SAFE_EN "Try again later; if it stays so, tell whoever keeps the hub" },
    { JEMPUT_OFFLINE, "nothing moved",
      "sambungan macet." SAFE_ID "Yang sudah terkirim tidak dikirim ulang. Coba lagi di tempat yang sinyalnya lebih baik",
      "the link has stalled." SAFE_EN "What was sent is not sent again. Try again where the signal is better" },
    { JEMPUT_OFFLINE, NULL, "tidak terjangkau, atau sambungan putus." SAFE_ID "Yang sudah terkirim tidak dikirim ulang. Coba lagi bila ada sinyal",
      "it cannot be reached, or the link was cut." SAFE_EN "What was sent is not sent again. Try again when there is a signal" },
    { JEMPUT_DENIED, "refuses these credentials", "hub menolak nama pengguna, kata sandi atau token ini." SAFE_ID
      "Minta yang baru ke administrator, lalu: sync --user NAMA --secret-file BERKAS",
      "it refuses these credentials." SAFE_EN "Ask your administrator for new ones, then: sync --user NAME --secret-file FILE" },
    { JEMPUT_DENIED, "shallow update", "hub ini tidak punya bagian awal catatan, yang sudah dilepas di perangkat ini sesudah checkpoint." SAFE_ID
      "Minta pengelola hub menyalin hub yang lama ke sini; kalau yang lama tidak ada lagi, ia memakai repositori git biasa dengan "
      "git config receive.shallowUpdate true",
      "it lacks the beginning of the logs, which this device has let go behind a checkpoint." SAFE_EN
      "Ask whoever keeps the hub to copy the old hub there; if that is gone, to use a plain git repository with "
      "git config receive.shallowUpdate true" },
    { JEMPUT_DENIED, "refuses it", "hub tidak menerima kiriman ini." SAFE_ID "Beri tahu pengelola hub: mungkin hub hanya dapat dibaca",
      "it does not take what was sent." SAFE_EN "Tell whoever keeps the hub: it may be read-only" },
    { JEMPUT_FULL, "the hub has no space", "tempat penyimpanan hub penuh." SAFE_ID "Beri tahu pengelola hub; sync lagi sesudah ada tempat",
      "its storage is full." SAFE_EN "Tell whoever keeps the hub; sync again when there is room" },
    { JEMPUT_FULL, "are left on this device",
      "penyimpanan perangkat ini hampir penuh, dan sisanya untuk pekerjaan sendiri." SAFE_ID
      "Hapus foto, video, atau aplikasi lain yang tidak perlu (bukan aplikasi ini), lalu sync lagi",
      "this device's storage is nearly full, and what is left is for its own work." SAFE_EN
      "Remove photos, videos, or other apps that are not needed (not this one), then sync again" },
    { JEMPUT_BUSY, "too much to do",
      "hub sedang terlalu sibuk." SAFE_ID "Coba lagi beberapa menit lagi", "it has too much to do." SAFE_EN "Try again in a few minutes" },
    { JEMPUT_LIMIT, "no more at once", "hub menolak kiriman sebesar ini." SAFE_ID "Beri tahu pengelola hub: batas ukuran kirimannya terlalu kecil",
      "it refuses to take so much at once." SAFE_EN "Tell whoever keeps the hub: its limit for one request is too small" },
    { JEMPUT_NOTFOUND, "git-",
      "di alamat ini tidak ada hub." SAFE_ID "Periksa alamatnya", "there is no hub at this address." SAFE_EN "Check the address" },
    { JEMPUT_CORRUPT, "git-", "yang menjawab di alamat ini bukan hub." SAFE_ID "Periksa alamatnya",
      "what answers at this address is not a hub." SAFE_EN "Check the address" },
};

/* NULL = none fits. */
static const struct cause *cause_of(enum jemput_status status, const char *text)
{
    for (unsigned i = 0; i < sizeof causes / sizeof causes[0]; i++)
        if (causes[i].status == status && (!causes[i].mark || strstr(text, causes[i].mark)))
            return &causes[i];
    return NULL;
}

int hub_failed(const char *hub, const struct jemput_error *err)
{
    const struct cause *cause = cause_of(err->status, err->text);

    if (!cause)
        return -1;
    return failure_told(err->status, T("Hub '%s': %s.", "Hub '%s': %s. (%s)"), hub, T(cause->in_indonesian, cause->in_english), err->text);
}

/* A hub that is busy says minutes; hours are of a share that comes back, or of a notice that somebody has put there. */
#define MOMENT_S_MAX 600

void hub_rest_words(char out[HUB_WORDS_BYTES], uint32_t seconds)
{
    time_t when = time(NULL) + (time_t)seconds;
    char clock[8] = "";
    struct tm tm;

    if (seconds > MOMENT_S_MAX && localtime_r(&when, &tm) && strftime(clock, sizeof clock, "%H:%M", &tm))
        snprintf(out, HUB_WORDS_BYTES,
                 T("hub tidak menerima kiriman lagi sampai pukul %s: jatah perangkat ini untuk sehari sudah habis, atau hub sedang dirawat",
                   "the hub takes no more before %s: this device's share of a day is used up, or the hub is closed for maintenance"),
                 clock);
    else
        snprintf(out, HUB_WORDS_BYTES,
                 T("hub sedang sibuk, dan minta dihubungi lagi dalam %u detik", "the hub has too much to do, and asks to be left alone for %u seconds"),
                 (unsigned)seconds);
}

void attachments_why(char out[HUB_WORDS_BYTES], const struct jemput_sync_report *report)
{
    enum jemput_status status = report->attachment_status;
    const struct cause *cause = cause_of(status, report->attachment_text);

    if (status == JEMPUT_BUSY && report->retry_after_s)
        hub_rest_words(out, report->retry_after_s);
    else if (cause)
        snprintf(out, HUB_WORDS_BYTES, T("%s", "%s (%s)"), T(cause->in_indonesian, cause->in_english), report->attachment_text);
    else
        snprintf(out, HUB_WORDS_BYTES, T("%s", "%s (%s)"), jemput_status_advice(status, text_language()), report->attachment_text);
}
