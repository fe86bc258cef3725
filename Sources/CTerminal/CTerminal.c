// Opening, drawing and closing. See include/CTerminal.h.

#define _GNU_SOURCE 1
#define _XOPEN_SOURCE_EXTENDED 1
#define NCURSES_WIDECHAR 1

#include "CTerminal.h"
#include "Internal.h"

#include <curses.h>
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

static SCREEN *screen;
static FILE *input_file;
static FILE *output_file;
static int output_descriptor = -1;

// Colour pairs by foreground and background, both shifted by one; 0 is not asked for yet.
static int pairs[17][17];
static int next_pair;

bool rs_use_locale(bool force_utf8) {
    bool known = setlocale(LC_CTYPE, "") != NULL;
    if (known && strcmp(nl_langinfo(CODESET), "UTF-8") == 0) return true;
    return force_utf8 && setlocale(LC_CTYPE, "C.UTF-8") != NULL;
}

// Ctrl-S, Ctrl-Q, Ctrl-V and Ctrl-O reach the program instead of the terminal line.
static void release_control_keys(int32_t input) {
    struct termios modes;
    if (tcgetattr(input, &modes) != 0) return;
    modes.c_iflag &= ~(tcflag_t)IXON;
    modes.c_lflag &= ~(tcflag_t)IEXTEN;
    tcsetattr(input, TCSANOW, &modes);
    def_prog_mode();
}

static void drop_files(void) {
    if (input_file) fclose(input_file);
    if (output_file) fclose(output_file);
    input_file = output_file = NULL;
}

static int32_t open_screen(int32_t input, int32_t output) {
    int in = dup(input), out = dup(output);
    input_file = in < 0 ? NULL : fdopen(in, "r");
    output_file = out < 0 ? NULL : fdopen(out, "w");
    if (input_file == NULL || output_file == NULL) {
        drop_files();
        return RS_FAILED;
    }
    // newterm reports an unusable terminal; initscr would end the process.
    screen = newterm(NULL, output_file, input_file);
    if (screen == NULL) {
        drop_files();
        return RS_UNKNOWN_TERMINAL;
    }
    set_term(screen);
    return RS_OK;
}

int32_t rs_open(int32_t input, int32_t output) {
    static bool at_exit;
    if (screen != NULL) return RS_BUSY;
    if (!isatty(input) || !isatty(output)) return RS_NOT_A_TERMINAL;
    int32_t problem = rs_check_terminal(output);
    if (problem != RS_OK) return problem;
    rs_signals_save(input, output);
    problem = open_screen(input, output);
    if (problem != RS_OK) return problem;
    output_descriptor = output;
    rs_signals_install();
    if (!at_exit) at_exit = atexit(rs_close) == 0;
    cbreak(); // not raw: Ctrl-Z must stop the process
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    intrflush(stdscr, FALSE);
    leaveok(stdscr, FALSE);
    curs_set(0);
    if (getenv("ESCDELAY") == NULL) set_escdelay(25);
    release_control_keys(input);
    rs_keys_define();
    memset(pairs, 0, sizeof pairs);
    next_pair = 1;
    if (has_colors()) {
        start_color();
        use_default_colors();
    }
    return RS_OK;
}

void rs_close(void) {
    if (screen == NULL) return;
    rs_mouse(false);
    curs_set(1);
    endwin();
    rs_signals_restore_modes();
    rs_signals_remove();
    delscreen(screen);
    screen = NULL;
    drop_files();
}

int rs_input_descriptor(void) { return input_file ? fileno(input_file) : -1; }

void rs_size(int32_t *columns, int32_t *rows) {
    *columns = screen ? getmaxx(stdscr) : 0;
    *rows = screen ? getmaxy(stdscr) : 0;
}

int32_t rs_colours(void) { return screen && has_colors() ? COLORS : 0; }

// Terminals with 8 colours show the bright ones as bold, which most of them brighten.
static int pair_for(int foreground, int background, attr_t *attributes) {
    if (rs_colours() < 8) return 0;
    if (COLORS < 16) {
        if (foreground >= 8) *attributes |= A_BOLD;
        if (foreground >= 8) foreground -= 8;
        if (background >= 8) background -= 8;
    }
    if (foreground < 0 && background < 0) return 0;
    int *pair = &pairs[foreground + 1][background + 1];
    if (*pair == 0 && next_pair < COLOR_PAIRS) {
        if (init_extended_pair(next_pair, foreground, background) == OK) *pair = next_pair++;
    }
    return *pair;
}

// Returns how many elements it wrote: two where a wide grapheme has no wide replacement.
static int convert(const rs_cell *cell, cchar_t *result) {
    wchar_t text[4] = {0};
    for (int i = 0; i < 3 && cell->scalars[i]; i++) text[i] = (wchar_t)cell->scalars[i];
    // Where the C library knows another width, the columns behind would shift.
    bool agreed = wcwidth(text[0]) == cell->columns;
    if (!agreed) wcscpy(text, L"?");
    for (int i = 1; i < 3 && text[i]; i++) {
        if (wcwidth(text[i]) != 0) text[i] = 0;
    }
    attr_t attributes = 0;
    if (cell->attributes & RS_BOLD) attributes |= A_BOLD;
    if (cell->attributes & RS_DIM) attributes |= A_DIM;
    if (cell->attributes & RS_UNDERLINE) attributes |= A_UNDERLINE;
    if (cell->attributes & RS_REVERSE) attributes |= A_REVERSE;
    short pair = (short)pair_for(cell->foreground, cell->background, &attributes);
    if (setcchar(result, text, attributes, pair, NULL) != OK) {
        setcchar(result, L"?", attributes, pair, NULL);
    }
    if (agreed || cell->columns != 2) return 1;
    setcchar(result + 1, L" ", attributes, pair, NULL);
    return 2;
}

void rs_put(int32_t x, int32_t y, const rs_cell *cells, size_t count) {
    enum { CHUNK = 128 };
    cchar_t chunk[CHUNK];
    if (screen == NULL) return;
    while (count > 0) {
        int filled = 0, width = 0;
        while (filled < CHUNK - 1 && count > 0) {
            filled += convert(cells, &chunk[filled]);
            width += cells->columns;
            cells++;
            count--;
        }
        mvadd_wchnstr(y, x, chunk, filled);
        x += width;
    }
}

void rs_clear(void) {
    if (screen == NULL) return;
    erase();
    clearok(stdscr, TRUE);
}

void rs_cursor(bool visible, int32_t x, int32_t y) {
    if (screen == NULL) return;
    curs_set(visible ? 1 : 0);
    move(visible ? y : 0, visible ? x : 0);
}

void rs_flush(void) {
    if (screen) refresh();
}

void rs_suspend(void) {
    if (screen) raise(SIGTSTP);
}

bool rs_write(const uint8_t *bytes, size_t count) {
    if (screen == NULL) return false;
    fflush(output_file);
    while (count > 0) {
        ssize_t written = write(output_descriptor, bytes, count);
        if (written < 0 && errno != EINTR) return false;
        if (written > 0) {
            bytes += written;
            count -= (size_t)written;
        }
    }
    return true;
}
