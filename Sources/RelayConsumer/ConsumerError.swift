#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Why the hands could not do something on this machine.
package enum ConsumerError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A system call failed; `during` says what was tried and on what.
    case system(during: String, code: Int32)
    /// A file of the bus is not the one that the bus named.
    case damaged(name: String, expected: String, found: String)
    /// The program of a command processor cannot be used.
    case unusable(String)

    package var description: String {
        switch self {
        case .system(let during, let code): "\(during): \(String(cString: strerror(code)))"
        case .damaged(let name, let expected, let found): "\(name): expected \(expected), found \(found)"
        case .unusable(let text): text
        }
    }

    /// The failure of the system call that has just returned; reads `errno`, so nothing may come between.
    static func last(_ during: String) -> ConsumerError { .system(during: during, code: errno) }
}
