import Foundation
import TestSupport
import Testing

/// Public tools that know nothing of us: securesystemslib and in-toto-attestation for Python.
private enum Outsider {
    private static let directory = "\(repositoryRoot)/Tests/RelayTests/Outsider"
    static let script = "\(directory)/verify.py"

    /// A Python that has them, made once beside what the build made; `nil`, and why on the log, where that fails.
    static func python() async throws -> String? {
        let products = try builtProduct("baton").split(separator: "/").dropLast().joined(separator: "/")
        let wanted = try Files.readText("\(directory)/requirements.txt")
        let place = "/\(products)/outsider"
        let python = "\(place)/bin/python"
        let stamp = "\(place)/requirements.txt"
        if Files.exists(stamp), try Files.readText(stamp) == wanted { return python }
        let steps = [
            ["python3", "-m", "venv", "--clear", place],
            [
                python, "-m", "pip", "install", "--quiet", "--retries", "1", "--requirement",
                "\(directory)/requirements.txt",
            ],
        ]
        for step in steps {
            let command = try SpawnedProcess("/usr/bin/env", step)
            // What is not through in time is as good as not there.
            let ended = try? await command.finish(within: .seconds(240))
            guard ended?.status == .exited(0) else {
                print(
                    "skipped: \(step.joined(separator: " ")) failed: \(command.lines.suffix(3).map(\.text))"
                )
                return nil
            }
        }
        try Files.write(wanted, to: stamp)
        return python
    }
}

extension RelayTests {
    /// Others than we verify what we sign.
    @Suite struct OutsiderTests {
        @Test(
            .enabled("needs python3 with venv (deploy/setup.sh --tools) and the Python packages from PyPI") {
                try await Outsider.python() != nil
            }
        )
        func anIndependentImplementationAgrees() async throws {
            let python = try #require(try await Outsider.python())
            let fleet = try Fleet(.builtin)
            defer { fleet.end() }
            try await fleet.start()
            let archive = try await fleet.bundle(of: "proof-2")
            fleet.end()
            let holds = try await check(archive, python, fleet.trusted)
            #expect(holds.status == .exited(0), "\(holds.lines.map(\.text))")
            // Five files with an envelope, and the order and the three links in the last task's document.
            #expect(holds.output.count { $0.hasPrefix("holds ") } == 9, "\(holds.output)")
            #expect(holds.output.last?.hasPrefix("refused ") == true)
            print("an outsider: \(holds.output.last ?? "")")
            try Files.write("# Another answer\n", to: "\(archive)/jp-final.txt")
            let changed = try await check(archive, python, fleet.trusted)
            #expect(changed.status == .exited(1))
            #expect(changed.errors.last?.contains("jp-final.txt is another file") == true)
            let strange = try await check(archive, python, try fleet.strangeKeys())
            #expect(
                strange.status == .exited(1) && strange.errors.last?.contains("VerificationError") == true
            )
        }

        private func check(_ bundle: String, _ python: String, _ fleet: String) async throws
            -> FinishedProcess
        {
            try await SpawnedProcess(python, [Outsider.script, fleet, bundle]).finish(within: .seconds(60))
        }
    }
}

extension Fleet {
    /// The fleet's file with other keys.
    fileprivate func strangeKeys() throws -> String {
        let path = path("other-fleet.json")
        try Files.write(ForgedBundle.withOtherKeys(Files.readText(trusted)), to: path)
        return path
    }
}
