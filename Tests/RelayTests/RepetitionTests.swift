import RelayCore
import RelayWire
import TestSupport
import Testing

extension RelayTests {
    /// Answers that were lost: whoever asks again, byte for byte, gets the same answer, and nothing happens twice.
    @Suite struct RepetitionTests {
        /// Sends everything twice, and keeps what the local verbs answered.
        private final class Repeater {
            let fleet: Fleet
            private(set) var asked: [(bytes: [UInt8], station: Station, answer: Answer)] = []

            init(_ fleet: Fleet) { self.fleet = fleet }

            /// Asks the bus of `hand` twice with one request id.
            @discardableResult
            func ask(
                _ hand: ByHand,
                _ body: LocalRequest.Body,
                _ location: SourceLocation = #_sourceLocation
            ) async throws -> Answer {
                let bytes = hand.bytes(of: body)
                let way = fleet.socket(of: hand.station)
                let first = try await fleet.post(bytes, way)
                let second = try await fleet.post(bytes, way)
                #expect((200..<300).contains(first.status), "\(first)", sourceLocation: location)
                #expect(first == second, sourceLocation: location)
                asked.append((bytes, hand.station, first))
                return first
            }

            /// Uploads the outputs of a claim twice and says `produced` twice.
            func produce(_ hand: ByHand, _ claim: Claim) async throws {
                for (name, text) in ByHand.products(of: hand.station) {
                    let first = try await hand.upload(name, Array(text.utf8), of: claim)
                    let second = try await hand.upload(name, Array(text.utf8), of: claim)
                    #expect([first.status, second.status] == [201, 200])
                    #expect(first.json == second.json)
                }
                let answer = try await ask(hand, try hand.produced(claim))
                #expect(answer["state"] == "produced")
            }

            /// Takes a delivery, uploads and posts it twice, and tells the receipt twice; gives what the post answered.
            @discardableResult
            func handOn(_ hand: ByHand) async throws -> Answer {
                let answer = try await ask(hand, .deliver(DeliverRequest(waitSeconds: 10)))
                let due = try DueDelivery(json: answer.json, at: "deliver")
                let recipient = try #require(Station(rawValue: due.to.rawValue))
                for file in due.files {
                    let bytes = try Files.read(file.path)
                    let name = file.file.name.rawValue
                    let first = try await fleet.upload(
                        bytes,
                        name,
                        of: hand.job,
                        to: recipient,
                        as: hand.station
                    )
                    let second = try await fleet.upload(
                        bytes,
                        name,
                        of: hand.job,
                        to: recipient,
                        as: hand.station
                    )
                    #expect([first.status, second.status] == [201, 200], "\(first) \(second)")
                    #expect(first.json == second.json && first["seq"] != nil)
                }
                let first = try await fleet.post(due.document, to: recipient, as: hand.station)
                let second = try await fleet.post(due.document, to: recipient, as: hand.station)
                #expect([first.status, second.status] == [202, 200], "\(first) \(second)")
                #expect(second["duplicate"] == true && first["duplicate"] == nil)
                let receipts = try [first, second].map { try Receipt(json: $0.json, at: "receipt") }
                #expect(receipts[0] == receipts[1])
                try await ask(hand, .handedOn(HandedOnRequest(delivery: due.id, receipt: receipts[0])))
                return first
            }

            /// Sends everything a third time.
            func replay() async throws {
                for (bytes, station, answer) in asked {
                    let again = try await fleet.post(bytes, fleet.socket(of: station))
                    #expect(again == answer, "\(String(decoding: bytes, as: UTF8.self))")
                }
            }
        }

        private func hand(_ station: Station, _ fleet: Fleet) -> ByHand {
            ByHand(fleet: fleet, station: station, job: "twice")
        }

        @Test func everyRequestMayBeRepeatedAndNothingHappensTwice() async throws {
            let fleet = try Fleet()
            defer { fleet.end() }
            try await fleet.start(Program.buses)
            let repeater = Repeater(fleet)
            try await order(fleet, repeater)
            let nano = hand(.nano, fleet)
            let claimed = try await repeater.ask(nano, .claim(ClaimRequest()))
            try await repeater.produce(nano, try ClaimedTask(json: claimed.json, at: "claim").claim)
            try await repeater.handOn(nano)
            try await workWithDetours(fleet, repeater)
            try await repeater.handOn(hand(.sg, fleet))
            let jp = hand(.jp, fleet)
            try await repeater.produce(jp, try await jp.claim().claim)
            let final = try await repeater.handOn(jp)
            try await close(fleet, repeater)
            try await repeatAfterTheEnd(fleet, repeater, final)
        }

        private func order(_ fleet: Fleet, _ repeater: Repeater) async throws {
            let main = hand(.main, fleet)
            let brief = Array("# What is wanted\n".utf8)
            var stored: [Answer] = []
            for _ in 1...2 {
                stored.append(
                    try await Exchange(
                        way: fleet.socket(of: .main),
                        method: "POST",
                        target: "/upload?job=twice&name=brief.md",
                        body: brief
                    ).send()
                )
            }
            #expect(stored.map(\.status) == [201, 200] && stored[0].json == stored[1].json)
            let job = try #require(JobID(rawValue: "twice"))
            let request = OrderRequest(job: job, attachments: [try ByHand.attachment("brief.md", brief)])
            let ordered = try await repeater.ask(main, .order(request))
            #expect(ordered.status == 202)
            let sameInputs = try await main.ask(.order(request))
            #expect(sameInputs.status == 200 && sameInputs.json == ordered.json)
            let others = [try ByHand.attachment("brief.md", Array("else".utf8))]
            let refused = try await main.ask(.order(OrderRequest(job: job, attachments: others)))
            #expect(refused.status == 409 && refused.code == "job-exists", "\(refused)")

            let due = try await main.deliver()
            let failed = AttemptRequest(
                delivery: due.id,
                status: nil,
                problem: nil,
                error: "nobody answered",
                retryAfterSeconds: nil
            )
            try await repeater.ask(main, .attempt(failed))
            let shown = try await fleet.status(.main)["deliveries"]?.elements.first
            #expect(
                shown?["attempts"] == 1 && shown?["error"] == "nobody answered",
                "\(shown?.text ?? "none")"
            )
            try await repeater.handOn(main)
        }

        /// At sg: released once and blocked once before it is done in the third epoch.
        private func workWithDetours(_ fleet: Fleet, _ repeater: Repeater) async throws {
            let sg = hand(.sg, fleet)
            let id = try #require(TaskID(rawValue: "twice.sg.1"))
            let first = try ClaimedTask(
                json: try await repeater.ask(sg, .claim(ClaimRequest())).json,
                at: "claim"
            )
            let none = try await sg.ask(.claim(ClaimRequest()))
            #expect(none["task"] == .null, "two claims of one task: \(none)")
            try await repeater.ask(
                sg,
                .released(ReleasedRequest(claim: first.claim, delays: false, why: "tried"))
            )
            let second = try await sg.claim().claim
            #expect([first.claim.epoch, second.epoch] == [1, 2])
            let stale = try await sg.upload("sg-review.md", Array("# Accepted\n".utf8), of: first.claim)
            #expect(stale.status == 409 && stale.code == "stale-epoch", "\(stale)")
            let reason = Reason(code: "processor-failed", text: "it failed")
            try await repeater.ask(sg, .blocked(BlockedRequest(claim: second, reason: reason)))
            try await repeater.ask(sg, .resolve(ResolveRequest(task: id, why: "it is mended")))
            let third = try await sg.claim().claim
            #expect(third.epoch == 3)
            try await repeater.produce(sg, third)
        }

        private func close(_ fleet: Fleet, _ repeater: Repeater) async throws {
            let main = hand(.main, fleet)
            let claim = try await main.claim().claim
            let closed = try await repeater.ask(main, .closeout(CloseoutRequest(claim: claim)))
            #expect(closed["state"] == "closed", "\(closed)")
            for _ in 1...3 { try await repeater.handOn(main) }
            try await fleet.waitUntilArchived("twice")
        }

        private func repeatAfterTheEnd(
            _ fleet: Fleet,
            _ repeater: Repeater,
            _ final: Answer
        ) async throws {
            let before = try await seqs(fleet)
            try await repeater.replay()
            for station in [Station.nano, .sg, .jp, .main] {
                let sender =
                    station == .nano ? Station.main : station == .sg ? .nano : station == .jp ? .sg : .jp
                let task = station.task(of: "twice")
                let bytes = try Files.read("\(fleet.files.data(station))/archive/twice/\(task).json")
                let again = try await fleet.post(bytes, to: station, as: sender)
                #expect(again.status == 200 && again["duplicate"] == true, "\(again)")
                let seq = try await fleet.task(station, of: "twice")?["seq"]
                #expect(again["seq"] == seq && seq != nil)
                if station == .main { #expect(again["seq"] == final["seq"]) }
                let states = History(station: station, events: try await fleet.history(station)).states(
                    of: task
                )
                #expect(states.count { $0 == "stored" } == (station == .sg ? 3 : 1), "\(states)")
                #expect(states.count { $0 == "produced" } == (station == .main ? 0 : 1), "\(states)")
                #expect(try await fleet.status(station)["deliveries"] == .array([]))
            }
            #expect(try await seqs(fleet) == before)
            try await fleet.checkHistories()
        }

        private func seqs(_ fleet: Fleet) async throws -> [Int64?] {
            var seqs: [Int64?] = []
            for station in Station.allCases {
                seqs.append(try await fleet.status(station)["seq"]?.integerValue)
            }
            return seqs
        }

        @Test func otherBytesUnderAKnownIdAreAConflictThatChangesNothing() async throws {
            let fleet = try Fleet()
            defer { fleet.end() }
            try await fleet.start(.bus(.main), .hands(.main), .bus(.nano))
            try await fleet.dispatch("twice")
            try await fleet.wait(.nano, of: "twice", is: .stored)
            let nano = hand(.nano, fleet)
            let bytes = try await nano.document
            let other = try RelayDocument(readFrom: bytes).changed(traceparent: "00-1-1-00")
            let before = try await fleet.history(.nano)
            let answer = try await fleet.post(other.json.encoded, to: .nano, as: .main)
            #expect(answer.status == 409 && answer.code == "task-conflict", "\(answer)")
            let same = try await fleet.post(bytes, to: .nano, as: .main)
            #expect(same.status == 200)
            let upload = try await fleet.upload(
                Array("other".utf8),
                "brief.md",
                of: "twice",
                to: .nano,
                as: .main
            )
            #expect(upload.status == 409 && upload.code == "name-conflict", "\(upload)")

            let claim = try await nano.ask(.claim(ClaimRequest()), request: "reused")
            #expect(claim.status == 200)
            let reused = try await nano.ask(.deliver(DeliverRequest(waitSeconds: 0)), request: "reused")
            #expect(reused.status == 409 && reused.code == "request-reused", "\(reused)")
            #expect(try await fleet.history(.nano).count == before.count + 1)
            #expect(try Files.read("\(fleet.files.data(.nano))/inbox/twice.nano.1.json") == bytes)
        }
    }
}
