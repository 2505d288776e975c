import RelayCore
import Testing

/// Makes chains of contracts, and files for them, from a few names that collide often.
private struct ChainMaker {
    var random: SeededGenerator
    /// The names of a stage begin with its letter, mostly, as names must be unique in a job.
    private static let letters = ["o", "t", "h"]
    private static let exact = ["-a.md", "-b.md", "-1", "-12"]
    private static let families = ["-[0-9]", "-[0-9]{1,2}", "-[ab][.]md", "-(1|2|a)", "-[a-c][.](md|txt)"]
    private static let pool =
        ["brief.md", "source-01.md", "source-02.txt", "source-03.md"]
        + letters.flatMap { letter in
            (exact + ["-2", "-3", "-c.md", "-a.txt", "-34"]).map { letter + $0 }
        }
    private static let headings = ["H", "I"]

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    mutating func chance(_ one: Int) -> Bool { Int.random(in: 0..<one, using: &random) == 0 }

    mutating func pick<T>(_ values: [T]) -> T { values[Int.random(in: 0..<values.count, using: &random)] }

    mutating func entry(_ letter: String) throws -> ContractEntry {
        let isFamily = chance(3)
        let low = Int64.random(in: 0...1, using: &random)
        let first = chance(15) ? pick(Self.letters) : letter
        return try ChainSample.entry(
            first + pick(isFamily ? Self.families : Self.exact),
            atMost: isFamily ? Int.random(in: 1...3, using: &random) : nil,
            isOptional: chance(3),
            type: chance(6) ? "text/plain" : "text/markdown",
            bytes: low...Int64.random(in: 2...4, using: &random),
            headings: Self.headings.filter { _ in chance(4) }
        )
    }

    /// `entry` allowing as much or more; now and then something else.
    mutating func loosened(_ entry: ContractEntry) throws -> ContractEntry {
        guard !chance(25) else { return try self.entry(pick(Self.letters)) }
        var names = entry.names
        switch names {
        case .exactly(let name) where chance(4):
            let wider = Self.letters.flatMap { letter in Self.families.map { letter + $0 } }
                .filter { NamePattern($0)?.matches(name) == true }
            if !wider.isEmpty {
                names = .family(try #require(NamePattern(pick(wider))), atMost: pick([1, 2, 3]))
            }
        case .family(let pattern, let most) where chance(2):
            let text = pattern.text.hasSuffix("-[0-9]") ? pattern.text + "{1,2}" : pattern.text
            names = .family(try #require(NamePattern(text)), atMost: most + pick([0, 1]))
        case .exactly, .family: break
        }
        let low = chance(2) ? 0 : entry.bytes.lowerBound
        let high = entry.bytes.upperBound + pick([0, 1])
        return ContractEntry(
            names: names,
            isOptional: entry.isOptional || chance(4),
            mediaType: entry.mediaType,
            bytes: low...high,
            headings: entry.headings.filter { _ in !chance(3) }
        )
    }

    /// A chain whose stages were made to fit, more or less.
    mutating func chain() throws -> ChainCheck {
        var takes = [try ChainSample.entry("brief.md", bytes: 0...4)]
        if chance(2) {
            takes.append(try ChainSample.entry("source-0[0-9][.](md|txt)", atMost: 2, isOptional: true))
        }

        var stages: [ChainCheck.Stage] = []
        for (letter, stage) in zip(Self.letters, ["one", "two", "three"]) {
            let makes = try (0...Int.random(in: 0...2, using: &random)).map { _ in try entry(letter) }
            let exact = takes.filter { if case .exactly = $0.names { true } else { false } }
            let passed = exact.filter { _ in chance(2) }
            let contract = try ChainSample.contract(
                stage,
                takes: takes,
                makes: makes,
                passes: passed.map(\.label)
            )
            stages.append(.init(contract: contract, file: "\(stage).json"))
            takes = try (passed + makes).map { try loosened($0) }.shuffled(using: &random)
            if chance(8) { takes.append(try entry(pick(Self.letters))) }
        }
        let main = try ChainSample.contract("main", takes: takes, makes: [])
        return ChainCheck(stages: stages + [.init(contract: main, file: "main.json")])
    }

    /// Files that hold `entries`, with what a family or an optional entry may or may not bring; `nil` for bad luck.
    mutating func files(for entries: [ContractEntry]) throws -> [FileFacts]? {
        var files: [FileFacts] = []
        for name in Self.pool.shuffled(using: &random) {
            let name = try #require(AttachmentName(rawValue: name))
            guard let entry = entries.first(where: { $0.allows(name) }), !entry.isOptional || chance(2) else {
                continue
            }
            if case .family = entry.names, chance(2) { continue }
            files.append(
                FileFacts(
                    name: name,
                    size: chance(2) ? entry.bytes.lowerBound : entry.bytes.upperBound,
                    digest: try #require(Digest(bytes: [UInt8](repeating: 1, count: 32))),
                    isUTF8: entry.mediaType.hasPrefix("text/") || !chance(3),
                    headings: entry.headings + (chance(3) ? ["Other"] : [])
                )
            )
        }
        return entries.verdict(on: files) == .holds ? files : nil
    }
}

@Suite struct ChainPropertyTests {
    @Test(.timeLimit(.minutes(10)), arguments: [1, 2, 3] as [UInt64])
    func whatAnAcceptedChainHandsOnIsAlwaysTaken(_ seed: UInt64) throws {
        var maker = ChainMaker(seed: seed)
        var (accepted, hops) = (0, 0)
        for number in 0..<700 {
            let chain = try maker.chain()
            guard chain.faults.isEmpty else { continue }
            accepted += 1
            for _ in 0..<8 {
                guard var files = try maker.files(for: chain.stages[0].contract.takes) else { continue }
                for (giver, taker) in zip(chain.stages, chain.stages.dropFirst()) {
                    guard let made = try maker.files(for: giver.contract.makes) else { break }
                    files = files.filter { giver.contract.passes.contains($0.name) } + made
                    let verdict = taker.contract.takes.verdict(on: files)
                    #expect(
                        verdict == .holds,
                        "seed \(seed), chain \(number), to \(taker.contract.stage): \(verdict)"
                    )
                    #expect(
                        Set(files.map(\.name.folded)).count == files.count,
                        "seed \(seed), chain \(number)"
                    )
                    hops += 1
                }
            }
        }
        #expect(accepted > 20 && hops > 150, "too few to prove anything: \(accepted) chains, \(hops) hops")
    }
}
