// Prints the ten items that most likely come next: node main.js MODEL_FILE TOKEN... (the history, oldest first).
const { readFileSync } = require('fs');
const load = require('./recommender.js'); // emcc makes it, and recommender.wasm, of recommender.c and libseqrec

async function recommend(file, history) {
  // A page fetches these two.
  const wasm = await load({ wasmBinary: readFileSync(`${__dirname}/recommender.wasm`) });
  const bytes = readFileSync(file);

  const text = (name, ...places) => wasm.ccall(name, 'string', places.map(() => 'number'), places);
  const check = (good) => {
    if (!good) throw new Error(text('last_error'));
  };
  const memory = wasm._malloc(bytes.length);
  if (memory === 0) throw new Error(`no memory for the ${bytes.length} bytes of ${file}`);
  wasm.HEAPU8.set(bytes, memory);
  const status = wasm._open_model(memory, bytes.length);
  wasm._free(memory);
  check(status === 0);
  for (const item of history) check(wasm.ccall('append_item', 'number', ['string'], [item]) === 0);
  const count = wasm._recommend(10);
  check(count >= 0);
  const unknown = wasm._unknown_items();
  if (unknown > 0) console.error(`embed_wasm: ${unknown} unknown items were skipped`);
  return Array.from({ length: count }, (_, i) => ({
    item: text('token_of', i),
    title: text('title_of', i),
    score: wasm._score_of(i),
  }));
}

const [file, ...history] = process.argv.slice(2);
if (history.length === 0) {
  console.error('usage: node main.js MODEL_FILE TOKEN...');
  process.exit(2);
}
recommend(file, history).then(
  (items) => {
    for (const { item, title, score } of items) console.log([item, score.toFixed(6), ...(title ? [title] : [])].join('\t'));
  },
  (error) => {
    console.error(`embed_wasm: ${error.message}`);
    process.exitCode = 1;
  },
);
