package import RelayWire

/// A request to the bus that a lane sends again, under the same id, in later steps until it is answered.
package struct BusQuestion: Sendable {
    /// What became of one try.
    package enum Reply: Sendable {
        /// The bus's answer.
        case answer(JSON)
        /// None yet: ask again after this time.
        case later(Duration)
        /// The bus said no for good.
        case refused(BusRefusal)
    }

    private let request: LocalRequest
    private var backoff = Backoff.bus

    /// The request of `body`, under a fresh id.
    package init(_ body: LocalRequest.Body, to bus: BusClient) { request = bus.request(body) }

    /// Sends the request once.
    package mutating func ask(_ bus: BusClient, _ world: World) -> Reply {
        do throws(BusFailure) {
            return .answer(try bus.send(request))
        } catch {
            switch error {
            case .refused(let refusal) where !refusal.isTemporary: return .refused(refusal)
            case .refused, .lost, .stopped:
                return .later(max(backoff.take(world), error.retryAfter ?? .zero))
            }
        }
    }
}
