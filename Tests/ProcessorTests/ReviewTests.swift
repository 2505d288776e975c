import Foundation
import RelayConsumer
import SGConsumer
import Testing

/// sg on lists that people and other programs made.
@Suite struct ReviewTests {
    private static let raw = """
        [P1] source-01.md, lines 1-2; under Pumps
        > The pump in the cellar starts when the water
        > is ten centimetres high.

        [P2] source-02.md, line 9
        > The pump is tested on the first Monday of every month by the caretaker.

        [P3] source-02.md, line 11
        > The pump is tested on the first Monday of every month by the caretaker, who notes the result.

        [P4] source-02.md, line 13
        > Parcels are kept at the front desk until eight in the evening.
        """

    /// An entry, where it must end up, and a part of the reason.
    static let verdicts: [(entry: String, section: String, reason: String)] = [
        (
            "- [P1] source-01.md, lines 1-2; rank 1\n  > The pump in the cellar starts when the water\n  > is ten centimetres high.",
            "Accepted", "backed by P1"
        ),
        (
            "- The pump in the cellar starts when the   water is ten centimetres high.", "Accepted",
            "backed by P1"
        ),
        (
            "- “The pump in the cellar starts when the water is ten centimetres high.” [P1]", "Accepted",
            "backed by P1"
        ),
        ("1. P1: The pump in the cellar starts when the water", "Accepted", "backed by P1"),
        ("- [x] The pump in the cellar starts when the water", "Accepted", "backed by P1"),
        ("- [P1]", "Accepted", "backed by P1"),
        ("> The pump in the cellar starts when the water", "Accepted", "backed by P1"),
        ("- The pump in the cellar […] is ten centimetres high. [P1]", "Accepted", "backed by P1"),
        ("- [P1] The pump in the cellar starts by itself every night.", "Rejected", "not backed"),
        ("- The pump costs nine hundred euros a year. [P2]", "Rejected", "not backed"),
        ("- [P2] The pump in the cellar starts when the water", "Rejected", "does not stand in P2 but in P1"),
        ("- [P77] The pump in the cellar starts when the water", "Rejected", "no passage P77"),
        ("- [P77]", "Rejected", "no passage P77"),
        ("- The pump", "Rejected", "too thin"),
        ("- [P4]", "Rejected", "off the brief"),
        ("Somebody should look at the pump.", "Rejected", "not a candidate"),
        ("| P1 | The pump in the cellar |", "Rejected", "not a candidate"),
    ]

    @Test(arguments: verdicts.indices)
    func anEntryIsJudgedByWhatTheRawOutputHolds(_ index: Int) throws {
        let (entry, section, reason) = Self.verdicts[index]
        let list = "# My list\n\n## Candidates\n\n### When does the pump in the cellar start?\n\n\(entry)\n"
        let chain = try Chain(list: list, raw: Self.raw)
        let (other, count) = section == "Accepted" ? ("Rejected", 1) : ("Accepted", 0)
        #expect(chain.reviewed(section).contains(reason), "\(chain.review)")
        #expect(!chain.reviewed(other).contains("\n- "), "\(chain.review)")
        #expect(chain.review.contains("1 candidate: \(count) accepted"))
    }

    @Test func aNearDuplicateIsRejectedAndItsQuestionIsNotLost() throws {
        let list = """
            # Candidates
            ## Question 1: When is the pump tested?
            - [P2]
            ## Question 2: Who is the caretaker of the pump?
            - [P3]
            """
        let chain = try Chain(list: list, raw: Self.raw)
        #expect(chain.reviewed("Rejected").contains("near-duplicate of P2"))
        #expect(chain.reviewed("Accepted").contains("also question 2"))
        #expect(chain.final.contains("rejected P3: near-duplicate of P2"))
    }

    /// Two texts of like words that do not say the same.
    @Test(arguments: [
        ("The lake rises.", "The lake rises by a hand a year since the dam of the upper valley was closed."),
        (
            "The lake in the upper valley behind the old dam near the mill has a depth of 40 metres.",
            "The lake in the upper valley behind the old dam near the mill has a depth of 45 metres."
        ),
        (
            "The lake in the upper valley behind the old dam near the mill rises again in spring.",
            "The lake in the upper valley behind the old dam near the mill never rises again in spring."
        ),
    ])
    func whatSaysMoreOrOtherwiseIsNoDuplicate(_ one: String, _ other: String) throws {
        let raw =
            "[P1] a.md, line 1\n> \(one) Yes, it is so.\n\n[P2] b.md, line 1\n> \(other) Yes, it is so.\n"
        let list = "# Candidates\n## Question 1: How is the lake?\n- [P1]\n- [P2]\n"
        let chain = try Chain(list: list, raw: raw)
        #expect(chain.review.contains("2 candidates: 2 accepted"), "\(chain.review)")
    }

    @Test func whatStandsOutsideTheSectionIsCountedAndNotTaken() throws {
        let list =
            "# Notes\n\n- a note on the pump\n\n# Candidates\n\n- [P1]\n\n# More\n\n> a quote of the pump\n"
        let chain = try Chain(list: list, raw: Self.raw)
        #expect(chain.review.contains("1 candidate: 1 accepted"))
        #expect(chain.review.contains("2 list items or quotes outside the section Candidates"))
    }

    @Test func aRawOutputWithoutPassagesIsSearchedByParagraphs() throws {
        let raw = "Notes\n\nThe boiler is checked in autumn by the\ncompany from the next town.\n"
        let list = "## Candidates\n\n- The boiler is checked in autumn by the company from the next town.\n"
        let chain = try Chain(list: list, raw: raw)
        #expect(chain.reviewed("Accepted").contains("[R2] de-raw-output.txt, lines 3-4"))
        #expect(chain.final.contains("The boiler is checked in autumn"))
    }

    @Test func aListOfManyThousandEntriesKeepsTheReviewWithinItsLimit() throws {
        let entry = "- " + String(repeating: "é", count: 150) + " pump pump pump pump\n"
        let list = "# Candidates\n" + String(repeating: entry, count: 3100)
        let chain = try Chain(list: String(list), raw: Self.raw)
        #expect(chain.review.utf8.count <= 1_048_576)
        #expect(chain.review.contains("the last 100 entries of the list"))
    }

    @Test func aMissingInputIsRefusedByName() throws {
        #expect(throws: ProcessorRefusal.self) {
            try Chain.outputs(of: SGProcessor(), ["candidate-list.md": Array("# Candidates\n".utf8)])
        }
    }
}
