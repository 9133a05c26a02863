/* sim/world/hub.h — the hubs: bare repositories in a temporary folder, which go away in the middle of a call, go back to older states,
 * become copies of one another, or lie (liar.h). */
#ifndef TESTS_SIM_WORLD_HUB_H
#define TESTS_SIM_WORLD_HUB_H

#include "env/env.h"
#include "history.h"

enum { HUBS_MAX = 4 };

/* The real files, but that a cut ends them: the call at which it comes writes a part of its bytes, and all later ones fail. */
struct hub_files {
    struct jemput_env env; /* of the file calls alone; hand out &h.env */
    uint64_t calls, cut_at; /* UINT64_MAX = never */
    bool counts_writes;     /* calls that write files are counted, and no others */
    uint64_t seed;          /* says how many bytes */
    int64_t now_ms;         /* time of files that are made */
    bool cut, torn;
};

void hub_files_init(struct hub_files *f);
void hub_cut_at(struct hub_files *f, uint64_t call, bool of_writes, uint64_t seed);
void hub_cut_end(struct hub_files *f); /* it is there again */

const char *hub_path(unsigned hub); /* static */
/* The temporary folder is made on first use, in TMPDIR or in memory, is that of all children, and goes when the process that made it ends. */

struct hub_entry {
    struct hub_entry *next;
    char *name; /* below the hub's folder */
    bool is_folder;
    char *data;
    size_t len;
};
struct hub_copy {
    struct hub_entry *first, **end;
};
void hub_entry_free(struct hub_entry *e);
struct hub_copy *hub_remember(unsigned hub);
void hub_put(const struct hub_copy *copy, unsigned hub); /* NULL = nothing is there */
void hub_forget(struct hub_copy *copy);

#endif
