/** `OWNER/NAME` of package.json's `repository`, in any of the forms that npm takes for GitHub; "" for anything else. */
export function repositoryName(repository) {
  const text = (typeof repository === "string" ? repository : repository?.url) ?? "";
  const found = /^(?:github:|(?:git\+)?(?:https|ssh):\/\/(?:git@)?github\.com\/)?([\w.-]+\/[\w.-]+?)(?:\.git)?$/.exec(
    text,
  );
  return found?.[1] ?? "";
}
