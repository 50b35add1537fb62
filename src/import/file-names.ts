import type { Address } from "../model/job.ts";
import { splitAddress } from "../model/job.ts";

/** One YAML document for a file. */
export interface DocumentText {
  readonly address: Address;
  /** Ends with a line end. */
  readonly text: string;
}

/** A manifest file with the documents in it. */
export interface ManifestFile {
  /** Below the folder of the import, with `/`. */
  readonly path: string;
  readonly documents: readonly DocumentText[];
}

/** Larger manifest files, in bytes, are not read. */
export const LARGEST_FILE = 1024 * 1024;

/** Leaves room for what people add. */
const FULL = 0.9 * LARGEST_FILE;

const LONGEST_NAME = 100;

/** `<target>/<name>.yaml` for each document, numbered where two names would be one file. */
export function oneFileEach(documents: readonly DocumentText[]): readonly ManifestFile[] {
  const taken = new Set<string>();
  return documents.map((document) => {
    const { target, name } = splitAddress(document.address);
    const stem = `${safeName(target)}/${safeName(name)}`;
    let path = `${stem}.yaml`;
    // Some file systems do not tell cases apart.
    for (let n = 2; taken.has(path.toLowerCase()); n++) path = `${stem}-${n}.yaml`;
    taken.add(path.toLowerCase());
    return { path, documents: [document] };
  });
}

/** `<target>.yaml` for all documents of a target, and `<target>-2.yaml`, ... where that gets too large to be read. */
export function oneFilePerTarget(documents: readonly DocumentText[]): readonly ManifestFile[] {
  const files: { path: string; size: number; documents: DocumentText[] }[] = [];
  const last = new Map<string, { file: (typeof files)[number]; count: number }>();
  for (const document of documents) {
    const stem = safeName(splitAddress(document.address).target);
    const size = byteLength(document.text) + SEPARATOR.length;
    const before = last.get(stem);
    if (before !== undefined && before.file.size + size <= FULL) {
      before.file.documents.push(document);
      before.file.size += size;
      continue;
    }
    const count = (before?.count ?? 0) + 1;
    const file = { path: count === 1 ? `${stem}.yaml` : `${stem}-${count}.yaml`, size, documents: [document] };
    last.set(stem, { file, count });
    files.push(file);
  }
  return files;
}

const SEPARATOR = "---\n";

/** A file's text. */
export function fileText(file: ManifestFile): string {
  return file.documents.map(({ text }) => text).join(SEPARATOR);
}

/** How many bytes a text takes as UTF-8. */
export function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** A name as a file's: letters, digits, `.`, `_` and `-` only, and none that a system keeps for itself. */
function safeName(name: string): string {
  const safe = name
    .normalize("NFKD")
    .replace(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/^[-.]+|[-.]+$/g, "")
    .slice(0, LONGEST_NAME);
  if (safe === "") return "job";
  return /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i.test(safe) ? `job-${safe}` : safe;
}
