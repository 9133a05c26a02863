/* log/template.c — texts of one form: NIK, telephone numbers, codes, dates, receipt codes such as 07-000123-Z (schema/formats/payload.md,
 * "Template").
 *
 * All texts of one length share a template: bytes that never change, fields of digits, and single bytes that do change. A field is a series of
 * numbers, so a number that counts up costs nothing, and its check letter what a character costs. A NIK is cut into region, day, month, year and
 * running number. */
#include "log/codec.h"

#include <string.h>

#define TEMPLATES_MAX 8
#define TEMPLATE_BITS 3
#define LENGTH_MAX 63
#define FIELD_DIGITS_MAX 9
#define FREE_BYTES_MAX 4 /* texts that differ in more places are not of one form */

enum piece_kind { PIECE_FIXED = 0, PIECE_DIGITS = 1, PIECE_BYTE = 2 };

struct piece {
    enum piece_kind kind;
    uint8_t start, width;
};

struct template {
    unsigned length, piece_count;
    uint32_t text_count;
    struct piece pieces[LENGTH_MAX];
    uint8_t fixed[LENGTH_MAX];
};

static int64_t field_take(const uint8_t *text, const struct piece *p)
{
    int64_t v = 0;

    if (p->kind == PIECE_BYTE)
        return text[p->start];
    for (unsigned i = 0; i < p->width; i++)
        v = v * 10 + (text[p->start + i] - '0');
    return v;
}

static bool field_put(uint8_t *text, const struct piece *p, int64_t v)
{
    if (v < 0)
        return false;
    if (p->kind == PIECE_BYTE) {
        text[p->start] = (uint8_t)v;
        return v <= 255;
    }
    for (unsigned i = p->width; i-- > 0; v /= 10)
        text[p->start + i] = (uint8_t)('0' + v % 10);
    return v == 0;
}

/* --- writing --- */

struct places { /* what all texts of one length have in common, place by place */
    bool fixed[LENGTH_MAX], digit[LENGTH_MAX];
};

static void places_look(struct places *p, const struct jemput_cells *c, unsigned length, const uint8_t *first)
{
    for (unsigned i = 0; i < length; i++)
        p->fixed[i] = p->digit[i] = true;
    for (uint32_t k = 0; k < c->count; k++) {
        const uint8_t *text = c->at[k]->bytes.data;

        if (c->at[k]->bytes.len != length)
            continue;
        for (unsigned i = 0; i < length; i++) {
            p->fixed[i] = p->fixed[i] && text[i] == first[i];
            p->digit[i] = p->digit[i] && text[i] >= '0' && text[i] <= '9';
        }
    }
}

static bool is_nik_form(const struct places *p, unsigned length)
{
    unsigned i = 0;

    while (i < length && p->digit[i])
        i++;
    return length == 16 && i == length;
}

/* Where a field of digits that starts at `start` must end: a NIK's parts are fields of their own. */
static unsigned field_end(bool nik, unsigned start)
{
    static const uint8_t nik_ends[] = { 6, 8, 10, 12, 16 };

    for (unsigned i = 0; nik && i < sizeof nik_ends; i++)
        if (start < nik_ends[i])
            return nik_ends[i];
    return start + FIELD_DIGITS_MAX;
}

/* false = too many places that are neither fixed nor digits. */
static bool template_cut(struct template *t, const struct places *p, const uint8_t *first)
{
    bool nik = is_nik_form(p, t->length);
    unsigned free_bytes = 0;

    memcpy(t->fixed, first, t->length);
    for (unsigned at = 0; at < t->length;) {
        struct piece *piece = &t->pieces[t->piece_count++];
        unsigned end = at;

        piece->start = (uint8_t)at;
        if (p->fixed[at]) {
            piece->kind = PIECE_FIXED;
            while (end < t->length && p->fixed[end])
                end++;
        } else if (p->digit[at]) {
            piece->kind = PIECE_DIGITS;
            while (end < t->length && end < field_end(nik, at) && p->digit[end] && !p->fixed[end])
                end++;
        } else {
            piece->kind = PIECE_BYTE;
            end++;
            free_bytes++;
        }
        piece->width = (uint8_t)(end - at);
        at = end;
    }
    return free_bytes <= FREE_BYTES_MAX;
}

static unsigned template_of(const struct template *templates, unsigned count, size_t length)
{
    unsigned i = 0;

    while (i < count && templates[i].length != length)
        i++;
    return i;
}

static bool templates_find(struct template *templates, unsigned *count, const struct jemput_cells *c)
{
    *count = 0;
    for (uint32_t i = 0; i < c->count; i++) {
        struct jemput_bytes text = c->at[i]->bytes;
        unsigned which;

        if (c->at[i]->type != JEMPUT_TEXT || text.len == 0 || text.len > LENGTH_MAX)
            return false;
        which = template_of(templates, *count, text.len);
        if (which == TEMPLATES_MAX)
            return false;
        if (which == *count) {
            templates[which].length = (unsigned)text.len;
            ++*count;
        }
        templates[which].text_count++;
    }
    for (unsigned k = 0; k < *count; k++) {
        struct places places;
        uint32_t i = 0;

        while (c->at[i]->bytes.len != templates[k].length)
            i++;
        places_look(&places, c, templates[k].length, c->at[i]->bytes.data);
        if (!template_cut(&templates[k], &places, c->at[i]->bytes.data))
            return false;
    }
    return true;
}

static void template_head_write(struct jemput_buf *body, const struct template *t)
{
    jemput_buf_varint(body, t->length);
    for (unsigned i = 0; i < t->piece_count; i++) {
        const struct piece *p = &t->pieces[i];

        jemput_buf_varint(body, (unsigned)p->width << 2 | p->kind);
        if (p->kind == PIECE_FIXED)
            jemput_buf_append(body, t->fixed + p->start, p->width);
    }
}

enum jemput_fit jemput_template_write(struct jemput_sink *s, const struct jemput_cells *c, unsigned variant)
{
    struct template *templates = jemput_arena_array(c->scratch, TEMPLATES_MAX, sizeof *templates);
    int64_t *x = jemput_arena_array(c->scratch, c->count, sizeof *x);
    struct jemput_tree_model which = { 0 };
    unsigned count;

    (void)variant;
    if (!templates || !x)
        return JEMPUT_FIT_NOMEM;
    if (!templates_find(templates, &count, c))
        return JEMPUT_FIT_NO;
    jemput_buf_varint(s->body, count - 1);
    for (unsigned k = 0; k < count; k++)
        template_head_write(s->body, &templates[k]);
    for (uint32_t i = 0; count > 1 && i < c->count; i++)
        jemput_range_write_tree(&s->codes, &which, TEMPLATE_BITS, template_of(templates, count, c->at[i]->bytes.len));
    for (unsigned k = 0; k < count; k++) {
        for (unsigned p = 0; p < templates[k].piece_count && !jemput_sink_is_dear(s); p++) {
            enum jemput_fit fit;
            uint32_t n = 0;

            if (templates[k].pieces[p].kind == PIECE_FIXED)
                continue;
            for (uint32_t i = 0; i < c->count; i++)
                if (c->at[i]->bytes.len == templates[k].length)
                    x[n++] = field_take(c->at[i]->bytes.data, &templates[k].pieces[p]);
            fit = jemput_numbers_write(s, x, n, NULL, c->scratch);
            if (fit != JEMPUT_FIT_YES)
                return fit;
        }
    }
    return JEMPUT_FIT_YES;
}

/* --- reading --- */

static bool template_head_read(struct jemput_source *s, struct template *t)
{
    uint64_t length = jemput_read_varint(&s->body);

    if (length == 0 || length > LENGTH_MAX)
        return false;
    t->length = (unsigned)length;
    for (unsigned at = 0; at < t->length; t->piece_count++) {
        struct piece *p = &t->pieces[t->piece_count];
        uint64_t head = jemput_read_varint(&s->body), width = head >> 2;

        if (width == 0 || width > t->length - at || (head & 3) > PIECE_BYTE)
            return false;
        *p = (struct piece){ (enum piece_kind)(head & 3), (uint8_t)at, (uint8_t)width };
        if ((p->kind == PIECE_DIGITS && width > FIELD_DIGITS_MAX) || (p->kind == PIECE_BYTE && width > 1))
            return false;
        if (p->kind == PIECE_FIXED)
            jemput_read_raw(&s->body, t->fixed + at, width);
        at += (unsigned)width;
    }
    return true;
}

/* Make room for each text and put in what never changes. */
static bool texts_make(struct jemput_source *s, const struct jemput_cells *c, struct template *templates, unsigned count, uint8_t *which,
                       uint8_t **texts)
{
    struct jemput_tree_model tree = { 0 };

    for (uint32_t i = 0; i < c->count; i++) {
        const struct template *t;

        which[i] = count > 1 ? (uint8_t)jemput_range_read_tree(&s->codes, &tree, TEMPLATE_BITS) : 0;
        if (which[i] >= count)
            return false;
        t = &templates[which[i]];
        templates[which[i]].text_count++;
        texts[i] = jemput_source_make(s, t->length);
        if (!texts[i])
            return false;
        memcpy(texts[i], t->fixed, t->length);
        *c->at[i] = (struct jemput_value){ .type = JEMPUT_TEXT, .bytes = { texts[i], t->length } };
    }
    return true;
}

void jemput_template_read(struct jemput_source *s, const struct jemput_cells *c)
{
    struct template *templates = jemput_source_scratch(s, TEMPLATES_MAX, sizeof *templates);
    uint8_t *which = jemput_source_scratch(s, c->count, sizeof *which), **texts = jemput_source_scratch(s, c->count, sizeof *texts);
    int64_t *x = jemput_source_scratch(s, c->count, sizeof *x);
    uint64_t more = jemput_read_varint(&s->body);
    unsigned count = (unsigned)more + 1;
    bool sound = more < TEMPLATES_MAX;

    if (!templates || !which || !texts || !x)
        return;
    for (unsigned k = 0; sound && k < count; k++)
        sound = template_head_read(s, &templates[k]);
    sound = sound && jemput_source_ok(s) && texts_make(s, c, templates, count, which, texts);
    for (unsigned k = 0; sound && k < count; k++) {
        for (unsigned p = 0; sound && p < templates[k].piece_count; p++) {
            const struct piece *piece = &templates[k].pieces[p];

            if (piece->kind == PIECE_FIXED)
                continue;
            jemput_numbers_read(s, x, templates[k].text_count, NULL);
            for (uint32_t i = 0, n = 0; sound && i < c->count; i++)
                if (which[i] == k)
                    sound = field_put(texts[i], piece, x[n++]);
        }
    }
    if (!sound)
        jemput_source_fail(s, JEMPUT_CORRUPT, "templates: a piece or a number does not fit");
}
