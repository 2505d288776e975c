import Testing

@testable import RelayCore

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite struct UnixMillisecondsTests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (1, "1970-01-01T00:00:00.001Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (-86_400_000, "1969-12-31T00:00:00.000Z"), (-86_400_001, "1969-12-30T23:59:59.999Z"),
            (86_399_999, "1970-01-01T23:59:59.999Z"), (86_400_000, "1970-01-02T00:00:00.000Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"), (951_868_800_000, "2000-03-01T00:00:00.000Z"),
            (1_709_164_800_000, "2024-02-29T00:00:00.000Z"), (1_735_603_200_000, "2024-12-31T00:00:00.000Z"),
            (2_147_483_647_999, "2038-01-19T03:14:07.999Z"), (2_147_483_648_000, "2038-01-19T03:14:08.000Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"), (4_107_456_000_000, "2100-02-28T00:00:00.000Z"),
            (-2_203_891_200_000, "1900-03-01T00:00:00.000Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
            (-62_135_596_800_000, "0001-01-01T00:00:00.000Z"),
            (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"),
            (-62_162_121_600_000, "0000-02-29T00:00:00.000Z"),
            (1_795_167_228_000, "2026-11-20T09:33:48.000Z"),
        ] as [(Int64, String)]
    )
    func aMomentIsWrittenAndReadAsTheSameText(_ row: (Int64, String)) {
        #expect(UnixMilliseconds(row.0).rfc3339 == row.1)
        #expect(UnixMilliseconds(rfc3339: row.1)?.value == row.0)
    }

    @Test(
        arguments: [
            "", "2026-11-20", "2026-11-20T09:33:48Z", "2026-11-20T09:33:48.0Z", "2026-11-20T09:33:48.0000Z",
            "2026-11-20T09:33:48.000", "2026-11-20T09:33:48.000z", "2026-11-20t09:33:48.000Z",
            "2026-11-20 09:33:48.000Z", "2026-11-20T09:33:48,000Z", "2026-11-20T09:33:48.000+00:00",
            "2026-11-20T09:33:48.00+Z", "2026-11-20T09:33:+8.000Z", "+026-11-20T09:33:48.000Z",
            "-026-11-20T09:33:48.000Z", "2026-00-20T09:33:48.000Z", "2026-13-20T09:33:48.000Z",
            "2026-11-00T09:33:48.000Z", "2026-11-31T09:33:48.000Z", "2026-02-29T09:33:48.000Z",
            "2024-02-30T09:33:48.000Z", "2100-02-29T00:00:00.000Z", "1900-02-29T00:00:00.000Z",
            "2026-01-32T00:00:00.000Z", "2026-04-31T00:00:00.000Z", "2026-11-20T24:00:00.000Z",
            "2026-11-20T23:60:00.000Z", "2026-11-20T23:59:60.000Z", "2016-12-31T23:59:60.000Z",
            "2026/11/20T09:33:48.000Z", "2026-11-20T09.33.48.000Z", " 2026-11-20T09:33:48.000Z",
            "2026-11-20T09:33:48.000Z ", "2026-11-20T09:33:48.000Z\n", "2026-11-20T09:33:48.000Z\u{0}",
            "\u{FF12}26-11-20T09:33:48.000Z", "2026-11-20T09:33:48.000\u{301}", "10000-01-01T00:00:00.00Z",
            "2026-11-20T09:33:4\u{0}.000Z", "2026-11-20T 9:33:48.000Z", "20261120T09:33:48.000000Z",
        ]
    )
    func anyOtherFormAndAnyImpossibleDateIsRefused(_ text: String) {
        #expect(UnixMilliseconds(rfc3339: text) == nil)
    }

    @Test func aSweepAgreesWithTheSystemsCalendar() {
        var random = SeededGenerator(seed: 1)
        for _ in 0..<5000 {
            let value = Int64.random(in: -62_167_219_200_000...253_402_300_799_999, using: &random)
            let moment = UnixMilliseconds(value)
            #expect(moment.rfc3339 == systemText(value), "\(value)")
            #expect(UnixMilliseconds(rfc3339: moment.rfc3339) == moment, "\(value)")
        }
    }

    @Test func everyDayOfFourCenturiesFollowsTheOneBefore() {
        var expected: Int64 = 946_684_800_000
        for year in 2000..<2400 {
            let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
            for (month, days) in [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31].enumerated() {
                for day in 1...31 {
                    let date = "\(year)-\(padded(month + 1))-\(padded(day))T00:00:00.000Z"
                    #expect(
                        UnixMilliseconds(rfc3339: date)?.value == (day <= days ? expected : nil),
                        "\(date)"
                    )
                    if day <= days { expected += 86_400_000 }
                }
            }
        }
    }

    @Test(
        arguments: [
            (.max, "9999-12-31T23:59:59.999Z"), (253_402_300_800_000, "9999-12-31T23:59:59.999Z"),
            (.min, "0000-01-01T00:00:00.000Z"), (-62_167_219_200_001, "0000-01-01T00:00:00.000Z"),
        ] as [(Int64, String)]
    )
    func aMomentOutsideTheYearsOfTheFormIsWrittenAsTheNearestInside(_ row: (Int64, String)) {
        #expect(UnixMilliseconds(row.0).rfc3339 == row.1)
    }

    @Test(
        arguments: [
            (0, .milliseconds(5), 5), (0, .seconds(-1), -1000), (10, .microseconds(1999), 11),
            (10, .microseconds(-1999), 9), (10, .nanoseconds(999_999), 10), (.max, .milliseconds(1), .max),
            (.min, .milliseconds(-1), .min), (0, .seconds(Int64.max), .max), (0, .seconds(Int64.min), .min),
        ] as [(Int64, Duration, Int64)]
    )
    func aMomentMovesByWholeMillisecondsAndStopsAtTheEnds(_ row: (Int64, Duration, Int64)) {
        #expect(UnixMilliseconds(row.0).advanced(by: row.1).value == row.2)
    }

    private func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    /// What `gmtime_r` and `strftime` say.
    private func systemText(_ value: Int64) -> String {
        let millisecond = (value % 1000 + 1000) % 1000
        var seconds = time_t((value - millisecond) / 1000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        let year = Int(parts.tm_year) + 1900
        let date = [year / 100, year % 100].map(padded).joined()
        let day = [Int(parts.tm_mon) + 1, Int(parts.tm_mday)].map(padded).joined(separator: "-")
        let clock = [parts.tm_hour, parts.tm_min, parts.tm_sec].map { padded(Int($0)) }.joined(separator: ":")
        return "\(date)-\(day)T\(clock).\(millisecond < 100 ? "0" : "")\(padded(Int(millisecond)))Z"
    }

    @Test func theDateOfHTTPIsRead() {
        let date = UnixMilliseconds(httpDate: "Fri, 20 Nov 2026 09:33:48 GMT")
        #expect(date == UnixMilliseconds(rfc3339: "2026-11-20T09:33:48.000Z"))
        #expect(
            UnixMilliseconds(httpDate: "Sun, 01 Feb 2026 00:00:00 GMT")?.rfc3339 == "2026-02-01T00:00:00.000Z"
        )
    }

    @Test(
        arguments: [
            "", "Friday, 20-Nov-26 09:33:48 GMT", "Fri Nov 20 09:33:48 2026", "Fri, 20 Nov 2026 09:33:48 UTC",
            "Fri, 31 Feb 2026 09:33:48 GMT", "Fri, 20 nov 2026 09:33:48 GMT",
            "Fri,  20 Nov 2026 09:33:48 GMT",
            "Fri, 20 Nov 2026 09:33:48 GMT ", "20 Nov 2026 09:33:48 GMT",
        ]
    )
    func whatIsNoDateOfHTTPIsRefused(text: String) { #expect(UnixMilliseconds(httpDate: text) == nil) }
}
