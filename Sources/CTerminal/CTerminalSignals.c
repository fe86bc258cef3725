// Every way out of the program leaves a usable terminal.
//
// ncurses keeps SIGWINCH, and SIGTSTP but for the one thing that it does not know of: the mode that
// reports motion. SIGINT becomes an event, and SIGTERM, SIGHUP and SIGQUIT the end of input, so that
// the program can end in order; SIGINT, SIGTERM or SIGQUIT again before that was read ends it here.
// All others restore the terminal with nothing but write(2) and tcsetattr(3), and then do what they
// would have done.

#include "Internal.h"

#include <string.h>
#include <termios.h>
#include <unistd.h>

// Mouse off, attributes off, G0 ASCII, keypad off, cursor on, alternate screen left.
static const char reset[] =
    "\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[0m\x1b(B\x1b[?1l\x1b>\x1b[?25h\x1b[?1049l";

static const int fatal[] = {SIGSEGV, SIGABRT, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGSYS,
                            SIGPIPE, SIGXCPU};
enum { FATAL = sizeof fatal / sizeof fatal[0] };

static const int polite[] = {SIGTERM, SIGHUP, SIGQUIT};
enum { POLITE = sizeof polite / sizeof polite[0] };

static struct termios saved;
static int saved_input = -1;
static int saved_output = -1;
static volatile sig_atomic_t active;
static volatile sig_atomic_t interrupts;
static volatile sig_atomic_t ending;

static struct sigaction previous[FATAL];
static bool installed[FATAL];
static struct sigaction previous_polite[POLITE];
static bool polite_installed[POLITE];
static struct sigaction previous_stop;
static bool stop_installed;
static volatile sig_atomic_t tracks_motion;
static struct sigaction previous_interrupt;
static bool interrupt_installed;

// A stack of its own, for when the ordinary one has overflowed.
static char stack[64 * 1024];

void rs_signals_save(int input, int output) {
    saved_input = input;
    saved_output = output;
    tcgetattr(input, &saved);
}

void rs_signals_restore_modes(void) {
    tcsetattr(saved_input, TCSANOW, &saved);
}

static void leave(int signal) {
    if (active) {
        active = 0;
        // In a background process group this would stop the process instead of ending it.
        sigset_t set, old;
        sigemptyset(&set);
        sigaddset(&set, SIGTTOU);
        sigprocmask(SIG_BLOCK, &set, &old);
        ssize_t written = write(saved_output, reset, sizeof reset - 1);
        (void)written;
        tcsetattr(saved_input, TCSADRAIN, &saved);
        sigprocmask(SIG_SETMASK, &old, NULL);
    }
    struct sigaction plain;
    memset(&plain, 0, sizeof plain);
    plain.sa_handler = SIG_DFL;
    sigaction(signal, &plain, NULL);
    sigset_t unblock;
    sigemptyset(&unblock);
    sigaddset(&unblock, signal);
    raise(signal);
    sigprocmask(SIG_UNBLOCK, &unblock, NULL);
}

static void interrupt(int signal) {
    if (interrupts) leave(signal);
    interrupts = 1;
}

// Several may come at once: a service that is stopped is sent two, and of a connection that drops
// the kernel tells and the shell tells again.
static void finish(int signal) {
    if (ending == signal && signal != SIGHUP) leave(signal);
    if (ending == 0) ending = signal;
}

static void write_motion_mode(bool on) {
    const char *mode = on ? "\x1b[?1002h" : "\x1b[?1002l";
    ssize_t written = write(saved_output, mode, strlen(mode));
    (void)written;
}

void rs_signals_track_motion(bool on) {
    if (tracks_motion == on) return;
    tracks_motion = on;
    write_motion_mode(on);
}

// What ncurses does when the program is stopped; it returns when the program goes on.
static void stop(int signal) {
    if (tracks_motion) write_motion_mode(false);
    previous_stop.sa_handler(signal);
    if (tracks_motion) write_motion_mode(true);
}

// Only where ncurses has a handler: a shell that ignores the signal goes on doing so.
static void install_stop(void) {
    if (sigaction(SIGTSTP, NULL, &previous_stop) != 0) return;
    if (previous_stop.sa_handler == SIG_IGN || previous_stop.sa_handler == SIG_DFL) return;
    struct sigaction action = previous_stop;
    action.sa_handler = stop;
    stop_installed = sigaction(SIGTSTP, &action, NULL) == 0;
}

static bool install(int signal, void (*handler)(int), struct sigaction *old) {
    if (sigaction(signal, NULL, old) != 0) return false;
    if (!(old->sa_flags & SA_SIGINFO) && old->sa_handler == SIG_IGN) return false;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    action.sa_flags = SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    return sigaction(signal, &action, NULL) == 0;
}

void rs_signals_install(void) {
    stack_t own = {.ss_sp = stack, .ss_size = sizeof stack, .ss_flags = 0};
    sigaltstack(&own, NULL);
    for (int i = 0; i < FATAL; i++) installed[i] = install(fatal[i], leave, &previous[i]);
    ending = 0;
    for (int i = 0; i < POLITE; i++)
        polite_installed[i] = install(polite[i], finish, &previous_polite[i]);
    interrupt_installed = install(SIGINT, interrupt, &previous_interrupt);
    install_stop();
    active = 1;
}

// Whoever ignores it since does not want the old handler back.
static bool ignored(int signal) {
    struct sigaction now;
    return sigaction(signal, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

void rs_signals_block(sigset_t *before) {
    sigset_t quiet;
    sigemptyset(&quiet);
    sigaddset(&quiet, SIGWINCH);
    sigaddset(&quiet, SIGINT);
    for (int i = 0; i < POLITE; i++) sigaddset(&quiet, polite[i]);
    sigprocmask(SIG_BLOCK, &quiet, before);
}

void rs_signals_remove(void) {
    active = 0;
    for (int i = 0; i < FATAL; i++) {
        if (installed[i]) sigaction(fatal[i], &previous[i], NULL);
        installed[i] = false;
    }
    for (int i = 0; i < POLITE; i++) {
        if (polite_installed[i] && !ignored(polite[i]))
            sigaction(polite[i], &previous_polite[i], NULL);
        polite_installed[i] = false;
    }
    if (stop_installed) sigaction(SIGTSTP, &previous_stop, NULL);
    stop_installed = false;
    if (interrupt_installed) sigaction(SIGINT, &previous_interrupt, NULL);
    interrupt_installed = false;
    interrupts = 0;
}

bool rs_signals_take_interrupt(void) {
    bool taken = interrupts != 0;
    interrupts = 0;
    return taken;
}

int32_t rs_ending_signal(void) { return ending; }

static bool held[POLITE];

void rs_hold_endings(void) {
    for (int i = 0; i < POLITE; i++)
        held[i] = !ignored(polite[i]) && signal(polite[i], SIG_IGN) != SIG_ERR;
}

void rs_release_endings(void) {
    for (int i = 0; i < POLITE; i++)
        if (held[i]) signal(polite[i], SIG_DFL);
}
