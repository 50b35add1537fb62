import { once } from "node:events";
import { createServer as createPlainServer, type Server } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { describe, expect, it, onTestFinished } from "vitest";
import { ApiError } from "../../src/errors.ts";
import { selfSigned } from "../hostile/certificate.ts";
import { startEngine } from "../support/engine.ts";
import { COLUMNS, diverted, startBench } from "./bench.ts";

/** Listens on a port of this machine; answers where, and closes after the test. */
async function listening(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return `127.0.0.1:${address.port}`;
}

/** Nobody listens there. */
async function nobody(): Promise<string> {
  const server = createPlainServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return typeof address === "object" && address !== null ? `http://127.0.0.1:${address.port}` : "";
}

/** A server that nobody has reason to trust. */
function untrusted(): Promise<string> {
  const { certificate, key } = selfSigned("localhost");
  return listening(createTlsServer({ cert: certificate, key }));
}

/** Ends every connection before a handshake could be. */
function hangsUp(): Promise<string> {
  return listening(createPlainServer((socket) => socket.resetAndDestroy()));
}

const TRIES = { create: 3, update: 4, delete: 4 } as const;
const METHODS = { create: "POST", update: "P", delete: "DELETE" } as const;

describe.each(COLUMNS)("%s", (column) => {
  const verb = column.split(" ")[0] as keyof typeof TRIES;
  const method = METHODS[verb] === "P" ? (column.endsWith("Nimble") ? "PATCH" : "PUT") : METHODS[verb];

  it("R01 is refused a connection: tried again, and said that nothing was sent", async () => {
    const place = await nobody();
    const bench = await startBench(column, { around: diverted(method, place) });
    onTestFinished(() => bench.engine.close());
    const { result, sent, asAsked, said } = await bench.run();
    expect(result).toMatchObject({
      ...{ status: "failed", class: "not-sent", reason: "unreachable", errno: "ECONNREFUSED" },
      ...{ attempts: TRIES[verb], maxAttempts: TRIES[verb] },
    });
    expect({ sent, asAsked, open: bench.engine.session.state.open }).toEqual({ sent: 0, asAsked: false, open: [] });
    expect(said).toMatch(/http:\/\/127\.0\.0\.1:\d+ \(target (nimble|blaxel)\) refuses the connection/);
    expect(said).toContain(`try ${TRIES[verb]} of ${TRIES[verb]}`);
    expect(said).toContain("Nothing was sent.");
  });

  it("R02 meets a certificate that is not to be trusted: an error at once", async () => {
    const place = `https://${await untrusted()}`;
    const bench = await startBench(column, { around: diverted(method, place) });
    onTestFinished(() => bench.engine.close());
    const { result, sent, said } = await bench.run();
    expect(result).toMatchObject({ status: "failed", class: "not-sent", reason: "tls", attempts: 1 });
    expect({ sent, open: bench.engine.session.state.open }).toEqual({ sent: 0, open: [] });
    expect(said).toMatch(/certificate or TLS handshake of \S+ is not accepted: .*self-signed/);
    expect(said).toMatch(/clock/);
    expect(said).not.toMatch(/REJECT_UNAUTHORIZED|insecure/i);
  });

  it("R03 is hung up on before it could leave: tried again, not sent", async () => {
    const place = `https://${await hangsUp()}`;
    const bench = await startBench(column, { around: diverted(method, place) });
    onTestFinished(() => bench.engine.close());
    const { result, sent } = await bench.run();
    expect(result).toMatchObject({
      ...{ status: "failed", class: "not-sent", reason: "unreachable", attempts: TRIES[verb] },
    });
    expect({ sent, open: bench.engine.session.state.open }).toEqual({ sent: 0, open: [] });
  });
});

describe("a list", () => {
  it.each([
    ["R01 is refused a connection", nobody, 5, "unreachable"],
    ["R02 meets a certificate that is not to be trusted", async () => `https://${await untrusted()}`, 1, "tls"],
    ["R03 is hung up on", async () => `https://${await hangsUp()}`, 5, "unreachable"],
  ] as const)("%s", async (_title, place, attempts, reason) => {
    const engine = await startEngine({ around: diverted("GET", await place()) });
    onTestFinished(() => engine.close());
    for (const target of ["nimble", "blaxel"]) {
      const error = await engine.live(target).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(ApiError);
      expect(error).toMatchObject({ attempts, reason });
    }
    expect(engine.sandbox.log.entries).toEqual([]);
  });
});
