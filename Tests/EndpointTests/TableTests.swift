import Testing

/// The tables as a whole.
@Suite struct TableTests {
    static let count =
        FramingTests.count + PathTests.count + UploadTests.count + MultipartTests.count + DocumentTests.count
        + SenderTests.count + RelayTests.count + ControlTests.count + StatusTests.count + LimitTests.count
        + MainTests.count

    @Test func thereAreManyRows() {
        #expect(Self.count >= 600)
        print("endpoint tables: \(Self.count) rows")
    }
}
