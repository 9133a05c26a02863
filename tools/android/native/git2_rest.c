/* What libgit2's settings name of its HTTP client, which is not compiled. */
#include <stdbool.h>

extern bool git_http__expect_continue;
bool git_http__expect_continue = false;
