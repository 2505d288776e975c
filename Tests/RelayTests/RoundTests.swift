import RelayCore
import RelayWire
import TestSupport
import Testing

extension RelayTests {
    /// Jobs that are ordered again from a stage on.
    @Suite struct RoundTests {
        /// Brings the job to where the node after `stage` has its task of round 1 in hand.
        ///
        /// Its processor waits at a gate. Main's desk is stopped as soon as it has carried the order, so that it
        /// does not close the job.
        private func hold(_ rounds: Rounds, after stage: Station) async throws {
            let fleet = rounds.fleet
            let gate = stage.next == .main ? stage : stage.next
            try fleet.workshop.shut(gate, of: rounds.job)
            try await fleet.dispatch(rounds.job)
            _ = try fleet.workshop.run(of: gate.task(of: rounds.job))
            guard stage.next == .main else { return }
            #expect(try await fleet.stop(.hands(.main)) == .exited(0))
            try fleet.workshop.open(gate, of: rounds.job)
            try await rounds.wait(.main, 1, is: .stored)
            try await rounds.wait(stage, 1, is: .handedOn)
        }

        /// The files that `station` made and was given, by their paths in the archive once they are superseded.
        private func filesOfFirstRound(_ rounds: Rounds, _ station: Station) throws -> [String: [UInt8]] {
            var files: [String: [UInt8]] = [:]
            let data = rounds.fleet.files.data(station)
            let archive = "\(rounds.archive(station))/round-1"
            for name in Rounds.made(by: station) {
                files["\(archive)/\(name)"] = try Files.read("\(data)/artifacts/\(rounds.job)/\(name)")
            }
            let prefix = "\(rounds.job).1."
            for name in try Files.names(in: "\(data)/inbox") where name.hasPrefix(prefix) {
                files["\(archive)/\(name.dropFirst(prefix.count))"] = try Files.read("\(data)/inbox/\(name)")
            }
            return files
        }

        @Test(arguments: [Station.nano, .sg, .jp])
        func aJobClosesInItsSecondRoundAndTheFirstIsKeptApart(stage: Station) async throws {
            let fleet = try Fleet()
            defer { fleet.end() }
            let rounds = Rounds(fleet: fleet, job: "again")
            try await fleet.start()
            try await hold(rounds, after: stage)
            let old = try filesOfFirstRound(rounds, stage)
            #expect(old.count >= 2)
            try await rounds.reorder(stage, opens: 2)
            if !fleet.isRunning(.hands(.main)) { try await fleet.start(.hands(.main)) }
            try await fleet.wait(stage.next, of: rounds.job, is: .cancelled)
            try fleet.workshop.open(stage.next, of: rounds.job)
            try await rounds.waitUntilClosed()
            if stage != .jp {
                // The processor of the first round went on when the gate was opened, and its result came late.
                let late = "\(rounds.archive(stage.next))/late-\(stage.next).1.1"
                try rounds.checkFiles(in: late, [:])
                #expect(try Files.names(in: late) == Rounds.made(by: stage.next))
            }
            try await check(rounds, from: stage)
            for (path, bytes) in old { #expect(try Files.read(path) == bytes, "\(path)") }
            try await fleet.checkHistories()
        }

        private func check(_ rounds: Rounds, from stage: Station) async throws {
            let position = Rounds.stages.firstIndex(of: stage) ?? 0
            let made = Dictionary(
                uniqueKeysWithValues: Rounds.stages.enumerated().map { ($1, $0 < position ? 1 : 2) }
            )
            try await rounds.checkBundle(made)
            // The stage itself and the one that had its task in hand.
            for station in [stage, stage.next] {
                try await rounds.checkSuperseded(station, 1)
                try rounds.checkFiles(in: "\(rounds.archive(station))/round-1", [:])
            }
            var steps: [(Station, round: Int, state: String)] = [
                (stage, 1, "cancelled"), (stage.next, 1, "cancelled"), (.main, 2, "settled"),
            ]
            for station in Rounds.stages {
                let round = made[station] ?? 1
                try await rounds.wait(station, round, is: .settled)
                #expect(rounds.fleet.workshop.epochs(of: station.task(of: rounds.job, round)) == [1])
                steps.append((station, round, "settled"))
                for name in Rounds.made(by: station) {
                    #expect(Files.exists("\(rounds.archive(station))/\(name)"), "\(name) at \(station)")
                }
            }
            let all = steps
            try await rounds.fleet.eventually("a ladder with both rounds") {
                let ladder = try await rounds.fleet.job(rounds.job)?["ladder"]?.elements ?? []
                return all.allSatisfy { station, round, state in
                    ladder.contains {
                        $0["stage"]?.stringValue == station.rawValue && $0["state"]?.stringValue == state
                            && $0["round"]?.integerValue == Int64(round)
                    }
                }
            }
            try await rounds.checkLadder(steps)
        }
    }
}
