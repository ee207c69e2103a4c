import { Cipher, CIPHER_LIMITS } from "../../comm/cipher.ts";
import { KeyPair } from "../../comm/identity.ts";
import { Handshake, type HandshakeOptions } from "../../comm/noise.ts";
import { assert, assertEquals, assertRejects } from "../deps.ts";

/** The vector of Noise_KK_25519_AESGCM_SHA256 in the cacophony set of the Noise wiki, which other implementations test with too. */
const VECTOR = {
  prologue: "4a6f686e2047616c74",
  initiator: "e61ef9919cde45dd5f82166404bd08e38bceb5dfdfded0a34c8df7ed542214d1",
  initiatorEphemeral: "893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a",
  initiatorPublic: "6bc3822a2aa7f4e6981d6538692b3cdf3e6df9eea6ed269eb41d93c22757b75a",
  responder: "4a3acbfdb163dec651dfa3194dece676d437029c62a408b4c5ea9114246e4893",
  responderEphemeral: "bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b",
  responderPublic: "31e0303fd6418d2f8c0e78b91f22e8caed0fbe48656dcf4767e4834f701b8f62",
  messages: [
    [
      "4c756477696720766f6e204d69736573",
      "ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c79448564738a841228e693caeec4c497a8bd562231c3e51a1f03c4fd45dfe3a67870",
    ],
    [
      "4d757272617920526f746862617264",
      "95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f144808843b94504c4d83506f5dd2568b68490eba8ed6f9cf2cca194a273c56d7ae3c558",
    ],
    ["462e20412e20486179656b", "6a5c10a201d4e3a08f79f64949e55731f774913a4d949bda3fcebf"],
    ["4361726c204d656e676572", "4e8a1bf06926fdd74e2f516e2b0c11cc1dc3387fadeb75389d4342"],
    [
      "4a65616e2d426170746973746520536179",
      "c1df7194ca8ea51d4dd99059bc9b90288112d47237d8481f1773fb26a31629a05c",
    ],
    [
      "457567656e2042f6686d20766f6e2042617765726b",
      "3edba4feaf590ee88dd8f5fba51db4bee651cf41afd410fe476c524ac9b1db24252fc55ff8",
    ],
  ],
} as const;

const hex = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.fromHex(text);

Deno.test("handshake and frames are those of the published test vector", async () => {
  const initiator = await KeyPair.of(hex(VECTOR.initiator));
  const responder = await KeyPair.of(hex(VECTOR.responder));
  assertEquals(initiator.publicKey.toHex(), VECTOR.initiatorPublic);
  assertEquals(responder.publicKey.toHex(), VECTOR.responderPublic);
  const prologue = hex(VECTOR.prologue);
  const ends = [
    new Handshake({
      own: initiator,
      peer: responder.publicKey,
      prologue,
      initiator: true,
      ephemeral: await KeyPair.of(hex(VECTOR.initiatorEphemeral)),
    }),
    new Handshake({
      own: responder,
      peer: initiator.publicKey,
      prologue,
      initiator: false,
      ephemeral: await KeyPair.of(hex(VECTOR.responderEphemeral)),
    }),
  ] as const;
  for (const turn of [0, 1] as const) {
    const [payload, message] = VECTOR.messages[turn]!;
    assertEquals((await ends[turn].write(hex(payload))).toHex(), message);
    assertEquals((await ends[1 - turn]!.read(hex(message))).toHex(), payload);
  }
  const keys = await Promise.all(ends.map((end) => end.finish()));
  for (const [i, [payload, message]] of VECTOR.messages.slice(2).entries()) {
    assertEquals((await keys[i % 2]!.send.seal(hex(payload))).toHex(), message);
    assertEquals((await keys[1 - i % 2]!.receive.open(hex(message))).toHex(), payload);
  }
});

Deno.test("a key is replaced after so many messages and so many bytes, as the specification's REKEY does", async () => {
  const bytes = new Uint8Array(32).fill(7);
  const limits = { rekeyMessages: 3, rekeyBytes: 100, messages: 1000 };
  const [a, b] = [await Cipher.of(bytes, limits), await Cipher.of(bytes, limits)];
  // Written out: which key each message of so many bytes has.
  const script = [[10, 0], [10, 0], [10, 0], [10, 1], [90, 1], [1, 2], [200, 3], [0, 4], [100, 4], [
    1,
    5,
  ]] as const;
  const keys: Uint8Array<ArrayBuffer>[] = [bytes];
  const slow = async (key: Uint8Array<ArrayBuffer>, nonce: bigint, plaintext: Uint8Array<ArrayBuffer>) => {
    const iv = new Uint8Array(12);
    new DataView(iv.buffer).setBigUint64(4, nonce);
    const imported = await crypto.subtle.importKey("raw", key, "AES-GCM", false, ["encrypt"]);
    return new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv }, imported, plaintext));
  };
  for (let i = 0; i < 5; i++) {
    keys.push((await slow(keys[i]!, 2n ** 64n - 1n, new Uint8Array(32))).slice(0, 32));
  }
  for (const [nonce, [length, key]] of script.entries()) {
    const plaintext = new Uint8Array(length).fill(nonce);
    const sealed = await a.seal(plaintext);
    assertEquals(sealed, await slow(keys[key]!, BigInt(nonce), plaintext));
    assertEquals(await b.open(sealed), plaintext);
  }
});

Deno.test("a cipher ends after its last message, long before a nonce is used twice", async () => {
  assert(CIPHER_LIMITS.messages <= 2 ** 32);
  const cipher = await Cipher.of(new Uint8Array(32), { ...CIPHER_LIMITS, messages: 2 });
  const nothing = new Uint8Array(0);
  const all = await Promise.all([cipher.seal(nothing), cipher.seal(nothing)]);
  assert(all[0]!.toHex() !== all[1]!.toHex());
  await assertRejects(
    () => cipher.seal(nothing),
    RangeError,
    "Cannot encrypt message 2 of a link: 2 are the most, a new link is wanted",
  );
});

Deno.test("each long-term key, each ephemeral key and the prologue is bound by the handshake", async () => {
  const [alice, bob, eve] = await Promise.all([KeyPair.generate(), KeyPair.generate(), KeyPair.generate()]);
  const [x, y] = await Promise.all([KeyPair.generate(), KeyPair.generate()]);
  const prologue = new Uint8Array([1]);
  const a = { own: alice, peer: bob.publicKey, prologue, initiator: true, ephemeral: x };
  const b = { own: bob, peer: alice.publicKey, prologue, initiator: false, ephemeral: y };
  const differences: readonly [Partial<HandshakeOptions>, Partial<HandshakeOptions>][] = [
    [{ own: eve }, {}],
    [{ peer: eve.publicKey }, {}],
    [{ prologue: new Uint8Array([2]) }, {}],
    [{ prologue: new Uint8Array(0) }, {}],
    [{}, { own: eve }],
    [{}, { peer: eve.publicKey }],
  ];
  for (const [atA, atB] of differences) {
    const message = await new Handshake({ ...a, ...atA }).write();
    await assertRejects(() => new Handshake({ ...b, ...atB }).read(message));
  }
  const [caller, called] = [new Handshake(a), new Handshake(b)];
  await called.read(await caller.write());
  const answer = await called.write();
  for (let bit = 0; bit < 8 * answer.length; bit += 37) {
    const other = new Handshake(a);
    await other.write();
    const altered = answer.slice();
    altered[bit >> 3]! ^= 1 << (bit & 7);
    await assertRejects(() => other.read(altered));
  }
  // An answer to another caller's message, who has the same long-term key.
  const again = new Handshake({ ...a, ephemeral: eve });
  await again.write();
  await assertRejects(() => again.read(answer));
  await caller.read(answer);
});
