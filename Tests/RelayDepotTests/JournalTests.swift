import RelayCore
import RelayDepot
import Testing

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

@Suite struct JournalTests {
    @Test func linesAreAddedInOrderAndTheLastIsFound() throws {
        let scratch = Scratch()
        let depot = try Depot(data: scratch.data)
        #expect(try depot.auditTail() == nil)
        try depot.appendAudit([])
        try depot.appendAudit([Sample.bytes("{\"n\":1}"), Sample.bytes("{\"n\":2}")])
        try depot.appendAudit([Sample.bytes("{\"n\":3}")])
        let text = "{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n"
        #expect(Disk.text(scratch.data + "/logs/audit.jsonl") == text)
        #expect(try depot.auditTail() == Sample.bytes("{\"n\":3}"))
        #expect(Disk.text(scratch.data + "/logs/audit.jsonl") == text)
    }

    /// What the file holds, the line that is found, what is left.
    @Test(
        arguments: [
            ("", nil, ""),
            ("torn", nil, ""),
            ("a\n", "a", "a\n"),
            ("a\nb", "a", "a\n"),
            ("a\nb\n", "b", "a\nb\n"),
            ("a\n\n\n", "a", "a\n"),
            ("\n", nil, ""),
            ("a\nb\0\0\n", "a", "a\n"),
            ("a\n\0\0\0", "a", "a\n"),
            ("\0\0\n\0", nil, ""),
        ] as [(String, String?, String)]
    )
    func aTornTailIsCutOff(_ text: String, _ line: String?, _ rest: String) throws {
        let scratch = Scratch()
        let depot = try Depot(data: scratch.data)
        Disk.write(text, to: scratch.data + "/logs/audit.jsonl")
        #expect(try depot.auditTail() == line.map { Sample.bytes($0) })
        #expect(Disk.text(scratch.data + "/logs/audit.jsonl") == rest)
        try depot.appendAudit([Sample.bytes("next")])
        #expect(Disk.text(scratch.data + "/logs/audit.jsonl") == rest + "next\n")
    }

    @Test(arguments: [65_535, 65_536, 65_537, 200_000])
    func longLinesAreFoundAcrossBlocks(_ length: Int) throws {
        let scratch = Scratch()
        let depot = try Depot(data: scratch.data)
        let long = String(repeating: "x", count: length)
        try depot.appendAudit([Sample.bytes("first"), Sample.bytes(long)])
        #expect(try depot.auditTail() == Sample.bytes(long))
        Disk.append(long, to: scratch.data + "/logs/audit.jsonl")
        #expect(try depot.auditTail() == Sample.bytes(long))
        #expect(Disk.text(scratch.data + "/logs/audit.jsonl") == "first\n\(long)\n")
    }

    @Test(arguments: ["", "a\nb", "a\n"])
    func aLineThatWouldBeTwoOrNoneIsRefused(_ line: String) throws {
        let scratch = Scratch()
        let depot = try Depot(data: scratch.data)
        let path = scratch.data + "/logs/audit.jsonl"
        #expect(throws: DepotError.brokenLine(path)) {
            try depot.appendAudit([Sample.bytes("good"), Sample.bytes(line)])
        }
        depot.log(Sample.bytes(line))
        #expect(Disk.text(path) == "")
        #expect(Disk.text(scratch.data + "/logs/bus.jsonl") == "")
    }

    @Test func linesOfManyThreadsStayWhole() async throws {
        let scratch = Scratch()
        let depot = try Depot(data: scratch.data)
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<4 {
                let line = Sample.bytes(String(repeating: "\(number)", count: 300))
                group.addTask {
                    for _ in 0..<100 { depot.log(line) }
                }
            }
        }
        let text = try #require(Disk.text(scratch.data + "/logs/bus.jsonl"))
        let lines = text.utf8.split(separator: UInt8(ascii: "\n"))
        #expect(lines.count == 400)
        #expect(lines.allSatisfy { $0.count == 300 && Set($0).count == 1 })
    }

    @Test(arguments: [ENOSPC, EIO, EDQUOT])
    func aLineThatWasCutShortIsTakenBack(_ code: Int32) throws {
        let scratch = Scratch()
        let saboteur = Saboteur()
        let depot = try Depot(data: scratch.data, fault: saboteur.answer)
        let path = scratch.data + "/logs/audit.jsonl"
        try depot.appendAudit([Sample.bytes("first")])
        saboteur.arm([(.write, .short(3)), (.write, .fails(code))])
        #expect(throws: DepotError.system(errno: code, during: "write", path: path)) {
            try depot.appendAudit([Sample.bytes("second")])
        }
        #expect(Disk.text(path) == "first\n")
        try depot.appendAudit([Sample.bytes("third")])
        #expect(Disk.text(path) == "first\nthird\n")
    }

    @Test func aLineThatCannotBeTakenBackAtOnceIsTakenBackBeforeTheNext() throws {
        let scratch = Scratch()
        let saboteur = Saboteur()
        let depot = try Depot(data: scratch.data, fault: saboteur.answer)
        let path = scratch.data + "/logs/bus.jsonl"
        depot.log(Sample.bytes("first"))
        saboteur.arm([(.write, .short(3)), (.write, .fails(ENOSPC)), (.truncate, .fails(EIO))])
        depot.log(Sample.bytes("second"))
        #expect(Disk.text(path) == "first\nsec")
        depot.log(Sample.bytes("third"))
        #expect(Disk.text(path) == "first\nthird\n")
    }
}
