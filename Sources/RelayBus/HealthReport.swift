import RelayCore
import RelayDepot
import RelayLedger
import RelayServer
import RelayWire
import Synchronization

/// `GET /health` (draft-inadarei-api-health-check-06), looked at afresh at most once a second.
final class HealthReport: Sendable {
    private struct Look {
        var at: UnixMilliseconds
        var response: Response
    }

    private let last = Mutex<Look?>(nil)

    /// The latest answer while it is younger than a second of the steady clock.
    func fresh(at now: UnixMilliseconds) -> Response? {
        last.withLock { last in
            guard let last, last.at <= now, now < last.at.advanced(by: .seconds(1)) else { return nil }
            return last.response
        }
    }

    /// Looks at everything and keeps the answer; on the pool.
    func look(at node: NodeService) -> Response {
        let (now, steady) = (node.now(), node.steady())
        let checks = [
            ledger(node), disk(node), directories(node), listener(node), consumer(node, steady),
            clock(node.clock.finding(wall: now, steady: steady)),
        ]
        let worst = checks.map(\.status).max() ?? .pass
        let body = JSON.members([
            "status": .string(worst.word), "version": .string(Build.version),
            "releaseId": .string(node.instance),
            "protocol": JSON(Build.protocolVersion), "schema": JSON(Ledger.schemaVersion),
            "exec": .string(node.execution.rawValue), "time": JSON(now),
            "checks": .object(checks.map { .init($0.name, .array([$0.json])) }),
        ])
        let response = Response(
            status: worst == .fail ? 503 : 200,
            headers: [(name: "Content-Type", value: "application/health+json")],
            body: body.encoded
        )
        last.withLock { $0 = Look(at: steady, response: response) }
        return response
    }

    private enum Status: Int, Comparable {
        case pass, warn, fail

        var word: String {
            switch self {
            case .pass: "pass"
            case .warn: "warn"
            case .fail: "fail"
            }
        }

        static func < (left: Status, right: Status) -> Bool { left.rawValue < right.rawValue }
    }

    private struct Check {
        let name: String
        let status: Status
        let output: String?

        init(_ name: String, _ status: Status, _ output: String? = nil) {
            self.name = name
            self.status = status
            self.output = output
        }

        var json: JSON { .members(["status": .string(status.word), "output": JSON(output)]) }
    }

    private func ledger(_ node: NodeService) -> Check {
        if case .failed(let why) = node.state { return Check("ledger", .fail, why.description) }
        do throws(LedgerError) {
            _ = try node.ledger.read { (reader) throws(LedgerError) in try reader.eventRange() }
            return Check("ledger", .pass)
        } catch {
            return Check("ledger", .fail, error.description)
        }
    }

    private func disk(_ node: NodeService) -> Check {
        do throws(DepotError) {
            let free = try node.notary.depot.freeSpace()
            let floor = node.configuration.role.limits.freeDiskBytes
            let inodes = node.configuration.role.limits.freeDiskInodes
            return free.bytes >= floor && free.inodes >= inodes
                ? Check("disk", .pass)
                : Check(
                    "disk",
                    .fail,
                    "\(free.bytes) bytes and \(free.inodes) inodes free; the floor is \(floor) and \(inodes)"
                )
        } catch {
            return Check("disk", .fail, error.description)
        }
    }

    private func directories(_ node: NodeService) -> Check {
        do throws(DepotError) {
            _ = try node.notary.depot.artifactNames()
            return Check("directories", .pass)
        } catch {
            return Check("directories", .fail, error.description)
        }
    }

    private func listener(_ node: NodeService) -> Check {
        node.state == .serving ? Check("listener", .pass) : Check("listener", .fail, "the node is stopping")
    }

    private func consumer(_ node: NodeService, _ steady: UnixMilliseconds) -> Check {
        guard !node.consumers.isPresent(at: steady) else { return Check("consumer", .pass) }
        let seen = node.consumers.seenAt.map { "last seen \($0)" } ?? "not seen since the start"
        return Check("consumer", .warn, "\(seen): start baton consume")
    }

    /// A wrong clock is for a human to set right; it ends no work, so it does not fail the node.
    private func clock(_ finding: ClockCheck.Finding) -> Check {
        switch finding {
        case .agrees, .alone: Check("clock", .pass, finding.sentence)
        case .wasSet, .deviates: Check("clock", .warn, finding.sentence)
        }
    }
}
