import RelayCore
import RelayDepot
import RelayWire

/// `logs/bus.jsonl`: one JSON object a line, so that no name can forge a line; never bodies, keys or secrets.
struct BusLog: Sendable {
    let depot: Depot
    let now: @Sendable () -> UnixMilliseconds

    /// Appends a line; `event` is a constant in kebab case, `members` an object.
    func write(_ event: String, _ members: JSON = .object([])) {
        guard case .object(let members) = members else { return }
        let head: [JSON.Member] = [.init("at", JSON(now())), .init("event", .string(event))]
        depot.log(JSON.object(head + members).encoded)
    }
}
