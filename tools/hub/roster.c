/* roster.c — who may come to a repository: folded from its control records when these change, and kept beside it as a short list.
 *
 * The list is NAME.git/jemput/roster: "jemput hub roster 1", "space <hex>", then a line for each key: the key, its standing, device number,
 * whether it is an authority's, when it expires (milliseconds). It is a cache: take it away, and `jemput hub serve` makes it anew when it starts;
 * until then nobody comes in. Where logs begin behind a checkpoint, jemput/records has the control segments that the hub has begun with: they are
 * nowhere else there. A push whose records change the roster leaves a mark of its own, jemput/due-<process>, which goes when the list has been made
 * after it. A first push notes in jemput/founding which space it is that is being founded: until the list says so. */
#include "hub.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <jemput/hub.h>

#define ENTRIES_MAX (1u << 20)
#define FOUNDING_MAX_S 600
#define PUSH_MAX_S 3600 /* no push takes so long */
static const char first_line[] = "jemput hub roster 1\n";

static bool place(char out[PATH_BYTES], const char *repository, const char *name)
{
    return snprintf(out, PATH_BYTES, "%s/jemput/%s", repository, name) < PATH_BYTES;
}

static bool mark_path(char out[PATH_BYTES], const char *repository, long push)
{
    return snprintf(out, PATH_BYTES, "%s/jemput/due-%ld", repository, push) < PATH_BYTES;
}

static int folder_make(const char *repository)
{
    char path[PATH_BYTES];

    return !place(path, repository, "") || (mkdir(path, 0755) && errno != EEXIST) ? -1 : 0;
}

/* What was made or renamed there outlives a power cut: git's branches do, too. */
static int folder_sync(const char *repository)
{
    char path[PATH_BYTES];
    int fd = place(path, repository, "") ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1, failed = fd == -1 || fsync(fd);

    if (fd != -1)
        close(fd);
    return failed ? -1 : 0;
}

int roster_due(const char *repository, long push)
{
    char path[PATH_BYTES];
    int fd;

    if (folder_make(repository) || !mark_path(path, repository, push))
        return -1;
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644); /* one of an earlier push with this number is as new as this one, then */
    return fd == -1 || close(fd) ? -1 : folder_sync(repository);
}

bool roster_is_due(const char *repository, long push)
{
    char path[PATH_BYTES];

    return mark_path(path, repository, push) && access(path, F_OK) == 0;
}

void roster_not_due(const char *repository, long push)
{
    char path[PATH_BYTES];

    if (mark_path(path, repository, push))
        unlink(path);
}

/* --- founding --- */

/* Whoever founds here goes first; a push of another space that comes at the same time is refused. A note that is left goes after ten minutes. */
int roster_claim(const char *repository, const char space[65])
{
    char path[PATH_BYTES], noted[65] = "";
    struct stat st;
    int fd;
    ssize_t got;

    if (folder_make(repository) || !place(path, repository, "founding"))
        return -1;
    if (stat(path, &st) == 0 && st.st_mtime < time(NULL) - FOUNDING_MAX_S)
        unlink(path);
    fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (fd == -1)
        return -1;
    got = pread(fd, noted, 64, 0);
    if (got == 0 && write(fd, space, 64) == 64)
        got = pread(fd, noted, 64, 0); /* of two at once, the first stays the first */
    close(fd);
    return got == 64 && strcmp(noted, space) == 0 ? 0 : -1;
}

void roster_founded(const char *repository)
{
    char path[PATH_BYTES], space[65];

    if (roster_space(space, repository) == 0 && space[0] && place(path, repository, "founding"))
        unlink(path);
}

/* --- making --- */

static void hex_put(FILE *f, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        fprintf(f, "%02x", bytes[i]);
}

static int entry_put(void *ctx, const struct jemput_hub_entry *e)
{
    FILE *f = ctx;

    hex_put(f, e->public_key, sizeof e->public_key);
    fprintf(f, " %d %" PRIu32 " %d %" PRId64 "\n", (int)e->standing, e->device_number, e->authority != 0, e->expires_ms);
    return 0;
}

/* The list that goes into the file stands behind the space, which is known at the end: so it is collected first. */
static int list_write(const char *repository, FILE *out)
{
    char *text = NULL, space[65];
    size_t len = 0;
    FILE *list = open_memstream(&text, &len);
    struct jemput_error err;
    enum jemput_status st;

    if (!list)
        return problem("%s", strerror(errno));
    st = jemput_hub_roster(repository, NULL, space, entry_put, list, &err);
    fclose(list);
    if (!st)
        fprintf(out, "%sspace %s\n%s", first_line, space, text);
    else if (st == JEMPUT_NOTFOUND) /* logs whose genesis is missing are some space's all the same: nobody is known, and nobody founds another here */
        fprintf(out, "%sspace %s\n", first_line, space);
    free(text);
    return !st || st == JEMPUT_NOTFOUND ? 0 : problem("%s: %s", repository, err.text);
}

static int roster_replace(const char *repository)
{
    char path[PATH_BYTES], fresh[PATH_BYTES];
    FILE *f = place(path, repository, "roster") && place(fresh, repository, "roster.new") ? fopen(fresh, "we") : NULL;
    int failed;

    if (!f)
        return problem("%s/jemput: %s", repository, strerror(errno)), -1;
    failed = list_write(repository, f);
    failed |= fflush(f) | fsync(fileno(f)) | fclose(f);
    if (!failed && rename(fresh, path) == 0) {
        roster_founded(repository);
        claims_tidy(repository);
        return folder_sync(repository);
    }
    unlink(fresh);
    return -1;
}

int roster_make(const char *repository)
{
    char path[PATH_BYTES];
    int lock, code;

    if (folder_make(repository) || !place(path, repository, "lock"))
        return problem("%s/jemput: %s", repository, strerror(errno)), -1;
    lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (lock == -1 || flock(lock, LOCK_EX))
        return problem("%s: %s", path, strerror(errno)), -1;
    code = roster_replace(repository);
    close(lock);
    return code;
}

/* Is there a mark of a push? Those from before `gone` go: their pushes are over, and the list has been made after them. */
static bool marks_look(const char *repository, time_t gone)
{
    char folder[PATH_BYTES], mark[PATH_BYTES];
    DIR *d = place(folder, repository, "") ? opendir(folder) : NULL;
    struct dirent *e;
    struct stat st;
    bool found = false;

    while (d && (e = readdir(d)) != NULL) {
        if (strncmp(e->d_name, "due-", 4) != 0 || !place(mark, repository, e->d_name))
            continue;
        found = true;
        if (stat(mark, &st) == 0 && st.st_mtime < gone)
            unlink(mark);
    }
    if (d)
        closedir(d);
    return found;
}

/* A mark of late may be of a push under way, whose branches come after this: it stays, for that push to find. */
int roster_renew(const char *repository)
{
    time_t gone = time(NULL) - PUSH_MAX_S;

    if (roster_make(repository))
        return -1;
    marks_look(repository, gone);
    return 0;
}

bool roster_is_owed(const char *repository)
{
    char path[PATH_BYTES];

    return marks_look(repository, 0) || !place(path, repository, "roster") || access(path, F_OK) != 0;
}

int roster_recover(const char *repository)
{
    return roster_is_owed(repository) ? roster_renew(repository) : 0;
}

/* --- beginning behind a checkpoint --- */

bool roster_is_begun(const char *repository)
{
    char path[PATH_BYTES];

    return place(path, repository, "records") && access(path, F_OK) == 0;
}

static int file_copy(const char *from, const char *to)
{
    char piece[32768];
    FILE *in = fopen(from, "re"), *out = in ? fopen(to, "we") : NULL;
    size_t got;
    int failed = !out;

    while (!failed && (got = fread(piece, 1, sizeof piece, in)) > 0)
        failed = fwrite(piece, 1, got, out) != got;
    failed = failed || ferror(in) || fflush(out) || fsync(fileno(out));
    if (failed)
        problem("%s: %s", from, strerror(errno));
    if (out)
        failed |= fclose(out);
    if (in)
        fclose(in);
    return failed ? -1 : 0;
}

int roster_begin(const char *repository, const char *file)
{
    char path[PATH_BYTES], fresh[PATH_BYTES], space[65] = "";

    if (roster_space(space, repository) || space[0] || repository_has_logs(repository))
        return problem("%s: %s", repository, T("sudah ada ruangnya; --roster hanya untuk repositori baru",
                                               "it is some space's already; --roster is for a new one")), -1;
    if (folder_make(repository) || !place(path, repository, "records") || !place(fresh, repository, "records.new"))
        return problem("%s/jemput: %s", repository, strerror(errno)), -1;
    if (file_copy(file, fresh) == 0 && rename(fresh, path) == 0 && roster_make(repository) == 0)
        return 0;
    unlink(fresh);
    unlink(path);
    return -1;
}

/* --- reading --- */

static bool hex_read(uint8_t *out, size_t len, const char *text)
{
    for (size_t i = 0; i < len; i++) {
        unsigned byte;

        if (sscanf(text + 2 * i, "%2x", &byte) != 1)
            return false;
        out[i] = (uint8_t)byte;
    }
    return true;
}

static int order(const void *a, const void *b)
{
    return memcmp(((const struct roster_entry *)a)->key, ((const struct roster_entry *)b)->key, 32);
}

static FILE *list_open(const char *repository, char space[65])
{
    char path[PATH_BYTES], line[256];
    FILE *f = place(path, repository, "roster") ? fopen(path, "re") : NULL;

    space[0] = '\0';
    if (!f && errno == ENOENT) /* nothing was ever pushed here */
        return NULL;
    if (f && fgets(line, sizeof line, f) && strcmp(line, first_line) == 0 && fgets(line, sizeof line, f) && strncmp(line, "space ", 6) == 0) {
        snprintf(space, 65, "%.*s", (int)strcspn(line + 6, "\n"), line + 6);
        return f;
    }
    if (f)
        fclose(f);
    errno = EBADMSG;
    return NULL;
}

int roster_space(char space[65], const char *repository)
{
    FILE *f = list_open(repository, space);

    if (f)
        return fclose(f);
    return errno == ENOENT ? 0 : -1;
}

static bool entry_read(struct roster_entry *e, const char *line)
{
    int authority;

    if (strlen(line) < 66 || !hex_read(e->key, sizeof e->key, line) ||
        sscanf(line + 64, " %d %" SCNu32 " %d %" SCNd64, &e->standing, &e->device_number, &authority, &e->expires_ms) != 4)
        return false;
    e->authority = authority != 0;
    return true;
}

int roster_read(struct roster *out, const char *repository)
{
    struct roster r = { .count = 0 };
    uint32_t room = 0;
    char line[256];
    FILE *f = list_open(repository, r.space);
    bool good = f || errno == ENOENT;

    while (good && f && fgets(line, sizeof line, f)) {
        if (r.count == room) {
            struct roster_entry *grown = room < ENTRIES_MAX ? realloc(r.of, (room = room ? 2 * room : 64) * sizeof *grown) : NULL;

            if (!grown) {
                good = false;
                break;
            }
            r.of = grown;
        }
        good = entry_read(&r.of[r.count++], line);
    }
    if (f)
        fclose(f);
    if (!good) {
        free(r.of);
        return -1;
    }
    if (r.count)
        qsort(r.of, r.count, sizeof *r.of, order);
    *out = r;
    return 0;
}

void roster_release(struct roster *r)
{
    free(r->of);
    *r = (struct roster){ .count = 0 };
}

const struct roster_entry *roster_find(const struct roster *r, const uint8_t key[32])
{
    struct roster_entry wanted;

    memcpy(wanted.key, key, sizeof wanted.key);
    return r->count ? bsearch(&wanted, r->of, r->count, sizeof *r->of, order) : NULL;
}
