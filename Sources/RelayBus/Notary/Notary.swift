package import RelayCore
package import RelayDepot
package import RelayLedger
package import RelaySeal
package import RelayWire

/// The node's decisions: each is a change of the ledger and an answer, without network, threads or clock of its own.
///
/// Every function that takes a `LedgerWriter` runs on the committer's thread. A refusal writes nothing.
package struct Notary: Sendable {
    /// The node's files.
    let configuration: NodeConfiguration
    /// The node's directories.
    let depot: Depot
    /// The node's own key, by which it signs.
    let key: SigningKey
    /// The keys of all nodes.
    let keyring: Keyring
    /// Whether a local process still lives.
    let isAlive: @Sendable (ProcessIdentity) -> Bool
    /// A number from 0 to 1, for jitter.
    let random: @Sendable () -> Double
    /// Whether there is room for more; asked before anything new is taken.
    let hasRoom: @Sendable () -> Bool
    /// Whether our clock check passes, so that time alone may end something.
    let isSureOfTime: @Sendable () -> Bool

    /// The directories that have new names since the last sync.
    let unsynced = UnsyncedDirectories()
    /// Which uploads may not be what their rows say.
    let doubts = DoubtfulFiles()

    /// How long a claim lasts without renewal.
    var lease: Duration { configuration.role.limits.lease }
    /// How long the lease of a delivery of `files` lasts, which nobody renews: time for so many bytes at a modest rate.
    ///
    /// When it ends too early another carries the same document, which is harmless.
    func deliveryTerm(_ files: [DeliveryFile]) -> Duration {
        lease + .milliseconds(files.reduce(0) { $0 + $1.file.size } / 128)
    }

    /// The decisions of the node of `configuration`, which signs by `key`.
    package init(
        configuration: NodeConfiguration,
        depot: Depot,
        key: SigningKey,
        isAlive: @escaping @Sendable (ProcessIdentity) -> Bool,
        random: @escaping @Sendable () -> Double,
        hasRoom: @escaping @Sendable () -> Bool,
        isSureOfTime: @escaping @Sendable () -> Bool = { true }
    ) {
        self.configuration = configuration
        self.depot = depot
        self.key = key
        keyring = Keyring(configuration.fleet)
        self.isAlive = isAlive
        self.random = random
        self.hasRoom = hasRoom
        self.isSureOfTime = isSureOfTime
    }

    /// This node.
    var node: NodeName { configuration.role.node }

    /// Makes durable what a batch put into directories; before its commit.
    package func prepareCommit() throws(LedgerError) {
        doubts.beginCommit()
        try unsynced.sync(in: depot)
    }

    /// Moves a task by `event`; at main the ladder of its job follows.
    @discardableResult
    func advance(
        _ task: TaskRecord,
        by event: TaskEvent,
        who: String,
        reason: Reason? = nil,
        in writer: inout LedgerWriter
    ) throws(LedgerError) -> Int64 {
        let seq = try writer.apply(event, to: task, by: who, reason: reason)
        if let next = task.state.next(after: event) {
            try writer.note(task.id, state: next.rawValue, Self.moment(of: event.rawValue), at: writer.now)
        }
        return seq
    }

    /// The ladder's column for an event of that kind; `nil` for events that have none.
    static func moment(of kind: String) -> String? {
        switch kind {
        case "stored": "stored_at"
        case TaskEvent.claimed.rawValue: "claimed_at"
        case TaskEvent.produced.rawValue: "produced_at"
        case TaskEvent.handedOn.rawValue: "handed_on_at"
        default: nil
        }
    }

    /// 507: what is free of the disk is for the work in hand.
    var noRoom: Answer {
        let limits = configuration.role.limits
        return .refusal(
            507,
            "no-room",
            "The free disk of \(node) would go below its floor of \(limits.freeDiskBytes) bytes and \(limits.freeDiskInodes) inodes; make room there and send it again."
        )
    }

    /// The answer when storage or the limits allow nothing new; `nil` when there is room.
    func refusalForWantOfRoom(_ reader: inout LedgerReader) throws(LedgerError) -> Answer? {
        guard hasRoom() else { return noRoom }
        let live = try reader.liveCount()
        guard live < configuration.role.limits.inboxTasks else {
            var answer = Answer.refusal(
                429,
                "too-many-tasks",
                "\(live) tasks are in hand and the limit is \(configuration.role.limits.inboxTasks); send it again later."
            )
            answer.retryAfter = 30
            return answer
        }
        return nil
    }
}

extension Verdict {
    /// 422 `contract-broken` with the violations; `nil` when the contract holds.
    func refusal(of what: String) -> Answer? {
        guard case .broken(let violations) = self else { return nil }
        let first = violations.prefix(4).map(\.sentence).joined(separator: "; ")
        return .refusal(
            422,
            "contract-broken",
            "The files of \(what) break its contract: \(first).",
            [.init("violations", .array(violations.map(\.json)))]
        )
    }
}

extension Violation {
    /// The violation in words.
    package var sentence: String {
        "\(name): \(rule.rawValue), expected \(expected), found \(found)"
            + (suggestion.map { " (\($0))" } ?? "")
    }

    /// The violation as problem documents carry it.
    package var json: JSON {
        .members([
            "name": .string(name), "rule": .string(rule.rawValue), "expected": .string(expected),
            "found": .string(found), "suggestion": JSON(suggestion),
        ])
    }
}
