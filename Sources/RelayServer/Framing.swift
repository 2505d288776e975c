/// A head as it came, before any rule was applied to it.
struct RawHead {
    var method: [UInt8] = []
    var target: [UInt8] = []
    var headers: [(name: [UInt8], value: [UInt8])] = []
    /// Every line ends with CR LF and nothing lies hidden between the parts.
    var isClean = true
    /// The size of the whole head in bytes.
    var bytes = 0
}

/// The strict rules for a head.
///
/// The library under us takes far more than RFC 9112 allows, so every rule is applied here to the raw bytes.
struct Framing {
    /// Lower-case names that may stand in `Host`, with or without a port.
    let hosts: Set<String>
    /// The largest head, in bytes.
    let headerBytes: Int

    /// The head of `raw`, and what is wrong with it.
    ///
    /// Without a fault there is always a head; with one there is a head when target and headers could be read.
    func read(_ raw: RawHead, from peer: Peer) -> (head: RequestHead?, fault: RequestFault?) {
        do throws(RequestFault) {
            guard raw.bytes <= headerBytes else { throw .headTooLarge(limit: headerBytes) }
            let headers = try Self.headers(raw.headers)
            guard raw.isClean else { throw .lineEnding }
            guard Self.isToken(raw.method) else { throw .method }
            let target = try Target(raw.target)
            let method = String(decoding: raw.method, as: UTF8.self)
            let length = Self.length(headers)
            let head = RequestHead(
                method: method,
                path: target.path,
                query: target.query,
                headers: headers,
                contentLength: try? length.get(),  // a wrong length is told by `fault(in:…)`
                peer: peer
            )
            return (head, fault(in: head, length: length))
        } catch {
            return (nil, error)
        }
    }

    private func fault(in head: RequestHead, length: Result<Int64?, RequestFault>) -> RequestFault? {
        let named = head.headers.filter { $0.name == "host" }
        guard let host = named.first else { return .hostMissing }
        guard named.count == 1 else { return .hostRepeated }
        guard isOurs(host.value) else { return .hostForeign(String(host.value.prefix(256))) }
        guard head.header("transfer-encoding") == nil else { return .transferEncoding }
        if case .failure(let fault) = length { return fault }
        if head.method == "POST", head.contentLength == nil { return .lengthMissing }
        if let coding = head.header("content-encoding") { return .contentEncoding(String(coding.prefix(64))) }
        if head.method == "GET" || head.method == "HEAD", head.contentLength ?? 0 > 0 {
            return .unexpectedBody(method: head.method)
        }
        return nil
    }

    /// Whether `host` is one of ours, alone or followed by a port.
    private func isOurs(_ host: String) -> Bool {
        let lowered = String(decoding: host.utf8.map(Self.lower), as: UTF8.self)
        if hosts.contains(lowered) { return true }
        var name = Substring(lowered)
        if let colon = lowered.utf8.lastIndex(of: UInt8(ascii: ":")), !lowered.hasSuffix("]") {
            let port = lowered.utf8[colon...].dropFirst()
            guard (1...5).contains(port.count), port.allSatisfy(Self.isDigit) else { return false }
            name = lowered[..<colon]
        }
        if name.hasPrefix("["), name.hasSuffix("]") {
            return hosts.contains(String(name)) || hosts.contains(String(name.dropFirst().dropLast()))
        }
        return !name.utf8.contains(UInt8(ascii: ":")) && hosts.contains(String(name))
    }

    private static func headers(
        _ raw: [(name: [UInt8], value: [UInt8])]
    ) throws(RequestFault) -> [(name: String, value: String)] {
        var headers: [(name: String, value: String)] = []
        headers.reserveCapacity(raw.count)
        for (rawName, rawValue) in raw {
            guard isToken(rawName) else { throw .headerName }
            let name = String(decoding: rawName.map(lower), as: UTF8.self)
            guard rawValue.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }),
                let value = String(validating: rawValue, as: UTF8.self)
            else { throw .headerValue(name: name) }
            headers.append((name, trimmed(value)))
        }
        return headers
    }

    private static func trimmed(_ value: String) -> String {
        let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
        guard let first = value.utf8.first, let last = value.utf8.last, isBlank(first) || isBlank(last) else {
            return value
        }
        let start = value.utf8.drop(while: isBlank)
        let kept = start.reversed().drop(while: isBlank).reversed()
        return String(decoding: Array(kept), as: UTF8.self)
    }

    private static func length(_ headers: [(name: String, value: String)]) -> Result<Int64?, RequestFault> {
        let named = headers.filter { $0.name == "content-length" }
        guard let text = named.first?.value else { return .success(nil) }
        guard named.count == 1 else { return .failure(.lengthRepeated) }
        guard (1...19).contains(text.utf8.count), text.utf8.allSatisfy(isDigit), let length = Int64(text)
        else {
            return .failure(.lengthMalformed(String(text.prefix(64))))
        }
        return .success(length)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static func lower(_ byte: UInt8) -> UInt8 {
        (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
    }

    /// Whether `bytes` is a token of RFC 9110, section 5.6.2.
    static func isToken(_ bytes: some Collection<UInt8>) -> Bool {
        !bytes.isEmpty && bytes.allSatisfy(isTokenByte)
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x5E...0x60, 0x7C, 0x7E: true
        default: false
        }
    }
}
