import { createSign, generateKeyPairSync, type KeyObject } from "node:crypto";

/** A self-signed certificate for one host name, valid from 2020 to 2049, and its key; PEM. */
export function selfSigned(host: string): { readonly certificate: string; readonly key: string } {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const body = certificateBody(host, publicKey);
  const signature = createSign("sha256").update(body).sign(privateKey);
  const whole = sequence(body, SIGNATURE_ALGORITHM, der(0x03, Buffer.concat([Buffer.of(0), signature])));
  const lines = whole.toString("base64").match(/.{1,64}/g) ?? [];
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`,
    key: String(privateKey.export({ type: "pkcs8", format: "pem" })),
  };
}

/** RFC 5280, TBSCertificate, with subjectAltName as its only extension but one. */
function certificateBody(host: string, publicKey: KeyObject): Buffer {
  const name = sequence(der(0x31, sequence(oid("2.5.4.3"), der(0x0c, Buffer.from(host)))));
  const validity = sequence(der(0x17, Buffer.from("200101000000Z")), der(0x17, Buffer.from("491231235959Z")));
  const alternative = sequence(der(0x82, Buffer.from(host)));
  const authority = sequence(der(0x01, Buffer.of(0xff)));
  const extensions = sequence(
    sequence(oid("2.5.29.17"), der(0x04, alternative)),
    sequence(oid("2.5.29.19"), der(0x01, Buffer.of(0xff)), der(0x04, authority)),
  );
  return sequence(
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, Buffer.of(1)),
    SIGNATURE_ALGORITHM,
    name,
    validity,
    name,
    Buffer.from(publicKey.export({ type: "spki", format: "der" })),
    der(0xa3, extensions),
  );
}

const SIGNATURE_ALGORITHM = sequence(oid("1.2.840.10045.4.3.2"));

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts));
}

function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...size), content]);
}

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const bytes = rest.flatMap((part) => {
    const groups = [part & 0x7f];
    for (let left = part >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80);
    return groups;
  });
  return der(0x06, Buffer.of(first * 40 + second, ...bytes));
}
