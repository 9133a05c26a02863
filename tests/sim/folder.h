/* sim/folder.h — a small folder's files remembered in memory, and put back fast: for hubs that thousands of runs start from. */
#ifndef TESTS_SIM_FOLDER_H
#define TESTS_SIM_FOLDER_H

struct folder_state;

struct folder_state *folder_remember(const char *path);
void folder_restore(const struct folder_state *state); /* files that are new or changed since are removed or put back */
void folder_forget(struct folder_state *state);

#endif
