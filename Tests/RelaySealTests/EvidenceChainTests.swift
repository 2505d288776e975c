import RelayCore
import RelaySeal
import RelayWire
import TestSupport
import Testing

/// One lie in a document for `stage`, and what it is refused as.
struct Attack: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let stage: String
    let verdict: String
    let lie: @Sendable (inout Forgery) -> Void

    init(
        _ name: String,
        at stage: String = "main",
        _ verdict: String,
        _ lie: @escaping @Sendable (inout Forgery) -> Void
    ) {
        testDescription = name
        self.stage = stage
        self.verdict = verdict
        self.lie = lie
    }

    /// Lies about how many links there are, and in which order.
    static let counts = [
        Attack("the first link removed", "link: incomplete") {
            $0.links.removeFirst(); $0.rechain()
        },
        Attack("a link removed", "link: incomplete") {
            $0.links.remove(at: 1); $0.rechain()
        },
        Attack("the last link removed", "link: incomplete") { $0.links.removeLast() },
        Attack("all links removed", "link: incomplete") { $0.links = [] },
        Attack("two links swapped", "link: incomplete") {
            $0.links.swapAt(0, 1); $0.rechain()
        },
        Attack("a link twice", "link: incomplete") {
            $0.links.insert($0.links[1], at: 1); $0.rechain()
        },
        Attack("a link where none belongs", at: "nano", "link: incomplete") {
            $0.links = Forgery("sg").links
        },
        Attack("the task's own link", at: "sg", "link: incomplete") { $0.links = Forgery("jp").links },
    ]

    /// Lies about who did what; whoever tells them has chained the links again.
    static let identities = [
        Attack("a link of another job", "link sg: mismatch") {
            $0.links[1] = $0.links[1].altered(task: Sample.task("other.sg.1"))
            $0.rechain()
        },
        Attack("a link of another round", "link sg: mismatch") {
            $0.links[1] = $0.links[1].altered(task: Sample.task("weekly-brief.sg.2"))
            $0.rechain()
        },
        Attack("a link of another node", "link nano: mismatch") {
            $0.links[0] = $0.links[0].altered(node: Sample.name("sg"))
            $0.rechain()
        },
        Attack("a link under another contract", "link jp: mismatch") {
            $0.links[2] = $0.links[2].altered(contract: Sample.digest("contract of sg"))
            $0.rechain()
        },
        Attack("a link that names another order", "link sg: unchained") {
            $0.links[1] = $0.links[1].altered(order: Sample.digest("another order"))
            $0.rechain()
        },
        Attack("a first link with one before it", "link nano: unchained") {
            $0.links[0] = $0.links[0].altered(previous: .some(Sample.digest("before")))
            $0.rechain()
        },
        Attack("a later link with none before it", "link sg: unchained") {
            $0.links[1] = $0.links[1].altered(previous: .some(nil))
        },
        Attack("a link that names another one before it", "link jp: unchained") {
            $0.links[2] = $0.links[2].altered(previous: .some($0.links[0].digest))
        },
        Attack("a link exchanged without the ones behind it", "link sg: unchained") {
            $0.links[0] = $0.links[0].altered(products: [Sample.file("candidate-list.md", "other")])
        },
    ]

    /// Lies about files.
    static let files = [
        Attack("products changed", "link sg: other-files") {
            $0.links[0] = $0.links[0].altered(
                products: [Sample.file("candidate-list.md", "other"), Sample.file("de-raw-output.txt")]
            )
            $0.rechain()
        },
        Attack("the last products changed", "link jp: other-files") {
            $0.links[2] = $0.links[2].altered(products: [Sample.file("jp-final.txt", "other")])
        },
        Attack("products left out", "link sg: other-files") {
            $0.links[0] = $0.links[0].altered(products: [Sample.file("candidate-list.md")])
            $0.rechain()
        },
        Attack("materials changed", "link jp: other-files") {
            $0.links[2] = $0.links[2].altered(materials: [Sample.file("sg-review.md", "other")])
        },
        Attack("a material that nobody handed on", "link sg: other-files") {
            $0.links[1] = $0.links[1].altered(
                materials: $0.links[1].materials + [Sample.file("stranger.txt")]
            )
            $0.rechain()
        },
        Attack("an input of the order changed", "link nano: other-files") {
            $0.links[0] = $0.links[0].altered(materials: [Sample.brief, Sample.file("source-01.md", "other")])
            $0.rechain()
        },
        Attack("an input of the order left out", "link nano: other-files") {
            $0.links[0] = $0.links[0].altered(materials: [Sample.brief])
            $0.rechain()
        },
        Attack("one input twice for another", "link nano: other-files") {
            $0.links[0] = $0.links[0].altered(materials: [Sample.brief, Sample.brief])
            $0.rechain()
        },
        Attack("a product in the place of what was given", "link sg: other-files") {
            let forged = Sample.file("candidate-list.md", "forged by sg")
            $0.links[1] = $0.links[1].altered(products: $0.links[1].products + [forged])
            $0.links[2] = $0.links[2].altered(
                materials: [forged] + $0.links[2].materials.filter { $0.name != forged.name }
            )
            $0.attachments = [forged] + $0.attachments.filter { $0.name != forged.name }
            $0.rechain()
        },
        Attack("an attachment that is none of the products", "link jp: other-files") {
            $0.attachments[3] = Sample.file("jp-final.txt", "other")
        },
        Attack("an attachment changed that was only passed on", "link jp: other-files") {
            $0.attachments[0] = Sample.file("candidate-list.md", "other")
        },
        Attack("an extra attachment", "link jp: other-files") {
            $0.attachments.append(Sample.file("extra.txt"))
        },
        Attack("an attachment of an earlier hop that was not passed on", at: "sg", "link nano: other-files") {
            $0.links[0] = $0.links[0].altered(materials: [Sample.brief, Sample.source])
            $0.attachments.append(Sample.file("source-02.md"))
        },
    ]

    /// Statements of nodes that did not make them, which are chained all the same.
    static let signatures = [
        Attack("an order that nobody signed", "order: signature") { $0.orderSigner = "" },
        Attack("an order signed by nano", at: "nano", "order: signature") { $0.orderSigner = "nano" },
        Attack("an order signed by a stranger", "order: signature") { $0.orderSigner = "stranger" },
        Attack("a link that nobody signed", "link sg: signature") { $0.linkSigners[1] = "" },
        Attack("jp's key used for nano's stage", "link nano: signature") { $0.linkSigners[0] = "jp" },
        Attack("a last link signed by main", "link jp: signature") { $0.linkSigners[2] = "main" },
        Attack("a link of another node, signed by it", "link nano: mismatch") {
            $0.links[0] = $0.links[0].altered(node: Sample.name("jp"))
            $0.rechain()
        },
        Attack("an earlier order that main did not sign", "order: signature") {
            $0.earlier = [Sample.order(round: 2)]
            $0.earlierSigner = "nano"
        },
    ]

    /// Orders of main that have nothing to do with the links.
    static let surplus = [
        Attack("an earlier order that no link names", "order: unchained") {
            $0.earlier = [Sample.order(deadline: Sample.now.advanced(by: .seconds(90)))]
        },
        Attack("an order of another job", at: "nano", "order: unchained") {
            $0.earlier = [Sample.order(job: "other")]
        },
        Attack("the order itself as an earlier one", at: "sg", "order: unchained") {
            $0.earlier = [$0.order]
        },
    ]

    /// Orders that are for something else.
    static let orders = [
        Attack("an order of another job", "order: mismatch") {
            $0.order = Sample.order(job: "other"); $0.reorder()
        },
        Attack("an order of another round", "order: mismatch") {
            $0.order = Sample.order(round: 2); $0.reorder()
        },
        Attack("a task of another round", "order: mismatch") { $0.task = Sample.task("weekly-brief.main.2") },
        Attack("an order that begins behind the task's stage", at: "sg", "order: mismatch") {
            $0.order = Sample.order(stage: "jp")
            $0.reorder()
        },
        Attack("a stage that the route lacks", at: "nano", "order: mismatch") {
            $0.task = Sample.task("weekly-brief.elsewhere.1")
        },
        Attack("a document for another node", at: "sg", "order: mismatch") { $0.to = Sample.name("jp") },
        Attack("a route that gives the stage to another node", at: "sg", "order: mismatch") {
            $0.order = Sample.order(route: Sample.route(["sg": "main"]))
            $0.reorder()
        },
        Attack("another feeder", at: "jp", "order: mismatch") { $0.from = Sample.name("nano") },
        Attack("the first stage from another than main", at: "nano", "order: mismatch") {
            $0.from = Sample.name("jp")
        },
        Attack("attachments that are not the inputs", at: "nano", "order: other-files") {
            $0.attachments = [Sample.brief, Sample.file("source-01.md", "other")]
        },
        Attack("an input that is not attached", at: "nano", "order: other-files") {
            $0.attachments = [Sample.brief]
        },
        Attack("an attachment beside the inputs", at: "nano", "order: other-files") {
            $0.attachments.append(Sample.file("source-02.md"))
        },
        Attack("an order that pins other contracts", at: "sg", "link nano: mismatch") {
            var contracts = Sample.contracts
            contracts[Sample.name("nano")] = Sample.digest("another contract")
            $0.order = Sample.order(contracts: contracts)
            $0.reorder()
        },
    ]
}

@Suite struct EvidenceChainTests {
    @Test(arguments: ["nano", "sg", "jp", "main"])
    func anHonestDocumentHolds(stage: String) {
        #expect(Forgery(stage).verdict() == "holds")
    }

    @Test(
        arguments: Attack.counts + Attack.identities + Attack.files + Attack.orders + Attack.signatures
            + Attack.surplus
    )
    func aLieIsRefusedByItsRule(attack: Attack) {
        var forgery = Forgery(attack.stage)
        attack.lie(&forgery)
        #expect(forgery.verdict() == attack.verdict)
    }

    @Test(arguments: [(-1, "holds"), (0, "order: expired"), (1, "order: expired")])
    func anOrderCountsOnlyBeforeItsDeadline(offset: Int64, verdict: String) {
        let forgery = Forgery("jp")
        let now = UnixMilliseconds(forgery.order.deadline.value + offset)
        #expect(forgery.verdict(now: now) == verdict)
    }

    @Test func theHeadIsTheNewestLink() throws {
        let forgery = Forgery("main")
        let chain = try EvidenceChain(of: forgery.document)
        #expect(chain.head == forgery.links.last?.digest)
        #expect(chain.linkDigests == forgery.links.map(\.digest))
        #expect(chain.orderDigest == forgery.order.digest)
        #expect(try EvidenceChain(of: Forgery("nano").document).head == nil)
    }

    @Test func anOrderBehindALinkIsNoLink() {
        var forgery = Forgery("sg")
        let honest = forgery.document
        forgery.earlier = [Sample.order(round: 2)]
        let late = RelayDocumentParts.appending(forgery.order.sealed, to: honest)
        #expect(throws: SealFault.self) { try EvidenceChain(of: late) }
    }

    @Test func anEnvelopeThatIsNeitherOrderNorLinkIsMalformed() {
        let honest = Forgery("sg").document
        let strange = Statement(
            subject: [],
            predicateType: "https://example.invalid/",
            predicate: .object([])
        )
        let document = RelayDocumentParts.appending(strange.unsigned, to: honest)
        do throws(SealFault) {
            _ = try EvidenceChain(of: document)
            Issue.record("it was read")
        } catch {
            #expect((error.subject, error.rule) == ("link", .malformed))
        }
    }
}
