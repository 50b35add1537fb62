import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import {
  type CompletionItem,
  type CompletionList,
  createProtocolConnection,
  type Diagnostic,
  type Hover,
  type MarkupContent,
  type Position,
  type ProtocolConnection,
  StreamMessageReader,
  StreamMessageWriter,
  type TextEdit,
} from "vscode-languageserver-protocol/node.js";
import { insertSnippet } from "./snippet.ts";

/** Where the cursor is in a text that is handed to {@link LanguageServer.complete}. */
export const CURSOR = "\u258f";

/** What VS Code's YAML extension runs, as a child process that speaks LSP over its standard streams. */
export interface LanguageServer {
  /**
   * `line:column message` of each problem in a text, by place; lines and columns from 1. A file is opened once: closing
   * it looks to the outside like finding no problem any more.
   */
  problems(file: string, text: string): Promise<readonly string[]>;
  /** What is offered at the {@link CURSOR}. */
  complete(file: string, text: string): Promise<readonly Offer[]>;
  /** The Markdown that is shown for what stands at the {@link CURSOR}. */
  hover(file: string, text: string): Promise<string>;
  stop(): Promise<void>;
}

/** One thing that is offered. */
export interface Offer {
  readonly label: string;
  readonly about: string;
  /** The text with it in, as an editor puts it in: placeholders hold their defaults, of choices the first. */
  readonly accepted: string;
}

/** Starts the server for a folder with the settings of VS Code that apply there. Nothing is fetched from anywhere. */
export async function startLanguageServer(
  folder: string,
  settings: Readonly<Record<string, unknown>>,
): Promise<LanguageServer> {
  const require = createRequire(import.meta.url);
  const child = spawn(process.execPath, [require.resolve("yaml-language-server/bin/yaml-language-server"), "--stdio"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const connection = createProtocolConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  const session = new Session(connection, folder);
  await session.begin({
    validate: true,
    completion: true,
    hover: true,
    schemaStore: { enable: false },
    schemas: settings["yaml.schemas"],
  });
  return {
    problems: (file, text) => session.problems(file, text),
    complete: (file, text) => session.complete(file, text),
    hover: (file, text) => session.hover(file, text),
    stop: async () => {
      await connection.sendRequest("shutdown");
      await connection.sendNotification("exit");
      await ended;
      connection.dispose();
    },
  };
}

class Session {
  readonly #connection: ProtocolConnection;
  readonly #folder: string;
  readonly #published = new Map<string, (problems: readonly Diagnostic[]) => void>();
  #version = 0;

  constructor(connection: ProtocolConnection, folder: string) {
    this.#connection = connection;
    this.#folder = folder;
  }

  async begin(yaml: object): Promise<void> {
    const connection = this.#connection;
    const uri = pathToFileURL(this.#folder).href;
    connection.onRequest("client/registerCapability", () => null);
    connection.onRequest("workspace/configuration", ({ items }: { items: { section: string }[] }) =>
      items.map(({ section }) => (section === "yaml" ? yaml : section === "[yaml]" ? { "editor.tabSize": 2 } : {})),
    );
    connection.onNotification(
      "textDocument/publishDiagnostics",
      ({ uri, diagnostics }: { uri: string; diagnostics: readonly Diagnostic[] }) =>
        this.#published.get(uri)?.(diagnostics),
    );
    connection.listen();
    await connection.sendRequest("initialize", {
      processId: process.pid,
      rootUri: uri,
      workspaceFolders: [{ uri, name: "project" }],
      capabilities: {
        textDocument: {
          completion: { completionItem: { snippetSupport: true, documentationFormat: ["markdown"] } },
          hover: { contentFormat: ["markdown"] },
          publishDiagnostics: {},
        },
        workspace: { configuration: true },
      },
    });
    await connection.sendNotification("initialized", {});
    await this.#configured();
  }

  /** The server reads its settings by itself, and then looks at open documents once more. */
  async #configured(): Promise<void> {
    const uri = this.#uri("jobs/none.yaml");
    const known = new Promise<void>((resolve) =>
      this.#published.set(uri, (problems) => void (problems.length > 0 && resolve())),
    );
    await this.#open(uri, "{}\n");
    await known;
  }

  async problems(file: string, text: string): Promise<readonly string[]> {
    const uri = this.#uri(file);
    if (this.#published.has(uri)) throw new Error(`${file} was opened before`);
    const published = new Promise<readonly Diagnostic[]>((resolve) => this.#published.set(uri, resolve));
    await this.#open(uri, text);
    const problems = [...(await published)].sort((a, b) => compare(a.range.start, b.range.start));
    return problems.map(
      ({ range, message }) => `${range.start.line + 1}:${range.start.character + 1} ${message.replaceAll("\n", " ")}`,
    );
  }

  async complete(file: string, marked: string): Promise<readonly Offer[]> {
    const { text, position } = withoutCursor(marked);
    const { items } = await this.#ask<CompletionList>("textDocument/completion", file, text, position);
    return items.map((item) => {
      const { range, newText } = editOf(item, position);
      return {
        label: item.label,
        about: markdownOf(item.documentation),
        accepted: insertSnippet(text, range, newText),
      };
    });
  }

  async hover(file: string, marked: string): Promise<string> {
    const { text, position } = withoutCursor(marked);
    const answer = await this.#ask<Hover | null>("textDocument/hover", file, text, position);
    return answer === null ? "" : markdownOf(answer.contents as MarkupContent);
  }

  async #ask<T>(method: string, file: string, text: string, position: Position): Promise<T> {
    const uri = this.#uri(anew(file, `asked-${this.#version}`));
    await this.#open(uri, text);
    const answer = await this.#connection.sendRequest<T>(method, { textDocument: { uri }, position });
    await this.#connection.sendNotification("textDocument/didClose", { textDocument: { uri } });
    return answer;
  }

  #uri(file: string): string {
    return pathToFileURL(join(this.#folder, file)).href;
  }

  async #open(uri: string, text: string): Promise<void> {
    const textDocument = { uri, languageId: "yaml", version: ++this.#version, text };
    await this.#connection.sendNotification("textDocument/didOpen", { textDocument });
  }
}

/** Another file that the same settings are for. */
export function anew(file: string, name: string | number): string {
  return file.replace(/[^/]*$/, `${name}/$&`);
}

function withoutCursor(marked: string): { readonly text: string; readonly position: Position } {
  const before = marked.slice(0, marked.indexOf(CURSOR)).split("\n");
  return {
    text: marked.replace(CURSOR, ""),
    position: { line: before.length - 1, character: before.at(-1)?.length ?? 0 },
  };
}

function editOf({ textEdit, insertText, label }: CompletionItem, position: Position): TextEdit {
  if (textEdit !== undefined && "range" in textEdit) return textEdit;
  return { range: { start: position, end: position }, newText: insertText ?? label };
}

function markdownOf(text: string | MarkupContent | undefined): string {
  return typeof text === "string" ? text : (text?.value ?? "");
}

function compare(a: Position, b: Position): number {
  return a.line - b.line || a.character - b.character;
}
