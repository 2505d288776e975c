/// Why a listener or the server could not be set up or go on.
package enum ServerError: Error, Equatable, Sendable {
    /// The system call `call` on `subject` failed with `code`, an `errno`.
    case system(call: String, subject: String, code: Int32)
    /// The text is no numeric IPv4 or IPv6 address.
    case notAnAddress(String)
    /// The path of a Unix socket, or its last component, is too long for this system.
    case pathTooLong(String)
    /// Something that is not a socket has the path of a Unix socket; it was left alone.
    case notASocket(String)
    /// Another process listens on the Unix socket at this path.
    case inUse(String)
    /// The limit of this name is not positive.
    case limit(String)
    /// The HTTP library did not start on the listener with this descriptor.
    case notStarted(descriptor: Int32)
    /// `run` was called twice.
    case alreadyRun
}
