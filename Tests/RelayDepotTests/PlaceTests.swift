import RelayCore
import RelayDepot
import RelaySeal
import Testing

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

@Suite struct PlaceTests {
    @Test func settlingMovesTheFileOnce() throws {
        let scratch = Scratch()
        let depot = try Depot(data: scratch.data)
        let places = try Sample.places()
        let (unbound, bound) = (places[0], places[1])
        try depot.store("brief", at: unbound)
        for _ in 0..<2 {
            try depot.settle(at: bound, from: [unbound])
            #expect(depot.find([unbound]) == nil)
            #expect(depot.find([unbound, bound]) == bound)
        }
        #expect(Disk.text(depot.path(of: bound)) == "brief")
    }

    @Test func settlingTakesTheFirstPlaceThatHasTheFileAndReplaces() throws {
        let scratch = Scratch()
        let depot = try Depot(data: scratch.data)
        let (job, name) = (try Sample.job(), try Sample.name("brief.md"))
        let outputs: [Place] = try (1...3).map { .output(try Sample.task(), epoch: Int64($0), name) }
        try depot.store("old", at: .artifact(job, name))
        try depot.store("second", at: outputs[1])
        try depot.store("third", at: outputs[2])
        try depot.settle(at: .artifact(job, name), from: outputs)
        #expect(Disk.text(depot.path(of: .artifact(job, name))) == "second")
        #expect(depot.find(outputs) == outputs[2])
    }

    @Test func settlingWhatIsNowhereSaysWhatIsMissing() throws {
        let scratch = Scratch()
        let depot = try Depot(data: scratch.data)
        let places = try Sample.places()
        for place in places {
            #expect(throws: DepotError.missing(depot.path(of: place))) {
                try depot.settle(at: place, from: places)
            }
            #expect(throws: DepotError.missing(depot.path(of: place))) {
                try depot.settle(at: place, from: [])
            }
        }
        #expect(Disk.names(scratch.data + "/artifacts").isEmpty)
        #expect(Disk.names(scratch.data + "/archive").isEmpty)
    }

    @Test func settlingAtItsOwnPlaceKeepsTheFile() throws {
        let scratch = Scratch()
        let depot = try Depot(data: scratch.data)
        for place in try Sample.places() {
            try depot.store("kept", at: place)
            try depot.settle(at: place, from: [place])
            #expect(Disk.text(depot.path(of: place)) == "kept")
        }
    }

    @Test func manyThreadsSettleTheSameFile() async throws {
        let scratch = Scratch()
        let depot = try Depot(data: scratch.data)
        for turn in 0..<40 {
            let (job, name) = (try Sample.job("job-\(turn)"), try Sample.name("brief.md"))
            let stage = try #require(StageName(rawValue: "sg"))
            let output = Place.output(TaskID(job: job, stage: stage, round: .first), epoch: 1, name)
            try depot.store("\(turn)", at: output)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask { try depot.settle(at: .artifact(job, name), from: [output]) }
                }
                try await group.waitForAll()
            }
            #expect(Disk.text(depot.path(of: .artifact(job, name))) == "\(turn)")
        }
    }

    @Test(arguments: Hostile.allCases)
    func noCallTouchesWhatIsNoFile(_ hostile: Hostile) throws {
        for place in try Sample.places() {
            let scratch = Scratch()
            let depot = try Depot(data: scratch.data)
            let other = Place.bound(try Sample.job("other"), .first, try Sample.name("x"))
            try depot.store("x", at: place)
            try depot.store("other", at: other)
            let path = depot.path(of: place)
            unlink(path)
            hostile.make(at: path, outside: scratch.outside)
            let before = Disk.mode(path)
            let expected = DepotError.notRegular(path, found: hostile.found)
            #expect(depot.find([place, other]) == other)
            #expect(throws: expected) { try depot.facts(of: place, named: try Sample.name("x")) }
            #expect(throws: expected) { try depot.read(place, limit: 100) }
            #expect(throws: expected) { try depot.remove(place) }
            #expect(throws: expected) { try depot.settle(at: place, from: [other]) }
            #expect(throws: expected) { try depot.settle(at: other, from: [place]) }
            #expect(throws: expected) { try depot.write([1], to: place, durable: true) }
            #expect(throws: expected) { try depot.archive(from: place, to: other) }
            #expect(throws: expected) { try depot.archive(from: other, to: place) }
            #expect(Disk.mode(path) == before)
            #expect(Disk.text(scratch.outside) == "outside")
            #expect(Disk.text(depot.path(of: other)) == "other")
        }
    }

    @Test func aFolderThatIsALinkIsNeverEntered() throws {
        let scratch = Scratch()
        let depot = try Depot(data: scratch.data)
        let (job, name) = (try Sample.job(), try Sample.name("brief.md"))
        let elsewhere = scratch.path + "/elsewhere"
        mkdir(elsewhere, 0o755)
        Disk.write("secret", to: elsewhere + "/brief.md")
        symlink(elsewhere, scratch.data + "/artifacts/weekly-brief")
        symlink(elsewhere, scratch.data + "/archive/weekly-brief")
        let places = ["artifacts": Place.artifact(job, name), "archive": .archived(job, [], name)]
        for (root, place) in places {
            let path = scratch.data + "/\(root)/weekly-brief"
            let expected = DepotError.notFolder(path, found: .symbolicLink)
            #expect(depot.find([place]) == nil)
            #expect(throws: expected) { try depot.read(place, limit: 100) }
            #expect(throws: expected) { try depot.remove(place) }
            #expect(throws: expected) { try depot.write([1], to: place, durable: false) }
        }
        #expect(Disk.text(elsewhere + "/brief.md") == "secret")
        #expect(Disk.names(elsewhere) == ["brief.md"])
        #expect(Disk.mode(elsewhere) == S_IFDIR | 0o755)
    }

    @Test func readingIsBounded() throws {
        let scratch = Scratch()
        let depot = try Depot(data: scratch.data)
        for place in try Sample.places() {
            try depot.store("12345", at: place)
            #expect(try depot.read(place, limit: 5) == Sample.bytes("12345"))
            #expect(throws: DepotError.tooLarge(path: depot.path(of: place), limit: 4)) {
                try depot.read(place, limit: 4)
            }
        }
    }

    @Test func factsOfALargeFileAreThoseOfItsUpload() throws {
        let scratch = Scratch()
        let depot = try Depot(data: scratch.data)
        let (place, name) = (try Sample.places()[0], try Sample.name("big.md"))
        let file = try depot.receive()
        let piece = Sample.bytes(String(repeating: "# Heading\n\u{1F600} text\n", count: 5_000))
        for _ in 0..<8 { try file.take(piece) }
        let facts = try file.finish(named: name)
        try depot.place(file, at: place)
        #expect(try depot.facts(of: place, named: name) == facts)
        #expect(try depot.facts(of: place, named: name, expected: facts.digest) == facts)
        #expect(facts.size == Int64(8 * piece.count))
        #expect(facts.headings == ["Heading"])
    }

    @Test func damagedBytesAreToldByBothDigests() throws {
        let scratch = Scratch()
        let depot = try Depot(data: scratch.data)
        let (place, name) = (try Sample.places()[1], try Sample.name("brief.md"))
        try depot.store("damaged", at: place)
        let (expected, found) = (Digest.of(Sample.bytes("recorded")), Digest.of(Sample.bytes("damaged")))
        let path = depot.path(of: place)
        #expect(throws: DepotError.damaged(path: path, expected: expected, found: found)) {
            try depot.facts(of: place, named: name, expected: expected)
        }
    }

    @Test func removingTwiceIsFine() throws {
        let scratch = Scratch()
        let depot = try Depot(data: scratch.data)
        for place in try Sample.places() {
            try depot.remove(place)
            try depot.store("x", at: place)
            try depot.remove(place)
            try depot.remove(place)
            #expect(depot.find([place]) == nil)
            let expected = DepotError.missing(depot.path(of: place))
            #expect(throws: expected) { try depot.read(place, limit: 9) }
        }
    }

    @Test func onlyAnEmptyFolderOfAJobGoes() throws {
        let scratch = Scratch()
        let depot = try Depot(data: scratch.data)
        let (job, name) = (try Sample.job(), try Sample.name("brief.md"))
        #expect(try depot.removeArtifactFolder(of: job))
        try depot.store("x", at: .artifact(job, name))
        #expect(try !depot.removeArtifactFolder(of: job))
        try depot.remove(.artifact(job, name))
        #expect(try depot.removeArtifactFolder(of: job))
        #expect(Disk.names(scratch.data + "/artifacts").isEmpty)
    }
}
