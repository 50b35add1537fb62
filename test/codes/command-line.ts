import { type SandboxCommandOptions, sandbox } from "../../src/commands/sandbox.ts";
import { nimble, type Scenarios, type Scene } from "./scene.ts";

/** Runs the sandbox until it is stopped, at once. */
function serve(scene: Scene, options: Partial<SandboxCommandOptions>) {
  const stop = new AbortController();
  const shell = scene.shell(({ runtime }) => ({ runtime: { ...runtime, signal: stop.signal } }));
  const listening = () => stop.abort();
  return scene.run((each) => sandbox(each, { port: 0, json: true, listening, ...options }), shell);
}

/** The command line, and this program itself. */
export const COMMAND_LINE: Scenarios = {
  JW5000: async (scene) => {
    await scene.platforms();
    scene.write("jobs/a.yaml", nimble());
    const broken = scene.shell(() => ({
      transport: () => {
        throw new TypeError("x is not a function");
      },
    }));
    return scene.plan({}, broken);
  },
  JW5001: (scene) => {
    scene.write("jobs/a.yaml", nimble());
    return scene.plan({ target: ["nimbel"] });
  },
  JW5002: (scene) => {
    scene.write("jobs/a.yaml", nimble());
    return scene.apply({ autoApprove: false });
  },
  JW5003: (scene) => scene.validate(),
  JW5006: async (scene) => {
    await scene.platforms();
    scene.write("jobs/a.yaml", nimble());
    return scene.apply(
      { autoApprove: false },
      scene.shell(() => ({ ask: async () => "y" })),
    );
  },
  JW5401: (scene) => {
    scene.write("sandbox.json", "{ not json\n");
    return serve(scene, { file: "sandbox.json" });
  },
  // The name itself is just short enough, that of the temporary file beside it is not.
  JW5402: (scene) => serve(scene, { file: "n".repeat(255), seed: "demo" }),
  JW5403: async (scene) => {
    const { port } = await scene.platforms();
    return serve(scene, { port });
  },
};
