import Foundation
import TestSupport
import Testing

/// Scratch directories, files, the clock and the path of the checkout.
@Suite struct ScratchTests {
    private static let isKept = ProcessInfo.processInfo.environment["BATON_KEEP_SCRATCH"] == "1"

    @Test(.disabled(if: isKept)) func aScratchDirectoryIsNewShortAndGoesWithItsValue() throws {
        var scratch: ScratchDirectory? = try ScratchDirectory()
        let path = try #require(scratch?.path)
        let other = try ScratchDirectory()
        #expect(path != other.path && path.hasPrefix("/") && path.utf8.count < 60)
        try Files.write("text", to: "\(path)/a/b/c")
        #expect(try Files.names(in: path) == ["a"])
        #expect(try Files.readText("\(path)/a/b/c") == "text")
        scratch = nil
        #expect(!Files.exists(path))
    }

    @Test(.disabled(if: isKept)) func aScratchDirectoryGoesWithAllThatIsClosedInIt() throws {
        let scratch = try ScratchDirectory()
        try Files.write([1, 2], to: scratch.path("closed/file"))
        try FileManager.default.createSymbolicLink(
            atPath: scratch.path("link"),
            withDestinationPath: "/nowhere"
        )
        #expect(Files.exists(scratch.path("link")))
        try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: scratch.path("closed"))
        scratch.remove()
        scratch.remove()
        #expect(!Files.exists(scratch.path))
    }

    @Test(.disabled(if: isKept)) func theHelperRemovesAlsoWhenTheBodyThrows() async throws {
        struct Planted: Error {}
        var path = ""
        #expect(throws: Planted.self) {
            try withScratchDirectory { (scratch: String) throws in
                path = scratch
                throw Planted()
            }
        }
        #expect(path.hasPrefix("/") && !Files.exists(path))
        path = try await withScratchDirectory { scratch in
            await Task.yield()
            return scratch
        }
        #expect(path.hasPrefix("/") && !Files.exists(path))
    }

    @Test(.enabled(if: isKept)) func keptScratchStays() throws {
        let path = try ScratchDirectory().path
        #expect(Files.exists(path))
        try Files.remove(path)
    }

    @Test func theManualClockMovesOnlyWhenTold() {
        let clock = ManualClock(milliseconds: 1000)
        #expect(clock.milliseconds == 1000)
        clock.advance(by: .seconds(2) + .milliseconds(5))
        #expect(clock.milliseconds == 3005)
        clock.advance(by: .milliseconds(-10))
        #expect(clock.milliseconds == 2995)
        clock.set(milliseconds: 7)
        #expect(clock.milliseconds == 7)
    }

    @Test func theRepositoryRootHoldsTheManifest() {
        #expect(Files.exists("\(repositoryRoot)/Package.swift"))
    }
}
