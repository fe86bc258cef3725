#define _GNU_SOURCE
#include "CHeap.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>

void rs_keep_freed_memory(void) {
    mallopt(M_TRIM_THRESHOLD, INT_MAX);
    mallopt(M_MMAP_THRESHOLD, 1 << 25);
}

int rs_open_pseudo_terminal(int columns, int rows, char *name, size_t length) {
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (master < 0) return -1;
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
    if (grantpt(master) || unlockpt(master) || ptsname_r(master, name, length) ||
        ioctl(master, TIOCSWINSZ, &size))
        return -1;
    return master;
}
