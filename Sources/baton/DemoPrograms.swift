import Foundation
import RelayConsumer
import Synchronization

/// The eight programs of the demo.
final class DemoPrograms: Sendable {
    private struct State {
        var buses: [ChildProcess] = []
        var consumers: [ChildProcess] = []
        var mourned: Set<String> = []
    }

    private let fleet: DemoFleet
    private let state = Mutex(State())

    init(fleet: DemoFleet) { self.fleet = fleet }

    /// Starts the buses, waits until each is ready, then starts the consumers.
    func start(stop: StopSignal) throws {
        let own = try Self.ownPath()
        let bus = try Self.batond()
        Terminal.write("starting four nodes in \(fleet.directory)")
        let buses = try DemoFleet.nodes.map { node in
            let log = fleet.log("batond-\(node)")
            let child = try ChildProcess("batond \(node)", bus, ["--config", fleet.role(node)], log: log)
            state.withLock { $0.buses.append(child) }
            return (child, log)
        }
        for (child, log) in buses {
            guard child.isReady(within: .seconds(20)), !stop.isSet else {
                throw Failure(.unavailable, "\(child.name) is not ready: \(Self.lastLine(of: log))")
            }
        }
        for node in DemoFleet.nodes {
            let log = fleet.log("consume-\(node)")
            let child = try ChildProcess(
                "consume \(node)",
                own,
                ["consume", "--config", fleet.role(node)],
                log: log
            )
            state.withLock { $0.consumers.append(child) }
        }
    }

    /// The path of `batond`, which lies beside this program.
    static func batond() throws -> String {
        let bus = URL(fileURLWithPath: try ownPath()).deletingLastPathComponent().path + "/batond"
        guard FileManager.default.isExecutableFile(atPath: bus) else {
            throw Failure(.unavailable, "\(bus) is missing; build it first: swift build")
        }
        return bus
    }

    /// Names each program that ended by itself, once.
    func complainAboutTheDead() {
        let dead = state.withLock { state in
            let dead = (state.buses + state.consumers).filter { $0.ended.isSet }.map(\.name)
            let fresh = dead.filter { !state.mourned.contains($0) }
            state.mourned.formUnion(fresh)
            return fresh
        }
        for name in dead {
            let log = fleet.log(name.replacingOccurrences(of: " ", with: "-"))
            Terminal.complain("\(name) has ended: \(Self.lastLine(of: log))")
        }
    }

    /// Stops the consumers and then the buses; may be called twice.
    func stop() {
        let state = state.withLock { $0 }
        for group in [state.consumers, state.buses] {
            for child in group { child.stop() }
            for child in group { child.finish(within: .seconds(8)) }
        }
    }

    private static func lastLine(of log: String) -> String {
        // A program that wrote nothing has no log to show.
        let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").last.map { Table.oneLine(String($0)) }
            ?? "it wrote nothing to \(log)"
    }

    private static func ownPath() throws -> String {
        guard let path = Bundle.main.executablePath else {
            throw Failure(.unavailable, "the path of this program is unknown")
        }
        return URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    }
}
