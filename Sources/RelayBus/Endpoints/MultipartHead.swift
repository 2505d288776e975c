/// What a form says before its one file.
struct MultipartHead: Equatable {
    /// The file's name as it was sent; only a hint, and any text without a control character, quote or backslash.
    let fileName: String

    /// The largest head of a part, in bytes.
    static let limit = 4096

    /// Reads the lines of a part's head, without the empty line at its end.
    init(_ bytes: ArraySlice<UInt8>) throws(MultipartFault) {
        var headers: [String: ArraySlice<UInt8>] = [:]
        for line in try Self.lines(of: bytes) {
            let (name, value) = try Self.header(line)
            guard ["content-disposition", "content-type"].contains(name) else {
                throw .headerUnexpected(String(name.prefix(64)))
            }
            guard headers.updateValue(value, forKey: name) == nil else { throw .headerRepeated(name) }
        }
        // The type says what a browser made of the file's ending; the contract says what the file must be.
        if let type = headers["content-type"], ParameterizedValue(type) == nil { throw .headMalformed }
        guard let text = headers["content-disposition"], let disposition = ParameterizedValue(text),
            disposition.value == "form-data", disposition["name"] != nil
        else { throw .disposition }
        let names = Set(disposition.parameters.map(\.name))
        guard !names.contains("filename*") else { throw .extendedFileName }
        guard names.isSubset(of: ["name", "filename"]) else { throw .disposition }
        guard let fileName = disposition["filename"] else { throw .field }
        self.fileName = fileName
    }

    private static func lines(of bytes: ArraySlice<UInt8>) throws(MultipartFault) -> [ArraySlice<UInt8>] {
        var lines: [ArraySlice<UInt8>] = []
        var rest = bytes
        while !rest.isEmpty {
            let line = rest.prefix { $0 != 0x0D && $0 != 0x0A }
            rest = rest.dropFirst(line.count)
            guard line.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }),
                rest.isEmpty || rest.starts(with: [0x0D, 0x0A])
            else { throw .headMalformed }
            rest = rest.dropFirst(2)
            lines.append(line)
        }
        return lines
    }

    private static func header(
        _ line: ArraySlice<UInt8>
    ) throws(MultipartFault) -> (name: String, value: ArraySlice<UInt8>) {
        let name = line.prefix(while: ParameterizedValue.isToken)
        let rest = line.dropFirst(name.count)
        guard !name.isEmpty, rest.first == UInt8(ascii: ":") else { throw .headMalformed }
        return (String(decoding: name, as: UTF8.self).lowercased(), rest.dropFirst())
    }
}
