import RelayCore
import RelaySeal
import RelayWire
import TestSupport
import Testing

extension RelayTests {
    /// A stage that a new round gives to another node.
    @Suite struct TakeoverTests {
        private static let review = Array("# Accepted\n\n- by hand\n\n# Rejected\n".utf8)

        @Test func aStageWhoseNodeIsGoneIsDoneAtMainAndTheOldWorkEndsWhenItWakes() async throws {
            let fleet = try Fleet()
            defer { fleet.end() }
            let rounds = Rounds(fleet: fleet, job: "taken")
            try await fleet.start()
            try fleet.workshop.shut(.sg, of: rounds.job)
            try await fleet.dispatch(rounds.job)
            _ = try fleet.workshop.run(of: "taken.sg.1")
            try await rounds.wait(.nano, 1, is: .handedOn)
            try await fleet.kill(.bus(.sg))
            try await giveToMain(rounds)
            let stored = try await fleet.wait(at: .main, for: "taken.sg.2", "task=taken.sg.2") {
                $0["tasks"]?.elements.first
            }
            #expect(stored["state"] == "stored" && stored["from"] == "nano", "\(stored.text)")
            try await produceAtMain(rounds)
            try await fleet.wait(job: rounds.job, is: .closed)
            try await fleet.start(.bus(.sg))
            try await rounds.wait(.sg, 1, is: .cancelled)
            try fleet.workshop.open(.sg, of: rounds.job)
            try await rounds.waitUntilClosed()
            try await check(rounds)
        }

        private func giveToMain(_ rounds: Rounds) async throws {
            let outputs = try #require(try await rounds.task(.nano, 1)?["outputs"]?.elements)
            let route: JSON = .array(
                [("nano", "nano"), ("sg", "main"), ("jp", "jp"), ("main", "main")].map {
                    .members(["stage": .string($0), "node": .string($1)])
                }
            )
            let request = JSON.members([
                "baton": 1, "kind": "reorder", "instance": "test", "request": "takeover",
                "job": .string(rounds.job), "stage": "sg", "route": route, "reason": "sg is gone",
                "attachments": .array(outputs),
            ])
            let answer = try await rounds.fleet.post(request.encoded, rounds.fleet.socket(of: .main))
            #expect(answer.status == 202 && answer["round"] == 2, "\(answer)")
        }

        /// A human does the stage at main.
        private func produceAtMain(_ rounds: Rounds) async throws {
            let main = ByHand(fleet: rounds.fleet, station: .main, job: rounds.job)
            let task = try #require(TaskID(rawValue: "taken.sg.2"))
            let given = try await main.ask(.claim(ClaimRequest(task: task, by: .human)))
            let claim = try ClaimedTask(json: given.json, at: "claim").claim
            #expect(try await main.upload("sg-review.md", Self.review, of: claim).status == 201)
            let files = [try ByHand.attachment("sg-review.md", Self.review)]
            let body = ProducedRequest(claim: claim, outputs: files, processor: "a person")
            let answer = try await main.ask(.produced(body))
            #expect(answer["state"] == "produced", "\(answer)")
        }

        private func check(_ rounds: Rounds) async throws {
            let main = rounds.archive(.main)
            let verified = try await rounds.fleet.verify(main)
            #expect(verified.status == .exited(0), "\(verified.output)")
            let link = try Link(in: Envelope(parsing: Files.read("\(main)/link-sg-2.dsse.json")))
            #expect(link.node.rawValue == "main" && link.by == .human)
            #expect(try Files.read("\(main)/sg-review.md") == Self.review)
            #expect(try Files.readText("\(main)/jp-final.txt").contains("taken.jp.2."))
            #expect(try Files.names(in: main).filter { $0.hasPrefix("order-") }.count == 2)
            let old = try await rounds.task(.sg, 1)
            #expect(old?["state"] == "cancelled", "\(old?.text ?? "gone")")
            #expect(try await rounds.task(.sg, 2) == nil)
            try await rounds.fleet.checkHistories()
        }
    }
}
