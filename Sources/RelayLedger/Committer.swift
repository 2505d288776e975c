import Synchronization

/// Group commit: drains everything that waits into one transaction, then answers all of it.
///
/// One thread of its own calls `run`. A change is answered only after its commit is durable; the answers of one
/// batch come in the order of the changes.
package final class Committer: Sendable {
    /// A change and who wants its outcome.
    private struct Entry: Sendable {
        let run: @Sendable (inout LedgerWriter) throws(LedgerError) -> @Sendable () -> Void
        let fail: @Sendable (LedgerError) -> Void
    }

    private struct Queue {
        var entries: [Entry] = []
        var closed: LedgerError?
        /// Storage failed, so that nothing more is acknowledged, not even what is being committed.
        var hasFailed = false
    }

    private let ledger: Ledger
    private let queue = Mutex(Queue())
    private let signal = Signal()
    private let beforeCommit: @Sendable () throws(LedgerError) -> Void
    private let onFailure: @Sendable (LedgerError) -> Void
    private static let batchLimit = 512

    /// - Parameters:
    ///   - ledger: where the changes go.
    ///   - beforeCommit: makes durable what a batch put into directories, once for each batch.
    ///   - onFailure: told of a commit that failed, before its changes are.
    package init(
        _ ledger: Ledger,
        beforeCommit: @escaping @Sendable () throws(LedgerError) -> Void,
        onFailure: @escaping @Sendable (LedgerError) -> Void
    ) {
        self.ledger = ledger
        self.beforeCommit = beforeCommit
        self.onFailure = onFailure
    }

    /// Queues a change; any thread, never blocks for long.
    ///
    /// - Parameters:
    ///   - change: runs on the committer's thread inside the transaction.
    ///   - completion: gets the answer once it is durable, or why there is none; on the committer's thread.
    package func submit<Answer: Sendable>(
        _ change: @escaping @Sendable (inout LedgerWriter) throws(LedgerError) -> Answer,
        completion: @escaping @Sendable (Result<Answer, LedgerError>) -> Void
    ) {
        let entry = Entry(
            run: { (writer) throws(LedgerError) in
                let answer = try change(&writer)
                return { completion(.success(answer)) }
            },
            fail: { completion(.failure($0)) }
        )
        let closed = queue.withLock { queue in
            if queue.closed == nil { queue.entries.append(entry) }
            return queue.closed
        }
        if let closed { entry.fail(closed) } else { signal.raise() }
    }

    /// Commits batch after batch until `close`; what was queued before is still done, unless storage fails.
    package func run() {
        while true {
            if commitWaiting() { continue }
            if queue.withLock({ $0.closed != nil && $0.entries.isEmpty }) { return }
            checkpointWhenLong()
            signal.wait()
        }
    }

    /// Commits one batch of what waits on the calling thread; `false` when nothing does.
    @discardableResult
    package func commitWaiting() -> Bool {
        let batch = queue.withLock { queue in
            let batch = Array(queue.entries.prefix(Self.batchLimit))
            queue.entries.removeFirst(batch.count)
            return batch
        }
        guard !batch.isEmpty else { return false }
        commit(batch)
        return true
    }

    /// Takes nothing more; later changes fail with `error`.
    package func close(_ error: LedgerError) {
        queue.withLock { queue in if queue.closed == nil { queue.closed = error } }
        signal.raise()
    }

    private let sinceCheckpoint = Atomic<Int>(0)

    private func commit(_ batch: [Entry]) {
        do throws(LedgerError) {
            let changes = batch.map(\.run)
            let outcomes = try ledger.commit(changes, beforeCommit: beforeCommit)
            sinceCheckpoint.add(batch.count, ordering: .relaxed)
            if let failure = queue.withLock({ $0.hasFailed ? $0.closed : nil }) { throw failure }
            for (entry, outcome) in zip(batch, outcomes) {
                switch outcome {
                case .success(let answer): answer()
                case .failure(let error): entry.fail(error)
                }
            }
        } catch {
            onFailure(error)
            for entry in batch { entry.fail(error) }
            if error.isFatal { giveUp(error) }
        }
    }

    /// Takes nothing more, and what waits or is being committed fails with the first error; any thread.
    ///
    /// After a failed sync nothing may be acknowledged any more, though SQLite would take the next changes
    /// (reliability.md, 0.3).
    package func giveUp(_ error: LedgerError) {
        let waiting = queue.withLock { queue in
            if queue.closed == nil || !queue.hasFailed { queue.closed = error }
            queue.hasFailed = true
            defer { queue.entries = [] }
            return queue.entries
        }
        for entry in waiting { entry.fail(error) }
        signal.raise()
    }

    /// Between commits and only when nothing waits, so that no acknowledgement pays for it.
    private func checkpointWhenLong() {
        guard sinceCheckpoint.load(ordering: .relaxed) > 1000 else { return }
        sinceCheckpoint.store(0, ordering: .relaxed)
        do throws(LedgerError) { try ledger.checkpoint() } catch { onFailure(error) }
    }
}
