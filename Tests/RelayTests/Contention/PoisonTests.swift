import Foundation
import RelayCore
import RelayWire
import TestSupport
import Testing

extension RelayTests {
    /// A task that ends its consumer each time it is tried.
    @Suite struct PoisonTests {
        @Test func itIsBlockedAfterItsAttemptsAndTheOthersGoOn() async throws {
            let fleet = try Fleet(limits: [.init("attempts", 3)])
            defer { fleet.end() }
            try await fleet.start()
            try fleet.workshop.poison("poison")
            for job in ["poison", "first", "second"] { try await fleet.dispatch(job) }
            let task = try await superviseUntilBlocked(fleet)
            #expect(task["attempts"] == 3 && task["epoch"] == 3, "\(task.text)")
            #expect(task["reason"]?["code"] == "attempts-exhausted")
            let text = task["reason"]?["text"]?.stringValue ?? ""
            #expect(text.hasPrefix("3 attempts of at most 3 ended without a result"), "\(text)")
            for job in ["first", "second"] { try await fleet.wait(job: job, is: .closed) }
            #expect(fleet.workshop.epochs(of: "poison.nano.1") == [1, 2, 3])
            let job = try await fleet.wait(job: "poison", is: .blocked)
            #expect(
                job["reason"]?["text"]?.stringValue?.contains("attempts-exhausted") == true,
                "\(job.text)"
            )
            try await resolve(fleet)
            try await fleet.checkHistories()
        }

        /// A person lets it go on, and it has a new count.
        private func resolve(_ fleet: Fleet) async throws {
            let wrong = try await fleet.baton(.nano, "resolve", "poison.nano.2", "--why", "x")
            #expect(wrong.status == .exited(1) && wrong.errors.contains { $0.contains("unknown-task") })
            let done = try await fleet.baton(
                .nano,
                "resolve",
                "poison.nano.1",
                "--why",
                "the model was changed"
            )
            #expect(done.output == ["poison.nano.1 is stored again."], "\(done.lines)")
            let status = try await fleet.process(.hands(.nano)).waitForExit(within: Fleet.patience)
            #expect(status == .signalled(SIGKILL), "it was tried again")
            #expect(fleet.workshop.epochs(of: "poison.nano.1") == [1, 2, 3, 4])
            let again = try await fleet.baton(.nano, "resolve", "poison.nano.1", "--why", "again")
            #expect(again.status == .exited(1), "only what is blocked can be resolved")
        }

        /// Starts the consumer of nano again whenever it has died, as a supervisor does, until its task is blocked.
        private func superviseUntilBlocked(_ fleet: Fleet) async throws -> JSON {
            let hands = Program.hands(.nano)
            for _ in 1...3 {
                let status = try await fleet.process(hands).waitForExit(within: Fleet.patience)
                #expect(status == .signalled(SIGKILL), "\(status)")
                try await fleet.kill(hands)
                try await fleet.start(hands)
            }
            return try await fleet.wait(.nano, of: "poison", is: .blocked)
        }
    }
}
