// A worker: replaces a file by another version, over and over, until it is told to stop. Each is of one letter.
import { renameSync, writeFileSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";

const { path, lengths } = workerData;
let stop = false;
parentPort.on("message", () => {
  stop = true;
  parentPort.close();
});

let round = 0;
function go() {
  for (let i = 0; i < 20; i++) {
    writeFileSync(`${path}.new`, String.fromCharCode(97 + (round % 26)).repeat(lengths[round % lengths.length]));
    renameSync(`${path}.new`, path);
    round += 1;
  }
  if (!stop) setImmediate(go);
}
parentPort.postMessage("ready");
go();
