/* pins.c — see pins.h. The list: what is tried first everywhere, and here. */
#include "pins.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

static const char *const well_known[] = {
    "1q2w3e4r",    "1q2w3e4r5t",  "1qaz2wsx",        "1qazxsw2",      "a1234567",    "a12345678",    "a1b2c3d4",      "aa123456",     "abc12345",
    "abc123456",   "abcd1234",    "abcdefg1",        "abcdefgh",      "admin123",    "admin1234",    "admin12345",    "adminadmin",   "administrator",
    "akucinta",    "akusayang",   "akusayangkamu",   "alhamdulillah", "allahuakbar", "anakku123",    "arsenal1",      "asdf1234",     "asdfasdf",
    "asdfghjk",    "asdfghjkl",   "assalamualaikum", "bahagia1",      "bandung1",    "bapakku1",     "barcelona",     "baseball",     "baseball1",
    "basketball",  "batman123",   "bendera1",        "bismillah",     "bismillah1",  "bismillah123", "blink182",      "bonek1927",    "bupati123",
    "butterfly",   "changeme",    "changeme1",       "changeme123",   "charlie1",    "cheese12",     "chelsea1",      "chocolate",    "cinta123",
    "cintakamu",   "cintaku1",    "computer",        "computer1",     "corvette",    "default1",     "disdukcapil",   "dragon123",    "dukcapil1",
    "dukcapil123", "everton1",    "facebook",        "ferrari1",      "football",    "football1",    "freedom1",      "garuda123",    "google123",
    "guest123",    "hello123",    "hellohello",      "honda123",      "ibuku123",    "ilovegod",     "iloveyou",      "iloveyou1",    "iloveyou2",
    "indonesia",   "indonesia1",  "indonesia123",    "indonesiaku",   "instagram",   "internet",     "jakarta1",      "jawabarat",    "jawatengah",
    "jemput123",   "jemputbola",  "jemputbola1",     "jennifer",      "jordan23",    "juventus",     "kartukeluarga", "katasandi",    "katasandi1",
    "kecamatan",   "kecamatan1",  "keluarga",        "keluarga1",     "keluargaku",  "kelurahan",    "kelurahan1",    "kependudukan", "kominfo1",
    "kominfo123",  "letmein1",    "letmein123",      "liverpool",     "liverpool1",  "manchester",   "master123",     "mercedes",     "merdeka1945",
    "merdeka45",   "michael1",    "michelle",        "microsoft",     "monkey123",   "muhammad",     "muhammad1",     "mustang1",     "operator",
    "operator1",   "operator123", "p@ssw0rd",        "p@ssword",      "palembang",   "palembang1",   "pancasila",     "passw0rd",     "password",
    "password1",   "password12",  "password123",     "passwort",      "pelayanan",   "pelayanan1",   "pemerintah",    "pemkot123",    "pendudukan",
    "persebaya",   "persib1933",  "persija1",        "petugas1",      "petugas123",  "pokemon1",     "porsche1",      "prabumulih",   "princess",
    "princess1",   "qazwsx123",   "qazwsxedc",       "qwerty12",      "qwerty123",   "qwerty1234",   "qwertyui",      "qwertyuiop",   "rahasia1",
    "rahasia123",  "rahasiaku",   "realmadrid",      "root1234",      "rootroot",    "rumahku1",     "samsung1",      "sandi123",     "sandiku1",
    "sayang123",   "sayangibu",   "sayangkamu",      "sayangku",      "secret123",   "security",     "selamatdatang", "selamatpagi",  "semangat",
    "semangat1",   "semangat45",  "spiderman",       "starwars",      "subhanallah", "sumatera",     "sunshine",      "sunshine1",    "superman",
    "surabaya",    "surabaya1",   "suzuki123",       "terimakasih",   "test1234",    "testing1",     "testtest",      "toor1234",     "trustno1",
    "user1234",    "username",    "verifikator",     "walikota",      "walikota1",   "welcome1",     "welcome123",    "whatever",     "whatever1",
    "windows1",    "yamaha123",   "zaq12wsx",        "zxcvbnm1",      "zxcvbnm123",
};

static bool follows(char before, char now, int step)
{
    return now - before == step || (step == 1 && before == '9' && now == '0') || (step == -1 && before == '0' && now == '9');
}

/* One character again and again, or each the next one, or the one before: 11111111, 12345678, 87654321, abcdefgh; the digits go round. */
static bool is_run(const char *pin)
{
    size_t len = strlen(pin);

    for (int step = -1; step <= 1; step++) {
        size_t i = 1;

        while (i < len && follows(pin[i - 1], pin[i], step))
            i++;
        if (i == len)
            return true;
    }
    return false;
}

/* Two, three or four characters again and again: 12121212, abcabcabc. */
static bool is_pattern(const char *pin)
{
    size_t len = strlen(pin);

    for (size_t of = 1; of <= 4; of++) {
        size_t i = of;

        while (i < len && pin[i] == pin[i - of])
            i++;
        if (i == len)
            return true;
    }
    return false;
}

static bool has_name(const char *pin, const char *account)
{
    size_t len = strlen(account);

    for (const char *at = pin; len >= 3 && strlen(at) >= len; at++)
        if (strncasecmp(at, account, len) == 0)
            return true;
    return false;
}

const char *pin_refusal(const char *pin, const char *account, const char **en)
{
    size_t len = strlen(pin);

    if (len < PIN_BYTES_MIN || len > PIN_BYTES_MAX) {
        *en = "A PIN has 8 to 256 characters.";
        return "PIN terdiri dari 8 sampai 256 karakter.";
    }
    for (size_t i = 0; i < sizeof well_known / sizeof well_known[0]; i++)
        if (strcasecmp(pin, well_known[i]) == 0) {
            *en = "That PIN is one of those that are tried first. Take another one.";
            return "PIN itu termasuk yang paling dulu dicoba orang. Pilih yang lain.";
        }
    if (is_run(pin) || is_pattern(pin) || has_name(pin, account)) {
        *en = "That PIN is too easy to guess: no runs, no patterns, not the account's name.";
        return "PIN itu terlalu mudah ditebak: jangan deret, pola, atau nama akun.";
    }
    return *en = NULL;
}
