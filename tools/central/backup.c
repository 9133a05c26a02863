/* backup.c — see backup.h. SQLite's VACUUM INTO writes a whole new file from one moment of the old one, while others go on writing. */
#include "backup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jemput/jemput.h>

#include "base.h"
#include "beat.h"
#include "sidefile.h"

#define BASE_OLD_S (12 * 3600)
#define KEY_FILE_BYTES_MAX 4096 /* as the console reads them */
#define SILENT_MS 7200000 /* the longest that a state hash, or writing what is cached to the disk, may take */

struct copy {
    char folder[PATH_BYTES], made[PATH_BYTES], kept[PATH_BYTES], before[PATH_BYTES];
};

static int copy_paths(struct copy *c, const char *folder, const char *name, struct trouble *why)
{
    if (snprintf(c->folder, sizeof c->folder, "%s", folder) >= PATH_BYTES ||
        snprintf(c->made, sizeof c->made, "%s/%s.db-baru", folder, name) >= PATH_BYTES ||
        snprintf(c->kept, sizeof c->kept, "%s/%s.db", folder, name) >= PATH_BYTES ||
        snprintf(c->before, sizeof c->before, "%s/%s.sebelumnya.db", folder, name) >= PATH_BYTES)
        return trouble_set(why, TROUBLE_BROKEN, "%s: too long", folder);
    if (unlink(c->made) && errno != ENOENT) /* what a copying that was cut off has left */
        return trouble_set(why, TROUBLE_BROKEN, "%s: %s", c->made, strerror(errno));
    return 0;
}

/* So that only its owner can read it, it is there, empty, before SQLite fills it. */
static int copy_make(const struct copy *c, struct sqlite3 *db, struct trouble *why)
{
    struct sqlite3_stmt *stmt;
    int fd = open(c->made, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600), rc;

    if (fd == -1)
        return trouble_set(why, TROUBLE_LATER, "%s: %s", c->made, strerror(errno));
    close(fd);
    if (sqlite3_prepare_v2(db, "VACUUM INTO ?1", -1, &stmt, NULL))
        return trouble_sqlite(why, "copy", db);
    sqlite3_bind_text(stmt, 1, c->made, -1, SQLITE_STATIC);
    beat_sqlite(db);
    rc = sqlite3_step(stmt);
    beat_sqlite_end(db);
    if (rc != SQLITE_DONE)
        trouble_sqlite(why, "copy", db);
    sqlite3_finalize(stmt);
    return rc == SQLITE_DONE ? 0 : -1;
}

static int synced(const char *path, struct trouble *why)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC), rc = fd == -1 ? -1 : fsync(fd);

    if (rc)
        trouble_set(why, TROUBLE_LATER, "%s: %s", path, strerror(errno));
    if (fd != -1)
        close(fd);
    return rc ? -1 : 0;
}

static int copy_keep(const struct copy *c, struct trouble *why)
{
    beat_for(SILENT_MS);
    if (synced(c->made, why))
        return -1;
    if ((rename(c->kept, c->before) && errno != ENOENT) || rename(c->made, c->kept))
        return trouble_set(why, TROUBLE_LATER, "%s: %s", c->kept, strerror(errno));
    return synced(c->folder, why);
}

/* The copy opens, and holds the same state. */
static int copy_check(const struct copy *c, const struct office *office, struct opened *o, struct trouble *why)
{
    struct space at = o->space;
    struct jemput *copy = NULL;
    char here[65], there[65];
    struct jemput_error err;
    int rc;

    beat_for(SILENT_MS);
    memcpy(at.store, c->made, sizeof at.store);
    rc = space_handle(&copy, office, &at, why);
    if (!rc && (jemput_state_hash(o->jemput, here, &err) || jemput_state_hash(copy, there, &err)))
        rc = trouble_engine(why, "compare the copy", &err);
    if (!rc && strcmp(here, there) != 0)
        rc = trouble_set(why, TROUBLE_LATER, "the copy has another state: something was merged meanwhile");
    jemput_close(copy);
    return rc;
}

/* --- what belongs to no space --- */

static const char *const side_names[] = { "looks", "console" }; /* of the console; central.db beside them */

bool backup_name_taken(const char *name)
{
    static const char before[] = ".sebelumnya";
    size_t len = strlen(name), end = sizeof before - 1;
    bool taken = strcmp(name, "central") == 0 || (len >= end && strcmp(name + len - end, before) == 0);

    for (unsigned i = 0; i < sizeof side_names / sizeof side_names[0]; i++)
        taken = taken || strcmp(name, side_names[i]) == 0;
    return taken;
}

int backup_store(const char *folder, const struct office *office, struct opened *o, struct trouble *why)
{
    struct copy c;

    if (backup_name_taken(o->space.name)) /* of an older program, or by hand */
        return trouble_set(why, TROUBLE_BROKEN, "space %s: no copy, another file's has that name", o->space.name);
    return copy_paths(&c, folder, o->space.name, why) || copy_make(&c, jemput_app(o->jemput), why) || copy_check(&c, office, o, why) ||
           copy_keep(&c, why) ? -1 : 0;
}

static bool is_young(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && now_ms() / 1000 - st.st_mtime < BASE_OLD_S;
}

static int base_copy(const char *folder, const char *name, struct sqlite3 *db, struct trouble *why)
{
    struct copy c;

    return copy_paths(&c, folder, name, why) || copy_make(&c, db, why) || copy_keep(&c, why) ? -1 : 0;
}

/* Of the console's, where it has ever run. */
static int side_copy(const char *folder, const struct office *office, const char *name, struct trouble *why)
{
    char path[PATH_BYTES];
    struct sqlite3 *db;
    struct stat st;
    int rc;

    if (!office_path(path, office, "%s.db", name) || stat(path, &st))
        return 0;
    if (sidefile_open(&db, path, "", why))
        return -1;
    rc = base_copy(folder, name, db, why);
    base_close(db);
    return rc;
}

/* The copy before stays until this one is whole. */
static int key_copy(int from, int to, const char *name, struct trouble *why)
{
    char bytes[KEY_FILE_BYTES_MAX], made[NAME_MAX + sizeof "-baru"];
    int in = openat(from, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), out = -1;
    ssize_t len = in == -1 ? -1 : read(in, bytes, sizeof bytes);
    bool good = false;

    snprintf(made, sizeof made, "%s-baru", name);
    if (len > 0)
        out = openat(to, made, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (out != -1)
        good = write(out, bytes, (size_t)len) == len && fsync(out) == 0 && renameat(to, made, to, name) == 0;
    if (!good)
        trouble_set(why, TROUBLE_LATER, "copy accounts/%s: %s", name, len == 0 ? "it is empty" : strerror(errno));
    if (in != -1)
        close(in);
    if (out != -1)
        close(out);
    return good ? 0 : -1;
}

static int keys_copy(const char *folder, const struct office *office, struct trouble *why)
{
    char path[PATH_BYTES], there[PATH_BYTES];
    struct trouble later;
    DIR *from;
    struct dirent *entry;
    int to, rc = 0;

    if (!office_path(path, office, "accounts") || !(from = opendir(path)))
        return 0;
    if (snprintf(there, sizeof there, "%s/accounts", folder) >= (int)sizeof there || (mkdir(there, 0700) && errno != EEXIST) ||
        (to = open(there, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1) {
        closedir(from);
        return trouble_set(why, TROUBLE_LATER, "%s/accounts: %s", folder, strerror(errno));
    }
    while ((entry = readdir(from)) != NULL) {
        size_t len = strlen(entry->d_name);

        if (len > 4 && strcmp(entry->d_name + len - 4, ".key") == 0 && key_copy(dirfd(from), to, entry->d_name, rc ? &later : why))
            rc = -1;
    }
    if (!rc && fsync(to))
        rc = trouble_set(why, TROUBLE_LATER, "%s: %s", there, strerror(errno));
    close(to);
    closedir(from);
    return rc;
}

int backup_base(const char *folder, struct office *office, struct trouble *why)
{
    struct trouble later;
    struct copy c;
    bool good;

    if (copy_paths(&c, folder, "central", why))
        return -1;
    if (is_young(c.kept))
        return 0;
    good = keys_copy(folder, office, why) == 0;
    for (unsigned i = 0; i < sizeof side_names / sizeof side_names[0]; i++)
        good = side_copy(folder, office, side_names[i], good ? why : &later) == 0 && good;
    return base_copy(folder, "central", office->db, good ? why : &later) == 0 && good ? 0 : -1;
}
