package import RelayCore

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What the lanes need of the world besides the transport: the time, waiting, and chance.
///
/// A simulator passes its own in and then a whole fleet runs the same way for the same seed.
package struct World: Sendable {
    /// The wall clock, for records.
    package let now: @Sendable () -> UnixMilliseconds
    /// Waits so long, or until the signal is set; `true` when it is.
    package let pause: @Sendable (Duration, StopSignal) -> Bool
    /// Random bits, for ids and for jitter.
    package let entropy: @Sendable () -> UInt64

    package init(
        now: @escaping @Sendable () -> UnixMilliseconds,
        pause: @escaping @Sendable (Duration, StopSignal) -> Bool,
        entropy: @escaping @Sendable () -> UInt64
    ) {
        self.now = now
        self.pause = pause
        self.entropy = entropy
    }

    /// This machine.
    package static let real = World(
        now: {
            var time = timespec()
            clock_gettime(CLOCK_REALTIME, &time)
            return UnixMilliseconds(Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
        },
        pause: { duration, stop in stop.wait(for: duration) },
        entropy: { UInt64.random(in: .min ... .max) }
    )

    /// A text of 32 hexadecimal digits that nobody used before.
    package func freshID() -> String {
        [entropy(), entropy()].map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 16 - digits.utf8.count) + digits
        }.joined()
    }
}

/// Waiting times that double from `first` to `limit`, each shortened at random by up to a half.
package struct Backoff: Hashable, Sendable {
    private let first: Duration
    private let limit: Duration
    private var next: Duration

    /// Waits from `first` on, doubling up to `limit`.
    package init(from first: Duration, to limit: Duration) {
        self.first = first
        self.limit = limit
        self.next = first
    }

    /// For a local bus that does not answer: 50 ms to 2 s.
    package static let bus = Backoff(from: .milliseconds(50), to: .seconds(2))

    /// The time to wait now.
    package mutating func take(_ world: World) -> Duration {
        let full = next
        next = min(limit, next * 2)
        return full / 2 + full / 2 * Int(world.entropy() % 1001) / 1000
    }

    /// Begins anew after a success.
    package mutating func reset() { next = first }
}
