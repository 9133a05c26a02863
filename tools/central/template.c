/* template.c — see template.h. */
#include "template.h"

#include <stdio.h>
#include <string.h>

static const struct template_word *word_find(const struct template_word *words, const char *name, size_t len)
{
    for (; words->name; words++)
        if (strlen(words->name) == len && strncmp(words->name, name, len) == 0)
            return words;
    return NULL;
}

/* What stands between two @ and is no word of ours is text. */
static void line_print(const char *line, size_t len, const struct template_word *words)
{
    const char *end = line + len;

    while (line < end) {
        const char *mark = memchr(line, '@', (size_t)(end - line));
        const char *close = mark ? memchr(mark + 1, '@', (size_t)(end - mark - 1)) : NULL;
        const struct template_word *word = close ? word_find(words, mark + 1, (size_t)(close - mark - 1)) : NULL;

        if (!mark) {
            fwrite(line, 1, (size_t)(end - line), stdout);
            break;
        }
        fwrite(line, 1, (size_t)(mark - line), stdout);
        if (word)
            fputs(word->value ? word->value : "", stdout);
        else
            putchar('@');
        line = word ? close + 1 : mark + 1;
    }
    putchar('\n');
}

void template_print(const char *text, const struct template_word *words)
{
    while (*text) {
        size_t len = strcspn(text, "\n"), name = text[0] == '?' || text[0] == '!' ? strcspn(text, " ") : 0;
        const struct template_word *word = name ? word_find(words, text + 1, name - 1) : NULL;

        if (!name)
            line_print(text, len, words);
        else if ((text[0] == '?') == (word && word->value))
            line_print(text + name + 1, len - name - 1, words);
        text += len + (text[len] == '\n');
    }
}
