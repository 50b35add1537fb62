// Preloaded with `node --require`: tells on stderr whom this process connects to, looks up, or runs.
const net = require("node:net");
const dgram = require("node:dgram");
const dns = require("node:dns");
const { writeSync } = require("node:fs");
const { syncBuiltinESMExports } = require("node:module");

const tell = (what) => writeSync(2, `\n[hook] ${what}\n`);

const { connect } = net.Socket.prototype;
net.Socket.prototype.connect = function (...args) {
  // Callers inside of Node.js hand their arguments over as one list.
  const [first, second] = Array.isArray(args[0]) ? args[0] : args;
  const to = typeof first === "object" && first !== null ? first : { port: first, host: second };
  tell(`connect ${to.path ?? `${to.host ?? "localhost"}:${to.port}`}`);
  return connect.apply(this, args);
};
const { send } = dgram.Socket.prototype;
dgram.Socket.prototype.send = function (...args) {
  tell("datagram");
  return send.apply(this, args);
};
for (const name of ["lookup", "resolve", "resolve4", "resolve6"]) {
  const original = dns[name];
  dns[name] = function (host, ...args) {
    tell(`${name} ${host}`);
    return original.call(this, host, ...args);
  };
}
syncBuiltinESMExports();
