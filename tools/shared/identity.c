/* identity.c — ids of imported rows, made from what identifies them.
 *
 * Two strangers must never become one row, and the same row of the same file must find itself again:
 *   household   its KK number, if that is a plausible one; else head, address, RT, RW and kelurahan where the file says who and where; else the
 *               household is this row's own
 *   person      NIK, name and birth date together, if the NIK is plausible (placeholders and the number 0 are shared by strangers); else household,
 *               name, sex, birth place and date, and which of several equal rows of the file it is
 *   application person, date, service, variant, and which of several equal ones
 * So two tablets that visit one household write one row. A household of the same family under two spellings stays two rows, which v_dugaan_* shows:
 * two rows can be joined later, but two people in one row cannot be told apart again.
 * The hash is BLAKE2b, keyed with the space's id. */
#include <sodium.h>
#include <string.h>

#include "cell.h"
#include "import.h"

static void hash_begin(crypto_generichash_state *state, const struct import *im, const char *kind)
{
    crypto_generichash_init(state, im->space_key, sizeof im->space_key, ID_BYTES);
    crypto_generichash_update(state, (const unsigned char *)kind, strlen(kind) + 1);
}

/* NULL and "" are different, and no two lists of fields have the same bytes. */
static void hash_text(crypto_generichash_state *state, const char *text)
{
    unsigned char size[5] = { text != NULL };
    size_t len = text ? strlen(text) : 0;

    for (unsigned i = 0; i < 4; i++)
        size[1 + i] = (unsigned char)(len >> (8 * i));
    crypto_generichash_update(state, size, sizeof size);
    crypto_generichash_update(state, (const unsigned char *)(text ? text : ""), len);
}

static void hash_squeezed(crypto_generichash_state *state, const char *text)
{
    struct buffer b = { 0 };

    if (text)
        cell_squeeze(&b, text);
    hash_text(state, b.data);
    buffer_release(&b);
}

static void hash_end(crypto_generichash_state *state, struct id *out)
{
    crypto_generichash_final(state, out->bytes, ID_BYTES);
}

static struct import_value value_of(const struct import *im, enum layout_target target, const char *field)
{
    int rule = layout_rule_of(im->layout, target, field);

    return rule == LAYOUT_ABSENT ? (struct import_value){ 0 } : im->row.values[rule];
}

static void hash_value(crypto_generichash_state *state, const struct import *im, enum layout_target target, const char *field)
{
    struct import_value value = value_of(im, target, field);

    hash_squeezed(state, value.clean);
    hash_squeezed(state, value.written);
}

static void hash_all(crypto_generichash_state *state, const struct import *im, enum layout_target target)
{
    for (unsigned i = 0; i < im->layout->rule_count; i++)
        if (im->layout->rules[i].kind != LAYOUT_SKIP && im->layout->rules[i].target == target)
            hash_value(state, im, target, im->layout->rules[i].field);
}

/* The first row of its kind keeps the id; further ones get others. */
static void count_in(struct import *im, struct id *id)
{
    struct seen_entry *entry = seen_get(&im->occurrences, id);
    crypto_generichash_state state;
    char number[24];

    if (entry->count++ == 0)
        return;
    snprintf(number, sizeof number, "%u", entry->count);
    hash_begin(&state, im, "ulangan");
    crypto_generichash_update(&state, id->bytes, ID_BYTES);
    hash_text(&state, number);
    hash_end(&state, id);
}

static bool plausible(const char *digits)
{
    return digits && cell_number_plausible(digits);
}

/* What tells a person without a usable NIK from others. Without a birth date a name says too little: then all that the row says about the person. */
static void hash_person(crypto_generichash_state *state, const struct import *im)
{
    struct import_value born = value_of(im, LAYOUT_ORANG, "tanggal_lahir");
    static const char *const fields[] = { "nama", "jenis_kelamin", "tempat_lahir", "tanggal_lahir", "nik" };

    if (!born.clean && !born.written)
        hash_all(state, im, LAYOUT_ORANG);
    for (unsigned i = 0; i < sizeof fields / sizeof fields[0]; i++)
        hash_value(state, im, LAYOUT_ORANG, fields[i]);
}

static void household(struct import *im, struct id *out)
{
    static const char *const place[] = { "nama_kepala", "alamat", "rt", "rw", "kode_kel", "no_kk" };
    const char *number = value_of(im, LAYOUT_KELUARGA, "no_kk").clean;
    crypto_generichash_state state;

    if (plausible(number)) {
        hash_begin(&state, im, "keluarga: nomor");
        hash_text(&state, number);
        hash_end(&state, out);
        return;
    }
    if (value_of(im, LAYOUT_KELUARGA, "nama_kepala").clean && value_of(im, LAYOUT_KELUARGA, "alamat").clean &&
        value_of(im, LAYOUT_KELUARGA, "rt").clean) {
        hash_begin(&state, im, "keluarga: tempat");
        for (unsigned i = 0; i < sizeof place / sizeof place[0]; i++)
            hash_value(&state, im, LAYOUT_KELUARGA, place[i]);
        hash_end(&state, out);
        return;
    }
    hash_begin(&state, im, "keluarga: sendiri");
    hash_all(&state, im, LAYOUT_KELUARGA);
    hash_person(&state, im);
    hash_end(&state, out);
    count_in(im, out);
}

static void person(struct import *im, const struct id *household_id, struct id *out)
{
    const char *number = value_of(im, LAYOUT_ORANG, "nik").clean;
    crypto_generichash_state state;

    if (plausible(number)) {
        hash_begin(&state, im, "orang: nomor");
        hash_text(&state, number);
        hash_value(&state, im, LAYOUT_ORANG, "nama");
        hash_value(&state, im, LAYOUT_ORANG, "tanggal_lahir");
        hash_end(&state, out);
        return;
    }
    hash_begin(&state, im, "orang: data");
    crypto_generichash_update(&state, household_id->bytes, ID_BYTES);
    hash_person(&state, im);
    hash_end(&state, out);
    count_in(im, out);
}

static void application(struct import *im, const struct id *person_id, struct id *out)
{
    static const char *const fields[] = { "tanggal", "layanan", "varian" };
    crypto_generichash_state state;

    hash_begin(&state, im, "permohonan");
    crypto_generichash_update(&state, person_id->bytes, ID_BYTES);
    for (unsigned i = 0; i < sizeof fields / sizeof fields[0]; i++)
        hash_value(&state, im, LAYOUT_PERMOHONAN, fields[i]);
    hash_end(&state, out);
    count_in(im, out);
}

void import_identify(struct import *im)
{
    struct id *ids = im->row.ids;
    crypto_generichash_state state;

    household(im, &ids[LAYOUT_KELUARGA]);
    person(im, &ids[LAYOUT_KELUARGA], &ids[LAYOUT_ORANG]);
    if (!im->tables[LAYOUT_PERMOHONAN].used)
        return;
    application(im, &ids[LAYOUT_ORANG], &ids[LAYOUT_PERMOHONAN]);
    hash_begin(&state, im, "catatan");
    crypto_generichash_update(&state, ids[LAYOUT_PERMOHONAN].bytes, ID_BYTES);
    hash_end(&state, &ids[LAYOUT_CATATAN]);
}
