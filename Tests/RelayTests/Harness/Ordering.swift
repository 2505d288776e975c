import RelayCore
import RelayWire
import TestSupport

/// A client of main's bus that orders jobs with a short brief; several may at once.
struct Ordering: Sendable {
    /// The way to main's bus.
    let socket: Exchange.Way

    /// Orders `job`, and expects that it is taken.
    func order(_ job: String) async throws {
        let brief = Array("# What is wanted\n\nAn answer.\n".utf8)
        let upload = Exchange(
            way: socket,
            method: "POST",
            target: "/upload?job=\(job)&name=brief.md",
            body: brief
        )
        let stored = try await upload.send()
        guard stored.status == 201, let id = JobID(rawValue: job) else {
            throw WaitFailure("\(job): \(stored)")
        }
        let order = OrderRequest(job: id, attachments: [try ByHand.attachment("brief.md", brief)])
        let request = LocalRequest(instance: "test", request: job, body: .order(order))
        let post = Exchange(
            way: socket,
            method: "POST",
            target: "/task",
            type: "application/json",
            body: request.json.encoded
        )
        let answer = try await post.send()
        guard answer.status == 202 else { throw WaitFailure("order of \(job): \(answer)") }
    }
}
