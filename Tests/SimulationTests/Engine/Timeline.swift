import Foundation
import RelayCore
import RelaySeal

/// Simulated time: what happens when, and the record of what has happened.
// Strands and the scheduler hand the only turn to each other, so that no two threads are ever in here at once.
final class Timeline: @unchecked Sendable {
    /// Since the history began, in milliseconds.
    private(set) var now: Int64 = 0
    /// The one source of chance.
    var chance: Chance
    private var heap: [Entry] = []
    private var actions: [UInt64: () -> Void] = [:]
    private var last: UInt64 = 0
    private var sum = SHA256()
    private var lines: [String] = []
    /// How many lines there were.
    private(set) var length = 0
    private static let memory = 30
    /// Print the whole record.
    private let isTold = ProcessInfo.processInfo.environment["BATON_TRACE"] == "1"

    private struct Entry {
        let due: Int64
        let id: UInt64

        static func < (left: Entry, right: Entry) -> Bool {
            left.due == right.due ? left.id < right.id : left.due < right.due
        }
    }

    init(seed: UInt64) { chance = Chance(seed: seed) }

    // MARK: Events

    /// Runs `action` in so many milliseconds and gives its number.
    @discardableResult
    func after(_ milliseconds: Int64, _ action: @escaping () -> Void) -> UInt64 {
        last += 1
        actions[last] = action
        push(Entry(due: now + max(0, milliseconds), id: last))
        return last
    }

    /// Calls an action off.
    func cancel(_ id: UInt64) { actions[id] = nil }

    /// Goes to the next event and lets it happen; `false` when there is none before `end`.
    func advance(until end: Int64 = .max) -> Bool {
        while let first = heap.first, first.due <= end {
            pop()
            guard let action = actions.removeValue(forKey: first.id) else { continue }
            now = first.due
            action()
            return true
        }
        return false
    }

    /// Forgets all that was to come.
    func clear() {
        heap = []
        actions = [:]
    }

    private func push(_ entry: Entry) {
        var index = heap.count
        heap.append(entry)
        while index > 0, heap[index] < heap[(index - 1) / 2] {
            heap.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    private func pop() {
        let moved = heap.removeLast()
        guard !heap.isEmpty else { return }
        heap[0] = moved
        var index = 0
        while 2 * index + 1 < heap.count {
            var child = 2 * index + 1
            if child + 1 < heap.count, heap[child + 1] < heap[child] { child += 1 }
            guard heap[child] < heap[index] else { return }
            heap.swapAt(index, child)
            index = child
        }
    }

    // MARK: The record

    /// Writes down what happens; it must not name anything that differs between two runs of a seed.
    func note(_ text: @autoclosure () -> String) {
        let line = "\(now) \(text())"
        sum.take(Array(line.utf8))
        length += 1
        lines.append(line)
        if isTold { print(line) }
        if lines.count > 8 * Self.memory { lines.removeFirst(lines.count - Self.memory) }
    }

    /// The newest lines of the record.
    var tail: [String] { Array(lines.suffix(Self.memory)) }

    /// The digest of the whole record; ends it.
    func finish() -> Digest {
        var taken = SHA256()
        swap(&taken, &sum)
        return taken.finish()
    }
}
