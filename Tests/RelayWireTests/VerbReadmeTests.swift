import RelayWire
import TestSupport
import Testing

/// `contracts/README.md` documents every verb with all its fields, and no others.
@Suite struct VerbReadmeTests {
    private let readme: ReadmeTables

    init() throws {
        readme = ReadmeTables(try Files.readText("\(repositoryRoot)/contracts/README.md"))
    }

    @Test func everyVerbHasASection() throws {
        let verbs = LocalRequest.Verb.allCases.map(\.rawValue)
        let start = try #require(readme.headings.firstIndex(of: "Local verbs"))
        #expect(Array(readme.headings[(start + 1)...]).sorted() == verbs.sorted())
    }

    @Test(arguments: bodies.indices)
    func everyFieldOfAVerbIsInItsTable(_ index: Int) throws {
        let body = bodies[index]
        let table = try #require(readme.tables.first { $0.heading == body.verb })
        #expect(table.head == ["field", "type", "needed", "meaning"])
        #expect(table.rows.map { $0[0] } == body.members.map(\.name))
        #expect(Set(table.rows.filter { $0[2] == "yes" }.map { $0[0] }) == Set(body.needs))
    }

    @Test func theCommonMembersAreThere() {
        #expect(readme.names(under: "Local verbs") == ["baton", "kind", "instance", "request"])
    }
}
