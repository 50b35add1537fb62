/**
 * The GitHub workflow of a new project: plan on a pull request, apply on the default branch, drift every day. It runs
 * the action of the jobwright that the project has installed, and fetches none by its name.
 */
export const WORKFLOW = `# Plans every pull request, applies what was reviewed and merged, and tells every day what was changed by hand.
#
# Before the first run:
#   - jobwright stands among the project's devDependencies, and package-lock.json is committed
#   - jobwright.yaml says \`state: { store: git }\`: a runner's disk is gone after the run
#   - the repository has the secrets and variables named below, and those that your manifests refer to
#   - the environment "production" asks for approval, if somebody is to look at every apply
#   - the branch asks for the status "jobwright/plan", and for approvals that a new push dismisses
name: jobs
on:
  # Not pull_request_target, ever: it would hand your keys to what a stranger wrote into a manifest.
  # No paths here: where the plan is a required check, a pull request without one would wait for ever.
  pull_request:
  merge_group:
  push:
    branches: [main]
    paths: ["jobs/**", jobwright.yaml, package-lock.json, .github/workflows/jobwright.yml]
  schedule:
    - cron: "23 5 * * *" # UTC. At full hours GitHub is late, or does not come at all
  workflow_dispatch:

# Each job takes what it needs and no more.
permissions: {}

env:
  NIMBLE_API_KEY: \${{ secrets.NIMBLE_API_KEY }}
  BL_API_KEY: \${{ secrets.BL_API_KEY }}
  BL_WORKSPACE: \${{ vars.BL_WORKSPACE }}

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
      - uses: actions/checkout@v5
        with:
          fetch-depth: 0 # for the commit that removed a manifest, and the base branch's policies
      - uses: actions/setup-node@v5
        with:
          node-version: 22
      - run: npm ci --ignore-scripts
      - uses: ./node_modules/jobwright
        with:
          command: plan
          comment: changes

  apply:
    if: github.event_name == 'push'
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
      - uses: actions/checkout@v5
        with:
          fetch-depth: 0
      - uses: actions/setup-node@v5
        with:
          node-version: 22
      - run: npm ci --ignore-scripts
      - uses: ./node_modules/jobwright
        with:
          command: apply
          reviewed-plan: require

  drift:
    if: github.event_name == 'schedule' || github.event_name == 'workflow_dispatch'
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
      - uses: actions/checkout@v5
        with:
          fetch-depth: 0
      - uses: actions/setup-node@v5
        with:
          node-version: 22
      - run: npm ci --ignore-scripts
      - uses: ./node_modules/jobwright
        with:
          command: drift
          drift-issue: open-and-close
          fail-on-drift: "false" # the issue tells it
`;
