import Foundation

#if canImport(Darwin)
    import Darwin
#endif

/// The top directory of the checkout this was built from.
package let repositoryRoot: String = {
    let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
    return parts.dropLast(3).joined(separator: "/")
}()

/// The path of an executable product of the package, built together with the running tests.
///
/// - Throws: `MissingProduct` when there is none of that name next to the test bundle.
package func builtProduct(_ name: String) throws -> String {
    let directory = productsDirectory()
    let path = "\(directory)/\(name)"
    guard FileManager.default.isExecutableFile(atPath: path) else {
        throw MissingProduct(name: name, directory: directory)
    }
    return path
}

/// A product of the package that was looked for and is not built.
package struct MissingProduct: Error, Equatable, CustomStringConvertible {
    /// The product.
    package let name: String
    /// Where it should be.
    package let directory: String

    package var description: String {
        "no executable \(name) in \(directory); build it with: swift build --build-tests"
    }
}

/// The directory of the running test bundle.
private func productsDirectory() -> String {
    #if canImport(Darwin)
        var info = Dl_info()
        let known = dladdr(#dsohandle, &info) != 0 ? info.dli_fname.map { String(cString: $0) } : nil
        var path = known ?? CommandLine.arguments[0]
        // …/debug/batonPackageTests.xctest/Contents/MacOS/batonPackageTests
        if let bundle = path.range(of: ".xctest/") { path = String(path[..<bundle.lowerBound]) }
    #else
        let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let path = own ?? CommandLine.arguments[0]
    #endif
    return path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
}
