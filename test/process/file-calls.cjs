// Preloaded with `node --require`: counts the file calls on a folder named `.jobwright`, and kills this process at one.
// FILE_CALLS_KILL: `before:7` or `after:7`. FILE_CALLS_LOG: a file that gets the names of all calls at the end.
// FILE_CALLS_SKIP: a pattern of names that are not counted.
const fs = require("node:fs");
const { syncBuiltinESMExports } = require("node:module");

const [moment, number] = (process.env.FILE_CALLS_KILL ?? "never:0").split(":");
const log = process.env.FILE_CALLS_LOG;
const skipped = process.env.FILE_CALLS_SKIP === undefined ? undefined : new RegExp(process.env.FILE_CALLS_SKIP);
const names = [];
const handles = new WeakSet();

const isOurs = (path) => typeof path === "string" && /[/\\]\.jobwright(?:[/\\]|$)/.test(path);

function begin(name) {
  if (skipped?.test(name)) return 0;
  names.push(name);
  if (moment === "before" && names.length === Number(number)) process.kill(process.pid, "SIGKILL");
  return names.length;
}

function end(call) {
  if (moment === "after" && call === Number(number)) process.kill(process.pid, "SIGKILL");
}

function wrapAsync(original, name, counts) {
  return async function (...args) {
    if (!counts(this, args)) return original.apply(this, args);
    const call = begin(name);
    try {
      const result = await original.apply(this, args);
      if (name === "open") watch(result);
      return result;
    } finally {
      end(call);
    }
  };
}

function wrapSync(original, name) {
  return function (...args) {
    if (!isOurs(args[0])) return original.apply(this, args);
    const call = begin(name);
    try {
      return original.apply(this, args);
    } finally {
      end(call);
    }
  };
}

let wrapped = false;
function watch(handle) {
  handles.add(handle);
  handle.close = wrapAsync(handle.close, "handle.close", () => true);
  if (wrapped) return;
  wrapped = true;
  const prototype = Object.getPrototypeOf(handle);
  for (const name of [
    "appendFile",
    "writeFile",
    "write",
    "writev",
    "read",
    "readFile",
    "stat",
    "truncate",
    "sync",
    "datasync",
  ]) {
    prototype[name] = wrapAsync(prototype[name], `handle.${name}`, (self) => handles.has(self));
  }
}

const paths = [
  "open",
  "readFile",
  "writeFile",
  "appendFile",
  "rename",
  "link",
  "unlink",
  "rm",
  "rmdir",
  "mkdir",
  "readdir",
  "stat",
  "lstat",
  "realpath",
  "copyFile",
  "truncate",
  "access",
  "chmod",
];
for (const name of paths) {
  fs.promises[name] = wrapAsync(fs.promises[name], name, (_self, args) => isOurs(args[0]));
  const sync = `${name}Sync`;
  const own = fs[sync];
  if (typeof own === "function") fs[sync] = Object.assign(wrapSync(own, sync), own);
  const callback = fs[name];
  if (typeof callback !== "function") continue;
  fs[name] = Object.assign(function (...args) {
    if (!isOurs(args[0])) return callback.apply(this, args);
    const call = begin(name);
    const done = args.pop();
    return callback.call(this, ...args, (...results) => {
      end(call);
      done(...results);
    });
  }, callback);
}
syncBuiltinESMExports();

const write = fs.writeFileSync;
process.on("exit", () => {
  if (log !== undefined) write(log, JSON.stringify(names));
});
