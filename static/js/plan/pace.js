/** How often what follows every move of the pointer is counted and written anew. */

const OFTEN_MS = 100;
/** How much longer than the work itself the pause after it is. */
const REST = 4;

/**
 * Make of some work one that may be asked for at any time, and is done soon, not often, and never most of the time.
 * @param {function(): void} work
 */
export function paced(work) {
  let timer = 0;
  let asked = false;
  function start() {
    timer = setTimeout(() => {
      asked = false;
      const started = performance.now();
      work();
      timer = setTimeout(
        () => {
          timer = 0;
          if (asked) start();
        },
        REST * (performance.now() - started),
      );
    }, OFTEN_MS);
  }
  return () => {
    asked = true;
    if (!timer) start();
  };
}
