import Foundation
import RelayConsumer
import Testing

/// A source as large as the contract allows, made by the test: 16 MiB with `BATON_LONG_TESTS=1`, else 4 MiB.
@Suite struct LargeSourceTests {
    private static let brief = """
        # Gauges of the river

        1. Why was the gauge at the mill of Arnbach replaced?
        2. Who reads the gauge at the ferry of Toll?
        3. When did the gauge at the old lock fail?
        4. Which bridge was painted blue?
        """
    /// What answers the questions; each stands once, at the start, in the middle and at the very end.
    private static let needles = [
        "The gauge at the mill of Arnbach was replaced because ice had bent its mast.",
        "The ferryman reads the gauge at the ferry of Toll twice a day.",
        "The gauge at the old lock failed on 3 May, when lightning struck.",
    ]

    private static var size: Int {
        (ProcessInfo.processInfo.environment["BATON_LONG_TESTS"] == "1" ? 16 : 4) << 20
    }

    /// Daily reports from stations, in paragraphs, of exactly `size` bytes.
    private static func report(_ size: Int) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(size + 200)
        bytes += "\(needles[0])\n\n".utf8
        var state: UInt32 = 20_240_314
        func next(_ bound: UInt32) -> Int {
            state = state &* 1_664_525 &+ 1_013_904_223
            return Int((state >> 8) % bound)
        }
        let last = "\n\n\(needles[2])\n"
        var isMiddleDue = true
        while bytes.count < size - last.utf8.count - 200 {
            if isMiddleDue, bytes.count > size / 2 {
                bytes += "\n\n\(needles[1])\n\n".utf8
                isMiddleDue = false
            }
            let trend = ["falls", "rises", "stands still", "is not known", "is read again tomorrow"][next(5)]
            bytes +=
                "Station \(next(9000)), day \(next(366)): the water is at \(next(700)) centimetres and \(trend)."
                .utf8
            bytes += next(6) == 0 ? "\n\n".utf8 : " ".utf8
        }
        bytes += [UInt8](repeating: 0x20, count: size - last.utf8.count - bytes.count)
        return String(decoding: bytes + Array(last.utf8), as: UTF8.self)
    }

    @Test func theFactsOfALargeSourceAreFoundWithinTheLimits() throws {
        let source = Self.report(Self.size)
        #expect(source.utf8.count == Self.size)
        let chain = try Chain(brief: Self.brief, sources: ["source-01.txt": source])
        let reading = FinalReading(chain.final)
        for (index, needle) in Self.needles.enumerated() {
            let answer = reading.answers[index]
            #expect(answer.quotes.map(\.text).contains { $0.contains(needle) }, "\(chain.final)")
            let cited = reading.sources.first { $0.number == answer.quotes.first?.citation }
            #expect(cited?.file == "source-01.txt")
        }
        #expect(reading.remark(4).contains("is not answered: "))
        #expect(reading.strays.isEmpty)
        let texts = reading.quotes.map(\.text)
        #expect(Set(texts).count == texts.count)
        for text in texts { #expect(source.contains(text), "\(text)") }
        #expect((1...16_777_216).contains(chain.raw.count))
        #expect(
            [chain.list, chain.review, chain.final].allSatisfy { (1...1_048_576).contains($0.utf8.count) }
        )
    }
}
