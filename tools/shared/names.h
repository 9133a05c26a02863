/* names.h — names and addresses of people in Indonesia, as they are compared: how they are spelled must not decide who is the same. Pure. */
#ifndef JEMPUT_SHARED_NAMES_H
#define JEMPUT_SHARED_NAMES_H

#include <stddef.h>

enum name_form {
    NAME_FOLDED,  /* capital letters and blanks; without titles (H., Dr., S.Pd), words such as bin and binti, and what marks the dead */
    NAME_SPELLED, /* besides: old and new spelling alike (oe u, dj j, tj c, sj sy, nj ny, y i), no double letters, M. and Mohamad as Muhammad */
    NAME_SOUND,   /* besides: letters that are written for each other (f v p, z j, q k, sy s, kh ch h), no h behind another letter */
    NAME_FORMS
};

struct name { /* each form: words with one blank between; owned */
    char *forms[NAME_FORMS];
};

/* A name without letters, or NULL, is empty in all forms. Release `out`. */
void name_read(struct name *out, const char *text, size_t len);
void name_release(struct name *name);

enum name_match { NAME_OTHER, NAME_SIMILAR, NAME_SOUNDS, NAME_SPELLS, NAME_SAME };
/* How alike two names are. *percent: of SIMILAR, how many of 100; else 100 or 0. Empty names are like none. */
enum name_match name_compare(const struct name *a, const struct name *b, unsigned *percent);

/* An address as it is compared: words such as Jl., Gg. and No. left out, capital letters and digits, numbers without leading zeros. Owned by the
 * caller: free(). */
char *address_read(const char *text, size_t len);

#endif
