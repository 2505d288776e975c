import RelayCore
import RelaySeal
import RelayWire

@testable import RelayConsumer

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A directory of one test, removed with the value unless `BATON_KEEP_SCRATCH=1`.
final class Scratch: Sendable {
    let path: String

    init() {
        var template = Array("/tmp/baton-hands-XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { $0.baseAddress.flatMap { mkdtemp($0) } }
        guard let made else { preconditionFailure("no scratch directory can be made in /tmp") }
        path = String(cString: made)
    }

    deinit {
        if let keep = getenv("BATON_KEEP_SCRATCH"), String(cString: keep) == "1" { return }
        try? Files.removeTree(path)
    }

    /// Writes a file and gives its path.
    @discardableResult
    func write(_ text: String, to name: String) throws -> String {
        let target = path + "/" + name
        let descriptor = Files.open(target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw ConsumerError.last("write \(target)") }
        defer { close(descriptor) }
        try Descriptors.drain(Array(text.utf8)[...], to: descriptor, during: "write \(target)")
        return target
    }

    func read(_ name: String) throws -> String { try Self.text(at: path + "/" + name) }

    static func text(at path: String) throws -> String {
        let file = try CheckedFile(at: path, isLinkAllowed: true)
        var bytes: [UInt8] = []
        try file.read { (part) throws(ConsumerError) in bytes += part }
        return String(decoding: bytes, as: UTF8.self)
    }

    func directory(_ name: String) throws -> String {
        try Files.makeDirectory(path + "/" + name, 0o755)
        return path + "/" + name
    }

    func exists(_ name: String) -> Bool { access(path + "/" + name, F_OK) == 0 }
}

func attachment(_ name: String, _ text: String) throws -> Attachment {
    let bytes = Array(text.utf8)
    return Attachment(name: try checked(name), size: Int64(bytes.count), digest: Digest.of(bytes))
}

/// The checked form of a name that the test wrote, which must be right.
func checked<Name: CheckedName>(_ text: String) throws -> Name {
    guard let name = Name(rawValue: text) else { throw WireError(at: text, Name.rule) }
    return name
}
