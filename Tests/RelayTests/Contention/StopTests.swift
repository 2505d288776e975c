import Foundation
import RelayCore
import RelayWire
import TestSupport
import Testing

extension RelayTests {
    /// SIGTERM: what is in hand is finished, what is new is told to come again, and nothing is half done.
    @Suite struct StopTests {
        private static let bus = Program.bus(.nano)

        /// Waits until the node tells whoever sends work to come again, and gives that answer.
        private func waitUntilStopping(_ fleet: Fleet) async throws -> RawResponse {
            var answer: RawResponse?
            try await fleet.eventually("a POST that is turned away") {
                let connection = try Self.connect(fleet)
                try connection.send(Self.head("/upload?job=new&name=brief.md", fleet, length: 3) + "abc")
                answer = try connection.readResponse(within: Fleet.patience)
                return answer?.status == 503
            }
            return try #require(answer)
        }

        private static func connect(_ fleet: Fleet) throws -> RawConnection {
            try RawConnection(
                host: fleet.files.host(.nano),
                port: fleet.files.port(.nano),
                from: fleet.files.host(.main)
            )
        }

        private static func head(_ target: String, _ fleet: Fleet, length: Int) -> String {
            "POST \(target) HTTP/1.1\r\nHost: nano\r\nContent-Length: \(length)\r\n\r\n"
        }

        @Test func whatIsInHandIsFinishedAndTheRestIsToldToComeAgain() async throws {
            let fleet = try Fleet()
            defer { fleet.end() }
            try await fleet.start(Self.bus)
            let upload = try Self.connect(fleet)
            try upload.send(Self.head("/upload?job=slow&name=brief.md", fleet, length: 8) + "half")
            let inbox = "\(fleet.files.data(.nano))/inbox"
            // Nothing shows that it has begun; whoever comes after it and has an answer does.
            let later = try Self.connect(fleet)
            try later.send("GET /health HTTP/1.1\r\nHost: nano\r\n\r\n")
            #expect(try later.readResponse(within: Fleet.patience).status == 200)
            let process = try fleet.process(Self.bus)
            process.terminate()
            let refused = try await waitUntilStopping(fleet)
            #expect(refused.header("retry-after") != nil, "\(refused)")
            try upload.send("done")
            let stored = try upload.readResponse(within: Fleet.patience)
            #expect(stored.status == 201, "\(stored)")
            #expect(try await process.waitForExit(within: Fleet.patience) == .exited(0))
            #expect(try Files.names(in: inbox) == ["slow.1.brief.md~main"])
            try await fleet.kill(Self.bus)
            try await fleet.start(Self.bus)
            let again = try await fleet.upload(
                Array("halfdone".utf8),
                "brief.md",
                of: "slow",
                to: .nano,
                as: .main
            )
            #expect(again.status == 200, "\(again)")
        }

        @Test func whoHoldsSomethingCanGiveItBackOrHandItOn() async throws {
            let fleet = try Fleet(parallel: 2)
            defer { fleet.end() }
            try await fleet.start(Program.buses + [.hands(.main)])
            let hands = ["kept", "made"].map { ByHand(fleet: fleet, station: .nano, job: $0) }
            for hand in hands {
                try await fleet.dispatch(hand.job)
                try await fleet.wait(.nano, of: hand.job, is: .stored)
            }
            let kept = try await hands[0].claim().claim
            try await hands[1].produce()
            let due = try await hands[1].deliver()
            let process = try fleet.process(Self.bus)
            process.terminate()
            _ = try await waitUntilStopping(fleet)
            let claim = try await hands[0].ask(.claim(ClaimRequest()))
            #expect(claim.status == 503, "\(claim)")
            let renewed = try await hands[0].ask(.renew(RenewRequest(claim: kept, progress: nil)))
            #expect(renewed.status == 200, "\(renewed)")
            let receipt = try Receipt(json: try await hands[1].carry(due).json, at: "receipt")
            let told = try await hands[1].ask(.handedOn(HandedOnRequest(delivery: due.id, receipt: receipt)))
            #expect(told.status == 200, "\(told)")
            #expect(process.status == nil, "it waits for the claim that is held yet")
            let back = ReleasedRequest(claim: kept, delays: false, why: "the test stops")
            let released = try await hands[0].ask(.released(back))
            #expect(released["state"] == "stored", "\(released)")
            #expect(try await process.waitForExit(within: Fleet.patience) == .exited(0))
            try await fleet.kill(Self.bus)
            try await fleet.start(Self.bus)
            try await fleet.wait(.nano, of: "made", is: .handedOn)
            try await fleet.wait(.nano, of: "kept", is: .stored)
        }

        @Test func aProcessorThatDoesNotEndIsKilledAndItsTaskGivenBack() async throws {
            let fleet = try Fleet()
            defer { fleet.end() }
            try await fleet.start(Program.buses + [.hands(.main), .hands(.nano)])
            try fleet.workshop.makeStubborn("held")
            try fleet.workshop.shut(.nano, of: "held")
            try await fleet.dispatch("held")
            let task = Station.nano.task(of: "held")
            _ = try fleet.workshop.run(of: task)
            #expect(try await fleet.stop(.hands(.nano)) == .exited(0))
            let given = try await fleet.wait(.nano, of: "held", is: .stored)
            #expect(given["attempts"] == 0, "\(given.text)")
            try fleet.workshop.open(.nano, of: "held")
            try await fleet.start(.hands(.nano))
            try await fleet.wait(.nano, of: "held", is: .handedOn)
            #expect(fleet.workshop.epochs(of: task) == [1, 2])
            let work = try Files.names(in: "\(fleet.files.data(.nano))/work").filter { $0.hasPrefix(task) }
            #expect(work.isEmpty, "\(work)")
        }

        @Test func aSecondSignalEndsEitherProgramAtOnce() async throws {
            let fleet = try Fleet()
            defer { fleet.end() }
            try await fleet.start(Program.buses + [.hands(.main), .hands(.nano)])
            try fleet.workshop.makeStubborn("held")
            try fleet.workshop.shut(.nano, of: "held")
            try await fleet.dispatch("held")
            _ = try fleet.workshop.run(of: Station.nano.task(of: "held"))
            let bus = try fleet.process(Self.bus)
            bus.terminate()
            _ = try await waitUntilStopping(fleet)
            bus.terminate()
            #expect(try await bus.waitForExit(within: .seconds(2)) == .exited(128 + SIGTERM))
            let hands = try fleet.process(.hands(.nano))
            hands.terminate()
            _ = try await hands.waitForLine(containing: "\"stopping\"", within: Fleet.patience)
            hands.terminate()
            #expect(try await hands.waitForExit(within: .seconds(2)) == .exited(128 + SIGTERM))
        }
    }
}
