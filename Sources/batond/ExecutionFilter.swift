import RelayBus

#if canImport(CSeccomp)
    import CSeccomp
    import Glibc

    /// The kernel filter by which the daemon gives up starting programs, for good (seccomp(2)).
    enum ExecutionFilter {
        /// Why the kernel did not take the filter.
        struct Failure: Error, CustomStringConvertible {
            let during: String
            let code: Int32

            var description: String {
                "the kernel filter against starting programs failed: \(during): \(String(cString: strerror(code)))"
            }
        }

        /// What no thread may call any more, and what it gets instead.
        private static let denied = [
            ("execve", EPERM), ("execveat", EPERM), ("ptrace", EPERM), ("fork", EPERM), ("vfork", EPERM),
            // Its flags lie in memory, where a filter cannot look; without it libc uses clone.
            ("clone3", ENOSYS),
        ]

        /// Denies starting programs and processes to this thread and all it starts; threads may be started.
        ///
        /// - Parameter everyThread: whether the threads that run already are bound, too.
        /// - Throws: when the kernel takes no filter; nothing is denied then.
        static func apply(toEveryThread everyThread: Bool) throws(Failure) {
            guard let filter = seccomp_init(SCMP_ACT_ALLOW) else {
                throw Failure(during: "seccomp_init", code: ENOMEM)
            }
            defer { seccomp_release(filter) }
            if everyThread {
                try check(seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1), during: "seccomp_attr_set")
            }
            for (name, code) in denied { try deny(name, code, in: filter) }
            // A clone that is no thread is a process.
            let isProcess = scmp_arg_cmp(
                arg: 0,
                op: SCMP_CMP_MASKED_EQ,
                datum_a: UInt64(CLONE_THREAD),
                datum_b: 0
            )
            try deny("clone", EPERM, where: [isProcess], in: filter)
            try check(seccomp_load(filter), during: "seccomp_load")
        }

        /// A call that this machine does not have needs no rule.
        private static func deny(
            _ name: String,
            _ code: Int32,
            where conditions: [scmp_arg_cmp] = [],
            in filter: scmp_filter_ctx
        ) throws(Failure) {
            let number = seccomp_syscall_resolve_name(name)
            guard number != __NR_SCMP_ERROR else { return }
            let status = seccomp_rule_add_array(
                filter,
                baton_seccomp_fail_with(UInt16(code)),
                number,
                UInt32(conditions.count),
                conditions
            )
            try check(status, during: "seccomp_rule_add_array \(name)")
        }

        /// libseccomp gives a negative errno.
        private static func check(_ status: Int32, during: String) throws(Failure) {
            guard status >= 0 else { throw Failure(during: during, code: -status) }
        }
    }
#endif

/// What keeps this process from starting programs, from now on.
func giveUpExecution(_ complain: (String) -> Void) -> ExecutionGuard {
    #if canImport(CSeccomp)
        do throws(ExecutionFilter.Failure) {
            try ExecutionFilter.apply(toEveryThread: true)
            return .denied
        } catch {
            complain("\(error)")
        }
    #endif
    return .notLinked
}
