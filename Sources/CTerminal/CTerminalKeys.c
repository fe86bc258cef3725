// Reading keys, mouse and resizes without ever spinning.

#define _GNU_SOURCE 1
#define _XOPEN_SOURCE_EXTENDED 1
#define NCURSES_WIDECHAR 1

#include "CTerminal.h"
#include "Internal.h"

#include <curses.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

// Keys that terminals send with modifiers, as xterm spells them: CSI number ; modifiers final.
static const struct {
    int number;
    char final;
    int key;
} modified[] = {
    {1, 'A', RS_UP},   {1, 'B', RS_DOWN},     {1, 'C', RS_RIGHT},   {1, 'D', RS_LEFT},
    {1, 'H', RS_HOME}, {1, 'F', RS_END_KEY},  {2, '~', RS_INSERT},  {3, '~', RS_DELETE},
    {5, '~', RS_PAGE_UP}, {6, '~', RS_PAGE_DOWN},
};
enum { MODIFIED = sizeof modified / sizeof modified[0] };

void rs_keys_define(void) {
    for (int i = 0; i < MODIFIED; i++) {
        // xterm adds 1 to the sum of Shift 1, Alt 2 and Control 4.
        for (int modifiers = 1; modifiers < 8; modifiers++) {
            char sequence[16];
            snprintf(sequence, sizeof sequence, "\x1b[%d;%d%c", modified[i].number, modifiers + 1,
                     modified[i].final);
            define_key(sequence, RS_MODIFIED + i * 8 + modifiers);
        }
    }
}

static void set_key(rs_event *event, int key, int modifiers) {
    event->kind = RS_KEY;
    event->key = key;
    event->modifiers = modifiers;
}

// What the mouse did and nobody has been told of yet, the newest first: so ncurses hands it out.
static struct {
    MEVENT events[16];
    int count;
} mouse_queue;

// A press that is read together with the motion behind it (a drag over a slow line) is one
// KEY_MOUSE with two events.
static void fill_mouse_queue(void) {
    const int room = sizeof mouse_queue.events / sizeof mouse_queue.events[0];
    mouse_queue.count = 0;
    while (mouse_queue.count < room &&
           getmouse(&mouse_queue.events[mouse_queue.count]) == OK)
        mouse_queue.count++;
}

static bool decode_mouse(const MEVENT *mouse, rs_event *event) {
    event->kind = RS_MOUSE;
    event->x = mouse->x;
    event->y = mouse->y;
    const mmask_t state = mouse->bstate;
    const mmask_t down[] = {BUTTON1_PRESSED, BUTTON2_PRESSED, BUTTON3_PRESSED};
    const mmask_t up[] = {BUTTON1_RELEASED, BUTTON2_RELEASED, BUTTON3_RELEASED};
    // Motion does not say of which button it is: of the one that went down last.
    static int held;
    if (state & (BUTTON4_PRESSED | BUTTON5_PRESSED)) {
        event->action = state & BUTTON4_PRESSED ? RS_WHEEL_UP : RS_WHEEL_DOWN;
        return true;
    }
    for (int i = 0; i < 3; i++) {
        if (!(state & (down[i] | up[i]))) continue;
        event->action = state & down[i] ? RS_PRESS : RS_RELEASE;
        event->button = i + 1;
        held = state & down[i] ? i + 1 : 0;
        return true;
    }
    event->action = RS_DRAG;
    event->button = held;
    return held != 0 && (state & REPORT_MOUSE_POSITION);
}

// The oldest thing that the mouse did. False when there is none that means something.
static bool take_mouse(rs_event *event) {
    while (mouse_queue.count > 0)
        if (decode_mouse(&mouse_queue.events[--mouse_queue.count], event)) return true;
    return false;
}

// A key that ncurses has a code for. False when it means nothing here.
static bool decode_code(int code, rs_event *event) {
    static const struct {
        int code, key, modifiers;
    } named[] = {
        {KEY_UP, RS_UP, 0}, {KEY_DOWN, RS_DOWN, 0}, {KEY_LEFT, RS_LEFT, 0},
        {KEY_RIGHT, RS_RIGHT, 0}, {KEY_HOME, RS_HOME, 0}, {KEY_END, RS_END_KEY, 0},
        {KEY_PPAGE, RS_PAGE_UP, 0}, {KEY_NPAGE, RS_PAGE_DOWN, 0}, {KEY_IC, RS_INSERT, 0},
        {KEY_DC, RS_DELETE, 0}, {KEY_BACKSPACE, RS_BACKSPACE, 0}, {KEY_ENTER, RS_ENTER, 0},
        {KEY_BTAB, RS_TAB, RS_SHIFT}, {KEY_SR, RS_UP, RS_SHIFT}, {KEY_SF, RS_DOWN, RS_SHIFT},
        {KEY_SLEFT, RS_LEFT, RS_SHIFT}, {KEY_SRIGHT, RS_RIGHT, RS_SHIFT},
        {KEY_SHOME, RS_HOME, RS_SHIFT}, {KEY_SEND, RS_END_KEY, RS_SHIFT},
        {KEY_SPREVIOUS, RS_PAGE_UP, RS_SHIFT}, {KEY_SNEXT, RS_PAGE_DOWN, RS_SHIFT},
        {KEY_SDC, RS_DELETE, RS_SHIFT}, {KEY_FIND, RS_HOME, 0}, {KEY_SELECT, RS_END_KEY, 0},
    };
    if (code == KEY_RESIZE) {
        event->kind = RS_RESIZE;
        rs_size(&event->x, &event->y);
        return true;
    }
    if (code == KEY_MOUSE) {
        fill_mouse_queue();
        return take_mouse(event);
    }
    if (code >= RS_MODIFIED && code < RS_MODIFIED + 8 * MODIFIED) {
        set_key(event, modified[(code - RS_MODIFIED) / 8].key, code % 8);
        return true;
    }
    if (code > KEY_F0 && code <= KEY_F(24)) {
        set_key(event, RS_FUNCTION + code - KEY_F(1), 0);
        return true;
    }
    for (size_t i = 0; i < sizeof named / sizeof named[0]; i++) {
        if (named[i].code != code) continue;
        set_key(event, named[i].key, named[i].modifiers);
        return true;
    }
    return false;
}

// The next key that ncurses has a code for, or the next character. ncurses' own get_wch takes
// what follows a byte that is no character for a part of it, and loses it; here such a byte is one
// replacement character. The beginning of a character waits for the rest.
static int next_character(wint_t *value) {
    static mbstate_t state;
    for (;;) {
        int code = getch();
        if (code == ERR) return ERR;
        if (code > UCHAR_MAX) {
            memset(&state, 0, sizeof state);
            *value = (wint_t)code;
            return KEY_CODE_YES;
        }
        const char byte = (char)code;
        const bool inside = !mbsinit(&state);
        wchar_t wide = 0;
        size_t length = mbrtowc(&wide, &byte, 1, &state);
        if (length == (size_t)-1) {
            memset(&state, 0, sizeof state);
            // What breaks a character off can be one itself.
            if (inside) ungetch(code);
            wide = 0xFFFD;
        } else if (length == (size_t)-2) {
            continue;
        }
        *value = (wint_t)wide;
        return OK;
    }
}

// After an escape: a sequence that nobody knows is read to its end and dropped, so that it does
// not act as the keys that it is spelled with. False when it was only the key Esc.
static bool drop_unknown_sequence(void) {
    wint_t next;
    if (next_character(&next) != OK) return false;
    if (next != '[' && next != 'O') {
        unget_wch((wchar_t)next);
        return false;
    }
    bool longer = next == '[';
    if (next_character(&next) != OK) {
        unget_wch(longer ? L'[' : L'O');
        return false;
    }
    while (longer && next >= 0x20 && next < 0x40 && next_character(&next) == OK) {}
    return true;
}

static bool decode_character(wint_t scalar, rs_event *event) {
    switch (scalar) {
    case 0x1b:
        if (drop_unknown_sequence()) return false;
        set_key(event, RS_ESCAPE, 0);
        return true;
    case '\t': set_key(event, RS_TAB, 0); return true;
    case '\r':
    case '\n': set_key(event, RS_ENTER, 0); return true;
    case 0x7f:
    case '\b': set_key(event, RS_BACKSPACE, 0); return true;
    default: break;
    }
    event->kind = RS_CHARACTER;
    event->scalar = scalar;
    if (scalar < 0x20) {
        event->modifiers = RS_CONTROL;
        event->scalar = scalar == 0 ? ' ' : scalar + (scalar < 27 ? 0x60 : 0x40);
    }
    return true;
}

// What has arrived already. False when nothing has.
static bool take(rs_event *event) {
    if (take_mouse(event)) return true;
    for (;;) {
        wint_t value = 0;
        int result = next_character(&value);
        if (result == ERR) return false;
        bool known = result == KEY_CODE_YES ? decode_code((int)value, event)
                                            : decode_character(value, event);
        if (known) return true;
    }
}

static int64_t now_milliseconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

// Waits until there is input or a signal. Returns RS_TIMEOUT, RS_END, or -1 to look again.
static int wait_for_input(int64_t deadline, const sigset_t *mask) {
    struct pollfd input = {.fd = rs_input_descriptor(), .events = POLLIN};
    int64_t left = deadline < 0 ? 0 : deadline - now_milliseconds();
    if (left < 0) left = 0;
    struct timespec time = {.tv_sec = left / 1000, .tv_nsec = left % 1000 * 1000000};
    int ready = ppoll(&input, 1, deadline < 0 ? NULL : &time, mask);
    if (ready == 0) return RS_TIMEOUT;
    if (ready < 0) return errno == EINTR ? -1 : RS_END;
    // Readable and empty is the end; getting nothing for ever would be 100% CPU.
    int bytes = 0;
    if (ioctl(input.fd, FIONREAD, &bytes) != 0 || bytes == 0) return RS_END;
    return -1;
}

void rs_read(int32_t timeout, rs_event *event) {
    memset(event, 0, sizeof *event);
    int columns, rows;
    rs_size(&columns, &rows);
    if (columns == 0 && rows == 0) {
        event->kind = RS_END;
        return;
    }
    const int64_t deadline = timeout < 0 ? -1 : now_milliseconds() + timeout;
    // Blocked while looking, let in while waiting: no signal is missed in between.
    sigset_t before;
    rs_signals_block(&before);
    nodelay(stdscr, TRUE);
    for (;;) {
        if (rs_ending_signal() != 0) {
            event->kind = RS_END;
            break;
        }
        if (rs_signals_take_interrupt()) {
            event->kind = RS_INTERRUPT;
            break;
        }
        if (take(event)) break;
        int outcome = wait_for_input(deadline, &before);
        if (outcome < 0) continue;
        event->kind = outcome;
        break;
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
}

void rs_mouse(bool on) {
    const mmask_t wanted = BUTTON1_PRESSED | BUTTON1_RELEASED | BUTTON2_PRESSED |
                           BUTTON2_RELEASED | BUTTON3_PRESSED | BUTTON3_RELEASED |
                           BUTTON4_PRESSED | BUTTON5_PRESSED | REPORT_MOUSE_POSITION;
    mouseinterval(0);
    // The mode of ncurses would end this one, in some terminals and not in others.
    if (!on) rs_signals_track_motion(false);
    mmask_t got = mousemask(on ? wanted : 0, NULL);
    if (on && got != 0) rs_signals_track_motion(true);
}
