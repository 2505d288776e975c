import RelayCore
import RelayWire
import TestSupport
import Testing

/// Every key that the readers know is in the READMEs, and every key there is known.
@Suite struct ReadmeTests {
    @Test(
        arguments: [
            ("The role file", RoleFile.keys), ("processor", ProcessorSetting.keys),
            ("limits", NodeLimits.keys),
            ("The fleet file", FleetFile.keys), ("A node of the fleet", FleetFile.Node.keys),
            ("A key of a node", FleetFile.Key.keys),
        ]
    )
    func theKeysOfRolesAndFleetAreDocumented(_ row: (heading: String, keys: [String])) throws {
        try check("roles", row.heading, row.keys)
    }

    @Test(arguments: [("The file", Contract.keys), ("An entry", ContractEntry.keys)])
    func theKeysOfContractsAreDocumented(_ row: (heading: String, keys: [String])) throws {
        try check("contracts", row.heading, row.keys)
    }

    private func check(_ folder: String, _ heading: String, _ keys: [String]) throws {
        let readme = ReadmeTables(try Files.readText("\(repositoryRoot)/\(folder)/README.md"))
        let table = try #require(readme.tables.first { $0.heading == heading })
        #expect(table.head == ["key", "type", "unit", "default", "rule", "example"])
        #expect(table.rows.map { $0[0] }.sorted() == keys.sorted())
        for row in table.rows {
            #expect(
                !row[1].isEmpty && !row[3].isEmpty || row[0] == "builtin" || row[0] == "command",
                "\(row)"
            )
        }
    }

    @Test func theExampleOfAContractIsOne() throws {
        let text = try Files.readText("\(repositoryRoot)/contracts/README.md")
        let example = try #require(
            text.split(separator: "```json").dropFirst().first?.split(separator: "```").first
        )
        let contract = try Contract(parsing: Array(example.utf8))
        #expect(contract == (try Contract(parsing: Files.read("\(repositoryRoot)/contracts/sg.json"))))
    }

    @Test func theTableOfTheChainIsThatOfTheContracts() throws {
        let readme = ReadmeTables(try Files.readText("\(repositoryRoot)/contracts/README.md"))
        let table = try #require(readme.tables.first { $0.head == ["stage", "takes", "makes", "hands on"] })
        #expect(table.rows.map { $0[0] } == ["nano", "sg", "jp", "main"])
        for row in table.rows {
            let contract = try Contract(parsing: Files.read("\(repositoryRoot)/contracts/\(row[0]).json"))
            for case .exactly(let name) in contract.makes.map(\.names) {
                #expect(row[2].contains("`\(name)`"))
            }
        }
    }
}
