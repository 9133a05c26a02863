/* device.c — an act on a device: looked at, told, done, told. */
#include "device.h"

#include <inttypes.h>
#include <string.h>

#include "failure.h"
#include "json.h"
#include "rootkey.h"
#include "space.h"
#include "text.h"

const char *device_state_word(enum jemput_device_state state)
{
    static const char *const words[] = { [JEMPUT_DEVICE_ACTIVE] = "active",
                                         [JEMPUT_DEVICE_SUSPENDED] = "suspended",
                                         [JEMPUT_DEVICE_ROTATED] = "rotated",
                                         [JEMPUT_DEVICE_REVOKED] = "revoked",
                                         [JEMPUT_DEVICE_ASKS] = "asks" };

    return words[state];
}

static const char *revoked_text(const char *reason)
{
    if (strcmp(reason, "lost") == 0)
        return T("dicabut: hilang", "revoked: lost");
    if (strcmp(reason, "stolen") == 0)
        return T("dicabut: dicuri", "revoked: stolen");
    if (strcmp(reason, "leaked") == 0)
        return T("dicabut: kunci bocor", "revoked: key leaked");
    if (strcmp(reason, "forked") == 0)
        return T("dicabut: digandakan", "revoked: copied");
    return T("dicabut: keluar", "revoked: left");
}

const char *device_state_text(enum jemput_device_state state, const char *reason)
{
    switch (state) {
    case JEMPUT_DEVICE_ACTIVE:
        return T("aktif", "active");
    case JEMPUT_DEVICE_SUSPENDED:
        return T("ditangguhkan", "suspended");
    case JEMPUT_DEVICE_ROTATED:
        return T("kunci lama", "old key");
    case JEMPUT_DEVICE_REVOKED:
        return revoked_text(reason);
    case JEMPUT_DEVICE_ASKS:
        break;
    }
    return T("menunggu keputusan", "waits for a decision");
}

struct saying {
    const char *engine; /* a piece of what the engine says */
    const char *in_indonesian, *in_english;
};

static const char *say(const struct saying *sayings, unsigned count, const char *text)
{
    for (unsigned i = 0; i < count; i++)
        if (strstr(text, sayings[i].engine))
            return T(sayings[i].in_indonesian, sayings[i].in_english);
    return NULL;
}

const char *device_why_text(const char *why)
{
    static const struct saying sayings[] = {
        { "not known here", "undangannya belum dikenal di sini", "its invitation is not known here" },
        { "has used its invitation", "undangannya sudah dipakai perangkat lain; menunggu keputusan",
          "another device has used its invitation; it waits for a decision" },
        { "by the same invitation", "perangkat lain memakai undangan yang sama; menunggu keputusan",
          "another device asks by the same invitation; it waits for a decision" },
        { "has expired", "undangannya kedaluwarsa; menunggu keputusan", "its invitation has expired; it waits for a decision" },
        { "when the office syncs", "diterima saat kantor bersinkron", "it is let in when the office syncs" },
    };
    const char *text = say(sayings, sizeof sayings / sizeof sayings[0], why);

    return text ? text : why;
}

/* --- failures --- */

int device_failed(const struct jemput_error *err)
{
    static const struct saying sayings[] = {
        { "device is not an administrator's", "Perangkat ini bukan perangkat administrator. Tidak ada yang diubah.",
          "This device is not an administrator's. Nothing was changed." },
        { "not that of a root administrator", "Kunci ini bukan kunci induk ruang ini. Tidak ada yang diubah.",
          "This key is not that of a root administrator of this space. Nothing was changed." },
        { "author is not a root administrator",
          "Ini menyangkut administrator, dan hanya boleh ditandatangani administrator induk. Tidak ada yang diubah.",
          "This concerns administrators: only a root administrator may sign it. Nothing was changed." },
        { "too few root administrators would be left", "Administrator induk yang tersisa akan terlalu sedikit. Tidak ada yang diubah.",
          "Too few root administrators would be left. Nothing was changed." },
        { "no device '", "Tidak ada perangkat itu di daftar yang dikenal di sini. Lihat: jemput devices. Tidak ada yang diubah.",
          "No such device is in the list as it is known here. See: jemput devices. Nothing was changed." },
        { "no device with key", "Tidak ada perangkat berkunci itu yang meminta diterima. Lihat: jemput devices. Tidak ada yang diubah.",
          "No device with this key asks to be let in. See: jemput devices. Nothing was changed." },
        { "waits for signatures, as far", "Tidak ada tindakan itu yang menunggu tanda tangan. Lihat: jemput devices. Tidak ada yang diubah.",
          "No such act waits for signatures. See: jemput devices. Nothing was changed." },
        { "is revoked already", "Perangkat itu sudah dicabut. Tidak ada yang diubah.", "That device is revoked already. Nothing was changed." },
        { "rights cannot change any more", "Perangkat itu sudah dicabut atau berganti kunci. Tidak ada yang diubah.",
          "That device was revoked, or goes on under another key. Nothing was changed." },
        { "has been let in already", "Perangkat itu sudah diterima. Tidak ada yang diubah.", "That device has been let in already. Nothing was changed." },
        { "succeed: the new device carries on", "Perangkat baru itu sudah menggantikan perangkat lain. Tidak ada yang diubah.",
          "The new device carries on for another already. Nothing was changed." },
        { "succeed: the place of a root",
          "Tempat administrator induk hanya beralih ke perangkat administrator, sesudah kunci lamanya dicabut. Tidak ada yang diubah.",
          "The place of a root administrator goes to an administrator's device, and only after the old key was revoked. Nothing was changed." },
        { "receipt:", "Tanda terima itu tidak dikenal di sini. Lihat: jemput log. Tidak ada yang diubah.",
          "That receipt is not known here. See: jemput log. Nothing was changed." },
        { "is not a segment of a log that counts", "Segmen itu tidak dikenal di sini, atau lognya tidak berlaku lagi. Lihat: jemput log. Tidak ada yang diubah.",
          "That segment is not known here, or its log does not count any more. See: jemput log. Nothing was changed." },
        { "signed elsewhere",
          "Kunci induk ini sudah menandatangani di perangkat lain, dan itu belum dikenal di sini. Sinkronkan perangkat itu, lalu yang ini. Tidak ada yang "
          "diubah.",
          "This root key has signed at another device, and that is not known here yet. Sync that device, then this one. Nothing was changed." },
        { "let in yet", "Perangkat ini belum diterima, jadi belum ada kunci yang diganti. Tidak ada yang diubah.",
          "This device has not been let in yet: there is no key to change. Nothing was changed." },
    };
    static const char of_key[] = "that is said of key ";
    const char *text = say(sayings, sizeof sayings / sizeof sayings[0], err->text), *key = strstr(err->text, of_key);

    if (!text || err->status == JEMPUT_MISUSE)
        return failure_status(err);
    if (key)
        return failure_told(err->status,
                            T("%s Itu karena kunci %.16s, satu dari beberapa kunci perangkat itu. Kunci lama dapat disebut sendiri: jemput device --help",
                              "%s That is because of key %.16s, one of several of that device. An older key can be named itself: jemput device --help"),
                            text, key + strlen(of_key));
    return failure_told(err->status, "%s", text);
}

/* --- doing --- */

static void report_json(const struct device_doing *d, const struct jemput_device_act_report *r)
{
    struct json j = { .out = stdout };

    json_object(&j, NULL);
    json_text(&j, d->act.kind == JEMPUT_ACT_APPROVE ? "act" : "key", r->key);
    json_count(&j, "device_number", r->device_number);
    json_bool(&j, "done", r->done && !d->dry_run);
    json_count(&j, "signers", r->signers);
    json_count(&j, "needed", r->needed);
    json_count(&j, "keys", r->keys);
    json_count(&j, "keys_wait", r->keys_wait);
    json_count(&j, "segments_stay", r->segments_stay);
    json_count(&j, "segments_fall", r->segments_fall);
    json_count(&j, "transactions_stay", r->txns_stay);
    json_count(&j, "transactions_fall", r->txns_fall);
    json_end_object(&j);
}

static void result_text(const struct device_doing *d, const struct jemput_device_act_report *r)
{
    if (d->dry_run)
        puts(T("Hanya dicoba: tidak ada yang diubah.", "Dry run: nothing was changed."));
    else if (!r->done)
        puts(T("Sudah demikian: tidak ada yang perlu diubah.", "It is so already: there was nothing to change."));
    else if (r->signers < r->needed)
        printf(T("Ditandatangani %u dari %u administrator induk. Berlaku sesudah yang lain menandatangani: jemput approve\n"
                 "Lalu jalankan: jemput sync\n",
                 "Signed by %u of %u root administrators. It takes effect when the others have signed: jemput approve\nThen run: jemput sync\n"),
               (unsigned)r->signers, (unsigned)r->needed);
    else
        puts(T("Tersegel di sini. Perangkat lain mengetahuinya sesudah: jemput sync", "Sealed here. Other devices learn of it after: jemput sync"));
}

struct rights_now {
    const char *key;
    char roles[64], scope[64];
};

static int rights_see(void *ctx, const struct jemput_device *device)
{
    struct rights_now *now = ctx;

    if (strcmp(device->key, now->key) != 0)
        return 0;
    snprintf(now->roles, sizeof now->roles, "%s", device->roles[0] ? device->roles : "none");
    snprintf(now->scope, sizeof now->scope, "%s", device->scope);
    return 1;
}

static int act(const struct cli *cli, struct jemput *jemput, struct device_doing *d)
{
    struct jemput_device_act_report report;
    struct rights_now now = { .key = report.key };
    struct jemput_error err;

    d->act.look = 1; /* so that it is told before it is done */
    if (jemput_device_act(jemput, &d->act, &report, &err))
        return device_failed(&err);
    if (d->as_now && (!d->act.roles || !d->act.scope)) {
        if (jemput_devices(jemput, rights_see, &now, &err))
            return device_failed(&err);
        d->act.roles = d->act.roles ? d->act.roles : now.roles;
        d->act.scope = d->act.scope ? d->act.scope : now.scope;
        if (jemput_device_act(jemput, &d->act, &report, &err))
            return device_failed(&err);
    }
    if (!cli->json && d->tell && (report.done || d->dry_run))
        d->tell(&d->act, &report);
    d->act.look = d->dry_run;
    if (!d->dry_run && jemput_device_act(jemput, &d->act, &report, &err))
        return device_failed(&err);
    memcpy(d->root_segment, report.root_segment, sizeof d->root_segment);
    if (cli->json)
        report_json(d, &report);
    else
        result_text(d, &report);
    return EXIT_OK;
}

void device_standing_text(const struct jemput_info *info)
{
    if (info->revoked)
        puts(T("Perangkat ini dicabut, atau kuncinya sudah diganti: yang dicatatnya sesudah itu tidak dihitung di mana pun, sampai\n"
               "administrator mengakuinya (jemput adopt). Yang tersimpan di sini tetap ada. Jangan mencatat lagi di\n"
               "sini; serahkan perangkat ini kepada administrator.",
               "This device was revoked, or its key replaced: what it has recorded since counts nowhere until an administrator\n"
               "adopts it (jemput adopt). What is saved here stays. Record nothing more here; give the device to your administrator."));
    else if (info->admitted && !info->roles[0])
        puts(T("Perangkat ini ditangguhkan: ia tidak boleh mencatat apa pun sampai administrator memberinya peran lagi. Yang tersimpan di sini tetap ada.",
               "This device is suspended: it may record nothing until an administrator gives it a role again. What is saved here stays."));
}

/* With the key from the stick, which notes what it has signed. */
static int act_as_root(const struct cli *cli, struct jemput *jemput, struct device_doing *doing, struct rootkey *key)
{
    struct jemput_info info;
    struct jemput_error err;
    int code;

    if (jemput_info_get(jemput, &info, &err))
        return failure_status(&err);
    rootkey_last_read(key, info.space);
    doing->act.root_seed = key->seed;
    doing->act.root_segment = key->segment;
    code = act(cli, jemput, doing);
    if (doing->root_segment[0])
        rootkey_last_write(key, info.space, doing->root_segment);
    return code;
}

int device_do(struct cli *cli, struct device_doing *doing)
{
    struct rootkey key = { .file = doing->root };
    struct jemput *jemput;
    int code;

    jemput = space_open(cli, &code);
    if (!jemput)
        return code;
    if (!doing->root)
        code = act(cli, jemput, doing);
    else if (rootkey_open(&key, &code))
        code = act_as_root(cli, jemput, doing, &key);
    rootkey_wipe(&key);
    jemput_close(jemput);
    return code;
}
