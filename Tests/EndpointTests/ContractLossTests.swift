import RelayWire
import TestSupport
import Testing

/// A contract whose file is taken away while a task is under it.
@Suite(.timeLimit(.minutes(10))) struct ContractLossTests {
    @Test func aTaskWithoutItsContractIsBlockedAndGoesOnOnceItIsBack() async throws {
        let node = try await TestNode()
        let sample = RelaySample("lost-1")
        try node.store(sample)
        #expect(try node.ask(.verb("claim"), from: .local).text.contains("\"epoch\":1"))
        try await node.stop()
        let path = "\(node.data)/../contracts/sg.json"
        let contract = try Files.readText(path)
        try Files.write(contract.replacing("\"version\": 1", with: "\"version\": 2"), to: path)
        #expect(try Files.readText(path) != contract)
        try await node.startAgain()

        let upload = Request.post(
            "/upload?task=lost-1.sg.1&epoch=1&name=sg-review.md",
            Array("# Accepted\n\n# Rejected\n".utf8),
            []
        )
        let refused = try node.ask(upload, from: .local)
        #expect(refused.status == 409 && refused.text.contains("contract-unknown"), "\(refused.text)")
        let claim = "\"task\":\"lost-1.sg.1\",\"epoch\":1,\"outputs\":[],\"processor\":\"test\""
        let answer = try node.ask(.verb("produced", claim), from: .local)
        #expect(answer.status == 200 && answer.text.contains("\"blocked\""), "\(answer.text)")
        let status = try JSON(parsing: node.ask(.get("/status?task=lost-1.sg.1"), from: .nano).body)
        let reason = status["tasks"]?.elements.first?["reason"]
        #expect(reason?["code"]?.stringValue == "contract-unknown")
        #expect(reason?["text"]?.stringValue?.contains("contracts/kept/") == true)

        try await node.stop()
        try Files.write(contract, to: path)
        try await node.startAgain()
        let resolved = try node.ask(
            .verb("resolve", "\"task\":\"lost-1.sg.1\",\"why\":\"back\""),
            from: .local
        )
        #expect(resolved.text.contains("\"stored\""), "\(resolved.text)")
        #expect(try node.ask(.verb("claim", request: "r2"), from: .local).text.contains("\"epoch\":2"))
        try await node.stop()
    }
}
