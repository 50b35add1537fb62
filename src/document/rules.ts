import type { FieldRule, FieldTable } from "../model/fields.ts";
import { parsePointer } from "./pointer.ts";

interface Branch {
  rule?: FieldRule;
  readonly named: Map<string, Branch>;
  any?: Branch;
}

const NO_RULE: FieldRule = { path: "" };
const trees = new WeakMap<FieldTable, Branch>();

/** The row of a table that speaks of a place; an empty row where none does. */
export function ruleAt(table: FieldTable, tokens: readonly string[]): FieldRule {
  let branch: Branch | undefined = treeOf(table);
  for (const token of tokens) {
    branch = branch.named.get(token) ?? branch.any;
    if (branch === undefined) return NO_RULE;
  }
  return branch.rule ?? NO_RULE;
}

function treeOf(table: FieldTable): Branch {
  const known = trees.get(table);
  if (known !== undefined) return known;
  const tree: Branch = { named: new Map() };
  for (const rule of table) plant(tree, rule);
  trees.set(table, tree);
  return tree;
}

function plant(tree: Branch, rule: FieldRule): void {
  let branch = tree;
  for (const token of parsePointer(rule.path)) {
    let next: Branch | undefined = token === "*" ? branch.any : branch.named.get(token);
    if (next === undefined) {
      next = { named: new Map() };
      if (token === "*") branch.any = next;
      else branch.named.set(token, next);
    }
    branch = next;
  }
  branch.rule ??= rule;
}
