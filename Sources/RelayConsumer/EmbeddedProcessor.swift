/// Where one run of a processor finds its files and leaves its results.
package struct Workspace: Sendable {
    /// The directory of the read-only input copies; an absolute path.
    package let input: String
    /// The empty directory the outputs go to; an absolute path.
    package let output: String
    /// The id of the job the run belongs to.
    package let job: String
    /// The round of the job, from 1.
    package let round: Int

    package init(input: String, output: String, job: String, round: Int) {
        self.input = input
        self.output = output
        self.job = job
        self.round = round
    }
}

/// Why an embedded processor could not make its outputs; the text is for the person who looks at the task.
package struct ProcessorRefusal: Error, Equatable, Sendable, CustomStringConvertible {
    /// What, on what, why and what to do.
    package let description: String

    package init(_ description: String) { self.description = description }
}

/// A processor that runs inside the consumer: deterministic, without network, model or clock.
///
/// The same input files give the same output bytes on every machine.
package protocol EmbeddedProcessor: Sendable {
    /// Reads the files of `workspace.input` and leaves the stage's outputs, complete, in `workspace.output`.
    ///
    /// - Throws: `ProcessorRefusal` when the input cannot be used; whatever lies in the output directory
    ///   then is not taken.
    func run(in workspace: Workspace) throws
}
