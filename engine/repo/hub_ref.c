/* repo/hub_ref.c — refs of a hub's folder: loose files and packed-refs, read with distrust.
 *
 * A loose file wins over a line of packed-refs, and is read first: `git pack-refs` writes the line before it removes the file. Of two lines with one
 * name, which no git writes, the first counts. A loose file without a valid id (cut by a power failure, symbolic, garbage) counts as not there, so
 * that its log can be pushed again and heals it. */
#include "repo/hub_ref.h"

#include <stdlib.h>
#include <string.h>

#define REF_FILE_BYTES_MAX 256
#define PACKED_BYTES_MAX ((size_t)64 * 1024 * 1024)
#define REFS_MAX (256u * 1024)
#define DEPTH_MAX 8 /* below the prefix; our refs need two */

/* --- names --- */

static bool ref_char_valid(char c)
{
    return c > ' ' && c < 0x7f && !strchr("~^:?*[\\", c);
}

static bool ref_part_valid(const char *part, size_t len)
{
    return len > 0 && part[0] != '.' && part[len - 1] != '.' && !(len >= 5 && memcmp(part + len - 5, ".lock", 5) == 0);
}

bool jemput_ref_name_valid(const char *name)
{
    size_t len = strlen(name);

    if (len > JEMPUT_REF_NAME_BYTES_MAX || strncmp(name, "refs/", 5) != 0 || strstr(name, "..") || strstr(name, "@{"))
        return false;
    for (const char *c = name; *c; c++) {
        if (!ref_char_valid(*c))
            return false;
    }
    for (const char *part = name;; part++) {
        size_t part_len = strcspn(part, "/");

        if (!ref_part_valid(part, part_len))
            return false;
        part += part_len;
        if (!*part)
            return true;
    }
}

/* --- one ref --- */

/* "There is none" may also mean that the folder was pulled out. */
static enum jemput_status hub_there(struct jemput_hub *hub, struct jemput_error *err)
{
    jemput_fail(err, JEMPUT_NOTFOUND, "no refs");
    return jemput_hub_fail(hub, err) == JEMPUT_NOTFOUND ? JEMPUT_OK : err->status;
}

static bool ref_text_read(struct jemput_oid *out, struct jemput_bytes text)
{
    while (text.len && memchr(" \t\r\n", text.data[text.len - 1], 4))
        text.len--;
    return jemput_hex_decode(out->id, sizeof out->id, text);
}

/* *found = false: there is none, or none that is valid. */
static enum jemput_status loose_read(struct jemput_hub *hub, const char *name, struct jemput_oid *out, bool *found, struct jemput_error *err)
{
    struct jemput_buf path = { 0 };
    struct jemput_buf text = JEMPUT_BUF_INIT(REF_FILE_BYTES_MAX);
    struct jemput_file_info info;
    enum jemput_status st = jemput_hub_path(&path, hub, name, err);

    *found = false;
    if (!st)
        st = hub->env->stat(hub->env, (const char *)path.data, &info, err);
    if (!st && info.kind == JEMPUT_FILE_REGULAR) {
        st = hub->env->read(hub->env, (const char *)path.data, &text, err);
        *found = !st && ref_text_read(out, jemput_buf_bytes(&text));
    }
    jemput_buf_release(&text);
    jemput_buf_release(&path);
    return st == JEMPUT_NOTFOUND || st == JEMPUT_LIMIT ? JEMPUT_OK : st;
}

/* --- packed-refs --- */

typedef enum jemput_status (*packed_fn)(void *ctx, const char *name, const struct jemput_oid *oid, struct jemput_error *err);

/* "<hex> <name>": cuts the line there and gives the name; NULL = no such line. */
static const char *packed_line_read(char *line, struct jemput_oid *oid)
{
    size_t hex_len = 2 * sizeof oid->id;

    if (strlen(line) <= hex_len + 1 || line[hex_len] != ' ' || !jemput_hex_decode(oid->id, sizeof oid->id, jemput_bytes_of(line, hex_len)))
        return NULL;
    return line + hex_len + 1;
}

static enum jemput_status packed_lines_each(char *text, packed_fn each, void *ctx, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    while (*text && !st) {
        char *line = text;
        size_t len = strcspn(text, "\n");
        struct jemput_oid oid;
        const char *name;

        text += len + (line[len] == '\n');
        line[len] = '\0';
        if (line[0] == '#' || line[0] == '^' || line[0] == '\0')
            continue;
        name = packed_line_read(line, &oid);
        st = each(ctx, name, &oid, err); /* NULL: a damaged line */
    }
    return st;
}

static enum jemput_status packed_each(struct jemput_hub *hub, packed_fn each, void *ctx, struct jemput_error *err)
{
    struct jemput_buf path = { 0 };
    struct jemput_buf text = JEMPUT_BUF_INIT(PACKED_BYTES_MAX);
    enum jemput_status st = jemput_hub_path(&path, hub, "packed-refs", err);

    if (!st)
        st = hub->env->read(hub->env, (const char *)path.data, &text, err);
    if (st == JEMPUT_NOTFOUND) { /* nothing packed yet */
        st = JEMPUT_OK;
        goto done;
    }
    if (st)
        goto done;
    jemput_buf_u8(&text, 0);
    st = jemput_buf_check(&text, "packed-refs", err);
    if (!st)
        st = packed_lines_each((char *)text.data, each, ctx, err);
done:
    jemput_buf_release(&text);
    jemput_buf_release(&path);
    return st;
}

struct packed_search {
    const char *name;
    struct jemput_oid *out;
    bool found;
};

static enum jemput_status packed_search_see(void *ctx, const char *name, const struct jemput_oid *oid, struct jemput_error *err)
{
    struct packed_search *search = ctx;

    (void)err;
    if (name && !search->found && strcmp(name, search->name) == 0) {
        *search->out = *oid;
        search->found = true;
    }
    return JEMPUT_OK;
}

enum jemput_status jemput_hub_ref_find(struct jemput_hub *hub, const char *name, struct jemput_oid *out, bool *found, struct jemput_error *err)
{
    struct packed_search search = { .name = name, .out = out };
    enum jemput_status st = loose_read(hub, name, out, found, err);

    if (st || *found)
        return st;
    st = packed_each(hub, packed_search_see, &search, err);
    if (st)
        return st;
    *found = search.found;
    return *found ? JEMPUT_OK : hub_there(hub, err);
}

enum jemput_status jemput_folder_ref(struct jemput_hub *hub, const char *name, struct jemput_oid *out, struct jemput_error *err)
{
    struct jemput_oid oid;
    bool found;
    enum jemput_status st;

    if (!jemput_ref_name_valid(name))
        return jemput_fail(err, JEMPUT_MISUSE, "'%s' is not a ref", name);
    st = jemput_hub_ref_find(hub, name, &oid, &found, err);
    if (!st && !found)
        st = jemput_fail(err, JEMPUT_NOTFOUND, "not there");
    if (st) {
        jemput_hub_fail(hub, err);
        return jemput_wrap(err, "ref '%s'", name);
    }
    *out = oid;
    return JEMPUT_OK;
}

/* --- all refs --- */

struct ref_entry {
    const char *name; /* in the arena */
    struct jemput_oid oid;
    uint32_t place; /* as they were read: loose ones come first */
};

struct ref_list {
    struct jemput_hub *hub;
    const char *prefix;
    struct jemput_arena arena;
    struct ref_entry *entries;
    uint32_t count, cap;
    unsigned skipped;
};

static enum jemput_status refs_add(struct ref_list *list, const char *name, const struct jemput_oid *oid, struct jemput_error *err)
{
    if (list->count >= REFS_MAX)
        return jemput_fail(err, JEMPUT_LIMIT, "more than %u refs", REFS_MAX);
    if (list->count == list->cap) {
        uint32_t cap = list->cap ? 2 * list->cap : 64;
        struct ref_entry *grown = jemput_realloc(list->entries, cap * sizeof *grown);

        if (!grown)
            return jemput_fail(err, JEMPUT_NOMEM, "no memory for %u refs", (unsigned)cap);
        list->entries = grown;
        list->cap = cap;
    }
    name = jemput_arena_str(&list->arena, jemput_bytes_str(name));
    if (!name)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a ref's name");
    list->entries[list->count] = (struct ref_entry){ .name = name, .oid = *oid, .place = list->count };
    list->count++;
    return JEMPUT_OK;
}

static enum jemput_status refs_packed_see(void *ctx, const char *name, const struct jemput_oid *oid, struct jemput_error *err)
{
    struct ref_list *list = ctx;

    if (name && strncmp(name, list->prefix, strlen(list->prefix)) != 0)
        return JEMPUT_OK;
    if (!name || !jemput_ref_name_valid(name)) {
        list->skipped++;
        return JEMPUT_OK;
    }
    return refs_add(list, name, oid, err);
}

/* A folder's entries are gathered before any of them is visited, so that only one folder is open at a time. */
struct folder_entry {
    struct folder_entry *next;
    char name[JEMPUT_REF_NAME_BYTES_MAX + 1]; /* whole, from "refs/" on */
};
struct folder {
    struct ref_list *list;
    const char *name; /* without a final slash */
    struct folder_entry *entries;
    uint32_t entry_count;
};

static enum jemput_status folder_entry_see(void *ctx, const char *name, struct jemput_error *err)
{
    struct folder *folder = ctx;
    size_t folder_len = strlen(folder->name), len = strlen(name);
    struct folder_entry *entry;

    if (len >= 5 && strcmp(name + len - 5, ".lock") == 0) /* somebody is at work */
        return JEMPUT_OK;
    if (folder_len + 1 + len > JEMPUT_REF_NAME_BYTES_MAX) {
        folder->list->skipped++;
        return JEMPUT_OK;
    }
    if (++folder->entry_count > REFS_MAX)
        return jemput_fail(err, JEMPUT_LIMIT, "more than %u refs", REFS_MAX);
    entry = jemput_alloc(sizeof *entry);
    if (!entry)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a ref's name");
    memcpy(entry->name, folder->name, folder_len);
    entry->name[folder_len] = '/';
    memcpy(entry->name + folder_len + 1, name, len + 1);
    entry->next = folder->entries;
    folder->entries = entry;
    return JEMPUT_OK;
}

static enum jemput_status folder_visit(struct ref_list *list, const char *name, unsigned depth, struct jemput_error *err);

static enum jemput_status entry_visit(struct ref_list *list, const char *name, unsigned depth, struct jemput_error *err)
{
    struct jemput_buf path = { 0 };
    struct jemput_file_info info = { .kind = JEMPUT_FILE_NONE };
    struct jemput_oid oid;
    bool found = false;
    enum jemput_status st;

    if (!jemput_ref_name_valid(name)) {
        list->skipped++;
        return JEMPUT_OK;
    }
    st = jemput_hub_path(&path, list->hub, name, err);
    if (!st)
        st = list->hub->env->stat(list->hub->env, (const char *)path.data, &info, err);
    jemput_buf_release(&path);
    if (st == JEMPUT_NOTFOUND) /* gone since the listing, or a link to nowhere */
        return JEMPUT_OK;
    if (st)
        return st;
    if (info.kind == JEMPUT_FILE_FOLDER && depth < DEPTH_MAX)
        return folder_visit(list, name, depth + 1, err);
    if (info.kind == JEMPUT_FILE_REGULAR)
        st = loose_read(list->hub, name, &oid, &found, err);
    if (st)
        return st;
    if (found)
        return refs_add(list, name, &oid, err);
    list->skipped++;
    return JEMPUT_OK;
}

static enum jemput_status folder_visit(struct ref_list *list, const char *name, unsigned depth, struct jemput_error *err)
{
    struct folder folder = { .list = list, .name = name };
    struct jemput_buf path = { 0 };
    enum jemput_status st = jemput_hub_path(&path, list->hub, name, err);

    if (!st)
        st = list->hub->env->list(list->hub->env, (const char *)path.data, folder_entry_see, &folder, err);
    jemput_buf_release(&path);
    if (st == JEMPUT_NOTFOUND) /* `git pack-refs` removes folders that it has emptied */
        st = JEMPUT_OK;
    while (folder.entries) {
        struct folder_entry *entry = folder.entries;

        folder.entries = entry->next;
        if (!st)
            st = entry_visit(list, entry->name, depth, err);
        jemput_free(entry);
    }
    return st;
}

static int ref_order(const void *a, const void *b)
{
    const struct ref_entry *x = a, *y = b;
    int order = strcmp(x->name, y->name);

    return order ? order : (x->place > y->place) - (x->place < y->place); /* the first wins */
}

static enum jemput_status refs_gather(struct ref_list *list, struct jemput_error *err)
{
    char folder[JEMPUT_REF_NAME_BYTES_MAX + 1];
    size_t len = strlen(list->prefix);
    enum jemput_status st;

    memcpy(folder, list->prefix, len);
    folder[len - 1] = '\0'; /* the slash */
    st = folder_visit(list, folder, 0, err);
    if (!st)
        st = packed_each(list->hub, refs_packed_see, list, err);
    if (!st && list->count)
        qsort(list->entries, list->count, sizeof *list->entries, ref_order);
    return st;
}

enum jemput_status jemput_folder_refs(struct jemput_hub *hub, const char *prefix, jemput_ref_fn each, void *ctx, unsigned *skipped,
                                      struct jemput_error *err)
{
    struct ref_list list = { .hub = hub, .prefix = prefix };
    size_t prefix_len = strlen(prefix);
    enum jemput_status st;

    JEMPUT_ASSERT(prefix_len > 1 && prefix_len <= JEMPUT_REF_NAME_BYTES_MAX && prefix[prefix_len - 1] == '/');
    st = refs_gather(&list, err);
    if (st)
        st = jemput_hub_fail(hub, err);
    else
        st = hub_there(hub, err);
    if (st) {
        st = jemput_wrap(err, "refs of the hub");
        goto done;
    }
    for (uint32_t i = 0; i < list.count && !st; i++) {
        if (i == 0 || strcmp(list.entries[i - 1].name, list.entries[i].name) != 0)
            st = each(ctx, list.entries[i].name, &list.entries[i].oid, err);
    }
    if (!st)
        *skipped = list.skipped;
done:
    jemput_free(list.entries);
    jemput_arena_release(&list.arena);
    return st;
}
