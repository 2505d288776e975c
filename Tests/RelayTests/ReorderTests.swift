import RelayCore
import RelayWire
import TestSupport
import Testing

extension RelayTests {
    /// What `baton reorder` refuses, and one order again after the other.
    @Suite struct ReorderTests {
        @Test func aReorderThatCannotWorkIsRefusedWithASentence() async throws {
            let fleet = try Fleet()
            defer { fleet.end() }
            let rounds = Rounds(fleet: fleet, job: "refused")
            try await fleet.start()
            try fleet.workshop.shut(.nano, of: rounds.job)
            try await fleet.dispatch(rounds.job)
            _ = try fleet.workshop.run(of: "refused.nano.1")
            try await expect(rounds, "sg", 1, "nano has not finished nano of refused")
            try await expect(rounds, "jp", 1, "sg has not finished sg of refused")
            try await expect(rounds, "print", 1, "refused is not here, or has no stage print")
            try await expect(rounds, "No!", 2, "No! is no stage")
            let stranger = Rounds(fleet: fleet, job: "another")
            try await expect(stranger, "nano", 1, "another is not here")
            try await fleet.kill(.bus(.nano))
            try await expect(rounds, "sg", 69, "does not say what it holds")
            #expect(try await fleet.job(rounds.job)?["round"] == 1)
            try await fleet.start(.bus(.nano))
            try fleet.workshop.open(.nano, of: rounds.job)
            try await fleet.wait(job: rounds.job, is: .closed)
            let before = try await fleet.history(.main).count
            for stage in Station.allCases { try await expect(rounds, stage.rawValue, 1, "closed already") }
            #expect(try await fleet.history(.main).count == before)
            #expect(fleet.workshop.epochs(of: "refused.nano.1") == [1])
        }

        private func expect(
            _ rounds: Rounds,
            _ stage: String,
            _ status: Int32,
            _ sentence: String,
            _ location: SourceLocation = #_sourceLocation
        ) async throws {
            let command = try await rounds.reorder(stage)
            #expect(command.status == .exited(status), "\(command.errors)", sourceLocation: location)
            let text = command.errors.joined(separator: "\n")
            #expect(text.contains(sentence), "\(text)", sourceLocation: location)
            #expect(command.output.isEmpty, "\(command.output)", sourceLocation: location)
        }

        /// From nano, then from sg, then from jp; each new round builds on what the newest ones made.
        @Test func aJobMayBeOrderedAgainAndAgain() async throws {
            let fleet = try Fleet()
            defer { fleet.end() }
            let rounds = Rounds(fleet: fleet, job: "thrice")
            try await fleet.start()
            try fleet.workshop.shut(.jp, of: rounds.job)
            try await fleet.dispatch(rounds.job)
            _ = try fleet.workshop.run(of: "thrice.jp.1")
            try fleet.workshop.shut(.nano, of: rounds.job)
            try await rounds.reorder(.nano, opens: 2)
            _ = try fleet.workshop.run(of: "thrice.nano.2")
            // What nano made in round 1 is superseded, and round 2 has made nothing yet.
            try await expect(rounds, "sg", 1, "nano has not finished nano of thrice")
            try await expect(rounds, "jp", 1, "sg has not finished sg of thrice")
            try fleet.workshop.open(.nano, of: rounds.job)
            try await rounds.wait(.sg, 2, is: .handedOn)
            try await rounds.reorder(.sg, opens: 3)
            try await rounds.wait(.sg, 3, is: .handedOn)
            try await rounds.reorder(.jp, opens: 4)
            try await rounds.wait(.jp, 4, is: .stored)
            try await rounds.wait(.jp, 1, is: .cancelled)
            try await rounds.wait(.jp, 3, is: .cancelled)
            try fleet.workshop.open(.jp, of: rounds.job)
            try await rounds.waitUntilClosed()
            try await rounds.checkBundle([.nano: 2, .sg: 3, .jp: 4])
            for (station, old) in [(Station.nano, 1), (.sg, 1), (.sg, 2), (.jp, 1), (.jp, 2), (.jp, 3)] {
                try await rounds.checkSuperseded(station, old)
                let folder = "\(rounds.archive(station))/round-\(old)"
                let made = Rounds.made(by: station).filter { Files.exists("\(folder)/\($0)") }
                #expect(made == (station == .jp ? [] : Rounds.made(by: station)), "\(folder)")
                for name in made {
                    #expect(try Files.readText("\(folder)/\(name)").contains("thrice.\(station).\(old)."))
                }
            }
            for (station, round) in [(Station.nano, 2), (.sg, 3), (.jp, 4), (.main, 4)] {
                try await rounds.wait(station, round, is: .settled)
            }
            try await fleet.checkHistories()
        }

        @Test func aReorderThatItsFeederRefusesNeedsAHuman() async throws {
            let fleet = try Fleet()
            defer { fleet.end() }
            let rounds = Rounds(fleet: fleet, job: "foreign")
            try await fleet.start()
            try fleet.workshop.shut(.sg, of: rounds.job)
            try await fleet.dispatch(rounds.job)
            _ = try fleet.workshop.run(of: "foreign.sg.1")
            let main = ByHand(fleet: fleet, station: .main, job: rounds.job)
            let files = try Rounds.made(by: .nano).map { try ByHand.attachment($0, Array("other".utf8)) }
            let job = try #require(JobID(rawValue: rounds.job))
            let stage = try #require(StageName(rawValue: "sg"))
            let request = ReorderRequest(job: job, stage: stage, attachments: files)
            #expect(try await main.ask(.reorder(request)).status == 202)
            let blocked = try await fleet.wait(job: rounds.job, is: .blocked)
            #expect(blocked["reason"]?["code"] == "order-mismatch", "\(blocked.text)")
            try await rounds.wait(.sg, 1, is: .cancelled)
            try await rounds.reorder(.sg, opens: 3)
            try fleet.workshop.open(.sg, of: rounds.job)
            try await rounds.waitUntilClosed()
            try await rounds.checkBundle([.nano: 1, .sg: 3, .jp: 3])
            try await fleet.checkHistories()
        }
    }
}
