package import RelayCore

/// Who may read a node's `/status` besides its own machine.
package struct Readers: Hashable, Sendable {
    /// One entry of the role file's `readers`.
    package enum Entry: Hashable, Sendable {
        /// Every node of the fleet.
        case fleet
        /// Every peer of the tailnet.
        case tailnet
        /// One node.
        case node(NodeName)

        init?(_ text: String) {
            switch text {
            case "fleet": self = .fleet
            case "tailnet": self = .tailnet
            default:
                guard let node = NodeName(rawValue: text) else { return nil }
                self = .node(node)
            }
        }
    }

    /// The entries; none lets nobody in.
    package let entries: Set<Entry>

    /// What holds without the key.
    package static let standard = Readers([.fleet])

    package init(_ entries: Set<Entry>) { self.entries = entries }

    /// Whether one of the nodes at the peer's address may read; strangers have none.
    package func allow(_ nodes: [NodeName]) -> Bool {
        entries.contains(.tailnet) || (entries.contains(.fleet) && !nodes.isEmpty)
            || nodes.contains { entries.contains(.node($0)) }
    }
}
