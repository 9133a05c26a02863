/* media/exif.c — EXIF reduced to which way is up and when the picture was taken: both are read, checked, and written into bytes of ours. So nothing
 * else can be in them, whatever the camera had put where. See jpeg.h. */
#include "media/jpeg.h"

#include <string.h>

#define TAG_ORIENTATION 0x0112
#define TAG_DATE 0x0132
#define TAG_EXIF 0x8769
#define TAG_TAKEN 0x9003
#define TYPE_ASCII 2
#define TYPE_SHORT 3
#define TYPE_LONG 4
#define ENTRIES_MAX 512
#define DATE_BYTES 20 /* "2022:12:31 23:59:59", NUL */

struct tiff {
    struct jemput_bytes bytes;
    bool big_endian;
};

struct found {
    unsigned orientation; /* 1 … 8; 0 = none */
    uint32_t exif;        /* offset of the second table; 0 = none */
    uint8_t date[DATE_BYTES], taken[DATE_BYTES];
    bool has_date, has_taken;
};

/* A number past the end is 0. */
static uint32_t number(const struct tiff *t, uint64_t at, unsigned bytes)
{
    uint32_t value = 0;

    if (at + bytes > t->bytes.len)
        return 0;
    for (unsigned i = 0; i < bytes; i++)
        value = value << 8 | t->bytes.data[at + (t->big_endian ? i : bytes - 1 - i)];
    return value;
}

/* Digits where digits belong, and nothing else anywhere. */
static bool date_read(uint8_t out[DATE_BYTES], const struct tiff *t, uint32_t at)
{
    static const char form[] = "0000:00:00 00:00:00";

    if (at > t->bytes.len || t->bytes.len - at < DATE_BYTES)
        return false;
    for (unsigned i = 0; i < DATE_BYTES; i++) {
        uint8_t c = t->bytes.data[at + i];

        if (form[i] == '0' ? c < '0' || c > '9' : c != (uint8_t)form[i])
            return false;
    }
    memcpy(out, t->bytes.data + at, DATE_BYTES);
    return true;
}

static void entry_look(struct found *f, const struct tiff *t, uint64_t at)
{
    uint32_t tag = number(t, at, 2), type = number(t, at + 2, 2), count = number(t, at + 4, 4);

    if (tag == TAG_ORIENTATION && type == TYPE_SHORT && count == 1) {
        uint32_t value = number(t, at + 8, 2);

        f->orientation = value >= 1 && value <= 8 ? value : 0;
    } else if (tag == TAG_DATE && type == TYPE_ASCII && count == DATE_BYTES) {
        f->has_date = date_read(f->date, t, number(t, at + 8, 4));
    } else if (tag == TAG_TAKEN && type == TYPE_ASCII && count == DATE_BYTES) {
        f->has_taken = date_read(f->taken, t, number(t, at + 8, 4));
    } else if (tag == TAG_EXIF && type == TYPE_LONG && count == 1) {
        f->exif = number(t, at + 8, 4);
    }
}

static void table_look(struct found *f, const struct tiff *t, uint32_t offset)
{
    uint32_t count = number(t, offset, 2);

    for (uint32_t i = 0; offset && i < count && i < ENTRIES_MAX; i++)
        entry_look(f, t, (uint64_t)offset + 2 + 12 * (uint64_t)i);
}

static void found_read(struct found *f, struct jemput_bytes bytes)
{
    struct tiff t = { .bytes = bytes };

    if (bytes.len < 8 || (memcmp(bytes.data, "MM\0*", 4) != 0 && memcmp(bytes.data, "II*\0", 4) != 0))
        return;
    t.big_endian = bytes.data[0] == 'M';
    table_look(f, &t, number(&t, 4, 4));
    table_look(f, &t, f->exif); /* what it says of further tables is not followed */
}

/* --- writing: as "MM", highest byte first --- */

static void number_write(struct jemput_buf *out, uint32_t value, unsigned bytes)
{
    while (bytes--)
        jemput_buf_u8(out, (uint8_t)(value >> (8 * bytes)));
}

static void entry_write(struct jemput_buf *out, uint32_t tag, uint32_t type, uint32_t count)
{
    number_write(out, tag, 2);
    number_write(out, type, 2);
    number_write(out, count, 4);
}

void jemput_exif_reduce(struct jemput_buf *out, struct jemput_bytes bytes)
{
    struct found f = { 0 };
    uint32_t entries, at;

    found_read(&f, bytes);
    entries = (f.orientation != 0) + (uint32_t)f.has_date + (uint32_t)f.has_taken; /* the last one is the second table's place */
    if (!entries)
        return;
    at = 8 + 2 + 12 * entries + 4; /* where the first table ends */
    jemput_buf_append(out, "MM\0*\0\0\0\x08", 8);
    number_write(out, entries, 2);
    if (f.orientation) {
        entry_write(out, TAG_ORIENTATION, TYPE_SHORT, 1);
        number_write(out, f.orientation << 16, 4);
    }
    if (f.has_date) {
        entry_write(out, TAG_DATE, TYPE_ASCII, DATE_BYTES);
        number_write(out, at, 4);
    }
    if (f.has_taken) {
        entry_write(out, TAG_EXIF, TYPE_LONG, 1);
        number_write(out, at + (f.has_date ? DATE_BYTES : 0), 4);
    }
    number_write(out, 0, 4);
    if (f.has_date)
        jemput_buf_append(out, f.date, DATE_BYTES);
    if (!f.has_taken)
        return;
    at += (f.has_date ? DATE_BYTES : 0) + 2 + 12 + 4;
    number_write(out, 1, 2);
    entry_write(out, TAG_TAKEN, TYPE_ASCII, DATE_BYTES);
    number_write(out, at, 4);
    number_write(out, 0, 4);
    jemput_buf_append(out, f.taken, DATE_BYTES);
}
