import RelayCore
import RelayDepot
import Testing

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

@Suite struct FailureTests {
    /// A data directory, its depot and the one who spoils its system calls.
    private struct Stage {
        let depot: Depot
        let saboteur = Saboteur()

        init(_ data: String) throws {
            depot = try Depot(data: data, fault: saboteur.answer)
            _ = saboteur.calls()
        }
    }

    @Test(arguments: [
        (ENOSPC, true, false), (EDQUOT, true, false), (EIO, false, true), (EROFS, false, true),
        (EACCES, false, false), (EMFILE, false, false),
    ])
    func systemErrorsAreSorted(_ code: Int32, _ isFull: Bool, _ isMediaFailure: Bool) {
        let error = DepotError.system(errno: code, during: "write", path: "/data/inbox/x")
        #expect(error.isFull == isFull)
        #expect(error.isMediaFailure == isMediaFailure)
        #expect(error.description.hasPrefix("/data/inbox/x: cannot write: "))
    }

    @Test func aFailedSyncIsAlwaysAMediaFailure() {
        for code in [EIO, ENOSPC, EDQUOT, EACCES] {
            let error = DepotError.unsynced(errno: code, path: "/data/inbox")
            #expect(error.isMediaFailure && !error.isFull)
        }
        for error in [
            DepotError.locked("/d"), .missing("/d"), .badName("x"), .occupied("/d"), .notReady("/d"),
        ] {
            #expect(!error.isMediaFailure && !error.isFull)
        }
    }

    @Test(arguments: [EIO, ENOSPC])
    func aSyncThatFailsIsNotTriedAgain(_ code: Int32) throws {
        let scratch = Scratch()
        let stage = try Stage(scratch.data)
        let file = try stage.depot.receive()
        try file.take(Sample.bytes("bytes"))
        let part = scratch.data + "/inbox/" + (try #require(Disk.names(scratch.data + "/inbox").first))
        let (name, expected) = (try Sample.name("x"), DepotError.unsynced(errno: code, path: part))
        stage.saboteur.arm([(.sync, .fails(code))])
        for _ in 0..<2 { #expect(throws: expected) { try file.finish(named: name) } }
        #expect(throws: expected) { try stage.depot.place(file, at: try Sample.places()[0]) }
        #expect(stage.saboteur.calls().filter { $0.hasPrefix("sync ") } == ["sync \(part)"])
        stage.saboteur.arm([(.sync, .fails(code)), (.sync, .fails(code))])
        let (inbox, artifacts) = (scratch.data + "/inbox", scratch.data + "/artifacts")
        #expect(throws: DepotError.unsynced(errno: code, path: inbox)) { try stage.depot.syncInbox() }
        #expect(throws: DepotError.unsynced(errno: code, path: artifacts)) {
            try stage.depot.syncArtifacts()
        }
        #expect(stage.saboteur.calls() == ["sync \(inbox)", "sync \(artifacts)"])
    }

    @Test func aWriteThatFailsStaysFailed() throws {
        let scratch = Scratch()
        let stage = try Stage(scratch.data)
        let file = try stage.depot.receive()
        let part = scratch.data + "/inbox/" + (try #require(Disk.names(scratch.data + "/inbox").first))
        let (name, expected) = (
            try Sample.name("x"), DepotError.system(errno: ENOSPC, during: "write", path: part)
        )
        try file.take(Sample.bytes("a"))
        stage.saboteur.arm([(.write, .short(2)), (.write, .fails(ENOSPC))])
        #expect(throws: expected) { try file.take(Sample.bytes("bcd")) }
        #expect(throws: expected) { try file.take(Sample.bytes("e")) }
        #expect(throws: expected) { try file.finish(named: name) }
        #expect(throws: expected) { try stage.depot.place(file, at: try Sample.places()[0]) }
        #expect(expected.isFull)
        file.discard()
        #expect(Disk.names(scratch.data + "/inbox").isEmpty)
    }

    @Test func shortAndInterruptedCallsAreTakenUpAgain() throws {
        let scratch = Scratch()
        let stage = try Stage(scratch.data)
        let (place, name) = (try Sample.places()[0], try Sample.name("x"))
        let (text, interrupted) = ("0123456789", Fault.fails(EINTR))
        stage.saboteur.arm([
            (.open, interrupted), (.mode, interrupted), (.write, .short(3)), (.write, interrupted),
            (.write, .short(1)), (.sync, interrupted), (.rename, interrupted), (.open, interrupted),
            (.read, .short(4)), (.read, interrupted), (.read, .short(1)),
        ])
        let file = try stage.depot.receive()
        try file.take(Sample.bytes(text))
        let facts = try file.finish(named: name)
        try stage.depot.place(file, at: place)
        #expect(try stage.depot.facts(of: place, named: name) == facts)
        #expect(Disk.text(stage.depot.path(of: place)) == text)
    }

    @Test func anUploadMakesJustTheCallsItNeeds() throws {
        let scratch = Scratch()
        let stage = try Stage(scratch.data)
        let file = try stage.depot.receive()
        let part = scratch.data + "/inbox/" + (try #require(Disk.names(scratch.data + "/inbox").first))
        try file.take(Sample.bytes("bytes"))
        _ = try file.finish(named: try Sample.name("x"))
        try stage.depot.place(file, at: try Sample.places()[0])
        try stage.depot.syncInbox()
        let path = stage.depot.path(of: try Sample.places()[0])
        #expect(
            stage.saboteur.calls() == [
                "open \(part)", "status \(part)", "mode \(part)", "write \(part)", "sync \(part)",
                "close \(part)", "status \(path)", "rename \(part)", "sync \(scratch.data)/inbox",
            ]
        )
    }

    @Test func aDurableWriteSyncsTheFileBeforeAndTheDirectoriesAfterTheRename() throws {
        let scratch = Scratch()
        let stage = try Stage(scratch.data)
        let place = Place.archived(try Sample.job(), [.round(.first)], try Sample.name("x"))
        try stage.depot.write([1], to: place, durable: true)
        let job = scratch.data + "/archive/weekly-brief"
        let calls = stage.saboteur.calls()
        let syncs = calls.enumerated().filter { $0.element.hasPrefix("sync ") }
        let rename = try #require(calls.firstIndex { $0.hasPrefix("rename ") })
        #expect(syncs.map { $0.offset < rename } == [true, false, false, false])
        #expect(
            syncs.dropFirst().map(\.element)
                == ["sync \(job)/round-1", "sync \(job)", "sync \(scratch.data)/archive"]
        )
        try stage.depot.write([1], to: place, durable: false)
        try stage.depot.project(task: try Sample.task(), document: [1])
        #expect(stage.saboteur.calls().allSatisfy { !$0.hasPrefix("sync ") })
    }

    @Test func aDurableMoveSyncsTheNewNameBeforeTheOld() throws {
        let scratch = Scratch()
        let stage = try Stage(scratch.data)
        let source = try Sample.places()[1]
        let target = Place.archived(try Sample.job(), [], try Sample.name("x"))
        try stage.depot.store("x", at: source)
        _ = stage.saboteur.calls()
        try stage.depot.archive(from: source, to: target, durable: true)
        let syncs = stage.saboteur.calls().filter { $0.hasPrefix("sync ") }
        let (file, archive) = (stage.depot.path(of: source), scratch.data + "/archive")
        let inbox = scratch.data + "/inbox"
        #expect(syncs == [file, archive + "/weekly-brief", archive, inbox].map { "sync " + $0 })
    }

    /// What each call does with a scratch state, for the sweep over all failures.
    private static func work(_ depot: Depot) throws {
        let places = try Sample.places()
        let (task, name) = (try Sample.task(), try Sample.name("brief.md"))
        try depot.store("brief", at: places[0])
        try depot.syncInbox()
        try depot.settle(at: places[1], from: [places[0]])
        _ = try depot.facts(of: places[1], named: name)
        _ = try depot.read(places[1], limit: 100)
        try depot.project(task: task, document: Sample.bytes("{}"))
        try depot.archiveTask(task)
        try depot.archive(from: places[1], to: places[4], durable: true)
        try depot.write(Sample.bytes("closed"), to: places[5], durable: true)
        try depot.quarantine(places[5], reason: "sweep")
        try depot.store("output", at: places[2])
        try depot.syncArtifacts()
        try depot.settle(at: places[3], from: [places[2]])
        try depot.remove(places[3])
        try depot.removeArtifactFolder(of: try Sample.job())
        try depot.appendAudit([Sample.bytes("line")])
        _ = try depot.auditTail()
        _ = try depot.inboxNames()
        _ = try depot.freeSpace()
    }

    /// Fails the first call, then the second, until a run passes untouched (reliability.md, 1, SQLite).
    @Test(arguments: [EIO, ENOSPC])
    func everyFailureIsReportedAndLeavesNoHalfFile(_ code: Int32) throws {
        var passes = 0
        while true {
            let scratch = Scratch()
            let stage = try Stage(scratch.data)
            stage.saboteur.fail(after: passes, with: code)
            var caught: DepotError?
            do {
                try Self.work(stage.depot)
            } catch let error as DepotError {
                caught = error
            }
            guard stage.saboteur.hasFailed else {
                #expect(caught == nil)
                break
            }
            let call = stage.saboteur.calls().last ?? ""
            #expect(caught != nil, "\(passes): \(call)")
            #expect(
                caught.map { $0.isMediaFailure || $0.isFull } == true,
                "\(passes): \(call) gave \(caught)"
            )
            let left = try stage.depot.inboxNames().map { stage.depot.entry(inboxName: $0) }
            #expect(!left.contains(.stranger) && !left.contains(.arriving), "\(passes): \(call)")
            passes += 1
        }
        #expect(passes > 80)
    }

    @Test func openingFailsAsAWholeOrNotAtAll() throws {
        var passes = 0
        while true {
            let scratch = Scratch()
            let saboteur = Saboteur()
            saboteur.fail(after: passes, with: EIO)
            var opened: Depot?
            do { opened = try Depot(data: scratch.data, fault: saboteur.answer) } catch {}
            guard saboteur.hasFailed else {
                #expect(opened != nil)
                break
            }
            #expect(opened == nil, "\(passes)")
            // The lock and all that was made before are no obstacle for the next start.
            _ = try Depot(data: scratch.data)
            passes += 1
        }
        #expect(passes > 20)
    }
}
