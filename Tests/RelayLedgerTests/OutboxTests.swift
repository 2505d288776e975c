import RelayCore
import RelayLedger
import RelaySQL
import RelaySeal
import RelayWire
import TestSupport
import Testing

/// Deliveries and uploads.
@Suite struct OutboxTests {
    private func due(_ ledger: Ledger, _ now: Int64) throws -> Int64? {
        try ledger.read { (reader) throws(LedgerError) in
            try reader.dueDelivery(now: UnixMilliseconds(now))?.id
        }
    }

    private func delivery(_ ledger: Ledger, _ id: Int64) throws -> DeliveryRecord {
        guard let record = try ledger.read({ (reader) throws(LedgerError) in try reader.delivery(id) }) else {
            throw MissingRow(what: "delivery \(id)")
        }
        return record
    }

    @Test func theOneThatHasBeenDueLongestComesFirst() throws {
        let scratch = try Scratch()
        let ledger = try scratch.open()
        let start = scratch.clock.milliseconds
        let ids = try ledger.commit { (writer) throws(LedgerError) in
            [
                try writer.store(Sample.delivery("a.sg.1")), try writer.store(Sample.delivery("b.sg.1")),
                try writer.store(Sample.delivery("c.sg.1")),
            ]
        }
        #expect(try due(ledger, start - 1) == nil)
        #expect(try due(ledger, start) == ids[0])
        try ledger.commit { (writer) throws(LedgerError) in
            try writer.postpone(
                delivery: ids[0],
                until: UnixMilliseconds(start + 10),
                countsAsAttempt: true,
                error: "no"
            )
            try writer.postpone(
                delivery: ids[2],
                until: UnixMilliseconds(start - 10),
                countsAsAttempt: false,
                error: nil
            )
        }
        #expect(try due(ledger, start) == ids[2])
        #expect((try delivery(ledger, ids[0]).attempts, try delivery(ledger, ids[0]).error) == (1, "no"))
        #expect((try delivery(ledger, ids[2]).attempts, try delivery(ledger, ids[2]).error) == (0, nil))
    }

    @Test func aLeaseHidesADeliveryUntilItEnds() throws {
        let scratch = try Scratch()
        let ledger = try scratch.open()
        let start = scratch.clock.milliseconds
        let process = ProcessIdentity(pid: 5, start: 6)
        let id = try ledger.commit { (writer) throws(LedgerError) in
            let id = try writer.store(Sample.delivery("a.sg.1"))
            try writer.lease(delivery: id, to: process, until: UnixMilliseconds(start + 100))
            return id
        }
        #expect(try due(ledger, start + 99) == nil)
        let leased = try ledger.read { (reader) throws(LedgerError) in
            try reader.leasedDeliveries(now: UnixMilliseconds(start)).map(\.process)
        }
        #expect(leased == [process])
        #expect(try due(ledger, start + 100) == id)
        let next = try ledger.read { (reader) throws(LedgerError) in try reader.nextDelivery() }
        #expect(next == UnixMilliseconds(start + 100))
    }

    @Test(arguments: [DeliveryState.received, .refused, .dropped])
    func aDeliveryEndsOnce(state: DeliveryState) throws {
        let scratch = try Scratch()
        let ledger = try scratch.open()
        let receipt = Receipt(task: Sample.name("a.sg.1"), digest: Sample.digest("d"), seq: 9)
        let answers = try ledger.commit { (writer) throws(LedgerError) in
            let id = try writer.store(
                Sample.delivery("a.sg.1", cause: Claim(task: Sample.name("a.nano.1"), epoch: 1))
            )
            return [
                try writer.end(delivery: id, as: state, receipt: receipt),
                try writer.end(delivery: id, as: .refused, error: "late"),
                try writer.end(delivery: id + 1, as: state),
            ]
        }
        #expect(answers == [true, false, false])
        #expect((try delivery(ledger, 1).state, try delivery(ledger, 1).error) == (state, nil))
        try ledger.commit { (writer) throws(LedgerError) in
            try writer.postpone(delivery: 1, until: UnixMilliseconds(0), countsAsAttempt: true, error: "late")
        }
        #expect((try delivery(ledger, 1).attempts, try due(ledger, .max)) == (0, nil))
        let kept = try ledger.read { (reader) throws(LedgerError) in
            try reader.handOnReceipt(of: Sample.name("a.nano.1"))
        }
        #expect(kept == (state == .received ? receipt : nil))
    }

    @Test func onlyRefusedAndWaitingDeliveriesAreTriedAgainOrDropped() throws {
        let scratch = try Scratch()
        let ledger = try scratch.open()
        let cause = Claim(task: Sample.name("a.nano.1"), epoch: 1)
        try ledger.commit { (writer) throws(LedgerError) in
            for state in [nil, DeliveryState.received, .refused, .dropped] {
                let id = try writer.store(Sample.delivery("a.sg.1", cause: cause))
                if let state { try writer.end(delivery: id, as: state) }
            }
            try writer.store(Sample.delivery("a.sg.2"))
            try writer.retryDeliveries(causedBy: cause.task)
        }
        #expect(
            try (1...5).map { try delivery(ledger, $0).state } == [
                .waiting, .received, .waiting, .dropped, .waiting,
            ]
        )
        try ledger.commit { (writer) throws(LedgerError) in
            try writer.dropRelays(of: Sample.name("a"), through: .first)
        }
        #expect(
            try (1...5).map { try delivery(ledger, $0).state } == [
                .dropped, .received, .dropped, .dropped, .waiting,
            ]
        )
        let open = try ledger.read { (reader) throws(LedgerError) in
            [
                try reader.openDeliveries(limit: 9).map(\.id),
                try reader.openDeliveries(of: Sample.name("a"), limit: 9).map(\.id),
                try reader.openDeliveries(of: Sample.name("b"), limit: 9).map(\.id),
            ]
        }
        #expect(open == [[5], [5], []])
    }

    @Test func documentAndFilesAreKeptAsTheyWere() throws {
        let scratch = try Scratch()
        let sent = Sample.delivery("a.sg.1", cause: Claim(task: Sample.name("a.nano.1"), epoch: 3))
        _ = try scratch.open().commit { (writer) throws(LedgerError) in try writer.store(sent) }
        let ledger = try scratch.open()
        let record = try delivery(ledger, 1)
        #expect(
            (record.to, record.kind, record.task, record.cause) == (sent.to, sent.kind, sent.task, sent.cause)
        )
        #expect((record.handsOn, record.filesRound, record.leaseUntil.value) == (true, .first, 0))
        let found = try ledger.read { (reader) throws(LedgerError) in
            (
                try reader.document(ofDelivery: 1), try reader.files(ofDelivery: 1),
                try reader.relayDigests(of: Sample.name("a.sg.1"))
            )
        }
        #expect(found.0 == sent.document && found.1 == sent.files)
        #expect(found.2 == [Sample.digest("document of a.sg.1")])
    }

    // MARK: Uploads

    private func upload(_ ledger: Ledger, _ file: String, _ content: String, from sender: String) throws
        -> Int64
    {
        try ledger.commit { (writer) throws(LedgerError) in
            try writer.store(
                upload: Sample.facts(file, content),
                job: Sample.name("a"),
                round: .first,
                from: Sample.name(sender)
            )
        }
    }

    private func record(_ ledger: Ledger, _ file: String, from sender: String) throws -> UploadRecord {
        let found = try ledger.read { (reader) throws(LedgerError) in
            try reader.upload(Sample.name("a"), .first, Sample.name(file), from: Sample.name(sender))
        }
        guard let found else { throw MissingRow(what: file) }
        return found
    }

    @Test func anUnboundUploadIsReplacedByItsSenderAlone() throws {
        let scratch = try Scratch()
        let ledger = try scratch.open()
        _ = try upload(ledger, "brief.md", "one", from: "nano")
        _ = try upload(ledger, "brief.md", "other", from: "sg")
        let seq = try upload(ledger, "brief.md", "two", from: "nano")
        #expect(try record(ledger, "brief.md", from: "nano").facts == Sample.facts("brief.md", "two"))
        #expect(try record(ledger, "brief.md", from: "nano").seq == seq)
        #expect(try record(ledger, "brief.md", from: "sg").facts == Sample.facts("brief.md", "other"))
        let found = try ledger.read { (reader) throws(LedgerError) in
            (
                try reader.unboundCount(of: Sample.name("nano"), limit: 9),
                try reader.senders(Sample.name("a"), .first, Sample.name("brief.md")).map(\.rawValue),
                try reader.boundUpload(Sample.name("a"), .first, Sample.name("brief.md"))
            )
        }
        #expect(found.0 == 1 && found.1 == ["nano", "sg"] && found.2 == nil)
    }

    @Test(arguments: [("brief.md", "sg"), ("BRIEF.md", "nano"), ("Brief.MD", "sg")])
    func ofNamesThatDifferInCaseOneIsBound(twin: String, sender: String) throws {
        let scratch = try Scratch()
        let ledger = try scratch.open()
        _ = try upload(ledger, "brief.md", "one", from: "nano")
        _ = try upload(ledger, twin, "two", from: sender)
        let (first, second) = (
            try record(ledger, "brief.md", from: "nano"), try record(ledger, twin, from: sender)
        )
        try ledger.commit { (writer) throws(LedgerError) in try writer.bind(first) }
        do throws(LedgerError) {
            try ledger.commit { (writer) throws(LedgerError) in try writer.bind(second) }
            Issue.record("both were bound")
        } catch {
            guard case .sql(let error) = error else { throw error }
            #expect(error.isConstraint)
        }
        let bound = try ledger.read { (reader) throws(LedgerError) in
            try reader.boundUpload(Sample.name("a"), .first, Sample.name(twin))
        }
        #expect(bound?.facts == first.facts && bound?.isBound == true)
        #expect(try record(ledger, twin, from: sender).isBound == false)
    }

    @Test func unboundUploadsAreCountedForTheirSenderUpToTheLimit() throws {
        let scratch = try Scratch()
        let ledger = try scratch.open()
        for index in 0..<6 { _ = try upload(ledger, "file-\(index).md", "x", from: "nano") }
        let first = try record(ledger, "file-0.md", from: "nano")
        try ledger.commit { (writer) throws(LedgerError) in try writer.bind(first) }
        let counts = try ledger.read { (reader) throws(LedgerError) in
            [
                try reader.unboundCount(of: Sample.name("nano"), limit: 100),
                try reader.unboundCount(of: Sample.name("nano"), limit: 3),
                try reader.unboundCount(of: Sample.name("sg"), limit: 3),
            ]
        }
        #expect(counts == [5, 3, 0])
    }
}
