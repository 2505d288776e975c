import RelayWire

/// What tailscaled says of the peer at an address (`WhoIsResponse` in Tailscale's `client/tailscale/apitype`).
struct WhoIs: Equatable {
    /// The machine's short name in the tailnet.
    let name: String
    /// Its full name, without the final dot.
    let fullName: String
    /// Its tags; none for a machine of a person.
    let tags: [String]
    /// Its addresses.
    let addresses: [String]

    /// Reads the answer's body; `nil` for one that names no node.
    ///
    /// Only what is needed is looked at; the rest belongs to Tailscale and changes.
    init?(_ body: [UInt8]) {
        guard let json = try? JSON(parsingForeign: body), let node = json["Node"],
            let fullName = node["Name"]?.stringValue, let addresses = node["Addresses"]?.elements
        else { return nil }
        self.fullName = fullName.utf8.last == UInt8(ascii: ".") ? String(fullName.dropLast()) : fullName
        name =
            node["ComputedName"]?.stringValue
            ?? String(Substring(fullName.utf8.prefix { $0 != UInt8(ascii: ".") }))
        tags = node["Tags"]?.elements.compactMap(\.stringValue) ?? []
        // Each is written with the length of its prefix, as in 100.64.0.2/32.
        self.addresses = addresses.compactMap(\.stringValue).map {
            String(Substring($0.utf8.prefix { $0 != UInt8(ascii: "/") }))
        }
    }

    /// Whether this is the machine at `address` that the fleet calls `expected`: a tag, or a name of the tailnet.
    ///
    /// Without an expectation any machine of the tailnet at that address will do.
    func agrees(with expected: String?, at address: String) -> Bool {
        guard addresses.contains(address) else { return false }
        guard let expected else { return true }
        return expected.hasPrefix("tag:") ? tags.contains(expected) : expected == name || expected == fullName
    }

    /// The target that asks for the peer at `address`.
    static func target(_ address: String, port: UInt16) -> String {
        let host = address.utf8.contains(UInt8(ascii: ":")) ? "%5B\(address)%5D" : address
        return "/localapi/v0/whois?addr=\(host):\(port)"
    }
}
