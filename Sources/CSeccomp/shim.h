#ifndef BATON_CSeccomp_SHIM_H
#define BATON_CSeccomp_SHIM_H

#include <linux/sched.h>
#include <seccomp.h>

// A macro with an argument, which Swift does not import.
static inline uint32_t baton_seccomp_fail_with(uint16_t code) { return SCMP_ACT_ERRNO(code); }

#endif
