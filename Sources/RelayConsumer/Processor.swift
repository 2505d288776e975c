package import RelayCore
package import RelayWire

/// One run of a processor: for which claim, with which contract, in which directories.
package struct WorkOrder: Hashable, Sendable {
    /// The claim it belongs to.
    package let claim: Claim
    /// The file of the stage's contract, absolute.
    package let contractPath: String
    /// `<data>/work/<task>.<epoch>`; below it are `in` and `out`.
    package let directory: String
    /// Where what the processor prints is kept.
    package let log: String

    package init(claim: Claim, contractPath: String, directory: String, log: String) {
        self.claim = claim
        self.contractPath = contractPath
        self.directory = directory
        self.log = log
    }

    /// The directory of the inputs.
    package var input: String { directory + "/in" }

    /// The directory of the outputs.
    package var output: String { directory + "/out" }
}

/// How a run ended.
package enum ProcessorOutcome: Hashable, Sendable {
    /// By itself, with success; the outputs are still to be checked.
    case finished
    /// It asks for another try later (exit status 75).
    case again(String)
    /// It cannot do it.
    case failed(Reason)
    /// The stop came first; nothing of it is left running.
    case stopped
}

/// What turns the files of `in` into the files of `out`.
package protocol Processor: Sendable {
    /// Its name in the evidence, such as `builtin:nano`.
    var label: String { get }

    /// Runs to the end or until `stop`, and leaves no process behind.
    func run(_ order: WorkOrder, meter: ProgressMeter, stop: StopSignal) -> ProcessorOutcome
}
