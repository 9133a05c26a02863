/* cell.c — reading cells. */
#include "cell.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "utf8.h"

/* Characters without a shape of their own (General Category Cc and Cf of Unicode 15, as far as they turn up in tables). */
static bool invisible_character(uint32_t c)
{
    return (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x61c || c == 0x180e ||
           (c >= 0x200b && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff ||
           (c >= 0xfff9 && c <= 0xfffb);
}

static bool wide_space(uint32_t c)
{
    return c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

static bool space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool cell_strip(struct buffer *out, const char *text, size_t len, bool *invisible)
{
    size_t start = out->len, used;
    uint32_t c;

    *invisible = false;
    for (size_t i = 0; i < len; i += used) {
        used = utf8_read(&c, text + i, len - i);
        if (used == 0)
            return false;
        if (invisible_character(c)) {
            *invisible = true;
        } else if (wide_space(c)) {
            *invisible = true;
            buffer_text(out, " ");
        } else if (out->len > start || c > 0x7f || !space((char)c)) {
            buffer_add(out, text + i, used);
        }
    }
    while (out->len > start && space(out->data[out->len - 1]))
        out->len--;
    /* A wide space at the beginning became a space. */
    for (used = 0; start + used < out->len && space(out->data[start + used]);)
        used++;
    if (used > 0) {
        memmove(out->data + start, out->data + start + used, out->len - start - used);
        out->len -= used;
    }
    buffer_add(out, "", 0);
    return true;
}

enum cell_number cell_digits(char out[CELL_DIGITS + 1], const char *text)
{
    size_t kept = 0;
    bool digits = true, zeros = true;

    for (const char *s = text; *s; s++) {
        if ((unsigned char)*s > 0x7f || strchr(" .-'/", *s))
            continue;
        zeros = zeros && *s == '0';
        digits = digits && *s >= '0' && *s <= '9';
        if (kept < CELL_DIGITS)
            out[kept] = *s;
        kept++;
    }
    if (zeros)
        return CELL_NUMBER_NONE;
    if (!digits || kept != CELL_DIGITS)
        return CELL_NUMBER_WRITTEN;
    out[CELL_DIGITS] = '\0';
    return CELL_NUMBER_CLEAN;
}

static bool day_exists(unsigned year, unsigned month, unsigned day)
{
    static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1] + (month == 2 && leap ? 1u : 0u);
}

/* Digits up to the next separator or the end, at least `min` and at most `max`. */
static bool number_part(const char **text, unsigned min, unsigned max, unsigned *out)
{
    unsigned count = 0;

    *out = 0;
    for (; **text >= '0' && **text <= '9' && count < max; ++*text, count++)
        *out = *out * 10 + (unsigned)(**text - '0');
    return count >= min;
}

bool cell_date(char out[CELL_DATE + 1], const char *text)
{
    const char *s = text;
    unsigned year, month, day;
    char separator;

    if (number_part(&s, 4, 4, &year) && *s == '-') {
        s++;
        if (!number_part(&s, 1, 2, &month) || *s++ != '-' || !number_part(&s, 1, 2, &day) || *s)
            return false;
    } else {
        s = text;
        if (!number_part(&s, 1, 2, &day) || (*s != '/' && *s != '-'))
            return false;
        separator = *s++;
        if (!number_part(&s, 1, 2, &month) || *s++ != separator || !number_part(&s, 4, 4, &year) || *s)
            return false;
    }
    if (!day_exists(year, month, day))
        return false;
    snprintf(out, CELL_DATE + 1, "%04u-%02u-%02u", year % 10000, month % 100, day % 100);
    return true;
}

bool cell_number_plausible(const char *digits)
{
    unsigned day, month;

    if (strlen(digits) != CELL_DIGITS || digits[0] == '0' || strspn(digits, (char[]){ digits[0], '\0' }) == CELL_DIGITS ||
        strcmp(digits + 12, "0000") == 0)
        return false;
    day = (unsigned)(digits[6] - '0') * 10 + (unsigned)(digits[7] - '0');
    month = (unsigned)(digits[8] - '0') * 10 + (unsigned)(digits[9] - '0');
    return month >= 1 && month <= 12 && ((day >= 1 && day <= 31) || (day >= 41 && day <= 71));
}

void cell_squeeze(struct buffer *out, const char *text)
{
    for (; *text; text++) {
        char c = *text >= 'A' && *text <= 'Z' ? (char)(*text - 'A' + 'a') : *text;

        if (!space(c))
            buffer_add(out, &c, 1);
    }
    buffer_add(out, "", 0);
}
