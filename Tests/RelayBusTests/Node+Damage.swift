import Foundation
import RelayCore
import RelayLedger
import RelaySeal
import RelayWire
import TestSupport

/// What tests do to a node's files behind its back.
extension Node {
    func remove(_ path: String) throws { try Files.remove(configuration.data + "/" + path) }

    /// Puts a symbolic link to `target` in the place of a file.
    func link(_ path: String, to target: String) throws {
        try remove(path)
        let data = configuration.data + "/"
        try FileManager.default.createSymbolicLink(atPath: data + path, withDestinationPath: data + target)
    }
}
