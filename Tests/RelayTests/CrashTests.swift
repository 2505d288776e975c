import RelayCore
import RelayWire
import TestSupport
import Testing

extension RelayTests {
    /// `kill -9` of each program in the middle of a job, and its restart.
    @Suite struct CrashTests {
        /// Where the job stands when the program is killed; the test holds it there.
        enum Moment: String, CaseIterable, Sendable {
            /// The task is acknowledged, and its consumer was killed before that.
            case stored
            /// The processor runs and waits for the test.
            case claimed
            /// The outputs are produced; the next node is frozen, so their delivery is on its way.
            case produced
            /// The next node has stored its task; the holder's bus was frozen before it could hear of the receipt.
            case received
        }

        /// The stage at which a job is held to kill `program`: its own; for the programs of main one in the middle,
        /// or the last one when it is about to hand on to main.
        private static func stage(for program: Program, at moment: Moment) -> Station {
            guard program.station == .main else { return program.station }
            switch moment {
            case .stored, .claimed: return .sg
            case .produced, .received: return .jp
            }
        }

        @Test(arguments: Program.all)
        func aJobClosesAlthoughAProgramIsKilledInItsMiddle(program: Program) async throws {
            let fleet = try Fleet()
            defer { fleet.end() }
            try await fleet.start()
            for moment in Moment.allCases {
                let job = "killed-when-\(moment)"
                let stage = Self.stage(for: program, at: moment)
                try await hold(job, at: moment, stage, fleet)
                if fleet.isRunning(program) { try await fleet.kill(program) }
                try await fleet.start(program)
                try await letGo(job, at: moment, stage, fleet)
                try await fleet.wait(job: job, is: .closed)
                try await check(job, moment, program, fleet)
            }
            try await fleet.checkHistories()
        }

        /// Orders `job` and brings it to `moment` at `stage`.
        private func hold(_ job: String, at moment: Moment, _ stage: Station, _ fleet: Fleet) async throws {
            switch moment {
            case .stored:
                try await fleet.kill(.hands(stage))
                try await fleet.dispatch(job)
                try await fleet.wait(stage, of: job, is: .stored)
            case .claimed:
                try fleet.workshop.shut(stage, of: job)
                try await fleet.dispatch(job)
                _ = try fleet.workshop.run(of: stage.task(of: job))
            case .produced:
                try await holdProduced(job, stage, fleet)
            case .received:
                try await holdProduced(job, stage, fleet)
                try fleet.freeze(.bus(stage))
                fleet.thaw(.bus(stage.next))
                try await fleet.waitUntilKnown(stage.next, job)
            }
        }

        private func holdProduced(_ job: String, _ stage: Station, _ fleet: Fleet) async throws {
            try fleet.workshop.shut(stage, of: job)
            try await fleet.dispatch(job)
            _ = try fleet.workshop.run(of: stage.task(of: job))
            try fleet.freeze(.bus(stage.next))
            try fleet.workshop.open(stage, of: job)
            try await fleet.wait(stage, of: job, is: .produced)
            try await fleet.waitUntilUnread(at: stage.next, from: stage)
        }

        private func letGo(_ job: String, at moment: Moment, _ stage: Station, _ fleet: Fleet) async throws {
            switch moment {
            case .stored: if !fleet.isRunning(.hands(stage)) { try await fleet.start(.hands(stage)) }
            case .claimed: try fleet.workshop.open(stage, of: job)
            case .produced: fleet.thaw(.bus(stage.next))
            case .received: fleet.thaw(.bus(stage))
            }
        }

        private func check(_ job: String, _ moment: Moment, _ program: Program, _ fleet: Fleet) async throws {
            try await fleet.waitUntilArchived(job)
            let closed = ClosedJob(fleet: fleet, job: job)
            try closed.checkCloseout()
            try closed.checkLinks()
            try await closed.checkDocuments()
            let stage = Self.stage(for: program, at: moment)
            for station in [Station.nano, .sg, .jp] {
                let isRunTwice = program == .hands(station) && moment == .claimed && station == stage
                let epochs = fleet.workshop.epochs(of: station.task(of: job))
                #expect(epochs == (isRunTwice ? [1, 2] : [1]), "runs of \(station) in \(job)")
                let task = try await fleet.task(station, of: job)
                #expect(task?["epoch"]?.integerValue.map(Int.init) == epochs.last)
                #expect(task?["state"] == "settled")
            }
        }
    }
}
