#if os(Linux)
    import RelayCore
    import RelayWire
    import TestSupport
    import Testing

    /// One node, one call that fails, and what its customer saw.
    struct FailingCall {
        /// What fails, and how.
        struct Failure: Sendable, CustomTestStringConvertible {
            let calls: String
            /// As strace names it: `error=EIO`, or `error=EIO:signal=KILL` for a node that ends instead of the call.
            let effect: String
            /// Whether a node whose call failed so must end by itself.
            var isFatal = false

            var kills: Bool { effect.hasSuffix("signal=KILL") }
            var testDescription: String { "\(calls) \(effect)" }
        }

        private let failure: Failure
        private let number: Int

        init(_ failure: Failure, _ number: Int) {
            self.failure = failure
            self.number = number
        }

        static func isPermitted() async -> Bool {
            await Tool.works("strace", "-f", "-qq", "-e", "trace=none", "true")
        }

        /// Whether the call was made at all, and how much was acknowledged.
        func run() async throws -> (wasHit: Bool, acknowledged: Int) {
            let fleet = try Fleet()
            defer { fleet.end() }
            let log = fleet.path("strace")
            // A signal is only sent by the slow way of tracing.
            let way = failure.kills ? [] : ["--seccomp-bpf"]
            fleet.dress[.bus(.nano)] = .init(
                words: ["/usr/bin/env", "strace", "-f", "-qq"] + way + [
                    "-o", log, "-e", "trace=\(failure.calls)",
                    "-e", "inject=\(failure.calls):\(failure.effect):when=\(number)", "--",
                ]
            )
            let customer = try Customer(of: fleet, seed: 1)
            // It may not even start.
            let started = (try? await fleet.start(.bus(.nano))) != nil
            var produced: Bool?
            if started {
                _ = try await customer.send("a")
                _ = await customer.upload("brief.md", Array("# First\n".utf8), of: "b")
                _ = await customer.uploadAnew("b")
                _ = try await customer.order("b")
                produced = await produce("a", fleet)
            }
            let wasHit = try await wasHit(fleet, log)
            if failure.isFatal, wasHit, started { try await expectEnd(of: fleet, customer) }
            try await fleet.kill(.bus(.nano))
            try await check(customer.seen.value, produced, fleet)
            return (wasHit, customer.seen.value.uploads.count + customer.seen.value.tasks.count)
        }

        private var name: String { "\(failure.testDescription) at call \(number)" }

        /// Claims the task and makes its files, as a consumer would; `nil` when it is not known what came of it.
        private func produce(_ job: String, _ fleet: Fleet) async -> Bool? {
            let hand = ByHand(fleet: fleet, station: .nano, job: job)
            return (try? await hand.produce()) == nil ? nil : true
        }

        /// Expects that whoever claims the task finds the bytes that it names.
        private func expectRight(_ job: String, _ fleet: Fleet) async throws {
            // Somebody may hold the other task, and only a human takes two.
            let claimed = try await ByHand(fleet: fleet, station: .nano, job: job).claim(by: .human)
            for input in claimed.inputs {
                let found = try ByHand.attachment(input.file.name.rawValue, Files.read(input.path))
                #expect(found == input.file, "\(name): \(input.path)")
            }
        }

        private func wasHit(_ fleet: Fleet, _ log: String) async throws -> Bool {
            guard failure.kills else {
                return try Files.readText(log).contains("(INJECTED)")
            }
            // It ends at once or not at all.
            return (try? await fleet.process(.bus(.nano)).waitForExit(within: .milliseconds(500))) != nil
        }

        private func expectEnd(of fleet: Fleet, _ customer: Customer) async throws {
            // For as long as it still answers.
            let health = try? await Exchange(way: fleet.socket(of: .nano), target: "/health").send()
            #expect(health == nil || health?.status == 503, "\(name): \(health?.json.text ?? "")")
            #expect(try await customer.send("late") == false, "\(name): acknowledged after the failure")
            let status = try await fleet.process(.bus(.nano)).waitForExit(within: Fleet.patience)
            #expect(status == .exited(74), "\(name): \(fleet.account)")
        }

        private func check(_ seen: Acknowledged, _ produced: Bool?, _ fleet: Fleet) async throws {
            fleet.dress = [:]
            let files = seen.uploadsLost(in: fleet.files.data(.nano))
            try await fleet.start(.bus(.nano))
            let lost = files + (try await seen.lost(at: fleet))
            #expect(lost.isEmpty, "\(name)")
            if produced == true {
                let task = try await fleet.task(.nano, of: "a")
                #expect(task?["state"] == "produced", "\(name): \(task?.text ?? "no task")")
                let due = try await ByHand(fleet: fleet, station: .nano, job: "a").deliver()
                #expect(due.files.allSatisfy { Files.exists($0.path) }, "\(name): \(due.files)")
            }
            try await fleet.checkHistory(of: .nano)
            // And it takes work again.
            let customer = try Customer(of: fleet, seed: 2)
            #expect(try await customer.send("after"), "\(name): nothing is taken any more")
            // Also of what was in doubt.
            #expect(await customer.uploadAnew("b"), "\(name): the newer file is not taken")
            #expect(try await customer.order("b"), "\(name): its task is not taken")
            try await expectRight("b", fleet)
        }
    }
#endif
