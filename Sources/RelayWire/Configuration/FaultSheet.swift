import RelayCore

/// The faults of one file while it is read; all sections of the file write into the same one.
final class FaultSheet {
    /// The file's path.
    let file: String
    /// The faults so far.
    private(set) var faults: [ConfigurationFault] = []

    init(file: String) { self.file = file }

    /// Notes a fault; reading goes on.
    func note(_ key: String, found value: JSON? = nil, rule: String, fix: String) {
        faults.append(
            ConfigurationFault(file: file, key: key, value: value.map(Self.text), rule: rule, fix: fix)
        )
    }

    /// The value as it is in the file; of a big one no more than its kind.
    private static func text(_ json: JSON) -> String {
        switch json {
        case .array(let elements) where elements.count > 8: "an array of \(elements.count)"
        case .object(let members) where members.count > 4: "an object of \(members.count) members"
        default: json.text
        }
    }
}

/// What a file of the configuration, or a part of one, is read into.
package protocol ConfigurationReadable {
    /// The keys that its object may have.
    static var keys: [String] { get }

    /// Reads what is there, noting every fault; `nil` when a fault leaves no value.
    init?(reading section: Section)
}

extension ConfigurationReadable {
    /// Reads a whole file; `file` is where faults say they are.
    ///
    /// - Throws: all its faults.
    package init(parsing bytes: [UInt8], file: String = "") throws(ConfigurationError) {
        let sheet = FaultSheet(file: file)
        let value = Section(parsing: bytes, keys: Self.keys, sheet).flatMap { Self(reading: $0) }
        guard let value, sheet.faults.isEmpty else { throw ConfigurationError(faults: sheet.faults) }
        self = value
    }
}
