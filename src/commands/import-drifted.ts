import type { ImportOptions } from "./import.ts";
import type { CommandResult, Shell } from "./shell.ts";

/** `jobwright import --drifted`. */
export async function importDrifted(_shell: Shell, _options: ImportOptions): Promise<CommandResult> {
  return { exitCode: 1, stdout: "" };
}
