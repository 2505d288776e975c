#if os(Linux)
    import RelayCore
    import RelaySeal
    import RelayWire
    import TestSupport
    import Testing

    extension RelayTests {
        /// The power goes while a node takes in work: what was acknowledged is there when it comes back.
        @Suite(
            .enabled("needs root and the right to mount a loop device") { try await LoopDisk.isPermitted() }
        )
        struct PowerCutTests {
            /// A node whose data lies on a disk of its own.
            private final class Victim {
                let fleet: Fleet
                let disk: LoopDisk
                let customer: Customer
                let data: String
                /// What was acknowledged before the latest cut, from the first start on.
                private var before = Acknowledged()

                init(seed: UInt64, dress: Fleet.Dress = .init()) async throws {
                    fleet = try Fleet()
                    data = fleet.files.data(.nano)
                    disk = try await LoopDisk(megabytes: 512, in: fleet.path("disk"), at: data)
                    try TestKeys.write("nano", in: data)
                    try await Tool.run("sync", "--file-system", data)
                    customer = try Customer(of: fleet, seed: seed)
                    fleet.dress[.bus(.nano)] = dress
                }

                func end() {
                    fleet.end()
                    disk.end()
                }

                /// Starts the node, cuts the power once `tasks` more were acknowledged, brings it back, and gives
                /// what was lost.
                ///
                /// An answer counts when it came before the cut: no other leaves a machine without power, whereas here
                /// the kernel may still call a sync a success that it has just cut off.
                func cut(run: Int, clients: Int, after goal: Int) async throws -> [String] {
                    try await fleet.start(.bus(.nano))
                    let customer = customer
                    customer.seen.update { $0 = Acknowledged() }
                    let work = Task { try await customer.work(clients: clients, run: run) }
                    _ = try await customer.seen.wait(for: "\(goal) tasks", within: Fleet.patience) {
                        $0.tasks.count >= goal ? true : nil
                    }
                    let seen = customer.seen.value
                    try disk.cutPower()
                    try await work.value
                    // Nobody tells it: it finds out, says so and ends.
                    let status = try await fleet.process(.bus(.nano)).waitForExit(within: Fleet.patience)
                    #expect(status == .exited(74), "\(fleet.account)")
                    try await fleet.kill(.bus(.nano))
                    before.uploads += seen.uploads
                    before.tasks += seen.tasks
                    try await disk.unmount()
                    try await disk.mount()
                    return try await lost(of: seen)
                }

                /// What is lost of all that was ever acknowledged.
                func lost() async throws -> [String] { try await lost(of: before) }

                /// How much that is.
                var counts: String { before.counts }

                private func lost(of seen: Acknowledged) async throws -> [String] {
                    let files = seen.uploadsLost(in: data)
                    do {
                        try await fleet.start(.bus(.nano))
                    } catch {
                        return files + ["it does not start: \(error)"]
                    }
                    let lost = files + (try await seen.lost(at: fleet))
                    if lost.isEmpty {
                        try await seen.waitForProjections(at: fleet)
                        try await fleet.checkHistory(of: .nano)
                    }
                    #expect(try await fleet.stop(.bus(.nano)) == .exited(0))
                    return lost
                }
            }

            @Test func nothingThatWasAcknowledgedIsLostWhenThePowerGoes() async throws {
                var random = SeededNumbers(Tool.seed)
                let victim = try await Victim(seed: Tool.seed)
                defer { victim.end() }
                let cuts = Tool.isLong ? 30 : 5
                for run in 1...cuts {
                    let tasks = Int.random(in: 1...40, using: &random)
                    let lost = try await victim.cut(run: run, clients: run % 4 + 1, after: tasks)
                    #expect(lost.isEmpty, "seed \(Tool.seed), cut \(run)")
                }
                let lost = try await victim.lost()
                #expect(lost.isEmpty, "seed \(Tool.seed), in the end")
                print("power cut: \(cuts) cuts, \(victim.counts), \(lost.count) lost, seed \(Tool.seed)")
            }

            /// What a node does that does not wait for the disk.
            enum Haste: String, CaseIterable, Sendable {
                /// It never waits.
                case eatmydata
                /// It does not wait for the ledger's log, which is `synchronous=NORMAL` until the next checkpoint.
                case normal

                func dress(in fleet: String) async throws -> Fleet.Dress {
                    switch self {
                    case .eatmydata: return .init(words: ["/usr/bin/eatmydata"])
                    case .normal:
                        return .init(environment: ["LD_PRELOAD": try await HastyLog.build(in: fleet)])
                    }
                }
            }

            @Test(
                .enabled("needs eatmydata and cc (deploy/setup.sh --tools)") {
                    let hasCompiler = await Tool.works("cc", "--version")
                    return Files.exists("/usr/bin/eatmydata") && hasCompiler
                },
                arguments: Haste.allCases
            )
            func theTestSeesANodeThatDoesNotWaitForTheDisk(haste: Haste) async throws {
                let scratch = try ScratchDirectory()
                defer { scratch.remove() }
                let victim = try await Victim(seed: Tool.seed, dress: haste.dress(in: scratch.path))
                defer { victim.end() }
                // One client, in the middle of its tasks: the file system has had no reason to write since.
                let lost = try await victim.cut(run: 0, clients: 1, after: 8)
                #expect(!lost.isEmpty)
                print("power cut under \(haste): \(victim.counts), \(lost.count) lost")
            }
        }
    }

    /// A library that lets a program skip the sync of SQLite's logs.
    private enum HastyLog {
        private static let source = """
            #define _GNU_SOURCE
            #include <dlfcn.h>
            #include <stdio.h>
            #include <string.h>
            #include <unistd.h>
            int fdatasync(int fd) {
                char link[64], path[4096];
                snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
                ssize_t n = readlink(link, path, sizeof path - 1);
                if (n > 4 && memcmp(path + n - 4, "-wal", 4) == 0) return 0;
                return ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(fd);
            }
            """

        static func build(in directory: String) async throws -> String {
            try Files.write(source, to: "\(directory)/hasty.c")
            let library = "\(directory)/hasty.so"
            try await Tool.run("cc", "-shared", "-fPIC", "-o", library, "\(directory)/hasty.c", "-ldl")
            return library
        }
    }
#endif
