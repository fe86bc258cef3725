// What Swift's Glibc module leaves out: what malloc tells and lets set, and pseudo terminals.
#ifndef CHEAP_H
#define CHEAP_H
#include <malloc.h>

// Lets malloc keep what is freed: giving memory back to the kernel and having it zeroed again costs
// as much as filling it.
void rs_keep_freed_memory(void);

// Opens a pseudo terminal of this size. Returns its master end, or -1 with errno; the name of
// the other end goes to `name`.
int rs_open_pseudo_terminal(int columns, int rows, char *name, size_t length);

#endif
