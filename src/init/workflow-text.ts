/** Where a workflow gets the action from. */
export type ActionSource =
  /** The jobwright among the project's own dependencies: one version for people and CI, kept by the lock file. */
  | { readonly kind: "installed" }
  /** `OWNER/jobwright@v1.2.3`, which needs nothing installed. */
  | { readonly kind: "published"; readonly uses: string };

const INSTALLED = "./node_modules/jobwright";

/**
 * The GitHub workflow of a new project: plan on a pull request, apply on the default branch, drift every day, and by hand
 * either of the two.
 */
export function workflowText(action: ActionSource): string {
  const installed = action.kind === "installed";
  const uses = installed ? INSTALLED : action.uses;
  const before = installed ? INSTALL : "";
  const first = installed
    ? "jobwright stands among the project's devDependencies, and package-lock.json is committed"
    : "Renovate or Dependabot keep the action up to date; better yet, have them pin it by commit";
  return `# Plans every pull request, applies what was reviewed and merged, and tells every day what was changed by hand.
#
# Before the first run:
#   - ${first}
#   - jobwright.yaml says \`state: { store: git }\`: a runner's disk is gone after the run
#   - the repository has the secrets and variables named below; those that your manifests refer to stand beside them
#   - the environment "production" asks for approval, if somebody is to look at every apply
#   - the branch asks for the check "plan" and for approvals, which a new push dismisses
name: jobs
on:
  # Not pull_request_target, ever: it would hand your keys to what a stranger wrote into a manifest.
  # No paths here: where the plan is a required check, a pull request without one would wait for ever.
  pull_request:
  merge_group:
  push:
    branches: [main] # the default branch
    paths: ["jobs/**", jobwright.yaml,${installed ? " package-lock.json," : ""} .github/workflows/jobwright.yml]
  schedule:
    - cron: "23 5 * * *" # UTC. At full hours GitHub is late, or does not come at all
  workflow_dispatch:
    inputs:
      apply:
        description: Apply what the default branch says, reviewed or not (else look for drift)
        type: boolean
        default: false

# Each job takes what it needs and no more.
permissions: {}

jobs:
  # Pull requests from forks and by Dependabot get no secrets: there the manifests are checked, and that is all.
  plan:
    if: github.event_name == 'pull_request' || github.event_name == 'merge_group'
    runs-on: ubuntu-latest
    timeout-minutes: 15
    permissions:
      contents: read
      pull-requests: write # the comment
      statuses: write # the plan's digest, by which apply knows what was reviewed
    concurrency:
      group: jobwright-plan-\${{ github.event.pull_request.number || github.ref }}
      cancel-in-progress: true
    steps:
      - uses: actions/checkout@v6
        with:
          fetch-depth: 0 # for the commit that removed a manifest, and the base branch's policies
${before}      - uses: ${uses}
        with:
          command: plan
          comment: changes
${KEYS}
  apply:
    if: github.event_name == 'push' || (inputs.apply && github.ref_name == github.event.repository.default_branch)
    runs-on: ubuntu-latest
    timeout-minutes: 60
    environment: production
    permissions:
      contents: write # the state is a ref of this repository
      pull-requests: write # the result
      statuses: read
    # One after the other, and none is dropped: without the queue a second merge would end the first one's wait.
    concurrency:
      group: jobwright-production
      cancel-in-progress: false
      queue: max
    steps:
      - uses: actions/checkout@v6
        with:
          fetch-depth: 0
${before}      - uses: ${uses}
        with:
          command: apply
          reviewed-plan: \${{ inputs.apply && 'ignore' || 'require' }}
${KEYS}
  drift:
    if: github.event_name == 'schedule' || (github.event_name == 'workflow_dispatch' && !inputs.apply)
    runs-on: ubuntu-latest
    timeout-minutes: 15
    permissions:
      contents: read
      issues: write # one issue, closed again when all is clean
    # The same group as apply: what is half applied is not drift.
    concurrency:
      group: jobwright-production
      cancel-in-progress: false
      queue: max
    steps:
      - uses: actions/checkout@v6
        with:
          fetch-depth: 0
${before}      - uses: ${uses}
        with:
          command: drift
          drift-issue: open-and-close
          fail-on-drift: "false" # the issue tells it
${KEYS}`;
}

const INSTALL = `      - uses: actions/setup-node@v6
        with:
          node-version: 24
      - run: npm ci --ignore-scripts
`;

/** The step gets them that needs them, and no other. */
const KEYS = `        env:
          NIMBLE_API_KEY: \${{ secrets.NIMBLE_API_KEY }}
          BL_API_KEY: \${{ secrets.BL_API_KEY }}
          BL_WORKSPACE: \${{ vars.BL_WORKSPACE }}
`;
