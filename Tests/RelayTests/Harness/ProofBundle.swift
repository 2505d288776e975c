import RelayCore
import RelaySeal
import TestSupport

/// The files of a closed job's bundle, which a test changes and verifies.
struct ProofBundle: Sendable {
    /// The bytes of each file by its path in the bundle.
    var files: [String: [UInt8]]

    /// Reads the bundle at `path`.
    init(at path: String) throws {
        files = [:]
        for name in try Files.names(in: path) where name != "inputs" {
            files[name] = try Files.read("\(path)/\(name)")
        }
        for name in try Files.names(in: "\(path)/inputs") {
            files["inputs/\(name)"] = try Files.read("\(path)/inputs/\(name)")
        }
    }

    /// Writes the bundle to `path`, in the place of what is there.
    func write(to path: String) throws {
        if Files.exists(path) { try Files.remove(path) }
        for (name, bytes) in files { try Files.write(bytes, to: "\(path)/\(name)") }
    }

    /// The bundle after `change`.
    func changed(by change: ByteChange) -> ProofBundle {
        var changed = self
        changed.files[change.path] = change.applied(to: files[change.path] ?? [])
        return changed
    }

    /// The first check that fails; `nil` when all hold.
    func fault(by pinned: Keyring?) -> BundleVerification.Check? {
        BundleVerification(files: files, pinned: pinned).checks.first { $0.fault != nil }
    }
}

/// One byte of one file changed, added or taken away, or a file cut off; the same number always gives the same one.
struct ByteChange: CustomStringConvertible {
    let path: String
    let place: Int
    private let kind: Kind
    private let value: UInt8

    private enum Kind: String, CaseIterable { case flip, replace, insert, append, remove, cut }

    /// The change `number` of `files`, each of which has its turn.
    init(_ number: Int, of files: [String: [UInt8]]) {
        let paths = files.keys.sorted()
        let random = Digest.of(Array("change \(number)".utf8)).bytes
        path = paths[number % paths.count]
        let far = random[0..<6].reduce(0) { $0 << 8 | Int($1) }
        let size = files[path]?.count ?? 0
        place = far % max(1, size)
        kind = Kind.allCases[Int(random[6]) % Kind.allCases.count]
        value = random[7]
    }

    var description: String { "\(kind.rawValue) at \(place) of \(path)" }

    /// What becomes of the file's bytes; never the same.
    func applied(to bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        switch kind {
        case .flip: bytes[place] ^= 1 << (value % 8)
        case .replace: bytes[place] = bytes[place] &+ max(1, value)
        case .insert: bytes.insert(value, at: place)
        case .append: bytes.append(value)
        case .remove: bytes.remove(at: place)
        case .cut: bytes.removeSubrange(place...)
        }
        return bytes
    }
}
