import RelayCore
import RelayWire
import Synchronization

/// Asks tailscaled whether a caller's address is the machine that the fleet means by it.
///
/// WireGuard proves the address; this proves that the tailnet still gives it to the same machine. What was found is kept
/// for a while, so that a request seldom waits.
final class CallerIdentity: Sendable {
    /// What is known of an address.
    enum Finding: Equatable {
        /// These of its nodes are the machine there.
        case agrees([NodeName])
        /// It is none of them.
        case contradicts(String)
        /// Nobody can say now.
        case unsure(String)
    }

    /// What tailscaled said of an address.
    private enum Word {
        case machine(WhoIs)
        /// Nobody of the tailnet is there.
        case nobody
        /// There is no tailscaled.
        case absent
        case unusable(String)
    }

    private struct Known {
        let word: Word
        let until: ContinuousClock.Instant
    }

    private let api: LocalAPI
    /// Whether an absent tailscaled is as good as one that agrees: so where the role file does not name it.
    private let mayBeAbsent: Bool
    private let expected: [NodeName: String?]
    private let known = Mutex<[String: Known]>([:])
    /// How long a word is kept, and how long none.
    private static let (term, doubt) = (Duration.seconds(60), Duration.seconds(5))

    /// `nil` where nobody is asked: in a rehearsal on loopback whose role file names no tailscaled.
    init?(_ configuration: NodeConfiguration) {
        let isRehearsal = configuration.ownHost.map(TailnetRanges.isLoopback) ?? false
        guard configuration.role.tailscaled != nil || !isRehearsal else { return nil }
        api = LocalAPI(at: configuration.role.tailscaled ?? LocalAPI.usualPath)
        mayBeAbsent = configuration.role.tailscaled == nil
        expected = configuration.fleet.nodes.mapValues(\.whois)
    }

    /// Looks at the peer at `address`, which the fleet gives to `nodes`; blocks, and is new when tailscaled was asked.
    func look(at address: String, port: UInt16, for nodes: [NodeName]) -> (finding: Finding, isNew: Bool) {
        let remembered = known.withLock { known in
            known[address].flatMap { $0.until > .now ? $0.word : nil }
        }
        if let remembered { return (finding(remembered, address, nodes), false) }
        let word = ask(address, port)
        let term = if case .unusable = word { Self.doubt } else { Self.term }
        known.withLock { $0[address] = Known(word: word, until: .now + term) }
        return (finding(word, address, nodes), true)
    }

    private func ask(_ address: String, _ port: UInt16) -> Word {
        do throws(LocalAPI.Failure) {
            let answer = try api.get(WhoIs.target(address, port: port))
            // "no match for IP:port"
            if answer.status == 404 { return .nobody }
            guard answer.status == 200, let found = WhoIs(answer.body) else {
                return .unusable("tailscaled's answer cannot be read, status \(answer.status)")
            }
            return .machine(found)
        } catch {
            if case .absent = error, mayBeAbsent { return .absent }
            return .unusable(error.description)
        }
    }

    private func finding(_ word: Word, _ address: String, _ nodes: [NodeName]) -> Finding {
        switch word {
        case .absent: return .agrees(nodes)
        case .unusable(let why): return .unsure(why)
        case .nobody: return .contradicts("nobody of the tailnet is at \(address)")
        case .machine(let found):
            let agreeing = nodes.filter { found.agrees(with: expected[$0] ?? nil, at: address) }
            guard agreeing.isEmpty else { return .agrees(agreeing) }
            let tags = found.tags.isEmpty ? "" : " (\(found.tags.joined(separator: ", ")))"
            let names = nodes.map(\.rawValue).joined(separator: " or ")
            return .contradicts("\(address) is \(found.fullName)\(tags), not \(names)")
        }
    }
}
