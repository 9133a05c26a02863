/* api/view/who.c — who made a write, as people call the device, and what is known of when (schema/views.md, "Who" and "When").
 *
 * A device claims the time of a write. What can be known of it: central's segments are signed with central's time; a segment names the newest of
 * those that it had seen, and the first of them that says that it has merged it comes after it. */
#include "api/facts.h"
#include "api/view/view.h"

#include <stdio.h>
#include <string.h>

#include "api/look/look.h"
#include "api/roster/roster.h"
#include "api/seal/evidence.h"

const char *look_role_word(unsigned roles)
{
    static const struct {
        unsigned role;
        const char *word;
    } words[] = { { JEMPUT_ROLE_PUSAT, "pusat" },         { JEMPUT_ROLE_ADMIN, "admin" },    { JEMPUT_ROLE_VERIFIKATOR, "verifikator" },
                  { JEMPUT_ROLE_KELURAHAN, "kelurahan" }, { JEMPUT_ROLE_PETUGAS, "tablet" }, { JEMPUT_ROLE_KOMINFO, "kominfo" } };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (roles & words[i].role)
            return words[i].word;
    return "perangkat";
}

/* A device that is not in the roster, as far as it is known here: this one, before it was let in, knows its number. */
static enum jemput_status stranger(struct view *v, const struct jemput_writer *writer, struct jemput_value *cells, struct jemput_error *err)
{
    int64_t number = 0;
    enum jemput_status st = JEMPUT_OK;

    cells[2] = view_text("tidak dikenal");
    if (jemput_writer_compare(writer, &v->j->writer) == 0) {
        st = jemput_store_number_get(v->j->store, FACT_DEVICE_NUMBER, 0, &number, err);
        cells[1] = view_ms(number);
        cells[2] = view_text("perangkat ini");
    }
    return st;
}

enum jemput_status view_who(struct view *v, struct jemput_value *cells, const struct jemput_writer *writer, struct jemput_error *err)
{
    static const struct jemput_writer nobody;
    const struct jemput_member *m = jemput_roster_member(&v->j->roster, writer);
    struct jemput_buf text = JEMPUT_BUF_INIT(64);
    enum jemput_status st;

    for (unsigned i = 0; i < 3; i++)
        cells[i] = view_null();
    if (jemput_writer_compare(writer, &nobody) == 0) {
        cells[2] = view_text("skema");
        return JEMPUT_OK;
    }
    jemput_buf_hex(&text, jemput_bytes_of(writer->id, sizeof writer->id));
    st = view_taken(&cells[0], &text, &v->row, err);
    if (st)
        return st;
    if (!m)
        return stranger(v, writer, cells, err);
    cells[1] = view_integer(m->device_number);
    jemput_buf_printf(&text, "%s %02u", look_role_word(m->roles ? m->roles : m->granted_roles), (unsigned)m->device_number);
    return view_taken(&cells[2], &text, &v->row, err);
}

/* --- when --- */

static enum jemput_status founding_find(struct view *v, struct jemput_error *err)
{
    return v->founding_ms ? JEMPUT_OK : engine_founding_ms(v->j, &v->founding_ms, err);
}

static enum jemput_status bounds_find(struct view *v, int64_t segment_id, struct jemput_error *err)
{
    const struct jemput_member *central = engine_central(v->j);
    enum jemput_status st = JEMPUT_OK;

    if (segment_id == v->bounds_segment)
        return JEMPUT_OK;
    v->bounds = (struct jemput_bounds){ 0 };
    if (segment_id && central)
        st = jemput_store_segment_bounds(v->j->store, segment_id, &central->writer, &v->bounds, err);
    v->bounds_segment = st ? 0 : segment_id;
    return st;
}

/* Stamps of a good clock run ahead by up to a day, for they never fall behind one that was seen: so much is no contradiction. */
static const char *trust_word(const struct view *v, int64_t claimed)
{
    int64_t low = v->bounds.not_before_ms > v->founding_ms ? v->bounds.not_before_ms : v->founding_ms, high = v->bounds.not_after_ms;

    if (low - claimed > ENGINE_CLOCK_ERROR_MIN_MS || (high && claimed - high > ENGINE_CLOCK_ERROR_MIN_MS))
        return "meragukan";
    return v->bounds.not_before_ms && high ? "dibatasi" : "wajar";
}

enum jemput_status view_trust(struct view *v, struct jemput_value *cells, jemput_stamp stamp, int64_t segment_id, struct jemput_error *err)
{
    enum jemput_status st;

    for (unsigned i = 0; i < 3; i++)
        cells[i] = view_null();
    if (!stamp) /* it came with the schema */
        return JEMPUT_OK;
    st = founding_find(v, err);
    if (!st)
        st = bounds_find(v, segment_id, err);
    if (st)
        return st;
    cells[0] = view_text(trust_word(v, jemput_stamp_ms(stamp)));
    cells[1] = view_ms(v->bounds.not_before_ms);
    cells[2] = view_ms(v->bounds.not_after_ms);
    return JEMPUT_OK;
}
