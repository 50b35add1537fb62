import { config, manifest, nimble, type Scenarios } from "./scene.ts";

const patch = (operation: string) => config(`patches: [{ match: "nimble/*", patch: [${operation}] }]\n`);

/** The config, and what is interpolated. */
export const CONFIG: Scenarios = {
  JW1301: config("vars: {}\n", { config: "jobwrigt.yaml" }),
  JW1302: config("environments: { prod: {}, staging: {} }\n", { env: "prd" }),
  JW1303: manifest(nimble('  description: "${env:TEAM}"\n')),
  JW1304: (scene) => {
    scene.write("jobs/a.yaml", nimble('  description: "${var:bukcet}"\n'));
    scene.write("jobwright.yaml", "vars: { bucket: acme-dev }\n");
    return scene.validate();
  },
  JW1305: config('vars: { a: "${var:b}", b: "${var:a}" }\n'),
  JW1306: (scene) => {
    scene.env["NIMBLE_API_KEY"] = "k";
    scene.write("jobs/a.yaml", nimble('  description: "${env:NIMBLE_API_KEY}"\n'));
    return scene.validate();
  },
  JW1307: manifest(nimble('  description: "${file:../notes.txt}"\n')),
  JW1308: manifest(nimble('  description: "${env:TEAM"\n')),
  JW1309: patch("{ op: replace, path: /spec/shedule, value: null }"),
  JW1310: patch("{ op: replace, path: /metadata/name, value: b }"),
  JW1311: config('ignore: [{ match: "blaxel/*", paths: [/spec/runtime/image] }]\n'),
  JW1312: config('ignore: [{ match: "*", paths: [/spec/inputs], reason: migration, until: "2026-06-30" }]\n'),
  JW1313: config('manifests: ["../jobs/*.yaml"]\n'),
  JW1314: config("http: { readTimeout: 60 seconds }\n"),
  JW1315: config("targets: { nimble: { baseUrl: http://api.example.com } }\n"),
  JW1316: config("targets: { blaxel: { apiKey: bl_abc123 } }\n"),
  JW1317: config("targets: { blaxel: { workspace: acme team } }\n"),
  JW1318: config("state: { store: git, ref: jobwright }\n"),
  JW1319: (scene) => {
    scene.write(
      "jobs/a.yaml",
      nimble(`  description: ${"x".repeat(300_000)}\n  inputs: { type: inline, data: [{}] }\n`),
    );
    const copies = Array.from(
      { length: 16 },
      (_, i) => `{ op: copy, from: /spec/description, path: /spec/inputs/data/0/c${i} }`,
    );
    scene.write("jobwright.yaml", `patches: [{ match: "*", patch: [${copies.join(", ")}] }]\n`);
    return scene.validate();
  },
  JW1320: patch("{ op: replace, path: spec.description, value: x }"),
  JW1321: config('ignore: [{ match: "*", paths: [/spec/inputs], until: "2026-02-31" }]\n'),
};
