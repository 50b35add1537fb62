/**
 * The GitHub workflow of a new project: plan on a pull request, apply on the default branch, drift every day. It runs
 * the jobwright that the project has installed, and fetches none by its name.
 */
export const WORKFLOW = `# Plans every pull request, applies what is merged, and tells every day what was changed by hand.
#
# Before the first run:
#   - jobwright stands among the project's devDependencies, and package-lock.json is committed
#   - jobwright.yaml says \`state: { store: git }\`: a runner's disk is gone after the run
#   - the repository has the secrets and variables named below, and those that your manifests refer to
#   - the environment "production" asks for approval, if somebody is to look at every apply
name: jobs
on:
  # Not pull_request_target, ever: it would hand your keys to what a stranger wrote into a manifest.
  pull_request:
    paths: ["jobs/**", jobwright.yaml, package-lock.json, .github/workflows/jobwright.yml]
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
  plan:
    # Pull requests from forks get no secrets, so there is nothing to plan with.
    if: >-
      github.event_name == 'merge_group' ||
      (github.event_name == 'pull_request' && github.event.pull_request.head.repo.full_name == github.repository)
    runs-on: ubuntu-latest
    timeout-minutes: 15
    permissions:
      contents: read
    concurrency:
      group: jobwright-plan-\${{ github.event.pull_request.number || github.ref }}
      cancel-in-progress: true
    steps:
      - uses: actions/checkout@v5
        with:
          fetch-depth: 0 # the plan names the commit that removed a manifest
      - uses: actions/setup-node@v5
        with:
          node-version: 22
      - run: npm ci
      - run: exec node_modules/.bin/jobwright validate --format github
      - run: exec node_modules/.bin/jobwright plan --markdown "$GITHUB_STEP_SUMMARY"

  apply:
    if: github.event_name == 'push'
    runs-on: ubuntu-latest
    timeout-minutes: 60
    environment: production
    permissions:
      contents: write # the state is a ref of this repository
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
      - run: npm ci
      # exec: a cancelled run then reaches jobwright itself, which ends what is under way and records it.
      - run: exec node_modules/.bin/jobwright apply --auto-approve --lock-timeout 5m

  drift:
    if: github.event_name == 'schedule' || github.event_name == 'workflow_dispatch'
    runs-on: ubuntu-latest
    timeout-minutes: 15
    permissions:
      contents: read
    # The same group as apply: what is half applied is not drift.
    concurrency:
      group: jobwright-production
      cancel-in-progress: false
      queue: max
    steps:
      - uses: actions/checkout@v5
      - uses: actions/setup-node@v5
        with:
          node-version: 22
      - run: npm ci
      # Ends with exit code 2, so the job fails, where something was changed by hand.
      - run: exec node_modules/.bin/jobwright drift --markdown "$GITHUB_STEP_SUMMARY"
`;
