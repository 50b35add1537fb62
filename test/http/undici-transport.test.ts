import { createServer, type Server, type Socket } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { TransportError, type WireRequest } from "../../src/http/transport.ts";
import { createUndiciTransport, LARGEST_BODY, loopbackLookup } from "../../src/http/undici-transport.ts";
import type { Env } from "../../src/model/runtime.ts";
import { errorOf } from "./support.ts";

/** A server that answers the whole of each request (head, and body by its length) on a socket of its own. */
async function listen(
  answer: (socket: Socket, request: string, connection: number) => void,
): Promise<{ port: number; seen: string[] }> {
  const seen: string[] = [];
  let connections = 0;
  const open = new Set<Socket>();
  const server: Server = createServer((socket) => {
    const connection = ++connections;
    open.add(socket);
    socket.on("error", () => undefined);
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      const end = text.indexOf("\r\n\r\n");
      const length = Number(/^content-length: (\d+)/im.exec(text)?.[1] ?? 0);
      if (end < 0 && !text.startsWith("\x16")) return;
      if (end >= 0 && text.length < end + 4 + length) return;
      seen.push(text);
      const request = text;
      text = "";
      answer(socket, request, connection);
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { port: address.port, seen };
}

const OK = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 7\r\n\r\n{"a":1}';

function transportOf(env: Env = {}) {
  const transport = createUndiciTransport(env);
  onTestFinished(() => transport.close());
  return transport;
}

function get(url: string, more: Partial<WireRequest> = {}): WireRequest {
  return { method: "GET", url: new URL(url), headers: { authorization: "Bearer the-very-key" }, ...more };
}

const unbounded = new AbortController().signal;

async function breakOf(port: number, env: Env = {}, scheme = "http"): Promise<TransportError> {
  return errorOf(TransportError, transportOf(env).exchange(get(`${scheme}://127.0.0.1:${port}/x`), unbounded));
}

describe("an exchange", () => {
  it("carries method, path, headers and body there, and status, headers and body back", async () => {
    const { port, seen } = await listen((socket) => socket.write(OK));
    const request = get(`http://127.0.0.1:${port}/v1/jobs?q=a+b`, { method: "PATCH", body: '{"é":1}' });
    const answer = await transportOf().exchange(request, unbounded);
    expect(answer.status).toBe(200);
    expect(answer.headers).toEqual({ "content-type": "application/json", "content-length": "7" });
    expect(Buffer.from(answer.body).toString()).toBe('{"a":1}');
    expect(seen[0]?.split("\r\n")[0]).toBe("PATCH /v1/jobs?q=a+b HTTP/1.1");
    expect(seen[0]).toMatch(/^accept-encoding: identity\r$/m);
    expect(seen[0]).toMatch(/^authorization: Bearer the-very-key\r$/m);
    expect(Buffer.from(seen[0]?.split("\r\n\r\n")[1] ?? "", "latin1").toString()).toBe('{"é":1}');
  });

  it("uses connections again, but a fresh one where that is asked for", async () => {
    const connections: number[] = [];
    const { port, seen } = await listen((socket, _request, connection) => {
      connections.push(connection);
      socket.write(OK);
    });
    const transport = transportOf();
    const url = `http://127.0.0.1:${port}/x`;
    for (let i = 0; i < 6; i++) await transport.exchange(get(url), unbounded);
    const pooled = new Set(connections);
    expect(pooled.size).toBeLessThan(6);
    for (let i = 0; i < 3; i++) await transport.exchange(get(url, { fresh: true }), unbounded);
    const fresh = connections.slice(6);
    expect(new Set(fresh).size).toBe(3);
    expect(fresh.filter((connection) => pooled.has(connection))).toEqual([]);
    expect(seen.slice(6).every((text) => /^connection: close\r$/m.test(text))).toBe(true);
  });

  it.each([
    301, 302, 303, 307, 308,
  ])("A43 follows no redirect with %i, whatever was sent, and to wherever", async (status) => {
    const { port, seen } = await listen((socket) => {
      const location = [`http://127.0.0.1:${port}/next`, "//127.0.0.1/x", "?again", "file:///etc/passwd"][
        seen.length % 4
      ];
      socket.write(`HTTP/1.1 ${status} Moved\r\nlocation: ${location}\r\ncontent-length: 0\r\n\r\n`);
    });
    const transport = transportOf();
    for (let hop = 1; hop <= 10; hop++) {
      const request = get(`http://127.0.0.1:${port}/hop/${hop}`, {
        method: hop % 2 === 0 ? "GET" : "POST",
        body: "{}",
      });
      expect((await transport.exchange(request, unbounded)).status).toBe(status);
      expect(seen).toHaveLength(hop);
      expect(seen[hop - 1]).toContain(`/hop/${hop} HTTP`);
    }
  });

  it("A43 A45 follows no redirect, and keeps no cookie", async () => {
    const redirect =
      "HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\nset-cookie: a=1\r\nset-cookie: b=2\r\ncontent-length: 0\r\n\r\n";
    const { port, seen } = await listen((socket) => socket.write(redirect));
    const transport = transportOf();
    const answer = await transport.exchange(get(`http://127.0.0.1:${port}/x`), unbounded);
    await transport.exchange(get(`http://127.0.0.1:${port}/x`), unbounded);
    expect(answer.status).toBe(302);
    expect(answer.headers["set-cookie"]).toEqual(["a=1", "b=2"]);
    expect(seen).toHaveLength(2);
    expect(seen.join()).not.toMatch(/cookie|elsewhere/);
  });

  it("waits for the answer behind interim ones", async () => {
    const { port } = await listen((socket) => socket.write(`HTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\n${OK}`));
    expect((await transportOf().exchange(get(`http://127.0.0.1:${port}/x`), unbounded)).status).toBe(200);
  });

  it("A54 waits behind ten thousand interim answers, and for those that never end until it is given up", async () => {
    const interim = "HTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\n";
    const controller = new AbortController();
    const { port } = await listen((socket, request) => {
      socket.write(interim.repeat(10_000));
      if (!request.startsWith("GET /endless")) return socket.write(OK);
      const more = (): void => {
        if (!socket.destroyed) socket.write(interim.repeat(1000), () => setImmediate(more));
      };
      more();
      setImmediate(() => controller.abort());
    });
    const transport = transportOf();
    expect((await transport.exchange(get(`http://127.0.0.1:${port}/x`), unbounded)).status).toBe(200);
    const work = transport.exchange(get(`http://127.0.0.1:${port}/endless`), controller.signal);
    expect(await errorOf(TransportError, work)).toMatchObject({ phase: "no-answer", code: "ABORTED" });
  });

  it("A37 reaches localhost on this machine, and nothing else by plain http", async () => {
    const { port } = await listen((socket) => socket.write(OK));
    const transport = transportOf();
    expect((await transport.exchange(get(`http://localhost:${port}/x`), unbounded)).status).toBe(200);
    for (const host of ["192.0.2.1", "localhost.example", "0.0.0.0"]) {
      const error = await errorOf(TransportError, transport.exchange(get(`http://${host}:${port}/x`), unbounded));
      expect(error).toMatchObject({ phase: "before-sent", code: "PLAIN_HTTP" });
    }
  });
});

describe("a look-up of localhost", () => {
  const answers = (...addresses: string[]) =>
    loopbackLookup((_name, _options, callback) =>
      callback(
        null,
        addresses.map((address) => ({ address, family: 4 })),
      ),
    );
  const found = (lookup: ReturnType<typeof answers>, all: boolean) =>
    new Promise((resolve) => lookup("localhost", { all }, (error, address) => resolve(error?.code ?? address)));

  it("A37 finds this machine, and nothing else", async () => {
    const mixed = answers("192.0.2.1", "127.0.0.1");
    expect(await found(mixed, false)).toBe("127.0.0.1");
    expect(await found(mixed, true)).toEqual([{ address: "127.0.0.1", family: 4 }]);
    expect(await found(answers("192.0.2.1", "0.0.0.0"), true)).toBe("PLAIN_HTTP");
    expect(await found(answers(), false)).toBe("PLAIN_HTTP");
  });

  it("fails where the system's fails", async () => {
    const failing = loopbackLookup((_name, _options, callback) =>
      callback(Object.assign(new Error("no"), { code: "ENOTFOUND" }), []),
    );
    expect(await found(failing, true)).toBe("ENOTFOUND");
  });
});

describe("an exchange that breaks", () => {
  it("before anything was sent", async () => {
    const { port } = await listen(() => undefined);
    const gone = createServer().listen(0, "127.0.0.1");
    await new Promise((done) => gone.once("listening", done));
    const address = gone.address();
    await new Promise((done) => gone.close(done));
    const free = typeof address === "object" && address !== null ? address.port : port;
    expect(await breakOf(free)).toMatchObject({ phase: "before-sent", code: "ECONNREFUSED", status: undefined });
  });

  it("in a TLS handshake that is none", async () => {
    const { port } = await listen((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    const error = await breakOf(port, {}, "https");
    expect(error.phase).toBe("before-sent");
    expect(error.code).toMatch(/^(ERR_SSL|EPROTO)/);
  });

  it.each<[string, (socket: Socket) => void]>([
    ["closed", (socket) => socket.end()],
    ["reset", (socket) => socket.resetAndDestroy()],
    ["half a status line", (socket) => socket.end("HTTP/1.1 20")],
    ["not HTTP", (socket) => socket.end("SSH-2.0-x\r\n\r\n")],
    ["half the headers", (socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-")],
  ])("without an answer: %s", async (_name, answer) => {
    const { port, seen } = await listen(answer);
    expect(await breakOf(port)).toMatchObject({ phase: "no-answer", status: undefined });
    expect(seen).toHaveLength(1);
  });

  it.each<[string, string]>([
    ["shorter than its length", "content-length: 100\r\n\r\n{}"],
    ["in chunks that do not end", "transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n"],
  ])("in the body: %s", async (_name, rest) => {
    const { port } = await listen((socket) => socket.end(`HTTP/1.1 201 Created\r\nx-a: b\r\n${rest}`));
    const error = await breakOf(port);
    expect(error).toMatchObject({ phase: "in-body", status: 201 });
    expect(error.headers).toMatchObject({ "x-a": "b" });
  });

  it("A54 past a limit of the body", async () => {
    const { port } = await listen((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${LARGEST_BODY + 1}\r\n\r\n`);
      socket.write(Buffer.alloc(LARGEST_BODY + 1, 0x20));
    });
    expect(await breakOf(port)).toMatchObject({ phase: "in-body", status: 200, code: "UND_ERR_RES_EXCEEDED_MAX_SIZE" });
  });

  it("A54 past a limit of the body, in chunks that never end", async () => {
    let sent = 0;
    const { port } = await listen((socket) => {
      socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
      const chunk = Buffer.from(`100000\r\n${" ".repeat(0x100000)}\r\n`);
      const more = (): void => {
        if (socket.destroyed) return;
        sent += 1;
        socket.write(chunk, () => setImmediate(more));
      };
      more();
    });
    expect(await breakOf(port)).toMatchObject({ phase: "in-body", status: 200, code: "UND_ERR_RES_EXCEEDED_MAX_SIZE" });
    expect(sent).toBeLessThan(LARGEST_BODY / 0x100000 + 64);
  });

  it("A54 past a limit of the headers", async () => {
    const { port } = await listen((socket) =>
      socket.write(`HTTP/1.1 200 OK\r\n${`x-a: ${"b".repeat(90)}\r\n`.repeat(500)}\r\n`),
    );
    expect(await breakOf(port)).toMatchObject({ phase: "no-answer", code: "UND_ERR_HEADERS_OVERFLOW" });
  });
});

describe("an exchange that is given up", () => {
  it("before it began sends nothing", async () => {
    const { port, seen } = await listen((socket) => socket.write(OK));
    const transport = transportOf();
    const error = await errorOf(
      TransportError,
      transport.exchange(get(`http://127.0.0.1:${port}/x`), AbortSignal.abort()),
    );
    expect(error).toMatchObject({ phase: "before-sent", code: "ABORTED" });
    await transport.exchange(get(`http://127.0.0.1:${port}/y`), unbounded);
    expect(seen.map((text) => text.slice(0, 6))).toEqual(["GET /y"]);
  });

  it("while it waits for an answer may have arrived", async () => {
    const controller = new AbortController();
    const { port } = await listen(() => controller.abort());
    const work = transportOf().exchange(get(`http://127.0.0.1:${port}/x`), controller.signal);
    expect(await errorOf(TransportError, work)).toMatchObject({ phase: "no-answer", code: "ABORTED" });
  });

  it("A54 while the body drips in has a status", async () => {
    const controller = new AbortController();
    const { port } = await listen((socket, request) => {
      socket.write(request.startsWith("GET /drip") ? "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{" : OK);
    });
    const transport = transportOf();
    const work = errorOf(TransportError, transport.exchange(get(`http://127.0.0.1:${port}/drip`), controller.signal));
    for (let i = 0; i < 5; i++) await transport.exchange(get(`http://127.0.0.1:${port}/x`), unbounded);
    controller.abort();
    expect(await work).toMatchObject({ phase: "in-body", status: 200, code: "ABORTED" });
  });

  it("while the handshake hangs sent nothing", async () => {
    const controller = new AbortController();
    const { port } = await listen(() => controller.abort());
    const work = transportOf().exchange(get(`https://127.0.0.1:${port}/x`), controller.signal);
    expect(await errorOf(TransportError, work)).toMatchObject({ phase: "before-sent", code: "ABORTED" });
  });
});

describe("a proxy", () => {
  const proxyFor = (port: number): Env => ({
    HTTPS_PROXY: `http://user:hunter22@127.0.0.1:${port}`,
    HTTP_PROXY: `http://user:hunter22@127.0.0.1:${port}`,
    ALL_PROXY: `http://127.0.0.1:${port}`,
    http_proxy: `http://127.0.0.1:${port}`,
  });

  it("A39 never sees plain http", async () => {
    const proxy = await listen((socket) => socket.end());
    const { port } = await listen((socket) => socket.write(OK));
    const transport = transportOf(proxyFor(proxy.port));
    for (const fresh of [false, true])
      await transport.exchange(get(`http://127.0.0.1:${port}/x`, { fresh }), unbounded);
    expect(proxy.seen).toEqual([]);
  });

  it("A40 that refuses is named without its password, and never sees the key", async () => {
    const proxy = await listen((socket) =>
      socket.end("HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 5\r\n\r\n<htm>"),
    );
    const error = await errorOf(
      TransportError,
      transportOf(proxyFor(proxy.port)).exchange(get("https://api.example.com/v0/jobs"), unbounded),
    );
    expect(error).toMatchObject({ phase: "before-sent", code: "PROXY" });
    expect(error.message).toBe(
      `Proxy response (407) !== 200 when HTTP Tunneling (HTTPS_PROXY is http://127.0.0.1:${proxy.port})`,
    );
    expect(proxy.seen[0]).toMatch(/^CONNECT api\.example\.com:443 HTTP\/1\.1\r\n/);
    expect(proxy.seen[0]).toContain(`proxy-authorization: Basic ${Buffer.from("user:hunter22").toString("base64")}`);
    expect(proxy.seen.join()).not.toContain("the-very-key");
  });

  it.each([
    ["says yes, and shows a page", "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n<html>sign in</html>"],
    ["shows a page", "HTTP/1.1 403 Forbidden\r\ncontent-type: text/html\r\ncontent-length: 6\r\n\r\n<html>"],
  ])("A40 that %s never sees the key", async (_name, answer) => {
    const proxy = await listen((socket) => socket.end(answer));
    const error = await errorOf(
      TransportError,
      transportOf(proxyFor(proxy.port)).exchange(get("https://api.example.com/v0/jobs"), unbounded),
    );
    expect(error.phase).toBe("before-sent");
    expect(error.message).toContain(`(HTTPS_PROXY is http://127.0.0.1:${proxy.port})`);
    expect(error.message + proxy.seen.join()).not.toMatch(/the-very-key|hunter22/);
  });

  it("is left out where NO_PROXY says so", async () => {
    const proxy = await listen((socket) => socket.end());
    const { port } = await listen((socket) => socket.end());
    const env = { ...proxyFor(proxy.port), NO_PROXY: "other.example,127.0.0.1" };
    expect((await breakOf(port, env, "https")).phase).toBe("before-sent");
    expect(proxy.seen).toEqual([]);
  });

  it("that is no URL is an error, not no proxy", async () => {
    expect(await breakOf(1, { HTTPS_PROXY: "http://user:hunter22@:x" }, "https")).toMatchObject({
      phase: "before-sent",
      code: "PROXY",
      message: "HTTPS_PROXY is not a URL (HTTPS_PROXY is (not a URL))",
    });
  });

  it("may be named without a scheme", async () => {
    const proxy = await listen((socket) => socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n"));
    const error = await breakOf(443, { https_proxy: `127.0.0.1:${proxy.port}` }, "https");
    expect(error.code).toBe("PROXY");
    expect(proxy.seen).toHaveLength(1);
  });
});
