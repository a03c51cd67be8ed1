/** Types of a plan: what the service says of it, and what the editor makes of that. */
declare namespace Plan {
  /** A place of the plane; see geometry.js. */
  type At = [number, number];
  type Box = Shared.Box;
  /** x0, y0, x1, y1, … without the closing corner. */
  type Ring = Float64Array;
  type Ground = ReturnType<typeof import("gridmap/plan/geometry.js").plane>;
  type Sum = "households" | "population" | "elderly_60";

  /** The page's data; the plan itself is asked from the API. */
  interface Page extends Chart.Page {
    plan: string;
    language: "zh" | "en";
    words: Shared.Words;
    today: string;
    bounds: Box;
    bounds_plane: Box;
    kinds: Shared.Words;
    revision: number | null;
    backdrop: Chart.Backdrop & { quiet: Shared.EncodedShape[] };
  }

  interface GivenCell extends Record<Sum, number | null> {
    grid: string | null;
    buildings: string[];
  }
  interface Cell extends GivenCell {
    id: string;
    /** The grid that the server last said; `grid` is what is shown. */
    truth: string | null;
    rings: Ring[];
    box: Box;
    area: number;
    centre: At;
    edges: Edge[];
  }
  /** A stretch between two cells, or where the community ends. */
  interface Edge {
    key: number;
    one: Cell | null;
    two: Cell | null;
    length: number;
    from: At;
    to: At;
    places: [Shared.LngLat, Shared.LngLat];
  }
  /** How cells lie as one grid. */
  type Lie = { area_m2: number; pieces: number; compactness: number | null };

  interface GivenGrid {
    name: string | null;
    code: string | null;
    kind: string | null;
    workers_full: number | null;
    workers_part: number | null;
    figures: Lie;
    predecessors?: string[];
    new?: boolean;
    [entered: string]: any;
  }
  interface Grid extends GivenGrid {
    key: string;
    live: Live;
    color: number | null;
    rough: Ring[] | null;
  }
  /** Sums over a grid's cells as shown; `known` counts the cells that say any. */
  interface Live extends Record<Sum, number> {
    cells: Set<Cell>;
    /** How many cells are shown otherwise than the server has them. */
    ahead: number;
    lies: Lie | null;
    buildings: number;
    known: Record<Sum, number>;
  }

  type Finding = { kind: string; severity: "error" | "warning"; text: string; grids?: string[]; cells?: string[] };
  type Suggestion = { text: string; grids: string[]; cells: string[]; edit: Edit };
  interface Head {
    revision: number;
    state: string;
    needs_repair: boolean;
    band: [number, number];
    unassigned: { cells: number; buildings: number; households: number | null; households_missing: number };
    summary: Record<string, number | null>;
    suggestions?: Suggestion[];
    defects?: Shared.Collection<Finding>;
    sources?: { changed: boolean; text: string };
  }
  interface Whole extends Head {
    grids: Shared.Collection<GivenGrid>;
    cells: Shared.Collection<GivenCell>;
  }
  /** What the service answers to an edit. */
  interface Done extends Whole {
    op: string;
    removed_cells: string[];
    removed_grids: string[];
    report?: string[];
    notes?: { text: string }[];
    unclear?: { cell: string }[];
    replayed?: boolean;
  }
  interface Step {
    revision: number;
    op: string;
    changeset: number;
    moved: unknown[];
    reverted_by?: number;
    time: string;
    author: string;
    grids: string[];
  }

  type Edit = { op: string; units?: string[]; grid?: string | null; [more: string]: any };
  /** An edit that waits to be sent, or is on its way. */
  interface Job {
    path: string;
    op: string;
    key?: string;
    body?: any;
    /** What is to be found before there is a body: "undo" or "redo". */
    wants?: string;
    /** The revision that it rests on. */
    base?: number;
    /** Cells that are shown in `grid` meanwhile. */
    ids?: string[];
    grid?: string | null;
    /** Cells of a grid that is yet to be made. */
    marks?: string[];
    /** What was drawn. */
    line?: At[];
    settle?(done: Done | null): void;
  }
  type Queue = ReturnType<typeof import("gridmap/plan/queue.js").makeQueue>;
  /** What a queue asks, and whom it tells. */
  interface QueueHears {
    revision(): number;
    find(wants: string): Promise<object | null>;
    done(job: Job, answer: Done, rest: Job[]): void;
    refused(job: Job, problem: Problem, status?: number): void;
    stale(problem: Problem, jobs: Job[]): void;
    status(status: string): void;
  }
  type Problem = import("gridmap/shared/ask.js").Problem;

  type Model = ReturnType<typeof import("gridmap/plan/model.js").makeModel>;
  type Edits = ReturnType<typeof import("gridmap/plan/edits.js").makeEdits>;
  type Tools = ReturnType<typeof import("gridmap/plan/tools.js").makeTools>;
  type Past = ReturnType<typeof import("gridmap/plan/past.js").wirePast>;
  type Review = ReturnType<typeof import("gridmap/plan/review.js").wireReview>;
  type Drawn = ReturnType<typeof import("gridmap/map/plan.js").takePlanMap>;
  type Tool = keyof typeof import("gridmap/plan/tools.js").TOOLS;

  /** A corner of borders that can be taken hold of. */
  type Corner = { at: At; place: Shared.LngLat; keys: Set<string> };
  type Mark = { rings: Ring[]; box: Box; at: At | null; severity?: string; [more: string]: any };
  interface Stroke {
    ids: Set<string>;
    grid: string | null;
    last: At | null;
    from: At;
  }
  /** How one works. */
  interface Choice {
    tool: Tool;
    /** The chosen grid's key, "new", or null. */
    active: string | null;
    picked: Set<string>;
    onlyFree: boolean;
    onlyFrom: string | null;
    snap: boolean;
    follow: boolean;
    brush: number;
  }
  /** What lies on the map for a while. */
  interface Over {
    picked: string[];
    theirs: Cell[];
    mine: Cell[];
    marked: Cell[];
    defects: Mark[];
    moved: { at: At }[];
    handles: At[];
    corner?: Corner[];
    line: At[];
    closed: boolean;
    corners: boolean;
    brush: { at: At; radius: number } | null;
    names: boolean;
  }
  type Event = "plan" | "figures" | "choice" | "head" | "status" | "saved" | "marked" | "pointed" | "clicked";
  interface Desk {
    model: Model;
    map: Drawn;
    queue: Queue;
    frozen: string | null;
    status: string;
    stroke: Stroke | null;
    choice: Choice;
    locked: Set<string>;
    over: Over;
    places: Map<string, { at: At }>;
    on(events: Event[], work: (given?: any) => unknown): void;
    tell(event: Event, given?: unknown): void;
    choose(patch: Partial<Choice>): void;
    pick(key: string | null, more?: boolean): void;
    lock(key: string): void;
    goToGrid(key: string): void;
    goTo(things: { box: Box; rings: Ring[] }[]): void;
    overlay(): void;
    note(): void;
    /** Paint cells anew, a box of the plane, or everything. */
    repaint(what?: Cell[] | Box | null): void;
    ahead(jobs: Job[]): void;
  }
  /** What outlives the page. */
  interface Unsaved {
    revision: number | null;
    jobs: Job[];
    typed: { grid: string; values: Record<string, any> } | null;
    told: { texts: string[]; cells: string[] } | null;
  }
  /** What lies on the map besides the grids. */
  type Layers = { buildings: { rings: Ring[]; box: Box }[] | false; names: boolean };
}
