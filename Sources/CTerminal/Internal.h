// What the files of CTerminal share.

#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

// CTerminalCheck.c

// RS_OK, or why the terminal that TERM names cannot be used.
int32_t rs_check_terminal(int32_t output);

// CTerminalSignals.c

// Remembers how the terminal is now: what every way out of the program goes back to.
void rs_signals_save(int input, int output);
// Installs handlers for signals that end a program. Signals that were ignored stay ignored.
void rs_signals_install(void);
void rs_signals_remove(void);
// Keeps the signals that become events from coming in; a mask that lets them in is left in `before`.
void rs_signals_block(sigset_t *before);
// Puts back the saved modes, without touching the screen.
void rs_signals_restore_modes(void);
// Asks the terminal to report motion while a button is down, or not to; ncurses has no way to. The
// stop of Ctrl-Z takes it back as long as it lasts.
void rs_signals_track_motion(bool on);
// Whether Ctrl-C was pressed since the last call.
bool rs_signals_take_interrupt(void);

// CTerminal.c

// Where keys come from; -1 when no terminal is open.
int rs_input_descriptor(void);

// CTerminalKeys.c

// The codes of keys with modifiers start here, above those of ncurses.
enum { RS_MODIFIED = 0x4000 };

// Teaches ncurses the sequences of keys pressed with Shift, Alt and Control.
void rs_keys_define(void);
