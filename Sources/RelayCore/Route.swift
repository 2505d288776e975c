/// Who does which stage of a job, in order; the last leg is main's, which also orders and feeds the first.
package struct Route: Hashable, Sendable {
    /// One stage and the node that does it.
    package struct Leg: Hashable, Sendable {
        /// The stage.
        package let stage: StageName
        /// The node that does it.
        package let node: NodeName

        package init(stage: StageName, node: NodeName) {
            self.stage = stage
            self.node = node
        }
    }

    /// The legs in the order of the work; at least two, no stage twice, `main` last.
    package let legs: [Leg]
    /// A route has at most this many legs.
    package static let limit = 16

    /// Fails unless the legs obey the rule of `legs`.
    package init?(legs: [Leg]) {
        guard (2...Self.limit).contains(legs.count), legs.last?.stage == .main,
            Set(legs.map(\.stage)).count == legs.count
        else { return nil }
        self.legs = legs
    }

    /// The node that ordered the job and closes it.
    package var orderer: NodeName { legs[legs.count - 1].node }

    /// The position of `stage`, `nil` when the route lacks it.
    package func position(of stage: StageName) -> Int? { legs.firstIndex { $0.stage == stage } }

    /// The node that does `stage`.
    package func node(of stage: StageName) -> NodeName? { legs.first { $0.stage == stage }?.node }

    /// The node that sends the task of `stage`: that of the leg before, or the orderer for the first.
    package func feeder(of stage: StageName) -> NodeName? {
        position(of: stage).map { $0 == 0 ? orderer : legs[$0 - 1].node }
    }

    /// The leg that takes over what `stage` made; `nil` after the last.
    package func successor(of stage: StageName) -> Leg? {
        guard let position = position(of: stage), position + 1 < legs.count else { return nil }
        return legs[position + 1]
    }
}
