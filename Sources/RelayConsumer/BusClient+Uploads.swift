package import RelayCore
import RelayClient
package import RelayWire

/// Files on their way to the own bus.
extension BusClient {
    /// The request that uploads one output of a claimed task, and the open file it reads from.
    struct OutputUpload: ~Copyable {
        fileprivate let file: CheckedFile
        fileprivate let request: ClientRequest
    }

    /// Opens `output` in `folder`, following no link.
    func output(_ output: Attachment, of claim: Claim, from folder: String) throws(ConsumerError)
        -> OutputUpload
    {
        let file = try Folder(folder).file(output.name)
        let query = "task=\(claim.task)&epoch=\(claim.epoch)&name=\(output.name)"
        let request = Self.upload(file, query: query, digest: output.digest)
        return OutputUpload(file: file, request: request)
    }

    /// Uploads one output once; the same bytes again are welcome.
    func upload(_ output: borrowing OutputUpload) throws(BusFailure) { _ = try exchange(output.request) }

    /// Uploads the file at `path` as input `name` of `job`, until it is there or the stop comes.
    package func uploadInput(
        job: JobID,
        name: AttachmentName,
        path: String,
        round: Round = .first,
        stop: StopSignal,
        attempts: Int = .max
    ) throws -> Attachment {
        let file = try CheckedFile(at: path, isLinkAllowed: true)
        let digest = try file.digest()
        let query = "job=\(job)&name=\(name)&round=\(round)"
        _ = try repeating(until: stop, attempts: attempts) { () throws(BusFailure) in
            try exchange(Self.upload(file, query: query, digest: digest))
        }
        return Attachment(name: name, size: file.size, digest: digest)
    }

    /// The request that carries `file`; names and ids need no encoding, as their rules leave nothing to encode.
    static func upload(_ file: borrowing CheckedFile, query: String, digest: Digest) -> ClientRequest {
        ClientRequest(
            method: .post,
            target: "/upload?" + query,
            headers: [("Content-Digest", "sha-256=:\(Base64.encoded(digest.bytes)):")],
            body: .file(descriptor: file.descriptor, size: file.size, type: "application/octet-stream"),
            // A MiB a second is the slowest that is waited for.
            timeout: .seconds(60 + file.size >> 20)
        )
    }
}
