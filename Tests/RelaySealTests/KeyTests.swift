import RelayCore
import RelaySeal
import RelayWire
import TestSupport
import Testing

/// Bytes written as hexadecimal digits.
private func hex(_ text: String) -> [UInt8] {
    let digits = Array(text.utf8).map { UInt8($0 < 0x3A ? $0 - 0x30 : $0 - 0x57) }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

/// A private key in PEM by its 32 bytes (RFC 8410).
private func pem(_ seed: String) -> [UInt8] {
    let body = Base64.encoded(hex("302e020100300506032b657004220420" + seed))
    return Array("-----BEGIN PRIVATE KEY-----\n\(body)\n-----END PRIVATE KEY-----\n".utf8)
}

@Suite struct KeyTests {
    /// RFC 8032, section 7.1: private key, public key, message, signature.
    @Test(arguments: [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        ),
    ])
    func theVectorsOfTheStandardHold(seed: String, open: String, message: String, signature: String) throws {
        let key = try SigningKey(pem: pem(seed))
        #expect(key.publicKey.bytes == hex(open))
        #expect(key.signature(of: hex(message)) == hex(signature))
        #expect(key.publicKey.verifies(hex(signature), of: hex(message)))
        #expect(!key.publicKey.verifies(hex(signature), of: hex(message) + [0]))
    }

    @Test func aGeneratedKeySurvivesItsFileAndNeverComesTwice() throws {
        let key = SigningKey.generate()
        let read = try SigningKey(pem: key.pem)
        #expect(read.publicKey == key.publicKey)
        #expect(read.signature(of: [1, 2, 3]) == key.signature(of: [1, 2, 3]))
        #expect(SigningKey.generate().publicKey != key.publicKey)
    }

    @Test func theKeyIsNotPrinted() throws {
        let key = try SigningKey(pem: pem(String(repeating: "5c", count: 32)))
        var printed = "\(key)"
        dump(["of the list": key.publicKey], to: &printed)
        #expect(printed.hasPrefix("the private key of ed25519:"))
        #expect(!printed.contains("5c5c") && !printed.contains("92"))
    }

    @Test(arguments: [
        "", "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n", "ed25519:AAAA",
        """
        -----BEGIN ENCRYPTED PRIVATE KEY-----
        MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAhvqpVoqtGGLAICCAAwDAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEENtq
        -----END ENCRYPTED PRIVATE KEY-----
        """,
    ])
    func whatIsNoKeyIsRefused(text: String) {
        #expect(throws: KeyError.unreadable) { try SigningKey(pem: Array(text.utf8)) }
    }

    @Test func aKeyOfAnotherKindIsRefused() {
        // X25519, as openssl genpkey writes it: the same length, and no use for signatures.
        let body = Base64.encoded(
            hex("302e020100300506032b656e04220420" + String(repeating: "77", count: 32))
        )
        let text = "-----BEGIN PRIVATE KEY-----\n\(body)\n-----END PRIVATE KEY-----\n"
        #expect(throws: KeyError.notEd25519) { try SigningKey(pem: Array(text.utf8)) }
    }

    /// The eight points of small order, and the ways to write some of them with y beyond p.
    @Test(arguments: [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    ])
    func aKeyThatTakesAnySignatureIsNoKey(bytes: String) {
        #expect(PublicKey(bytes: hex(bytes)) == nil)
    }

    @Test func aSignatureIsTakenInOneFormOnly() throws {
        let key = try SigningKey(pem: pem(String(repeating: "01", count: 32)))
        let message: [UInt8] = [1, 2, 3]
        let good = key.signature(of: message)
        // S + L, the order of the group (RFC 8032, section 5.1): the same point for a careless verifier.
        let order = hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010")
        var bent = good
        var carry = 0
        for index in 0..<32 {
            carry += Int(bent[32 + index]) + Int(order[index])
            bent[32 + index] = UInt8(truncatingIfNeeded: carry)
            carry >>= 8
        }
        for signature in [bent, Array(good.dropLast()), good + [0], []] {
            #expect(!key.publicKey.verifies(signature, of: message))
        }
        for place in good.indices {
            var changed = good
            changed[place] ^= 1
            #expect(!key.publicKey.verifies(changed, of: message), "byte \(place)")
        }
    }
}

/// Who may have said what.
@Suite struct KeyringTests {
    private let order = Sample.order()

    private func verdict(
        _ envelope: Envelope,
        by node: String = "main",
        at moment: UnixMilliseconds = Sample.now,
        now: UnixMilliseconds? = Sample.now,
        _ keyring: Keyring = Sample.keyring
    ) -> String {
        do throws(SealFault) {
            try keyring.verify(envelope, by: Sample.name(node), at: moment, now: now, called: "it")
            return "holds"
        } catch {
            return "\(error.rule.rawValue): \(error.detail)"
        }
    }

    private func envelope(_ signatures: [Envelope.Signature]) -> Envelope {
        Envelope(payloadType: Envelope.inTotoType, payload: order.sealed.payload, signatures: signatures)
    }

    @Test func theBytesThatAreSignedAreThoseOfTheSpecification() {
        // The example of DSSE's protocol.md.
        let envelope = Envelope(
            payloadType: "http://example.com/HelloWorld",
            payload: Array("hello world".utf8),
            signatures: []
        )
        let expected = "DSSEv1 29 http://example.com/HelloWorld 11 hello world"
        #expect(envelope.preAuthenticationEncoding == Array(expected.utf8))
    }

    @Test func onlyTheNodeItselfCanSay() {
        #expect(verdict(order.sealed) == "holds")
        #expect(verdict(order.statement.unsigned).contains("nobody has signed it"))
        #expect(verdict(order.statement.signed(by: "nano")).contains("is not one of main's"))
        #expect(verdict(order.sealed, by: "nano").contains("is not one of nano's"))
        #expect(verdict(order.sealed, by: "nobody").contains("is not one of nobody's"))
    }

    @Test func everySignatureMustHold() throws {
        let good = try #require(order.sealed.signatures.first)
        let foreign = try #require(order.statement.signed(by: "jp").signatures.first)
        #expect(verdict(envelope([good, foreign])).contains("is not one of main's"))
        #expect(verdict(envelope([good, good])).contains("signs twice"))
        let swapped = Envelope.Signature(keyID: good.keyID, bytes: foreign.bytes)
        #expect(verdict(envelope([swapped])).contains("does not fit"))
        let other = Envelope(
            payloadType: Envelope.inTotoType,
            payload: Sample.order(job: "other").sealed.payload,
            signatures: [good]
        )
        #expect(verdict(other).contains("does not fit"))
    }

    /// Each row: the statement's time and our clock, in seconds from the key's end.
    @Test(
        arguments: [
            (-1, -1, "holds"), (-1, 0, "ends"), (0, -1, "ends"), (5, 5, "ends"), (-1, nil, "holds"),
            (0, nil, "ends"),
        ] as [(Int, Int?, String)]
    )
    func aKeyCountsUntilItsEnd(statement: Int, clock: Int?, outcome: String) throws {
        let keys = JSON.array([
            .members([
                "key": .string(TestKeys.key(of: "main").publicKey.description), "until": JSON(Sample.now),
            ]),
            .members(["key": .string(TestKeys.key(of: "main, later").publicKey.description)]),
        ])
        let json = JSON.members([
            "baton": 1, "nodes": .members(["main": .members(["role": "main", "keys": keys])]),
        ])
        let keyring = try Keyring(parsing: json.encoded)
        #expect(keyring.json == json && keyring.fingerprints.count == 2)
        func moment(_ seconds: Int) -> UnixMilliseconds { Sample.now.advanced(by: .seconds(seconds)) }
        let found = verdict(order.sealed, at: moment(statement), now: clock.map(moment), keyring)
        #expect(outcome == "holds" ? found == "holds" : found.contains("counts until"))
        #expect(
            verdict(order.statement.signed(by: "main, later"), at: moment(5), now: moment(5), keyring)
                == "holds"
        )
    }
}
