import Testing

@testable import RelayCore

@Suite struct TaskIDTests {
    @Test(
        arguments: [
            "a.sg.1", "a.sg.16", "0.main.9", "weekly-brief.sg.1", "a-.b-.2",
            String(repeating: "j", count: 63) + "." + String(repeating: "s", count: 31) + ".16",
        ]
    )
    func aTaskIDIsReadAndWrittenUnchanged(_ text: String) throws {
        let task = try #require(TaskID(rawValue: text))
        #expect(task.rawValue == text)
        #expect(task == TaskID(job: task.job, stage: task.stage, round: task.round))
        #expect(task.description == text)
    }

    @Test(
        arguments: [
            "", ".", "..", "...", "a", "a.sg", "a.sg.", ".sg.1", "a..1", "a.sg.1.", ".a.sg.1", "a.sg.1.1",
            "a.sg.01", "a.sg.001", "a.sg.+1", "a.sg.-1", "a.sg.0", "a.sg.00", "a.sg.17", "a.sg.99",
            "a.sg.18446744073709551617", "a.sg.1e0", "a.sg.0x1", "a.sg.1 ", "a.sg. 1", " a.sg.1", "a.sg.1\n",
            "a.sg.1\u{0}", "a.sg.\u{661}", "a.sg.\u{FF11}", "a.sg.1\u{301}", "a.sg\u{301}.1", "a.\u{301}sg.1",
            "a\u{2024}sg.1", "A.sg.1", "a.SG.1", "a.0.1", "a/b.sg.1", "a.s/g.1", "a.sg.1/", "../a.sg.1",
            String(repeating: "j", count: 64) + ".sg.1", "a." + String(repeating: "s", count: 32) + ".1",
        ]
    )
    func anyOtherTextIsNoTaskID(_ text: String) {
        #expect(TaskID(rawValue: text) == nil)
    }

    @Test func theLongestFileNamesOfATaskFitADirectory() throws {
        let job = String(repeating: "j", count: 63)
        let stage = String(repeating: "s", count: 31)
        let name = String(repeating: "n", count: 128)
        let task = try #require(TaskID(rawValue: "\(job).\(stage).16"))
        #expect("\(task).\(Int64.max).\(name).part".utf8.count <= 255)
        #expect("\(job).16.\(name)~\(stage).part".utf8.count <= 255)
    }

    @Test func randomIDsKeepTheirParts() throws {
        var random = SeededGenerator(seed: 17)
        let letters = Array("abcdefghijklmnopqrstuvwxyz".utf8)
        let all = letters + Array("0123456789-".utf8)
        for _ in 0..<500 {
            let job =
                random.bytes(1, of: letters) + random.bytes(Int.random(in: 0...62, using: &random), of: all)
            let stage =
                random.bytes(1, of: letters) + random.bytes(Int.random(in: 0...30, using: &random), of: all)
            let task = TaskID(
                job: try #require(JobID(rawValue: String(decoding: job, as: UTF8.self))),
                stage: try #require(StageName(rawValue: String(decoding: stage, as: UTF8.self))),
                round: try #require(Round(Int.random(in: 1...16, using: &random)))
            )
            #expect(TaskID(rawValue: task.rawValue) == task)
        }
    }
}
