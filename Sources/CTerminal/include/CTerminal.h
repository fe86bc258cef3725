// The only door to ncurses: no ncurses type, macro or global passes through it.
//
// One terminal per process, used from one thread. ncurses keeps SIGWINCH and SIGTSTP; SIGTERM,
// SIGHUP and SIGQUIT end the input; the rest of the signals that end a program restore the terminal
// first (see CTerminalSignals.c).

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Results of rs_open.
enum {
    RS_OK = 0,
    RS_NOT_A_TERMINAL = -1,   // input or output is a file, a pipe, or closed
    RS_UNKNOWN_TERMINAL = -2, // TERM is unset, or the database does not have it
    RS_DUMB_TERMINAL = -3,    // the terminal cannot move its cursor
    RS_BUSY = -4,             // a terminal is open already
    RS_FAILED = -5            // out of descriptors or memory
};

// Attributes of a cell.
enum { RS_BOLD = 1, RS_DIM = 2, RS_UNDERLINE = 4, RS_REVERSE = 8 };

// One grapheme and its look. A grapheme of two columns is one element.
typedef struct {
    uint32_t scalars[3]; // base and marks, ended by 0 when fewer than three
    uint8_t columns;     // 1 or 2
    uint8_t attributes;  // RS_BOLD ...
    int8_t foreground;   // 0 to 15, or -1 for the terminal's default
    int8_t background;
} rs_cell;

// What rs_read reports.
enum { RS_TIMEOUT, RS_CHARACTER, RS_KEY, RS_MOUSE, RS_RESIZE, RS_INTERRUPT, RS_END };

// Named keys.
enum {
    RS_UP, RS_DOWN, RS_LEFT, RS_RIGHT, RS_HOME, RS_END_KEY, RS_PAGE_UP, RS_PAGE_DOWN, RS_INSERT,
    RS_DELETE, RS_BACKSPACE, RS_ENTER, RS_TAB, RS_ESCAPE, RS_FUNCTION // F1; F2 is one more ...
};

enum { RS_SHIFT = 1, RS_ALT = 2, RS_CONTROL = 4 };

// Mouse: buttons 1 to 3 go down and up, and move while they are down; the wheel only turns.
enum { RS_PRESS, RS_RELEASE, RS_WHEEL_UP, RS_WHEEL_DOWN, RS_DRAG };

typedef struct {
    int32_t kind;      // RS_TIMEOUT ...
    uint32_t scalar;   // RS_CHARACTER: with RS_CONTROL the lower case letter
    int32_t key;       // RS_KEY
    int32_t modifiers; // RS_SHIFT | RS_ALT | RS_CONTROL
    int32_t action;    // RS_MOUSE: RS_PRESS ...
    int32_t button;    // RS_MOUSE: 1 to 3 with RS_PRESS, RS_RELEASE and RS_DRAG
    int32_t x, y;      // RS_MOUSE: the cell; RS_RESIZE: columns and rows
} rs_event;

// Takes the character encoding from the environment. With force, UTF-8 whatever the environment
// says. Returns whether it is UTF-8. Call before rs_open.
bool rs_use_locale(bool force_utf8);

// Takes over the terminal and installs the signal handlers. Nothing is written when it fails.
int32_t rs_open(int32_t input, int32_t output);
// Gives the terminal back as it was found. Harmless when none is open.
void rs_close(void);

void rs_size(int32_t *columns, int32_t *rows);
// How many colours the terminal has; 0 when it has none.
int32_t rs_colours(void);

// Puts cells side by side from a position on. Nothing is seen before rs_flush.
void rs_put(int32_t x, int32_t y, const rs_cell *cells, size_t count);
// Blanks the whole screen; the next rs_flush repaints every cell of it.
void rs_clear(void);
// Shows the cursor at a position, or hides it.
void rs_cursor(bool visible, int32_t x, int32_t y);
void rs_flush(void);

// Waits for an event: milliseconds, 0 not at all, below 0 for ever. Costs nothing while waiting.
void rs_read(int32_t timeout, rs_event *event);

// The signal that asked the program to end, which rs_read reports as RS_END; 0 when none did.
int32_t rs_ending_signal(void);
// Between these two, SIGTERM, SIGHUP and SIGQUIT have no effect, also after rs_close. The end of a
// terminal is often seen before its SIGHUP.
void rs_hold_endings(void);
void rs_release_endings(void);

// Mouse reports on or off: buttons, the wheel, and motion while a button is down.
void rs_mouse(bool on);
// Stops the process as Ctrl-Z does, and returns when it continues.
void rs_suspend(void);
// Writes bytes past ncurses, for sequences that leave the screen alone. Returns whether all went.
bool rs_write(const uint8_t *bytes, size_t count);
