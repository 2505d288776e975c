import CSpawn

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Starts programs, with exactly the environment and the descriptors that are named.
enum Spawn {
    #if canImport(Glibc)
        private typealias Actions = posix_spawn_file_actions_t
        private typealias Attributes = posix_spawnattr_t
    #else
        private typealias Actions = posix_spawn_file_actions_t?
        private typealias Attributes = posix_spawnattr_t?
    #endif

    /// Starts `arguments` as the leader of a new process group and gives its number.
    ///
    /// Standard input is empty, both outputs go to `output`, and `inherited` is descriptor 3; it has nothing else.
    /// A program without a slash in its name is looked up in this process's own `PATH`.
    static func start(
        arguments: [String],
        environment: [String: String],
        directory: String,
        output: Int32,
        inherited: Int32
    ) throws(ConsumerError) -> Int32 {
        #if canImport(Glibc)
            var actions = Actions()
            var attributes = Attributes()
        #else
            var actions: Actions = nil
            var attributes: Attributes = nil
        #endif
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        baton_spawn_chdir(&actions, directory)
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, output, 2)
        posix_spawn_file_actions_adddup2(&actions, inherited, 3)
        setAttributes(&attributes, &actions)
        var process: Int32 = 0
        let lines = environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let code = withVector(arguments) { arguments in
            withVector(lines) { lines in
                // A vector without a program cannot be started; the setting has one.
                arguments[0].map { posix_spawnp(&process, $0, &actions, &attributes, arguments, lines) }
                    ?? EINVAL
            }
        }
        guard code == 0 else { throw .system(during: "start \(arguments.first ?? "")", code: code) }
        return process
    }

    private static func setAttributes(_ attributes: inout Attributes, _ actions: inout Actions) {
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        var flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        #if canImport(Glibc)
            baton_spawn_closefrom(&actions, 4)
        #else
            flags |= POSIX_SPAWN_CLOEXEC_DEFAULT
        #endif
        posix_spawnattr_setflags(&attributes, Int16(flags))
    }

    /// Runs `body` with the texts as a C vector that ends with a null pointer.
    private static func withVector<Value>(
        _ texts: [String],
        _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Value
    ) -> Value {
        var vector: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) }
        vector.append(nil)
        defer { for text in vector { free(text) } }
        return vector.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else {
                preconditionFailure("a vector ends with a null pointer")
            }
            return body(base)
        }
    }
}
