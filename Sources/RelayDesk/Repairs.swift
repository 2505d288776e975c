import RelayCore
import RelayWire

/// What main says about the damaged files that a node's `/status` tells of: the node that handed them on is to upload
/// them again.
struct Repairs {
    private let node: NodeName
    private var asked: Set<String> = []
    private static let code = "attachment-damaged"

    /// The repairs of `node`.
    init(of node: NodeName) { self.node = node }

    /// Whether an event may have something to do with damage.
    static func concern(_ event: NodeEvent) -> Bool {
        event.to == TaskState.blocked.rawValue || event.kind == "job-\(JobState.blocked.rawValue)"
    }

    /// What to ask the own bus for, each block once.
    mutating func requests(from status: JSON) -> [ControlRequest] {
        let tasks = (status["tasks"]?.elements ?? []).compactMap(request(forTask:))
        let jobs = (status["jobs"]?.elements ?? []).compactMap(request(forJob:))
        return (tasks + jobs).filter { key, _ in asked.insert(key).inserted }.map(\.request)
    }

    private typealias Entry = (key: String, request: ControlRequest)

    /// The inputs of a task come from the node that handed it on; nobody else has what the node made itself.
    private func request(forTask task: JSON) -> Entry? {
        let inputs = (task["attachments"]?.elements ?? []).compactMap { $0["name"]?.stringValue }
        guard let holder = task["from"]?.stringValue.flatMap(NodeName.init),
            let round = task["round"]?.integerValue.flatMap({ Round(Int($0)) })
        else { return nil }
        return entry(task, at: holder, round) { inputs.contains($0) }
    }

    /// What a job was ordered with went to its first stage.
    private func request(forJob job: JSON) -> Entry? {
        let first = job["ladder"]?.elements.first
        guard let holder = first?["node"]?.stringValue.flatMap(NodeName.init) else { return nil }
        return entry(job, at: holder, .first) { _ in true }
    }

    private func entry(
        _ blocked: JSON,
        at holder: NodeName,
        _ round: Round,
        _ isHeld: (String) -> Bool
    ) -> Entry? {
        guard blocked["state"]?.stringValue == TaskState.blocked.rawValue, let reason = blocked["reason"],
            reason["code"]?.stringValue == Self.code, holder != node,
            let job = blocked["job"]?.stringValue.flatMap(JobID.init)
        else { return nil }
        let names = (reason["expected"]?.elements ?? []).compactMap(\.stringValue).filter(isHeld)
        let files = names.compactMap(AttachmentName.init)
        guard !files.isEmpty else { return nil }
        let request = ControlRequest(
            control: .nudge,
            job: job,
            to: holder,
            round: round,
            reason: "\(node) found damaged: \(files.map(\.rawValue).joined(separator: ", "))",
            want: .init(to: node, attachments: files)
        )
        return ("\(blocked["task"]?.text ?? "") \(blocked["since"]?.text ?? "") \(reason.text)", request)
    }
}
