import Testing

/// Whole fleets of real programs; each test has eight of them, so one test runs at a time.
@Suite(.serialized, .timeLimit(.minutes(Tool.isLong ? 30 : 10))) struct RelayTests {}
