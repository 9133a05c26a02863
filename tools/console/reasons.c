/* reasons.c — see reasons.h. */
#include "reasons.h"

#include <string.h>

static const struct {
    const char *code, *id, *en;
    bool against;
} words[] = {
    { "NOMOR_SAMA", "nomor sama", "same number", false },
    { "NOMOR_BEDA_SATU_ANGKA", "nomor beda satu angka", "number with one digit different", false },
    { "NOMOR_TERTUKAR", "dua angka nomor tertukar", "two digits of the number swapped", false },
    { "NOMOR_LAIN", "nomor berbeda", "another number", true },
    { "NAMA_SAMA", "nama sama", "same name", false },
    { "NAMA_EJAAN", "nama sama menurut ejaan", "same name, spelled otherwise", false },
    { "NAMA_BUNYI", "nama sama menurut bunyi", "same name by its sound", false },
    { "NAMA_MIRIP", "nama mirip", "like name", false },
    { "NAMA_LAIN", "nama berbeda", "another name", true },
    { "LAHIR_SAMA", "tanggal lahir sama", "same birth date", false },
    { "LAHIR_TERTUKAR", "hari dan bulan lahir tertukar", "day and month of birth swapped", false },
    { "LAHIR_BEDA_SATU_ANGKA", "tanggal lahir beda satu angka", "birth date with one digit different", false },
    { "LAHIR_TIDAK_TAHU", "tanggal lahir salah satunya tidak diketahui", "the birth date of one is not known", false },
    { "LAHIR_LAIN", "tanggal lahir berbeda", "another birth date", true },
    { "IBU_SAMA", "nama ibu sama", "same mother's name", false },
    { "IBU_LAIN", "nama ibu berbeda", "another mother's name", true },
    { "TEMPAT_LAHIR_SAMA", "tempat lahir sama", "same birth place", false },
    { "SATU_KELUARGA", "satu keluarga", "one household", false },
    { "KELAMIN_LAIN", "jenis kelamin berbeda", "another sex", true },
    { "ALAMAT_SAMA", "alamat sama", "same address", false },
    { "RT_RW_SAMA", "RT/RW sama", "same RT/RW", false },
};

static void reason_json(struct json *j, const char *code, size_t len)
{
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strlen(words[i].code) != len || strncmp(words[i].code, code, len) != 0)
            continue;
        json_object(j, NULL);
        json_text(j, "code", words[i].code);
        json_text(j, "text_id", words[i].id);
        json_text(j, "text_en", words[i].en);
        json_bool(j, "against", words[i].against);
        json_end_object(j);
    }
}

void reasons_json(struct json *j, const char *key, const char *reasons)
{
    json_array(j, key);
    while (*reasons) {
        size_t len = strcspn(reasons, ",");

        reason_json(j, reasons, len);
        reasons += len + (reasons[len] == ',');
    }
    json_end_array(j);
}
