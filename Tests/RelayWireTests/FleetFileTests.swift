import RelayCore
import RelayWire
import Testing

private func key(_ byte: UInt8) -> JSON {
    let text = Base64.encoded([UInt8](repeating: byte, count: 32))
    return .members(["key": .string("ed25519:\(text)"), "until": .string(Samples.moment)])
}

/// A node with a key of its own.
private func node(_ address: String, _ role: String) -> JSON {
    let own = key(address.utf8.reduce(0) { $0 &* 31 &+ $1 })
    return .members(["address": .string(address), "role": .string(role), "keys": .array([own])])
}

private let nodes: JSON = .members([
    "main": node("100.64.0.1:18100", "main"), "nano": node("100.64.0.2:18101", "nano"),
    "sg": node("[fd7a:115c:a1e0::3]:18102", "sg"), "twin": node("100.64.0.2:18103", "jp"),
])
private let fleet: JSON = .members([
    "baton": 1, "nodes": nodes, "relay": .array(["main", "nano", "sg", "twin", "main"]),
])

private let bad: [(JSON, String)] = [
    (fleet.with("baton", nil), "baton"), (fleet.with("nodes", nil), "nodes"),
    (fleet.with("nodes", .array([])), "nodes"),
    (fleet.with("nodes", nodes.with("Main", node("127.2.3.4:5", "jp"))), "nodes.Main"),
    (fleet.with("relay", nil), "relay"),
    (fleet.with("relay", .array([])), "relay"), (fleet.with("relay", .array(["main"])), "relay"),
    (fleet.with("relay", .array(["main", "main"])), "relay"),
    (fleet.with("relay", .array(["main", "nano"])), "relay"),
    (fleet.with("relay", .array(["nano", "sg", "main"])), "relay"),
    (fleet.with("relay", .array(["other", "nano", "main"])), "relay[0]"),
    (fleet.with("relay", .array(["main", "other", "main"])), "relay[1]"),
    (fleet.with("relay", .array(["main", "nano", "nano", "main"])), "relay[2]"),
    (fleet.with("relay", .array(["main", "nano", "main", "sg", "main"])), "relay[2]"),
    (fleet.with("relay", .array(["main", "Nano", "main"])), "relay[1]"), (fleet.with("x", 1), "x"),
    (fleet.with("nodes", nodes.with("sg", .null)), "nodes.sg"),
    (fleet.with("nodes", nodes.with("sg", node("sg:18102", "sg"))), "nodes.sg.address"),
    (fleet.with("nodes", nodes.with("sg", node("100.64.0.3:18102", "SG"))), "nodes.sg.role"),
    (fleet.with("nodes", nodes.with("sg", node("100.64.0.3:1", "sg").with("x", 1))), "nodes.sg.x"),
    (
        fleet.with(
            "nodes",
            nodes.with("sg", node("100.64.0.3:1", "sg").with("keys", .array([key(1), key(2), key(3)])))
        ),
        "nodes.sg.keys"
    ),
]

private let badKeys: [String] = [
    "", "ed25519:", Samples.base64(32), "ed25519:\(Samples.base64(31))", "ed25519:\(Samples.base64(33))",
    "Ed25519:\(Samples.base64(32))", "ed25519: \(Samples.base64(32))", "ed25519:\u{301}\(Samples.base64(32))",
    "ed25519:\(Samples.base64(32))\n", "ed25519:\(Samples.base64(32).replacing("A=", with: "B="))",
    "rsa:AAAA",
]

@Suite struct FleetFileTests {
    @Test func nodesAndRouteAreRead() throws {
        let file = try FleetFile(parsing: fleet.encoded)
        #expect(file.nodes.count == 4)
        #expect(file.route.legs.map(\.stage.rawValue) == ["nano", "sg", "jp", "main"])
        #expect(file.route.legs.map(\.node.rawValue) == ["nano", "sg", "twin", "main"])
        #expect(file.names(at: "100.64.0.2").map(\.rawValue) == ["nano", "twin"])
        #expect(file.names(at: "fd7a:115c:a1e0::3").map(\.rawValue) == ["sg"])
        #expect(file.names(at: "100.64.0.9") == [])
        let keys = file.nodes.values.flatMap(\.keys)
        #expect(keys.map(\.key.bytes.count) == [32, 32, 32, 32])
        #expect(keys.first?.until?.rfc3339 == Samples.moment)
    }

    @Test(arguments: bad)
    func aBadFieldIsNamed(_ row: (JSON, String)) {
        let found = faults(FleetFile.self, row.0)
        #expect(found.map(\.key) == [row.1], "\(found)")
    }

    @Test(arguments: badKeys)
    func aKeyIsLabelledAndHas32Bytes(_ text: String) {
        let sg = node("100.64.0.3:1", "sg").with("keys", .array([.members(["key": .string(text)])]))
        let json = fleet.with("nodes", nodes.with("sg", sg))
        #expect(faults(FleetFile.self, json).map(\.key) == ["nodes.sg.keys[0].key"])
    }
}

@Suite struct SocketAddressTests {
    @Test(
        arguments: [
            ("100.64.0.2:18101", "100.64.0.2", 18101), ("127.0.0.1:1", "127.0.0.1", 1),
            ("255.255.255.255:65535", "255.255.255.255", 65535), ("[::1]:80", "::1", 80),
            ("[fd7a:115c:a1e0::1]:18101", "fd7a:115c:a1e0::1", 18101),
            (
                "[fd7a:115c:a1e0:ab12:4843:cd96:6258:b240]:18101", "fd7a:115c:a1e0:ab12:4843:cd96:6258:b240",
                18101
            ),
        ] as [(String, String, UInt16)]
    )
    func aNumericAddressComesBackUnchanged(_ row: (String, String, UInt16)) throws {
        let address = try #require(SocketAddress(row.0))
        #expect(address.host == row.1)
        #expect(address.port == row.2)
        #expect(address.description == row.0)
    }

    @Test(
        arguments: [
            "", ":", ":80", "1.2.3.4", "1.2.3.4:", "1.2.3.4:0", "1.2.3.4:65536", "1.2.3.4:+80", "1.2.3.4:-1",
            "1.2.3.4:080", "1.2.3.4:8o", "1.2.3.4: 80", "1.2.3.4:80 ", " 1.2.3.4:80", "1.2.3.4:80\n",
            "1.2.3.4:\u{661}",
            "1.2.3:80", "1.2.3.4.5:80", "1.2.3.256:80", "01.2.3.4:80", "1.2.3.4.:80", "....:80", ".:80",
            "abc:80",
            "beef:80", "localhost:80", "nano:80", "0x7f000001:80", "[1.2.3.4]:80", "[]:80", "[::1:80",
            "::1]:80",
            "::1:80", "fd7a:115c:a1e0::1", "[fd7a:115c:a1e0::1]", "[FD7A::1]:80", "[fd7a:0::1]:80",
            "[fd7a::01]:80",
            "[:::]:80", "[::1%eth0]:80", "[[::1]]:80", "[::1]80", "[::1]:", "1.2.3.4:80:80",
            "1.2.3.4:80\u{301}",
            "1.2.3.4\u{0}:80",
        ]
    )
    func anyOtherTextIsRefused(_ text: String) {
        #expect(SocketAddress(text) == nil)
    }
}
