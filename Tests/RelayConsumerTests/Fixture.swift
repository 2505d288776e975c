import RelayCore
import RelaySeal
import RelayWire

/// Values that several tests need.
enum Fixture {
    static let review = "# Accepted\n\n- one\n\n# Rejected\n"
    static let contractBytes = Array(
        """
        {"baton": 1, "contract": "sg", "version": 1,
         "takes": [{"name": "brief.md", "type": "text/markdown", "min_bytes": 1, "max_bytes": 1048576}],
         "makes": [{"name": "sg-review.md", "type": "text/markdown", "min_bytes": 1, "max_bytes": 1048576,
                    "headings": ["Accepted", "Rejected"]}],
         "passes": [], "claim_within_s": 60, "produce_within_s": 1800}
        """.utf8
    )

    static func contract() throws -> Contract { try Contract(parsing: contractBytes) }

    static func claimed(epoch: Int64, work: String, inputs: [LocatedFile]) throws -> ClaimedTask {
        ClaimedTask(
            claim: Claim(task: try checked("job.sg.1"), epoch: epoch),
            leaseUntil: UnixMilliseconds(0),
            contract: Digest.of(contractBytes),
            inputs: inputs,
            work: work
        )
    }
}
