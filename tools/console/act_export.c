/* act_export.c — GET /api/export/WHAT: a file, for whoever may have it, and says why. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "export.h"
#include "govern.h"

#define OFFICE (ROLE_KELURAHAN | ROLE_VERIFIKATOR | ROLE_ADMIN)

#define NAME "ekspor-XXXXXX"

void export_clean(const struct console *c)
{
    DIR *folder = opendir(c->folder);
    struct dirent *entry;

    while (folder && (entry = readdir(folder)) != NULL)
        if (strlen(entry->d_name) == sizeof NAME - 1 && strncmp(entry->d_name, NAME, 7) == 0)
            unlinkat(dirfd(folder), entry->d_name, 0);
    if (folder)
        closedir(folder);
}

static bool is_public(const struct export_kind *kind)
{
    return strncmp(kind->name, "public.", 7) == 0;
}

static unsigned roles_for(const struct export_kind *kind)
{
    if (strncmp(kind->name, "persons.", 8) == 0)
        return ROLE_VERIFIKATOR | ROLE_ADMIN;
    if (strncmp(kind->name, "looks.", 6) == 0)
        return ROLE_ADMIN;
    return is_public(kind) ? OFFICE | ROLE_KOMINFO : OFFICE;
}

/* The chain of looks is one file for all spaces, whole or of no use. */
static bool is_allowed(struct request *q, const struct export_kind *kind)
{
    return q->reach.count && (strncmp(kind->name, "looks.", 6) != 0 || governs_all(q));
}

static bool reason_missing(struct request *q)
{
    const struct answer_words words = {
        "Alasannya belum ditulis.", "There is no reason (header X-Jemput-Reason).", NULL, NULL, "Tulis alasannya.", "Write why."
    };

    return answer_error(&q->answer, 400, "JEMPUT_MISUSE", &words);
}

/* The file has no name once it is open: nothing is left of it when it was sent, or the program ends. */
static bool file_send(struct request *q, const char *path, const struct export_kind *kind)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;

    if (fd == -1 || fstat(fd, &st)) {
        if (fd != -1)
            close(fd);
        return answer_status(&q->answer, JEMPUT_IO);
    }
    answer_release(&q->answer);
    q->answer.status = 200;
    q->answer.type = kind->type;
    q->answer.fd = fd;
    q->answer.len = (size_t)st.st_size;
    snprintf(q->answer.file_name, sizeof q->answer.file_name, "jemput-%s", kind->name);
    return true;
}

static bool export_make(struct request *q, const struct export_kind *kind, struct export_asked asked)
{
    bool of_looks = strncmp(kind->name, "looks.", 6) == 0 || strncmp(kind->name, "register.", 9) == 0;
    char path[PATH_BYTES];
    struct trouble why;
    int64_t rows = 0;
    int fd, rc;
    bool good;

    snprintf(path, sizeof path, "%s/" NAME, q->console->folder);
    fd = mkostemp(path, O_CLOEXEC);
    if (fd == -1)
        return answer_status(&q->answer, errno == ENOSPC ? JEMPUT_FULL : JEMPUT_IO);
    close(fd);
    if (of_looks)
        asked.looks = look_lock();
    rc = kind->write(kind, &asked, path, &rows, &why);
    if (of_looks)
        look_unlock();
    good = rc ? answer_trouble(&q->answer, &why) : file_send(q, path, kind);
    unlink(path);
    q->look.count = rows;
    return good;
}

static void narrowing_note(struct request *q, const struct export_kind *kind, const struct export_asked *asked)
{
    look_note(q, "%s kel=%s month=%s from=%s to=%s", kind->name, asked->kel ? asked->kel : "", asked->month ? asked->month : "",
              asked->from ? asked->from : "", asked->to ? asked->to : "");
}

bool act_export(struct request *q)
{
    const struct export_kind *kind = export_find(q->parts[0]);
    struct export_asked asked = { .db = q->reader->office.db,
                                  .kel = parameter(q, "kel"),
                                  .month = parameter(q, "month"),
                                  .from = parameter(q, "from"),
                                  .to = parameter(q, "to"),
                                  .folder = q->console->folder };
    const struct reach_space *space;
    const char *why_id, *why_en;

    if (!kind)
        return answer_not_found(&q->answer);
    reach_narrow(&q->reach, roles_for(kind));
    narrowing_note(q, kind, &asked);
    if (!is_allowed(q, kind))
        return request_refused(q);
    if (!q->reason[0])
        return reason_missing(q);
    if (is_public(kind) && !recap_one_table(q))
        return answer_misuse(&q->answer, "public: one month of the whole that is over, and no other cut");
    if (kind->dear && !request_renewed(q))
        return false;
    if (!parameter_space(q, &space))
        return false;
    asked.space = space ? space->standing.space : 0;
    if (!export_narrows(kind, &asked, &why_id, &why_en))
        return answer_mistake(&q->answer, why_id, why_en);
    q->look.reason = q->reason;
    q->look.space = asked.space;
    return export_make(q, kind, asked);
}
