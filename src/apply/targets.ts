import type { State, TargetState } from "../model/state.ts";
import type { PlanInput } from "../plan/input.ts";
import type { StateChange } from "../state/store.ts";

/**
 * What the state is to remember of the targets that a run is connected to: who they are, at once; with which credentials
 * they were reached, only along with something else (`writes`), so that a run that has nothing to do changes nothing.
 */
export function targetChanges(
  state: State,
  input: Pick<PlanInput, "targets" | "credentials" | "stateless">,
  writes: boolean,
): readonly StateChange[] {
  const known = Object.entries(input.targets).map(([name, target]): [string, TargetState] => {
    const now = writes && !input.stateless ? input.credentials(name) : undefined;
    const credentials = now ?? state.targets[name]?.credentials;
    return [name, { ...target, ...(credentials === undefined ? {} : { credentials }) }];
  });
  const targets = { ...state.targets, ...Object.fromEntries(known) };
  return JSON.stringify(targets) === JSON.stringify(state.targets) ? [] : [{ kind: "targets", targets }];
}
