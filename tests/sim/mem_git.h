/* sim/mem_git.h — a git server whose objects and branches are in memory, behind a link that fails as it is told (support/git_link.h): a test can put
 * it back to what it was, as often as a sync has bytes. */
#ifndef TESTS_SIM_MEM_GIT_H
#define TESTS_SIM_MEM_GIT_H

#include "support/git_link.h"

#define MEM_GIT_OBJECTS 4096
#define MEM_GIT_REFS 64

struct mem_git {
    struct git_storage storage; /* first */
    struct git_link link;
    struct mem_git_object *objects; /* object_count of MEM_GIT_OBJECTS */
    struct mem_git_ref *refs;       /* ref_count of MEM_GIT_REFS */
    unsigned object_count, ref_count;
};

void mem_git_open(struct mem_git *g);
void mem_git_release(struct mem_git *g);
void mem_git_lose(struct mem_git *g, const char *part); /* branches with that in their names */
/* As it is now, and back to that; `kept` zeroed at first, and released by mem_git_release, too. */
void mem_git_keep(const struct mem_git *g, struct mem_git *kept);
void mem_git_restore(struct mem_git *g, const struct mem_git *kept);

#endif
