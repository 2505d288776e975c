import RelayCore
import RelayWire

/// An embedded processor, run in the thread of the working lane.
package struct BuiltinProcessor: Processor {
    private let processor: any EmbeddedProcessor
    package let label: String

    /// The processor of the name `nano`, `sg` or `jp`.
    package init(_ processor: any EmbeddedProcessor, name: String) {
        self.processor = processor
        self.label = "builtin:\(name)"
    }

    package func run(_ order: WorkOrder, meter: ProgressMeter, stop: StopSignal) -> ProcessorOutcome {
        meter.watchThisThread()
        let task = order.claim.task
        let space = Workspace(
            input: order.input,
            output: order.output,
            job: task.job.rawValue,
            round: task.round.number
        )
        do {
            try processor.run(in: space)
            return stop.isSet ? .stopped : .finished
        } catch {
            return .failed(
                Reason(code: "processor-failed", text: PlainText.clipped("\(label): \(error)", atMost: 3000))
            )
        }
    }
}
