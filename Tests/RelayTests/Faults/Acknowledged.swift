import RelayCore
import RelaySeal
import RelayWire
import TestSupport

/// What a node answered with a 2xx, with the bytes it stands for.
struct Acknowledged: Sendable {
    struct Upload: Sendable {
        let job: String
        let name: String
        let bytes: [UInt8]
    }

    struct Work: Sendable {
        let job: String
        let document: [UInt8]
        let receipt: Receipt
    }

    var uploads: [Upload] = []
    var tasks: [Work] = []

    var counts: String { "\(uploads.count) uploads, \(tasks.count) tasks" }

    /// The acknowledged uploads of which a node that is not running has not the right bytes under a right name.
    func uploadsLost(in data: String) -> [String] {
        uploads.filter { upload in
            let bound = "\(data)/inbox/\(upload.job).1.\(upload.name)"
            // A file that cannot be read is one that is not there.
            return ![bound, bound + "~main"].contains { (try? Files.read($0)) == upload.bytes }
        }.map { "\($0.job)/\($0.name) is not in the inbox" }
    }

    /// What nano, which runs, does not know any more; nothing is sent that was not sent before.
    func lost(at fleet: Fleet) async throws -> [String] {
        var lost: [String] = []
        for task in tasks {
            let answer = try await fleet.post(task.document, to: .nano, as: .main)
            let receipt = try? Receipt(json: answer.json, at: "receipt")
            if answer.status != 200 || receipt != task.receipt {
                lost.append("the task of \(task.job): \(answer)")
            }
        }
        for upload in uploads {
            let answer = try await fleet.upload(
                upload.bytes,
                upload.name,
                of: upload.job,
                to: .nano,
                as: .main
            )
            if answer.status != 200 { lost.append("the upload \(upload.job)/\(upload.name): \(answer)") }
        }
        return lost
    }

    /// Waits until the document of each task lies in the inbox with its exact bytes.
    func waitForProjections(at fleet: Fleet) async throws {
        for task in tasks {
            let path = "\(fleet.files.data(.nano))/inbox/\(Station.nano.task(of: task.job)).json"
            try await fleet.eventually(path) { (try? Files.read(path)) == task.document }
        }
    }
}
