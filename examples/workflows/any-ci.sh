#!/bin/sh
# Any CI, with the command line alone: `any-ci.sh plan` on a change, `any-ci.sh apply` on the default branch,
# `any-ci.sh drift` on a schedule. Needs Node.js, the project's own jobwright (npm ci), and the keys in the environment.
set -eu
jobwright="npx --no-install jobwright"

case "${1:-}" in
plan)
  $jobwright validate
  # 0: nothing to do, 2: there are changes, 3: a safety rule refuses them.
  code=0
  $jobwright plan --out plan.json --markdown plan.md --html plan.html --detailed-exitcode || code=$?
  if [ "$code" -ne 0 ] && [ "$code" -ne 2 ]; then exit "$code"; fi
  ;;
apply)
  # With a plan.json that somebody approved: as saved, or not at all. Without: what is declared now.
  if [ -f plan.json ]; then set -- plan.json; else set --; fi
  exec $jobwright apply --auto-approve --lock-timeout 5m "$@"
  ;;
drift)
  exec $jobwright drift --markdown drift.md
  ;;
*)
  echo "usage: $0 plan | apply | drift" >&2
  exit 1
  ;;
esac
