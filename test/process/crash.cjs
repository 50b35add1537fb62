// Preloaded with `node --require`: lets something fail behind the program's back when its journal is synced for the n-th
// time. CRASH: `exception:2` or `rejection:2`. What fails quotes the value of CRASH_QUOTES.
const fs = require("node:fs");
const { syncBuiltinESMExports } = require("node:module");

const [how, number] = (process.env.CRASH ?? "never:0").split(":");
let syncs = 0;

function fail() {
  const error = new SyntaxError(`"${process.env.CRASH_QUOTES}" is not valid JSON`);
  if (how === "rejection") Promise.reject(error);
  else
    setImmediate(() => {
      throw error;
    });
}

const { open } = fs.promises;
fs.promises.open = async (path, ...rest) => {
  const handle = await open(path, ...rest);
  if (!/journal/.test(String(path))) return handle;
  const { datasync } = handle;
  handle.datasync = async () => {
    await datasync.call(handle);
    syncs += 1;
    if (syncs === Number(number)) fail();
  };
  return handle;
};
syncBuiltinESMExports();
