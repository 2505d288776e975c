import Testing

/// The table of targets against every `import` line and against `Package.swift`.
@Suite struct ImportTests {
    private static let table = TargetTable.baton

    @Test func everyImportIsInTheTargetTable() {
        let violations = Checkout.sources.flatMap(Self.table.violations)
        #expect(violations.isEmpty, "\(violations.report)")
    }

    @Test func eachCModuleIsImportedByItsOwnerAlone() throws {
        let modules = try Checkout.names(in: "Sources").filter {
            try !$0.hasSuffix(".md") && Checkout.names(in: "Sources/\($0)").contains("module.modulemap")
        }
        #expect(modules.contains("CSQLite"), "no C modules were found")
        let violations = Self.table.ownershipViolations(in: Checkout.sources, modules: modules)
        #expect(violations.isEmpty, "\(violations.report)")
    }

    @Test func theDirectoriesOfSourcesAreThoseOfTheTable() throws {
        let violations = Self.table.directoryViolations(try Checkout.names(in: "Sources"))
        #expect(violations.isEmpty, "\(violations.report)")
    }

    @Test func theManifestAgreesWithTheTable() throws {
        let manifest = Manifest(SwiftText(try Checkout.text(of: "Package.swift")))
        let violations = manifest.violations(against: Self.table, files: Checkout.sources)
        #expect(violations.isEmpty, "\(violations.report)")
    }

    @Test func whatBatondLinksStartsNoProgram() {
        let linked = Self.table.closure(of: "batond")
        #expect(linked.contains("RelaySQL") && !linked.contains("RelayClient"))
        let violations = Checkout.sources.filter { linked.contains($0.target) }
            .flatMap(WordRules.executionViolations)
        #expect(violations.isEmpty, "\(violations.report)")
    }

    /// Each row: a target, a source, and the modules refused in it.
    @Test(arguments: [
        ("RelayCore", "import FoundationEssentials\nimport Synchronization", []),
        ("RelayCore", "import Foundation", ["Foundation"]),
        ("RelayCore", "package import RelayWire", ["RelayWire"]),
        ("RelayCore", "@testable import RelayWire // why", ["RelayWire"]),
        ("RelayCore", "#if canImport(CSQLite)\n#endif", ["CSQLite"]),
        ("RelayCore", "import struct Foundation.Date", ["Foundation"]),
        ("RelayCore", "@preconcurrency package import struct CCrypto.x", ["CCrypto"]),
        ("RelayCore", "// import CCurl\nlet a = \"import CCurl\"", []),
        ("RelayClient", "import CCurl; import Foundation", []),
        ("RelayClient", "import Dispatch", ["Dispatch"]),
        ("RelaySQL", "import CCurl", ["CCurl"]),
        ("SGConsumer", "import RelaySQL\nimport RelayClient", ["RelayClient"]),
        ("baton", "import RelayDesk\nimport Foundation\nimport RelayBus", ["RelayBus"]),
        ("batond", "import CSeccomp\nimport Foundation\nimport RelayLedger", ["Foundation", "RelayLedger"]),
        ("RelayNew", "import RelayCore\nimport Foundation\nimport Glibc", ["RelayCore", "Foundation"]),
        (
            "RelayWire",
            "#if canImport(FoundationEssentials)\nimport FoundationEssentials\n#else\nimport Foundation\n#endif",
            []
        ),
        (
            "RelayWire", "#if canImport(FoundationEssentials)\nimport Foundation\n#else\n#endif",
            ["Foundation"]
        ),
        ("RelayWire", "#if os(Linux)\n#else\nimport Foundation\n#endif", ["Foundation"]),
        (
            "RelayWire",
            "#if canImport(FoundationEssentials)\n#elseif X\n#else\nimport Foundation\n#endif", ["Foundation"]
        ),
    ])
    func aPlantedImportIsRefused(target: String, source: String, refused: [String]) {
        let file = SourceFile(path: "Sources/\(target)/A.swift", source: source)
        let words = Self.table.violations(in: file).map { $0.text.split(separator: " ")[1].dropLast() }
        #expect(words.map(String.init) == refused)
    }

    /// Each row: sources by target, and what the C module `CSQLite` is then blamed for.
    @Test(arguments: [
        (["RelaySQL": "import CSQLite"], []),
        (["RelaySQL": "// nothing yet"], []),
        (["RelaySQL": "let a = 1"], ["is imported by no target, not by RelaySQL alone"]),
        (
            ["RelaySQL": "", "RelayLedger": "import CSQLite"],
            ["is imported by RelayLedger, not by RelaySQL alone"]
        ),
        (
            ["RelaySQL": "import CSQLite", "baton": "import CSQLite"],
            ["is imported by RelaySQL, baton, not by RelaySQL alone"]
        ),
    ])
    func aCModuleHasOneImporter(sources: [String: String], blame: [String]) {
        let files = sources.map { SourceFile(path: "Sources/\($0.key)/A.swift", source: $0.value) }
        #expect(Self.table.ownershipViolations(in: files, modules: ["CSQLite"]).map(\.text) == blame)
    }

    @Test func anUnknownCModuleOrDirectoryIsRefused() {
        #expect(Self.table.ownershipViolations(in: [], modules: ["CZlib"]).places == ["Sources/CZlib"])
        let names = Self.table.imports.keys.filter { $0 != "batond" } + ["CSQLite", "RelayNew", "README.md"]
        #expect(Self.table.directoryViolations(names).places == ["Sources/RelayNew", "Sources/batond"])
    }

    @Test func aPlantedDependencyInTheManifestIsRefused() {
        let table = TargetTable(
            imports: ["A": [], "B": ["A", "CX"], "c": ["B", "CX"]],
            owners: ["CX": "B"]
        )
        let manifest = Manifest(
            SwiftText(
                """
                func library(_ name: String, _ dependencies: [String] = []) -> Target { .target(name: name) }
                let all = [
                    systemLibrary("CX", "x", apt: "libx-dev"), library("A", ["B"]), // library("D")
                    .target(name: "B", dependencies: ["A", .target(name: "CX", condition: .when())], path: "Sources/B"),
                ]
                """
            )
        )
        #expect(manifest.dependencies == ["CX": [], "A": ["B"], "B": ["A", "CX"]])
        let file = SourceFile(path: "Sources/B/B.swift", source: "import A\nimport c")
        #expect(
            manifest.violations(against: table, files: [file]).map(\.description) == [
                "Package.swift: A depends on B, which the target table (design, section 9) does not allow",
                "Package.swift: no target c was found in it",
                "Sources/B/B.swift:2: imports c, which Package.swift does not give B",
            ]
        )
    }

    /// Each row: a line of code, and whether it is refused where `batond` links it.
    @Test(arguments: [
        ("let p = Process()", true), ("posix_spawn(&pid, path, nil, nil, a, b)", true),
        ("execve(a, b, c)", true),
        ("let f = dlopen", true), ("_ = popen(a, b)", true), ("system(a)", true), ("Glibc.system(a)", true),
        ("let pid = fork()", true), ("Darwin.fork", true), ("throw .system(code: 1)", false),
        ("throw FileError.system(1)", false), ("case system(code: Int32)", false), ("f(system: 1)", false),
        ("// Process()\nlet a = \"fork()\"", false), ("let processed = 1", false), ("let a = system", false),
    ])
    func aPlantedProgramStartIsRefused(source: String, refused: Bool) {
        let file = SourceFile(path: "Sources/RelayCore/A.swift", source: source)
        #expect(WordRules.executionViolations(in: file).isEmpty == !refused)
    }
}
