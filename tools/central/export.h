/* export.h — what leaves the office as a file. Whoever asks for one gives a reason, which is in looks.db before the first byte. */
#ifndef JEMPUT_CENTRAL_EXPORT_H
#define JEMPUT_CENTRAL_EXPORT_H

#include "central.h"
#include "looks.h"

struct export_asked {   /* NULL, 0 = all */
    struct sqlite3 *db; /* central.db, with the function reach(space, kel) on it: export_reach_all(), or the console's */
    const char *kel, *month, *from, *to;
    int64_t space;
    bool small_cells;    /* of `public`: tell them all the same */
    struct looks *looks; /* of `looks` and `register` */
    const char *folder;  /* for what is passing */
};
/* What a kind of file can be narrowed by. */
enum { EXPORT_SPACE = 1, EXPORT_KEL = 2, EXPORT_MONTH = 4, EXPORT_DAYS = 8 };
struct export_kind {
    const char *name; /* "persons.xlsx" */
    const char *type; /* "text/csv; charset=utf-8" */
    bool dear;        /* names or whole numbers of persons, or what was searched for: on the page it wants the PIN once more */
    unsigned takes;   /* EXPORT_… */
    /* To the file at `path`, which is there and empty, mode 0600. *rows: how many it told. */
    int (*write)(const struct export_kind *self, const struct export_asked *asked, const char *path, int64_t *rows, struct trouble *why);
};
extern const struct export_kind export_kinds[];
extern const unsigned export_kind_count;
/* NULL: there is none of that name. */
const struct export_kind *export_find(const char *name);
/* Is it narrowed by all that was asked for? Else why not, in both languages: a file with more in it than somebody asked for is made for nobody. */
bool export_narrows(const struct export_kind *kind, const struct export_asked *asked, const char **why_id, const char **why_en);
/* Everybody may see everything: of a command that root calls. */
int export_reach_all(struct sqlite3 *db, struct trouble *why);

/* Kinds that have a file of their own: geojson.c, register.c */
int export_geojson(const struct export_kind *self, const struct export_asked *asked, const char *path, int64_t *rows, struct trouble *why);
int export_register(const struct export_kind *self, const struct export_asked *asked, const char *path, int64_t *rows, struct trouble *why);

#endif
