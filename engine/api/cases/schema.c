/* api/cases/schema.c — cases of migrations that an administrator has signed and that are not in force: another one came before them, or a cut has
 * made their author's acts void. */
#include <stdio.h>

#include "api/cases/cases.h"

/* Has an administrator made a migration since, having heard of this one? Then somebody has looked at it. */
static bool was_followed(const struct jemput_roster *r, uint32_t at)
{
    for (uint32_t i = at + 1; i < r->schema_count; i++)
        if (r->schemas[i].in_force && r->schemas[i].version > r->schemas[at].version)
            return true;
    return false;
}

enum jemput_status cases_schema(struct jemput *j, case_fn tell, void *ctx, struct jemput_error *err)
{
    const struct jemput_roster *r = &j->roster;
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; !st && i < r->schema_count; i++) {
        char about[2 * JEMPUT_WRITER_BYTES + 1], label[CASE_LABEL_BYTES];
        const struct jemput_case told = {
            .kind = "schema",
            .about = about,
            .label = label,
            .count = 1,
            .open = !was_followed(r, i),
            .what_id = "Perubahan skema dari perangkat administrator ini tidak berlaku: perubahan lain mendahuluinya, atau perangkatnya dicabut.",
            .what_en = "A change of the schema by this administrator's device is not in force: another change came before it, or the device was "
                       "revoked.",
            .safe_id = "Ya: tabel dibuat ulang menurut skema yang berlaku. Yang memakai bagian skema yang tidak berlaku tersimpan di catatan.",
            .safe_en = "Yes: the tables are made again from the schema in force. What uses the other part is kept in the log.",
            .todo_id = "Kalau perubahan itu tetap perlu, administrator membuatnya lagi. Pekerjaan yang tidak dihitung: jemput refused.",
            .todo_en = "If the change is still wanted, an administrator makes it again. Work that does not count: jemput refused.",
        };

        if (r->schemas[i].in_force)
            continue;
        jemput_hex_encode(about, r->schemas[i].author.id, sizeof r->schemas[i].author.id);
        case_label(j, &r->schemas[i].author, label);
        st = tell(ctx, &told, err);
    }
    return st;
}
