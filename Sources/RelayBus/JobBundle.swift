import RelayCore
import RelayDepot
import RelayLedger
import RelaySeal
import RelayWire

/// What main's `archive/<job>/` holds of a closed job, known in full when the job is closed.
struct JobBundle {
    /// Where a file of the bundle comes from.
    enum Content {
        /// These bytes.
        case bytes([UInt8])
        /// The contract's own file.
        case contract(Digest)
        /// A file of the depot, with the digest it has.
        case file([Place], Digest)
    }

    /// One file: its path in the bundle and where it comes from.
    struct Entry {
        let folder: String?
        let name: String
        let content: Content

        var path: String { folder.map { "\($0)/\(name)" } ?? name }

        var digest: Digest {
            switch content {
            case .bytes(let bytes): .of(bytes)
            case .contract(let digest), .file(_, let digest): digest
            }
        }
    }

    private(set) var entries: [Entry] = []

    /// - Parameters:
    ///   - job: the job.
    ///   - bytes: the exact bytes of main's last task.
    ///   - closeout: the bytes of `closeout.json`.
    ///   - notary: knows contracts, fleet and places.
    ///   - reader: the ledger.
    /// - Throws: `LedgerError`.
    init(
        of job: JobID,
        document bytes: [UInt8],
        closeout: [UInt8],
        _ notary: Notary,
        _ reader: inout LedgerReader
    ) throws(LedgerError) {
        let relay: RelayDocument
        let order: Order
        do throws(WireError) {
            guard case .relay(let found) = try TaskDocument(parsing: bytes) else {
                throw WireError(at: "kind", "not a relay")
            }
            relay = found
        } catch {
            throw .unreadable("a document of \(job) that cannot be read: \(error)")
        }
        order = try notary.order(in: relay)
        for file in relay.attachments {
            let places = [
                notary.place(ofInput: file.name, of: relay.task), .bound(job, relay.task.round, file.name),
            ]
            add(file.name.rawValue, .file(places, file.digest))
        }
        for upload in try reader.uploads(of: job) where upload.isOrdered(by: notary.node) {
            let name = upload.facts.name
            let places: [Place] = [.bound(job, upload.round, name), .unbound(upload)]
            add(name.rawValue, .file(places, upload.facts.digest), in: "inputs")
        }
        for (round, envelope) in try reader.orders(of: job).enumerated() {
            add("order-\(round + 1).dsse.json", .bytes(envelope.json.encoded))
        }
        for envelope in relay.evidence {
            // What is no link is an earlier order, which is there already.
            guard let link = try? Link(in: envelope) else { continue }
            add(BundleNames.link(link.task), .bytes(envelope.json.encoded))
        }
        for (stage, pin) in order.contracts { add(BundleNames.contract(stage), .contract(pin)) }
        add("\(relay.task).json", .bytes(bytes))
        add("fleet.json", .bytes(notary.keyring.json.encoded))
        add("closeout.json", .bytes(closeout))
    }

    private mutating func add(_ name: String, _ content: Content, in folder: String? = nil) {
        entries.append(Entry(folder: folder, name: name, content: content))
    }

    /// Main's statement about all of it.
    func statement(of job: JobID, closedAt: UnixMilliseconds) -> CloseoutStatement {
        CloseoutStatement(
            job: job,
            closedAt: closedAt,
            files: entries.sorted { $0.path < $1.path }.map { .init(name: $0.path, digest: $0.digest) }
        )
    }
}

extension UploadRecord {
    /// Whether main uploaded it itself for the order that opened the job.
    func isOrdered(by main: NodeName) -> Bool { isBound && sender == main && round == .first }
}
