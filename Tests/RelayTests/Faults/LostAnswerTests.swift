#if os(Linux)
    import RelayCore
    import RelaySeal
    import RelayWire
    import TestSupport
    import Testing

    extension RelayTests {
        /// The receipt of a task is lost on its way: whoever sends it again gets the same one, and the task is run once.
        @Suite(
            .enabled("needs root, network namespaces and nft (deploy/setup.sh --tools)") {
                await LossyNetwork.isPermitted()
            }
        )
        struct LostAnswerTests {
            @Test func aTaskWhoseReceiptIsLostIsStoredAndRunOnce() async throws {
                let network = try await LossyNetwork()
                let fleet = try Fleet()
                defer { fleet.end() }
                for program in Program.all { fleet.dress[program] = .init(words: network.words) }
                try await fleet.start()
                try await network.loseReceipts()
                for station in Station.allCases { try fleet.workshop.shut(station, of: "lost") }
                try await fleet.dispatch("lost")
                for station in Station.allCases {
                    try await loseReceipt(from: station, fleet)
                }
                let dropped = try await network.lossesAndHealing()
                #expect(dropped >= Station.allCases.count, "receipts that were lost on the way")
                try await fleet.wait(job: "lost", is: .closed)
                try await fleet.waitUntilArchived("lost")
                let closed = ClosedJob(fleet: fleet, job: "lost")
                try closed.checkLinks()
                try closed.checkCloseout()
                try await closed.checkDocuments()
                for station in [Station.nano, .sg, .jp] {
                    #expect(fleet.workshop.epochs(of: station.task(of: "lost")) == [1], "runs of \(station)")
                }
                try await fleet.checkHistories()
                await network.end()
            }

            /// Waits until the receipt of the next task is lost, and has the sender give up and send again.
            private func loseReceipt(from station: Station, _ fleet: Fleet) async throws {
                if station != .main { try fleet.workshop.open(station, of: "lost") }
                try await fleet.waitUntilKnown(station.next, "lost")
                let task = station.next.task(of: "lost")
                let stored = try await fleet.task(station.next, of: "lost")?["seq"]
                // Its connection goes with it; what it knew of the delivery is what its bus knows.
                try await fleet.kill(.hands(station))
                let waiting = try await fleet.status(station)["deliveries"]?.elements ?? []
                #expect(waiting.contains { $0["task"]?.stringValue == task }, "\(waiting)")
                try await fleet.start(.hands(station))
                try await fleet.wait(at: station, for: "the receipt of \(task)") { status in
                    let open = status["deliveries"]?.elements ?? []
                    return open.contains { $0["task"]?.stringValue == task } ? nil : true
                }
                #expect(try await fleet.task(station.next, of: "lost")?["seq"] == stored)
                let history = History(station: station.next, events: try await fleet.history(station.next))
                #expect(history.states(of: task).count { $0 == "stored" } == 1)
            }
        }
    }

    /// A network namespace of its own in which packets can be lost.
    final class LossyNetwork: Sendable {
        private let name: String

        /// The words before a program that is to run in it.
        var words: [String] { ["/usr/bin/env", "ip", "netns", "exec", name] }

        init() async throws {
            name = "baton-\(UInt32.random(in: .min ... .max))"
            try await Tool.run("ip", "netns", "add", name)
            try await Tool.run("ip", "-n", name, "link", "set", "lo", "up")
        }

        deinit {
            let name = name
            Task { _ = await Tool.works("ip", "netns", "del", name) }
        }

        /// Loses from now on each packet that begins with the head of a 202, however often it is sent again.
        ///
        /// The payload lies behind 20 bytes of TCP's header and 12 of its time stamps.
        func loseReceipts() async throws {
            let head = "HTTP/1.1 202".utf8.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
            try await nft(
                "add table inet loss",
                "add chain inet loss out { type filter hook output priority 0; }",
                "add rule inet loss out tcp flags & (syn | fin | rst) == 0 @th,256,96 0x\(head.joined()) counter drop"
            )
        }

        /// Loses nothing any more, and gives how many packets were lost.
        func lossesAndHealing() async throws -> Int {
            let list = try await Tool.output("ip", "netns", "exec", name, "nft", "list", "ruleset")
            try await nft("flush ruleset")
            let words = list.split(whereSeparator: \.isWhitespace)
            guard let place = words.firstIndex(of: "packets") else {
                throw WaitFailure("no counter in \(list)")
            }
            return Int(words[place + 1]) ?? 0
        }

        /// Takes it away; programs that run in it keep it until they end.
        func end() async { _ = await Tool.works("ip", "netns", "del", name) }

        private func nft(_ commands: String...) async throws {
            for command in commands { try await Tool.run("ip", "netns", "exec", name, "nft", command) }
        }

        /// Whether this process may make one, and rules in it.
        static func isPermitted() async -> Bool {
            guard let network = try? await LossyNetwork() else { return false }
            let isPermitted = (try? await network.loseReceipts()) != nil
            await network.end()
            return isPermitted
        }
    }
#endif
