import RelayCore
import RelayWire
import TestSupport
import Testing

extension RelayTests {
    /// Nodes that are away, and programs that end in good order.
    @Suite struct AbsenceTests {
        @Test func aDeliveryWaitsForANodeThatIsAway() async throws {
            let fleet = try Fleet()
            defer { fleet.end() }
            try await fleet.start(Program.all.filter { $0 != .bus(.sg) && $0 != .hands(.sg) })
            try await fleet.dispatch("away")
            _ = try await fleet.process(.hands(.nano)).waitForLine(
                containing: "\"not-delivered\"",
                within: Fleet.patience
            )
            let status = try await fleet.status(.nano)
            let deliveries = status["deliveries"]?.elements ?? []
            let delivery = try #require(deliveries.first, "\(status.text)")
            #expect(deliveries.count == 1 && delivery["to"] == "sg" && delivery["task"] == "away.sg.1")
            #expect((delivery["attempts"]?.integerValue ?? 0) >= 1, "\(delivery.text)")
            #expect(delivery["error"]?.stringValue?.isEmpty == false, "\(delivery.text)")
            let next = delivery["next"]?.stringValue.flatMap(UnixMilliseconds.init(rfc3339:))
            let now = try #require(status["now"]?.stringValue.flatMap(UnixMilliseconds.init(rfc3339:)))
            let pause = try #require(next, "\(delivery.text)").value - now.value
            #expect((-500...4000).contains(pause), "the next try is in \(pause) ms")
            #expect(try await fleet.task(.nano, of: "away")?["state"] == "produced")
            #expect(try await fleet.job("away")?["state"] == "open")
            try await fleet.start(.bus(.sg), .hands(.sg))
            try await fleet.wait(job: "away", is: .closed)
            #expect(fleet.workshop.epochs(of: "away.nano.1") == [1])
            try await fleet.waitUntilArchived("away")
            try await ClosedJob(fleet: fleet, job: "away").checkDocuments()
            try await fleet.checkHistories()
        }

        @Test func everyProgramStopsInTimeAlsoWithWorkAndLongPollsInHand() async throws {
            let fleet = try Fleet()
            defer { fleet.end() }
            try await fleet.start()
            try fleet.workshop.shut(.sg, of: "stopped")
            try await fleet.dispatch("stopped")
            let run = try fleet.workshop.run(of: "stopped.sg.1")
            #expect(run == "stopped.sg.1.1")
            let newest = try await fleet.status(.jp)["seq"]?.integerValue ?? 0
            let poll = Exchange(
                way: fleet.way(to: .jp, as: .main),
                target: "/status?since=\(newest)&wait=60",
                limit: .seconds(20)
            )
            async let answer = poll.send()
            // Limits of five seconds, and one for the end of the process itself.
            for program in Program.all.reversed() {
                #expect(try await fleet.stop(program, within: .seconds(6)) == .exited(0), "\(program)")
            }
            #expect(try await answer.status == 200)

            try fleet.workshop.open(.sg, of: "stopped")
            try await fleet.start()
            try await fleet.wait(job: "stopped", is: .closed)
            try await fleet.wait(.sg, of: "stopped", is: .settled)
            #expect(fleet.workshop.epochs(of: "stopped.sg.1") == [1, 2])
            let states = History(station: .sg, events: try await fleet.history(.sg)).states(
                of: "stopped.sg.1"
            )
            #expect(states == ["stored", "claimed", "stored", "claimed", "produced", "handed-on", "settled"])
            try await fleet.checkHistories()
        }

        @Test func aSecondBusOnTheSameDataIsRefusedAndTheFirstGoesOn() async throws {
            let fleet = try Fleet()
            defer { fleet.end() }
            try await fleet.start(.bus(.nano))
            let second = try await fleet.spawn(.bus(.nano)).finish(within: Fleet.patience)
            #expect(second.status == .exited(69))
            let sentence = second.errors.joined()
            #expect(second.errors.count == 1 && second.output.isEmpty, "\(second.lines)")
            #expect(sentence.contains(fleet.files.data(.nano)) && sentence.contains("another"), "\(sentence)")
            #expect(try await fleet.status(.nano)["node"] == "nano")
            #expect(try await fleet.stop(.bus(.nano)) == .exited(0))
            try await fleet.start(.bus(.nano))
        }
    }
}
