import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemEnv } from "../../support/cli.ts";

/** A repository that is fetched and pushed over HTTP, as a runner does it. */
export interface GitServer {
  readonly url: string;
  /** What a checkout with `persist-credentials` leaves in the repository's config. */
  readonly header: string;
  /** Whether the token may push. */
  writable: boolean;
  /** `GET git-upload-pack`, `POST git-receive-pack 403`, in order. */
  readonly requests: readonly string[];
  refs(): readonly string[];
  close(): Promise<void>;
}

/** Serves an empty repository on the loopback with git's own program for that; the token may not push at first. */
export async function gitServer(token: string): Promise<GitServer> {
  const folder = mkdtempSync(join(tmpdir(), "jobwright-remote-"));
  const repository = join(folder, "r.git");
  execFileSync("git", ["init", "-q", "--bare", repository]);
  execFileSync("git", ["-C", repository, "config", "http.receivepack", "true"]);
  const credentials = Buffer.from(`x-access-token:${token}`).toString("base64");
  const requests: string[] = [];
  const access = { writable: false };

  const refusal = (request: IncomingMessage, url: URL): readonly [number, string] | undefined => {
    if (request.headers.authorization !== `basic ${credentials}`) return [401, "who are you"];
    const pushes = `${url.pathname}${url.search}`.includes("git-receive-pack");
    return pushes && !access.writable ? [403, "Permission to o/r.git denied to github-actions[bot]."] : undefined;
  };
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://git.test");
    const refused = refusal(request, url);
    const what = /git-(?:upload|receive)-pack/.exec(`${url.pathname}${url.search}`)?.[0] ?? url.pathname;
    requests.push(`${request.method} ${what}${refused === undefined ? "" : ` ${refused[0]}`}`);
    if (refused === undefined) return backend(folder, request, url, response);
    const headers = refused[0] === 401 ? { "www-authenticate": "Basic" } : {};
    return response.writeHead(refused[0], { "content-type": "text/plain", ...headers }).end(refused[1]);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/r.git`,
    header: `AUTHORIZATION: basic ${credentials}`,
    set writable(may: boolean) {
      access.writable = may;
    },
    get writable() {
      return access.writable;
    },
    requests,
    refs: () =>
      execFileSync("git", ["-C", repository, "for-each-ref", "--format=%(refname)"], { encoding: "utf8" })
        .split("\n")
        .filter(Boolean),
    close: async () => {
      await new Promise<void>((done) => {
        server.close(() => done());
        server.closeAllConnections();
      });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** One request, answered by `git http-backend` over CGI. */
function backend(folder: string, request: IncomingMessage, url: URL, response: ServerResponse): void {
  const child = spawn("git", ["http-backend"], {
    stdio: ["pipe", "pipe", "ignore"],
    env: {
      ...systemEnv(),
      ...{ HOME: folder, GIT_PROJECT_ROOT: folder, GIT_HTTP_EXPORT_ALL: "1", GIT_CONFIG_NOSYSTEM: "1" },
      ...{ REQUEST_METHOD: request.method, PATH_INFO: url.pathname, QUERY_STRING: url.search.slice(1) },
      ...{ CONTENT_TYPE: request.headers["content-type"] ?? "", REMOTE_USER: "x-access-token" },
      ...{ GIT_PROTOCOL: String(request.headers["git-protocol"] ?? "") },
      HTTP_CONTENT_ENCODING: String(request.headers["content-encoding"] ?? ""),
    },
  });
  request.pipe(child.stdin);
  child.stdin.on("error", () => {});
  const parts: Buffer[] = [];
  child.stdout.on("data", (part: Buffer) => parts.push(part));
  child.on("close", () => {
    const all = Buffer.concat(parts);
    const end = all.indexOf("\r\n\r\n");
    const fields = all
      .subarray(0, end)
      .toString("latin1")
      .split("\r\n")
      .map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()] as const);
    const status = fields.find(([name]) => name.toLowerCase() === "status")?.[1] ?? "200";
    const headers = Object.fromEntries(fields.filter(([name]) => name.toLowerCase() !== "status"));
    response.writeHead(Number.parseInt(status, 10), headers).end(all.subarray(end + 4));
  });
}
