import Foundation

/// A pipe whose ends are not inherited.
struct Pipe {
    /// The end to read from, which does not block.
    let reading: Int32
    /// The end to write to.
    let writing: Int32

    init() throws {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw SystemFailure(during: "pipe") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        reading = ends[0]
        writing = ends[1]
        _ = fcntl(reading, F_SETFL, O_NONBLOCK)
    }
}

/// How to start one program.
struct Launch {
    let path: String
    let arguments: [String]
    let environment: [String: String]
    let directory: String?
    let output: Int32
    let errors: Int32

    #if canImport(Darwin)
        private typealias Actions = posix_spawn_file_actions_t?
        private typealias Attributes = posix_spawnattr_t?
    #else
        private typealias Actions = posix_spawn_file_actions_t
        private typealias Attributes = posix_spawnattr_t
    #endif

    /// Starts the program in a new process group; the writing ends are closed here in any case, and the
    /// reading ends when it cannot be started.
    func start(closing pipes: [Pipe]) throws -> pid_t {
        defer { for pipe in pipes { close(pipe.writing) } }
        do {
            return try spawn()
        } catch {
            for pipe in pipes { close(pipe.reading) }
            throw error
        }
    }

    private func spawn() throws -> pid_t {
        var actions = Self.emptyActions
        try check(posix_spawn_file_actions_init(&actions))
        defer { posix_spawn_file_actions_destroy(&actions) }
        try prepare(&actions)

        var attributes = Self.emptyAttributes
        try check(posix_spawnattr_init(&attributes))
        defer { posix_spawnattr_destroy(&attributes) }
        try prepare(&attributes)

        var words = ([path] + arguments).map { strdup($0) } + [nil]
        var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in words + variables { free(text) } }
        var processID: pid_t = 0
        try check(posix_spawn(&processID, path, &actions, &attributes, &words, &variables))
        return processID
    }

    private func prepare(_ actions: inout Actions) throws {
        try check(posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0))
        try check(posix_spawn_file_actions_adddup2(&actions, output, 1))
        try check(posix_spawn_file_actions_adddup2(&actions, errors, 2))
        #if canImport(Darwin)
            if let directory { try check(posix_spawn_file_actions_addchdir_np(&actions, directory)) }
        #else
            typealias AddDirectory =
                @convention(c) (UnsafeMutablePointer<Actions>, UnsafePointer<CChar>) -> Int32
            typealias AddCloseFrom = @convention(c) (UnsafeMutablePointer<Actions>, Int32) -> Int32
            if let directory {
                let add: AddDirectory = try gnuFunction(named: "posix_spawn_file_actions_addchdir_np")
                try check(add(&actions, directory))
            }
            let add: AddCloseFrom = try gnuFunction(named: "posix_spawn_file_actions_addclosefrom_np")
            try check(add(&actions, 3))
        #endif
    }

    #if !canImport(Darwin)
        /// A function of glibc that its headers show only to those who ask for GNU's extensions, as Swift does not.
        private func gnuFunction<Function>(named name: String) throws -> Function {
            guard let symbol = dlsym(nil, name) else { throw SystemFailure(code: ENOSYS, during: name) }
            return unsafeBitCast(symbol, to: Function.self)
        }
    #endif

    private func prepare(_ attributes: inout Attributes) throws {
        var none = sigset_t()
        sigemptyset(&none)
        var all = sigset_t()
        sigfillset(&all)
        try check(posix_spawnattr_setsigmask(&attributes, &none))
        try check(posix_spawnattr_setsigdefault(&attributes, &all))
        try check(posix_spawnattr_setpgroup(&attributes, 0))
        var flags =
            Int32(POSIX_SPAWN_SETPGROUP) | Int32(POSIX_SPAWN_SETSIGMASK) | Int32(POSIX_SPAWN_SETSIGDEF)
        #if canImport(Darwin)
            flags |= Int32(POSIX_SPAWN_CLOEXEC_DEFAULT)
        #endif
        try check(posix_spawnattr_setflags(&attributes, Int16(flags)))
    }

    private func check(_ code: Int32) throws {
        guard code == 0 else { throw SystemFailure(code: code, during: "start of \(path)") }
    }

    #if canImport(Darwin)
        private static var emptyActions: Actions { nil }
        private static var emptyAttributes: Attributes { nil }
    #else
        private static var emptyActions: Actions { Actions() }
        private static var emptyAttributes: Attributes { Attributes() }
    #endif
}
