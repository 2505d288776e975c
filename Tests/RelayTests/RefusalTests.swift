import RelayCore
import RelayWire
import TestSupport
import Testing

extension RelayTests {
    /// What a node refuses, and that a refusal changes nothing.
    @Suite struct RefusalTests {
        /// What a node shows of itself and keeps in its directories, without what changes by the mere time.
        private static func picture(of station: Station, _ fleet: Fleet) async throws -> [String] {
            let status = try await fleet.status(station)
            let members = ["seq", "counts", "tasks", "deliveries", "jobs"].map { status[$0]?.text ?? "-" }
            let data = fleet.files.data(station)
            return try members
                + ["inbox", "artifacts", "archive"].flatMap { try Files.names(in: "\(data)/\($0)") }
        }

        @Test func aWrongNameIsRefusedWithTheNamesThatAreRightAndChangesNothing() async throws {
            let fleet = try Fleet()
            defer { fleet.end() }
            try await fleet.start(.bus(.main), .bus(.nano), .bus(.sg), .hands(.main))
            try await fleet.dispatch("named")
            try await fleet.wait(.nano, of: "named", is: .stored)
            let nano = ByHand(fleet: fleet, station: .nano, job: "named")
            try await nano.produce()
            let due = try await nano.deliver()
            let genuine = try RelayDocument(readFrom: due.document)

            let pack = Array("# Candidates\n".utf8)
            let uploaded = try await fleet.upload(
                pack,
                "research-pack-v2.md",
                of: "named",
                to: .sg,
                as: .nano
            )
            #expect(uploaded.status == 201)
            let wrong = genuine.changed(
                attachments: [try ByHand.attachment("research-pack-v2.md", pack)]
            )
            let before = try await Self.picture(of: .sg, fleet)
            #expect(before.contains("named.1.research-pack-v2.md~nano"), "\(before)")
            for _ in 1...2 {
                let answer = try await fleet.post(wrong.json.encoded, to: .sg, as: .nano)
                #expect(answer.status == 422 && answer.code == "contract-broken", "\(answer)")
                checkViolations(answer)
            }
            #expect(try await Self.picture(of: .sg, fleet) == before)

            let early = try await fleet.post(due.document, to: .sg, as: .nano)
            #expect(early.status == 422 && early.code == "attachments-missing", "\(early)")
            #expect(early["missing"]?.elements == ["candidate-list.md", "de-raw-output.txt"])
            let taken = try await nano.carry(due)
            #expect(taken.status == 202 && taken["task"] == "named.sg.1", "\(taken)")
            try await fleet.wait(.sg, of: "named", is: .stored)
            let names = try Files.names(in: "\(fleet.files.data(.sg))/inbox")
            #expect(names.contains("named.1.research-pack-v2.md~nano"), "\(names)")
        }

        private func checkViolations(_ answer: Answer) {
            let violations = answer["violations"]?.elements ?? []
            let text = answer["violations"]?.text ?? "none"
            for name in ["candidate-list.md", "de-raw-output.txt", "research-pack-v2.md"] {
                #expect(violations.contains { $0["name"]?.stringValue == name }, "\(name) in \(text)")
            }
            let unwanted = violations.first { $0["name"] == "research-pack-v2.md" }
            let advice = [unwanted?["expected"]?.stringValue, unwanted?["suggestion"]?.stringValue]
            for name in ["candidate-list.md", "de-raw-output.txt"] {
                #expect(advice.contains { $0?.contains(name) == true }, "no advice on \(name): \(text)")
            }
        }

        @Test(.enabled(if: FleetFiles.areAddressesOwn, "every node needs an address of its own"))
        func onlyWhoTheRouteAndTheRoleFileNameMaySend() async throws {
            let fleet = try Fleet()
            defer { fleet.end() }
            try await fleet.start(.bus(.main), .hands(.main), .bus(.nano))
            try await fleet.dispatch("senders")
            try await fleet.wait(.nano, of: "senders", is: .stored)
            let bytes = try await ByHand(fleet: fleet, station: .nano, job: "senders").document
            let genuine = try RelayDocument(readFrom: bytes)
            let before = try await Self.picture(of: .nano, fleet)
            let other = TaskID(rawValue: "another.nano.1")

            let relayed = genuine.changed(task: other, from: .jp).json.encoded
            let unwanted = try await fleet.post(relayed, to: .nano, as: .jp)
            #expect(unwanted.status == 403 && unwanted.code == "not-accepted", "\(unwanted)")
            #expect(unwanted.detail.contains("accepts.jp: [\"relay\"]"), "\(unwanted.detail)")
            let uploaded = try await fleet.upload(bytes, "brief.md", of: "another", to: .nano, as: .jp)
            #expect(uploaded.status == 403 && uploaded.detail.contains("accepts.jp"), "\(uploaded)")

            let disguised = try await fleet.post(
                genuine.changed(task: other).json.encoded,
                to: .nano,
                as: .jp
            )
            #expect(disguised.status == 403 && disguised.code == "sender-mismatch", "\(disguised)")

            let forged = try await fleet.post(genuine.changed(task: other).json.encoded, to: .nano, as: .main)
            #expect(forged.status == 403 && forged.code == "order-invalid", "\(forged)")

            try await strangersLearnNothing(fleet, [bytes, relayed, Array("nonsense".utf8)], upload: bytes)
            #expect(try await Self.picture(of: .nano, fleet) == before)
        }

        /// Whatever a stranger asks, it gets one and the same answer.
        private func strangersLearnNothing(
            _ fleet: Fleet,
            _ documents: [[UInt8]],
            upload bytes: [UInt8]
        ) async throws {
            let strange = Exchange.Way.tcp(
                host: fleet.files.host(.nano),
                port: fleet.files.port(.nano),
                from: fleet.files.strangersHost
            )
            var refusals: Set<Answer> = []
            for body in documents {
                refusals.insert(try await fleet.post(body, strange))
            }
            for target in ["/status", "/status?since=0", "/upload?job=x&name=y"] {
                let method = target.hasPrefix("/upload") ? "POST" : "GET"
                let body = method == "POST" ? bytes : nil
                refusals.insert(
                    try await Exchange(way: strange, method: method, target: target, body: body).send()
                )
            }
            #expect(refusals.count == 1, "a stranger can tell them apart: \(refusals)")
            #expect(refusals.first?.status == 403 && refusals.first?.code == "forbidden")
        }

        @Test func aCancelledJobEndsEverywhereAndTakesNoMoreWork() async throws {
            let fleet = try Fleet()
            defer { fleet.end() }
            try await fleet.start()
            try fleet.workshop.shut(.sg, of: "ended")
            try await fleet.dispatch("ended")
            try await fleet.wait(.sg, of: "ended", is: .claimed)
            let bytes = try await ByHand(fleet: fleet, station: .sg, job: "ended").document
            let genuine = try RelayDocument(readFrom: bytes)
            let cancelled = try await fleet.baton(.main, "cancel", "ended", "--reason", "not needed")
            #expect(cancelled.status == .exited(0), "\(cancelled.errors)")
            try await fleet.wait(job: "ended", is: .cancelled)
            for station in [Station.nano, .sg] {
                try await fleet.wait(station, of: "ended", is: .cancelled)
                let archive = "\(fleet.files.data(station))/archive/ended"
                try await fleet.eventually("\(archive)") {
                    Files.exists("\(archive)/\(station.task(of: "ended")).json")
                }
            }
            try await fleet.wait(at: .jp, for: "cancel") { ($0["seq"]?.integerValue ?? 0) > 0 ? true : nil }

            let later = genuine.changed(task: TaskID(rawValue: "ended.jp.1"), from: .sg, to: .jp)
            let refused = try await fleet.post(later.json.encoded, to: .jp, as: .sg)
            #expect(refused.status == 409 && refused.code == "job-ended", "\(refused)")
            let repeated = try await fleet.post(bytes, to: .sg, as: .nano)
            #expect(repeated.status == 200 && repeated["duplicate"] == true, "\(repeated)")
            let again = try await fleet.baton(.main, "cancel", "ended")
            #expect(again.status == .exited(1), "\(again.lines.map(\.text))")
            let job = try await fleet.baton(.main, "job", "ended")
            #expect(job.status == .exited(1))

            // What the processor makes after the end is kept, and its consumer goes on to the next job.
            try fleet.workshop.open(.sg, of: "ended")
            let line = "\"claim-lost\""
            _ = try await fleet.process(.hands(.sg)).waitForLine(containing: line, within: Fleet.patience)
            let late = "\(fleet.files.data(.sg))/archive/ended/late-sg.1.1/sg-review.md"
            #expect(try Files.readText(late).contains("# Accepted"))
            try await fleet.dispatch("next")
            try await fleet.wait(job: "next", is: .closed)
            try await fleet.checkHistories()
        }
    }
}
