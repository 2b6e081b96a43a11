'use strict';

// "main.js SUITE list" names a suite's cases, "main.js SUITE CASE..." runs
// them in that order, with the unmodified Node client.

const { Scene } = require('./scene');
const { clientCases, restartCases } = require('./cases');

const CASE_MILLIS = 150000;

const suites = { node: clientCases, 'node-restart': restartCases };

function deadline() {
  let timer;
  const expiry = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no end within ${CASE_MILLIS / 1000} s`)), CASE_MILLIS);
  });
  return { expiry, cancel: () => clearTimeout(timer) };
}

/** Null if the case holds, else why not. */
async function outcome(name, run) {
  if (!run) {
    return 'no such case';
  }
  const scene = new Scene(name);
  const { expiry, cancel } = deadline();
  try {
    await Promise.race([ run(scene), expiry ]);
    return null;
  } catch (error) {
    return error.message;
  } finally {
    cancel();
    scene.close();
  }
}

async function verdict(name, run) {
  const start = Date.now();
  const reason = await outcome(name, run);
  if (reason === null) {
    console.log(`ok ${name} (${Date.now() - start})`);
  } else {
    console.log(`FAIL ${name}: ${reason.replace(/\s+/g, ' ')}`);
  }
  return reason === null;
}

async function main([ suite, ...names ]) {
  const cases = suites[suite];
  if (names.length === 1 && names[0] === 'list') {
    Object.keys(cases).forEach(name => console.log(`${suite}.${name}`));
    return;
  }
  let passed = true;
  for (const name of names) {
    passed = await verdict(name, cases[name.slice(suite.length + 1)]) && passed;
  }
  process.exit(passed ? 0 : 1);
}

main(process.argv.slice(2));
