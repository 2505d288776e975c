import RelayCore
import RelaySeal
import RelayWire
import TestSupport

/// What jp, whose address and key the attacker has, tries to make main believe of a job that main did order.
struct MainAttacks {
    /// Main's own order of `job`.
    let order: Envelope
    let job: String

    /// The honest document under main's own order, with one thing changed.
    func final(_ change: (inout ChainSample) -> Void = { _ in }) -> RelaySample {
        let order = order
        return ChainSample(job) { chain in
            chain.order.seal = { _ in order }
            change(&chain)
        }.final
    }

    private func row(
        _ what: String,
        _ answer: Row.Answer = .problem(422, "evidence-invalid"),
        says: String,
        _ change: (inout ChainSample) -> Void
    ) -> Row {
        Row("at main: \(what)", final(change).request, from: .jp, answer, says: says)
    }

    private func word(_ kind: ControlDocument.Kind) -> Row {
        let sample = ControlSample(kind, job) { sample in
            sample.from = "jp"
            sample.to = "main"
            sample.seal = { $0.signed(by: "jp") }
        }
        return Row(
            "at main: a \(kind.rawValue) that jp signed",
            sample.request,
            from: .jp,
            .problem(403, "order-invalid"),
            says: "signature"
        )
    }

    var all: [Attack] {
        let evidence = [
            row("nano's stage done in jp's name", says: "mismatch") { $0.nano.node = "jp" },
            row("nano's and sg's links signed by jp", says: "signature") { chain in
                chain.nano.seal = { $0.signed(by: "jp") }
                chain.sg.seal = { $0.signed(by: "jp") }
            },
            row("no review", says: "incomplete") { $0.arrange = { [$0[0]] } },
            row("the review of another job", says: "mismatch") { $0.sg.job = "another" },
            row("an order of another job along with it", says: "unchained") { chain in
                chain.arrange = { [OrderSample(job: "another").envelope("another", 1)] + $0 }
            },
        ]
        let orders = [
            row("an order that jp signed", .problem(403, "order-invalid"), says: "signature") {
                $0.order.seal = { $0.signed(by: "jp") }
            },
            row(
                "an order by main's key that main did not issue",
                .problem(403, "order-invalid"),
                says: "issue"
            ) {
                $0.order = OrderSample()
            },
        ]
        return Attack.of(.compromisedNode, evidence) + Attack.of(.forgedJob, orders)
            + Attack.of(.forgedJob, [word(.nudge), word(.cancel), word(.close)])
    }
}
