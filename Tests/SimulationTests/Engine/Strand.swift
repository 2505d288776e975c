import Dispatch
import Foundation
import Synchronization

/// A line of code that can wait in the middle of a call, such as a lane that waits for an answer.
///
/// It has a thread of its own only to have a stack of its own: the thread runs while the scheduler stands still in
/// `wake`, and the scheduler runs while the thread stands still in `wait`. At any moment one of them runs.
// The turn is handed over by semaphores, which order all accesses.
final class Strand: @unchecked Sendable {
    /// The process it belongs to.
    let owner: SimulatedProcess
    private let turn = DispatchSemaphore(value: 0)
    private let returned = DispatchSemaphore(value: 0)
    /// It is to leave everything as it is: its process is gone, or the history is over.
    private(set) var isDoomed = false
    private(set) var isOver = false
    /// The strand whose turn it is on this thread's simulation.
    private let turns: Turns

    /// Makes a strand that runs `body` with its first `wake`.
    init(of owner: SimulatedProcess, turns: Turns, _ body: @escaping @Sendable () -> Void) {
        self.owner = owner
        self.turns = turns
        StrandThreads.shared.run { [self] in
            turn.wait()
            if !isDoomed { body() }
            isOver = true
            returned.signal()
        }
    }

    /// Gives it the turn until it waits or ends; called by the scheduler.
    func wake() {
        guard !isOver else { return }
        let before = turns.current
        turns.current = self
        turn.signal()
        returned.wait()
        turns.current = before
    }

    /// Gives the turn back until the next `wake`; called by the strand itself.
    func wait() {
        guard !isDoomed else { return }
        returned.signal()
        turn.wait()
    }

    /// Lets it run to its end, in which every wait and every request fails at once.
    func doom() {
        isDoomed = true
        wake()
    }
}

/// Who has the turn.
// Only whoever has the turn looks at it.
final class Turns: @unchecked Sendable {
    var current: Strand?
}

/// Threads that strands use one after the other, so that a history does not have to make its own.
final class StrandThreads: Sendable {
    static let shared = StrandThreads()

    // Each field is written before the semaphore is raised and read after it.
    private final class Worker: @unchecked Sendable {
        let work = DispatchSemaphore(value: 0)
        var body: (@Sendable () -> Void)?
    }

    private let idle = Mutex<[Worker]>([])

    func run(_ body: @escaping @Sendable () -> Void) {
        let worker = idle.withLock { $0.popLast() } ?? start()
        worker.body = body
        worker.work.signal()
    }

    private func start() -> Worker {
        let worker = Worker()
        let thread = Thread { [self] in
            while true {
                worker.work.wait()
                worker.body?()
                worker.body = nil
                idle.withLock { $0.append(worker) }
            }
        }
        thread.name = "strand"
        thread.stackSize = 1 << 20
        thread.start()
        return worker
    }
}
