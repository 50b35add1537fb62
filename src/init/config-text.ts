/** The commented config of a new project. Everything in it but `manifests` and `state` is the default, or an example. */
export function configText({ inGit }: { readonly inGit: boolean }): string {
  return `# The config of jobwright. Everything in it is optional; what is commented out is an example or a default.
# Credentials come from the environment: NIMBLE_API_KEY for Nimble, BL_API_KEY and BL_WORKSPACE for Blaxel.

# Where the manifests are; one YAML document is one job.
manifests: ["jobs/**/*.yaml"]
# exclude: ["jobs/drafts/**"]

# What jobwright remembers: the jobs that this repository made, and what was last applied to them. "git" keeps it in a
# ref of its own in this repository's remote, where runs in CI find it again; "file" keeps it in .jobwright/state.json,
# which is right for one machine; "none" remembers nothing, and then nothing is ever deleted.
${inGit ? "state: { store: git }" : "# state: { store: git }"}

# Accounts besides the one of each platform that the environment names. A manifest picks one with the annotation
# jobwright.dev/target. Keys never stand here, only the names of the variables that hold them.
# targets:
#   blaxel-eu: { provider: blaxel, workspace: acme-eu, apiKey: "\${env:BL_EU_KEY}" }

# Values for \${var:NAME} in manifests.
# vars:
#   bucket: acme-dev

# Differences between environments, chosen with --env or JOBWRIGHT_ENV. Each has a state of its own.
# environments:
#   prod:
#     confirm: name     # apply asks for the environment's name instead of yes
#     vars: { bucket: acme-prod }
#     patches:
#       - match: "nimble/*"
#         patch: [{ op: replace, path: /spec/schedule/enabled, value: true }]

# Fields that somebody else looks after.
# ignore:
#   - { match: "blaxel/*", paths: [/spec/runtime/image], reason: "bl deploy owns it" }

# Past these limits a plan is refused before anything is sent.
# safety: { maxDeletes: 5, maxDeletesPercent: 30, maxUpdatesPercent: 50, protect: ["blaxel/payments-*"], adopt: allow }
`;
}
