import RelayDepot
import RelaySeal
import RelayWire

/// The keys in a node's data directory, and the line of `fleet.json` that tells the others.
struct NodeKeys {
    /// The public keys, the one in use first.
    let publicKeys: [PublicKey]

    /// Makes the data directory with what a node has in it, and the key that is missing; keys that are there stay.
    ///
    /// The parent of `data` must be there.
    ///
    /// - Parameters:
    ///   - data: the data directory.
    ///   - addsNext: whether the key that is to follow the present one is to be made, too.
    /// - Throws: `Failure` when something cannot be made, or a key is there that cannot be used.
    init(in data: String, addsNext: Bool = false) throws {
        do throws(DepotError) {
            let depot = try Depot(data: data)
            var keys = [try Self.key(.current, in: depot, isMade: true)]
            keys.append(try Self.key(.next, in: depot, isMade: addsNext))
            publicKeys = keys.compactMap(\.self)
        } catch {
            throw Failure(error.isRefusal ? .configuration : .cannotCreate, error.description)
        }
    }

    private static func key(
        _ which: Depot.KeyFile,
        in depot: Depot,
        isMade: Bool
    ) throws(DepotError) -> PublicKey? {
        let bytes: [UInt8]
        do throws(DepotError) {
            bytes = try depot.key(which)
        } catch .missing {
            guard isMade else { return nil }
            let key = SigningKey.generate()
            try depot.writeKey(key.pem, as: which)
            return key.publicKey
        }
        do throws(KeyError) {
            return try SigningKey(pem: bytes).publicKey
        } catch {
            throw .unusableKey("\(depot.data)/\(which.rawValue)", error.description)
        }
    }

    /// The node's member of `nodes` in `fleet.json`.
    func line(_ node: String, address: String, role: String) -> JSON.Member {
        .init(
            node,
            .members([
                "address": .string(address), "role": .string(role),
                "keys": .array(publicKeys.map { .members(["key": .string($0.description)]) }),
            ])
        )
    }
}
