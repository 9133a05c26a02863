/* act_import.c — POST /api/import: a CSV file onto the account's desk, row by row; dry, it is only looked at. */
#include <stdlib.h>
#include <string.h>

#include "act.h"
#include "failure.h"
#include "import.h"

static bool import_told(struct request *q, const struct import_report *report, uint64_t n)
{
    FILE *out;

    if (!answer_open(&q->answer))
        return false;
    out = q->answer.memory;
    fputs("{\"report\":", out);
    import_report_json(out, report);
    if (n)
        fprintf(out, ",\"segment\":%llu,\"n\":%llu}\n", (unsigned long long)n, (unsigned long long)n);
    else
        fputs(",\"segment\":null,\"n\":null}\n", out);
    return true;
}

/* Not all of it could be taken. What was is signed and stays: how much, the report says. */
static bool broken_told(struct request *q, const struct import *im)
{
    enum jemput_status status = im->code > EXIT_STATUS ? (enum jemput_status)(im->code - EXIT_STATUS) : JEMPUT_DENIED;
    char id[120], en[120];
    struct answer_words words = { id,
                                  en,
                                  "Yang sudah masuk tersimpan.",
                                  "What is in is saved.",
                                  "Impor lagi berkas yang sama: yang sudah masuk tidak masuk dua kali.",
                                  "Import the same file again: what is in does not go in twice." };

    if (status == JEMPUT_DENIED) {
        words.todo_id = "Ada baris yang tidak boleh ditulis akun ini (peran, wilayah). Pisahkan baris itu, lalu impor lagi berkasnya.";
        words.todo_en = "There are rows that this account may not write (role, region). Take them out, then import the file again.";
    }
    snprintf(id, sizeof id, "Impor terhenti: %lu baris sudah masuk, selebihnya tidak.", im->report.accepted);
    snprintf(en, sizeof en, "The import stopped: %lu rows are in, the others are not.", im->report.accepted);
    if (!answer_error_begin(&q->answer, answer_http_status(status), jemput_status_name(status), &words))
        return false;
    fputs(",\"report\":", q->answer.memory);
    import_report_json(q->answer.memory, &im->report);
    json_end_object(&q->answer.json);
    return true;
}

static bool unreadable(struct request *q)
{
    const struct answer_words words = { "Berkas ini bukan CSV yang dapat diimpor: kepala kolomnya tidak dikenal.",
                                        "This file is no CSV that can be imported: its column names are not known.",
                                        NULL,
                                        NULL,
                                        "Pilih tata letak yang benar, atau simpan ulang sebagai CSV UTF-8.",
                                        "Choose the right layout, or save it again as UTF-8 CSV." };

    return answer_error(&q->answer, 400, "JEMPUT_MISUSE", &words);
}

static bool import_do(struct request *q, struct desk *desk, struct import *im, const char *layout)
{
    struct jemput_error err;
    bool good;

    im->jemput = desk->jemput;
    im->report.file = "unggahan.csv";
    im->report.dry_run = parameter(q, "dry") && parameter(q, "dry")[0] == '1';
    buffer_text(&im->note, "impor unggahan.csv");
    import_run(im, q->data ? q->data : "", q->len, layout);
    if (!im->report.layout)
        good = unreadable(q);
    else if (!im->report.dry_run && jemput_seal(desk->jemput, NULL, &err) && !im->code)
        good = answer_engine(&q->answer, &err);
    else if (im->code)
        good = broken_told(q, im);
    else
        good = import_told(q, &im->report, im->report.dry_run ? 0 : desk_segments(desk));
    q->look.count = (int64_t)im->report.accepted;
    look_note(q, "%s%s%s", layout, im->report.dry_run ? " dry" : "", im->code ? " broken" : "");
    import_release(im);
    return good;
}

bool act_import(struct request *q)
{
    const struct reach_space *space;
    const char *layout = parameter(q, "layout") ? parameter(q, "layout") : "auto";
    struct act_result why;
    struct import *im;
    struct desk *desk;
    bool good;

    if (!parameter(q, "space"))
        return answer_misuse(&q->answer, "space: into which");
    if (!parameter_space(q, &space))
        return false;
    if (strcmp(layout, "auto") != 0 && strcmp(layout, "permohonan") != 0 && strcmp(layout, "opensid") != 0)
        return answer_misuse(&q->answer, "layout: auto, permohonan or opensid");
    im = calloc(1, sizeof *im);
    if (!im)
        return answer_status(&q->answer, JEMPUT_NOMEM);
    desk = act_begin(q, space, &why);
    if (!desk) {
        free(im);
        return answer_status(&q->answer, why.status);
    }
    look_row(q, space->standing.space, "", "");
    good = import_do(q, desk, im, layout);
    free(im);
    act_end(q, desk);
    return good;
}
