import { ApiError, JobwrightError } from "../errors.ts";
import type { SecretTable, Value } from "../model/document.ts";
import type { Address, LiveJob } from "../model/job.ts";
import { isJsonObject, type Json, type JsonObject } from "../model/json.ts";
import type { PlannedRequest } from "../model/plan.ts";
import type { ApiAnswer, ApiClient } from "./api.ts";
import type { RequestKind } from "./policy.ts";
import { fillSecrets } from "./secret-values.ts";
import { excerpt } from "./text.ts";

/** What whoever sends a write has a say in. */
export interface SendHooks {
  /** Is awaited when the request has its turn, right before it leaves, at every try; what it throws keeps it back. */
  readonly before?: () => Promise<void>;
  /** Whether a write that may have happened is to be sent once more. */
  readonly stillDue?: () => Promise<boolean>;
}

/** What a platform adds to sending a write. */
export interface WriteOptions {
  readonly client: ApiClient;
  readonly secrets: SecretTable;
  /** Below the base URL. */
  readonly path: string;
  /** What tells the job in an answer from others; undefined where it is not there. */
  readonly nameIn: (answer: JsonObject) => Json | undefined;
  /** What that must be; undefined: whatever. */
  readonly expected: Value | undefined;
  readonly readJob: (answer: JsonObject, inexact: readonly string[]) => LiveJob;
  readonly hooks: SendHooks | undefined;
}

const KINDS: Readonly<Record<PlannedRequest["method"], RequestKind>> = {
  POST: "create",
  PATCH: "update",
  PUT: "update",
  DELETE: "delete",
};

/**
 * Sends a write with the secrets' values in it. The answered job comes back where there is one; an answer about another
 * job makes the outcome unknown, since then nobody knows which answer belongs to which request.
 */
export async function sendWrite(
  request: PlannedRequest,
  address: Address,
  options: WriteOptions,
): Promise<{ readonly job?: LiveJob; readonly attempts: number }> {
  const kind = KINDS[request.method];
  const body =
    request.body === undefined ? undefined : JSON.stringify(fillSecrets(request.body, options.secrets, address));
  const answer = await options.client.request({
    method: request.method,
    path: options.path,
    kind,
    about: kind === "create" ? "collection" : "item",
    ...(body === undefined ? {} : { body }),
    ...options.hooks,
  });
  const { json, attempts } = answer;
  if (!isJsonObject(json)) return { attempts };
  const named = options.nameIn(json);
  if (options.expected !== undefined && named !== undefined && named !== options.expected) {
    throw mixedUp(answer, String(options.expected), String(named), {
      outcome: "unknown",
      stopsTarget: kind !== "create",
    });
  }
  const job = kind === "delete" ? undefined : jobIn(json, answer.inexact, options);
  return job === undefined ? { attempts } : { job, attempts };
}

/** An answer that says it did what was asked is believed, even where the job in it cannot be read. */
function jobIn(json: JsonObject, inexact: readonly string[], options: WriteOptions): LiveJob | undefined {
  try {
    return options.readJob(json, inexact);
  } catch (error) {
    if (error instanceof JobwrightError) return undefined;
    throw error;
  }
}

/** Reads an answered job; where it is none, the error says what was asked. */
export function readAnswered(answer: Pick<ApiAnswer, "request" | "status" | "attempts">, read: () => LiveJob): LiveJob {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof JobwrightError)) throw error;
    const { request, status, attempts } = answer;
    throw new ApiError(error.code, error.reason, `${error.message} (${request}, ${status})`, {
      ...{ outcome: "not-done", request, status, attempts },
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    });
  }
}

/** The error of an answer that is about another job than the one asked for. */
export function mixedUp(
  answer: Pick<ApiAnswer, "request" | "status" | "attempts">,
  asked: string,
  answered: string,
  effect: { readonly outcome: "unknown" | "not-done"; readonly stopsTarget: boolean },
): ApiError {
  const message = `answers are mixed up: asked about ${excerpt(asked, [], 80)}, answered about ${excerpt(answered, [], 80)}`;
  const unknown = effect.outcome === "unknown" ? "The write may have happened, or may happen yet. " : "";
  return new ApiError("JW2034", "bad-answer", `${message} (${answer.request}, ${answer.status})`, {
    ...effect,
    request: answer.request,
    status: answer.status,
    attempts: answer.attempts,
    hint: `${unknown}Something between here and the platform gives answers to the wrong requests (a cache, a proxy).`,
  });
}
