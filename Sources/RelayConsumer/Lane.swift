import Foundation

/// What a lane wants after a step.
package enum NextStep: Hashable, Sendable {
    /// The next step at once.
    case now
    /// The next step after this time, or earlier when the stop comes.
    case after(Duration)
    /// No step any more.
    case ended
}

/// One line of work that advances in steps; each step does one thing, in the thread of the caller.
package protocol Lane: Sendable {
    /// Whether nothing is in hand, so that the lane may be left as it is.
    var isAtRest: Bool { get }

    /// Does the next thing.
    mutating func step() -> NextStep
}

/// The two stops of a program: the first lets each lane finish what it has in hand, the second does not.
package struct Stops: Sendable {
    /// Take nothing new.
    package let soft: StopSignal
    /// Leave everything as it is.
    package let hard: StopSignal

    /// Two stops that are not set; the hard one sets the soft one.
    package init() throws {
        let hard = try StopSignal()
        self.init(soft: try StopSignal(after: hard), hard: hard)
    }

    package init(soft: StopSignal, hard: StopSignal) {
        self.soft = soft
        self.hard = hard
    }
}

extension Lane {
    /// Steps until the lane ends by itself, or is at rest after the soft stop, or the hard stop comes.
    package consuming func run(in world: World, stops: Stops) {
        var lane = self
        while !stops.hard.isSet, !(stops.soft.isSet && lane.isAtRest) {
            switch lane.step() {
            case .now: continue
            case .after(let duration): _ = world.pause(duration, lane.isAtRest ? stops.soft : stops.hard)
            case .ended: return
            }
        }
    }
}

/// A thread of its own.
package final class SideThread: Sendable {
    private let end: StopSignal

    /// Starts the thread.
    package init(named name: String, _ body: @escaping @Sendable () -> Void) throws {
        let end = try StopSignal()
        self.end = end
        let thread = Thread {
            body()
            end.set()
        }
        thread.name = name
        thread.stackSize = 8 << 20
        thread.start()
    }

    /// Waits until the thread's work is over.
    package func join() { end.wait() }

    /// Waits at most so long; `false` when the work goes on.
    package func join(within duration: Duration) -> Bool { end.wait(for: duration) }
}
