import RelayCore
import RelayWire
import TestSupport
import Testing

extension RelayTests {
    /// What `/status` says of the work on a claimed task, with a real processor.
    @Suite struct ProgressTests {
        @Test func aSlowProcessorIsToldFromAHungOneAndFromOneThatIsGone() async throws {
            let fleet = try Fleet(limits: [.init("lease_s", 3)])
            defer { fleet.end() }
            try await fleet.start()
            let task = Station.nano.task(of: "slow")
            try fleet.workshop.shut(.nano, of: "slow")
            try await fleet.dispatch("slow")
            #expect(try fleet.workshop.run(of: task) == "\(task).1")
            // It waits at its gate: nothing is printed, written or computed.
            let still = try await progress(fleet, "alive but still") {}
            #expect(still["moved_at"]?.stringValue ?? "" < still["measured_at"]?.stringValue ?? "")
            var written = ""
            let path = "\(fleet.files.data(.nano))/work/\(task).1/out/candidate-list.md"
            let moving = try await progress(fleet, "moving") {
                written += "more "
                try Files.write(written, to: path)
            }
            #expect(moving["moved_at"] == moving["measured_at"])
            #expect(moving["bytes"]?.integerValue ?? 0 > still["bytes"]?.integerValue ?? 0)
            _ = try await progress(fleet, "alive but still") {}
            try await fleet.kill(.hands(.nano))
            _ = try await progress(fleet, "gone") {}
            try await fleet.start(.hands(.nano))
            #expect(try fleet.workshop.run(of: task) == "\(task).2")
            try fleet.workshop.open(.nano, of: "slow")
            try await fleet.wait(job: "slow", is: .closed)
        }

        /// Does `meanwhile` again and again until the work at nano stands so.
        private func progress(
            _ fleet: Fleet,
            _ state: String,
            _ meanwhile: () throws -> Void
        ) async throws -> JSON {
            var found = JSON.null
            // A renewal is no event, so there is none to wait for.
            try await fleet.eventually("work that is \(state)") {
                try meanwhile()
                let status = try await fleet.status(.nano, "job=slow")
                found = status["tasks"]?.elements.first?["progress"] ?? .null
                return found["state"]?.stringValue == state
            }
            return found
        }
    }
}
