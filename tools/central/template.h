/* template.h — configurations for other programs, printed from a text with places to fill in. */
#ifndef JEMPUT_CENTRAL_TEMPLATE_H
#define JEMPUT_CENTRAL_TEMPLATE_H

struct template_word {
    const char *name, *value; /* the last one's name is NULL */
};
/* On stdout: each @name@ is replaced; a line that begins with "?name " is there only if that has a value, one with "!name " only if it has none. */
void template_print(const char *text, const struct template_word *words);

#endif
