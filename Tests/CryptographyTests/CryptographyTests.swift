import Testing

@testable import Cryptography

private func bytes(hex: String) -> [UInt8] {
  stride(from: 0, to: hex.count, by: 2).compactMap { offset in
    UInt8(hex.dropFirst(offset).prefix(2), radix: 16)
  }
}

@Suite struct CryptographyTests {
  @Test(arguments: [
    // Atlassian's documented vector for X-Hub-Signature.
    (
      "It's a Secret to Everybody", "Hello World!",
      "a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9"
    ),
    // RFC 4231, test case 2.
    (
      "Jefe", "what do ya want for nothing?",
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    ),
    ("", "", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"),
  ])
  func `HMAC-SHA256 gives the published codes`(key: String, message: String, code: String) {
    #expect(HMACSHA256.hexDigest(of: Array(message.utf8), key: Array(key.utf8)) == code)
  }

  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
  ])
  func `SHA-256 gives the digests of FIPS 180-4`(message: String, digest: String) {
    #expect(SHA256Digest.hex(of: message.utf8) == digest)
  }

  @Test func `AES-256-GCM gives test case 16 of the GCM specification`() throws {
    let key = bytes(hex: "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308")
    let nonce = bytes(hex: "cafebabefacedbaddecaf888")
    let plain = bytes(
      hex: "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39")
    let purpose = bytes(hex: "feedfacedeadbeeffeedfacedeadbeefabaddad2")
    let sealed = try AESGCM.seal(plain, key: key, nonce: nonce, purpose: purpose)
    let expected =
      "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
      + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
      + "76fc6ece0f4e1768cddf8853bb2d551b"
    #expect(Array(sealed.dropFirst(12)).hexadecimal == expected)
    #expect(try AESGCM.open(sealed, key: key, purpose: purpose) == plain)
  }

  @Test func `a sealed text opens with its own key and purpose only`() throws {
    let key = try RandomBytes.make(count: 32)
    let other = try RandomBytes.make(count: 32)
    let sealed = try AESGCM.seal(Array("token".utf8), key: key, purpose: Array("a".utf8))
    #expect(try AESGCM.open(sealed, key: key, purpose: Array("a".utf8)) == Array("token".utf8))
    #expect(throws: CryptographyError.notAuthentic) {
      try AESGCM.open(sealed, key: other, purpose: Array("a".utf8))
    }
    #expect(throws: CryptographyError.notAuthentic) {
      try AESGCM.open(sealed, key: key, purpose: Array("b".utf8))
    }
    for position in sealed.indices {
      var changed = sealed
      changed[position] ^= 1
      #expect(throws: CryptographyError.notAuthentic) {
        try AESGCM.open(changed, key: key, purpose: Array("a".utf8))
      }
    }
    #expect(throws: CryptographyError.keyLength(3)) {
      try AESGCM.seal([1], key: [1, 2, 3], purpose: [])
    }
  }

  @Test func `equality in constant time is equality`() {
    #expect(constantTimeEquals("secret", "secret"))
    #expect(!constantTimeEquals("secret", "secreT"))
    #expect(!constantTimeEquals("secret", "secret1"))
    #expect(constantTimeEquals("", ""))
  }

  @Test func `random bytes differ`() throws {
    #expect(try RandomBytes.make(count: 32) != RandomBytes.make(count: 32))
  }
}
