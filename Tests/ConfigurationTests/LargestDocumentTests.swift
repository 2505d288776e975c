import RelayCore
import RelaySeal
import RelayWire
import TestSupport
import Testing

@Suite struct LargestDocumentTests {
    private func contracts() throws -> [Contract] {
        try ["nano", "sg", "jp", "main"].map {
            try Contract(parsing: Files.read("\(repositoryRoot)/contracts/\($0).json"))
        }
    }

    private func widened(_ contract: Contract, _ pattern: String, atMost: Int) throws -> Contract {
        let entry = ContractEntry(
            names: .family(try #require(NamePattern(pattern)), atMost: atMost),
            isOptional: true,
            mediaType: "text/plain",
            bytes: 1...2,
            headings: []
        )
        return Contract(
            stage: contract.stage,
            version: 1,
            takes: [contract.takes[0], entry],
            makes: contract.makes,
            passes: contract.passes,
            claimWithin: contract.claimWithin,
            produceWithin: contract.produceWithin
        )
    }

    @Test func theShippedChainFits() throws {
        let largest = try #require(LargestDocument(of: contracts()))
        #expect(largest.stage == .main)
        #expect(largest.fault(in: "main.json") == nil)
        #expect(largest.bytes > 16 * 4096)
        #expect(largest.parts.reduce(0) { $0 + $1.bytes } < largest.bytes)
        #expect(largest.bytes - largest.parts.reduce(0) { $0 + $1.bytes } < 600)
    }

    @Test func aChainAboveTheLimitIsRefusedWithItsBiggestParts() throws {
        var chain = try contracts()
        chain[0] = try widened(chain[0], "source-[a-z]{100}[0-9]{2}", atMost: 63)
        let largest = try #require(LargestDocument(of: chain))
        let fault = try #require(largest.fault(in: "main.json"))
        #expect(largest.bytes > LargestDocument.limit)
        #expect(fault.file == "main.json" && fault.key == "takes")
        #expect(fault.value?.hasPrefix("a task document of up to \(largest.bytes) bytes") == true)
        #expect(largest.parts.first?.what.hasPrefix("16 orders of") == true)
        #expect(largest.parts.first?.what.hasSuffix("for up to 64 inputs") == true)
    }

    @Test(arguments: [1, 8, 32, 64])
    func moreFilesNeverMakeItSmaller(_ count: Int) throws {
        var chain = try contracts()
        chain[0] = try widened(chain[0], "source-[0-9]{2}", atMost: count)
        let fewer = try #require(LargestDocument(of: chain))
        chain[0] = try widened(chain[0], "source-[0-9]{2,3}", atMost: count)
        let longer = try #require(LargestDocument(of: chain))
        #expect(longer.bytes > fewer.bytes)
    }

    @Test func noContractsMakeNoDocument() { #expect(LargestDocument(of: []) == nil) }
}
