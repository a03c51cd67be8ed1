/** Long work in short turns: however much there is to draw, the page stays at hand in between. */

const TURN_MS = 8;
/** @type {{steps: Generator<unknown, unknown, void>, given: Chart.Job, ended(given?: unknown): void, failed(error: unknown): void}[]} */
const waiting = [];
const channel = new MessageChannel();
let running = false;

channel.port1.onmessage = () => {
  const until = performance.now() + TURN_MS;
  while (waiting.length && performance.now() < until) {
    const job = waiting[0];
    try {
      if (job.given.stopped || job.steps.next().done) (waiting.shift(), job.ended());
    } catch (error) {
      waiting.shift();
      job.failed(error);
    }
  }
  running = waiting.length > 0;
  if (running) channel.port2.postMessage(0);
};

/** Whether nothing is waiting for its turn. */
export const idle = () => !waiting.length;

/**
 * Run a generator in turns, after those that came before.
 * @param {Generator} steps
 * @param {{stopped: boolean}} given nothing more is done once it is stopped
 */
export function inTurns(steps, given) {
  return new Promise((ended, failed) => {
    waiting.push({ steps, given, ended, failed });
    if (running) return;
    running = true;
    channel.port2.postMessage(0);
  });
}
