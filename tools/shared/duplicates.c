/* duplicates.c — pairs that may be one: found by keys that both have, then scored. See duplicates.h. */
#include "duplicates.h"

#include <stdlib.h>
#include <string.h>

#include "buffer.h"

const char *const reason_codes[REASON_COUNT] = {
    "NOMOR_SAMA", "NOMOR_BEDA_SATU_ANGKA", "NOMOR_TERTUKAR", "NOMOR_LAIN", "NAMA_SAMA", "NAMA_EJAAN", "NAMA_BUNYI", "NAMA_MIRIP",
    "NAMA_LAIN", "LAHIR_SAMA", "LAHIR_TERTUKAR", "LAHIR_BEDA_SATU_ANGKA", "LAHIR_TIDAK_TAHU", "LAHIR_LAIN", "IBU_SAMA", "IBU_LAIN",
    "TEMPAT_LAHIR_SAMA", "SATU_KELUARGA", "KELAMIN_LAIN", "ALAMAT_SAMA", "RT_RW_SAMA",
};

/* --- numbers --- */

/* How two numbers of 16 digits differ: a reason, or 0 where one of them says nothing. '?' is any digit. */
static uint32_t number_compare(const struct party *a, const struct party *b)
{
    unsigned differ = 0, first = 0, unread = 0;

    if (!a->number[0] || !b->number[0])
        return 0;
    for (unsigned i = 0; i < CELL_DIGITS; i++) {
        if (a->number[i] == '?' || b->number[i] == '?') {
            unread++;
        } else if (a->number[i] != b->number[i] && differ++ == 0) {
            first = i;
        }
    }
    if (differ == 0)
        return unread ? REASON_NUMBER_DIGIT : REASON_NUMBER_SAME;
    if (differ == 1 && !unread)
        return REASON_NUMBER_DIGIT;
    if (differ == 2 && !unread && a->number[first] == b->number[first + 1] && a->number[first + 1] == b->number[first])
        return REASON_NUMBER_SWAPPED;
    return REASON_NUMBER_OTHER;
}

/* --- birth dates --- */

static bool is_date(const char *text)
{
    for (unsigned i = 0; i < CELL_DATE; i++)
        if (i == 4 || i == 7 ? text[i] != '-' : text[i] < '0' || text[i] > '9')
            return false;
    return text[CELL_DATE] == '\0';
}

static uint32_t born_compare(const char *a, const char *b)
{
    unsigned differ = 0;

    if (!a[0] || !b[0])
        return REASON_BORN_UNKNOWN;
    if (strcmp(a, b) == 0)
        return REASON_BORN_SAME;
    if (!is_date(a) || !is_date(b))
        return REASON_BORN_OTHER;
    if (memcmp(a, b, 4) == 0 && memcmp(a + 5, b + 8, 2) == 0 && memcmp(a + 8, b + 5, 2) == 0)
        return REASON_BORN_SWAPPED;
    for (unsigned i = 0; i < CELL_DATE; i++)
        differ += a[i] != b[i];
    return differ == 1 ? REASON_BORN_DIGIT : REASON_BORN_OTHER;
}

/* --- scores --- */

struct scoring {
    uint32_t reasons;
    int score;
    enum name_match name;
    unsigned percent;
};

static void add(struct scoring *s, uint32_t reason, int points)
{
    s->reasons |= reason;
    s->score += points;
}

static uint32_t name_reason(enum name_match match)
{
    static const uint32_t reasons[] = { REASON_NAME_OTHER, REASON_NAME_SIMILAR, REASON_NAME_SOUNDS, REASON_NAME_SPELLS, REASON_NAME_SAME };

    return reasons[match];
}

/* What name and birth date alone say. */
static int orang_base(const struct scoring *s, uint32_t born)
{
    static const int same_date[] = { 0, 50, 84, 88, 92 }, swapped[] = { 0, 0, 68, 72, 75 }, digit[] = { 0, 0, 55, 60, 64 };
    static const int unknown[] = { 0, 0, 35, 40, 45 };

    switch (born) {
    case REASON_BORN_SAME:
        return same_date[s->name] + (s->name == NAME_SIMILAR ? (int)s->percent - 65 : 0);
    case REASON_BORN_SWAPPED:
        return swapped[s->name];
    case REASON_BORN_DIGIT:
        return digit[s->name];
    case REASON_BORN_UNKNOWN:
        return unknown[s->name];
    default:
        return s->name >= NAME_SPELLS ? 20 : 0;
    }
}

/* A number with a slip in it, and like names. */
static int slip_score(const struct scoring *s, uint32_t born)
{
    int least = s->name == NAME_SIMILAR ? 78 : 85;

    if (born == REASON_BORN_OTHER)
        least -= 15;
    return s->score + 8 > least ? s->score + 8 : least;
}

/* Two papers of one number are one person, unless a number was written wrong; a number that differs by a slip is the same where the rest agrees. */
static void orang_number(struct scoring *s, uint32_t number, uint32_t born)
{
    bool alike = s->name != NAME_OTHER;

    s->reasons |= number;
    if (number == REASON_NUMBER_SAME)
        s->score = alike ? (born & (REASON_BORN_SAME | REASON_BORN_UNKNOWN) ? 99 : 95) : 70;
    else if (number & (REASON_NUMBER_DIGIT | REASON_NUMBER_SWAPPED) && alike)
        s->score = slip_score(s, born);
    else if (number == REASON_NUMBER_OTHER)
        s->score -= 20;
}

static void orang_rest(struct scoring *s, const struct party *a, const struct party *b)
{
    unsigned percent;
    enum name_match mother = name_compare(&a->mother, &b->mother, &percent), place = name_compare(&a->birthplace, &b->birthplace, &percent);
    bool household = a->household[0] && strcmp(a->household, b->household) == 0;

    if (mother >= NAME_SOUNDS)
        add(s, REASON_MOTHER_SAME, s->reasons & REASON_BORN_UNKNOWN ? 15 : 4);
    else if (mother == NAME_OTHER && a->mother.forms[0][0] && b->mother.forms[0][0])
        add(s, REASON_MOTHER_OTHER, -10);
    if (place >= NAME_SOUNDS)
        add(s, REASON_PLACE_SAME, 2);
    if (household) /* of one birth date and like names: twins rather */
        add(s, REASON_HOUSEHOLD_SAME, s->name == NAME_SIMILAR ? -15 : s->reasons & REASON_BORN_UNKNOWN ? 20 : 4);
    if (a->sex[0] && b->sex[0] && strcmp(a->sex, b->sex) != 0)
        add(s, REASON_SEX_OTHER, s->reasons & REASON_NUMBER_SAME ? -5 : -30);
}

static void orang_score(struct scoring *s, const struct party *a, const struct party *b)
{
    uint32_t born = born_compare(a->born, b->born);

    add(s, born, orang_base(s, born));
    orang_number(s, number_compare(a, b), born);
    orang_rest(s, a, b);
}

/* A household may part at one address: then its numbers differ. */
static void keluarga_score(struct scoring *s, const struct party *a, const struct party *b)
{
    static const int heads[] = { 0, 35, 45, 50, 55 };
    uint32_t number = number_compare(a, b);
    bool address = a->address[0] && strcmp(a->address, b->address) == 0, quarter = a->quarter[0] != '/' && strcmp(a->quarter, b->quarter) == 0;

    add(s, number, heads[s->name]);
    if (address)
        add(s, REASON_ADDRESS_SAME, 28);
    if (quarter)
        add(s, REASON_QUARTER_SAME, address || s->name >= NAME_SOUNDS ? 10 : 0);
    if (number == REASON_NUMBER_SAME)
        s->score = s->name != NAME_OTHER || address ? 98 : 75;
    else if (number & (REASON_NUMBER_DIGIT | REASON_NUMBER_SWAPPED) && s->name != NAME_OTHER)
        s->score = s->score + 15 > 80 ? s->score + 15 : 80;
    else if (number == REASON_NUMBER_OTHER)
        s->score -= 35;
}

struct suspicion suspicion_of(const struct party *a, const struct party *b, enum party_kind kind)
{
    struct scoring s = { .score = 0 };

    s.name = name_compare(&a->name, &b->name, &s.percent);
    s.reasons = name_reason(s.name);
    if (kind == PARTY_ORANG)
        orang_score(&s, a, b);
    else
        keluarga_score(&s, a, b);
    s.score = s.score < 0 ? 0 : s.score > 100 ? 100 : s.score;
    return (struct suspicion){ .score = (unsigned)s.score, .reasons = s.reasons };
}

/* --- keys that both have --- */

struct entry {
    uint64_t key;
    uint32_t party;
};

struct block { /* entries of equal key are looked at pair by pair */
    size_t count, capacity;
    struct entry *entries;
    size_t pair_count, pair_capacity;
    uint64_t *pairs; /* a << 32 | b */
};

enum { RUN_MAX = 200 }; /* so many rows of one key; more say nothing by it, and other keys tell them apart */

static uint64_t hash_text(uint64_t hash, const char *text)
{
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 0x100000001b3u;
    return hash;
}

static uint64_t hash_begin(unsigned kind)
{
    return (0xcbf29ce484222325u ^ kind) * 0x100000001b3u;
}

static void key_add(struct block *b, uint64_t key, size_t party)
{
    if (b->count == b->capacity) {
        b->capacity = b->capacity ? b->capacity * 2 : 1024;
        b->entries = memory_resize(b->entries, b->capacity, sizeof *b->entries);
    }
    b->entries[b->count++] = (struct entry){ key ^ key >> 29, (uint32_t)party };
}

static int entry_compare(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;

    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    return a->party < b->party ? -1 : a->party > b->party;
}

static void pair_add(struct block *b, uint32_t one, uint32_t other)
{
    if (one == other)
        return;
    if (b->pair_count == b->pair_capacity) {
        b->pair_capacity = b->pair_capacity ? b->pair_capacity * 2 : 1024;
        b->pairs = memory_resize(b->pairs, b->pair_capacity, sizeof *b->pairs);
    }
    b->pairs[b->pair_count++] = (uint64_t)(one < other ? one : other) << 32 | (one < other ? other : one);
}

/* The pairs of the keys so far; the entries are used again. */
static void block_pair(struct block *b)
{
    if (b->count)
        qsort(b->entries, b->count, sizeof *b->entries, entry_compare);
    for (size_t i = 0, end; i < b->count; i = end) {
        for (end = i + 1; end < b->count && b->entries[end].key == b->entries[i].key;)
            end++;
        if (end - i > RUN_MAX)
            continue;
        for (size_t k = i; k < end; k++)
            for (size_t m = k + 1; m < end; m++)
                pair_add(b, b->entries[k].party, b->entries[m].party);
    }
    b->count = 0;
}

/* The number; all of it but one digit; all of it with two neighbours in either order. */
static void number_keys(struct block *b, const char *number, size_t party)
{
    char masked[CELL_DIGITS + 1];

    if (!number[0])
        return;
    for (unsigned i = 0; i < CELL_DIGITS; i++) {
        if (strchr(number, '?') && number[i] != '?')
            continue;
        memcpy(masked, number, sizeof masked);
        masked[i] = '?';
        key_add(b, hash_text(hash_begin(1), masked), party);
    }
    for (unsigned i = 0; i + 1 < CELL_DIGITS; i++) {
        if (number[i] == number[i + 1] || strchr(number, '?'))
            continue;
        memcpy(masked, number, sizeof masked);
        masked[i] = number[i] < number[i + 1] ? number[i] : number[i + 1];
        masked[i + 1] = number[i] < number[i + 1] ? number[i + 1] : number[i];
        key_add(b, hash_text(hash_begin(2 + i), masked), party);
    }
}

static uint64_t hash_name(uint64_t hash, const struct name *name)
{
    for (const char *at = name->forms[NAME_SOUND]; *at; at++)
        if (*at != ' ')
            hash = (hash ^ (unsigned char)*at) * 0x100000001b3u;
    return hash;
}

/* Of a date that many share (1 January, 1 July: nobody knew the day), a word of the name besides. */
static void born_keys(struct block *b, const struct party *p, size_t party)
{
    uint64_t date = hash_text(hash_begin(30), p->born);
    const char *word = p->name.forms[NAME_SOUND];

    if (!p->born[0])
        return;
    key_add(b, date, party);
    while (*word) {
        size_t len = strcspn(word, " ");
        uint64_t key = date + 1;

        for (size_t i = 0; i < len && i < 4; i++)
            key = (key ^ (unsigned char)word[i]) * 0x100000001b3u;
        key_add(b, key, party);
        word += len + (word[len] == ' ');
    }
}

/* The name with all of the date but its year, month or day; with its digits in any order; and alone. */
static void name_keys(struct block *b, const struct party *p, size_t party)
{
    static const struct {
        unsigned from, to;
    } parts[] = { { 0, 4 }, { 5, 7 }, { 8, 10 } };
    uint64_t name = hash_name(hash_begin(40), &p->name);
    unsigned sum = 0;

    if (!p->name.forms[NAME_SOUND][0])
        return;
    key_add(b, name, party);
    if (!is_date(p->born))
        return;
    for (unsigned i = 0; i < 3; i++) {
        uint64_t key = name + 1 + i;

        for (unsigned k = 0; k < CELL_DATE; k++)
            if (k < parts[i].from || k >= parts[i].to)
                key = (key ^ (unsigned char)p->born[k]) * 0x100000001b3u;
        key_add(b, key, party);
    }
    for (unsigned i = 5; i < CELL_DATE; i++)
        sum += (unsigned)p->born[i] * (unsigned)p->born[i];
    key_add(b, (name + 4 + sum) * 0x100000001b3u ^ (uint64_t)strtol(p->born, NULL, 10), party);
}

static void address_keys(struct block *b, const struct party *p, size_t party)
{
    if (p->name.forms[NAME_SOUND][0]) {
        key_add(b, hash_text(hash_name(hash_begin(50), &p->name), p->quarter), party);
        key_add(b, hash_name(hash_begin(51), &p->name), party);
    }
    if (p->address[0])
        key_add(b, hash_text(hash_text(hash_begin(52), p->address), p->quarter), party);
}

static void block_fill(struct block *b, const struct parties *parties, enum party_kind kind)
{
    for (size_t i = 0; i < parties->count; i++)
        number_keys(b, parties->of[i].number, i);
    block_pair(b);
    for (size_t i = 0; i < parties->count; i++) {
        if (kind == PARTY_KELUARGA) {
            address_keys(b, &parties->of[i], i);
        } else {
            born_keys(b, &parties->of[i], i);
            name_keys(b, &parties->of[i], i);
        }
    }
    block_pair(b);
}

/* --- all of them --- */

static int pair_compare(const void *left, const void *right)
{
    const uint64_t *a = left, *b = right;

    return *a < *b ? -1 : *a > *b;
}

static int suspicion_compare(const void *left, const void *right)
{
    const struct suspicion *a = left, *b = right;

    if (a->score != b->score)
        return a->score > b->score ? -1 : 1;
    if (a->a != b->a)
        return a->a < b->a ? -1 : 1;
    return a->b < b->b ? -1 : a->b > b->b;
}

static void suspicion_add(struct suspicions *out, struct suspicion s)
{
    if (out->count == out->capacity) {
        out->capacity = out->capacity ? out->capacity * 2 : 64;
        out->of = memory_resize(out->of, out->capacity, sizeof *out->of);
    }
    out->of[out->count++] = s;
}

void suspicions_find(struct suspicions *out, const struct parties *parties, enum party_kind kind, unsigned min,
                     void (*progress)(uint64_t done, uint64_t total))
{
    struct block b = { 0 };

    block_fill(&b, parties, kind);
    if (b.pair_count)
        qsort(b.pairs, b.pair_count, sizeof *b.pairs, pair_compare);
    for (size_t i = 0; i < b.pair_count; i++) {
        struct suspicion s;

        if (i % 1024 == 0)
            progress(i, b.pair_count);
        if (i && b.pairs[i] == b.pairs[i - 1])
            continue;
        s = suspicion_of(&parties->of[b.pairs[i] >> 32], &parties->of[b.pairs[i] & UINT32_MAX], kind);
        s.a = (uint32_t)(b.pairs[i] >> 32);
        s.b = (uint32_t)b.pairs[i];
        if (s.score >= min)
            suspicion_add(out, s);
    }
    if (out->count)
        qsort(out->of, out->count, sizeof *out->of, suspicion_compare);
    free(b.entries);
    free(b.pairs);
}

void suspicions_release(struct suspicions *s)
{
    free(s->of);
    *s = (struct suspicions){ 0 };
}
