package import RelayCore
package import RelayWire

/// Main's statement that opens a job or a round of it.
package struct Order: SealedStatement {
    /// The job.
    package let job: JobID
    /// The round it opens.
    package let round: Round
    /// The first stage of the round.
    package let stage: StageName
    /// Who does which stage.
    package let route: Route
    /// The contract of each stage of the route, by the digest of its file.
    package let contracts: [StageName: Digest]
    /// The inputs of the first stage.
    package let inputs: [Statement.Subject]
    /// When main issued it.
    package let issued: UnixMilliseconds
    /// When the job is given up.
    package let deadline: UnixMilliseconds
    /// The digest of the order of the round before.
    package let previous: Digest?

    /// The type of its predicate, which says what the statement is.
    package static let predicateType = "https://baton.invalid/order/v1"
    /// How long a job has unless its order says otherwise.
    package static let defaultTerm = Duration.seconds(7 * 86_400)

    package init(
        job: JobID,
        round: Round,
        stage: StageName,
        route: Route,
        contracts: [StageName: Digest],
        inputs: [Statement.Subject],
        issued: UnixMilliseconds,
        deadline: UnixMilliseconds,
        previous: Digest?
    ) {
        self.job = job
        self.round = round
        self.stage = stage
        self.route = route
        self.contracts = contracts
        self.inputs = inputs
        self.issued = issued
        self.deadline = deadline
        self.previous = previous
    }

    package init(in envelope: Envelope) throws(SealFault) {
        let statement = try Statement(in: envelope, predicateType: Self.predicateType, called: "order")
        do throws(WireError) {
            var fields = try Fields(statement.predicate, at: "predicate")
            job = try fields.name("job")
            round = try fields.round()
            stage = try fields.name("stage")
            route = try fields.route("route")
            var contracts: [StageName: Digest] = [:]
            for member in try fields.entries("contracts") {
                guard let stage = StageName(rawValue: member.name),
                    let digest = member.value.stringValue.flatMap(Digest.init(labelled:))
                else { throw fields.error("contracts", "stages and the labelled digests of their contracts") }
                contracts[stage] = digest
            }
            self.contracts = contracts
            issued = try fields.moment("issued")
            deadline = try fields.moment("deadline")
            previous = try fields.optional("previous") { (fields, name) throws(WireError) in
                try fields.digest(name)
            }
            try fields.end()
        } catch {
            throw SealFault("order", .malformed, error.description)
        }
        inputs = statement.subject
        guard route.position(of: stage) != nil, Set(contracts.keys) == Set(route.legs.map(\.stage)) else {
            throw SealFault("order", .malformed, "it must pin one contract for each stage of its route")
        }
        try requireForm(of: envelope, called: "order")
    }

    package var statement: Statement {
        Statement(
            subject: inputs,
            predicateType: Self.predicateType,
            predicate: .members([
                "job": JSON(job), "round": JSON(round.number), "stage": JSON(stage), "route": route.json,
                "contracts": .object(
                    route.legs.compactMap { leg in
                        contracts[leg.stage].map { .init(leg.stage.rawValue, .string($0.labelled)) }
                    }
                ),
                "issued": JSON(issued), "deadline": JSON(deadline), "previous": previous.map { JSON($0) },
            ])
        )
    }
}
