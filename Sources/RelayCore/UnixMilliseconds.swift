/// A moment of the wall clock in milliseconds since 1970-01-01T00:00:00Z; for records, not for waiting.
package struct UnixMilliseconds: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The count of milliseconds; negative before 1970.
    package let value: Int64

    package init(_ value: Int64) { self.value = value }

    /// Moves the moment by whole milliseconds of `duration`; further digits are dropped, and the ends are not passed.
    package func advanced(by duration: Duration) -> UnixMilliseconds {
        UnixMilliseconds(Int64(clamping: Int128(value) + Int128(duration.milliseconds)))
    }

    package static func < (left: Self, right: Self) -> Bool { left.value < right.value }

    /// RFC 3339 in UTC with milliseconds: `2026-11-20T09:33:48.000Z`.
    ///
    /// The form has the years 0000 to 9999; a moment outside them is written as the nearest inside.
    package var rfc3339: String {
        let value = min(max(value, -62_167_219_200_000), 253_402_300_799_999)
        let days = (value >= 0 ? value : value - 86_399_999) / 86_400_000
        var rest = value - days * 86_400_000
        let (year, month, day) = Self.civil(fromDays: days)
        let millisecond = rest % 1000
        rest /= 1000
        let date = Self.padded(year, 4) + "-" + Self.padded(month, 2) + "-" + Self.padded(day, 2)
        let time =
            Self.padded(rest / 3600, 2) + ":" + Self.padded(rest / 60 % 60, 2) + ":"
            + Self.padded(rest % 60, 2)
        return date + "T" + time + "." + Self.padded(millisecond, 3) + "Z"
    }

    /// Reads exactly the form that `rfc3339` writes; anything else, and a date that does not exist, fails.
    package init?(rfc3339 text: String) {
        let digits = Array(text.utf8)
        guard digits.count == 24 else { return nil }
        func number(_ range: Range<Int>) -> Int64? {
            var sum: Int64 = 0
            for byte in digits[range] {
                guard ByteRules.isDigit(byte) else { return nil }
                sum = sum * 10 + Int64(byte - 0x30)
            }
            return sum
        }
        guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
            let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
            let millisecond = number(20..<23),
            (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 60
        else { return nil }
        let days = Self.days(year: year, month: month, day: day)
        self.value = (days * 86_400 + hour * 3600 + minute * 60 + second) * 1000 + millisecond
        guard rfc3339 == text else { return nil }
    }

    package var description: String { rfc3339 }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
    }

    // The two conversions count in eras of 400 years from 1 March, as in Howard Hinnant's
    // "chrono-Compatible Low-Level Date Algorithms".
    private static func civil(fromDays days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let ofEra = shifted - era * 146_097
        let yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * ofYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, ofYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let ofYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + ofYear - 719_468
    }
}

extension Duration {
    /// Whole milliseconds; further digits are dropped, and what 64 bits cannot hold is their nearest end.
    package var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return Int64(clamping: Int128(seconds) * 1000 + Int128(attoseconds / 1_000_000_000_000_000))
    }
}
