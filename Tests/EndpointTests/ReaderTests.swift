import RelayWire
import TestSupport
import Testing

/// Who may read `/status`, by the role file's `readers`.
@Suite(.timeLimit(.minutes(10))) struct ReaderTests {
    /// Each row: `readers`, and whom they let in besides the node's own machine.
    @Test(
        arguments: [
            (["fleet"], ["main", "nano", "jp", "twins"]),
            (["tailnet"], ["main", "nano", "jp", "twins", "stranger"]),
            (["main", "right"], ["main", "twins"]), ([], []),
        ] as [([String], Set<String>)]
    )
    func theRoleFileSaysWhoReads(readers: [String], allowed: Set<String>) async throws {
        try await withNode(readers: .array(readers.map { .string($0) })) { node in
            for sender in [Sender.main, .nano, .jp, .twins, .stranger] {
                for target in ["/status", "/status?since=0", "/status?format=json"] {
                    let response = try node.ask(.get(target), from: sender)
                    let mayRead = allowed.contains(sender.rawValue)
                    #expect(response.status == (mayRead ? 200 : 403), "\(sender) \(target)")
                    let isTold = response.text.contains("readers lacks")
                    #expect(isTold == (!mayRead && sender != .stranger), "a stranger learns nothing")
                }
                #expect(try node.ask(.get("/health"), from: sender).status == 200)
            }
            #expect(try node.ask(.get("/status"), from: .local).status == 200)
        }
    }
}
