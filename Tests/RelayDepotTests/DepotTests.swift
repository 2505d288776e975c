import RelayCore
import RelayDepot
import Testing

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

@Suite struct DepotTests {
    @Test func theDirectoriesAreMadeWithTheirModesWhateverTheUmask() throws {
        let scratch = Scratch()
        let depot = try Depot(data: scratch.data)
        let wanted: [String: mode_t] = [
            "": 0o750, "/inbox": 0o750, "/artifacts": 0o750, "/archive": 0o750, "/logs": 0o700,
            "/work": 0o2770, "/work/logs": 0o2770,
        ]
        for (name, mode) in wanted { #expect(Disk.mode(depot.data + name) == S_IFDIR | mode, "\(name)") }
        for name in ["audit.jsonl", "bus.jsonl"] {
            #expect(Disk.mode(depot.data + "/logs/" + name) == S_IFREG | 0o600)
        }
    }

    @Test func aSecondDepotIsRefusedUntilTheFirstIsGone() throws {
        let scratch = Scratch()
        let data = scratch.data
        var first: Depot? = try Depot(data: data)
        #expect(throws: DepotError.locked(data)) { try Depot(data: data) }
        #expect(first?.data == data)
        first = nil
        #expect(try Depot(data: data).data == data)
    }

    @Test func anUploadInHandKeepsTheLock() throws {
        let scratch = Scratch()
        let data = scratch.data
        var file: IncomingFile? = try Depot(data: data).receive()
        #expect(throws: DepotError.locked(data)) { try Depot(data: data) }
        file?.discard()
        file = nil
        #expect(try Depot(data: data).inboxNames().isEmpty)
    }

    @Test func reopeningKeepsWhatIsThere() throws {
        let scratch = Scratch()
        for place in try Sample.places() { try Depot(data: scratch.data).store("x", at: place) }
        let depot = try Depot(data: scratch.data)
        for place in try Sample.places() { #expect(depot.find([place]) == place) }
    }

    @Test func aWrongModeOfADirectoryOfOursIsSetRight() throws {
        let scratch = Scratch()
        _ = try Depot(data: scratch.data)
        chmod(scratch.data + "/logs", 0o755)
        chmod(scratch.data + "/work", 0o700)
        _ = try Depot(data: scratch.data)
        #expect(Disk.mode(scratch.data + "/logs") == S_IFDIR | 0o700)
        #expect(Disk.mode(scratch.data + "/work") == S_IFDIR | 0o2770)
    }

    @Test(arguments: ["inbox", "artifacts", "archive", "logs", "work"])
    func aLinkInPlaceOfADirectoryIsRefused(_ name: String) throws {
        let scratch = Scratch()
        mkdir(scratch.data, 0o750)
        mkdir(scratch.path + "/elsewhere", 0o750)
        symlink(scratch.path + "/elsewhere", scratch.data + "/" + name)
        #expect(throws: DepotError.notFolder(scratch.data + "/" + name, found: .symbolicLink)) {
            try Depot(data: scratch.data)
        }
        #expect(Disk.names(scratch.path + "/elsewhere").isEmpty)
    }

    @Test(arguments: Hostile.allCases, ["audit.jsonl", "bus.jsonl"])
    func aLogThatIsNoFileIsRefused(_ hostile: Hostile, _ name: String) throws {
        let scratch = Scratch()
        mkdir(scratch.data, 0o750)
        mkdir(scratch.data + "/logs", 0o700)
        let path = scratch.data + "/logs/" + name
        hostile.make(at: path, outside: scratch.outside)
        #expect(throws: DepotError.notRegular(path, found: hostile.found)) { try Depot(data: scratch.data) }
        #expect(Disk.text(scratch.outside) == "outside")
    }

    @Test func theDataDirectoryMayBeALinkAndItsPathMayEndInSlashes() throws {
        let scratch = Scratch()
        mkdir(scratch.data, 0o750)
        symlink(scratch.data, scratch.path + "/link")
        let depot = try Depot(data: scratch.path + "/link//")
        #expect(depot.data == scratch.path + "/link")
        #expect(Disk.exists(scratch.data + "/inbox"))
    }

    @Test func aDataDirectoryWithoutAParentOrANameIsRefused() {
        let scratch = Scratch()
        let path = scratch.path + "/none/data"
        #expect(throws: DepotError.missing(path)) { try Depot(data: path) }
        #expect(throws: DepotError.badName("")) { try Depot(data: "") }
        #expect(throws: DepotError.badName("/tmp/a\0b")) { try Depot(data: "/tmp/a\0b") }
    }

    @Test func aRelativeDataDirectoryIsTakenFromTheWorkingDirectory() throws {
        // Nothing is made: the parent is missing, and the error tells the path that was tried.
        let here = try #require(getcwd(nil, 0))
        defer { free(here) }
        let path = String(cString: here) + "/no-such-parent/data"
        #expect(throws: DepotError.missing(path)) { try Depot(data: "no-such-parent/data") }
    }

    @Test func pathsAreAsTheDesignHasThem() throws {
        let scratch = Scratch()
        let depot = try Depot(data: scratch.data)
        let paths = [
            "inbox/weekly-brief.1.brief.md~nano", "inbox/weekly-brief.1.brief.md",
            "artifacts/weekly-brief.sg.1.3.brief.md", "artifacts/weekly-brief/brief.md",
            "archive/weekly-brief/brief.md", "archive/weekly-brief/round-1/late-main.1.2/brief.md",
            "archive/late/weekly-brief/round-1/brief.md",
        ]
        #expect(try Sample.places().map { depot.path(of: $0) } == paths.map { depot.data + "/" + $0 })
        #expect(depot.workDirectory(try Sample.task(), epoch: 3) == depot.data + "/work/weekly-brief.sg.1.3")
    }

    @Test func theLongestNamesFit() throws {
        let scratch = Scratch()
        let depot = try Depot(data: scratch.data)
        let job = try Sample.job(String(repeating: "j", count: 63))
        let name = try Sample.name(String(repeating: "n", count: 128))
        let node = try Sample.node(String(repeating: "s", count: 31))
        let stage = try #require(StageName(rawValue: String(repeating: "t", count: 31)))
        let round = try #require(Round(Round.limit))
        let task = TaskID(job: job, stage: stage, round: round)
        let unbound = Place.unbound(job, round, name, sender: node)
        let places: [Place] = [
            unbound, .bound(job, round, name), .output(task, epoch: .min, name), .artifact(job, name),
            .archived(job, [.late(stage, round, epoch: .max)], name), .late(job, [], name),
        ]
        for place in places {
            try depot.store("long", at: place)
            #expect(depot.find([place]) == place)
            for part in depot.path(of: place).split(separator: "/") { #expect(part.utf8.count <= 255) }
        }
        try depot.project(task: task, document: Sample.bytes("{}"))
        try depot.archiveTask(task, folder: [.round(round)])
        let names = try depot.inboxNames()
        let shown = try #require(names.first { depot.entry(inboxName: $0) == .file(unbound) })
        let moved = try depot.quarantine(inboxName: shown, reason: "too long")
        #expect(Disk.text(moved) == "long")
    }

    @Test func freeSpaceIsCounted() throws {
        let scratch = Scratch()
        let space = try Depot(data: scratch.data).freeSpace()
        #expect(space.bytes > 0)
        #expect(space.inodes > 0)
    }
}
