/* store/check/tally.c — findings, counted per table and kind. See check.h. */
#include "store/check/check.h"

#include <string.h>

#define ID_BYTES 16 /* of jemput_id() */

/* A random id says nothing of anybody; an identity number kept as a blob would. */
static bool value_is_id(const struct jemput_value *v)
{
    bool text = true;

    if (v->type != JEMPUT_BLOB || v->bytes.len != ID_BYTES)
        return false;
    for (size_t i = 0; i < v->bytes.len; i++)
        text = text && v->bytes.data[i] >= ' ' && v->bytes.data[i] <= '~';
    return !text;
}

/* "key x'…'" of random ids; false = it is none, or does not fit. */
static bool place_write_key(char *out, struct jemput_bytes key)
{
    static const char hex[] = "0123456789abcdef";
    struct jemput_reader r = { .rest = key };
    struct jemput_value v;
    size_t at = 4;

    memcpy(out, "key ", 5);
    while (r.rest.len) {
        jemput_value_read(&r, &v);
        if (r.overrun || !value_is_id(&v) || at + sizeof ", x''" + 2 * ID_BYTES > JEMPUT_FINDING_PLACE_BYTES)
            return false;
        if (at > 4) {
            out[at++] = ',';
            out[at++] = ' ';
        }
        out[at++] = 'x';
        out[at++] = '\'';
        for (size_t i = 0; i < ID_BYTES; i++) {
            out[at++] = hex[v.bytes.data[i] >> 4];
            out[at++] = hex[v.bytes.data[i] & 15];
        }
        out[at++] = '\'';
    }
    out[at] = 0;
    return at > 4;
}

static void place_write(char *out, struct jemput_bytes key, uint64_t place)
{
    if (!place_write_key(out, key)) {
        out[0] = 0;
        if (place)
            sqlite3_snprintf(JEMPUT_FINDING_PLACE_BYTES, out, key.len ? "row %llu in key order" : "row %llu", (unsigned long long)place);
    }
}

enum jemput_status jemput_tally_add(struct jemput_tally *t, const char *table, const char *what, struct jemput_bytes key, uint64_t place,
                                    struct jemput_error *err)
{
    uint32_t i = 0;

    while (i < t->count && (strcmp(t->findings[i].table, table) != 0 || strcmp(t->findings[i].what, what) != 0))
        i++;
    if (i == t->count) {
        struct jemput_finding *findings = jemput_arena_room(&t->arena, t->findings, i, &t->room, sizeof *findings);

        if (!findings)
            return jemput_fail(err, JEMPUT_NOMEM, "no memory for findings");
        t->findings = findings;
        t->findings[i] = (struct jemput_finding){ .table = table, .what = what };
        place_write(t->findings[i].place, key, place);
        t->count++;
    }
    t->findings[i].count++;
    return JEMPUT_OK;
}

uint64_t jemput_tally_tell(const struct jemput_tally *t, jemput_problem_fn each, void *ctx)
{
    for (uint32_t i = 0; each && i < t->count; i++) {
        const struct jemput_finding *f = &t->findings[i];
        char line[512];

        if (f->count > 1)
            sqlite3_snprintf(sizeof line, line, "table '%s': %s (%llu times%s%s)", f->table, f->what, (unsigned long long)f->count,
                             f->place[0] ? ", first: " : "",
                             f->place);
        else
            sqlite3_snprintf(sizeof line, line, "table '%s': %s%s%s%s", f->table, f->what, f->place[0] ? " (" : "", f->place, f->place[0] ? ")" : "");
        each(ctx, line);
    }
    return t->count;
}

void jemput_tally_release(struct jemput_tally *t)
{
    jemput_arena_release(&t->arena);
    *t = (struct jemput_tally){ 0 };
}
