#ifndef BATON_CMicroHTTPD_SHIM_H
#define BATON_CMicroHTTPD_SHIM_H

#include <microhttpd.h>

#include <sys/socket.h>

#if defined(__linux__)
#include <sys/eventfd.h>

/// Swift's Glibc module leaves out `sys/eventfd.h`.
static inline int relay_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

/// `struct ucred` is a GNU extension that Swift's import of the headers leaves out; 0 on success.
static inline int relay_peer_credentials(int descriptor, int *pid, unsigned int *uid, unsigned int *gid) {
    struct { int pid; unsigned int uid; unsigned int gid; } found = { 0, 0, 0 };
    socklen_t size = sizeof found;
    if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &found, &size) != 0) { return -1; }
    *pid = found.pid;
    *uid = found.uid;
    *gid = found.gid;
    return 0;
}
#endif

#include <pthread.h>

#if defined(__linux__)
/// glibc declares it under _GNU_SOURCE only, which Swift's import of it does not define.
extern int pthread_setname_np(pthread_t thread, const char *name);
#endif

/// Names the calling thread; on Linux at most 15 bytes.
static inline int relay_name_thread(const char *name) {
#if defined(__linux__)
    return pthread_setname_np(pthread_self(), name);
#else
    return pthread_setname_np(name);
#endif
}

/// The flags of `recv` import differently from one C library to the next.
static inline ssize_t relay_receive_now(int descriptor, void *buffer, size_t size) {
    return recv(descriptor, buffer, size, MSG_DONTWAIT);
}

/// The flags of `recv` import differently from one C library to the next.
static inline ssize_t relay_peek_now(int descriptor, void *buffer, size_t size) {
    return recv(descriptor, buffer, size, MSG_DONTWAIT | MSG_PEEK);
}

/// What a daemon calls; kept in one struct so that the start below has few arguments.
struct relay_mhd_calls {
    MHD_AccessHandlerCallback access;
    MHD_RequestCompletedCallback completed;
    MHD_NotifyConnectionCallback connection;
    void *(*target)(void *, const char *, struct MHD_Connection *);
    size_t (*unescape)(void *, struct MHD_Connection *, char *);
    void *context;
};

/// `MHD_start_daemon` is variadic, which Swift cannot call.
static inline struct MHD_Daemon *relay_mhd_start(
    unsigned int flags,
    int listener,
    unsigned int connections,
    unsigned int connections_per_peer,
    size_t memory,
    const struct relay_mhd_calls *calls
) {
    return MHD_start_daemon(
        flags, 0, NULL, NULL, calls->access, calls->context,
        MHD_OPTION_LISTEN_SOCKET, (MHD_socket) listener,
        MHD_OPTION_CONNECTION_LIMIT, connections,
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, connections_per_peer,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, memory,
        MHD_OPTION_NOTIFY_COMPLETED, calls->completed, calls->context,
        MHD_OPTION_NOTIFY_CONNECTION, calls->connection, calls->context,
        MHD_OPTION_URI_LOG_CALLBACK, calls->target, calls->context,
        MHD_OPTION_UNESCAPE_CALLBACK, calls->unescape, calls->context,
        MHD_OPTION_END);
}

/// `MHD_get_daemon_info` is variadic; -1 where there is no epoll.
static inline int relay_mhd_epoll(struct MHD_Daemon *daemon) {
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
    return info == NULL ? -1 : info->epoll_fd;
}

/// `MHD_get_connection_info` is variadic; -1 when the connection is unknown.
static inline int relay_mhd_socket(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info == NULL ? -1 : (int) info->connect_fd;
}

/// `MHD_get_connection_info` is variadic; NULL when there is no address.
static inline const struct sockaddr *relay_mhd_address(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    return info == NULL ? NULL : info->client_addr;
}

/// `MHD_get_connection_info` is variadic; the pointer that the connection callback stored.
static inline void *relay_mhd_context(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info == NULL ? NULL : info->socket_context;
}

/// `MHD_get_connection_info` is variadic; the bytes of the request's head, the empty line included.
static inline size_t relay_mhd_head_bytes(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    return info == NULL ? 0 : info->header_size;
}

/// `MHD_get_fdset` is a macro over FD_SETSIZE, which Swift does not import.
static inline enum MHD_Result relay_mhd_fdset(
    struct MHD_Daemon *daemon, fd_set *read, fd_set *write, fd_set *except, int *highest
) {
    MHD_socket top = (MHD_socket) *highest;
    enum MHD_Result result = MHD_get_fdset2(daemon, read, write, except, &top, FD_SETSIZE);
    *highest = (int) top;
    return result;
}

/// `FD_ZERO` is a macro that Swift does not import.
static inline void relay_fd_zero(fd_set *set) { FD_ZERO(set); }

/// `FD_SET` is a macro that Swift does not import; a descriptor that cannot fit is left out.
static inline void relay_fd_add(int descriptor, fd_set *set) {
    if (descriptor >= 0 && descriptor < FD_SETSIZE) { FD_SET(descriptor, set); }
}

/// `FD_ISSET` is a macro that Swift does not import.
static inline int relay_fd_has(int descriptor, fd_set *set) {
    return descriptor >= 0 && descriptor < FD_SETSIZE && FD_ISSET(descriptor, set);
}

#endif
