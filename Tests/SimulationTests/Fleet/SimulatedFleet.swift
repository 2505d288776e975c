import Foundation
import RelayClient
import RelayCore
import RelayLedger
import RelayWire

/// A whole fleet in one history: four machines, the network between them, and the people who order work.
// Only whoever has the turn looks at it; see `Strand`.
final class SimulatedFleet: @unchecked Sendable {
    let seed: UInt64
    let timeline: Timeline
    let faults: Faults
    let reach = Reach()
    let turns = Turns()
    let plant: Plant?
    private(set) var nodes: [SimulatedNode] = []
    private(set) var consumers: [SimulatedConsumer] = []
    private(set) lazy var network = SimulatedNetwork(self)
    private(set) lazy var checks = Checks(self)
    private(set) lazy var people = People(self)
    private var processes: [SimulatedProcess] = []

    static let consumerUser: UInt32 = 70_001
    static let operatorUser: UInt32 = 70_002

    /// A fleet whose machines are those of `site`, with what may go wrong chosen among `kinds`.
    init(seed: UInt64, at site: Site, among kinds: [FaultKind] = FaultKind.allCases, plant: Plant? = nil) {
        self.seed = seed
        self.plant = plant
        timeline = Timeline(seed: seed)
        faults = Faults(timeline, among: kinds)
        site.clear()
        nodes = site.configurations.map { SimulatedNode($0.name, in: self, $0.configuration) }
        for node in nodes { node.disk.lies = plant == .uploadsNotKept }
    }

    func node(_ name: String) -> SimulatedNode {
        guard let node = nodes.first(where: { $0.name == name }) else {
            preconditionFailure("no node \(name)")
        }
        return node
    }

    func consumer(of node: SimulatedNode) -> SimulatedConsumer? { consumers.first { $0.node === node } }

    /// A new process at `node`.
    func process(_ name: String, at node: SimulatedNode, uid: UInt32) -> SimulatedProcess {
        let process = SimulatedProcess(name, at: node, pid: Int32(1000 + processes.count), uid: uid)
        processes.append(process)
        node.processes[process.identity.pid] = process
        return process
    }

    // MARK: The turn

    /// Gives a strand the turn, if its process can take it.
    func resume(_ strand: Strand) {
        let owner = strand.owner
        guard owner.isAlive, !strand.isOver else { return }
        guard owner.frozenUntil <= timeline.now else {
            timeline.after(owner.frozenUntil - timeline.now) { [self] in resume(strand) }
            return
        }
        strand.wake()
    }

    /// Lets time pass for the strand that has the turn.
    func pause(_ duration: Duration) {
        guard let strand = turns.current, !strand.isDoomed else { return }
        var isOver = false
        timeline.after(duration.whole) { [self] in
            isOver = true
            resume(strand)
        }
        while !isOver, !strand.isDoomed { strand.wait() }
    }

    // MARK: A history

    /// Lets everything happen that the seed holds, and checks it; the trouble phase is followed by a quiet one.
    ///
    /// - Returns: the digest of the record; `nil` when a check found a violation.
    func run(trouble: Int64 = 240_000) -> Digest? {
        defer { end() }
        timeline.note("seed \(seed): \(faults.names.joined(separator: " "))")
        for node in nodes { node.start() }
        consumers = nodes.map { SimulatedConsumer(of: $0) }
        for consumer in consumers { consumer.start() }
        people.order(timeline.chance.number(1...3), within: trouble * 3 / 4)
        scheduleTrouble(until: trouble)
        go(until: trouble) { false }
        endTrouble()
        go(until: timeline.now + Self.patience) { [self] in checks.isQuiet }
        // The files follow behind the answers.
        go(until: timeline.now + 1000) { false }
        checks.atTheEnd()
        if seed % 4 == 0 { recoverTwice() }
        return checks.violation == nil ? timeline.finish() : nil
    }

    /// How long the fleet may take to come to rest once nothing goes wrong any more: two hours.
    static let patience: Int64 = 7_200_000

    private func go(until end: Int64, _ isDone: () -> Bool) {
        while checks.violation == nil, !isDone(), timeline.advance(until: end) {}
    }

    /// Starts every bus twice more, and compares what their recoveries make of the files.
    private func recoverTwice() {
        var before: [[String: Digest]]?
        for _ in 0..<2 {
            for node in nodes { node.crash("to recover once more") }
            go(until: timeline.now + 30_000) { false }
            let files = nodes.map { KeptFiles(of: $0).byPath }
            if let before { checks.recoveryIsDone(before, files) }
            before = files
        }
        for node in nodes { checks.auditIsWhole(node) }
    }

    private func endTrouble() {
        faults.areOver = true
        checks.quietSince = timeline.now
        network.partitions = []
        timeline.note("no more faults")
        for node in nodes {
            node.disk.isFull = false
            node.skew = 0
        }
        for process in processes { process.frozenUntil = 0 }
        timeline.after(30_000) { [self] in
            people.resolveAll()
            people.standInForAll()
        }
    }

    private func end() {
        timeline.clear()
        for process in processes { process.bury() }
        for node in nodes { node.bury() }
        timeline.clear()
    }
}
