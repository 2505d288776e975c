import Testing

@testable import RelayCore

@Suite struct RouteTests {
    private func legs(_ text: String) throws -> [Route.Leg] {
        try text.split(separator: " ").map { pair in
            let parts = pair.split(separator: "@").map(String.init)
            let stage = try #require(StageName(rawValue: parts[0]))
            return Route.Leg(stage: stage, node: try #require(NodeName(rawValue: parts[1])))
        }
    }

    @Test(
        arguments: [
            "nano@nano sg@sg jp@jp main@main", "sg@a main@b", "nano@main sg@main jp@main main@main",
            (1...15).map { "s\($0)@n" }.joined(separator: " ") + " main@n",
        ]
    )
    func aRouteEndsAtMainAndHasEachStageOnce(_ text: String) throws {
        let legs = try legs(text)
        #expect(Route(legs: legs)?.legs == legs)
    }

    @Test(
        arguments: [
            "", "main@main", "nano@nano", "nano@nano sg@sg", "main@main nano@nano", "sg@a sg@b main@main",
            "main@main main@main", "main@a nano@b main@a",
            (1...16).map { "s\($0)@n" }.joined(separator: " ") + " main@n",
        ]
    )
    func anythingElseIsNoRoute(_ text: String) throws {
        let legs = try legs(text)
        #expect(Route(legs: legs) == nil)
    }

    @Test(
        arguments: [
            ("nano", 0, "alpha", "main-1", "sg"), ("sg", 1, "beta", "alpha", "jp"),
            ("jp", 2, "gamma", "beta", "main"),
            ("main", 3, "main-1", "gamma", nil), ("other", nil, nil, nil, nil),
        ] as [(String, Int?, String?, String?, String?)]
    )
    func eachStageKnowsItsNeighbours(_ row: (String, Int?, String?, String?, String?)) throws {
        let route = try #require(Route(legs: legs("nano@alpha sg@beta jp@gamma main@main-1")))
        let stage = try #require(StageName(rawValue: row.0))
        #expect(route.orderer.rawValue == "main-1")
        #expect(route.position(of: stage) == row.1)
        #expect(route.node(of: stage)?.rawValue == row.2)
        #expect(route.feeder(of: stage)?.rawValue == row.3)
        #expect(route.successor(of: stage)?.stage.rawValue == row.4)
    }
}
