import RelayCore
import RelayWire
import TestSupport
import Testing

extension RelayTests {
    /// A consumer that is frozen past its lease, and its successor.
    @Suite struct FrozenTests {
        /// Seconds; the shortest that the role file allows.
        private static let lease: JSON.Member = .init("lease_s", 3)

        @Test func aConsumerThatWakesTooLateLeavesItsSuccessorAlone() async throws {
            let fleet = try Fleet(limits: [Self.lease])
            defer { fleet.end() }
            try await fleet.start()
            let task = Station.nano.task(of: "frozen")
            try fleet.workshop.shut(.nano, of: "frozen")
            try await fleet.dispatch("frozen")
            #expect(try fleet.workshop.run(of: task) == "\(task).1")
            try fleet.freeze(.hands(.nano))
            let successor = try fleet.spawn(.hands(.nano))
            defer { successor.killGroup() }
            #expect(try fleet.workshop.run(of: task) == "\(task).2")
            try fleet.workshop.open(.nano, of: "frozen")
            try await fleet.wait(.nano, of: "frozen", is: .handedOn)
            fleet.thaw(.hands(.nano))
            _ = try await fleet.process(.hands(.nano)).waitForLine(
                containing: "\"claim-lost\"",
                within: Fleet.patience
            )
            try await fleet.wait(job: "frozen", is: .closed)
            try await fleet.waitUntilArchived("frozen")
            let list = try Files.readText("\(fleet.files.data(.main))/archive/frozen/candidate-list.md")
            #expect(list.contains("by \(task).2,"), "\(list)")
            #expect(fleet.workshop.epochs(of: task) == [1, 2])
            try await fleet.checkHistories()
        }

        /// The test stands for a consumer that froze between the end of its processor and its uploads.
        @Test func lateResultsAreRefusedAndKeptApart() async throws {
            let fleet = try Fleet(limits: [Self.lease])
            defer { fleet.end() }
            try await fleet.start(Program.buses + [.hands(.main)])
            try await fleet.dispatch("delayed")
            try await fleet.wait(.nano, of: "delayed", is: .stored)
            let late = ByHand(fleet: fleet, station: .nano, job: "delayed")
            let claim = try await late.claim().claim
            // The lease lapses though its holder, the test, lives on.
            try await fleet.start(.hands(.nano))
            try await fleet.wait(.nano, of: "delayed", is: .handedOn)
            for (name, text) in ByHand.products(of: .nano) {
                let answer = try await late.upload(name, Array("late \(text)".utf8), of: claim)
                #expect(answer.status == 409 && answer.code == "stale-epoch", "\(answer)")
            }
            let produced = try await late.ask(try late.produced(claim))
            #expect(produced.status == 409 && produced.code == "stale-epoch", "\(produced)")
            let renewed = try await late.ask(.renew(RenewRequest(claim: claim, progress: nil)))
            #expect(renewed.status == 409 && renewed.code == "stale-epoch", "\(renewed)")
            try await fleet.start(.hands(.sg), .hands(.jp))
            try await fleet.wait(job: "delayed", is: .closed)
            try await fleet.waitUntilArchived("delayed")
            let archive = "\(fleet.files.data(.nano))/archive/delayed"
            for (name, text) in ByHand.products(of: .nano) {
                #expect(try Files.readText("\(archive)/late-nano.1.1/\(name)") == "late \(text)")
                #expect(try !Files.readText("\(archive)/\(name)").contains("late \(text)"))
            }
            try await fleet.checkHistories()
        }
    }
}
