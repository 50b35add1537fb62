import { execFileSync } from "node:child_process";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { blaxel, manifest, nimble, type Scenarios } from "./scene.ts";

const SCHEDULE = '  schedule: { cron: "0 6 * * *", enabled: true }\n';

/** Files and YAML. */
export const FILES: Scenarios = {
  JW1000: manifest(nimble("  shedule: {}\n")),
  JW1001: (scene) => {
    scene.write("jobs/a.yaml", nimble());
    symlinkSync("gone.yaml", join(scene.path, "jobs/b.yaml"));
    return scene.validate();
  },
  JW1002: (scene) => {
    scene.write("jobs/a.yaml", nimble());
    execFileSync("mkfifo", [join(scene.path, "jobs/pipe.yaml")]);
    return scene.validate();
  },
  JW1003: (scene) => {
    symlinkSync("/etc/hosts", join(scene.path, "hosts.yaml"));
    scene.write("jobs/a.yaml", nimble());
    scene.write("jobwright.yaml", 'manifests: ["*.yaml", "jobs/*.yaml"]\n');
    return scene.validate();
  },
  JW1004: (scene) => {
    scene.write("jobs/a.yaml", nimble());
    symlinkSync("../jobs", join(scene.path, "jobs/again"));
    return scene.validate();
  },
  JW1005: manifest(`# ${"x".repeat(1024 * 1024)}\n${nimble()}`),
  JW1006: (scene) => {
    scene.write("jobs/a.yaml", Buffer.from(nimble("  display_name: Préis\n"), "latin1"));
    return scene.validate();
  },
  JW1007: manifest(nimble("  display_name: a\u0001b\n")),
  JW1008: manifest(nimble("<<<<<<< HEAD\n  display_name: a\n=======\n  display_name: b\n>>>>>>> topic\n")),
  JW1009: manifest(nimble("  schedule: { cron: * }\n")),
  JW1010: manifest(`a: ${"[".repeat(250)}${"]".repeat(250)}\n`),
  JW1011: manifest(
    nimble(`  description: &a ${"x".repeat(50_000)}\n  inputs: { data: [${"{ x: *a }, ".repeat(99)}] }\n`),
  ),
  JW1012: manifest(nimble("  inputs: &a { type: inline, data: [*a] }\n")),
  JW1013: manifest(nimble("  schedule: { cron: *daily , enabled: true }\n")),
  JW1014: manifest(nimble("  display_name: !upper amazon\n")),
  JW1015: manifest(nimble("  description: a\n  description: b\n")),
  JW1016: manifest(nimble("  inputs: { type: inline, data: [{ 7: a }] }\n")),
  JW1017: manifest(nimble("  inputs: { type: inline, data: [{ id: 12345678901234567890 }] }\n")),
  JW1018: manifest(nimble('  display_name: "\\ud83d"\n')),
  JW1019: manifest(`%YAML 1.1\n---\n${nimble()}`),
  JW1020: manifest(blaxel("  runtime: { envs: [{ name: DEBUG, value: yes }] }\n")),
  JW1021: manifest(nimble("  display_name: {{ .Values.name }}\n")),
  JW1022: manifest(nimble("  <<: defaults\n")),
  JW1023: (scene) => {
    scene.write("jobs/amazon.yaml", nimble());
    return scene.validate({ paths: ["jobs/amzon.yaml"] });
  },
  JW1024: (scene) => {
    scene.write("jobs/a.yaml", nimble());
    scene.write("drafts/b.yaml", nimble("", "b"));
    return scene.validate({ paths: ["drafts/b.yaml"] });
  },
  JW1026: manifest(`a: [${"1,".repeat(400_000)}]\n`),
  JW1025: manifest(nimble(Array.from({ length: 1100 }, (_, i) => `  field${i}: 1\n`).join(""))),
};

/** What the schemas say. */
export const SCHEMA: Scenarios = {
  JW1101: manifest("- a\n- b\n"),
  JW1102: manifest(nimble().replace("/v1", "/v3")),
  JW1103: manifest(blaxel().replace("kind: Job", "kind: Agent")),
  JW1104: manifest(nimble('  shedule: { cron: "0 6 * * *", enabled: true }\n')),
  JW1105: manifest(nimble().replace("  agent_name: amazon_pdp\n", "  description: x\n")),
  JW1106: manifest(blaxel('  runtime: { memory: "2048" }\n')),
  JW1107: manifest(nimble("  destination: { type: s3, path: s3://acme-out/, format: paquet }\n")),
  JW1108: manifest(blaxel("  runtime: { memory: 0 }\n")),
  JW1109: manifest(`${blaxel()}status: DEPLOYED\n`),
  JW1110: manifest(nimble("", "a", '  annotations: { jobwright.dev/protct: "true" }\n')),
  JW1111: manifest(nimble("", "a", "  annotations: { jobwright.dev/id: amazon }\n")),
  JW1112: manifest(nimble("", "a", "  annotations: { team: pricing }\n")),
};

/** Rules that no schema can say. */
export const RULES: Scenarios = {
  JW1201: manifest(nimble('  schedule: { cron: "0 6 * *", enabled: true }\n')),
  JW1202: manifest(nimble('  schedule: { cron: "0 0 31 2 *", enabled: true }\n')),
  JW1203: manifest(blaxel(undefined, "Nightly_Job")),
  JW1204: manifest(`${nimble()}---\n${nimble()}`),
  JW1205: manifest(`${nimble("", "cafe\u0301")}---\n${nimble("", "caf\u00e9")}`),
  JW1206: manifest(`${nimble("", "Amazon")}---\n${nimble("", "amazon")}`),
  JW1207: manifest(blaxel("  runtime: { envs: [{ name: A, value: x }, { name: A, value: y }] }\n")),
  JW1208: manifest(blaxel("  triggers: [{ type: cron, enabled: true }]\n")),
  JW1209: manifest(blaxel('  triggers: [{ type: http, configuration: { schedule: "0 * * * *" } }]\n')),
  JW1210: manifest(nimble("  inputs: { type: s3, file_path: acme-in/skus.csv }\n")),
  JW1211: manifest(blaxel("  runtime: { envs: [{ name: KEY, value: abc123, secret: true }] }\n")),
  JW1212: (scene) => {
    const bound = "  annotations: { jobwright.dev/id: job_7 }\n";
    scene.write("jobs/a.yaml", nimble("", "a", bound));
    scene.write("jobs/b.yaml", nimble("", "b", bound));
    return scene.validate();
  },
  JW1213: manifest(
    `${nimble("", "old")}---\n${nimble("", "new", "  annotations: { jobwright.dev/moved-from: old }\n")}`,
  ),
  JW1214: manifest(nimble("", "a", "  annotations: { jobwright.dev/target: nimbel }\n")),
  JW1215: manifest(nimble('  schedule: { cron: "0 6 * * *" }\n')),
  JW1216: (scene) => {
    scene.env["NAME"] = "a";
    scene.write("jobs/a.yaml", nimble(SCHEDULE, '"${env:NAME}"'));
    return scene.validate();
  },
};
