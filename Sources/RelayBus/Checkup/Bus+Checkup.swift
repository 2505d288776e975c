package import RelayCore
import RelayDepot
import RelayLedger
import RelaySeal
package import RelayWire

/// A look at a node whose bus does not run, under its lock.
extension Bus {
    /// What is wrong with the node; with `repairs`, after doing what a start would do behind `ready`.
    ///
    /// Without `repairs` nothing is made or changed, but that SQLite brings the ledger's log in order.
    ///
    /// - Throws: `BusError.inUse` while a bus runs.
    package static func check(
        _ configuration: NodeConfiguration,
        repairs: Bool,
        now: @escaping @Sendable () -> UnixMilliseconds
    ) throws(BusError) -> [NodeFault] {
        let rights = RightsCheck(data: configuration.data)
        var faults = MachineCheck(configuration: configuration).faults
        guard repairs || rights.isComplete else { return rights.faults + faults }
        let found = repairs ? [] : rights.faults
        let depot = try BusError.catching {
            try repairs ? Depot(data: configuration.data) : Depot(existing: configuration.data)
        }
        do throws(LedgerError) {
            let ledger = try Ledger(path: configuration.data + "/ledger.sqlite", now: now)
            let house = Housekeeping(configuration, depot, ledger, now: now)
            faults += keyFaults(configuration, depot)
            if repairs { Recovery(house: house, audit: AuditTrail(depot: depot, ledger: ledger)).run() }
            faults += (repairs ? rights.faults : found) + Checkup(house: house, settle: {}).faults()
        } catch {
            faults += found
            faults.append(
                NodeFault(
                    "ledger",
                    configuration.data + "/ledger.sqlite",
                    "it cannot be opened: \(error)",
                    why: "the ledger is the only truth of the node",
                    fix: Checkup.isLost
                )
            )
        }
        return faults
    }
}

extension Bus {
    /// What is wrong with the node's key.
    static func keyFaults(_ configuration: NodeConfiguration, _ depot: Depot) -> [NodeFault] {
        do throws(BusError) {
            _ = try key(in: depot, configuration)
            return []
        } catch {
            return [
                NodeFault(
                    "key",
                    depot.data + "/key.pem",
                    error.description,
                    why: "without the key that the others know it by nothing the node says counts",
                    fix: "do what the sentence says, and start the bus again"
                )
            ]
        }
    }
}

extension Housekeeping {
    /// With changes made at once, as nobody else makes any.
    fileprivate init(
        _ configuration: NodeConfiguration,
        _ depot: Depot,
        _ ledger: Ledger,
        now: @escaping @Sendable () -> UnixMilliseconds
    ) {
        let notary = Notary(
            configuration: configuration,
            depot: depot,
            // Nothing is signed here, so that a node whose key is lost can be looked at, too.
            key: SigningKey.generate(),
            isAlive: LocalProcesses.isAlive,
            random: { 0 },
            hasRoom: { true }
        )
        self.init(notary: notary, ledger: ledger, log: BusLog(depot: depot, now: now)) {
            (change) throws(LedgerError) in
            let changes = [change]
            return try ledger.commit(changes) { () throws(LedgerError) in try notary.prepareCommit() }[0]
                .get()
        }
    }
}
