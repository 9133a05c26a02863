/* names.c — names as they are compared: see names.h.
 *
 * Spelling: until 1947 u was oe, and until 1972 j, c, y, ny, sy and kh were dj, tj, j, nj, sj and ch; people keep the letters of their papers. Arabic
 * names are written by ear: Achmad, Akhmad, Ahmad; Syarif, Sarip. Titles are written into the name, before it or behind a comma. */
#include "names.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "utf8.h"

enum { WORDS_MAX = 16, WORD_BYTES_MAX = 40 };

struct words {
    unsigned count;
    char of[WORDS_MAX][WORD_BYTES_MAX + 1];
};

static bool word_is(const char *word, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(word, *list) == 0)
            return true;
    return false;
}

/* --- folding --- */

/* A letter without its accent, as a capital; 0 = no letter. */
static char letter_fold(uint32_t c)
{
    static const char latin[] = "AAAAAAACEEEEIIIIDNOOOOO\0OUUUUYTSAAAAAAACEEEEIIIIDNOOOOO\0OUUUUYTY"; /* U+00C0 … U+00FF */

    if (c >= 'a' && c <= 'z')
        return (char)(c - 'a' + 'A');
    if (c >= 'A' && c <= 'Z')
        return (char)c;
    return c >= 0xC0 && c <= 0xFF ? latin[c - 0xC0] : '\0';
}

static bool is_apostrophe(uint32_t c)
{
    return c == '\'' || c == '`' || c == 0x2018 || c == 0x2019 || c == 0x02BC;
}

/* Letters, and digits if they are wanted, as words. Behind a comma stand titles. */
static void words_read(struct words *out, const char *text, size_t len, bool address)
{
    size_t filled = 0;

    out->count = 0;
    while (len > 0 && out->count < WORDS_MAX) {
        uint32_t c = (unsigned char)*text;
        size_t size = utf8_read(&c, text, len);
        char letter = size ? letter_fold(c) : '\0';

        if (!size)
            size = 1;
        if (!letter && address && c >= '0' && c <= '9')
            letter = (char)c;
        if (letter && filled < WORD_BYTES_MAX) {
            out->of[out->count][filled++] = letter;
        } else if (!letter && !is_apostrophe(c) && filled > 0) {
            out->of[out->count++][filled] = '\0';
            filled = 0;
        }
        if (c == ',' && !address && out->count > 0)
            return;
        text += size;
        len -= size;
    }
    if (filled > 0 && out->count < WORDS_MAX)
        out->of[out->count++][filled] = '\0';
}

static void words_drop(struct words *w, unsigned at, unsigned count)
{
    memmove(w->of[at], w->of[at + count], (w->count - at - count) * sizeof w->of[0]);
    w->count -= count;
}

/* --- names --- */

static const char *const titles_before[] = { "H", "HJ", "HAJI", "HAJJI", "HAJAH", "HAJJAH", "DR", "DRS", "DRA", "DRG", "IR", "PROF", "KH", "TN", "NY",
                                             "NN", "BPK", "BAPAK", "IBU", "SDR", "SDRI", "ALM", "ALMH", "ALMARHUM", "ALMARHUMAH", NULL };
static const char *const titles_behind[] = { "SH", "SE", "ST", "SPD", "SKOM", "SSOS", "SAG", "SIP", "SKM", "SKEP", "AMD", "AMK", "MPD", "MSI", "MM",
                                             "MH", "MT", "MKES", "ALM", "ALMH", "ALMARHUM", "ALMARHUMAH", NULL };
static const char *const title_initials[] = { "S", "M", "A", NULL }; /* S. Pd, M. Si, A. Md: what follows makes the title */
static const char *const title_rests[] = { "H", "E", "T", "PD", "KOM", "SOS", "AG", "IP", "KM", "KEP", "MD", "MK", "SI", "M", "KES", NULL };
static const char *const links[] = { "BIN", "BINTI", "BTI", "BT", "BTE", "IBN", "IBNU", NULL };
static const char *const muhammads[] = { "M", "MD", "MH", "MHD", "MOH", "MOHD", "MOCH", "MUH", "MUHD", "MUCH", "MUKH", "MUHAMAD", "MUHAMED",
                                         "MOHAMAD", "MOHAMED", "MOCHAMAD", "MUCHAMAD", "MUKHAMAD", "MOKHAMAD", NULL };

static bool is_title_behind(const struct words *w)
{
    return w->count > 1 && word_is(w->of[w->count - 1], titles_behind);
}

static bool is_title_behind_in_two(const struct words *w)
{
    return w->count > 2 && word_is(w->of[w->count - 2], title_initials) && word_is(w->of[w->count - 1], title_rests);
}

/* At least one word stays. */
static void titles_drop(struct words *w)
{
    while (w->count > 1 && word_is(w->of[0], titles_before))
        words_drop(w, 0, 1);
    for (;;) {
        if (is_title_behind_in_two(w))
            w->count -= 2;
        else if (is_title_behind(w))
            w->count--;
        else
            break;
    }
    for (unsigned i = 1; i < w->count;)
        if (word_is(w->of[i], links))
            words_drop(w, i, 1);
        else
            i++;
}

struct rule { /* letters that stand for others; a longer rule comes first */
    const char *from, *to;
};

static const struct rule spelling[] = { { "OE", "U" }, { "DJ", "J" }, { "TJ", "C" }, { "NJ", "NI" }, { "SJ", "SI" }, { "Y", "I" }, { NULL, NULL } };
static const struct rule sounds[] = { { "SIA", "SA" }, { "SIU", "SU" }, { "SIO", "SO" }, { "SIE", "SE" }, { "KH", "H" }, { "CH", "H" }, { "F", "P" },
                                      { "V", "P" }, { "Z", "J" }, { "Q", "K" }, { NULL, NULL } };

/* Apply rules from left to right, then make double letters single. */
static void word_rewrite(char *word, const struct rule *rules)
{
    const char *from = word;
    char *to = word;

    while (*from) {
        const struct rule *r = rules;

        while (r->from && strncmp(from, r->from, strlen(r->from)) != 0)
            r++;
        if (r->from) {
            from += strlen(r->from);
            memmove(to, r->to, strlen(r->to));
            to += strlen(r->to);
        } else {
            *to++ = *from++;
        }
    }
    *to = '\0';
    for (from = to = word; *from; from++)
        if (to == word || to[-1] != *from)
            *to++ = *from;
    *to = '\0';
}

/* "Rahmah", "Rahma", "Rachma": a breath is written or not. */
static void word_unbreathe(char *word)
{
    char *to = word;

    for (const char *from = word; *from; from++)
        if (*from != 'H' || from == word)
            *to++ = *from;
    *to = '\0';
}

static void words_spell(struct words *w)
{
    for (unsigned i = 0; i < w->count; i++) {
        word_rewrite(w->of[i], spelling);
        if (word_is(w->of[i], muhammads) && (strlen(w->of[i]) > 2 || (i == 0 && w->count > 1)))
            strcpy(w->of[i], "MUHAMAD");
        else if (strcmp(w->of[i], "ABD") == 0)
            strcpy(w->of[i], "ABDUL");
        else if (strcmp(w->of[i], "ST") == 0 && i == 0 && w->count > 1)
            strcpy(w->of[i], "SITI");
    }
}

static void words_sound(struct words *w)
{
    for (unsigned i = 0; i < w->count; i++) {
        word_rewrite(w->of[i], sounds);
        word_unbreathe(w->of[i]);
        word_rewrite(w->of[i], sounds + sizeof sounds / sizeof *sounds - 1); /* what has come together now */
    }
}

static char *words_join(const struct words *w)
{
    struct buffer b = { 0 };

    for (unsigned i = 0; i < w->count; i++) {
        buffer_text(&b, i ? " " : "");
        buffer_text(&b, w->of[i]);
    }
    if (!b.data)
        buffer_text(&b, "");
    return b.data;
}

void name_read(struct name *out, const char *text, size_t len)
{
    struct words w;

    words_read(&w, text ? text : "", text ? len : 0, false);
    titles_drop(&w);
    out->forms[NAME_FOLDED] = words_join(&w);
    words_spell(&w);
    out->forms[NAME_SPELLED] = words_join(&w);
    words_sound(&w);
    out->forms[NAME_SOUND] = words_join(&w);
}

void name_release(struct name *name)
{
    for (unsigned i = 0; i < NAME_FORMS; i++)
        free(name->forms[i]);
    *name = (struct name){ 0 };
}

/* --- comparing --- */

/* Equal but for blanks: "Nur Aini" and "Nuraini". */
static bool equal_without_blanks(const char *a, const char *b)
{
    for (;;) {
        while (*a == ' ')
            a++;
        while (*b == ' ')
            b++;
        if (*a != *b)
            return false;
        if (!*a)
            return true;
        a++;
        b++;
    }
}

/* Letters to change, add, drop or swap; more than 2 counts as 3. */
static unsigned word_distance(const char *a, size_t m, const char *b, size_t n)
{
    unsigned d[WORD_BYTES_MAX + 1][WORD_BYTES_MAX + 1];

    if (m > n + 2 || n > m + 2)
        return 3;
    for (size_t i = 0; i <= m; i++)
        d[i][0] = (unsigned)i;
    for (size_t k = 0; k <= n; k++)
        d[0][k] = (unsigned)k;
    for (size_t i = 1; i <= m; i++)
        for (size_t k = 1; k <= n; k++) {
            unsigned best = d[i - 1][k - 1] + (a[i - 1] != b[k - 1]);

            if (d[i - 1][k] + 1 < best)
                best = d[i - 1][k] + 1;
            if (d[i][k - 1] + 1 < best)
                best = d[i][k - 1] + 1;
            if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1] && d[i - 2][k - 2] + 1 < best)
                best = d[i - 2][k - 2] + 1;
            d[i][k] = best;
        }
    return d[m][n] > 2 ? 3 : d[m][n];
}

struct slices {
    unsigned count;
    const char *at[WORDS_MAX];
    size_t len[WORDS_MAX];
};

static void slices_read(struct slices *out, const char *text)
{
    out->count = 0;
    while (*text && out->count < WORDS_MAX) {
        size_t len = strcspn(text, " ");

        out->at[out->count] = text;
        out->len[out->count++] = len;
        text += len + (text[len] == ' ');
    }
}

/* Of 100: an initial stands for a word; a long word bears a slip, a short one hardly. */
static unsigned word_likeness(const char *a, size_t m, const char *b, size_t n)
{
    size_t shorter = m < n ? m : n;
    unsigned d;

    if (m == n && memcmp(a, b, m) == 0)
        return 100;
    if (shorter == 1)
        return a[0] == b[0] ? 90 : 0;
    if (shorter >= 3 && memcmp(a, b, shorter) == 0)
        return 85;
    d = word_distance(a, m, b, n);
    if (d == 1 && shorter >= 5)
        return 88;
    if (d == 1 && shorter >= 3)
        return 60;
    return d == 2 && shorter >= 7 ? 70 : 0;
}

/* Each word of the shorter name with the best one of the longer; words without a partner count half. */
static unsigned names_likeness(const char *a, const char *b)
{
    struct slices x, y;
    bool used[WORDS_MAX] = { false };
    unsigned sum = 0;

    slices_read(&x, a);
    slices_read(&y, b);
    if (x.count > y.count) {
        struct slices swap = x;

        x = y;
        y = swap;
    }
    for (unsigned i = 0; i < x.count; i++) {
        unsigned best = 0, at = 0;

        for (unsigned k = 0; k < y.count; k++) {
            unsigned likeness = used[k] ? 0 : word_likeness(x.at[i], x.len[i], y.at[k], y.len[k]);

            if (likeness > best) {
                best = likeness;
                at = k;
            }
        }
        if (best == 0)
            return 0; /* a word that the other has nothing for: another name */
        used[at] = true;
        sum += best;
    }
    return x.count ? 2 * sum / (x.count + y.count) : 0;
}

enum name_match name_compare(const struct name *a, const struct name *b, unsigned *percent)
{
    static const enum name_match matches[NAME_FORMS] = { NAME_SAME, NAME_SPELLS, NAME_SOUNDS };

    *percent = 0;
    if (!a->forms[NAME_FOLDED][0] || !b->forms[NAME_FOLDED][0])
        return NAME_OTHER;
    *percent = 100;
    for (unsigned i = 0; i < NAME_FORMS; i++)
        if (i == NAME_FOLDED ? strcmp(a->forms[i], b->forms[i]) == 0 : equal_without_blanks(a->forms[i], b->forms[i]))
            return matches[i];
    *percent = names_likeness(a->forms[NAME_SOUND], b->forms[NAME_SOUND]);
    if (*percent >= 65)
        return NAME_SIMILAR;
    *percent = 0;
    return NAME_OTHER;
}

/* --- addresses --- */

char *address_read(const char *text, size_t len)
{
    static const char *const words[] = { "JL", "JLN", "JALAN", "GG", "GANG", "NO", "NOMOR", "LR", "LRG", "LORONG", "DS", "DUSUN", "DSN", "KP",
                                         "KAMPUNG", NULL };
    struct words w;

    words_read(&w, text ? text : "", text ? len : 0, true);
    for (unsigned i = 0; i < w.count;) {
        size_t zeros = strspn(w.of[i], "0");

        if (zeros && w.of[i][zeros])
            memmove(w.of[i], w.of[i] + zeros, strlen(w.of[i] + zeros) + 1);
        if (word_is(w.of[i], words)) {
            words_drop(&w, i, 1);
            continue;
        }
        if (w.of[i][0] >= 'A')
            word_rewrite(w.of[i], spelling);
        i++;
    }
    return words_join(&w);
}
