/// The id of one stage of one job in one round: `<job>.<stage>.<round>`, always a safe file name.
package struct TaskID: CheckedName {
    /// The job the task belongs to.
    package let job: JobID
    /// The stage the task is.
    package let stage: StageName
    /// The round the task belongs to.
    package let round: Round
    package static let rule = "a task id is <job>.<stage>.<round>"

    package init(job: JobID, stage: StageName, round: Round) {
        self.job = job
        self.stage = stage
        self.round = round
    }

    package var rawValue: String { "\(job.rawValue).\(stage.rawValue).\(round.number)" }

    /// Fails unless the text is exactly what `rawValue` of some task is: `a.sg.01` is no task id.
    package init?(rawValue: String) {
        let parts = rawValue.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3,
            let job = JobID(rawValue: String(Substring(parts[0]))),
            let stage = StageName(rawValue: String(Substring(parts[1]))),
            let number = Int(Substring(parts[2])), let round = Round(number),
            String(Substring(parts[2])) == String(number)
        else { return nil }
        self.init(job: job, stage: stage, round: round)
    }
}
