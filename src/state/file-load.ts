import { join } from "node:path";
import type { JobwrightError } from "../errors.ts";
import { createDraft } from "./changes.ts";
import type { Disk } from "./disk.ts";
import { readRegular } from "./durable-file.ts";
import { because, storageError, UnusableFile } from "./failure.ts";
import { JournalProblem, type ParsedJournal, parseJournal } from "./journal-format.ts";
import { checkState, MAX_STATE_BYTES, parseState, RESTORE_HINT, type StoredState } from "./state-format.ts";

/** Where the files of one environment's state are; `shown` are the paths for people. */
export interface StatePaths {
  readonly directory: string;
  readonly state: string;
  readonly journal: string;
  readonly torn: string;
  readonly lock: string;
  readonly shown: { readonly state: string; readonly journal: string; readonly torn: string; readonly lock: string };
}

/** A state with its journal replayed. */
export interface LoadedState extends StoredState {
  /** Entries of the journal that are not in the state's file yet. */
  readonly replayed: number;
  /** What a crash left of the journal's last line. */
  readonly torn: ParsedJournal["torn"];
}

// Journals are cut at every open and as they grow, far below this.
const MAX_JOURNAL_BYTES = 400 * 1024 * 1024;

// A writer may replace the files between two reads; what looks wrong is read again.
const READS = 10;

/** The paths of an environment ("" for none) in `directory`; `shown` is how people see that directory. */
export function statePaths(directory: string, shown: string, environment: string): StatePaths {
  const suffix = environment === "" ? "" : `.${environmentName(environment)}`;
  const names = {
    state: `state${suffix}.json`,
    journal: `journal${suffix}.jsonl`,
    torn: `journal${suffix}.jsonl.torn`,
    lock: `lock${suffix}`,
  };
  const under = (folder: string) => ({
    state: join(folder, names.state),
    journal: join(folder, names.journal),
    torn: join(folder, names.torn),
    lock: join(folder, names.lock),
  });
  return { directory, ...under(directory), shown: under(shown) };
}

/** An environment's name fit for a file name and for a ref; two names never become one. */
export function environmentName(environment: string): string {
  return environment.replace(/[^A-Za-z0-9_-]/gu, (character) =>
    [...new TextEncoder().encode(character)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join(""),
  );
}

/**
 * Reads state and journal, replays in memory, writes nothing. Undefined where there is neither. Throws a JobwrightError
 * (`storage`) for whatever does not add up, naming file and line.
 */
export async function loadState(disk: Disk, paths: StatePaths, environment: string): Promise<LoadedState | undefined> {
  let files = await readFiles(disk, paths);
  for (let read = 1; ; read += 1) {
    try {
      return combine(files, paths, environment);
    } catch (error) {
      const again = await readFiles(disk, paths);
      if (read >= READS || (sameBytes(files.state, again.state) && sameBytes(files.journal, again.journal))) {
        throw error;
      }
      files = again;
    }
  }
}

interface Files {
  readonly state: Uint8Array | undefined;
  readonly journal: Uint8Array | undefined;
}

async function readFiles(disk: Disk, paths: StatePaths): Promise<Files> {
  // This order: a journal that is read after the state is never older than it.
  const state = await readOne(disk, paths.state, paths.shown.state, MAX_STATE_BYTES);
  return { state, journal: await readOne(disk, paths.journal, paths.shown.journal, MAX_JOURNAL_BYTES) };
}

async function readOne(disk: Disk, path: string, shown: string, limit: number): Promise<Uint8Array | undefined> {
  try {
    return await readRegular(disk, path, limit);
  } catch (error) {
    const what = error instanceof UnusableFile ? `${shown} ${error.message}` : `${shown}: ${because(error)}`;
    throw storageError("JW4000", `cannot read the state: ${what}`, RESTORE_HINT, error);
  }
}

function combine(files: Files, paths: StatePaths, environment: string): LoadedState | undefined {
  const journal = files.journal === undefined ? undefined : readJournal(files.journal, paths.shown.journal);
  if (files.state === undefined) {
    if (journal === undefined) return undefined;
    throw storageError(
      "JW4005",
      `${paths.shown.state} is missing although its journal ${paths.shown.journal} is there`,
      `Put the state back. To start anew and forget what it owned, remove ${paths.shown.journal} too. Nothing was sent.`,
    );
  }
  const stored = parseState(files.state, paths.shown.state, environment);
  if (journal === undefined) return { ...stored, replayed: 0, torn: undefined };
  checkMatch(stored, journal, paths);
  return replay(stored, journal, paths);
}

function readJournal(bytes: Uint8Array, shown: string): ParsedJournal {
  try {
    return parseJournal(bytes);
  } catch (error) {
    if (!(error instanceof JournalProblem)) throw error;
    throw journalError(`${shown}:${error.line}`, error.message);
  }
}

function checkMatch(stored: StoredState, journal: ParsedJournal, paths: StatePaths): void {
  const { state } = stored;
  const { header, records } = journal;
  const place = `${paths.shown.journal}:1`;
  if (header.lineage !== state.lineage || header.environment !== state.environment) {
    throw journalError(place, `the journal belongs to another state than ${paths.shown.state}`);
  }
  if (header.serial > state.serial) {
    throw journalError(
      place,
      `the journal continues serial ${header.serial}, but ${paths.shown.state} has serial ${state.serial}: ` +
        "an older state was put back",
    );
  }
  const last = header.lastSeq + records.length;
  if (header.serial === state.serial ? header.lastSeq !== stored.lastSeq : last > stored.lastSeq) {
    throw journalError(place, `the journal does not continue ${paths.shown.state}: entries between them are missing`);
  }
}

/** Entries that the state holds already are skipped: a crash came between saving it and cutting the journal. */
function replay(stored: StoredState, journal: ParsedJournal, paths: StatePaths): LoadedState {
  const records = journal.records.filter((record) => record.seq > stored.lastSeq);
  if (records.length === 0) return { ...stored, replayed: 0, torn: journal.torn };
  const draft = createDraft(stored.state);
  for (const record of records) draft.apply(record);
  const state = draft.state();
  // A wrong type in an entry shows here, before anything rests on it.
  checkState(state, paths.shown.journal);
  return { state, lastSeq: stored.lastSeq + records.length, replayed: records.length, torn: journal.torn };
}

function journalError(place: string, what: string): JobwrightError {
  return storageError(
    "JW4004",
    `${place}: ${what}`,
    "Nothing was changed and nothing was sent. Put back state and journal as they belong together, or move the journal " +
      "aside if you know what it holds (docs/state.md, Recovery).",
  );
}

function sameBytes(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return Buffer.compare(a, b) === 0;
}
