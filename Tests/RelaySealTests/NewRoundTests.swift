import RelayCore
import RelaySeal
import Testing

/// Documents of round 2, which begins anew at sg; nano's work of round 1 stays.
@Suite struct NewRoundTests {
    private static let first = Sample.order()
    private static let second = Sample.order(
        round: 2,
        stage: "sg",
        inputs: Sample.inputs(of: "sg"),
        previous: first.digest
    )
    private static let nano = Sample.link("weekly-brief.nano.1", under: first, previous: nil)
    private static let sg = Sample.link("weekly-brief.sg.2", under: second, previous: nano.digest)

    /// The document of round 2 for `stage`, with the evidence it needs.
    private func forgery(_ stage: String) -> Forgery {
        var forgery = Forgery(stage)
        forgery.task = Sample.task("weekly-brief.\(stage).2")
        forgery.order = Self.second
        forgery.earlier = [Self.first]
        let jp = Sample.link("weekly-brief.jp.2", under: Self.second, previous: Self.sg.digest)
        forgery.links = Array([Self.nano, Self.sg, jp].prefix(forgery.links.count))
        return forgery
    }

    @Test(arguments: ["sg", "jp", "main"])
    func theWorkBeforeTheNewStageCountsOn(stage: String) {
        #expect(forgery(stage).verdict() == "holds")
    }

    @Test func aLinkOfTheSupersededRoundIsRefused() {
        var forgery = forgery("jp")
        forgery.links[1] = Sample.link("weekly-brief.sg.1", under: Self.first, previous: Self.nano.digest)
        #expect(forgery.verdict() == "link sg: unchained")
    }

    @Test func aSupersededLinkUnderTheNewOrderIsRefused() {
        var forgery = forgery("jp")
        forgery.links[1] = Self.sg.altered(task: Sample.task("weekly-brief.sg.1"))
        #expect(forgery.verdict() == "link sg: mismatch")
    }

    @Test func theStageBeforeMustHaveBeenDoneUnderAnEarlierOrder() {
        var forgery = forgery("sg")
        forgery.links[0] = Sample.link("weekly-brief.nano.2", under: Self.second, previous: nil)
        #expect(forgery.verdict() == "link nano: unchained")
    }

    @Test func theEarlierOrderMustTravelAlong() {
        var forgery = forgery("jp")
        forgery.earlier = []
        #expect(forgery.verdict() == "link nano: unchained")
    }

    @Test func anEarlierOrderTravelsOnce() {
        var forgery = forgery("jp")
        forgery.earlier = [Self.first, Self.first]
        #expect(forgery.verdict() == "order: unchained")
    }

    @Test(arguments: [2, 3, 16])
    func anOrderOfThisRoundOrALaterOneIsNotEarlier(round: Int) {
        var forgery = forgery("sg")
        let strange = Sample.order(round: round)
        forgery.earlier = [strange]
        forgery.links = [Sample.link("weekly-brief.nano.\(round)", under: strange, previous: nil)]
        #expect(forgery.verdict() == "link nano: unchained")
    }

    @Test func anEarlierOrderOfAnotherJobProvesNothing() {
        var forgery = forgery("sg")
        let other = Sample.order(job: "other")
        forgery.earlier = [other]
        forgery.links = [Sample.link("weekly-brief.nano.1", under: other, previous: nil)]
        #expect(forgery.verdict() == "link nano: unchained")
    }

    @Test func theNewOrderHoldsItsInputs() {
        var forgery = forgery("sg")
        forgery.attachments[0] = Sample.file("candidate-list.md", "other")
        #expect(forgery.verdict() == "order: other-files")
    }

    @Test func theFirstStageOfTheNewRoundUsedTheNewInputs() {
        var forgery = forgery("jp")
        forgery.links[1] = Self.sg.altered(materials: [Sample.file("candidate-list.md")])
        #expect(forgery.verdict() == "link sg: other-files")
    }

    @Test func aStageGivenToAnotherNodeIsThatNodesAlone() {
        var forgery = forgery("jp")
        let taken = Sample.order(
            round: 2,
            stage: "sg",
            route: Sample.route(["sg": "main"]),
            inputs: Sample.inputs(of: "sg"),
            previous: Self.first.digest
        )
        forgery.order = taken
        forgery.from = Sample.name("main")
        forgery.links[1] = Sample.link("weekly-brief.sg.2", under: taken, previous: Self.nano.digest)
        #expect(forgery.verdict() == "holds")
        forgery.links[1] = forgery.links[1].altered(node: Sample.name("sg"))
        #expect(forgery.verdict() == "link sg: mismatch")
    }
}
