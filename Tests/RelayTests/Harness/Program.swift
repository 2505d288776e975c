import RelayCore

/// A node of the test fleet.
enum Station: String, CaseIterable, Sendable {
    case main, nano, sg, jp

    /// The node that a stage's work goes to by the fleet's route.
    var next: Station {
        switch self {
        case .main: .nano
        case .nano: .sg
        case .sg: .jp
        case .jp: .main
        }
    }

    /// Its task in the first round of `job`.
    func task(of job: String) -> String { "\(job).\(rawValue).1" }
}

/// One of the eight programs of a fleet.
struct Program: Hashable, Sendable, CustomStringConvertible {
    /// Which of a node's two programs.
    enum Part: String, CaseIterable, Sendable {
        /// `batond`
        case bus
        /// `baton consume`
        case hands
    }

    let station: Station
    let part: Part

    /// All eight, the buses first.
    static let all = Part.allCases.flatMap { part in
        Station.allCases.map { Program(station: $0, part: part) }
    }
    static let buses = all.filter { $0.part == .bus }

    static func bus(_ station: Station) -> Program { Program(station: station, part: .bus) }
    static func hands(_ station: Station) -> Program { Program(station: station, part: .hands) }

    var description: String { "\(part) of \(station)" }
}
