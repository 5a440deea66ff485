/** The one gate, the same here and in CI: every step runs, then one table says what failed. Stops at nothing, hides nothing. */
import { spawnSync } from 'node:child_process';

const STEPS = [
  'build:cli',
  'build:sdk',
  'format:check',
  'lint',
  'types',
  'boundaries',
  'dead-code',
  'licences',
  'docs',
  'synth',
  'test',
];

const results = STEPS.map((step) => {
  console.log(`\n── ${step}`);
  const started = process.hrtime.bigint();
  const { status } = spawnSync('npm', ['run', '--silent', step], { stdio: 'inherit' });
  const seconds = Number((process.hrtime.bigint() - started) / 1_000_000n) / 1000;
  return { step, passed: status === 0, seconds };
});

console.log('');
for (const { step, passed, seconds } of results) {
  console.log(`${passed ? 'ok    ' : 'FAILED'}  ${step.padEnd(14)} ${seconds.toFixed(1).padStart(7)} s`);
}
const failed = results.filter(({ passed }) => !passed).length;
console.log(`steps: ${results.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
