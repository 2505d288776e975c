import RelayCore
import RelayWire
import TestSupport
import Testing

extension RelayTests {
    /// What of an older round comes when a newer one is there.
    @Suite struct LateRoundTests {
        @Test func aLateWorkerIsRefusedAndItsFilesAreKeptApart() async throws {
            let fleet = try Fleet()
            defer { fleet.end() }
            let rounds = Rounds(fleet: fleet, job: "belated")
            try await fleet.start(Program.all.filter { $0 != .hands(.nano) })
            try await fleet.dispatch(rounds.job)
            try await rounds.wait(.nano, 1, is: .stored)
            let worker = ByHand(fleet: fleet, station: .nano, job: rounds.job)
            let claim = try await worker.claim().claim
            let early = Array("# Candidates\n\n- early\n".utf8)
            #expect(try await worker.upload("candidate-list.md", early, of: claim).status == 201)
            try await rounds.reorder(.nano, opens: 2)
            try await rounds.wait(.nano, 1, is: .cancelled)
            let late = Array("late".utf8)
            for _ in 1...2 {
                let answer = try await worker.upload("de-raw-output.txt", late, of: claim)
                #expect(answer.status == 409 && answer.code == "superseded", "\(answer)")
            }
            for body in [
                try worker.produced(claim), .renew(RenewRequest(claim: claim, progress: nil)),
                .released(ReleasedRequest(claim: claim, delays: false, why: "late")),
            ] {
                let answer = try await worker.ask(body)
                #expect(answer.status == 409 && answer.code == "superseded", "\(answer)")
            }
            try await fleet.start(.hands(.nano))
            try await rounds.waitUntilClosed()
            try await rounds.checkBundle([.nano: 2, .sg: 2, .jp: 2])
            try await rounds.checkSuperseded(.nano, 1)
            let kept = "\(rounds.archive(.nano))/late-nano.1.1"
            #expect(try Files.read("\(kept)/de-raw-output.txt") == late)
            #expect(try Files.read("\(kept)/candidate-list.md") == early)
            #expect(try Files.names(in: "\(fleet.files.data(.nano))/artifacts").isEmpty)
            #expect(fleet.workshop.epochs(of: "belated.nano.2") == [1])
            try await fleet.checkHistories()
        }

        @Test func aRelayOfAnOlderRoundChangesNothingAnyMore() async throws {
            let fleet = try Fleet()
            defer { fleet.end() }
            let rounds = Rounds(fleet: fleet, job: "relay")
            try await fleet.start(Program.all.filter { $0 != .hands(.sg) })
            try await fleet.dispatch(rounds.job)
            try await rounds.wait(.sg, 1, is: .stored)
            let sg = ByHand(fleet: fleet, station: .sg, job: rounds.job)
            let known = try await sg.document
            try await sg.produce()
            let due = try await sg.deliver()
            try await rounds.reorder(.sg, opens: 2)
            try await rounds.wait(.sg, 1, is: .cancelled)
            try await fleet.waitForWord("cancel", at: .jp)
            try await rounds.wait(.sg, 2, is: .stored)
            try await expectOldRelaysAreRefused(fleet, known, due)
            let failed = AttemptRequest(
                delivery: due.id,
                status: 409,
                problem: "superseded",
                error: "superseded",
                retryAfterSeconds: nil
            )
            #expect(try await sg.ask(.attempt(failed))["state"] == "refused")
            try await fleet.start(.hands(.sg))
            try await rounds.waitUntilClosed()
            try await expectOldRelaysAreRefused(fleet, known, due, "job-ended")
            try await rounds.checkBundle([.nano: 1, .sg: 2, .jp: 2])
            try await rounds.checkSuperseded(.sg, 1)
            #expect(try await rounds.task(.jp, 1) == nil)
            try await fleet.checkHistories()
        }

        /// Posts what sg has and what jp never got; nothing comes of it.
        private func expectOldRelaysAreRefused(
            _ fleet: Fleet,
            _ known: [UInt8],
            _ due: DueDelivery,
            _ code: String = "superseded"
        ) async throws {
            let before = [try await fleet.history(.sg).count, try await fleet.history(.jp).count]
            let again = try await fleet.post(known, to: .sg, as: .nano)
            #expect(again.status == 200 && again["duplicate"] == true, "\(again)")
            let refused = try await fleet.post(due.document, to: .jp, as: .sg)
            #expect(refused.status == 409 && refused.code == code, "\(refused)")
            #expect([try await fleet.history(.sg).count, try await fleet.history(.jp).count] == before)
        }

        @Test func aReorderWaitsForAFeederThatIsAway() async throws {
            let fleet = try Fleet()
            defer { fleet.end() }
            let rounds = Rounds(fleet: fleet, job: "away")
            try await fleet.start()
            try fleet.workshop.shut(.sg, of: rounds.job)
            try await fleet.dispatch(rounds.job)
            _ = try fleet.workshop.run(of: "away.sg.1")
            #expect(try await fleet.stop(.hands(.main)) == .exited(0))
            try await rounds.reorder(.sg, opens: 2)
            try await fleet.kill(.bus(.nano))
            try await fleet.start(.hands(.main))
            _ = try await fleet.process(.hands(.main)).waitForLine(
                containing: "\"not-delivered\"",
                within: Fleet.patience
            )
            try await rounds.wait(.sg, 1, is: .cancelled)
            #expect(try await fleet.job(rounds.job)?["state"] == "open")
            try fleet.workshop.open(.sg, of: rounds.job)
            try await fleet.start(.bus(.nano))
            try await rounds.waitUntilClosed()
            try await rounds.checkBundle([.nano: 1, .sg: 2, .jp: 2])
            try await fleet.checkHistories()
        }

        /// The feeder hears that its relay is superseded before it hears of the new round.
        @Test func aFeederWhoseRelayWasSupersededFeedsTheNewRound() async throws {
            let fleet = try Fleet()
            defer { fleet.end() }
            let rounds = Rounds(fleet: fleet, job: "crossed")
            try await fleet.start(Program.all.filter { $0.station != .jp && $0 != .hands(.sg) })
            try await fleet.dispatch(rounds.job)
            try await rounds.wait(.sg, 1, is: .stored)
            try await ByHand(fleet: fleet, station: .sg, job: rounds.job).produce()
            #expect(try await fleet.stop(.hands(.main)) == .exited(0))
            try await rounds.reorder(.jp, opens: 2)
            try await fleet.kill(.bus(.sg))
            try await fleet.start(.bus(.jp), .hands(.jp), .hands(.main))
            try await fleet.waitForWord("cancel", at: .jp)
            try fleet.freeze(.hands(.main))
            try await fleet.start(.bus(.sg), .hands(.sg))
            try await rounds.wait(.sg, 1, is: .cancelled)
            // A restart puts away what is over.
            try await fleet.kill(.bus(.sg))
            try await fleet.start(.bus(.sg))
            let putAway = "\(rounds.archive(.sg))/round-1/crossed.sg.1.json"
            try await fleet.eventually(putAway) { Files.exists(putAway) }
            fleet.thaw(.hands(.main))
            try await rounds.waitUntilClosed()
            let verified = try await fleet.verify(rounds.archive(.main))
            #expect(verified.status == .exited(0), "\(verified.output)")
            #expect(try Files.names(in: rounds.archive(.main)).contains("link-sg-1.dsse.json"))
            #expect(try Files.names(in: rounds.archive(.main)).contains("link-jp-2.dsse.json"))
            try await fleet.checkHistories()
        }
    }
}
