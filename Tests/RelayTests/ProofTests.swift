import Foundation
import RelayCore
import RelaySeal
import RelayWire
import TestSupport
import Testing

extension RelayTests {
    /// A closed job is a proof: whoever has the fleet's public keys sees every change of it.
    @Suite struct ProofTests {
        /// How many changes of single bytes are tried.
        private static let changes = 2100

        @Test func everyChangeOfAClosedBundleIsSeen() async throws {
            let fleet = try Fleet(.builtin)
            defer { fleet.end() }
            try await fleet.start()
            let archive = try await fleet.bundle(of: "proof-1")
            fleet.end()
            let bundle = try ProofBundle(at: archive)
            let pinned = Keyring(try FleetFile(path: fleet.trusted))
            #expect(bundle.fault(by: pinned) == nil && bundle.fault(by: nil) == nil)
            await checkBytes(of: bundle, pinned)
            try checkMainsWord(about: bundle, pinned)
            try await checkFiles(of: bundle, fleet)
            try await checkKeys(of: bundle, pinned, fleet)
        }

        /// 100 % of the sampled changes of one byte, in every file.
        private func checkBytes(of bundle: ProofBundle, _ pinned: Keyring) async {
            let slices = 4
            let seen = await withTaskGroup { group in
                for slice in 0..<slices {
                    group.addTask {
                        stride(from: slice, to: Self.changes, by: slices).map { number in
                            let change = ByteChange(number, of: bundle.files)
                            let fault = bundle.changed(by: change).fault(by: pinned)
                            #expect(fault != nil, "not seen: \(change), number \(number)")
                            return fault?.name ?? "none"
                        }
                    }
                }
                return await group.reduce(into: []) { $0 += $1 }
            }
            #expect(seen.count == Self.changes)
            let counts = Dictionary(seen.map { ($0, 1) }, uniquingKeysWith: +)
            print("changed bundles: \(seen.count) of \(bundle.files.count) files, seen by \(counts)")
        }

        /// Main alone cannot change what the nodes made: its statement, made anew for the changed files, is not enough.
        private func checkMainsWord(about bundle: ProofBundle, _ pinned: Keyring) throws {
            // What main says in its own words, and what nobody checks by it.
            let own: Set = ["closeout.json", "closeout.dsse.json", "fleet.json"]
            let others = bundle.files.filter { !own.contains($0.key) }
            for number in 0..<4 * others.count {
                let change = ByteChange(number, of: others)
                let fault = try bundle.changed(by: change).listedAnew(by: "main").fault(by: pinned)
                #expect(fault != nil, "not seen though main lists it anew: \(change), number \(number)")
            }
        }

        /// What somebody does to the folder of a bundle.
        private static let folders: [(what: String, change: @Sendable (String) throws -> Void)] = [
            ("a file removed", { try Files.remove("\($0)/jp-final.txt") }),
            ("an input removed", { try Files.remove("\($0)/inputs/brief.md") }),
            ("the statement removed", { try Files.remove("\($0)/closeout.dsse.json") }),
            ("a file added", { try Files.write("x", to: "\($0)/extra.txt") }),
            ("an input added", { try Files.write("x", to: "\($0)/inputs/source-09.md") }),
            ("a hidden file added", { try Files.write("x", to: "\($0)/.extra") }),
            ("a folder added", { try Files.write("x", to: "\($0)/extra/a.txt") }),
            ("a folder within a folder added", { try Files.write("x", to: "\($0)/inputs/more/a.txt") }),
            (
                "a file added whose name is not UTF-8",
                { try plant("\($0)/jp-final.txt", Array($0.utf8) + [0x2F, 0xFF]) }
            ),
            (
                "a file added whose name only looks like another's",
                { try plant("\($0)/jp-final.txt", Array("\($0)/jp-final.\u{442}xt".utf8)) }
            ),
            ("a file renamed", { try move("\($0)/jp-final.txt", "\($0)/jp-final.md") }),
            ("a file renamed in another case", { try move("\($0)/jp-final.txt", "\($0)/JP-final.txt") }),
            (
                "two files swapped",
                { path in
                    try move("\(path)/jp-final.txt", "\(path)/x")
                    try move("\(path)/sg-review.md", "\(path)/jp-final.txt")
                    try move("\(path)/x", "\(path)/sg-review.md")
                }
            ),
            (
                "a link to the same bytes in the place of a file",
                { path in
                    try move("\(path)/jp-final.txt", "\(path)/../aside.txt")
                    #expect(symlink("../aside.txt", "\(path)/jp-final.txt") == 0)
                }
            ),
            (
                "the inputs behind a link",
                { path in
                    let aside = "\(path)/../aside"
                    if Files.exists(aside) { try Files.remove(aside) }
                    try move("\(path)/inputs", aside)
                    #expect(symlink("../aside", "\(path)/inputs") == 0)
                }
            ),
            (
                "a pipe in the place of a file",
                { path in
                    try Files.remove("\(path)/jp-final.txt")
                    #expect(mkfifo("\(path)/jp-final.txt", 0o600) == 0)
                }
            ),
            ("a file added whose name clears the screen", { try Files.write("x", to: "\($0)/a\u{1B}[2J") }),
            ("a byte changed", { try Files.write("# Another brief\n", to: "\($0)/inputs/brief.md") }),
        ]

        private static func move(_ old: String, _ new: String) throws {
            guard rename(old, new) == 0 else { throw SystemFailure(during: "rename \(old)") }
        }

        /// Makes a second name, of any bytes, for the file at `path`.
        private static func plant(_ path: String, _ name: [UInt8]) throws {
            let isLinked = (name.map { CChar(bitPattern: $0) } + [0]).withUnsafeBufferPointer { name in
                name.baseAddress.map { link(path, $0) == 0 } ?? false
            }
            guard isLinked else { throw SystemFailure(during: "link \(path)") }
        }

        private func checkFiles(of bundle: ProofBundle, _ fleet: Fleet) async throws {
            let copy = fleet.path("copy/bundle")
            try bundle.write(to: copy)
            try Files.write("x", to: "\(copy)/round-9/a.txt")
            let honest = try await fleet.verify(copy, trusting: fleet.trusted)
            #expect(honest.status == .exited(0) && honest.output.last == "verified", "\(honest.lines)")
            #expect(honest.output.contains("beside the proof, not checked: round-9/"))
            for (what, change) in Self.folders {
                try bundle.write(to: copy)
                try change(copy)
                let answer = try await fleet.verify(copy, trusting: fleet.trusted)
                let said = answer.lines.map(\.text).joined(separator: "\n")
                #expect(answer.status == .exited(1), "\(what): \(answer.status) \(said)")
                #expect(!said.contains("\u{1B}") && !said.contains("Error Domain"), "\(what): \(said)")
            }
        }

        private func checkKeys(of bundle: ProofBundle, _ pinned: Keyring, _ fleet: Fleet) async throws {
            let copy = fleet.path("copy/bundle")
            let forged = try ForgedBundle.signedAnew(bundle, job: "proof-1")
            #expect(forged.fault(by: nil) == nil)
            #expect(forged.fault(by: pinned)?.name == "main signed the statement of the bundle")
            try forged.write(to: copy)
            let refused = try await fleet.verify(copy, trusting: fleet.trusted)
            #expect(refused.status == .exited(1) && refused.output.last == "NOT verified")
            let unpinned = try await fleet.verify(copy)
            #expect(unpinned.output.count { $0.hasPrefix("NOT PINNED") } == 4, "\(unpinned.output)")
            #expect(unpinned.status == .exited(0) && unpinned.output.last?.contains("not pinned") == true)
            var replaced = bundle
            replaced.files["fleet.json"] = forged.files["fleet.json"]
            #expect(replaced.fault(by: pinned) != nil && replaced.fault(by: nil) != nil)
            let main = try replaced.listedAnew(by: "main")
            #expect(main.fault(by: nil) != nil, "main's statement by keys that are not in the bundle")
        }
    }
}

extension Fleet {
    /// The fleet's file as an outsider has it.
    var trusted: String { path("roles/fleet.json") }

    /// Has `job` done and closed, and gives where its bundle lies.
    func bundle(of job: String) async throws -> String {
        let example = "\(repositoryRoot)/Sources/baton/Example"
        let sources = ["--source", "\(example)/source-01.md", "--source", "\(example)/source-06.txt"]
        let words = ["dispatch", job, "--brief", "\(example)/brief.md"] + sources + ["--wait"]
        let command = try SpawnedProcess(try builtProduct("baton"), words + ["--config", files.role(.main)])
        let dispatched = try await command.finish(within: Self.patience)
        guard dispatched.status == .exited(0) else { throw WaitFailure("\(dispatched.lines.map(\.text))") }
        let archive = "\(files.data(.main))/archive/\(job)"
        try await eventually("a bundle") { Files.exists("\(archive)/closeout.dsse.json") }
        return archive
    }

    /// Runs `baton verify --fleet`.
    func verify(_ path: String, trusting fleet: String) async throws -> FinishedProcess {
        let words = ["verify", path, "--fleet", fleet]
        return try await SpawnedProcess(try builtProduct("baton"), words).finish(within: .seconds(30))
    }
}
