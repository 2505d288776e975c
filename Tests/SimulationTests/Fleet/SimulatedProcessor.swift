import RelayCore
import RelayWire

@testable import RelayConsumer

/// The work on a task: it takes its time, and makes files that nobody else makes.
struct SimulatedProcessor: Processor {
    let process: SimulatedProcess
    let label = "builtin:simulated"

    private var fleet: SimulatedFleet { process.node.fleet }

    func run(_ order: WorkOrder, meter: ProgressMeter, stop: StopSignal) -> ProcessorOutcome {
        let run = fleet.checks.began(order.claim, at: process.node)
        guard rest(stop) else { return .stopped }
        if fleet.faults.happens(.diesAtWork) {
            fleet.reach.count(.diesAtWork)
            fleet.timeline.after(0) { [process, fleet] in
                if let consumer = fleet.consumer(of: process.node), consumer.process === process {
                    consumer.crash()
                }
            }
            fleet.pause(.seconds(1))
            return .stopped
        }
        if fleet.faults.happens(.processorAgain) {
            fleet.reach.count(.processorAgain)
            return .again("not now")
        }
        if fleet.faults.happens(.processorFails) {
            fleet.reach.count(.processorFails)
            return .failed(Reason(code: "processor-failed", text: "it cannot do it"))
        }
        let isBroken = fleet.faults.happens(.outputsBroken)
        if isBroken { fleet.reach.count(.outputsBroken) }
        for (name, text) in Work.outputs(of: order.claim.task, run: run)
        where !isBroken || name != "sg-review.md" {
            SimulatedDisk.write(Array((isBroken ? "" : text).utf8), to: "\(order.output)/\(name)")
        }
        return .finished
    }

    /// Lets the time of the work pass; `false` when it is to stop.
    private func rest(_ stop: StopSignal) -> Bool {
        var left = fleet.timeline.chance.number(200...8000)
        if fleet.faults.happens(.slowWork) {
            fleet.reach.count(.slowWork)
            left = fleet.timeline.chance.number(30_000...150_000)
        }
        while left > 0 {
            let part = min(left, 5000)
            fleet.pause(.milliseconds(part))
            left -= part
            if stop.isSet || fleet.turns.current?.isDoomed == true { return false }
        }
        return true
    }
}

/// The files of each stage.
enum Work {
    /// What a stage makes; no two runs make the same.
    static func outputs(of task: TaskID, run: Int) -> [(name: String, text: String)] {
        let mark = "\(task) run \(run)\n"
        return switch task.stage.rawValue {
        case "nano":
            [("candidate-list.md", "# Candidates\n\n- \(mark)"), ("de-raw-output.txt", "raw \(mark)")]
        case "sg": [("sg-review.md", "# Accepted\n\n- \(mark)\n# Rejected\n")]
        default: [("jp-final.txt", "final \(mark)")]
        }
    }
}

/// Names that are known to be well formed.
enum Known {
    static func name<Name: CheckedName>(_ text: String) -> Name {
        guard let name = Name(rawValue: text) else { preconditionFailure("\(text): \(Name.rule)") }
        return name
    }
}
