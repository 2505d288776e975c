import RelayCore
import RelaySeal
import RelayWire
import TestSupport
import Testing

extension RelayTests {
    /// Files of a node that are not any more what was acknowledged: whoever is to use one finds out, says which, and
    /// gives nothing of it to anybody.
    @Suite struct FileDamageTests {
        /// Where a file lies when it is damaged.
        enum Spot: String, CaseIterable, Sendable {
            /// In the inbox, before any task names it.
            case unbound
            /// In the inbox, an input of a task that is stored.
            case bound
            /// Among the artifacts, before `produced` names it.
            case output
            /// Among the artifacts, before it is handed on.
            case artifact

            /// Whether it is what a task works with, and not what it made.
            var isInput: Bool { self == .unbound || self == .bound }
            var file: String { isInput ? "brief.md" : "candidate-list.md" }

            func path(_ job: String) -> String {
                switch self {
                case .unbound: "inbox/\(job).1.\(file)~main"
                case .bound: "inbox/\(job).1.\(file)"
                case .output: "artifacts/\(job).nano.1.1.\(file)"
                case .artifact: "artifacts/\(job)/\(file)"
                }
            }
        }

        @Test(arguments: DamageTests.Damage.allCases)
        func aDamagedFileBlocksItsTaskAndGoesNowhere(damage: DamageTests.Damage) async throws {
            let fleet = try Fleet()
            defer { fleet.end() }
            try await fleet.start(.bus(.nano), .bus(.sg))
            let customer = try Customer(of: fleet, seed: 1)
            var struck: [Spot: [UInt8]?] = [:]
            for spot in Spot.allCases {
                try await prepare(spot, customer, fleet) { path in
                    try await fleet.eventually(path) { Files.exists(path) }
                    try damage.strike(path)
                    struck[spot] = try? Files.read(path)
                }
            }
            try await fleet.start(.hands(.nano))
            for spot in Spot.allCases {
                let job = spot.rawValue
                try await expectNamed(spot, fleet)
                #expect(fleet.workshop.epochs(of: Station.nano.task(of: job)).isEmpty, "\(spot) was run")
                try expectKept(struck[spot] ?? nil, spot, fleet)
                let names = try Files.names(in: "\(fleet.files.data(.sg))/inbox")
                #expect(!names.contains { $0.hasPrefix("\(job).1.\(spot.file)") }, "\(spot) at sg: \(names)")
                guard spot.isInput else { continue }
                let right = Customer.files(of: job).first { $0.name == spot.file }?.bytes ?? []
                let again = try await fleet.upload(right, spot.file, of: job, to: .nano, as: .main)
                #expect(again.status == 200, "\(again)")
                try await fleet.wait(.sg, of: job, is: .stored)
            }
            try await fleet.checkHistory(of: .nano)
        }

        /// Brings a job of the spot's name so far that the file is there, damages it, and goes on to where it is used.
        private func prepare(
            _ spot: Spot,
            _ customer: Customer,
            _ fleet: Fleet,
            _ strike: (String) async throws -> Void
        ) async throws {
            let job = spot.rawValue
            let path = "\(fleet.files.data(.nano))/\(spot.path(job))"
            for (name, bytes) in Customer.files(of: job) {
                #expect(await customer.upload(name, bytes, of: job))
            }
            if spot == .unbound { try await strike(path) }
            #expect(try await customer.order(job))
            guard !spot.isInput else { return spot == .bound ? try await strike(path) : () }
            let hand = ByHand(fleet: fleet, station: .nano, job: job)
            let claim = try await hand.claim().claim
            for (name, text) in ByHand.products(of: .nano) {
                #expect(try await hand.upload(name, Array(text.utf8), of: claim).status == 201)
            }
            if spot == .output { try await strike(path) }
            #expect(try await hand.ask(hand.produced(claim))["state"] == "produced")
            if spot == .artifact { try await strike(path) }
        }

        /// Expects that the node says which file is damaged: of the task that waits for it, or of what it hands on.
        private func expectNamed(_ spot: Spot, _ fleet: Fleet) async throws {
            let task = Station.nano.task(of: spot.rawValue)
            let text = try await fleet.wait(at: .nano, for: "word of \(spot)", "task=\(task)") { status in
                let reason = status["tasks"]?.elements.first?["reason"]
                if reason?["code"] == "attachment-damaged" { return reason?["text"]?.stringValue }
                // Every delivery is listed, whatever the filter.
                return spot.isInput ? nil : Self.error(of: spot.rawValue, in: status)
            }
            #expect(text.contains(spot.file), "\(spot): \(text)")
        }

        private static func error(of job: String, in status: JSON) -> String? {
            let delivery = status["deliveries"]?.elements.first {
                $0["task"]?.stringValue == Station.sg.task(of: job)
            }
            return delivery?["error"]?.stringValue
        }

        /// Expects that damaged bytes are where they were, or set aside.
        private func expectKept(_ bytes: [UInt8]?, _ spot: Spot, _ fleet: Fleet) throws {
            guard let bytes else { return }
            let data = fleet.files.data(.nano)
            var found: [[UInt8]] = []
            for folder in ["inbox", "artifacts/\(spot.rawValue)", "archive/quarantine"] {
                // A folder that is not there has no files.
                for name in (try? Files.names(in: "\(data)/\(folder)")) ?? [] {
                    if let content = try? Files.read("\(data)/\(folder)/\(name)") { found.append(content) }
                }
            }
            #expect(found.contains(bytes), "the damaged file of \(spot) is gone")
        }

        @Test func aDamagedFileOfTheArchiveIsNotGivenOutAndFailsTheProof() async throws {
            let fleet = try Fleet()
            defer { fleet.end() }
            try await fleet.start()
            try await fleet.dispatch("kept")
            try await fleet.wait(job: "kept", is: .closed)
            try await fleet.waitUntilArchived("kept")
            let archive = "\(fleet.files.data(.main))/archive/kept"
            for name in ClosedJob.evidence {
                let right = try Files.read("\(archive)/\(name)")
                let whole = try await fleet.baton(.main, "get", "kept", name)
                #expect(
                    whole.status == .exited(0)
                        && whole.output.joined(separator: "\n").utf8.count + 1 >= right.count
                )
                for damage in [DamageTests.Damage.flipped, .cut] {
                    try damage.strike("\(archive)/\(name)")
                    let wrong = try Files.read("\(archive)/\(name)")
                    let got = try await fleet.baton(.main, "get", "kept", name)
                    #expect(
                        got.status == .exited(65) && got.output.isEmpty,
                        "\(name) \(damage): \(got.output)"
                    )
                    #expect(got.errors.contains { $0.contains("\(name) is damaged") }, "\(got.errors)")
                    let copied = try await fleet.baton(.main, "get", "kept", name, "--to", fleet.path("copy"))
                    #expect(copied.status == .exited(65) && !Files.exists(fleet.path("copy")))
                    let proof = try await verify(archive)
                    #expect(proof.status == .exited(1), "\(proof.output) \(proof.errors)")
                    #expect((proof.output + proof.errors).contains { $0.contains(name) }, "\(proof.output)")
                    #expect(try Files.read("\(archive)/\(name)") == wrong)
                    try Files.write(right, to: "\(archive)/\(name)")
                }
            }
            #expect(try await verify(archive).status == .exited(0))
        }

        private func verify(_ bundle: String) async throws -> FinishedProcess {
            try await SpawnedProcess(try builtProduct("baton"), ["verify", bundle]).finish(
                within: .seconds(30)
            )
        }
    }
}
