/// Where a client's requests go.
package enum Destination: Sendable, Hashable {
    /// A host name or numeric address.
    ///
    /// `localAddress` is numeric and bound before connecting; without it the system chooses.
    case tcp(host: String, port: UInt16, localAddress: String? = nil)

    /// A Unix socket; on Linux the path may be of any length.
    case unix(path: String)
}

extension Destination: CustomStringConvertible {
    /// `host:port` or the path, for messages.
    package var description: String {
        switch self {
        case .tcp(let host, let port, nil): "\(Self.bracketed(host)):\(port)"
        case .tcp(let host, let port, let local?): "\(Self.bracketed(host)):\(port) from \(local)"
        case .unix(let path): path
        }
    }
}

extension Destination {
    /// The URL of its root, from which curl makes the `Host` header.
    var url: String {
        switch self {
        case .tcp(let host, let port, _): "http://\(Self.bracketed(host)):\(port)/"
        case .unix: "http://localhost/"
        }
    }

    /// An IPv6 address in brackets, anything else as it is.
    private static func bracketed(_ host: String) -> String {
        host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host
    }

    /// Refuses what could change the meaning of a URL or cut a C string short.
    func validate() throws(ClientError) {
        switch self {
        case .tcp(let host, let port, let localAddress):
            let allowed = host.utf8.allSatisfy { $0.isLetterOrDigit || ".-_:".utf8.contains($0) }
            guard !host.isEmpty, allowed, port != 0 else {
                throw .unusableRequest("\(self) is not a host and port")
            }
            guard let localAddress else { return }
            let numeric = localAddress.utf8.allSatisfy { $0.isLetterOrDigit || ".:".utf8.contains($0) }
            guard !localAddress.isEmpty, numeric else {
                throw .unusableRequest("the local address \(localAddress) is not numeric")
            }
        case .unix(let path):
            guard !path.isEmpty, !path.utf8.contains(0) else {
                throw .unusableRequest("the path of the socket is empty or has a NUL in it")
            }
        }
    }
}

extension UInt8 {
    /// An ASCII letter or digit.
    var isLetterOrDigit: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: false
        }
    }
}
