import type { Code } from "../codes.ts";
import { ApiError } from "../errors.ts";
import type { OutcomeClass, Reason } from "../model/outcome.ts";
import type { RequestKind, Signal } from "./policy.ts";

/** What messages call things. */
export interface TargetNames {
  readonly target: string;
  /** `Nimble`. */
  readonly platform: string;
  /** What the user sets for the credentials: `NIMBLE_API_KEY`. */
  readonly key: string;
  /** What the user sets for the base URL: `NIMBLE_BASE_URL`. */
  readonly baseUrl: string;
  /** What the user sets for the workspace, and its value. */
  readonly workspace?: { readonly name: string; readonly value: string };
}

/** How a request ended. All texts are excerpts: short, harmless, without secrets. */
export interface Facts {
  readonly names: TargetNames;
  /** Of the base URL; no credentials, no path. */
  readonly origin: string;
  readonly kind: RequestKind;
  /** `GET /v1/jobs/job_7`. */
  readonly request: string;
  /** What of several requests it is: `page 3 of the job list`. */
  readonly label?: string;
  readonly about: "collection" | "item";
  readonly signal: Signal;
  readonly outcome: OutcomeClass;
  readonly reason: Reason;
  readonly status?: number;
  /** The system's or library's code, where no answer came. */
  readonly errno?: string;
  /** The platform's words, or what was wrong with the answer. */
  readonly said: string;
  /** The platform's own code in the body. */
  readonly platformCode?: string;
  /** The answer was the platform's own JSON. */
  readonly native: boolean;
  readonly at?: string;
  readonly attempts: number;
  readonly tries: number;
  readonly askedMs?: number;
  /** Nothing more is sent to the target for now. */
  readonly closed?: boolean;
  /** Several jobs in a row were forbidden: it is the key, not the job. */
  readonly forbiddenInARow?: boolean;
}

interface Words {
  readonly code: Code;
  readonly what: string;
  readonly hint: string;
  readonly stopsTarget?: boolean;
}

/** The error of a request that did not end well: what happened, where, what it means, what to do. */
export function failure(facts: Facts): ApiError {
  const words = wordsFor(facts);
  const how = facts.status ?? facts.errno ?? "no answer";
  const label = facts.label === undefined ? "" : `${facts.label}: `;
  const message = `${label}${words.what} (${facts.request}, ${how}, try ${facts.attempts} of ${facts.tries})`;
  return new ApiError(words.code, facts.reason, message, {
    outcome: facts.outcome,
    request: facts.request,
    attempts: facts.attempts,
    tries: facts.tries,
    hint: [meaning(facts), words.hint].filter((part) => part !== "").join(" "),
    stopsTarget: words.stopsTarget ?? false,
    ...(facts.status === undefined ? {} : { status: facts.status }),
    ...(facts.errno === undefined ? {} : { errno: facts.errno }),
    ...(facts.askedMs === undefined ? {} : { retryAfterMs: facts.askedMs }),
    ...(facts.at === undefined ? {} : { at: facts.at }),
  });
}

function meaning(facts: Facts): string {
  if (facts.outcome === "not-sent" || (facts.kind === "read" && facts.signal === "not-sent"))
    return "Nothing was sent.";
  if (facts.kind === "read") return "";
  if (facts.outcome === "not-done") return "It did not happen.";
  if (facts.outcome === "done") return "It happened, but its answer is lost.";
  return "It may have happened, or may happen yet; it is looked up before anything is sent again.";
}

function wordsFor(facts: Facts): Words {
  const { names, origin, said } = facts;
  const quoted = said === "" ? "" : `: ${said}`;
  switch (facts.signal) {
    case "not-sent":
      return notSentWords(facts);
    case "tls":
      return tlsWords(facts);
    case "lost":
      return {
        code: facts.kind === "read" ? "JW2004" : "JW2005",
        what: `${origin} did not answer${facts.errno === "TIMEOUT" ? ` within ${said}` : ": the connection broke"}`,
        hint:
          facts.kind === "read"
            ? `Check the network and the state of ${names.platform}, then run again.`
            : "Run again: it is settled then.",
      };
    case "cut":
      return {
        code: "JW2031",
        what: `the answer of ${names.platform} is broken${quoted}`,
        hint: "Run again; if it stays, something between here and the platform damages answers.",
      };
    case "foreign":
      return {
        code: "JW2030",
        what: `not the API: ${origin} answered ${said}`,
        hint: `Check ${names.baseUrl}; a proxy or sign-in page may stand in between.`,
      };
    case "too-big":
      return {
        code: "JW2032",
        what: `the answer of ${names.platform} is past a limit${quoted}`,
        hint: `Answers may hold 32 MiB and 32 KiB of headers. Check ${names.baseUrl}: something else may answer there.`,
      };
    case "redirect":
      return {
        code: "JW2033",
        what: `${origin} redirects${said === "" ? "" : ` to ${said}`}, which is not followed`,
        hint: `Credentials go to the configured origin only. If the API has moved, change ${names.baseUrl}.`,
      };
    default:
      return statusWords(facts, quoted);
  }
}

function tlsWords({ names, origin, said }: Facts): Words {
  // OpenSSL's own lines: code, library, function, reason, file, line.
  const reason = /:error:[0-9A-F]+:[^:]*:[^:]*:([^:]+):/.exec(said)?.[1] ?? said;
  const plain = reason === "wrong version number";
  return {
    code: "JW2002",
    what: plain
      ? `${origin} does not speak TLS`
      : `the certificate or TLS handshake of ${origin} is not accepted${reason === "" ? "" : `: ${reason}`}`,
    hint: plain
      ? `Check ${names.baseUrl}: is it plain http there?`
      : "Check the clock of this machine and the host name; for a certificate authority of your own set NODE_EXTRA_CA_CERTS.",
    stopsTarget: true,
  };
}

function notSentWords({ origin, names, errno, said }: Facts): Words {
  const check = `Check the network and ${names.baseUrl}.`;
  if (errno === "PROXY") {
    return {
      code: "JW2003",
      what: `the proxy did not connect to ${origin}: ${said}`,
      hint: "Check HTTPS_PROXY and NO_PROXY.",
    };
  }
  if (errno === "PLAIN_HTTP") {
    return {
      code: "JW2042",
      what: `${said}`,
      hint: "Credentials go over https only; http is for this machine.",
      stopsTarget: true,
    };
  }
  const proxy = /\(HTTPS_PROXY is .*\)$/.exec(said)?.[0];
  const via = proxy === undefined ? "" : ` ${proxy}`;
  if (errno === "ENOTFOUND" || errno === "EAI_AGAIN") {
    return { code: "JW2001", what: `the host name of ${origin} does not resolve${via}`, hint: check };
  }
  const refused = errno === "ECONNREFUSED" ? "refuses the connection" : "cannot be reached";
  return { code: "JW2000", what: `${origin} (target ${names.target}) ${refused}${via}`, hint: check };
}

function statusWords(facts: Facts, quoted: string): Words {
  const { names, status } = facts;
  const workspace = names.workspace === undefined ? "" : ` in workspace ${names.workspace.value}`;
  const workspaceCheck = names.workspace === undefined ? "" : ` and ${names.workspace.name}`;
  switch (facts.signal) {
    case "unauthorized":
      return {
        code: "JW2010",
        what: `${names.platform} refuses the credentials of target ${names.target}${quoted}`,
        hint: `Check ${names.key}: is it right, and of this account?`,
        stopsTarget: true,
      };
    case "forbidden":
      return {
        code: "JW2011",
        what: `${names.platform} does not allow this with these credentials${workspace}${quoted}`,
        hint: `Check what ${names.key} may do${workspaceCheck}.`,
        stopsTarget: (facts.kind === "read" && facts.about === "collection") || facts.forbiddenInARow === true,
      };
    case "unpaid":
      return {
        code: "JW2012",
        what: `${names.platform} says that the account's budget is used up${quoted}`,
        hint: "Raise the budget on the platform, then run again.",
        stopsTarget: facts.kind === "read",
      };
    case "missing":
      return missingWords(facts, workspace, workspaceCheck);
    case "conflict":
      return {
        code: "JW2015",
        what: `${names.platform} refuses it as a conflict${quoted}`,
        hint: "Somebody else may be changing the job, or its name is taken. Run plan again: it shows what is there now.",
      };
    case "unsupported":
      return {
        code: "JW2018",
        what: `${names.platform} does not know this kind of request${quoted}`,
        hint: `Check ${names.baseUrl}; else the API has changed and this version of jobwright does not know it yet.`,
      };
    case "throttled":
      return rateLimitedWords(facts, quoted);
    case "invalid":
      return invalidWords(facts, quoted);
    default:
      return {
        code: "JW2020",
        what: `${names.platform} failed with ${status}${quoted}`,
        hint: facts.kind === "read" ? `Look at the state of ${names.platform}, then run again.` : "Run again.",
      };
  }
}

function missingWords(facts: Facts, workspace: string, workspaceCheck: string): Words {
  const { names, origin, said } = facts;
  if (facts.about === "item" && facts.native) {
    return {
      code: "JW2013",
      what: `${names.platform} knows no such job${said === "" ? "" : `: ${said}`}`,
      hint: "Somebody deleted it meanwhile. Run plan again.",
    };
  }
  return {
    code: "JW2014",
    what: `there is no jobs API at ${origin}${workspace}: wrong base URL?${said === "" ? "" : ` (${said})`}`,
    hint: `Check ${names.baseUrl}${names.workspace === undefined ? "" : " (it ends in /v0)"}${workspaceCheck}.`,
    stopsTarget: true,
  };
}

function rateLimitedWords(facts: Facts, quoted: string): Words {
  const asked = facts.askedMs === undefined ? "" : ` and asks to wait ${Math.ceil(facts.askedMs / 1000)} s`;
  return {
    code: "JW2019",
    what: `${facts.names.platform} limits the rate${asked}${quoted}`,
    hint: "Run again later; others may be using the same key. Waits are capped by http.maxWait and http.maxWaitTotal.",
    stopsTarget: facts.closed === true,
  };
}

function invalidWords(facts: Facts, quoted: string): Words {
  if (facts.platformCode === "invalid_api_version") {
    return {
      code: "JW2017",
      what: `${facts.names.platform} does not know the API version that was asked for${quoted}`,
      hint: "This version of jobwright does not fit the platform's API: look for a newer one.",
      stopsTarget: true,
    };
  }
  return {
    code: "JW2016",
    what: `${facts.names.platform} says that the request is not valid${quoted}`,
    hint:
      facts.at === undefined
        ? "Correct the manifest: the platform knows more rules than jobwright can check."
        : `Change ${facts.at} in the manifest.`,
  };
}
