import RelayCore
import RelayLedger
import RelaySQL
import Synchronization
import RelayWire
import TestSupport
import Testing

/// Leases and waits by the clock of the machine's start, which nobody sets.
@Suite struct BootTests {
    private let scratch: Scratch
    private let uptime = Uptime()

    /// Milliseconds since the machine's start.
    private final class Uptime: Sendable {
        let value = Atomic<Int64>(5000)
    }

    init() throws { scratch = try Scratch() }

    private func open(boot: String = "one") throws -> Ledger {
        let (clock, uptime) = (scratch.clock, uptime)
        let boots = BootClock(boot: boot) { uptime.value.load(ordering: .relaxed) }
        return try Ledger(path: scratch.path, now: { UnixMilliseconds(clock.milliseconds) }, clock: boots)
    }

    private var wall: UnixMilliseconds { UnixMilliseconds(scratch.clock.milliseconds) }

    @Test(arguments: [Duration.seconds(-3600), .seconds(90 * 86_400)])
    func theSteadyClockGoesOnWhateverTheWallClockIsSetTo(jump: Duration) throws {
        let start = wall
        let ledger = try open()
        #expect(ledger.steady() == start)
        scratch.clock.advance(by: jump)
        uptime.value.add(1000, ordering: .relaxed)
        #expect(ledger.steady() == start.advanced(by: .seconds(1)))
        withExtendedLifetime(ledger) {}
    }

    @Test func aRestartOfTheProcessGoesOnWithTheSameClock() throws {
        let start = wall
        do { #expect(try open().steady() == start) }
        scratch.clock.advance(by: .seconds(90 * 86_400))
        uptime.value.add(2000, ordering: .relaxed)
        #expect(try open().steady() == start.advanced(by: .seconds(2)))
    }

    @Test func afterAStartOfTheMachineNobodyHoldsAnything() throws {
        do {
            let ledger = try open()
            try ledger.add("a.nano.1", in: .stored)
            let task = try ledger.task("a.nano.1")
            _ = try ledger.commit { (writer) throws(LedgerError) in
                try writer.claim(
                    task,
                    by: .consumer,
                    process: ProcessIdentity(pid: 1, start: 2),
                    leaseUntil: writer.steady.advanced(by: .seconds(60))
                )
            }
            #expect(try ledger.task("a.nano.1").process != nil)
        }
        do { #expect(try open().task("a.nano.1").process != nil, "the same start of the machine") }
        scratch.clock.advance(by: .seconds(-3600))
        uptime.value.store(10, ordering: .relaxed)
        let ledger = try open(boot: "two")
        #expect(ledger.steady() == wall)
        let task = try ledger.task("a.nano.1")
        #expect(task.state == .claimed && task.process == nil && task.leaseUntil == nil)
    }

    @Test func theClockOfThisMachineIsKnown() throws {
        let boots = try #require(BootClock.ofThisMachine)
        let ledger = try Ledger(path: scratch.path, now: { UnixMilliseconds(1_000_000) }, clock: boots)
        let first = ledger.steady()
        #expect(first.value >= 1_000_000 && first.value < 1_060_000)
    }
}
