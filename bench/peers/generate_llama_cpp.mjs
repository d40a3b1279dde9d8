// llama.cpp through node-llama-cpp: prefill of 512 tokens and greedy decoding of 128, the median of its runs. Prints one JSON line.
// The stream goes through a JavaScript iterator, which costs llama.cpp an unknown share.
//
// Needs: npm install node-llama-cpp @node-llama-cpp/linux-x64, in FOLDER. Run: node generate_llama_cpp.mjs FOLDER MODEL.gguf [THREADS]
import fs from "fs";
import path from "path";
import { pathToFileURL } from "url";

const [folder, model_path, threads] = [process.argv[2], process.argv[3], Number(process.argv[4] || 2)];
const root = path.resolve(folder, "node_modules/node-llama-cpp");
const { getLlama } = await import(pathToFileURL(path.join(root, "dist/index.js")));
const llama = await getLlama({ gpu: false, maxThreads: threads, build: "never", logLevel: "error" });
const model = await llama.loadModel({ modelPath: model_path });
const context = await model.createContext({ contextSize: 1024, batchSize: 512, threads });
const sequence = context.getSequence();
const tokens = model.tokenize("A young engineer builds a machine that suggests stories to strangers, and slowly learns what they love. ".repeat(60));
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
const prefill = [], decode = [];
for (let run = 0; run < 6; ++run) {
  await sequence.clearHistory();
  const start = performance.now();
  await sequence.evaluateWithoutGeneratingNewTokens(tokens.slice(run, run + 512));
  if (run > 0) prefill.push(512e3 / (performance.now() - start));
}
for (let run = 0; run < 4; ++run) {
  await sequence.clearHistory();
  let count = 0, start = 0;
  for await (const _ of sequence.evaluate(tokens.slice(0, 32), { temperature: 0, yieldEogToken: true })) {
    if (count === 0) start = performance.now();
    if (count++ >= 128) break;
  }
  if (run > 0) decode.push(128e3 / (performance.now() - start));
}
const version = JSON.parse(fs.readFileSync(path.join(root, "package.json"))).version;
console.log(JSON.stringify({ prefill_tokens_per_second: median(prefill), decode_tokens_per_second: median(decode), threads, version: `node-llama-cpp ${version}, llama.cpp ${llama.llamaCppRelease?.release ?? ""}` }));
process.exit(0);
