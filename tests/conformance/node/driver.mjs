// Repeats recorded calls on the modules in the engine of Node.js, and compares the answers byte by byte:
//   node driver.mjs FOLDER-OF-THE-MODULES CALLS
// CALLS has one JSON document in each line: module, name, plan, frame and answer, the last three in hexadecimal.
import { readFileSync } from "node:fs";
import { join } from "node:path";

const [folder, file] = process.argv.slice(2);
const INPUT_BUFFER_SIZE = 73728; // as in fastapi/_wasm/contract.py

/** One instance of a module, and the plans that it has loaded. */
class Instance {
  constructor(module) {
    this.exports = new WebAssembly.Instance(module, {}).exports;
    this.plans = new Map();
  }

  bytes(address, length) {
    return new Uint8Array(this.exports.memory.buffer, address >>> 0, length);
  }

  /** Calls an operation with a frame; returns as many bytes of the output as are asked for. */
  call(name, frame, length, ...numbers) {
    const isLarge = frame.length > INPUT_BUFFER_SIZE;
    const address = isLarge ? this.exports.reserve(frame.length) : this.exports.in_buffer();
    this.bytes(address, frame.length).set(frame);
    this.exports[name](...numbers);
    return Buffer.from(this.bytes(this.exports.out_buffer(), length));
  }

  /** Returns the number of a plan, which the first use loads. */
  plan(text) {
    if (!this.plans.has(text)) {
      const answer = this.call("load_plan", Buffer.from(text, "hex"), 5);
      if ((answer[0] & 0x7f) !== "i".charCodeAt(0)) throw new Error(`load_plan answers ${answer.toString("hex")}`);
      this.plans.set(text, answer.readInt32LE(1));
    }
    return this.plans.get(text);
  }

  /** Drops all plans, since an instance keeps a limited number. */
  forget() {
    for (const number of this.plans.values()) this.exports.drop_plan(number);
    this.plans.clear();
  }
}

// No instance serves requests and secrets.
const SECRETS = new Set(["sign_message", "verify_message", "derive_password"]);
const instances = new Map();
const counts = {};
let differences = 0;
for (const line of readFileSync(file, "utf8").split("\n").filter(Boolean)) {
  const { module, name, plan, frame, answer } = JSON.parse(line);
  const purpose = `${module} ${SECRETS.has(name)}`;
  if (!instances.has(purpose)) {
    instances.set(purpose, new Instance(new WebAssembly.Module(readFileSync(join(folder, module)))));
  }
  const instance = instances.get(purpose);
  if (instance.plans.size > 50) instance.forget();
  const numbers = plan === null ? [] : [instance.plan(plan)];
  const found = instance.call(name, Buffer.from(frame, "hex"), answer.length / 2, ...numbers).toString("hex");
  counts[`${module} ${name}`] = (counts[`${module} ${name}`] ?? 0) + 1;
  if (found !== answer) {
    differences += 1;
    console.error(`${module} ${name} with ${frame.slice(0, 400)}\n  recorded ${answer}\n  found    ${found}`);
  }
}
console.log(JSON.stringify({ engine: process.versions.v8, differences, counts }));
process.exit(differences ? 1 : 0);
