import Synchronization

/// One request and its answer, from the request line to the library's word that it is over.
final class Exchange {
    /// How far a request has come.
    enum Phase {
        /// The request line is here, headers are still coming.
        case head
        /// The body, possibly empty, is coming.
        case body
        /// The request is complete and has no answer yet.
        case waiting
        /// The answer was handed to the library.
        case answering
        /// Cut off; the library has still to notice.
        case dead
    }

    let id: RequestID
    let target: RawTarget
    let responder: Responder
    let began: ContinuousClock.Instant
    private(set) var phase = Phase.head
    private(set) var phaseBegan: ContinuousClock.Instant
    var intake = Intake.discard
    /// An answer that was there before the body was read.
    var ready: Response?
    /// The bytes of the body that are still to come.
    var remaining: Int64 = 0
    /// The size of the answer, for the time it may take to be read.
    var answerBytes = 0
    /// Whether the peer's going away ends the wait for an answer.
    var endsWithPeer = false
    /// How fast the body comes.
    var pace: Pace

    init(id: RequestID, target: RawTarget, responder: Responder, began: ContinuousClock.Instant) {
        self.id = id
        self.target = target
        self.responder = responder
        self.began = began
        phaseBegan = began
        pace = Pace(from: began)
    }

    /// Goes to `next` at `now`.
    func enter(_ next: Phase, at now: ContinuousClock.Instant) {
        phase = next
        phaseBegan = now
    }

    /// Tells the sink, if it still expects something, that nothing more will come.
    func abandonBody() {
        if case .stream(let sink) = intake { sink.abandon() }
        intake = .discard
    }

    /// Whether the limits have been passed at `now`.
    func isOverdue(at now: ContinuousClock.Instant, _ limits: ServerLimits) -> Bool {
        switch phase {
        case .head:
            return now - began > limits.headDeadline
        case .body:
            return now - began > limits.requestDeadline || pace.isTooSlow(at: now, limits)
        case .waiting:
            return now - phaseBegan > limits.answerDeadline
        case .answering:
            let seconds = Double(answerBytes) / Double(limits.minimumBytesPerSecond)
            return now - phaseBegan > limits.rateGrace + .seconds(seconds)
        case .dead:
            return false
        }
    }
}

/// How fast a body comes, over windows of `rateGrace`; the time that its sink holds it back does not count.
struct Pace {
    private var windowBegan: ContinuousClock.Instant
    private var windowBytes = 0
    private var held = Duration.zero
    private(set) var heldSince: ContinuousClock.Instant?
    /// Whether anything came since this was last set to false.
    var hasMoved = true

    init(from now: ContinuousClock.Instant) {
        windowBegan = now
    }

    /// Counts a piece of the body.
    mutating func count(_ bytes: Int) {
        windowBytes += bytes
        hasMoved = true
    }

    /// The sink holds the body back from `now` on.
    mutating func hold(at now: ContinuousClock.Instant) {
        heldSince = now
    }

    /// The body may come again.
    mutating func release(at now: ContinuousClock.Instant) {
        if let heldSince { held += now - heldSince }
        heldSince = nil
    }

    /// Whether the last full window had too few bytes; begins the next one when it had enough.
    mutating func isTooSlow(at now: ContinuousClock.Instant, _ limits: ServerLimits) -> Bool {
        guard heldSince == nil else { return false }
        let time = now - windowBegan - held
        guard time > limits.rateGrace else { return false }
        guard Double(windowBytes) >= Double(limits.minimumBytesPerSecond) * (time / .seconds(1)) else {
            return true
        }
        windowBegan = now
        windowBytes = 0
        held = .zero
        return false
    }
}

/// Where a body goes.
enum Intake {
    case discard
    case collect(Collecting)
    case stream(any BodySink)
}

/// A body that is gathered whole.
struct Collecting {
    var bytes: [UInt8]
    let done: @Sendable ([UInt8]) -> Void
}

/// Lets the first `resume` of a piece through, and knows whether it came before the loop looked.
final class Gate: Sendable {
    private enum State { case asked, waited, open }
    private let state = Mutex(State.asked)

    /// Opens the gate; true when the loop already waits before it.
    func open() -> Bool {
        state.withLock { state in
            let isAwaited = state == .waited
            state = .open
            return isAwaited
        }
    }

    /// Whether the loop has to wait.
    func wait() -> Bool {
        state.withLock { state in
            guard state == .asked else { return false }
            state = .waited
            return true
        }
    }
}
