#ifndef BATON_CSPAWN_SHIM_H
#define BATON_CSPAWN_SHIM_H

#include <spawn.h>
#include <unistd.h>

#if defined(__linux__)
// glibc declares these under _GNU_SOURCE only, which Swift's import of it does not define.
extern int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *, const char *);
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *, int);
extern int pipe2(int[2], int);
#endif

// The directory the program begins in; the plain name is not visible to Swift on Linux, and is on macOS.
static inline int baton_spawn_chdir(posix_spawn_file_actions_t *actions, const char *path) {
    return posix_spawn_file_actions_addchdir_np(actions, path);
}

// Closes every descriptor from `first` on; on macOS POSIX_SPAWN_CLOEXEC_DEFAULT does it.
static inline int baton_spawn_closefrom(posix_spawn_file_actions_t *actions, int first) {
#if defined(__linux__)
    return posix_spawn_file_actions_addclosefrom_np(actions, first);
#else
    return 0;
#endif
}

// A pipe with flags that no other thread's child can inherit before they are set; macOS has no such call.
static inline int baton_pipe(int ends[2], int flags) {
#if defined(__linux__)
    return pipe2(ends, flags);
#else
    return pipe(ends);
#endif
}

#endif
