import type { Json } from "../model/json.ts";
import { decodeText } from "./decode.ts";
import { readDocuments } from "./parse.ts";
import { type RealFolders, readProjectFile } from "./read-file.ts";
import { Source } from "./source.ts";

/** One document of a file that nothing is wrong with: what resolving it needs, as plain data. */
export interface ReadyDocument {
  readonly value: Json;
  /** Which of the file's documents, empty ones left out. */
  readonly index: number;
  /** Whether its text holds a `$` at all. */
  readonly dollar: boolean;
  /** Where it begins, from 1. */
  readonly line: number;
  readonly column: number;
}

/**
 * The documents of a file, or undefined where there is anything to tell about it: then whoever tells it reads the file
 * anew, with its places.
 */
export function readReady(root: string, file: string, folders: RealFolders): readonly ReadyDocument[] | undefined {
  const read = readProjectFile(root, file, folders);
  if ("problem" in read) return undefined;
  const decoded = decodeText(read.bytes);
  if (decoded.problem !== undefined) return undefined;
  const source = new Source(file, decoded.text);
  const ready: ReadyDocument[] = [];
  let index = 0;
  for (const { value, at, whole } of readDocuments(source, { lint: true })) {
    if (value === undefined || !source.clean) return undefined;
    const dollar = source.text.slice(whole.start, whole.end).includes("$");
    ready.push({ value, index: index++, dollar, ...source.position(at.start) });
  }
  return source.clean ? ready : undefined;
}
