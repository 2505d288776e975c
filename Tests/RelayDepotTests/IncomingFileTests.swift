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
    @Test func anUploadIsMeasuredAndPlacedUnderItsName() throws {
        let scratch = Scratch()
        let depot = try Depot(data: scratch.data)
        let name = try Sample.name("brief.md")
        let place = Place.unbound(try Sample.job(), .first, name, sender: try Sample.node())
        let file = try depot.receive()
        try file.take(Sample.bytes("# Candi"))
        try file.take(Sample.bytes("dates\ncaf\u{E9}\n"))
        let facts = try file.finish(named: try Sample.name("brief.md"))
        try depot.place(file, at: place)
        try depot.syncInbox()
        let text = "# Candidates\ncaf\u{E9}\n"
        #expect(facts.size == Int64(text.utf8.count))
        #expect(facts.digest == Digest.of(Sample.bytes(text)))
        #expect(facts.isUTF8)
        #expect(facts.headings == ["Candidates"])
        #expect(Disk.names(scratch.data + "/inbox") == ["weekly-brief.1.brief.md~nano"])
        #expect(Disk.text(depot.path(of: place)) == text)
        #expect(Disk.mode(depot.path(of: place)) == S_IFREG | 0o640)
        #expect(try depot.facts(of: place, named: try Sample.name("brief.md")) == facts)
    }
}
