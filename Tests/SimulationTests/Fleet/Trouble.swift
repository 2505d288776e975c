import RelayCore

/// The faults that come by themselves, again and again.
extension SimulatedFleet {
    /// Chooses for each stretch of time before `end` what goes wrong in it.
    func scheduleTrouble(until end: Int64) {
        for start in stride(from: Int64(0), to: end, by: 20_000) {
            for kind in FaultKind.allCases where isByItself(kind) && faults.happens(kind) {
                timeline.after(start + Int64(timeline.chance.number(0...19_999))) { [self] in
                    if !faults.areOver { strike(kind) }
                }
            }
        }
    }

    private func isByItself(_ kind: FaultKind) -> Bool {
        switch kind {
        case .partition, .crashBetween, .powerCut, .fullDisk, .consumerCrash, .consumerFreeze, .gracefulStop,
            .clockJump, .reorder, .cancel, .cancelRound, .takeover, .humanClaim, .resolve, .orderAgain,
            .nudge,
            .rot, .rogue:
            true
        case .drop, .delay, .duplicate, .replyLost, .bodyCut, .localReplyLost, .poolDelay, .projectionDelay,
            .crashInCall, .crashInCommit, .syncFails, .slowWork, .processorFails, .processorAgain,
            .outputsBroken, .diesAtWork, .rotBeforeClosing, .shortDeadline:
            false
        }
    }

    private func strike(_ kind: FaultKind) {
        let node = timeline.chance.pick(nodes)
        timeline.note("\(kind.rawValue) at \(node.name)")
        switch kind {
        case .humanClaim, .resolve, .rot, .rogue: break
        default: reach.count(kind)
        }
        switch kind {
        case .partition: partition(node)
        case .crashBetween: node.crash("between two effects")
        case .powerCut: node.crash("with its power", power: true)
        case .fullDisk: fill(node)
        case .consumerCrash: consumer(of: node)?.crash()
        case .consumerFreeze: consumer(of: node)?.freeze(for: Int64(timeline.chance.number(5000...200_000)))
        case .gracefulStop:
            timeline.chance.happens(500) ? node.stopInOrder() : consumer(of: node)?.stopInOrder()
        case .clockJump: jump(node)
        case .reorder: people.reorder(takeover: false)
        case .takeover: people.reorder(takeover: true)
        case .cancel: people.cancel(round: false)
        case .cancelRound: people.cancel(round: true)
        case .humanClaim: people.claimByHand()
        case .resolve: people.resolve()
        case .orderAgain: people.orderAgain()
        case .nudge: people.nudge()
        case .rot: node.disk.rot()
        case .rogue: people.meddle(at: node)
        default: preconditionFailure("\(kind) does not come by itself")
        }
    }

    private func partition(_ node: SimulatedNode) {
        let peer = timeline.chance.pick(nodes.filter { $0 !== node })
        let isOneWay = timeline.chance.happens(300)
        let pairs: Set<[String]> =
            isOneWay ? [[node.name, peer.name]] : [[node.name, peer.name], [peer.name, node.name]]
        network.partitions.formUnion(pairs)
        timeline.after(Int64(timeline.chance.number(1000...180_000))) { [self] in
            network.partitions.subtract(pairs)
        }
    }

    private func fill(_ node: SimulatedNode) {
        node.disk.isFull = true
        timeline.after(Int64(timeline.chance.number(1000...120_000))) { node.disk.isFull = false }
    }

    /// Sets a clock wrong, and mostly right again before long.
    private func jump(_ node: SimulatedNode) {
        let hour = 3_600_000
        node.skew += Int64(timeline.chance.pick([-hour, -60_000, 60_000, hour, 24 * hour, 90 * 24 * hour]))
        timeline.after(Int64(timeline.chance.number(1000...300_000))) { node.skew = 0 }
    }
}
