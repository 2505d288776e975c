import Testing

@testable import RelayCore

@Suite struct SuggestionTests {
    @Test(
        arguments: [
            ("brief.md", ["brief.md"], "brief.md"), ("BRIEF.MD", ["brief.md"], "brief.md"),
            ("breif.md", ["brief.md", "chief.md"], "brief.md"), ("b", ["a"], nil), ("abc", ["abd"], "abd"),
            ("abc", ["axd"], nil), ("", ["a"], nil), ("a", [], nil),
            ("candidates.md", ["candidate-list.md"], "candidate-list.md"),
            ("candidate_list.md", ["de-raw-output.txt", "candidate-list.md"], "candidate-list.md"),
            ("xab", ["yab", "zab"], "yab"), ("xab", ["zab", "yab"], "zab"),
            (String(repeating: "a", count: 5000), [String(repeating: "b", count: 5000)], nil),
        ] as [(String, [String], String?)]
    )
    func theNearestWithinAThirdIsSuggested(_ row: (String, [String], String?)) {
        #expect(Suggestion.nearest(to: row.0, among: row.1) == row.2)
    }

    @Test(
        arguments: [
            ("", "", 0), ("a", "", 1), ("", "abc", 3), ("kitten", "sitting", 3), ("flaw", "lawn", 2),
            ("ab", "ba", 2),
            ("intention", "execution", 5), ("same", "same", 0),
        ]
    )
    func theDistanceIsLevenshteins(_ row: (String, String, Int)) {
        #expect(Suggestion.editDistance(Array(row.0.utf8), Array(row.1.utf8)) == row.2)
        #expect(Suggestion.editDistance(Array(row.1.utf8), Array(row.0.utf8)) == row.2)
    }

    @Test func theDistanceObeysItsBoundsAndTheTriangle() {
        var random = SeededGenerator(seed: 8)
        func word() -> [UInt8] { random.bytes(Int.random(in: 0...7, using: &random), of: Array("abc".utf8)) }
        for _ in 0..<1000 {
            let (one, two, three) = (word(), word(), word())
            let distance = Suggestion.editDistance(one, two)
            #expect(distance >= abs(one.count - two.count))
            #expect(distance <= max(one.count, two.count))
            #expect((distance == 0) == (one == two))
            #expect(distance <= Suggestion.editDistance(one, three) + Suggestion.editDistance(three, two))
        }
    }
}
