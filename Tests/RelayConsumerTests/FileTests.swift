import RelayCore
import RelaySeal
import RelayWire
import Testing

@testable import RelayConsumer

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite struct InputCopyTests {
    let scratch = Scratch()

    private func input(_ text: String, named path: String) throws -> LocatedFile {
        LocatedFile(file: try attachment("brief.md", text), path: scratch.path + "/" + path)
    }

    private func damage(_ input: LocatedFile, found: String) -> ConsumerError {
        let expected = "\(input.file.size) bytes with \(input.file.digest.labelled)"
        return .damaged(name: "brief.md", expected: expected, found: found)
    }

    @Test func theCopyHasTheSameBytesAndIsReadOnly() throws {
        try scratch.write("text", to: "stored")
        let target = try scratch.directory("in")
        try InputCopy.place(input("text", named: "stored"), in: target)
        #expect(try scratch.read("in/brief.md") == "text")
        var status = stat()
        #expect(stat(target + "/brief.md", &status) == 0)
        #expect(status.st_mode & 0o7777 == 0o440)
        #expect(status.st_nlink == 1)
    }

    @Test(arguments: ["texT", "text and more", "t", ""])
    func otherBytesAreDamage(found: String) throws {
        try scratch.write(found, to: "stored")
        let input = try input("text", named: "stored")
        let digest = Digest.of(Array(found.utf8))
        #expect(throws: damage(input, found: "\(found.utf8.count) bytes with \(digest.labelled)")) {
            try InputCopy.place(input, in: scratch.directory("in"))
        }
        #expect(!scratch.exists("in/brief.md"))
    }

    @Test func aLinkIsNotFollowed() throws {
        let real = try scratch.write("text", to: "real")
        #expect(symlink(real, scratch.path + "/stored") == 0)
        let input = try input("text", named: "stored")
        #expect(throws: damage(input, found: "a link")) {
            try InputCopy.place(input, in: scratch.directory("in"))
        }
    }

    @Test func aSecondNameIsDamage() throws {
        let real = try scratch.write("text", to: "stored")
        #expect(link(real, scratch.path + "/other") == 0)
        let input = try input("text", named: "stored")
        #expect(throws: damage(input, found: "2 hard links")) {
            try InputCopy.place(input, in: scratch.directory("in"))
        }
    }

    @Test func whatIsNoFileIsDamage() throws {
        #expect(mkfifo(scratch.path + "/stored", 0o600) == 0)
        let pipe = try input("text", named: "stored")
        #expect(throws: damage(pipe, found: "something else")) {
            try InputCopy.place(pipe, in: scratch.directory("in"))
        }
        let absent = try input("text", named: "absent")
        #expect(throws: damage(absent, found: "no file")) {
            try InputCopy.place(absent, in: scratch.directory("in"))
        }
    }
}

@Suite struct OutputCheckTests {
    let scratch = Scratch()

    private func look() throws -> OutputCheck.Result {
        try OutputCheck.look(at: scratch.path + "/out", contract: Fixture.contract())
    }

    private func broken() throws -> String {
        guard case .broken(let reason) = try look() else { return "holds" }
        #expect(reason.code == "contract-broken")
        #expect(reason.expected == ["sg-review.md"])
        return reason.text
    }

    @Test func whatTheContractSaysHolds() throws {
        _ = try scratch.directory("out")
        try scratch.write(Fixture.review, to: "out/sg-review.md")
        #expect(try look() == .holds([attachment("sg-review.md", Fixture.review)]))
    }

    @Test func anEmptyDirectoryLacksTheOutput() throws {
        _ = try scratch.directory("out")
        #expect(try broken().contains("sg-review.md: missing"))
    }

    @Test(arguments: ["review.md", ".hidden", "sg-review.md.part", "a b"])
    func aWrongNameIsNamed(name: String) throws {
        _ = try scratch.directory("out")
        try scratch.write(Fixture.review, to: "out/sg-review.md")
        try scratch.write("x", to: "out/\(name)")
        #expect(try broken().contains(name))
    }

    @Test func aMissingHeadingIsNamed() throws {
        _ = try scratch.directory("out")
        try scratch.write("# Accepted\n", to: "out/sg-review.md")
        #expect(try broken().contains("a heading \"Rejected\""))
    }

    @Test func aFileTooLargeIsNotRead() throws {
        _ = try scratch.directory("out")
        let path = try scratch.write("", to: "out/sg-review.md")
        #expect(truncate(path, 1 << 40) == 0)
        #expect(try broken().contains("at most 1048576 bytes"))
    }

    @Test func linksPipesAndDirectoriesAreRefused() throws {
        _ = try scratch.directory("out")
        let real = try scratch.write(Fixture.review, to: "real")
        let name = scratch.path + "/out/sg-review.md"
        #expect(symlink(real, name) == 0)
        #expect(try broken().contains("found a link"))
        #expect(unlink(name) == 0 && mkfifo(name, 0o600) == 0)
        #expect(try broken().contains("found something else"))
        #expect(unlink(name) == 0 && mkdir(name, 0o755) == 0)
        #expect(try broken().contains("found something else"))
        #expect(rmdir(name) == 0 && link(real, name) == 0)
        #expect(try broken().contains("found 2 hard links"))
    }

    @Test func anOutputDirectoryReplacedByALinkIsRefused() throws {
        _ = try scratch.directory("elsewhere")
        try scratch.write(Fixture.review, to: "elsewhere/sg-review.md")
        #expect(symlink("elsewhere", scratch.path + "/out") == 0)
        #expect(try broken().contains("no directory any more"))
    }
}

@Suite struct WorkPlaceTests {
    @Test(arguments: [
        "/data/work/job.sg.1.2", "work/job.sg.1.3", "/data/work/job.sg.1.3/", "/data/job.sg.1.3", "/",
    ])
    func aDirectoryThatIsNotTheClaimsOwnIsRefused(work: String) throws {
        let claimed = try Fixture.claimed(epoch: 3, work: work, inputs: [])
        #expect(WorkPlace(claimed) == nil)
    }
}
