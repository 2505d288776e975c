package import RelayClient
package import RelayCore
import RelayWire

/// Tells the own bus what the clocks of other nodes say, each at most once a minute.
///
/// The word is sent once and never again: it would be wrong by the time that its sending took.
package struct PeerClock: Sendable {
    private let bus: BusClient
    private let world: World
    private var told: [NodeName: UnixMilliseconds] = [:]

    /// Tells `bus`.
    package init(bus: BusClient, world: World) {
        self.bus = bus
        self.world = world
    }

    /// The node has just answered with `response`.
    package mutating func note(_ node: NodeName, _ response: ClientResponse) {
        let now = world.now()
        if let last = told[node], last <= now, now < last.advanced(by: .seconds(60)) { return }
        guard let date = response.header("date").flatMap({ UnixMilliseconds(httpDate: $0) }) else { return }
        told[node] = now
        // The bus only has an older word of that clock until the next one.
        _ = try? bus.send(bus.request(.observed(ObservedRequest(node: node, date: date))))
    }
}
