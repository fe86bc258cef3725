// What malloc tells and lets set: glibc's <malloc.h>, which Swift's Glibc module leaves out.
#ifndef CHEAP_H
#define CHEAP_H
#include <malloc.h>
#endif
