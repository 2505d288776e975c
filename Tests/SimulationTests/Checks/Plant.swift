import Foundation
import RelayCore
import RelayLedger
import RelayWire

@testable import RelayBus

/// A bug that is planted where the simulator passes requests and bytes on, to see whether it is found.
enum Plant: String, CaseIterable {
    /// A task is answered before its commit is durable.
    case answeredBeforeCommit
    /// A late worker's epoch is not looked at.
    case epochNotChecked
    /// A document is encoded anew on its way.
    case documentReencoded
    /// A delivery is given up after one failed attempt.
    case deliveryGivenUp
    /// An upload is answered before its bytes are kept.
    case uploadsNotKept
    /// Main closes without looking at the files.
    case closedUnseen

    /// The promises that it breaks, any of which may be the first to be seen.
    var breaks: Set<Invariant> {
        switch self {
        case .answeredBeforeCommit: [.acknowledgedTasksStay, .acknowledgedUploadsStay, .eventsAreAChain]
        case .epochNotChecked: [.oneRunCounts]
        case .documentReencoded: [.bytesStayTheSame]
        case .deliveryGivenUp: [.everythingEnds]
        case .uploadsNotKept: [.acknowledgedUploadsStay]
        case .closedUnseen: [.closedOnEvidence]
        }
    }

    /// What the plant makes of a message that arrives.
    func altered(_ message: Message) -> Message {
        guard message.isPost else { return message }
        switch self {
        case .answeredBeforeCommit, .uploadsNotKept: return message
        case .epochNotChecked: return message.isLocal ? Self.withCurrentEpoch(message) : message
        case .documentReencoded: return message.isLocal ? message : Self.encodedAnew(message)
        case .deliveryGivenUp:
            if message.isLocal { Self.giveUp(message) }
            return message
        case .closedUnseen:
            if message.isCloseout { message.receiver.disk.hideRot() }
            return message
        }
    }

    private static func request(_ message: Message) -> LocalRequest? {
        // What is no local request is passed on as it is.
        try? LocalRequest(json: JSON(parsing: message.body))
    }

    private static func encodedAnew(_ message: Message) -> Message {
        guard message.target == "/task" else { return message }
        var message = message
        message.body = Array("{ ".utf8) + message.body.dropFirst()
        return message
    }

    private static func giveUp(_ message: Message) {
        guard case .attempt(let attempt)? = request(message)?.body, let service = message.receiver.service
        else {
            return
        }
        // The delivery may be gone by now.
        _ = try? service.ledger.commit { (writer) throws(LedgerError) in
            try writer.end(delivery: attempt.delivery, as: .dropped, error: attempt.error)
        }
    }

    /// The message as its holder of today would send it.
    private static func withCurrentEpoch(_ message: Message) -> Message {
        guard let (task, epoch) = claim(in: message),
            let record = message.receiver.read({ (reader) throws(LedgerError) in try reader.task(task) })
                ?? nil,
            record.state == .claimed, record.epoch != epoch
        else { return message }
        var message = message
        func replaced(_ text: String, _ old: String, _ new: String) -> String {
            text.replacingOccurrences(of: old, with: new)
        }
        message.target = replaced(message.target, "epoch=\(epoch)", "epoch=\(record.epoch)")
        if message.target == "/task" {
            let text = String(decoding: message.body, as: UTF8.self)
            message.body = Array(replaced(text, "\"epoch\":\(epoch)", "\"epoch\":\(record.epoch)").utf8)
        }
        if let holder = record.process.flatMap({ message.receiver.processes[$0.pid] }) {
            message.sender = holder
        }
        return message
    }

    private static func claim(in message: Message) -> (TaskID, Int64)? {
        switch request(message)?.body {
        case .produced(let body)?: return (body.claim.task, body.claim.epoch)
        case .renew(let body)?: return (body.claim.task, body.claim.epoch)
        case .none where message.target.hasPrefix("/upload?task="):
            let values = message.target.dropFirst("/upload?".count).split(separator: "&").map {
                String($0.split(separator: "=")[1])
            }
            guard let task = TaskID(rawValue: values[0]), let epoch = Int64(values[1]) else { return nil }
            return (task, epoch)
        default: return nil
        }
    }
}
