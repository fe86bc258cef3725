// Whether TERM names a terminal that can be drawn on. In a file of its own because term.h defines
// common words as macros.

#include "CTerminal.h"
#include "Internal.h"

#include <curses.h>
#include <stdlib.h>
#include <term.h>

int32_t rs_check_terminal(int32_t output) {
    int found = 0;
    const char *name = getenv("TERM");
    if (name == NULL || *name == 0) return RS_UNKNOWN_TERMINAL;
    if (setupterm(name, output, &found) != OK) {
        return found == 1 ? RS_DUMB_TERMINAL : RS_UNKNOWN_TERMINAL;
    }
    bool moves = cursor_address != NULL && clear_screen != NULL;
    del_curterm(cur_term);
    return moves ? RS_OK : RS_DUMB_TERMINAL;
}
