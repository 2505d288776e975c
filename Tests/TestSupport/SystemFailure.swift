import Foundation

/// A call of the operating system that failed.
package struct SystemFailure: Error, Equatable, CustomStringConvertible {
    /// The value of `errno`, or what the call returned instead.
    package let code: Int32
    /// What was tried, on what.
    package let during: String

    /// The failure of the call that has just returned, unless `code` says otherwise.
    package init(code: Int32 = errno, during: String) {
        self.code = code
        self.during = during
    }

    package var description: String { "\(during): \(String(cString: strerror(code))) (\(code))" }
}

/// What was waited for did not come in time, or cannot come any more.
package struct WaitFailure: Error, Equatable, CustomStringConvertible {
    /// What was waited for, why it did not come, and what was seen instead.
    package let description: String

    package init(_ description: String) { self.description = description }
}
