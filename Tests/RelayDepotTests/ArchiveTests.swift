import RelayCore
import RelayDepot
import Testing

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

@Suite struct ArchiveTests {
    @Test(arguments: [false, true])
    func writingReplacesAndLeavesNoPart(_ durable: Bool) throws {
        let scratch = Scratch()
        let depot = try Depot(data: scratch.data)
        for place in try Sample.places() {
            try depot.write(Sample.bytes("first, and longer"), to: place, durable: durable)
            try depot.write(Sample.bytes("second"), to: place, durable: durable)
            #expect(Disk.text(depot.path(of: place)) == "second")
            #expect(Disk.mode(depot.path(of: place)) == S_IFREG | 0o640)
        }
        let entries = try depot.inboxNames().map { depot.entry(inboxName: $0) }
        #expect(!entries.contains(.arriving))
        #expect(Disk.mode(scratch.data + "/archive/weekly-brief/round-1") == S_IFDIR | 0o750)
    }

    @Test(arguments: [false, true])
    func archivingTwiceIsFineAndNeverReplaces(_ durable: Bool) throws {
        let scratch = Scratch()
        let depot = try Depot(data: scratch.data)
        let (job, name) = (try Sample.job(), try Sample.name("brief.md"))
        let (source, target) = (Place.bound(job, .first, name), Place.archived(job, [.round(.first)], name))
        let (sourcePath, targetPath) = (depot.path(of: source), depot.path(of: target))
        #expect(throws: DepotError.missing(targetPath)) {
            try depot.archive(from: source, to: target, durable: durable)
        }
        try depot.store("brief", at: source)
        try depot.archive(from: source, to: target, durable: durable)
        try depot.archive(from: source, to: target, durable: durable)
        #expect(Disk.text(targetPath) == "brief")
        try depot.store("other", at: source)
        #expect(throws: DepotError.occupied(targetPath)) {
            try depot.archive(from: source, to: target, durable: durable)
        }
        #expect(Disk.text(targetPath) == "brief")
        #expect(Disk.text(sourcePath) == "other")
    }

    @Test func aProjectionIsWrittenReadArchivedAndRemoved() throws {
        let scratch = Scratch()
        let depot = try Depot(data: scratch.data)
        let task = try Sample.task()
        try depot.project(task: task, document: Sample.bytes("{}"))
        try depot.project(task: task, document: Sample.bytes("{\"baton\":1}"))
        #expect(Disk.names(scratch.data + "/inbox") == ["weekly-brief.sg.1.json"])
        #expect(Disk.mode(scratch.data + "/inbox/weekly-brief.sg.1.json") == S_IFREG | 0o640)
        #expect(try depot.projection(of: task, limit: 100) == Sample.bytes("{\"baton\":1}"))
        for _ in 0..<2 { try depot.archiveTask(task, folder: [.round(.first)]) }
        let archived = scratch.data + "/archive/weekly-brief/round-1/weekly-brief.sg.1.json"
        #expect(Disk.text(archived) == "{\"baton\":1}")
        #expect(throws: DepotError.missing(scratch.data + "/archive/weekly-brief/weekly-brief.sg.1.json")) {
            try depot.archiveTask(task)
        }
        try depot.project(task: task, document: Sample.bytes("again"))
        for _ in 0..<2 { try depot.removeProjection(of: task) }
        #expect(Disk.names(scratch.data + "/inbox").isEmpty)
    }

    @Test func manyThreadsProjectTheSameTask() async throws {
        let scratch = Scratch()
        let depot = try Depot(data: scratch.data)
        let task = try Sample.task()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<50 { try depot.project(task: task, document: Sample.bytes("same")) }
                }
            }
            try await group.waitForAll()
        }
        #expect(Disk.names(scratch.data + "/inbox") == ["weekly-brief.sg.1.json"])
        #expect(try depot.projection(of: task, limit: 9) == Sample.bytes("same"))
    }

    @Test func namesAreListedInOrder() throws {
        let scratch = Scratch()
        let depot = try Depot(data: scratch.data)
        let job = try Sample.job()
        #expect(try depot.artifactNames(of: job).isEmpty)
        #expect(try depot.archiveNames(of: job).isEmpty)
        for text in ["b.md", "a.md"] {
            try depot.store(text, at: .artifact(job, try Sample.name(text)))
            try depot.store(text, at: .archived(job, [], try Sample.name(text)))
        }
        try depot.store("c", at: .archived(job, [.round(.first)], try Sample.name("c.md")))
        #expect(try depot.artifactNames(of: job) == ["a.md", "b.md"])
        #expect(try depot.archiveNames(of: job) == ["a.md", "b.md", "round-1"])
        #expect(try depot.archiveNames(of: job, folder: [.round(.first)]) == ["c.md"])
    }
}

@Suite struct QuarantineTests {
    @Test func nothingInQuarantineIsReplaced() throws {
        let scratch = Scratch()
        let depot = try Depot(data: scratch.data)
        let folder = scratch.data + "/archive/quarantine"
        for turn in 1...3 {
            Disk.write("turn \(turn)", to: scratch.data + "/inbox/notes.txt")
            let path = try depot.quarantine(
                inboxName: "notes.txt",
                reason: "it was not uploaded",
                advice: "POST /upload"
            )
            #expect(path == folder + "/notes.txt.\(turn)")
            #expect(Disk.text(path) == "turn \(turn)")
            let note = try #require(Disk.text(path + ".reason.txt"))
            #expect(note.contains(scratch.data + "/inbox/notes.txt (a file)"))
            #expect(note.contains("it was not uploaded") && note.contains("POST /upload"))
        }
        #expect(try depot.inboxNames().isEmpty)
        #expect(Disk.names(folder).count == 6)
    }

    @Test(arguments: Hostile.allCases)
    func whatIsNoFileIsMovedAsItIs(_ hostile: Hostile) throws {
        let scratch = Scratch()
        let depot = try Depot(data: scratch.data)
        let path = scratch.data + "/inbox/strange"
        hostile.make(at: path, outside: scratch.outside)
        let before = Disk.mode(path)
        let moved = try depot.quarantine(inboxName: "strange", reason: "no file")
        #expect(Disk.mode(moved) == before)
        #expect(!Disk.exists(path))
        #expect(Disk.text(scratch.outside) == "outside")
        #expect(Disk.text(moved + ".reason.txt")?.contains(hostile.found.description) == true)
    }

    @Test(arguments: [
        ("line\nfeed", "line%0Afeed"), ("per%cent", "per%25cent"), ("caf\u{E9}", "caf%C3%A9"),
        ("..json", "..json"), ("-rf", "-rf"), ("a b~c~d", "a b~c~d"),
        (String(repeating: "\u{E9}", count: 127), String(repeating: "%C3%A9", count: 127)),
    ])
    func strangeNamesAreShownSafelyAndLeadBack(_ name: String, _ shown: String) throws {
        let scratch = Scratch()
        let depot = try Depot(data: scratch.data)
        Disk.write("strange", to: scratch.data + "/inbox/" + name)
        Disk.write("strange", to: scratch.data + "/artifacts/" + name)
        #expect(try depot.inboxNames() == [shown])
        #expect(try depot.artifactNames() == [shown])
        #expect(depot.entry(inboxName: shown) == .stranger)
        #expect(depot.entry(artifactName: shown) == .stranger)
        #expect(Disk.text(try depot.quarantine(inboxName: shown, reason: "strange")) == "strange")
        let moved = try depot.quarantine(artifactName: shown, reason: "strange")
        #expect(Disk.text(moved) == "strange")
        #expect(Disk.text(moved + ".reason.txt")?.contains("/artifacts/\(shown) (a file)") == true)
        #expect(try depot.inboxNames().isEmpty)
    }

    @Test func aNameThatIsNotUTF8CanBeMoved() throws {
        let scratch = Scratch()
        let depot = try Depot(data: scratch.data)
        let ending = [CChar(bitPattern: 0xFF), 0]
        let path = Array((scratch.data + "/inbox/bad-").utf8CString.dropLast()) + ending
        // Some file systems, such as APFS, have no such names.
        guard let file = fopen(path, "w") else { return }
        fclose(file)
        #expect(try depot.inboxNames() == ["bad-%FF"])
        let moved = try depot.quarantine(inboxName: "bad-%FF", reason: "not UTF-8")
        #expect(moved == scratch.data + "/archive/quarantine/bad-_.1")
        #expect(try depot.inboxNames().isEmpty)
    }

    @Test(arguments: ["", ".", "..", "a/b", "../evil", "%2E%2E", "a%2Fb", "a\0b", "%", "%4", "%zz", "\u{E9}"])
    func whatIsNoNameIsRefused(_ name: String) throws {
        let scratch = Scratch()
        let depot = try Depot(data: scratch.data)
        #expect(throws: DepotError.badName(name)) { try depot.quarantine(inboxName: name, reason: "") }
        #expect(throws: DepotError.badName(name)) { try depot.quarantine(artifactName: name, reason: "") }
        #expect(throws: DepotError.badName(name)) { try depot.removeInbox(name) }
        #expect(throws: DepotError.badName(name + ".part/")) { try depot.removeInbox(name + ".part/") }
    }

    @Test func aDamagedFileCanBeMovedFromItsPlace() throws {
        let scratch = Scratch()
        let depot = try Depot(data: scratch.data)
        for place in try Sample.places() {
            let path = depot.path(of: place)
            try depot.store("damaged", at: place)
            #expect(Disk.text(try depot.quarantine(place, reason: "damaged")) == "damaged")
            #expect(!Disk.exists(path))
        }
    }
}

@Suite struct EntryTests {
    @Test func everyPlaceIsKnownByItsName() throws {
        let scratch = Scratch()
        let depot = try Depot(data: scratch.data)
        let places = try Sample.places()
        for place in places { try depot.store("x", at: place) }
        try depot.project(task: try Sample.task(), document: Sample.bytes("{}"))
        let inbox = try depot.inboxNames().map { depot.entry(inboxName: $0) }
        #expect(Set(inbox) == [.file(places[0]), .file(places[1]), .projection(try Sample.task())])
        let artifacts = try depot.artifactNames().map { depot.entry(artifactName: $0) }
        #expect(Set(artifacts) == [.job(try Sample.job()), .output(places[2])])
    }

    @Test(arguments: [
        "", "a", "a.1", "a.1.", "a.01.x", "a.0.x", "a.17.x", "A.1.x", "a.1.x~", "a.1.x~A", "a.1.x~n~n",
        "x.part", "job.1.x.part", "-1.part", "a-.part", "a-1-1.part", "A-1.part", "g-1.part", "a-1x.part",
        "0123456789abcdef0-1.part", "a-1.PART", "a.sg.1", "a.sg.01.json", "a.sg.1.JSON", ".json", "a..x",
        "a.+1.x", "a.1.-x",
    ])
    func otherNamesInTheInboxAreStrangers(_ name: String) throws {
        let scratch = Scratch()
        #expect(try Depot(data: scratch.data).entry(inboxName: name) == .stranger)
    }

    @Test(arguments: [
        "", "A", "a.sg.1.3", "a.sg.1.3.", "a.sg.1.03.x", "a.sg.1.x", "a.1.x", "a.sg.1.+3.x",
        "a.sg.1.3.x.part",
    ])
    func otherNamesAmongTheArtifactsAreStrangers(_ name: String) throws {
        let scratch = Scratch()
        #expect(try Depot(data: scratch.data).entry(artifactName: name) == .stranger)
    }

    @Test func onlyThePartsOfAnEarlierBusAreRemoved() throws {
        let scratch = Scratch()
        Disk.write("", to: scratch.path + "/x")
        var old: [String] = []
        do {
            let depot = try Depot(data: scratch.data)
            let file = try depot.receive()
            old = try depot.inboxNames()
            #expect(old.map { depot.entry(inboxName: $0) } == [.arriving])
            file.discard()
        }
        for name in old + ["0-1.part", "0123456789abcdef-18446744073709551615.part"] {
            Disk.write("left", to: scratch.data + "/inbox/" + name)
        }
        mkdir(scratch.data + "/inbox/f-1.part", 0o700)
        let depot = try Depot(data: scratch.data)
        let file = try depot.receive()
        try file.take(Sample.bytes("coming in"))
        for name in try depot.inboxNames() where name != "f-1.part" {
            switch depot.entry(inboxName: name) {
            case .leftover: for _ in 0..<2 { try depot.removeInbox(name) }
            case .arriving:
                #expect(throws: DepotError.badName(name)) { try depot.removeInbox(name) }
            case .file, .projection, .stranger: Issue.record("\(name) is a .part")
            }
        }
        let folder = scratch.data + "/inbox/f-1.part"
        #expect(throws: DepotError.notRegular(folder, found: .folder)) {
            try depot.removeInbox("f-1.part")
        }
        _ = try file.finish(named: try Sample.name("brief.md"))
        try depot.place(file, at: try Sample.places()[1])
        #expect(try depot.inboxNames() == ["f-1.part", "weekly-brief.1.brief.md"])
    }
}
