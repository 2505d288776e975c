import Foundation
import TestSupport
import Testing

/// The top level of the repository and its scripts.
@Suite struct LayoutTests {
    @Test(.timeLimit(.minutes(10)))
    func theTopLevelHoldsOnlyTheFixedNames() async throws {
        let violations = LayoutRules.topLevelViolations(try await entries())
        #expect(violations.isEmpty, "\(violations.report)")
    }

    @Test func everyScriptIsExecutable() throws {
        let violations = LayoutRules.modeViolations(try scripts(in: "deploy") + scripts(in: ".ci"))
        #expect(violations.isEmpty, "\(violations.report)")
    }

    @Test func aPlantedEntryIsRefused() {
        let paths = ["Package.swift", "Sources/A/Makefile", ".gitignore", ".ci/run", "docs/a.md", "Makefile"]
        #expect(LayoutRules.topLevelViolations(paths).places == ["Makefile", "docs"])
    }

    /// Each row: how a file begins, its mode, and whether it is refused.
    @Test(arguments: [
        ("#!/bin/sh", 0o755, false), ("#!/bin/sh", 0o644, true), ("#!/bin/sh", 0o700, true),
        ("[Unit]", 0o644, false),
    ])
    func aPlantedModeIsRefused(beginning: String, mode: Int, refused: Bool) {
        let violations = LayoutRules.modeViolations([("deploy/a", Array(beginning.utf8), mode)])
        #expect(violations.places == (refused ? ["deploy/a"] : []))
    }

    /// What git has of the checkout; where there is no git, what lies in its top directory.
    private func entries() async throws -> [String] {
        let git = try SpawnedProcess("/usr/bin/env", ["git", "-C", Checkout.root, "ls-files", "-z"])
        let result = try await git.finish(within: .seconds(30))
        if result.status == .exited(0), !result.output.isEmpty {
            return result.output.joined(separator: "\n").split(separator: "\0").map(String.init)
        }
        return try Checkout.names(in: ".")
    }

    private func scripts(in directory: String) throws -> [(path: String, firstBytes: [UInt8], mode: Int)] {
        try Checkout.names(in: directory).compactMap { name in
            let path = "\(Checkout.root)/\(directory)/\(name)"
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            guard attributes[.type] as? FileAttributeType == .typeRegular else { return nil }
            let mode = attributes[.posixPermissions] as? Int ?? 0
            return ("\(directory)/\(name)", Array(try Files.read(path).prefix(2)), mode)
        }
    }
}
