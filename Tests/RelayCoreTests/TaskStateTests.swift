import Testing

@testable import RelayCore

/// The table of design.md, section 4, in full: what is not here is illegal.
private let legal: [TaskState: [TaskEvent: TaskState]] = [
    .stored: [.claimed: .claimed, .blocked: .blocked, .failed: .failed, .cancelled: .cancelled],
    .claimed: [
        .claimed: .claimed, .released: .stored, .produced: .produced, .closed: .settled, .blocked: .blocked,
        .failed: .failed, .cancelled: .cancelled,
    ],
    .produced: [.handedOn: .handedOn, .blocked: .blocked, .failed: .failed, .cancelled: .cancelled],
    .handedOn: [.settled: .settled, .cancelled: .cancelled],
    .settled: [:],
    .blocked: [.resumed: .stored, .redelivered: .produced, .failed: .failed, .cancelled: .cancelled],
    .failed: [:],
    .cancelled: [:],
]

@Suite struct TaskStateTests {
    @Test(arguments: TaskState.allCases, TaskEvent.allCases)
    func everyStateAnswersEveryEventAsTheDesignSays(_ state: TaskState, _ event: TaskEvent) throws {
        let row = try #require(legal[state])
        #expect(state.next(after: event) == row[event])
    }

    @Test(arguments: TaskState.allCases)
    func onlySettledFailedAndCancelledAreFinal(_ state: TaskState) {
        #expect(state.isFinal == [.settled, .failed, .cancelled].contains(state))
    }

    @Test(arguments: TaskState.allCases)
    func aStateThatCanBlockResumesWhereTheDesignSays(_ state: TaskState) {
        let back: [TaskState: TaskState] = [.stored: .stored, .claimed: .stored, .produced: .produced]
        #expect((state.next(after: .blocked) != nil) == (state.resumption != nil))
        #expect(state.resumption.flatMap { TaskState.blocked.next(after: $0) } == back[state])
    }

    @Test func settledIsReachedOnlyByCloseFromAClaimOrAReceipt() {
        let ways = TaskState.allCases.flatMap { state in
            TaskEvent.allCases.filter { state.next(after: $0) == .settled }.map { "\(state) \($0)" }
        }
        #expect(ways == ["claimed closed", "handedOn settled"])
    }

    @Test func storedValuesDoNotChange() {
        #expect(
            TaskState.allCases.map(\.rawValue) == [
                "stored", "claimed", "produced", "handed-on", "settled", "blocked", "failed", "cancelled",
            ]
        )
        #expect(
            TaskEvent.allCases.map(\.rawValue) == [
                "claimed", "released", "produced", "handed-on", "settled", "closed", "blocked", "resumed",
                "redelivered", "failed", "cancelled",
            ]
        )
        #expect(JobState.allCases.map(\.rawValue) == ["open", "closed", "blocked", "failed", "cancelled"])
        #expect(JobState.allCases.filter(\.isFinal) == [.closed, .failed, .cancelled])
    }
}
