import RelayCore
import RelayLedger
import RelaySeal
import RelayWire
import TestSupport
import Testing

@testable import RelayBus

/// What the clocks of the peers say of our own, and what follows when it cannot be believed.
@Suite struct ClockTests {
    private static let start = UnixMilliseconds(1_760_000_000_000)
    private static let hour = Duration.seconds(3600)

    private func finding(_ peers: [String: Duration], ahead: Duration = .zero) -> ClockCheck.Finding {
        let check = ClockCheck()
        for (name, skew) in peers {
            check.note(Sample.name(name), said: Self.start.advanced(by: skew), at: Self.start)
        }
        let steady = Self.start.advanced(by: .seconds(86_400))
        return check.finding(wall: steady.advanced(by: ahead), steady: steady)
    }

    @Test func aClockThatPeersShareIsBelieved() {
        #expect(finding(["nano": .seconds(299)]) == .agrees(peers: 1))
        #expect(
            finding(["nano": .seconds(-300), "sg": Self.hour]) == .agrees(peers: 2),
            "half of them have it"
        )
        #expect(finding(["nano": .zero, "sg": Self.hour, "jp": .zero]) == .agrees(peers: 3))
    }

    @Test func aClockThatNoPeerSharesIsNot() {
        #expect(finding(["nano": .seconds(301)]) == .deviates([Sample.name("nano"): .seconds(-301)]))
        let peers = ["nano": Self.hour, "sg": Self.hour, "jp": .zero]
        let name: (String) -> NodeName = { Sample.name($0) }
        let skews = [name("nano"): .zero - Self.hour, name("sg"): .zero - Self.hour, name("jp"): .zero]
        #expect(finding(peers) == .deviates(skews))
    }

    /// The wall clock is set after the peers were heard.
    @Test func aJumpIsNoticedAtOnce() {
        #expect(
            finding(["nano": .zero], ahead: .zero - Self.hour)
                == .deviates([Sample.name("nano"): .zero - Self.hour])
        )
        #expect(finding([:], ahead: .seconds(300)) == .alone)
        #expect(finding([:], ahead: Self.hour * 2160) == .wasSet(Self.hour * 2160))
    }

    @Test func anExpiredOrderIsRefusedOnlyByAClockThatIsBelieved() throws {
        let node = try Node("sg")
        let story = Story(at: node)
        let relay = story.document("sg")
        node.clock.advance(by: .seconds(90 * 86_400))
        node.machine.isSureOfTime = false
        let unsure = try node.send(relay)
        #expect(unsure.outcome == "503 clock-unsure" && unsure.retryAfter == 60)
        node.machine.isSureOfTime = true
        #expect(try node.send(relay).outcome == "403 order-invalid")
    }

    @Test func nothingIsGivenUpByAClockThatIsNotBelieved() throws {
        let node = try Node("main")
        try node.upload("brief.md", "# Brief", from: "main", job: "a")
        let brief = Sample.attachment("brief.md", "# Brief")
        #expect(
            try node.ask(.order(OrderRequest(job: Sample.name("a"), attachments: [brief]))).outcome == "202"
        )
        try node.upload("brief.md", "# Brief", from: "main", job: "unbound")
        let seq = try node.seq
        node.clock.advance(by: .seconds(90 * 86_400))
        node.machine.isSureOfTime = false
        try node.sweep()
        #expect(try node.seq == seq && node.job("a").state == .open)
        node.machine.isSureOfTime = true
        try node.sweep()
        #expect(try node.job("a").state == .failed && node.job("a").reason?.code == "deadline-passed")
        #expect(node.text("inbox/unbound.1.brief.md~main") == nil)
    }
}
