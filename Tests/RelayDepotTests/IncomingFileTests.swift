import RelayCore
import RelayDepot
import RelaySeal
import Testing

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

@Suite struct IncomingFileTests {
    private static func unbound() throws -> Place {
        .unbound(try Sample.job(), .first, try Sample.name("brief.md"), sender: try Sample.node())
    }

    @Test func anUploadIsMeasuredAndPlacedUnderItsName() throws {
        let scratch = Scratch()
        let depot = try Depot(data: scratch.data)
        let (place, name) = (try Self.unbound(), try Sample.name("brief.md"))
        let file = try depot.receive()
        let pieces = ["# Candi", "dates\ncaf", "\u{E9}\n"]
        for piece in pieces { try file.take(Sample.bytes(piece)) }
        let facts = try file.finish(named: name)
        try depot.place(file, at: place)
        try depot.syncInbox()
        let text = pieces.joined()
        #expect(facts.size == Int64(text.utf8.count))
        #expect(facts.digest == Digest.of(Sample.bytes(text)))
        #expect(facts.isUTF8)
        #expect(facts.headings == ["Candidates"])
        #expect(Disk.names(scratch.data + "/inbox") == ["weekly-brief.1.brief.md~nano"])
        #expect(Disk.text(depot.path(of: place)) == text)
        #expect(Disk.mode(depot.path(of: place)) == S_IFREG | 0o640)
        #expect(try depot.facts(of: place, named: name) == facts)
    }

    @Test func anEmptyUploadIsAFileToo() throws {
        let scratch = Scratch()
        let depot = try Depot(data: scratch.data)
        let file = try depot.receive()
        try file.take([])
        let facts = try file.finish(named: try Sample.name("brief.md"))
        try depot.place(file, at: try Self.unbound())
        #expect(facts.size == 0)
        #expect(facts.digest == Digest.of([]))
        #expect(Disk.text(depot.path(of: try Self.unbound())) == "")
    }

    @Test func aDiscardedUploadLeavesNothing() throws {
        let scratch = Scratch()
        let depot = try Depot(data: scratch.data)
        let begun = try depot.receive()
        try begun.take(Sample.bytes("half"))
        begun.discard()
        begun.discard()
        let finished = try depot.receive()
        _ = try finished.finish(named: try Sample.name("brief.md"))
        finished.discard()
        #expect(Disk.names(scratch.data + "/inbox").isEmpty)
    }

    @Test func anUploadThatIsDroppedLeavesNothing() throws {
        let scratch = Scratch()
        let depot = try Depot(data: scratch.data)
        var file: IncomingFile? = try depot.receive()
        try file?.take(Sample.bytes("half"))
        #expect(Disk.names(scratch.data + "/inbox").count == 1)
        file = nil
        #expect(Disk.names(scratch.data + "/inbox").isEmpty)
    }

    @Test func discardingAPlacedUploadKeepsIt() throws {
        let scratch = Scratch()
        let depot = try Depot(data: scratch.data)
        let file = try depot.receive()
        try file.take(Sample.bytes("kept"))
        _ = try file.finish(named: try Sample.name("brief.md"))
        try depot.place(file, at: try Self.unbound())
        file.discard()
        #expect(Disk.text(depot.path(of: try Self.unbound())) == "kept")
    }

    @Test func aNewerUploadReplacesTheOlderOne() throws {
        let scratch = Scratch()
        let depot = try Depot(data: scratch.data)
        try depot.store("old", at: try Self.unbound())
        try depot.store("new", at: try Self.unbound())
        #expect(Disk.text(depot.path(of: try Self.unbound())) == "new")
        #expect(Disk.names(scratch.data + "/inbox").count == 1)
    }

    @Test func anUploadIsPlacedOnlyOnceAndOnlyWhenFinished() throws {
        let scratch = Scratch()
        let depot = try Depot(data: scratch.data)
        let file = try depot.receive()
        let part = scratch.data + "/inbox/" + (try #require(Disk.names(scratch.data + "/inbox").first))
        let (place, name) = (try Self.unbound(), try Sample.name("brief.md"))
        #expect(throws: DepotError.notReady(part)) { try depot.place(file, at: place) }
        _ = try file.finish(named: name)
        #expect(throws: DepotError.notReady(part)) { try file.finish(named: name) }
        #expect(throws: DepotError.notReady(part)) { try file.take([1]) }
        try depot.place(file, at: place)
        #expect(throws: DepotError.notReady(part)) { try depot.place(file, at: place) }
    }

    @Test func aDiscardedUploadCannotBePlaced() throws {
        let scratch = Scratch()
        let depot = try Depot(data: scratch.data)
        let file = try depot.receive()
        let part = scratch.data + "/inbox/" + (try #require(Disk.names(scratch.data + "/inbox").first))
        _ = try file.finish(named: try Sample.name("brief.md"))
        file.discard()
        #expect(throws: DepotError.notReady(part)) { try depot.place(file, at: try Self.unbound()) }
        #expect(Disk.names(scratch.data + "/inbox").isEmpty)
    }

    @Test(arguments: Hostile.allCases)
    func whatIsNoFileIsNeverReplaced(_ hostile: Hostile) throws {
        let scratch = Scratch()
        let depot = try Depot(data: scratch.data)
        let path = depot.path(of: try Self.unbound())
        hostile.make(at: path, outside: scratch.outside)
        let before = Disk.mode(path)
        let file = try depot.receive()
        _ = try file.finish(named: try Sample.name("brief.md"))
        #expect(throws: DepotError.notRegular(path, found: hostile.found)) {
            try depot.place(file, at: try Self.unbound())
        }
        #expect(Disk.mode(path) == before)
        #expect(Disk.text(scratch.outside) == "outside")
        file.discard()
        #expect(Disk.names(scratch.data + "/inbox").count == 1)
    }

    @Test func twoUploadsAtOnceDoNotMix() async throws {
        let scratch = Scratch()
        let depot = try Depot(data: scratch.data)
        let (job, name) = (try Sample.job(), try Sample.name("brief.md"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
                let sender = try Sample.node("node-\(number)")
                group.addTask {
                    let file = try depot.receive()
                    for _ in 0..<100 { try file.take(Sample.bytes("\(number)")) }
                    _ = try file.finish(named: name)
                    try depot.place(file, at: .unbound(job, .first, name, sender: sender))
                }
            }
            try await group.waitForAll()
        }
        for number in 0..<8 {
            let place = Place.unbound(job, .first, name, sender: try Sample.node("node-\(number)"))
            #expect(Disk.text(depot.path(of: place)) == String(repeating: "\(number)", count: 100))
        }
    }
}
