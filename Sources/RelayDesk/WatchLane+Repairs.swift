import RelayClient
import RelayConsumer
import RelayWire

/// What the desk does about damaged files of the node it watches.
extension WatchLane {
    /// Reads what is blocked there.
    mutating func look(then seq: Int64) -> NextStep {
        let request = ClientRequest(
            target: "/status?state=blocked&limit=500",
            headers: [("Accept", "application/json")],
            timeout: .seconds(30),
            maximumResponseBytes: 16 << 20
        )
        do throws(ClientError) {
            let response = try peers.send(request, to: destination)
            guard response.status == 200 else { return unreachable(BusRefusal(response).description) }
            do throws(WireError) {
                nudge(repairs.requests(from: try JSON(parsing: response.body)), seq)
                return .now
            } catch {
                return unreachable("its status cannot be read: \(error)")
            }
        } catch {
            return unreachable(error.description)
        }
    }

    private mutating func nudge(_ requests: [ControlRequest], _ seq: Int64) {
        guard let first = requests.first else {
            phase = .watching(seq: seq)
            return
        }
        let question = BusQuestion(.control(first), to: bus)
        phase = .nudging(question, seq: seq, rest: Array(requests.dropFirst()))
    }

    /// Has the own bus say it to the node that holds the files.
    mutating func nudge(_ question: BusQuestion, _ seq: Int64, _ rest: [ControlRequest]) -> NextStep {
        var question = question
        switch question.ask(bus, world) {
        case .later(let pause):
            phase = .nudging(question, seq: seq, rest: rest)
            return .after(pause)
        case .refused(let refusal):
            log.write(.error, "nudge-refused", ["node": JSON(node), "problem": .string(refusal.description)])
        case .answer(let json):
            log.write(.info, "repair-asked", ["node": JSON(node), "told": json["told"]])
        }
        nudge(rest, seq)
        return .now
    }
}
