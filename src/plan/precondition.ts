import { canonical, sha256 } from "../document/canonical.ts";
import { objectFrom, type Value } from "../model/document.ts";
import type { LiveJob } from "../model/job.ts";

/** What a plan rests on of a live job: which job it is, and the managed fields as seen. */
export function preconditionOf(live: LiveJob, managed: ReadonlyMap<string, Value>): string {
  return sha256(
    canonical({ id: live.id, name: live.name, createdAt: live.facts.createdAt ?? null, fields: objectFrom(managed) }),
  );
}

/** A create rests on there being no job of that name. */
export function absencePrecondition(target: string, name: string): string {
  return sha256(canonical({ absent: `${target}/${name}` }));
}

/** Digest of everything visible of a live job: moves when anything but a masked value does. */
export function seenDigest(live: LiveJob): string {
  return sha256(canonical(live.document));
}
