/** Types of the tool for proposals. */
declare namespace Proposals {
  /** What the page lends the tool: its map, its words, and what it was asked. */
  interface Bench {
    map: {
      show: any;
      under(collection: Shared.Collection): void;
      pick(ids: Iterable<string>): void;
      choose(id: string | null): void;
    };
    say: Shared.Say;
    language: string;
    /** Layer → what it is called. */
    layers: Shared.Words;
    toast(text: string): void;
    /** The job that the address names. */
    opened: string | null;
    /** Have the address name a job, or none. */
    remember(job: string | null): void;
  }
  /** A proposal as it was answered: `job` made it, `labels` say what its columns are called. */
  interface Found {
    job: string;
    process: string;
    proposal: Shared.Collection;
    /** The parts. */
    rows: Record<string, any>[];
    /** The rows of the answer, where they are of something else than parts. */
    listed: Record<string, any>[];
    /** Where grids of two systems cross, where such are compared. */
    crossings?: Shared.Collection;
    summary: Record<string, any>;
    labels: Shared.Words;
    /** Further tables of the answer: what each and its columns are called. */
    more: Record<string, { label: string; columns: Shared.Words }>;
    /** Column → code → what it is called. */
    words: Record<string, Shared.Words>;
    /** What its parts may become features of, the usual layer first. */
    into: Target[];
  }
  /** A layer that parts become features of; `named` where it takes a name, `map` where it is shown. */
  interface Target {
    layer: string;
    label: string;
    named: boolean;
    map: string | null;
  }
  /** Computes a proposal from inputs. */
  type Compute = (inputs: Record<string, any>) => void;
  /** The map on which two proposals lie over each other. */
  interface ComparedMap {
    show(
      proposals: Shared.Collection,
      units: Shared.Collection,
      heard: { row(row: number): void; unit(id: string): void },
    ): void;
    chooseRow(row: number): void;
    chooseUnit(id: string): void;
    toggle(side: string, on: boolean): void;
  }
  /** What the page of two proposals was given. */
  interface ComparePage {
    language: string;
    first: string;
    second: string;
    kind: string;
    words: Shared.Words;
    /** Figure of a part → what it is called. */
    figures: Shared.Words;
    /** The figures of who is elsewhere, likewise. */
    people: Shared.Words;
    /** Figure of a verdict → what it is called. */
    verdict: Shared.Words;
    /** Input → what it is called, and its choices. */
    wishes: Record<string, { label: string; words: Shared.Words }>;
  }
}
