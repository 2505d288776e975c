import RelayCore
import RelaySeal
import RelayWire
import TestSupport
import Testing

/// A job that main closed, as it lies in the archives.
struct ClosedJob {
    let fleet: Fleet
    let job: String
    static let evidence = ["candidate-list.md", "de-raw-output.txt", "sg-review.md", "jp-final.txt"]

    /// The bytes of a file in main's archive of the job.
    func file(_ name: String) throws -> [UInt8] {
        try Files.read("\(fleet.files.data(.main))/archive/\(job)/\(name)")
    }

    /// Expects that each task's document has one digest: where it was received, and in its sender's receipt.
    func checkDocuments(_ location: SourceLocation = #_sourceLocation) async throws {
        for station in Station.allCases {
            let task = station.next.task(of: job)
            let document = try Files.read("\(fleet.files.data(station.next))/archive/\(job)/\(task).json")
            let digest = Digest.of(document).hex
            // Main is the sender of the first one, and its own task is the last.
            guard station != .main else { continue }
            // A receipt whose answer was lost comes again, but not before the job's close.
            var receipt: JSON?
            try await fleet.eventually("receipt of \(task)") {
                receipt = try await fleet.task(station, of: job)?["receipt"]
                return receipt != nil
            }
            let names = [receipt?["task"]?.stringValue, receipt?["digest"]?.stringValue]
            #expect(names == [task, digest], sourceLocation: location)
        }
    }

    /// Expects that the links at main name the receipts that the nodes gave, and follow one another.
    func checkLinks(_ location: SourceLocation = #_sourceLocation) throws {
        var previous: Digest?
        for station in [Station.nano, .sg, .jp] {
            let bytes = try file("link-\(station)-1.dsse.json")
            let envelope = try Envelope(parsing: bytes)
            let link = try Link(in: envelope)
            let task = station.task(of: job)
            let document = try Files.read("\(fleet.files.data(station))/archive/\(job)/\(task).json")
            #expect(link.receipt.digest == Digest.of(document), sourceLocation: location)
            #expect(link.previous == previous, sourceLocation: location)
            previous = envelope.digest
        }
    }

    /// Expects that `closeout.json` names the evidence with the digests of the bytes that lie beside it.
    func checkCloseout(_ location: SourceLocation = #_sourceLocation) throws {
        let closeout = try JSON(parsing: file("closeout.json"))
        #expect(closeout["state"] == "closed", sourceLocation: location)
        let files = closeout["files"]?.elements ?? []
        let names = files.compactMap { $0["name"]?.stringValue }
        #expect(names.sorted() == Self.evidence.sorted(), sourceLocation: location)
        for file in files {
            let bytes = try self.file(file["name"]?.stringValue ?? "")
            #expect(file["sha256"]?.stringValue == Digest.of(bytes).hex, sourceLocation: location)
            #expect(file["size"]?.integerValue == Int64(bytes.count), sourceLocation: location)
        }
        let final = try self.file("\(Station.main.task(of: job)).json")
        let receipt = closeout["receipt"]?["digest"]?.stringValue
        #expect(receipt == Digest.of(final).hex, sourceLocation: location)
    }
}
