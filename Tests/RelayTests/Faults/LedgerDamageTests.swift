import RelayCore
import RelaySeal
import RelayWire
import TestSupport
import Testing

extension RelayTests {
    /// A ledger, or its log, that is not any more what was written: found at start or at use, named, never served and
    /// never changed.
    @Suite struct LedgerDamageTests {
        /// What happens to a file while nobody looks.
        enum Damage: Sendable, CustomTestStringConvertible {
            case flipped(at: Double)
            case cut(to: Double)
            case lost

            /// Does it to the file at `path`; places are parts of its size.
            func strike(_ path: String) throws {
                var bytes = try Files.read(path)
                switch self {
                case .flipped(let place):
                    bytes[min(bytes.count - 1, Int(Double(bytes.count) * place))] ^= 0x10
                    try Files.write(bytes, to: path)
                case .cut(let part):
                    try Files.write(Array(bytes.prefix(Int(Double(bytes.count) * part))), to: path)
                case .lost: try Files.remove(path)
                }
            }

            var leavesNothing: Bool {
                switch self {
                case .cut(let part): part == 0
                case .lost: true
                case .flipped: false
                }
            }

            var testDescription: String {
                switch self {
                case .flipped(let place): "a bit flipped at \(place)"
                case .cut(let part): "cut to \(part)"
                case .lost: "lost"
                }
            }
        }

        /// A damage that must stop the start, and what the node says then.
        struct Row: Sendable, CustomTestStringConvertible {
            let end: KeptNode.End
            let file: String
            let damage: Damage
            let says: String

            init(_ end: KeptNode.End, _ file: String, _ damage: Damage, says: String) {
                (self.end, self.file, self.damage, self.says) = (end, file, damage, says)
            }

            var testDescription: String { "\(file) of a \(end) node, \(damage.testDescription)" }
        }

        static let rows = [
            Row(.stopped, "ledger.sqlite", .flipped(at: 0), says: "not a database"),
            Row(.stopped, "ledger.sqlite", .cut(to: 0.5), says: "malformed"),
            Row(.stopped, "ledger.sqlite", .cut(to: 0), says: "newest event is 0"),
            Row(.stopped, "ledger.sqlite", .lost, says: "newest event is 0"),
            Row(.killed, "ledger.sqlite-wal", .flipped(at: 0), says: "frame 1 of"),
            Row(.killed, "ledger.sqlite-wal", .flipped(at: 0.3), says: "is not what was written"),
            Row(.killed, "ledger.sqlite-wal", .flipped(at: 0.8), says: "is not what was written"),
            Row(.killed, "ledger.sqlite-wal", .cut(to: 0.999), says: "newest event is"),
            Row(.killed, "ledger.sqlite-wal", .cut(to: 0.5), says: "newest event is"),
            Row(.killed, "ledger.sqlite-wal", .lost, says: "newest event is"),
            Row(.stopped, "logs/audit.jsonl", .flipped(at: 0.9995), says: "logs/audit.jsonl"),
        ]

        @Test func aDamagedLedgerStopsTheStartAndIsLeftAsItIs() async throws {
            let nodes = [
                KeptNode.End.stopped: try await KeptNode(ended: .stopped),
                .killed: try await KeptNode(ended: .killed),
            ]
            for row in Self.rows {
                let node = try #require(nodes[row.end])
                try node.restore()
                try row.damage.strike("\(node.data)/\(row.file)")
                let before = Self.state(of: node)
                let status = try await node.start()
                let said = node.fleet.account
                #expect(status == .exited(65), "\(row.testDescription): \(said)")
                #expect(said.contains(row.says), "\(row.testDescription): \(said)")
                // Tables that were made where nothing is any more are no loss.
                guard !row.damage.leavesNothing else { continue }
                #expect(Self.state(of: node) == before, "\(row.testDescription): the ledger was changed")
            }
            for node in nodes.values { node.fleet.end() }
        }

        private static func state(of node: KeptNode) -> [Digest?] {
            ["ledger.sqlite", "ledger.sqlite-wal"].map { name in
                // A file that is not there is part of the state.
                (try? Files.read("\(node.data)/\(name)")).map { Digest.of($0) }
            }
        }

        @Test(arguments: ["ledger.sqlite", "ledger.sqlite-wal"])
        func aFlippedBitIsNamedOrHarmsNothingThatIsServed(file: String) async throws {
            var random = SeededNumbers(Tool.seed)
            let node = try await KeptNode(ended: file.hasSuffix("-wal") ? .killed : .stopped)
            defer { node.fleet.end() }
            try node.restore()
            _ = try await node.start()
            let right = try await node.served()
            var counts = (refused: 0, ended: 0, harmless: 0)
            let flips = Tool.isLong ? 150 : 8
            for _ in 1...flips {
                let place = Double.random(in: 0..<1, using: &random)
                try node.restore()
                try Damage.flipped(at: place).strike("\(node.data)/\(file)")
                if try await node.start() != nil {
                    counts.refused += 1
                } else if let served = await serves(node) {
                    counts.harmless += 1
                    for (part, text) in right {
                        #expect(served[part] == text, "\(file) at \(place), seed \(Tool.seed): \(part)")
                    }
                    continue
                } else {
                    counts.ended += 1
                    _ = try await node.fleet.process(.bus(.nano)).waitForExit(within: Fleet.patience)
                }
                #expect(node.fleet.account.contains("batond: "), "\(file) at \(place): \(node.fleet.account)")
            }
            print(
                "\(file): \(flips) bits flipped, \(counts.refused) stopped the start, \(counts.ended) ended the node, "
                    + "\(counts.harmless) changed nothing that is served, seed \(Tool.seed)"
            )
        }

        /// What the node serves; `nil` when it refuses some of it, as a node does that has found damage.
        private func serves(_ node: KeptNode) async -> [String: String]? { try? await node.served() }
    }
}
